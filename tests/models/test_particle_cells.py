"""Particles in cells: PyBaMM's models as they reduce to them, areas, lithium, ageing of shapes."""

import numpy as np
import pybamm
import pytest

from twin import names
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models import extra_parameters as extra
from twin.units import FARADAY_C_PER_MOL, SECONDS_PER_HOUR

COARSE = {"x_n": 5, "x_s": 3, "x_p": 5, "r_n": 10, "r_p": 10}
STOCK = {
    SPM: pybamm.lithium_ion.SPM,
    SPMe: pybamm.lithium_ion.SPMe,
    DFN: pybamm.lithium_ion.DFN,
}
CURRENT = "Current function [A]"
OMEGA = {"negative": 3.1e-6, "positive": 1.2e-6}
BIAXIAL = {"negative": 15e9 / 0.7, "positive": 142.5e9 / 0.8}
FULL = {"negative": 33133.0, "positive": 63104.0}
RADIUS = {"negative": 5.86e-6, "positive": 5.22e-6}
SOLID = {"negative": 0.75, "positive": 0.665}
FILM = 5e-9
INNER = 0.5  # of the radius
COUPLED = Particle(diffusion="stress-coupled")
THERE_AND_BACK = ((1, 1500), (0, 600), (-1, 900))
SINKS = (
    names.GAINED_SEI,
    names.GAINED_SEI_ON_CRACKS,
    names.GAINED_PLATED,
    names.GAINED_DEAD,
    names.GAINED_LOST_MATERIAL,
)


def okane(changes=None):
    """The set, with a positive electrode of ordinary strain and cavities for who asks."""
    values = pybamm.ParameterValues("OKane2022")
    given = {
        "Positive electrode partial molar volume [m3.mol-1]": OMEGA["positive"],
        "Positive electrode Young's modulus [Pa]": 142.5e9,
        **{extra.inner_radius(domain): INNER * RADIUS[domain] for domain in names.DOMAINS},
        **(changes or {}),
    }
    values.update(given, check_already_exists=False)
    return values


def solved(model, values, steps, rtol=1e-8):
    """Solution over steps of (current over the nominal one, seconds)."""
    one_c = values[names.NOMINAL_CAPACITY]
    values.update({CURRENT: "[input]"})
    solver = pybamm.IDAKLUSolver(rtol=rtol, atol=1e-2 * rtol)
    simulation = pybamm.Simulation(model, parameter_values=values, var_pts=COARSE, solver=solver)
    for rate, seconds in steps:
        times = np.linspace(0, seconds, 21)
        simulation.step(seconds, t_interp=times, inputs={CURRENT: rate * one_c})
    return simulation.solution


# ---- reduction to PyBaMM's models

combinations = [
    (model, cell, thermal)
    for model in STOCK
    for cell in ("Chen2020", "Marquis2019")
    for thermal in ("isothermal", "lumped")
]
quick = [(SPM, "Chen2020", "lumped"), (SPMe, "Marquis2019", "isothermal")]
quick += [(DFN, "Chen2020", "isothermal"), (DFN, "Marquis2019", "lumped")]


@pytest.mark.parametrize(
    ("ours", "cell", "thermal"),
    [
        case if case in quick else pytest.param(*case, marks=pytest.mark.slow)
        for case in combinations
    ],
)
def test_nothing_asked_for_is_pybamms_cell(ours, cell, thermal):
    found, expected = (
        solved(model, pybamm.ParameterValues(cell), THERE_AND_BACK)[names.VOLTAGE].entries
        for model in (ours(thermal=thermal), STOCK[ours]({"thermal": thermal}))
    )
    assert np.ptp(found) > 0.2
    assert found == pytest.approx(expected, abs=1e-8)


def stress_of(domain, uneven):
    """Stress [Pa] at the surface of a sphere, from the lithium it lacks [mol.m-3]."""
    return BIAXIAL[domain] * OMEGA[domain] / 3 * uneven


def with_stress(ours, points, discretisation="finite-volume"):
    particle = Particle(diffusion="stress-coupled", discretisation=discretisation)
    electrode = Electrode(particle=particle)
    options = {"particle mechanics": "swelling only", "stress-induced diffusion": "true"}
    previous = COARSE["r_n"], COARSE["r_p"]
    COARSE.update(r_n=points, r_p=points)
    try:
        return [
            solved(model, okane(), THERE_AND_BACK)
            for model in (ours(electrode, electrode), STOCK[ours](options))
        ]
    finally:
        COARSE.update(r_n=previous[0], r_p=previous[1])


