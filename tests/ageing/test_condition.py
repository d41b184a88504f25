"""State columns: each is the variable it says, of its electrode, in its unit."""

import numpy as np
import pytest

from twin import names
from twin.ageing.condition import balance_of, condition, reference
from twin.ageing.engine import Engine
from twin.cell import build_cell
from twin.protocol import Step
from twin.study import Study
from twin.units import FARADAY_C_PER_MOL, SECONDS_PER_HOUR

AH = FARADAY_C_PER_MOL / SECONDS_PER_HOUR
# material is lost under tension: of the one electrode on discharge, of the other on charge
CYCLE = ["Discharge at 1C until 2.8 V", "Charge at 1C for 20 minutes"]
PLAN = {
    "name": "unequal electrodes",
    "cell": {"parameters": "OKane2022", "initial": {"soc_percent": 90}},
    "protocol": {"blocks": [{"cycle": CYCLE}]},
    "model": {
        "type": "DFN",
        "negative": {
            "particle": {"diffusion": "stress-coupled"},
            "sei": "reaction-limited",
            "sei_on_cracks": True,
            "cracks": "fatigue",
            "plating": "partially-reversible",
            "active_material_loss": "stress",
            "porosity_change": True,
        },
        "positive": {
            "particle": {"diffusion": "stress-coupled"},
            "cracks": "fatigue",
            "active_material_loss": "stress",
        },
        "mesh": {"x_negative": 5, "x_separator": 3, "x_positive": 6}
        | {"r_negative": 7, "r_positive": 8},
    },
    "outputs": {"report": False},
}


@pytest.fixture(scope="module")
def after_a_cycle():
    """Return the engine, the cell at the start and after a cycle, and its columns."""
    study = Study.model_validate(PLAN)
    engine = Engine(build_cell(study), study.solver, study.protocol)
    start = engine.initial_state()
    end = start
    for text in CYCLE:
        end = engine.step(end, Step.model_validate(text)).state
    return engine, start, end, condition(engine, end, reference(engine, start))


def number(engine, state, name):
    return float(np.mean(engine.observe(state, [name])[name]))


@pytest.mark.parametrize(
    ("column", "variable", "factor"),
    [
        ("capacity_negative_Ah", "Negative electrode capacity [A.h]", 1),
        ("capacity_positive_Ah", "Positive electrode capacity [A.h]", 1),
        ("lithium_particles_Ah", "Total lithium in particles [mol]", AH),
        ("lithium_electrolyte_Ah", "Total lithium in electrolyte [mol]", AH),
        ("lithium_sei_Ah", names.GAINED_SEI, AH),
        ("lithium_sei_on_cracks_Ah", names.GAINED_SEI_ON_CRACKS, AH),
        ("lithium_plated_Ah", names.GAINED_PLATED, AH),
        ("lithium_dead_Ah", names.GAINED_DEAD, AH),
        ("lithium_in_lost_material_Ah", names.GAINED_LOST_MATERIAL, AH),
        ("sei_thickness_nm", "X-averaged negative SEI thickness [m]", 1e9),
        ("crack_length_negative_nm", "X-averaged negative particle crack length [m]", 1e9),
        ("crack_length_positive_nm", "X-averaged positive particle crack length [m]", 1e9),
    ],
)
def test_a_column_is_its_variable_in_its_unit(after_a_cycle, column, variable, factor):
    engine, _, end, columns = after_a_cycle
    assert columns[column] == pytest.approx(factor * number(engine, end, variable), rel=1e-12)
    others = {name: value for name, value in columns.items() if name != column}
    assert columns[column] not in others.values()


@pytest.mark.parametrize("domain", names.DOMAINS)
def test_lost_material_is_that_of_its_electrode(after_a_cycle, domain):
    engine, start, end, columns = after_a_cycle
    name = f"{domain.capitalize()} electrode capacity [A.h]"
    before, after = number(engine, start, name), number(engine, end, name)
    assert columns[f"lam_{domain}_percent"] == pytest.approx(100 * (before - after) / before)
    assert columns[f"lam_{domain}_percent"] > 1e-7
    ratio = columns["lam_negative_percent"] / columns["lam_positive_percent"]
    assert abs(np.log(ratio)) > 0.1  # so that one is not taken for the other


