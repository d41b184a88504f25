"""Film growth: PyBaMM's laws number by number, limits, signs and closed forms in time."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pybamm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from twin.models.plating_laws import activation
from twin.models.sei_laws import (
    LAWS,
    NEEDS,
    PYBAMM_NAMES,
    FilmState,
    ec_concentration,
    film_growth_rate,
    reaction_overpotential,
    sei_current_density,
)

F, R, T_REF = 96485.33212, 8.314462618, 298.15
SHARED_BY_ALL = 1e-9  # PyBaMM's constants of nature have two more digits
EXTRA = {
    "SEI growth transfer coefficient": 0.6,
    "SEI lithium ion conductivity [S.m-1]": 1e-5,
    "Tunneling distance for electrons [m]": 2e-9,
    "Tunneling barrier factor [m-1]": 5e8,
    "Ratio of lithium moles to SEI moles": 2.0,
}
PARAMETERS = {
    "U_sei": 0.4,
    "R_sei": 2e5,
    "j0_sei": 1.5e-7,
    "alpha_SEI": 0.6,
    "kappa_inner": 8.95e-14,
    "beta_tunnelling": 5e8,
    "D_li": 1e-20,
    "c_li_0": 15.0,
    "kappa_Li_ion": 1e-5,
    "L_tunneling": 2e-9,
    "D_sol": 2.5e-22,
    "c_sol": 2636.0,
    "k_sei": 1e-12,
    "D_ec": 2e-18,
    "c_ec_0": 4541.0,
    "E_sei": 38e3,
    "V_bar_sei": 9.585e-5,
    "z_sei": 2.0,
    "main_param": SimpleNamespace(T_ref=T_REF),
}
P = SimpleNamespace(**PARAMETERS)
AT_REST = FilmState(0.1, 0.0, 1e-8, T_REF)


def with_values(**changes: float) -> SimpleNamespace:
    return SimpleNamespace(**{**PARAMETERS, **changes})


def exp_of(state, x, alpha=0.5):
    return np.exp(-alpha * F / (R * state.T) * x)


def by_hand(law: str, s: FilmState) -> float:
    """The laws once more, written from PyBaMM's source with its steps, without temperature."""
    eta = s.delta_phi - 0.4 - s.j * s.thickness * 2e5
    k, k_asym = 1e-12 * exp_of(s, eta), 1e-12 * exp_of(s, eta, 0.6)
    ratio = s.thickness / 2e-18
    beyond = (s.thickness - 2e-9) * (s.thickness > 2e-9)
    length = 1e-20 * 15 * F / 1.5e-7 * exp_of(s, s.delta_phi)
    pull = beyond * F * abs(s.j) / (R * s.T * 2 * 1e-5) * (1 if s.j > 0 else -1)
    return {
        "reaction-limited": -1.5e-7 * exp_of(s, eta),
        "reaction-limited-asymmetric": -1.5e-7 * exp_of(s, eta, 0.6),
        "solvent-diffusion": -2.5e-22 * 2636 * F / s.thickness,
        "electron-migration": (s.delta_phi < 0.4) * 8.95e-14 * (s.delta_phi - 0.4) / s.thickness,
        "interstitial-diffusion": -1e-20 * 15 * F / s.thickness * exp_of(s, s.delta_phi, 1.0),
        "ec-reaction": -F * 4541 * k / (1 + ratio * k),
        "ec-reaction-asymmetric": -F * 4541 * k_asym / (1 + ratio * k_asym),
        "tunnelling": -1.5e-7 * exp_of(s, s.delta_phi) * np.exp(-5e8 * s.thickness),
        "von-kolzenberg": -1.5e-7
        * (1 - pull)
        / (1 - pull + beyond / length)
        * exp_of(s, s.delta_phi),
    }[law]


STATES = [
    FilmState(delta_phi, j, thickness, T)
    for delta_phi in (-0.05, 0.1, 0.39, 0.6)
    for j in (-3.0, 0.0, 2.0)
    for thickness in (1e-9, 2e-8, 1.1e-7)
    for T in (278.15, T_REF, 318.15)
]


