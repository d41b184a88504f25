"""Cells with particles of many sizes: solved cases, how many sizes it takes, current, heat."""

import re

import numpy as np
import pybamm
import pytest
from scipy.integrate import cumulative_trapezoid

from tests.conftest import ROOT
from twin import names
from twin.models import DFN, SPM, Electrode, Particle, SPMe, size_methods
from twin.models.extra_parameters import cell_extras, electrode_extras
from twin.models.size_quadrature import uniform_rule
from twin.models.sizes import Histogram, LogNormal, SizeRule
from twin.units import FARADAY_C_PER_MOL

ONE_C = 5.0
CURRENT = "Current function [A]"
RADIUS = {"negative": 5.86e-6, "positive": 5.22e-6}
AREA = 1.58 * 0.065
THICKNESS = {"negative": 85.2e-6, "positive": 75.6e-6}
FULL = {"negative": 33133.0, "positive": 63104.0}
BOOKS = (
    names.LITHIUM_PARTICLES,
    names.LITHIUM_ELECTROLYTE,
    names.GAINED_SEI,
    names.GAINED_SEI_ON_CRACKS,
    names.GAINED_PLATED,
    names.GAINED_DEAD,
    names.GAINED_LOST_MATERIAL,
)
AGEING = {
    "sei": "solvent-diffusion",
    "sei_on_cracks": True,
    "cracks": "fatigue",
    "plating": "partially-reversible",
    "active_material_loss": "stress-reaction-and-cracks",
}
CRACKED = {"cracks": "fatigue", "active_material_loss": "stress"}
QUICKER = {
    "Negative electrode reaction-driven LAM factor [m3.mol-1]": 1e-3,
    "Negative electrode cracking rate": 1e-17,
}
THERE_AND_BACK = ((1, 1200), (-1, 900))


def parameters(model, changes=None):
    """OKane2022 with what the model needs beyond it, and wide limits of the voltage."""
    extras = [x for d, e in model.electrodes.items() for x in electrode_extras(d, e)]
    extras += cell_extras(model.constraint, model.dry_out)
    given = {
        "Positive electrode partial molar volume [m3.mol-1]": 1.2e-6,
        "Positive electrode Young's modulus [Pa]": 142.5e9,
        names.LOWER_VOLTAGE: 0.1,
        names.UPPER_VOLTAGE: 9.0,
        **{extra.name: extra.default for extra in extras if extra.default is not None},
        **(changes or {}),
    }
    values = pybamm.ParameterValues("OKane2022")
    values.update(given, check_already_exists=False)
    return values


def mesh(model, x, r):
    """Points along x and r; the sizes have those of their description."""
    points = {"x": x, "r": r}
    return {name: points.get(name[0], n) for name, n in model.default_var_pts.items()}


def solved(model, steps, changes=None, *, x=3, r=6, rtol=1e-8, times=11):
    """Solution over steps of (current over the nominal one, seconds)."""
    values = parameters(model, {CURRENT: "[input]", **(changes or {})})
    solver = pybamm.IDAKLUSolver(rtol=rtol, atol=1e-2 * rtol)
    simulation = pybamm.Simulation(
        model, parameter_values=values, var_pts=mesh(model, x, r), solver=solver
    )
    for rate, seconds in steps:
        at = np.linspace(0, seconds, times)
        simulation.step(seconds, t_interp=at, inputs={CURRENT: rate * ONE_C})
    return simulation.solution


def imbalance(solution):
    """Change of the lithium of all books, over all of it."""
    total = sum(solution[name].entries for name in BOOKS)
    return np.ptp(total) / total[0]


def per_size(solution, quantity, domain="negative"):
    """Quantity of each size at each time, averaged over x."""
    stem, _, unit = quantity.partition(" [")
    unit = f" [{unit}" if unit else ""
    return solution[f"X-averaged {domain} {stem} distribution{unit}"].entries


@pytest.fixture
def exact_powers(monkeypatch):
    """PyBaMM bends the powers in its exchange current, by 2.5e-7 with one size and not with many.

    It is told the scale of the electrolyte's concentration, and does not know it again where it
    is spread over the sizes.
    """
    monkeypatch.setitem(pybamm.settings.tolerances, "reg_power", 1e-7)