@pytest.mark.parametrize("ours", STOCK)
def test_stress_from_a_start_that_is_free_of_it_is_pybamms(ours):
    found, expected = with_stress(ours, 10)
    assert found[names.VOLTAGE].entries == pytest.approx(expected[names.VOLTAGE].entries, abs=1e-7)
    changed = found[names.CELL_THICKNESS_CHANGE].entries
    theirs = expected[names.CELL_THICKNESS_CHANGE].entries
    assert changed == pytest.approx(theirs, abs=1e-6 * np.max(np.abs(theirs)))
    for domain in names.DOMAINS:
        for quantity in ("surface tangential stress [Pa]", "surface displacement [m]"):
            name = f"{domain.capitalize()} particle {quantity}"
            scale = np.max(np.abs(expected[name].entries))
            # the surface is extrapolated from the cells
            assert found[name].entries == pytest.approx(expected[name].entries, abs=8e-3 * scale)


@pytest.mark.parametrize("ours", STOCK)
def test_stress_at_the_surface_is_pybamms_to_rounding(ours):
    found, expected = with_stress(ours, 10)
    for domain in names.DOMAINS:
        for quantity in ("surface tangential stress [Pa]", "surface displacement [m]"):
            name = f"{domain.capitalize()} particle {quantity}"
            scale = np.max(np.abs(expected[name].entries))
            assert found[name].entries == pytest.approx(expected[name].entries, abs=1e-6 * scale)


@pytest.mark.parametrize("ours", [SPM, DFN])
def test_stress_at_a_surface_that_is_a_node_is_the_closed_form(ours):
    found, _ = with_stress(ours, 6, "polynomials")
    for domain in names.DOMAINS:
        Domain = domain.capitalize()
        mean = found[f"R-averaged {domain} particle concentration"].entries
        surface = found[f"{Domain} particle surface stoichiometry"].entries
        expected = stress_of(domain, FULL[domain] * (mean - surface))
        stress = found[names.surface_stress(domain)].entries
        scale = np.max(np.abs(expected))
        assert scale > 1e6
        assert stress == pytest.approx(expected, abs=1e-9 * scale)
        radial = found[f"{Domain} particle surface radial stress [Pa]"].entries
        assert np.max(np.abs(radial)) < 1e-9 * scale
        moved = found[f"{Domain} particle surface displacement [m]"].entries
        expected = OMEGA[domain] / 3 * FULL[domain] * mean * RADIUS[domain]
        assert moved == pytest.approx(expected, rel=1e-9, abs=1e-18)


# ---- shapes

AREAS = {
    ("slab", "solid"): lambda R, a: 1 / R,
    ("slab", "hollow"): lambda R, a: 1 / (R - a),
    ("slab", "open-hollow"): lambda R, a: 2 / (R - a),
    ("cylinder", "solid"): lambda R, a: 2 / R,
    ("cylinder", "hollow"): lambda R, a: 2 * R / (R**2 - a**2),
    ("cylinder", "open-hollow"): lambda R, a: 2 / (R - a),
    ("sphere", "solid"): lambda R, a: 3 / R,
    ("sphere", "hollow"): lambda R, a: 3 * R**2 / (R**3 - a**3),
    ("sphere", "open-hollow"): lambda R, a: 3 * (R**2 + a**2) / (R**3 - a**3),
}
SHAPES = [(shape, core) for shape, core in AREAS if (shape, core) != ("sphere", "solid")]


def moved_charge(solution):
    """Lithium [mol] that went from the negative to the positive electrode."""
    hours = solution[names.DISCHARGE_CAPACITY].entries
    return (hours[-1] - hours[0]) * SECONDS_PER_HOUR / FARADAY_C_PER_MOL


