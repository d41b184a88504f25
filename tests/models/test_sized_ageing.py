"""Ageing by size: films by area, stress and cracks by radius, and the books of every size."""

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid

from tests.models.test_sized_cells import (
    AREA,
    FULL,
    THICKNESS,
    imbalance,
    per_size,
    slopes,
    solved,
)
from twin import names
from twin.models import DFN, SPM, Electrode
from twin.models import extra_parameters as extra
from twin.models.plating_laws import plating_current_density
from twin.models.size_moments import moment
from twin.models.sizes import Histogram, LogNormal
from twin.units import FARADAY_C_PER_MOL, GAS_CONSTANT_J_PER_MOL_K, SECONDS_PER_HOUR

SOLID = 0.75
VOLUME = AREA * THICKNESS["negative"]
MEAN = "particle mean concentration [mol.m-3]"


def held(solution, how, where):
    """Lithium of each size [mol]."""
    return solution[names.by_size(how, "negative", "", where)].entries


# ---- the film of the first cycle

# a tunnelling barrier of one e-fold per nanometre, and an attempt rate for 12 nm in one cell and
# one slow cycle; both are given, the rest follows
BARRIER, ATTEMPT = 1e9, 60.0
FORMATION = {
    "Tunneling barrier factor [m-1]": BARRIER,
    "SEI reaction exchange current density [A.m-2]": ATTEMPT,
    "Ratio of lithium moles to SEI moles": 2.0,
    "Initial SEI thickness [m]": 1e-10,
    "SEI resistivity [Ohm.m]": 0.0,
    "Initial concentration in negative electrode [mol.m-3]": 0.03 * FULL["negative"],
    "Initial concentration in positive electrode [mol.m-3]": 0.90 * FULL["positive"],
}
PER_AREA = 7e-3 * SECONDS_PER_HOUR  # C/m2 on graphite: doi:10.1021/acs.chemrev.9b00405
CELLS = [
    (None, 2e-6),
    (None, 5.86e-6),
    (None, 10e-6),
    (LogNormal(sd=0.3, nodes=5), 5.86e-6),
    (LogNormal(sd=0.5, nodes=5, weight="volume"), 5e-6),
    (LogNormal(sd=0.6, nodes=5, weight="number"), 3e-6),
]


def formed(sizes, radius, hours=20):
    """A cell from empty to nine tenths full and back at C over the hours."""
    steps = ((-1 / hours, 0.9 * hours * 3600), (1 / hours, 0.85 * hours * 3600))
    changes = {**FORMATION, "Negative particle radius [m]": radius}
    cell = SPM(Electrode(sizes=sizes, sei="tunnelling"))
    return solved(cell, steps, changes, rtol=1e-7, times=201)


def lost_charge(solution):
    return solution[names.GAINED_SEI].entries[-1] * FARADAY_C_PER_MOL


def test_first_cycle_loss_is_proportional_to_the_area_of_all_sizes():
    areas, charges = [], []
    for sizes, radius in CELLS:
        mean = radius if sizes is None else moment(sizes, 1, "area", radius)
        areas.append(3 * SOLID / mean * VOLUME)
        charges.append(lost_charge(formed(sizes, radius)))
    areas, charges = np.array(areas), np.array(charges)
    assert np.max(areas) > 4 * np.min(areas)
    slope, intercept = np.polyfit(areas, charges, 1)
    assert slope == pytest.approx(PER_AREA, rel=0.05)
    assert abs(intercept) < 0.01 * np.mean(charges)
    through_origin = areas @ charges / (areas @ areas)
    off = np.sum((charges - through_origin * areas) ** 2)
    assert 1 - off / np.sum((charges - np.mean(charges)) ** 2) > 0.9999


def test_the_film_of_the_first_cycle_hardly_depends_on_how_slow_it_is():
    """Four times as slow adds ln(4) nanometres, less what is spent at other potentials."""
    charges = [lost_charge(formed(*CELLS[3], hours=hours)) for hours in (10, 40)]
    assert 1 < charges[1] / charges[0] < 1.13