# ---- reduction to solved cases


@pytest.mark.parametrize("model", [SPM, SPMe, DFN])
def test_one_node_is_one_size_with_everything_on(model, exact_powers):
    found, expected = (
        solved(
            model(
                Electrode(sizes=sizes, porosity_change=True, **AGEING),
                Electrode(sizes=sizes, **CRACKED),
            ),
            THERE_AND_BACK,
            QUICKER,
            rtol=1e-10,
        )
        for sizes in (LogNormal(sd=0.5, nodes=1), None)
    )
    for name in (names.VOLTAGE, *BOOKS):
        one = expected[name].entries
        assert one[-1] > 0
        rel = 1e-8 if name in (names.VOLTAGE, *BOOKS[:2]) else 5e-8
        assert found[name].entries == pytest.approx(one, rel=rel, abs=rel * np.max(np.abs(one)))
    assert imbalance(found) < 1e-11


@pytest.mark.parametrize("model", [SPM, SPMe, DFN])
def test_pybamm_still_bends_its_powers_by_how_a_symbol_is_spread(model):
    found, expected = (
        solved(model(Electrode(sizes=sizes)), ((1, 10),))
        for sizes in (LogNormal(sd=0.5, nodes=1), None)
    )
    name = "Negative electrode exchange current density [A.m-2]"
    ratio = (found[name].entries / expected[name].entries)[0, 0]
    assert ratio - 1 == pytest.approx(0 if model is SPM else 2.5e-7, abs=1e-9)


# narrow: the steps of graphite's potential are 0.03 wide, and where it is flat the compositions of
# the sizes spread by many times the width of the distribution
WIDTHS = (0.01, 0.005, 0.0025)
FOLLOWED = (names.VOLTAGE, names.LITHIUM_PARTICLES, *BOOKS[4:])


@pytest.mark.parametrize("model", [SPM, pytest.param(DFN, marks=pytest.mark.slow)])
def test_a_narrow_distribution_tends_to_one_size_with_the_square_of_its_width(model, exact_powers):
    def run(sizes):
        cell = model(Electrode(sizes=sizes, **AGEING), Electrode(sizes=sizes, **CRACKED))
        solution = solved(cell, ((1, 200),), QUICKER, rtol=1e-10)
        return np.array([solution[name].entries for name in FOLLOWED])

    one = run(None)
    away = [np.linalg.norm(run(LogNormal(sd=width, nodes=3)) - one, axis=1) for width in WIDTHS]
    assert np.log2(np.divide(away[:-1], away[1:])) == pytest.approx(2.0, abs=0.2)
    assert np.min(away[0] / np.linalg.norm(one, axis=1)) > 1e-10


@pytest.mark.parametrize("model", [SPM, pytest.param(DFN, marks=pytest.mark.slow)])
def test_sizes_that_are_equal_stay_equal(model):
    def close(radius):
        radii = tuple(radius * (1 + shift) for shift in (-5e-8, 0, 5e-8))
        return Histogram(radius=radii, share=(1, 2, 1), nodes=3)

    cell = model(
        Electrode(sizes=close(RADIUS["negative"]), **AGEING),
        Electrode(sizes=close(RADIUS["positive"]), **CRACKED),
    )
    solution = solved(cell, THERE_AND_BACK, QUICKER, rtol=1e-9)
    states = {
        "particle concentration [mol.m-3]": names.DOMAINS,
        "electrode share of active material left": names.DOMAINS,
        "particle crack length [m]": names.DOMAINS,
        "SEI volume per area [m]": ("negative",),
        "SEI on cracks volume per initial area [m]": ("negative",),
        "lithium plating concentration [mol.m-3]": ("negative",),
        "dead lithium concentration [mol.m-3]": ("negative",),
        "electrode total surface current density [A.m-2]": ("negative",),
    }
    for quantity, domains in states.items():
        for domain in domains:
            values = per_size(solution, quantity, domain)
            axis = values.shape.index(3)
            assert np.max(np.ptp(values, axis=axis)) < 1e-6 * np.max(np.abs(values))


