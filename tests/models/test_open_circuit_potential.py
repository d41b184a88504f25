"""What stress and surface energy add to the potentials of electrodes, and that it is a potential.

At rest F (phi_s - phi_e) = -mu, and stress takes Omega sigma_h off mu: tension raises U.
"""

import numpy as np
import pybamm
import pytest

from tests.models import cells
from tests.models.cells import FREE_OF_LIMITS, FULL, MODELS, OMEGA, POISSON, RADIUS, YOUNG
from twin import names
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models import extra_parameters as extra
from twin.units import FARADAY_C_PER_MOL, GAS_CONSTANT_J_PER_MOL_K

BOTH_WAYS = ((1, 600), (-1, 300))
PLAIN = Electrode()
TENSE = Electrode(stress_in_kinetics="potential")
COUPLED = Particle(diffusion="stress-coupled")
SIGN = {"negative": -1, "positive": 1}  # of a potential in the voltage
PRESSURE = {extra.OUTSIDE_PRESSURE: 267e6, extra.PRESSURE_RATIO: 1.0}


def swelling_more(x, T):
    return OMEGA["negative"] * (0.5 + x)


SWELLING = {"Negative electrode partial molar volume [m3.mol-1]": swelling_more}


def okane(*changes):
    """The set with no limits of voltage in reach."""
    return cells.okane(FREE_OF_LIMITS, *changes)


def solved(model, values, steps=BOTH_WAYS, moments=21):
    return cells.solved(model, values, steps, moments=moments)


def at_rest(model, values):
    return solved(model, values, ((0, 1),), moments=2)


def table(model, values, domain, x):
    """The set's own potential at stoichiometries."""
    phase = model.param.domain_params[domain].prim
    symbol = phase.U(pybamm.Vector(np.ravel(x)), model.param.T_ref)
    return values.process_symbol(symbol).evaluate().reshape(np.shape(x))


def potential(solution, domain):
    return solution[f"{domain.capitalize()} electrode open-circuit potential [V]"].entries


def surface(solution, domain):
    return solution[f"{domain.capitalize()} particle surface stoichiometry"].entries


def surface_tension(solution, domain):
    """Hydrostatic stress [Pa] of a free sphere at its surface, from its composition."""
    mean = solution[f"R-averaged {domain} particle concentration"].entries
    uneven = FULL[domain] * (mean - surface(solution, domain))
    return 2 / 9 * OMEGA[domain] * YOUNG[domain] / (1 - POISSON[domain]) * uneven


def tense_in(domains, law):
    def electrode(domain):
        stress = "potential" if domain in domains else "none"
        return Electrode(particle=Particle(diffusion=law), stress_in_kinetics=stress)

    return {domain: electrode(domain) for domain in names.DOMAINS}


@pytest.mark.parametrize("model", MODELS)
def test_stress_in_diffusion_alone_leaves_the_potential_to_the_table(model):
    built, values = model(**tense_in((), "stress-coupled")), okane()
    solution = solved(built, values)
    for domain in names.DOMAINS:
        assert np.max(np.abs(surface_tension(solution, domain))) > 1e6
        expected = table(built, values, domain, surface(solution, domain))
        assert potential(solution, domain) == pytest.approx(expected, rel=0, abs=1e-12)


full_matrix = [
    (model, law, tense)
    for model in MODELS
    for law in ("fickian", "stress-coupled", "stress-activated")
    for tense in (("negative",), ("positive",), names.DOMAINS)
]
quick = [
    (SPM, "fickian", ("negative",)),
    (SPMe, "stress-coupled", ("positive",)),
    (DFN, "stress-coupled", names.DOMAINS),
]


@pytest.mark.parametrize(
    ("model", "law", "tense"),
    [*quick, *(pytest.param(*case, marks=pytest.mark.slow) for case in full_matrix)],
)
def test_tension_at_the_surface_raises_the_potential_where_asked_for(model, law, tense):
    built = model(**tense_in(tense, law))
    values = okane({extra.diffusion_activation_volume(d): 1e-6 for d in names.DOMAINS})
    solution = solved(built, values)
    for domain in names.DOMAINS:
        own = table(built, values, domain, surface(solution, domain))
        shift = potential(solution, domain) - own
        if domain not in tense:
            assert np.max(np.abs(shift)) < 1e-12
            continue
        expected = OMEGA[domain] * surface_tension(solution, domain) / FARADAY_C_PER_MOL
        assert shift == pytest.approx(expected, rel=0, abs=1e-11)
        # a particle that gives lithium away is in tension outside
        discharging = shift[..., 5:21]
        assert np.min(-SIGN[domain] * discharging) > 2e-5