@pytest.mark.parametrize(("shape", "core"), AREAS)
@pytest.mark.parametrize("model", [SPM, pytest.param(SPMe, marks=pytest.mark.slow), DFN])
def test_particles_react_on_the_area_of_their_shape_and_keep_their_lithium(model, shape, core):
    electrode = Electrode(particle=Particle(shape=shape, core=core))
    solution = solved(model(electrode, electrode), okane(), ((1, 1800),))
    moved = moved_charge(solution)
    for domain, sign in zip(names.DOMAINS, (-1, 1), strict=True):
        name = f"X-averaged {domain} electrode surface area to volume ratio [m-1]"
        area = AREAS[shape, core](RADIUS[domain], INNER * RADIUS[domain])
        assert solution[name].entries == pytest.approx(SOLID[domain] * area, rel=1e-12)
        j = solution[f"X-averaged {domain} electrode interfacial current density [A.m-2]"].entries
        length = {"negative": 85.2e-6, "positive": 75.6e-6}[domain]
        density = -sign * 5.0 / (1.58 * 0.065) / length
        assert j == pytest.approx(density / (SOLID[domain] * area), rel=1e-6)
        lithium = solution[f"Total lithium in {domain} electrode [mol]"].entries
        assert lithium[-1] - lithium[0] == pytest.approx(sign * moved, rel=1e-8)
    lithium = solution["Total lithium [mol]"].entries
    assert np.ptp(lithium) < 1e-10 * lithium[0]


@pytest.mark.parametrize(("shape", "core"), AREAS)
@pytest.mark.parametrize(
    ("model", "sei", "rel"),
    [(SPM, "constant", 1e-8), (SPM, "ec-reaction", 1e-9), (DFN, "solvent-diffusion", 1e-9)],
)
def test_a_film_starts_with_the_thickness_of_the_set_on_every_shape(model, sei, rel, shape, core):
    """PyBaMM's own constant film is 6e-9 off, on its sphere too."""
    electrode = Electrode(particle=Particle(shape=shape, core=core), sei=sei)
    simulation = pybamm.Simulation(model(electrode), parameter_values=okane(), var_pts=COARSE)
    start = simulation.solve([0, 1e-3])[names.sei_thickness("negative")].entries[0]
    assert start == pytest.approx(FILM, rel=rel, abs=0)


def capacity(particle, rate):
    """Capacity [A.h] at a rate, to the lower limit of the set."""
    electrode = Electrode(particle=particle)
    seconds = 1.3 * SECONDS_PER_HOUR / rate
    solution = solved(SPM(electrode, electrode), okane(), ((rate, seconds),), rtol=1e-6)
    assert "Minimum voltage" in solution.termination
    return solution[names.DISCHARGE_CAPACITY].entries[-1]


@pytest.mark.parametrize(
    ("shape", "core"),
    [
        ("slab", "solid"),
        ("cylinder", "solid"),
        ("sphere", "open-hollow"),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in SHAPES
            if case not in {("slab", "solid"), ("cylinder", "solid"), ("sphere", "open-hollow")}
        ),
    ],
)
def test_at_a_low_rate_the_capacity_is_that_of_the_material(shape, core):
    particle = Particle(shape=shape, core=core)
    slow, fast = (capacity(particle, rate) / capacity(Particle(), rate) for rate in (1 / 200, 1))
    assert slow == pytest.approx(1, rel=2e-3)
    assert abs(fast - 1) > 1e-3


@pytest.mark.parametrize("core", ["solid", "hollow", "open-hollow"])
def test_a_radius_that_varies_across_an_electrode_keeps_lithium(core):
    graded = {"Negative particle radius [m]": lambda x: 5e-6 * (1 + x / 85.2e-6)}
    electrode = Electrode(particle=Particle(shape="cylinder", core=core))
    solution = solved(DFN(electrode), okane(graded), ((1, 600),))
    lithium = solution["Total lithium in negative electrode [mol]"].entries
    assert lithium[0] - lithium[-1] == pytest.approx(moved_charge(solution), rel=1e-8)


@pytest.mark.parametrize("ours", [SPM, SPMe])
@pytest.mark.parametrize("core", ["solid", "hollow", "open-hollow"])
def test_radii_that_vary_lose_no_lithium_in_averaged_particles(ours, core):
    graded = {"Negative particle radius [m]": lambda x: 5e-6 * (0.6 + 0.8 * x / 85.2e-6)}
    electrode = Electrode(particle=Particle(core=core))
    solution = solved(ours(electrode), okane(graded), ((1, 600),))
    lithium = solution["Total lithium in negative electrode [mol]"].entries
    assert lithium[0] - lithium[-1] == pytest.approx(moved_charge(solution), rel=1e-8)


def test_pybamm_still_loses_lithium_where_radii_vary():
    graded = {"Negative particle radius [m]": lambda x: 5e-6 * (0.6 + 0.8 * x / 85.2e-6)}
    solution = solved(pybamm.lithium_ion.SPM(), okane(graded), ((1, 600),))
    lithium = solution["Total lithium in negative electrode [mol]"].entries
    assert (lithium[0] - lithium[-1]) / moved_charge(solution) == pytest.approx(0.94, abs=0.02)