def test_polynomials_and_finite_volumes_have_the_same_sizes():
    def voltage(kind, points):
        electrode = Electrode(
            particle=Particle(discretisation=kind), sizes=LogNormal(sd=0.4, nodes=3)
        )
        return solved(SPM(electrode, electrode), ((1, 1200), (0, 300)), r=points)

    mean = "X-averaged negative particle mean concentration distribution [mol.m-3]"
    fine = voltage("polynomials", 16)
    for name, least in ((names.VOLTAGE, 3e-4), (mean, 0.5)):
        errors = [
            np.max(np.abs((solution[name].entries - fine[name].entries)[..., 1:]))
            for solution in (voltage("finite-volume", points) for points in (20, 40, 80))
        ]
        assert errors[1] < errors[0] / 3
        assert errors[2] < errors[1] / 3
        assert errors[2] < least


def halves(model, changes):
    """The set with its negative material twice, half as much of each.

    Two of PyBaMM's constants belong to an amount of material: the loss by stress, a volume
    fraction per time, and the exchange current of stripping, proportional to what is plated per
    volume of electrode.
    """
    values = parameters(model, changes)
    stripping = values["Exchange-current density for stripping [A.m-2]"]
    part = {name: values[name] for name in list(values) if not isinstance(values[name], str | list)}
    for name in (
        "Negative electrode active material volume fraction",
        "Negative electrode LAM constant proportional term [s-1]",
    ):
        part[name] = values[name] / 2
    part["Exchange-current density for stripping [A.m-2]"] = lambda *at: 2 * stripping(*at)
    return {
        f"{phase}: {name}": value
        for phase in ("Primary", "Secondary")
        for name, value in part.items()
    }


SOME = LogNormal(sd=0.4, nodes=3)


@pytest.mark.parametrize(
    ("model", "sizes"),
    [
        (SPM, None),
        *(
            pytest.param(model, sizes, marks=pytest.mark.slow)
            for model in (SPM, SPMe, DFN)
            for sizes in (None, SOME)
            if (model, sizes) != (SPM, None)
        ),
    ],
)
def test_two_halves_of_one_material_are_that_material(model, sizes, exact_powers):
    half = Electrode(sizes=sizes, **AGEING)
    whole = Electrode(sizes=sizes, porosity_change=True, **AGEING)
    both = Electrode(sizes=sizes, porosity_change=True, secondary=half, **AGEING)
    expected = solved(model(whole), THERE_AND_BACK, QUICKER, rtol=1e-10)
    built = model(both)
    given = {**QUICKER, **halves(built, QUICKER)}
    found = solved(built, THERE_AND_BACK, given, rtol=1e-10)
    for name in (names.VOLTAGE, *BOOKS):
        one = expected[name].entries
        assert found[name].entries == pytest.approx(one, rel=1e-6, abs=1e-8 * np.max(np.abs(one)))
    assert imbalance(found) < 1e-11


# ---- how many sizes it takes

PAGE = (ROOT / "docs" / "physics" / "sized_electrodes.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (0\.\d) \| (RMS|mean) \|(.+)\|$", re.MULTILINE)
MILLI = 1e3


def brute_force(sizes, count, radius, curved):
    """Many radii at equal steps of their logarithm."""
    mean, sd = sizes.logarithms(radius)
    u = 5.5 * np.linspace(-1, 1, count)
    radii, area = np.exp(mean + sd * u), np.exp(-(u**2) / 2)
    volume = radii * area
    return SizeRule(radii, area / area.sum(), volume / volume.sum())


def equal_bins(sizes, count, radius, curved):
    return uniform_rule(sizes, count, radius=radius, curved=curved)


def discharge(monkeypatch, width, rule, count):
    """Voltage of 50 minutes at 1C, with so many radii for the negative electrode."""
    with monkeypatch.context() as patch:
        if rule is not None:
            patch.setattr(
                size_methods,
                "size_rule",
                lambda sizes, radius=1.0, curved=2: rule(sizes, count, radius, curved),
            )
        model = SPM(Electrode(sizes=LogNormal(sd=width, nodes=min(count, 30))))
        return solved(model, ((1, 3000),), r=10, rtol=1e-7, times=101)[names.VOLTAGE].entries