@pytest.mark.parametrize("model", [SPM, DFN])
def test_a_volume_that_varies_is_that_of_the_surface(model):
    built = model(Electrode(particle=COUPLED, stress_in_kinetics="potential"))
    values = okane(SWELLING)
    solution = solved(built, values)
    x = surface(solution, "negative")
    sigma_h = solution["Negative particle surface hydrostatic stress [Pa]"].entries
    expected = swelling_more(x, 298.15) * sigma_h / FARADAY_C_PER_MOL
    shift = potential(solution, "negative") - table(built, values, "negative", x)
    inside = slice(1, -1) if model is DFN else slice(None)  # not the ends PyBaMM adds
    assert np.max(np.abs(shift)) > 1e-4
    assert shift[inside] == pytest.approx(expected[inside], rel=0, abs=1e-9)


@pytest.mark.parametrize("model", [SPM, SPMe])
def test_the_voltage_moves_by_the_difference_of_the_shifts(model):
    """With the same diffusion, so that the compositions are the same."""
    plain = solved(model(), okane())
    tense = solved(model(TENSE, TENSE), okane())
    shift = {
        domain: OMEGA[domain] * surface_tension(plain, domain)[0] / FARADAY_C_PER_MOL
        for domain in names.DOMAINS
    }
    moved = tense[names.VOLTAGE].entries - plain[names.VOLTAGE].entries
    assert moved == pytest.approx(shift["positive"] - shift["negative"], rel=0, abs=1e-8)
    assert np.max(np.abs(moved)) > 1e-3


@pytest.mark.parametrize("model", MODELS)
def test_the_reaction_is_driven_from_the_shifted_potential(model):
    """phi_s - phi_e - U, with the stress in U, and with none of it anywhere else."""
    solution = solved(model(**tense_in(names.DOMAINS, "stress-coupled")), okane())
    for domain in names.DOMAINS:
        Domain = domain.capitalize()
        eta = solution[f"{Domain} electrode reaction overpotential [V]"].entries
        # one place stands for all in SPMe, and sees the mean of the differences across them
        at = f"X-averaged {domain}" if model is SPMe else Domain
        across = solution[f"{at} electrode surface potential difference [V]"].entries
        assert eta == pytest.approx(across - potential(solution, domain), rel=0, abs=1e-9)
        j = solution[f"{Domain} electrode interfacial current density [A.m-2]"].entries
        j0 = solution[f"{Domain} electrode exchange current density [A.m-2]"].entries
        kT = GAS_CONSTANT_J_PER_MOL_K * 298.15 / FARADAY_C_PER_MOL
        assert eta == pytest.approx(2 * kT * np.arcsinh(j / (2 * j0)), rel=0, abs=1e-7)


# ---- outside pressure at rest


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("electrodes", "volume"),
    [
        ({"negative": TENSE}, -3.5e-6),
        ({"positive": TENSE}, 1.2e-6),
        ({"negative": TENSE, "positive": TENSE}, 1.2e-6 - 3.5e-6),
    ],
)
def test_pressure_lowers_each_potential_by_omega_p_over_f(model, electrodes, volume):
    """267 MPa on 3.5e-6 m3/mol is 9.7 mV."""
    values = okane({"Negative electrode partial molar volume [m3.mol-1]": 3.5e-6}, PRESSURE)
    built = model(**electrodes, constraint="pressure")
    pressed = at_rest(built, values)
    free = sum(
        SIGN[domain] * table(built, values, domain, surface(pressed, domain)[0, 0])
        for domain in names.DOMAINS
    )
    moved = pressed[names.VOLTAGE].entries[0] - free
    assert moved == pytest.approx(-volume * 267e6 / FARADAY_C_PER_MOL, abs=1e-9)
    assert moved == pytest.approx({-3.5e-6: 9.7e-3, 1.2e-6: -3.3e-3}.get(volume, 6.4e-3), abs=5e-5)


def test_pressure_that_only_diffusion_knows_moves_no_potential():
    built = DFN(**tense_in((), "stress-coupled"), constraint="pressure")
    values = okane(PRESSURE)
    pressed = at_rest(built, values)
    for domain in names.DOMAINS:
        own = table(built, values, domain, surface(pressed, domain))
        assert potential(pressed, domain) == pytest.approx(own, rel=0, abs=1e-12)


# ---- surface energy

GAMMA = 0.9, -0.7
VOLUME = 3e-5, 1.1e-5


def surfaces(domain, gamma=GAMMA, volume=VOLUME):
    return {
        extra.surface_energy(domain): lambda x: gamma[0] + gamma[1] * x,
        extra.molar_volume(domain): lambda x: volume[0] + volume[1] * x,
    }