# ---- ageing of particles of any shape


def ageing(shape, core, **more):
    return Electrode(
        particle=Particle(shape=shape, core=core, diffusion="stress-coupled"),
        cracks="fatigue",
        active_material_loss="stress",
        **more,
    )


@pytest.mark.parametrize(("shape", "core"), SHAPES)
@pytest.mark.parametrize("model", [SPM, pytest.param(DFN, marks=pytest.mark.slow)])
def test_cracks_films_and_loss_age_every_shape_and_the_books_close(model, shape, core):
    film = {"sei": "solvent-diffusion", "sei_on_cracks": True, "plating": "partially-reversible"}
    negative, positive = ageing(shape, core, **film), ageing(shape, core)
    quicker = {f"{d.capitalize()} electrode cracking rate": 1e-18 for d in names.DOMAINS}
    quicker[names.UPPER_VOLTAGE] = 5.0
    steps = ((-0.2, 1200), (0.3, 2400), (0, 300))
    solution = solved(model(negative, positive), okane(quicker), steps)
    assert solution.t[-1] == pytest.approx(3900)  # no crack as long as the particle is large
    gained = {name: solution[name].entries for name in SINKS}
    lithium = solution["Total lithium [mol]"].entries
    lost = lithium[0] - lithium
    assert min(values[-1] for values in gained.values()) > 0
    books = sum(values - values[0] for values in gained.values())
    assert books == pytest.approx(lost, rel=1e-6, abs=1e-9 * lithium[0])
    assert lost[-1] > 1e-5 * lithium[0]
    for domain in names.DOMAINS:
        grown = solution[names.averaged_crack_length(domain)].entries
        assert np.min(np.diff(grown)) > -1e-6 * grown[0]
        assert grown[-1] > (1 + 1e-6) * grown[0]
        name = f"X-averaged {domain} electrode active material volume fraction"
        left = solution[name].entries
        area = solution[f"X-averaged {domain} electrode surface area to volume ratio [m-1]"].entries
        per_volume = AREAS[shape, core](RADIUS[domain], INNER * RADIUS[domain])
        assert left[-1] < left[0]
        assert area == pytest.approx(left * per_volume, rel=1e-9)


@pytest.mark.parametrize(("core", "wall"), [("solid", 1.0), ("hollow", 1 - INNER)])
def test_a_crack_through_the_particle_ends_the_run(core, wall):
    quick = okane({"Negative electrode cracking rate": 1e-12, names.LOWER_VOLTAGE: 0.1})
    electrode = Electrode(particle=Particle(core=core), cracks="fatigue")
    solution = solved(SPM(electrode), quick, ((1, 1800),))
    assert "crack length" in solution.termination
    longest = solution[names.averaged_crack_length("negative")].entries[-1]
    assert longest == pytest.approx(wall * RADIUS["negative"], rel=1e-3)


@pytest.mark.parametrize("core", ["solid", "hollow"])
def test_loss_of_material_follows_the_hydrostatic_stress_of_a_loaded_cylinder(core):
    particle = Particle(shape="cylinder", core=core, misfit_stress=True)
    electrode = Electrode(particle=particle, active_material_loss="stress")
    values = okane({extra.misfit_stress("negative"): 50e6})
    solution = solved(SPM(electrode), values, ((1, 300),))
    stem = "X-averaged negative"
    sigma_h = solution[f"{stem} particle surface hydrostatic stress [Pa]"].entries
    rate = solution[f"{stem} electrode active material volume fraction change [s-1]"].entries
    critical = values["Negative electrode critical stress [Pa]"]
    exponent = values["Negative electrode LAM constant exponential term"]
    beta = values["Negative electrode LAM constant proportional term [s-1]"]
    assert np.min(sigma_h) > 1e6
    assert rate == pytest.approx(-beta * (sigma_h / critical) ** exponent, rel=1e-2)


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        ({"sei": "solvent-diffusion"}, "SEI"),
        ({"sei": "constant", "plating": "irreversible"}, "lithium plating"),
        ({"sei": "ec-reaction", "cracks": "fatigue", "sei_on_cracks": True}, "SEI on cracks"),
    ],
)
def test_a_choice_made_for_both_electrodes_holds_in_both(choice, kind):
    electrode = Electrode(**choice)
    options = SPM(electrode, electrode, build=False).options
    assert options.positive[kind] == options.negative[kind]
