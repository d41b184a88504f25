"""The default mesh with every kind of particle, film and heat, against a finer one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pybamm.input.parameters.lithium_ion.Chen2020 import graphite_LGM50_ocp_Chen2020 as graphite

from tests.models import cells
from twin import names
from twin.models import DFN, Electrode, Particle, SPMe
from twin.models.extra_parameters import cell_extras, electrode_extras, inner_radius
from twin.models.mesh_choice import DEFAULT_VOLTAGE_MV, mesh_for, with_methods

CHOICE = mesh_for(DEFAULT_VOLTAGE_MV)
FINE = {"x_n": 8, "x_s": 5, "x_p": 8, "r_n": 14, "r_p": 14}
STRESSED = {"cracks": "fatigue", "active_material_loss": "stress"}
AGEING = {"sei": "solvent-diffusion", "sei_on_cracks": True, "plating": "partially-reversible"}
PARTICLES = {
    "sphere": {"diffusion": "stress-coupled"},
    "cylinder": {"shape": "cylinder", "diffusion": "stress-coupled-lattice-gas"},
    "slab": {"shape": "slab", "surface_stress": True},
    "hollow": {"core": "hollow"},
    "open-hollow wire": {"core": "open-hollow", "shape": "cylinder"},
    "coating": {"coating": True},
    "modulus": {"modulus": "composition-dependent", "diffusion": "stress-coupled"},
    "activated": {"diffusion": "stress-activated"},
}
CELLS = {
    "pores": ({"porosity_change": True, "swelling": "thickness-and-porosity"}, {}),
    "dry-out and heat": ({}, {"dry_out": True, "thermal": "lumped"}),
    "pressed": ({"stress_in_kinetics": "potential"}, {"constraint": "pressure"}),
}


def parameters(model):
    """Return OKane2022 with what the model needs, and a potential without bumps."""
    extras = [x for d, e in model.electrodes.items() for x in electrode_extras(d, e)]
    extras += cell_extras(model.constraint, model.dry_out)
    given = {extra.name: extra.default for extra in extras if extra.default is not None}
    needed = [extra.name for extra in extras if extra.default is None]
    given |= {name: 1e-6 for name in needed if "activation volume" in name}
    given |= {inner_radius(d): 0.3 * cells.RADIUS[d] for d in names.DOMAINS}
    given |= {name: value for start, value in NEEDED.items() for name in needed if start in name}
    return cells.okane(cells.FREE_OF_LIMITS, {"Negative electrode OCP [V]": graphite}, given)


NEEDED = {
    "surface stress": 0.5,
    "coating thickness": 1e-8,
    "coating Young's modulus": 5e10,
    "coating Poisson's ratio": 0.3,
    "Outside pressure": 1e5,
}


def points_of(model):
    found = dict(zip(("x_n", "x_s", "x_p"), CHOICE.x, strict=True))
    for domain, electrode in model.electrodes.items():
        found[f"r_{domain[0]}"] = CHOICE.along_radius(electrode.particle)
    return found


def check(kind, electrode, choices):
    """Compare with a finer mesh; films and lithium metal are on the negative electrode alone."""
    bare = {"sei": "none", "sei_on_cracks": False, "plating": "none", "porosity_change": False}
    negative, positive = (
        with_methods(e, chosen=True) for e in (electrode, replace(electrode, **bare))
    )
    runs = []
    for fine in (False, True):
        model = kind(negative, positive, across="polynomials", **choices)
        points = FINE if fine else points_of(model)
        steps = ((1, 1500), (-0.5, 600))
        runs.append(cells.solved(model, parameters(model), steps, points, rtol=1e-7, moments=31))
    found, exact = (run[names.VOLTAGE].entries for run in runs)
    assert np.ptp(exact) > 0.2
    assert np.sqrt(np.mean((found - exact) ** 2)) < 1e-3 * DEFAULT_VOLTAGE_MV
    assert cells.imbalance(runs[0]) < 1e-11
    return runs


@pytest.mark.parametrize("particle", PARTICLES.values(), ids=PARTICLES)
def test_every_kind_of_particle_is_resolved(particle):
    electrode = Electrode(particle=Particle(**particle), **STRESSED, **AGEING)
    runs = check(SPMe, electrode, {})
    for domain in names.DOMAINS:
        for quantity in (names.averaged_crack_length(domain), names.surface_stress(domain)):
            moments = runs[0].t.size
            found, exact = (run[quantity].entries.reshape(-1, moments).mean(axis=0) for run in runs)
            largest = np.max(np.abs(exact - exact[0])) or 1.0
            assert np.sqrt(np.mean((found - exact) ** 2)) < 5e-3 * largest, quantity


@pytest.mark.parametrize(("electrode", "choices"), CELLS.values(), ids=CELLS)
def test_pores_heat_and_pressure_are_resolved(electrode, choices):
    check(DFN, Electrode(**STRESSED, **AGEING, **electrode), choices)
