"""The mean strain as a state: what depends on what, and that nothing else changes."""

import casadi
import numpy as np
import pybamm
import pytest

from tests.models import cells
from twin.models import DFN, SPM, Electrode, Particle, extra_parameters
from twin.models.particle_stress import MEAN_STRAIN, ParticleStress

POINTS = {"x_n": 5, "x_s": 3, "x_p": 5, "r_n": 20, "r_p": 20}
PARTICLE = "Negative particle lithium per initial volume [mol.m-3]"
ACTIVATED = {
    extra_parameters.diffusion_activation_volume(d): 1e-6 for d in ("negative", "positive")
}
LAWS = ("fickian", "stress-coupled", "stress-coupled-lattice-gas", "stress-activated")


def built(model):
    values = cells.okane(ACTIVATED, {cells.CURRENT: 5.0})
    simulation = pybamm.Simulation(model, parameter_values=values, var_pts=POINTS)
    simulation.build()
    return simulation.built_model


def cell(law, model=DFN):
    electrode = Electrode(
        particle=Particle(diffusion=law, discretisation="finite-volume"),
        active_material_loss="stress",
    )
    return built(model(electrode, electrode))


def places(model):
    """Where each state is."""
    return {symbol.name: parts[0] for symbol, parts in model.y_slices.items()}


def dependence(model):
    """Which rate or equation depends on which state."""
    t, y = casadi.MX.sym("t"), casadi.MX.sym("y", model.len_rhs_and_alg)
    parts = [
        part.to_casadi(t, y) for part in (model.concatenated_rhs, model.concatenated_algebraic)
    ]
    found = casadi.Function("rates", [t, y], [casadi.vertcat(*parts)]).jac_sparsity(0, 1)
    rows, columns = found.get_triplet()
    matrix = np.zeros(found.shape, dtype=bool)
    matrix[rows, columns] = True
    return matrix


@pytest.mark.parametrize("law", LAWS)
def test_a_cell_of_a_particle_depends_on_its_neighbours_and_the_surface(law):
    model = cell(law)
    here = places(model)[PARTICLE]
    block = dependence(model)[here, here]
    n = POINTS["r_n"]
    allowed = np.zeros((n, n), dtype=bool)
    for i in range(n):
        allowed[i, max(i - 1, 0) : i + 2] = True
    allowed[:, -2:] = True  # the surface, by extrapolation from two cells
    assert block.any()
    assert not (block & ~np.kron(np.eye(POINTS["x_n"], dtype=bool), allowed)).any()


@pytest.mark.parametrize("law", ["fickian", "stress-activated"])
@pytest.mark.parametrize("model", [SPM, DFN])
def test_the_rates_are_those_without_the_state(law, model, monkeypatch):
    kept = cell(law, model)
    monkeypatch.setattr(ParticleStress, "keeps_mean", False)
    plain = cell(law, model)
    there, here = places(plain), places(kept)
    added = {name for name in here if name not in there}
    assert len(added) == 2
    assert all(name.endswith(MEAN_STRAIN) for name in added)
    rng = np.random.default_rng(1)
    start = plain.concatenated_initial_conditions.evaluate(0)
    y = start * (1 + 1e-3 * rng.random(start.shape))
    for name in there:
        if "particle lithium" in name:  # less at the surface, which puts it in tension
            y[there[name]] *= np.tile(np.linspace(1, 0.98, 20), y[there[name]].size // 20)[:, None]
    wide = np.array(kept.concatenated_initial_conditions.evaluate(0))
    for name, at in there.items():
        wide[here[name]] = y[at]
    rest = kept.concatenated_algebraic.evaluate(0, wide)
    for name in added:  # PyBaMM scales an equation like its state
        at = here[name]
        wide[at] -= rest[at.start - kept.len_rhs : at.stop - kept.len_rhs]
    found, expected = (m.concatenated_rhs.evaluate(0, v) for m, v in ((kept, wide), (plain, y)))
    for name, at in there.items():
        if at.stop <= plain.len_rhs:
            theirs = expected[at]
            np.testing.assert_allclose(
                found[here[name]], theirs, rtol=1e-10, atol=1e-12 * np.max(np.abs(theirs))
            )
    losing = next(at for name, at in there.items() if "share of active material" in name)
    assert np.all(expected[losing] < 0)