def test_the_film_of_every_size_follows_the_closed_form_of_tunnelling():
    solution = formed(*CELLS[3])
    T = 298.15
    potential = solution["X-averaged negative electrode surface potential difference [V]"].entries
    reach = np.exp(-FARADAY_C_PER_MOL * potential / (2 * GAS_CONSTANT_J_PER_MOL_K * T))
    speed = 9.585e-5 * ATTEMPT / (2 * FARADAY_C_PER_MOL)
    start = FORMATION["Initial SEI thickness [m]"]
    grown = speed * cumulative_trapezoid(reach, solution.t, initial=0)
    expected = np.log(np.exp(BARRIER * start) + BARRIER * grown) / BARRIER
    film = per_size(solution, names.SEI_THICKNESS)[:, -1]
    assert film == pytest.approx(np.full(5, expected[-1]), rel=2e-3)
    assert film[0] > 12e-9


# ---- stress and cracks

LONE = (1e-6, 2e-6, 4e-6, 6e-6)
TENSION = "particle surface tangential stress [Pa]"


def test_peak_stress_grows_with_the_square_of_the_radius_at_one_rate():
    peaks = []
    for radius in LONE:
        given = {"Negative particle radius [m]": radius}
        solution = solved(SPM(Electrode(cracks="fatigue")), ((0.1, 6 * 3600),), given)
        peaks.append(np.max(solution[f"X-averaged negative {TENSION}"].entries))
    assert slopes(peaks, LONE) == pytest.approx(2.0, abs=0.02)


def test_stress_of_the_sizes_in_one_cell_grows_with_the_square_of_their_radii():
    """Its sum over time for one amount of lithium; at 1C large ones lag, and it grows less."""

    def grows(rate, as_given):
        sizes = Histogram(radius=LONE, share=(1, 1, 1, 1), nodes=4)
        cell = SPM(Electrode(cracks="fatigue", sizes=sizes))
        solution = solved(cell, ((rate, 0.6 * 3600 / rate),), r=10, rtol=1e-6, times=401)
        c = per_size(solution, MEAN)
        summed = np.trapezoid(per_size(solution, TENSION), solution.t, axis=1)
        return slopes(summed / (c[:, 0] - c[:, -1]) if as_given else summed, LONE)

    assert grows(1 / 20, as_given=True) == pytest.approx(2.0, abs=0.02)
    assert np.max(grows(1, as_given=False)[1:]) < 1.6


WIDE = LogNormal(sd=0.5, nodes=5)
FRACTURE = {
    extra.toughness("negative"): 1e4,
    extra.critical_radius("negative"): 6e-6,
    extra.crack_speed("negative"): 1e-11,
    "Negative electrode cracking rate": 1e-17,
}


@pytest.mark.parametrize("model", [SPM, DFN])
def test_below_the_critical_size_nothing_cracks_to_the_last_bit(model):
    electrode = Electrode(
        sizes=WIDE,
        cracks="fatigue-and-fracture",
        active_material_loss="cracks",
        sei="solvent-diffusion",
    )
    solution = solved(model(electrode), ((1, 1200), (-1, 900)), FRACTURE, rtol=1e-6)
    small = per_size(solution, names.RADIUS)[:, 0] < 6e-6
    assert 0 < np.sum(small) < small.size
    length = solution["Negative particle crack length distribution [m]"].entries
    axis = length.shape.index(small.size)
    length = np.moveaxis(length, axis, 0)
    assert np.all(length[small] == length.flat[0])
    assert np.min(length[~small][..., -1]) > 1.01 * length.flat[0]
    left = per_size(solution, names.SHARE_LEFT)[:, -1]
    assert np.all(left[small] == 1)
    assert np.all(left[~small] < 1)


# ---- which sizes fade first