@pytest.mark.parametrize("law", PYBAMM_NAMES)
def test_each_law_is_the_formula_of_pybamm(law):
    for state in STATES:
        hotter = np.exp(38e3 / R * (1 / T_REF - 1 / state.T))
        expected = hotter * by_hand(law, state)
        assert sei_current_density(law, state, P) == pytest.approx(expected, rel=1e-12)


def test_the_names_are_those_of_pybamm():
    options = pybamm.BatteryModelOptions({}).possible_options["SEI"]
    assert set(PYBAMM_NAMES.values()) == set(options) - {"none", "constant"}
    assert set(LAWS) == {*PYBAMM_NAMES, "reaction-and-diffusion"}


def run(law: str, kind: type, current: str, **changes: float) -> dict[str, np.ndarray]:
    """A discharge, a rest and a charge at 35 degC; PyBaMM's film and ours from its state."""
    model = kind({"SEI": PYBAMM_NAMES[law]})
    names = model.variables
    phase = model.param.n.prim
    state = FilmState(
        names["Negative electrode surface potential difference [V]"],
        names[current],
        names["Negative SEI thickness [m]"],
        names["Negative electrode temperature [K]"],
    )
    theirs = names["Negative electrode SEI interfacial current density [A.m-2]"]
    content = names["Negative SEI concentration [mol.m-3]"]
    (growth,) = (rhs for symbol, rhs in model.rhs.items() if "SEI concentration" in symbol.name)
    area = names["X-averaged negative electrode surface area to volume ratio [m-1]"]
    wanted = {
        "ours": sei_current_density(law, state, phase),
        "theirs": theirs,
        "content": content,
        "growth": pybamm.x_average(film_growth_rate(theirs, phase)),
        "growth of theirs": pybamm.x_average(growth) * phase.V_bar_sei / area,
        "without film": sei_current_density("tunnelling", state, phase),  # with a factor of zero
    }
    if law.startswith("ec-"):
        wanted["ec"] = ec_concentration(law, state, phase)
        wanted["ec of theirs"] = names["Negative EC surface concentration [mol.m-3]"]
    names.update({f"test {key}": value for key, value in wanted.items()})
    values = pybamm.ParameterValues("OKane2022")
    values.update({**EXTRA, **changes}, check_already_exists=False)
    values.update({"Ambient temperature [K]": 308.15, "Initial temperature [K]": 308.15})
    cycle = ("Discharge at 1C for 10 minutes", "Rest for 5 minutes", "Charge at 1C for 5 minutes")
    experiment = pybamm.Experiment([cycle])
    simulation = pybamm.Simulation(model, parameter_values=values, experiment=experiment)
    solution = simulation.solve(calc_esoh=False)
    return {key: solution[f"test {key}"].entries for key in wanted}


SINGLE = (
    pybamm.lithium_ion.SPM,
    "X-averaged negative electrode total interfacial current density [A.m-2]",
)
POROUS = (pybamm.lithium_ion.DFN, "Negative electrode interfacial current density [A.m-2]")


@pytest.mark.parametrize("law", PYBAMM_NAMES)
def test_a_running_model_gives_the_same(law):
    found = run(law, *SINGLE)
    assert found["ours"] == pytest.approx(found["theirs"], rel=SHARED_BY_ALL)
    assert found["growth"] == pytest.approx(found["growth of theirs"], rel=SHARED_BY_ALL)
    if law.startswith("ec-"):
        assert found["ec"] == pytest.approx(found["ec of theirs"], rel=SHARED_BY_ALL)


def test_the_drop_across_the_film_is_of_the_main_reaction_in_a_porous_electrode():
    found = run("ec-reaction", *POROUS)
    assert found["ours"] == pytest.approx(found["theirs"], rel=SHARED_BY_ALL)