def errors(monkeypatch, width, rule, count, exact):
    """RMS error of the voltage and error of its mean [V]."""
    off = discharge(monkeypatch, width, rule, count) - exact
    return np.sqrt(np.mean(off**2)), abs(np.mean(off))


GAUSS = [(None, nodes) for nodes in (1, 3, 5, 7, 15)]
BINS = [(equal_bins, 10), (equal_bins, 30)]


@pytest.mark.slow
@pytest.mark.parametrize("width", [0.3, 0.6])
def test_the_table_of_voltages_on_the_page_is_true(monkeypatch, width):
    exact = discharge(monkeypatch, width, brute_force, 160)
    found = np.array([errors(monkeypatch, width, *rule, exact) for rule in GAUSS + BINS])
    rows = {kind: cells for at, kind, cells in ROW.findall(PAGE) if float(at) == width}
    for kind, column in zip(("RMS", "mean"), found.T, strict=True):
        written = [float(cell) for cell in rows[kind].split("|")]
        assert MILLI * column == pytest.approx(written, rel=0.1, abs=0.03)


def test_few_gauss_nodes_do_what_many_equal_bins_do_where_a_distribution_is_wide(monkeypatch):
    exact = discharge(monkeypatch, 0.6, brute_force, 80)
    (few, _), (bins, _) = (
        errors(monkeypatch, 0.6, *rule, exact) for rule in ((None, 7), (equal_bins, 30))
    )
    assert few < bins


# ---- who takes the current, and what it does


def slopes(values, radii):
    return np.diff(np.log(values)) / np.diff(np.log(radii))


@pytest.mark.parametrize("model", [SPM, DFN])
def test_small_particles_take_the_current_first(model):
    """All have one current density at first, so what has more area per volume empties first."""
    cell = model(Electrode(sizes=LogNormal(sd=0.4, nodes=5)))
    rate = 5 if model is SPM else 2  # more empties the electrolyte
    solution = solved(cell, ((rate, 1e-3), (rate, 60)), {names.LOWER_VOLTAGE: -5.0}, r=20, times=2)
    names_of = (
        names.REACTION_CURRENT,
        "electrode volumetric interfacial current density [A.m-3]",
        names.VOLUME_FRACTION,
        names.SURFACE_CONCENTRATION,
        "particle mean concentration [mol.m-3]",
        names.RADIUS,
    )
    j, a_j, volume, surface, mean, radius = (per_size(solution, name) for name in names_of)
    if model is SPM:
        assert j[:, 1] == pytest.approx(np.mean(j[:, 1]), rel=3e-5)
        per_volume = (a_j / volume)[:, 1]
        assert slopes(per_volume, radius[:, 1]) == pytest.approx(-1.0, abs=1e-4)
    for at in (1, -1):
        assert np.all(np.diff(surface[:, at]) > 0)
        assert np.all(np.diff(mean[:, at]) > 0)
        assert np.all(np.diff((a_j / volume)[:, at]) < 0)
    taken = mean[:, 0] - mean[:, -1]
    assert taken[0] > 1.5 * volume[:, 0] @ taken / np.sum(volume[:, 0])


def test_what_small_particles_cannot_give_any_more_large_ones_do():
    cell = SPM(Electrode(sizes=LogNormal(sd=0.4, nodes=5)))
    solution = solved(cell, ((5, 300),), {names.LOWER_VOLTAGE: -5.0}, r=20)
    j = per_size(solution, names.REACTION_CURRENT)
    area = per_size(solution, names.SURFACE_AREA)
    over_mean = j / (np.sum(area * j, axis=0) / np.sum(area, axis=0))
    assert over_mean[0, -1] < 0.5
    assert over_mean[-1, -1] > 1.1


# ---- heat

QUICK_PARTICLES = {f"{d.capitalize()} particle diffusivity [m2.s-1]": 1e-9 for d in FULL}
ENTROPIC = "electrode OCP entropic change [V.K-1]"
ENTROPY = {f"Negative {ENTROPIC}": 1e-4, f"Positive {ENTROPIC}": -2e-4}
NO_ENTROPY = dict.fromkeys(ENTROPY, 0.0)
COLD = {"Total heat transfer coefficient [W.m-2.K-1]": 1e6, **QUICK_PARTICLES}