CYCLES = ((0.5, 4000), (-0.5, 4000)) * 2
FASTER_FILM = {"SEI solvent diffusivity [m2.s-1]": 2.5e-19, "SEI resistivity [Ohm.m]": 0.0}
FASTER_LOSS = {
    "Negative electrode LAM constant proportional term [s-1]": 1e-3,
    "Negative electrode critical stress [Pa]": 60e6,
}
FASTER_CRACKS = {"Negative electrode cracking rate": 1e-16}


def test_small_sizes_lose_most_lithium_per_volume_to_the_film():
    solution = solved(SPM(Electrode(sizes=WIDE, sei="solvent-diffusion")), CYCLES, FASTER_FILM)
    per_volume = (held(solution, "in", "SEI") / per_size(solution, names.VOLUME_FRACTION))[:, -1]
    radius = per_size(solution, names.RADIUS)[:, -1]
    assert slopes(per_volume, radius) == pytest.approx(-1.0, abs=1e-6)


@pytest.mark.parametrize("driver", ["stress", "cracks"])
def test_large_sizes_lose_most_material_to_stress_and_cracks(driver):
    electrode = Electrode(sizes=WIDE, cracks="fatigue", active_material_loss=driver)
    solution = solved(SPM(electrode), CYCLES, {**FASTER_LOSS, **FASTER_CRACKS}, rtol=1e-6)
    left = per_size(solution, names.SHARE_LEFT)[:, -1]
    assert np.all(np.diff(left) < 0)
    assert left[0] > 0.98
    assert left[-1] < 0.95
    if driver == "cracks":  # a share of dl/R of what is left
        length, radius = (per_size(solution, q) for q in (names.CRACK_LENGTH, names.RADIUS))
        grown = (length - length[:, :1]) / radius
        assert -np.log(left) == pytest.approx(grown[:, -1], rel=1e-4)


MEAN_RADII = tuple(1e-6 * radius for radius in (1, 2, 4, 6, 9))
HARDER = {"Negative electrode LAM constant proportional term [s-1]": 2e-4}
FADE = ((0.5, 5000), (-0.5, 3600), (0.5, 3600), (-0.5, 3600), (0.1, 10 * 3600))


def capacities(film, loss):
    """Capacity [A.h] that is left after two cycles of accelerated ageing, by mean radius."""
    found = []
    for radius in MEAN_RADII:
        electrode = Electrode(
            sizes=LogNormal(mean=radius, sd=0.3 * radius, nodes=3),
            sei="solvent-diffusion" if film else "none",
            cracks="fatigue",
            active_material_loss="stress" if loss else "none",
        )
        changes = {**FASTER_FILM, **FASTER_LOSS, **HARDER, names.LOWER_VOLTAGE: 2.5}
        solution = solved(SPM(electrode), FADE, changes, rtol=1e-5)
        assert "Minimum voltage" in solution.termination
        found.append(np.ptp(solution[names.DISCHARGE_CAPACITY].entries[-11:]))
    return np.array(found)


def test_films_and_stress_together_leave_most_at_a_radius_between():
    fresh = capacities(film=False, loss=False)
    by_film, by_loss, by_both = (
        capacities(*which) / fresh for which in ((True, False), (False, True), (True, True))
    )
    assert np.all(np.diff(by_film) > 0)
    assert np.all(np.diff(by_loss) < 0)
    best = int(np.argmax(by_both))
    assert 0 < best < len(MEAN_RADII) - 1
    assert by_both[best] > max(by_both[0], by_both[-1]) + 0.01


# ---- the distribution itself ages

LOSES = {
    "stress": {"cracks": "fatigue"},
    "reaction": {"sei": "solvent-diffusion"},
}
PART_WAY_BACK = ((0.5, 4000), (-0.5, 2500))
REACTION_LOSS = {"Negative electrode reaction-driven LAM factor [m3.mol-1]": 3e-4}