def test_beyond_its_pole_pybamm_grows_faster_than_without_a_film_and_ours_rests():
    poor = {"SEI lithium ion conductivity [S.m-1]": 1e-9, "Tunneling barrier factor [m-1]": 0.0}
    found = run("von-kolzenberg", *SINGLE, **poor)
    resting = found["ours"] == 0
    assert resting.any()
    assert np.all(found["theirs"][resting] < found["without film"][resting])
    growing = found["ours"][~resting]
    assert growing == pytest.approx(found["theirs"][~resting], rel=SHARED_BY_ALL)


def test_below_its_pole_pybamm_dissolves_the_film():
    state = replace(AT_REST, thickness=1e-6, j=0.6)
    assert by_hand("von-kolzenberg", state) > 0
    assert sei_current_density("von-kolzenberg", state, P) == 0


@pytest.mark.parametrize("law", LAWS)
def test_what_a_law_needs_beyond_the_set_is_listed(law):
    phase = pybamm.LithiumIonParameters().n.prim
    state = FilmState(*(pybamm.Variable(name) for name in "vjlT"))
    symbol = sei_current_density(law, state, phase)
    read = {node.name for node in symbol.pre_order() if isinstance(node, pybamm.Parameter)}
    assert read - set(pybamm.ParameterValues("OKane2022")) == set(NEEDS.get(law, ()))


@pytest.mark.parametrize("law", LAWS)
def test_every_law_has_the_same_factor_of_temperature(law):
    hot = replace(AT_REST, T=318.15)
    ratio = sei_current_density(law, hot, P) / sei_current_density(law, hot, with_values(E_sei=0.0))
    assert ratio == pytest.approx(activation(38e3, 318.15, T_REF), rel=1e-12)
    assert ratio > 2


@pytest.mark.parametrize("law", ["reaction-limited", "ec-reaction"])
def test_one_half_is_symmetric(law):
    even = with_values(alpha_SEI=0.5)
    asymmetric = sei_current_density(f"{law}-asymmetric", AT_REST, even)
    assert asymmetric == sei_current_density(law, AT_REST, even)


@given(
    law=st.sampled_from(sorted(LAWS)),
    delta_phi=st.floats(-0.2, 1.5),
    j=st.floats(-20, 20),
    thickness=st.floats(1e-9, 1e-6),
    T=st.floats(250, 340),
)
def test_the_film_never_dissolves(law, delta_phi, j, thickness, T):
    found = sei_current_density(law, FilmState(delta_phi, j, thickness, T), P)
    assert np.isfinite(found)
    assert found <= 0
    assert film_growth_rate(found, P) >= 0


@pytest.mark.parametrize("law", LAWS)
def test_thicker_films_and_higher_potentials_grow_more_slowly(law):
    thick = np.geomspace(1e-9, 1e-6, 40)
    rates = -sei_current_density(law, replace(AT_REST, thickness=thick), P) * np.ones(40)
    assert np.all(np.diff(rates) <= 0)
    higher = np.linspace(-0.1, 1.0, 40)
    rates = -sei_current_density(law, replace(AT_REST, delta_phi=higher), P) * np.ones(40)
    assert np.all(np.diff(rates) <= 0)


@pytest.mark.parametrize("law", ["reaction-limited", "ec-reaction", "reaction-and-diffusion"])
def test_the_drop_across_the_film_slows_growth_on_charge(law):
    charge, discharge = (
        sei_current_density(law, replace(AT_REST, j=j, thickness=5e-8), P) for j in (-3.0, 3.0)
    )
    assert discharge < charge < 0  # charge: the electrolyte side is nearer to the equilibrium
    assert reaction_overpotential(replace(AT_REST, j=-3.0), P) == pytest.approx(-0.294)


# ------------------------------------------------------------- reaction and diffusion in series
def parts(state: FilmState, p: SimpleNamespace) -> tuple[float, float, float]:
    laws = ("reaction-and-diffusion", "reaction-limited", "solvent-diffusion")
    both, reaction, diffusion = (sei_current_density(law, state, p) for law in laws)
    return both, reaction, diffusion


@pytest.mark.parametrize("state", STATES[::5])
def test_resistances_add(state):
    both, reaction, diffusion = (j / activation(38e3, state.T, T_REF) for j in parts(state, P))
    assert 1 / both == pytest.approx(1 / reaction + 1 / diffusion, rel=1e-12)
    assert abs(both) < min(abs(reaction), abs(diffusion))


