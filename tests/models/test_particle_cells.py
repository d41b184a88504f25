"""Particles in cells: PyBaMM's models as they reduce to them, areas, lithium, ageing of shapes."""

import numpy as np
import pybamm
import pytest

from tests.models import cells
from tests.models.cells import FILM, FULL, OMEGA, POISSON, RADIUS, SINKS, SOLID, STOCK, YOUNG
from twin import names
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models import extra_parameters as extra
from twin.units import FARADAY_C_PER_MOL, SECONDS_PER_HOUR

COARSE = {"x_n": 5, "x_s": 3, "x_p": 5, "r_n": 10, "r_p": 10}
BIAXIAL = {domain: YOUNG[domain] / (1 - POISSON[domain]) for domain in names.DOMAINS}
INNER = 0.5  # of the radius
THERE_AND_BACK = ((1, 1500), (0, 600), (-1, 900))


def okane(changes=None):
    """The set, with cavities for who asks."""
    inner = {extra.inner_radius(domain): INNER * RADIUS[domain] for domain in names.DOMAINS}
    return cells.okane(inner, changes)


def solved(model, values, steps, rtol=1e-8, points=COARSE):
    return cells.solved(model, values, steps, points, rtol=rtol, moments=21)


def voltage_gap(ours):
    """How far a voltage may be from PyBaMM's [V].

    At a tolerance of 1e-10 the integrations in time leave some 3e-10. SPMe has a series in
    place of a mean of overpotentials, and no tolerance makes that smaller (`test_kinetics.py`:
    `test_the_error_of_the_mean_overpotential_is_of_third_order_in_the_variation`).
    """
    return 3e-6 if ours is SPMe else 1e-9


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
        solved(model, pybamm.ParameterValues(cell), THERE_AND_BACK, 1e-10)[names.VOLTAGE].entries
        for model in (ours(thermal=thermal), STOCK[ours]({"thermal": thermal}))
    )
    assert np.ptp(found) > 0.2
    assert found == pytest.approx(expected, rel=0, abs=voltage_gap(ours))


def stress_of(domain, uneven):
    """Stress [Pa] at the surface of a sphere, from the lithium it lacks [mol.m-3]."""
    return BIAXIAL[domain] * OMEGA[domain] / 3 * uneven


def with_stress(ours, points, discretisation="finite-volume"):
    particle = Particle(diffusion="stress-coupled", discretisation=discretisation)
    electrode = Electrode(particle=particle)
    return solved(
        ours(electrode, electrode),
        okane(),
        THERE_AND_BACK,
        1e-10,
        {**COARSE, "r_n": points, "r_p": points},
    )


@pytest.mark.parametrize("ours", STOCK)
def test_stress_from_a_start_that_is_free_of_it_is_pybamms(ours):
    options = {"particle mechanics": "swelling only", "stress-induced diffusion": "true"}
    found = with_stress(ours, 10)
    expected = solved(STOCK[ours](options), okane(), THERE_AND_BACK, 1e-10)
    voltage, theirs = (run[names.VOLTAGE].entries for run in (found, expected))
    assert voltage == pytest.approx(theirs, rel=0, abs=voltage_gap(ours))
    surfaces = [
        f"{domain.capitalize()} particle surface {quantity}"
        for domain in names.DOMAINS
        for quantity in ("tangential stress [Pa]", "displacement [m]")
    ]
    for name in (names.CELL_THICKNESS_CHANGE, *surfaces):
        # but for the last moment: the limit of voltage ends the run, and when follows voltage
        changed, theirs = (run[name].entries[..., :-1] for run in (found, expected))
        assert changed == pytest.approx(theirs, rel=0, abs=1e-8 * np.max(np.abs(theirs)))


@pytest.mark.parametrize("ours", [SPM, DFN])
def test_stress_at_a_surface_that_is_a_node_is_the_closed_form(ours):
    found = with_stress(ours, 6, "polynomials")
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
    assert solution.t[-1] == pytest.approx(3900)
    assert min(cells.change(solution, name) for name in SINKS) > 0
    lithium = solution["Total lithium [mol]"].entries
    assert lithium[0] - lithium[-1] > 1e-5 * lithium[0]
    assert cells.imbalance(solution) < 1e-11
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
def test_a_crack_comes_to_rest_before_it_is_through_the_particle(core, wall):
    quick = okane({"Negative electrode cracking rate": 1e-14, names.LOWER_VOLTAGE: 0.1})
    electrode = Electrode(particle=Particle(core=core), cracks="fatigue")
    solution = solved(SPM(electrode), quick, ((1, 1800),))
    assert solution.t[-1] == pytest.approx(1800)
    assert solution.termination == "final time"
    length = solution[names.averaged_crack_length("negative")].entries
    through = wall * RADIUS["negative"]
    assert length[0] < 0.1 * through
    assert np.max(length) < through * (1 + 1e-12)
    assert length[-1] == pytest.approx(through, rel=1e-6)
    rate = solution[names.averaged_cracking_rate("negative")].entries
    assert abs(rate[-1]) < 1e-6 * np.max(rate)


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
    assert rate == pytest.approx(-beta * (sigma_h / critical) ** exponent, rel=1e-9)


@pytest.mark.parametrize(
    ("choice", "reaction"),
    [
        ({"sei": "solvent-diffusion"}, "SEI"),
        ({"sei": "constant", "plating": "irreversible"}, "lithium plating"),
        ({"sei": "ec-reaction", "cracks": "fatigue", "sei_on_cracks": True}, "SEI on cracks"),
    ],
)
def test_a_choice_made_for_both_electrodes_holds_in_both(choice, reaction):
    """However slow it is at the potential of the positive one."""
    electrode = Electrode(**choice)
    solution = solved(SPM(electrode, electrode), okane(cells.FREE_OF_LIMITS), ((-0.5, 60),))
    for domain in names.DOMAINS:
        name = f"X-averaged {domain} electrode {reaction} interfacial current density [A.m-2]"
        assert solution[name].entries[-1] < 0