@pytest.mark.parametrize(("driver", "larger"), [("stress", False), ("reaction", True)])
def test_what_is_left_has_a_mean_radius_that_moves_away_from_what_is_lost(driver, larger):
    """Stress takes the large ones, a reaction at the surface the small ones, by 1/R."""
    electrode = Electrode(sizes=WIDE, active_material_loss=driver, **LOSES[driver])
    changes = {**FASTER_FILM, **FASTER_LOSS, **REACTION_LOSS}
    solution = solved(SPM(electrode), PART_WAY_BACK, changes, rtol=1e-7)
    volume, radius = (per_size(solution, q) for q in (names.VOLUME_FRACTION, names.RADIUS))
    mean = np.sum(volume * radius, axis=0) / np.sum(volume, axis=0)
    assert mean[0] == pytest.approx(moment(WIDE, 1, "volume", 5.86e-6), rel=1e-9)
    change = np.diff(mean) * (1 if larger else -1)
    assert np.all(change > -1e-9 * mean[0])
    assert np.sum(change) > 0.005 * mean[0]
    if driver == "reaction":
        lost = 1 - per_size(solution, names.SHARE_LEFT)[:, -1]
        assert np.max(lost) < 0.1
        # as an exponential, since what is lost lowers the area that reacts
        assert slopes(-np.log(1 - lost), radius[:, -1]) == pytest.approx(-1.0, abs=1e-5)


EVERYTHING = {
    "sizes": LogNormal(sd=0.5, nodes=3),
    "sei": "solvent-diffusion",
    "sei_on_cracks": True,
    "cracks": "fatigue",
    "plating": "partially-reversible",
    "active_material_loss": "stress-reaction-and-cracks",
}
QUICK = {**FASTER_LOSS, **FASTER_CRACKS, **REACTION_LOSS}


@pytest.mark.parametrize("model", [SPM, DFN])
def test_every_size_keeps_its_books(model):
    """Lithium in particles and in lost material changes by the current through the size."""
    solution = solved(
        model(Electrode(**EVERYTHING)), ((1, 900), (-1, 900)), QUICK, rtol=1e-7, times=301
    )
    inside, lost = held(solution, "in", "particles"), held(solution, "in lost", "material")
    a_j = per_size(solution, "electrode volumetric interfacial current density [A.m-3]")
    given = cumulative_trapezoid(a_j, solution.t, initial=0) * VOLUME / FARADAY_C_PER_MOL
    assert np.all(lost[:, -1] > 1e-5 * inside[:, 0])
    assert np.all(np.max(given, axis=1) > 0.03 * inside[:, 0])
    kept = (inside + lost + given)[:, 3:300]  # without what passes within seconds of a step
    assert np.max(np.ptp(kept, axis=1)) < 1e-5 * np.max(given)
    assert imbalance(solution) < 1e-11


@pytest.mark.parametrize("model", [SPM, DFN])
def test_what_the_sizes_hold_sums_to_the_books_of_the_cell(model):
    solution = solved(model(Electrode(**EVERYTHING)), ((1, 900), (-1, 900)), QUICK, rtol=1e-6)
    books = {
        names.GAINED_SEI: ("in", "SEI"),
        names.GAINED_SEI_ON_CRACKS: ("in", "SEI on cracks"),
        names.GAINED_PLATED: ("plated", "on material"),
        names.GAINED_DEAD: ("dead", "on material"),
        names.GAINED_LOST_MATERIAL: ("in lost", "material"),
        "Total lithium in negative electrode [mol]": ("in", "particles"),
    }
    for total, by_size in books.items():
        expected = solution[total].entries
        assert expected[-1] > 0
        summed = np.sum(held(solution, *by_size), axis=0)
        assert summed == pytest.approx(expected, rel=1e-12, abs=1e-12 * np.max(expected))


