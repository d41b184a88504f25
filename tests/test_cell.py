"""A cell from a study: where it starts, what is said of its parameters, and their hash."""

import re

import pybamm
import pytest

from tests.conftest import small_study
from twin import names
from twin.ageing.engine import Engine
from twin.cell import build_cell
from twin.models import SPM, Electrode, Particle
from twin.parameters.values import load_parameters, parameter_hash, physical_warnings
from twin.protocol import Step
from twin.study import Study
from twin.units import GAS_CONSTANT_J_PER_MOL_K, ZERO_CELSIUS_K

STRESSED = Electrode(particle=Particle(diffusion="stress-coupled"))
MODULUS = "Positive electrode Young's modulus [Pa]"


def engine_of(initial, *, thermal="lumped", temperature_degC=35.0) -> Engine:
    plain = small_study(1, model={"negative": {}, "positive": {}, "thermal": thermal})
    plain["cell"] = {"parameters": "OKane2022", "initial": initial}
    if temperature_degC is not None:
        plain["protocol"]["temperature_degC"] = temperature_degC
    study = Study.model_validate(plain)
    return Engine(build_cell(study), study.solver, study.protocol)


def first_and_last(engine, name, text="Rest for 1 hour"):
    series = engine.step(engine.initial_state(), Step.model_validate(text)).series[name]
    return series[0], series[-1]


@pytest.mark.parametrize("thermal", ["lumped", "isothermal"])
def test_a_cell_starts_at_the_temperature_of_the_protocol(thermal):
    engine = engine_of({"soc_percent": 50}, thermal=thermal)
    first, last = first_and_last(engine, names.CELL_TEMPERATURE)
    assert first - ZERO_CELSIUS_K == pytest.approx(35.0, abs=1e-6)
    assert last - ZERO_CELSIUS_K == pytest.approx(35.0, abs=1e-3)


def test_a_temperature_of_its_own_holds_at_the_start_and_decays_to_the_ambient():
    engine = engine_of({"soc_percent": 50, "temperature_degC": 10})
    first, last = first_and_last(engine, names.CELL_TEMPERATURE, "Rest for 12 hours")
    assert first - ZERO_CELSIUS_K == pytest.approx(10.0, abs=1e-6)
    assert last - ZERO_CELSIUS_K == pytest.approx(35.0, abs=0.05)


def test_without_a_temperature_the_parameter_set_has_its_own():
    engine = engine_of({"soc_percent": 50}, temperature_degC=None)
    own = pybamm.ParameterValues("OKane2022")[names.INITIAL_TEMPERATURE]
    assert first_and_last(engine, names.CELL_TEMPERATURE)[0] == pytest.approx(own, abs=1e-6)


@pytest.mark.parametrize("voltage_V", [3.3, 3.8, 4.1])
def test_an_initial_voltage_is_the_open_circuit_voltage(voltage_V):
    engine = engine_of({"voltage_V": voltage_V}, temperature_degC=25.0)
    start = engine.initial_state()
    for name in ("Bulk open-circuit voltage [V]", "Surface open-circuit voltage [V]"):
        assert engine.observe(start, [name])[name][0] == pytest.approx(voltage_V, abs=1e-4), name
    for found in first_and_last(engine, names.VOLTAGE):
        assert found == pytest.approx(voltage_V, abs=1e-3)


@pytest.mark.parametrize(("soc_percent", "voltage_V"), [(0, 2.5), (100, 4.2)])
def test_the_state_of_charge_is_between_the_voltage_limits(soc_percent, voltage_V):
    engine = engine_of({"soc_percent": soc_percent}, temperature_degC=25.0)
    name = "Bulk open-circuit voltage [V]"
    found = engine.observe(engine.initial_state(), [name])[name][0]
    assert found == pytest.approx(voltage_V, abs=1e-4)


def warnings(negative=Electrode(), positive=Electrode(), overrides=None):  # noqa: B008 (frozen)
    loaded = load_parameters("OKane2022", overrides or {})
    electrodes = {"negative": negative, "positive": positive}
    return physical_warnings(loaded, electrodes, SPM(build=False).param)


def test_the_diffusivity_of_okanes_positive_grows_by_a_factor_that_is_not_physical():
    """theta c_max = 2 Omega^2 E c_max / (9 (1 - nu) R T), with the numbers of the set."""
    (sentence,) = warnings(positive=STRESSED)
    omega, modulus, nu, c_max, kelvin = 1.25e-5, 375e9, 0.2, 63104.0, 25 + ZERO_CELSIUS_K
    by_hand = 2 * omega**2 * modulus / (9 * (1 - nu) * GAS_CONSTANT_J_PER_MOL_K * kelvin) * c_max
    assert by_hand == pytest.approx(414, abs=1)
    said = re.search(r"theta c_max = (\d+)", sentence)
    assert said
    assert int(said[1]) == pytest.approx(414, abs=1)
    assert "positive electrode by 415" in sentence


def test_only_an_electrode_with_mechanics_is_warned_about():
    assert warnings() == []
    assert warnings(Electrode(sei="solvent-diffusion", plating="reversible")) == []
    assert warnings(negative=STRESSED) == []  # 15 GPa and a factor of about 2
    assert warnings(positive=Electrode(sei="constant")) == []


def test_without_stress_in_the_flux_the_modulus_is_what_is_odd():
    (sentence,) = warnings(positive=Electrode(cracks="fatigue"))
    assert "375 GPa" in sentence
    assert "positive" in sentence
    assert "theta" not in sentence
    assert warnings(positive=Electrode(cracks="fatigue"), overrides={MODULUS: 150e9}) == []


def test_equal_parameters_have_equal_hashes():
    values = pybamm.ParameterValues("OKane2022")
    assert parameter_hash(values) == parameter_hash(values.copy())
    assert parameter_hash(values) == parameter_hash(pybamm.ParameterValues("OKane2022"))


@pytest.mark.parametrize(
    "name",
    [
        "Nominal cell capacity [A.h]",
        "Negative electrode thickness [m]",
        "SEI solvent diffusivity [m2.s-1]",
        MODULUS,
    ],
)
def test_one_number_that_differs_gives_another_hash(name):
    values = pybamm.ParameterValues("OKane2022")
    before, number = parameter_hash(values), values[name]
    values.update({name: number * (1 + 1e-12)})
    assert parameter_hash(values) != before
    values.update({name: number})
    assert parameter_hash(values) == before


def test_overrides_reach_the_hash_and_leave_a_given_set_alone():
    given = pybamm.ParameterValues("OKane2022")
    before = parameter_hash(given)
    loaded = load_parameters(given, {MODULUS: 150e9})
    assert loaded.hash != before
    assert loaded.number(MODULUS) == 150e9
    assert parameter_hash(given) == before