def heated(sizes, steps, changes=None, film="none"):
    cell = SPM(Electrode(sizes=sizes, sei=film), thermal="lumped")
    return solved(cell, steps, {**COLD, **(changes or {})}, times=601)


HEATED = ((2, 900), (0, 1800), (-1, 600))


def of_means(solution):
    """Heat of the reactions as PyBaMM has it [W]: the product of means over the sizes."""
    current, over = "volumetric interfacial current density [A.m-3]", "reaction overpotential [V]"
    return sum(
        np.mean(solution[f"{at} {current}"].entries * solution[f"{at} {over}"].entries, axis=0)
        * THICKNESS[domain]
        * AREA
        for domain, at in ((d, f"{d.capitalize()} electrode") for d in names.DOMAINS)
    )


def test_heat_of_equal_sizes_is_pybamms():
    radii = tuple(RADIUS["negative"] * (1 + shift) for shift in (-5e-8, 0, 5e-8))
    equal, one = (
        heated(sizes, ((2, 900), (-1, 600)), ENTROPY)
        for sizes in (Histogram(radius=radii, share=(1, 2, 1), nodes=3), None)
    )
    kinds = ("Irreversible electrochemical heating [W]", "Reversible heating [W]")
    for kind in (*kinds, "Total heating [W]"):
        expected = one[kind].entries
        scale = np.max(np.abs(expected))
        assert scale > 0.1
        assert equal[kind].entries == pytest.approx(expected, abs=1e-6 * scale)
    assert equal[kinds[0]].entries == pytest.approx(of_means(equal), rel=1e-6, abs=1e-7)


def free_energy(solution, domain, values, sized):
    """Free energy of the lithium in an electrode [J], of each size at its mean composition."""
    x = np.linspace(0.005, 0.995, 20_001)
    potential = values[f"{domain.capitalize()} electrode OCP [V]"](pybamm.Vector(x))
    U = values.process_symbol(potential).evaluate().ravel()
    moles = FULL[domain] * AREA * THICKNESS[domain]
    c = solution[f"Average {domain} particle concentration [mol.m-3]"].entries[np.newaxis]
    volume = solution[f"X-averaged {domain} {names.VOLUME_FRACTION}"].entries[np.newaxis]
    if sized:
        c = per_size(solution, "particle mean concentration [mol.m-3]", domain)
        volume = per_size(solution, names.VOLUME_FRACTION, domain)
    energy = np.interp(c / FULL[domain], x, cumulative_trapezoid(U, x, initial=0))
    return -FARADAY_C_PER_MOL * moles * np.sum(volume * energy, axis=0)


def energies(solution, sized):
    """Electrical work, heat and change of free energy since the start [J], at all times."""
    time, power = solution.t, solution[names.VOLTAGE].entries * solution[names.CURRENT].entries
    work = cumulative_trapezoid(power, time, initial=0)
    heat = cumulative_trapezoid(solution["Total heating [W]"].entries, time, initial=0)
    values = pybamm.ParameterValues("OKane2022")
    free = free_energy(solution, "positive", values, sized=False)
    free = free + free_energy(solution, "negative", values, sized)
    return work, heat, free - free[0]


@pytest.mark.parametrize("film", ["none", "constant"])
@pytest.mark.parametrize("width", [None, 0.6])
def test_work_and_heat_are_what_the_free_energy_falls_by(width, film):
    """Without entropy, and with quick particles; also at rest, as sizes even out."""
    sizes = None if width is None else LogNormal(sd=width, nodes=5)
    solution = heated(sizes, HEATED, NO_ENTROPY, film)
    work, heat, free = energies(solution, sizes is not None)
    assert heat[-1] > 1000
    assert work + heat == pytest.approx(-free, abs=2e-5 * heat[-1])
    rested = np.searchsorted(solution.t, (901, 2699))
    evened = np.diff(heat[rested])[0]
    if sizes is not None:
        assert evened > 5
        assert evened == pytest.approx(-np.diff(free[rested])[0], rel=0.01)
        assert np.trapezoid(of_means(solution), solution.t) < 0.96 * heat[-1]