def test_lost_material_takes_the_lithium_that_it_holds():
    """At first, when all sizes are equally full, each loses lithium as it loses volume."""
    electrode = Electrode(sizes=WIDE, active_material_loss="stress", cracks="fatigue")
    solution = solved(SPM(electrode), ((0.5, 4000),), FASTER_LOSS, rtol=1e-9, times=401)
    lost = held(solution, "in lost", "material")
    left, c = per_size(solution, names.SHARE_LEFT), per_size(solution, MEAN)
    volume = per_size(solution, names.VOLUME_FRACTION)[:, :1]
    expected = (
        -VOLUME * volume * np.cumsum(np.diff(left, axis=1) * (c[:, 1:] + c[:, :-1]) / 2, axis=1)
    )
    assert lost[:, 1:] == pytest.approx(expected, abs=1e-4 * np.max(lost))
    assert np.max(lost) > 1e-5


@pytest.mark.parametrize("model", [SPM, DFN])
def test_films_of_lost_material_do_not_thicken_what_is_left(model):
    """Growth that the thickness alone decides is that of the closed form, whatever is lost."""
    electrode, whole = (
        Electrode(sizes=WIDE, sei="solvent-diffusion", active_material_loss=loss)
        for loss in ("reaction", "none")
    )
    changes = {**FASTER_FILM, **REACTION_LOSS}
    lossy, full = (solved(model(e), PART_WAY_BACK, changes, rtol=1e-9) for e in (electrode, whole))
    left = per_size(lossy, names.SHARE_LEFT)[..., -1]
    assert np.min(left) < 0.97
    thickness = per_size(lossy, names.SEI_THICKNESS)
    assert thickness == pytest.approx(per_size(full, names.SEI_THICKNESS), rel=1e-8)
    growth = 2 * 2.5e-19 * 2636.0 * 9.585e-5 * lossy.t  # one lithium per molecule of film
    assert thickness[0] == pytest.approx(np.sqrt(5e-9**2 + growth), rel=1e-6)
    less = lossy[names.GAINED_SEI].entries[-1] / full[names.GAINED_SEI].entries[-1]
    assert 0.9 < less < 0.999
    assert imbalance(lossy) < 1e-11


def test_lithium_strips_by_what_is_plated_on_material_that_is_left():
    """The law of every size, from the metal per surface that remains."""
    solution = solved(SPM(Electrode(**EVERYTHING)), ((-0.2, 600), (1, 900)), QUICK, rtol=1e-9)
    left = per_size(solution, names.SHARE_LEFT)
    assert np.min(left[:, -1]) < 0.95
    plated = per_size(solution, "lithium plating concentration [mol.m-3]") / left
    potential = solution["X-averaged negative electrode surface potential difference [V]"].entries
    eta = potential + per_size(solution, names.FILM_DROP)
    T = np.full(eta.shape, 298.15)
    k = 1e-9 * FARADAY_C_PER_MOL  # of OKane2022, for stripping and plating
    expected = plating_current_density("reversible", k * 1000.0, k * plated, 0.65, 0.35, eta, T)
    found = per_size(solution, names.PLATING_CURRENT)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6 * np.max(np.abs(expected)))


@pytest.mark.parametrize("model", [SPM, DFN])
def test_pores_lose_the_room_of_all_that_grows_in_them(model):
    """Of films and metal on every size, also on those whose material is lost since."""
    electrode = Electrode(porosity_change=True, **EVERYTHING)
    solution = solved(model(electrode), ((-0.2, 600), (1, 900)), {**QUICK, **FASTER_FILM})
    films, metal = (
        sum(solution[name].entries for name in which)
        for which in (
            (names.GAINED_SEI, names.GAINED_SEI_ON_CRACKS),
            (names.GAINED_PLATED, names.GAINED_DEAD),
        )
    )
    taken = (9.585e-5 * films + 1.3e-5 * metal) / VOLUME
    porosity = solution["X-averaged negative electrode porosity"].entries
    assert porosity == pytest.approx(0.25 - taken, rel=1e-9)
    assert taken[-1] > 1e-3