def test_thin_films_react_and_thick_ones_diffuse():
    both, reaction, _ = parts(replace(AT_REST, thickness=1e-16), P)
    assert both == pytest.approx(reaction, rel=1e-6)
    both, _, diffusion = parts(replace(AT_REST, thickness=1e-3), P)
    assert both == pytest.approx(diffusion, rel=1e-6)
    assert np.isfinite(
        sei_current_density("reaction-and-diffusion", replace(AT_REST, thickness=0.0), P)
    )


def test_it_is_the_law_for_ethylene_carbonate_under_other_names():
    renamed = with_values(j0_sei=F * 4541.0 * 1e-12, D_sol=2e-18, c_sol=4541.0)
    for state in STATES:
        found = sei_current_density("reaction-and-diffusion", state, renamed)
        assert found == pytest.approx(sei_current_density("ec-reaction", state, P), rel=1e-12)


def test_solvent_that_arrives_is_solvent_that_reacts():
    j = sei_current_density("ec-reaction", AT_REST, P)
    c = ec_concentration("ec-reaction", AT_REST, P)
    arrives = P.D_ec * (P.c_ec_0 - c) / AT_REST.thickness
    assert arrives == pytest.approx(-j / F, rel=1e-9)
    assert 0 < c < P.c_ec_0


def grown(law: str, seconds: float, p: SimpleNamespace) -> float:
    def rate(_, thickness):
        state = replace(AT_REST, thickness=thickness)
        return film_growth_rate(sei_current_density(law, state, p), p)

    return float(solve_ivp(rate, (0, seconds), [5e-9], rtol=1e-10, atol=1e-18).y[0, -1])


def test_diffusion_grows_with_the_root_of_time():
    seconds = 3e7
    square = (5e-9) ** 2 + 2 * 9.585e-5 / 2 * 2.5e-22 * 2636 * seconds
    assert np.sqrt(square) > 2 * 5e-9
    assert grown("solvent-diffusion", seconds, P) == pytest.approx(np.sqrt(square), rel=1e-8)


def test_reaction_and_diffusion_grow_in_a_line_and_then_with_the_root_of_time():
    seconds = 3e7
    slow = with_values(j0_sei=1.5e-8)
    _, reaction, _ = parts(AT_REST, slow)
    volume = 9.585e-5 / (2 * F)
    a, b = 1 / (volume * F * 2.5e-22 * 2636), 1 / (volume * -reaction)
    # a L^2 / 2 + b L rises linearly in time
    start = a * (5e-9) ** 2 / 2 + b * 5e-9 + seconds
    expected = (np.sqrt(b**2 + 2 * a * start) - b) / a
    assert expected > 2 * 5e-9
    assert grown("reaction-and-diffusion", seconds, slow) == pytest.approx(expected, rel=1e-8)


# -------------------------------------------------------------------------------- von Kolzenberg
def test_within_reach_of_tunnelling_the_reaction_limits():
    state = replace(AT_REST, thickness=1e-9, j=2.0)
    expected = -P.j0_sei * exp_of(state, 0.1)
    assert sei_current_density("von-kolzenberg", state, P) == pytest.approx(expected, rel=1e-12)


def test_thick_films_at_rest_grow_by_interstitials():
    state, p = replace(AT_REST, thickness=1e-3), with_values(L_tunneling=0.0)
    both = [
        sei_current_density(law, state, p) for law in ("von-kolzenberg", "interstitial-diffusion")
    ]
    assert both[0] == pytest.approx(both[1], rel=1e-5)


def test_charge_speeds_growth_up_and_discharge_ends_it():
    thick = with_values(kappa_Li_ion=1e-8)
    rates = [
        -sei_current_density("von-kolzenberg", replace(AT_REST, j=j, thickness=5e-8), thick)
        for j in (-1.0, 0.0, 0.005, 1.0)
    ]
    assert rates[0] > rates[1] > rates[2] > rates[3] == 0