def test_lost_inventory_is_what_the_particles_lost(after_a_cycle):
    engine, start, end, columns = after_a_cycle
    before, after = (number(engine, s, names.LITHIUM_PARTICLES) for s in (start, end))
    assert columns["lli_percent"] == pytest.approx(100 * (before - after) / before, rel=1e-9)
    assert columns["lli_percent"] > 1e-3


def test_the_porosity_is_the_least_in_the_electrode(after_a_cycle):
    engine, _, end, columns = after_a_cycle
    porosity = engine.observe(end, [names.porosity("negative")])[names.porosity("negative")]
    assert columns["porosity_negative_minimum"] == porosity.min()
    assert np.ptp(porosity) > 1e-9


def test_sinks_balance_what_particles_and_electrolyte_lost(after_a_cycle):
    """The closure is the difference, relative to the particles at the start."""
    engine, start, end, columns = after_a_cycle
    sinks = (
        "lithium_sei_Ah",
        "lithium_sei_on_cracks_Ah",
        "lithium_plated_Ah",
        "lithium_dead_Ah",
        "lithium_in_lost_material_Ah",
    )
    stores = (names.LITHIUM_PARTICLES, names.LITHIUM_ELECTROLYTE)
    lost = sum(AH * (number(engine, start, s) - number(engine, end, s)) for s in stores)
    first = AH * number(engine, start, names.LITHIUM_PARTICLES)
    expected = (sum(columns[sink] for sink in sinks) - lost) / first
    assert columns["lithium_closure"] == pytest.approx(expected, rel=1e-6, abs=1e-14)
    assert abs(columns["lithium_closure"]) < 2e-6


def test_a_fresh_cell_has_lost_nothing(after_a_cycle):
    engine, start, _, _ = after_a_cycle
    columns = condition(engine, start, reference(engine, start))
    for column, value in columns.items():
        if column.startswith(("lli", "lam")) or column == "lithium_closure":
            assert value == pytest.approx(0, abs=1e-13), column


def test_the_balance_of_a_row_is_its_capacities_and_the_lithium_in_its_particles(
    after_a_cycle,
):
    columns = after_a_cycle[-1]
    balance = balance_of(columns)
    assert balance.negative == columns["capacity_negative_Ah"]
    assert balance.positive == columns["capacity_positive_Ah"]
    assert balance.lithium == columns["lithium_particles_Ah"]


class MadeUp:
    """Stands in for an engine: every variable has the value that it was given."""

    def __init__(self, **changes: float) -> None:
        self.changes = changes

    def observe(self, state, variables):
        values = {names.LITHIUM_PARTICLES: 10.0, names.LITHIUM_ELECTROLYTE: 2.0} | {
            getattr(names, key): value for key, value in self.changes.items()
        }
        capacities = {names.electrode_capacity(domain): 5.0 for domain in names.DOMAINS}
        known = {name: 0.0 for name in variables if name.startswith("Lithium gained")}
        known |= values | capacities
        return {name: np.array([known[name]]) for name in variables if name in known}


@pytest.mark.parametrize(
    ("changes", "closure"),
    [
        ({"LITHIUM_PARTICLES": 9.0, "GAINED_SEI": 1.0}, 0.0),
        ({"LITHIUM_ELECTROLYTE": 1.5, "GAINED_SEI": 0.5}, 0.0),
        ({"LITHIUM_PARTICLES": 9.0}, -0.1),
        ({"LITHIUM_ELECTROLYTE": 1.5}, -0.05),
        ({"GAINED_DEAD": 1.0}, 0.1),
    ],
)
def test_the_books_close_only_where_what_is_gained_was_lost(changes, closure):
    start = reference(MadeUp(), None)
    found = condition(MadeUp(**changes), None, start)["lithium_closure"]
    assert found == pytest.approx(closure, abs=1e-12)