def surface_shift(area, x, gamma=GAMMA, volume=VOLUME):
    """-(A/V) d(V_m gamma)/dx / F of the functions above."""
    excess = np.polynomial.Polynomial(gamma) * np.polynomial.Polynomial(volume)
    return -area * excess.deriv()(x) / FARADAY_C_PER_MOL


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("domain", "radius"), [("negative", 5e-8), ("positive", 1e-7)])
def test_surface_energy_shifts_the_voltage_by_its_slope_over_the_radius(model, domain, radius):
    built = model(**{domain: Electrode(surface_energy=True)})
    constant_volume = surfaces(domain, volume=(3e-5, 0.0))
    values = okane({f"{domain.capitalize()} particle radius [m]": radius}, constant_volume)
    rest = at_rest(built, values)
    free = sum(SIGN[d] * table(built, values, d, surface(rest, d)[0, 0]) for d in names.DOMAINS)
    # sphere: 3/R of surface; one mole takes up 3e-5 m3 and its energy falls by 0.7 J/m2
    expected = SIGN[domain] * 3 / radius * 3e-5 * 0.7 / FARADAY_C_PER_MOL
    assert rest[names.VOLTAGE].entries[0] - free == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_surface_energy_brings_no_stress_into_the_potential(model):
    electrode = Electrode(particle=COUPLED, surface_energy=True)
    built, values = model(electrode), okane(surfaces("negative"))
    solution = solved(built, values)
    x = surface(solution, "negative")
    expected = table(built, values, "negative", x) + surface_shift(3 / RADIUS["negative"], x)
    assert potential(solution, "negative") == pytest.approx(expected, rel=0, abs=1e-9)
    assert np.max(np.abs(surface_tension(solution, "negative"))) > 1e6


def test_a_constant_surface_energy_of_a_constant_volume_shifts_nothing():
    values = okane(surfaces("negative", (0.9, 0.0), (3e-5, 0.0)))
    rest = at_rest(SPM(Electrode(surface_energy=True)), values)
    shift = rest["Negative electrode potential shift by surface energy [V]"].entries
    assert np.max(np.abs(shift)) == 0


@pytest.mark.parametrize(
    ("particle", "area"),
    [
        (Particle(shape="cylinder"), lambda R, a: 2 / R),
        (Particle(shape="slab"), lambda R, a: 1 / R),
        (Particle(core="hollow"), lambda R, a: 3 * (R**2 + a**2) / (R**3 - a**3)),
        (Particle(shape="cylinder", core="open-hollow"), lambda R, a: 2 / (R - a)),
    ],
)
def test_every_wall_of_a_particle_has_surface_energy(particle, area):
    R = RADIUS["positive"]
    values = okane(surfaces("positive"), {extra.inner_radius("positive"): 0.4 * R})
    solution = solved(SPMe(positive=Electrode(particle=particle, surface_energy=True)), values)
    shift = solution["Positive electrode potential shift by surface energy [V]"].entries
    expected = surface_shift(area(R, 0.4 * R), surface(solution, "positive"))
    assert shift == pytest.approx(expected, rel=1e-8)


def test_small_particles_are_shifted_more_than_large_ones_of_the_same_electrode():
    def radius(x):
        return 1e-7 * (1 + x / 85.2e-6)

    values = okane(surfaces("negative"), {"Negative particle radius [m]": radius})
    rest = at_rest(DFN(Electrode(surface_energy=True)), values)
    shift = rest["Negative electrode potential shift by surface energy [V]"].entries[:, 0]
    places = rest["x_n [m]"].entries[:, 0]
    inside = (places > 0) & (places < 85.2e-6)
    expected = surface_shift(3 / radius(places), surface(rest, "negative")[:, 0])
    assert shift[inside] == pytest.approx(expected[inside], rel=1e-8)
    assert np.ptp(expected[inside]) > 0.1 * np.max(np.abs(expected))


# ---- the voltage of the bulk


@pytest.mark.parametrize("model", MODELS)
def test_the_bulk_voltage_is_that_of_a_cell_at_rest(model):
    """Also under pressure and with surface energy: what is left after a long rest."""
    electrode = Electrode(particle=COUPLED, stress_in_kinetics="potential", surface_energy=True)
    small = {"Negative particle radius [m]": 1e-7, "Positive particle radius [m]": 2e-7}
    # the fit of the set falls and rises, and places of an electrode settle on either side
    small["Negative electrode OCP [V]"] = lambda x: 0.3 - 0.25 * x
    even = (surfaces(domain, volume=(3e-5, 0.0)) for domain in names.DOMAINS)
    values = okane(PRESSURE, small, *even)
    built = model(electrode, electrode, constraint="pressure")
    solution = solved(built, values, ((1, 600), (0, 40000)))
    voltage = solution[names.VOLTAGE].entries
    bulk = solution["Bulk open-circuit voltage [V]"].entries
    assert abs(voltage[20] - bulk[20]) > 1e-3
    assert voltage[-1] == pytest.approx(bulk[-1], abs=1e-7)
