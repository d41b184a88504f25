"""A check-up's row on made-up measurements, and what check-ups have to do with a run's end."""

import numpy as np
import pytest

import twin
from tests.conftest import CHECKUP, CYCLE, small_study
from twin.ageing.checkpoint import Progress, read_checkpoint
from twin.ageing.checkup import LITHIUM_SINKS, MATERIAL, checkup_row
from twin.diagnosis import ElectrodeBalance
from twin.study import Study

NOMINAL_Ah = 5.0
CAUSES = (*LITHIUM_SINKS, *MATERIAL)
# so wide a window that electrodes run out at both ends: at the top the positive is empty
# (y = 0.2), at the bottom the negative (x = 0.1), and Q = Q_Li - 0.2 Q_p - 0.1 Q_n
X, Y = np.linspace(0.1, 0.9, 101), np.linspace(0.2, 0.8, 101)
BALANCE = ElectrodeBalance({"negative": (X, 1 - X), "positive": (Y, 5 - Y)}, 0.0, 9.0)
FRESH = {
    "capacity_negative_Ah": 12.0,
    "capacity_positive_Ah": 11.0,
    "lithium_particles_Ah": 8.0,
    "lithium_sei_Ah": 0.5,
    "lithium_sei_on_cracks_Ah": 0.25,
    "lithium_plated_Ah": 0.125,
    "lithium_dead_Ah": 0.0625,
    "lithium_in_lost_material_Ah": 0.03,
    "lithium_electrolyte_Ah": 0.75,
    "lli_percent": 1.0,
}
CYCLE_ROW = {
    "sequence": 7,
    "cycle": 5,
    "frozen": False,
    "start_time_s": 100.0,
    "end_time_s": 900.0,
    "throughput_Ah": 50.0,
    "equivalent_full_cycles": 5.0,
}


def equilibrium(columns):
    negative, positive = columns["capacity_negative_Ah"], columns["capacity_positive_Ah"]
    return columns["lithium_particles_Ah"] - 0.2 * positive - 0.1 * negative


def measured(capacity_Ah, resistance_mOhm):
    """Return the rows of a rest, of a pulse and of the discharge that measures the capacity."""
    common = {"status": "done", "discharge_capacity_Ah": 0.0}
    pulse_V = 4.0 - 2.0 * resistance_mOhm / 1000
    return [
        {**common, "measure": "", "end_voltage_V": 4.0, "end_current_A": 0.0},
        {**common, "measure": "resistance", "end_voltage_V": pulse_V, "end_current_A": 2.0},
        {**common, "measure": "capacity", "end_voltage_V": 2.5, "end_current_A": 1.0}
        | {"discharge_capacity_Ah": capacity_Ah},
    ]


def check(progress, columns, capacity_Ah=5.0, resistance_mOhm=30.0):
    steps = measured(capacity_Ah, resistance_mOhm)
    return checkup_row(progress, BALANCE, columns, steps, CYCLE_ROW)


def lithium_moved(before, column, charge_Ah):
    """Return columns after particles have lost a charge to a sink."""
    return {
        **before,
        column: before[column] + charge_Ah,
        "lithium_particles_Ah": before["lithium_particles_Ah"] - charge_Ah,
    }


def test_the_first_check_up_is_the_reference():
    row = check(Progress(), FRESH)
    assert row["capacity_percent"] == 100
    assert row["resistance_percent"] == 100
    assert [row[cause] for cause in (*CAUSES, "loss_kinetic_Ah", "loss_total_Ah")] == [0] * 9
    assert row["equilibrium_capacity_Ah"] == pytest.approx(equilibrium(FRESH))
    assert row["resistance_mOhm"] == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("sink", "cause"),
    [
        ("lithium_sei_Ah", "loss_sei_Ah"),
        ("lithium_sei_on_cracks_Ah", "loss_sei_on_cracks_Ah"),
        ("lithium_plated_Ah", "loss_plating_Ah"),
        ("lithium_dead_Ah", "loss_plating_Ah"),
        ("lithium_in_lost_material_Ah", "loss_lithium_in_lost_material_Ah"),
        ("lithium_electrolyte_Ah", "loss_electrolyte_Ah"),
    ],
)
@pytest.mark.parametrize("charge_Ah", [0.3, -0.2])
def test_lithium_in_one_sink_is_lost_to_that_cause_alone(sink, cause, charge_Ah):
    progress = Progress()
    check(progress, FRESH)
    row = check(progress, lithium_moved(FRESH, sink, charge_Ah), capacity_Ah=5.0 - charge_Ah)
    assert {name: row[name] for name in CAUSES} == pytest.approx(
        {name: charge_Ah if name == cause else 0.0 for name in CAUSES}, abs=1e-9
    )
    assert row["loss_kinetic_Ah"] == pytest.approx(0, abs=1e-9)
    assert row["loss_total_Ah"] == pytest.approx(charge_Ah)


@pytest.mark.parametrize(
    ("material", "cause", "share"),
    [
        ("capacity_negative_Ah", "loss_lam_negative_Ah", -0.1),
        ("capacity_positive_Ah", "loss_lam_positive_Ah", -0.2),
    ],
)
def test_material_lost_at_constant_lithium_is_its_electrodes_cause_alone(material, cause, share):
    """Less material at an end where it holds lithium back gives capacity: a negative loss."""
    progress = Progress()
    check(progress, FRESH)
    row = check(progress, {**FRESH, material: FRESH[material] - 1.5})
    assert {name: row[name] for name in CAUSES} == pytest.approx(
        {name: 1.5 * share if name == cause else 0.0 for name in CAUSES}, abs=1e-9
    )


def test_what_no_cause_explains_is_kinetic():
    progress = Progress()
    check(progress, FRESH)
    row = check(progress, lithium_moved(FRESH, "lithium_sei_Ah", 0.3), capacity_Ah=4.5)
    assert row["loss_total_Ah"] == pytest.approx(0.5)
    assert row["loss_sei_Ah"] == pytest.approx(0.3)
    assert row["loss_kinetic_Ah"] == pytest.approx(0.2)


def test_capacity_and_resistance_are_in_percent_of_the_first():
    progress = Progress()
    check(progress, FRESH, capacity_Ah=5.0, resistance_mOhm=30.0)
    check(progress, FRESH, capacity_Ah=4.5, resistance_mOhm=36.0)
    row = check(progress, FRESH, capacity_Ah=4.0, resistance_mOhm=45.0)
    assert row["capacity_Ah"] == pytest.approx(4.0)
    assert row["capacity_percent"] == pytest.approx(80.0)
    assert row["resistance_mOhm"] == pytest.approx(45.0)
    assert row["resistance_percent"] == pytest.approx(150.0)


def test_losses_accumulate_over_three_check_ups():
    progress = Progress()
    check(progress, FRESH)
    second = lithium_moved(FRESH, "lithium_sei_Ah", 0.3)
    check(progress, second, capacity_Ah=4.7)
    third = lithium_moved(lithium_moved(second, "lithium_sei_Ah", 0.1), "lithium_dead_Ah", 0.2)
    third = {**third, "capacity_positive_Ah": third["capacity_positive_Ah"] - 0.5}
    row = check(progress, third, capacity_Ah=4.5)
    assert row["loss_sei_Ah"] == pytest.approx(0.4)
    assert row["loss_plating_Ah"] == pytest.approx(0.2)
    assert row["loss_lam_positive_Ah"] == pytest.approx(-0.1)
    assert row["loss_total_Ah"] == pytest.approx(0.5)
    assert row["loss_kinetic_Ah"] == pytest.approx(0, abs=1e-9)
    assert row["equilibrium_capacity_Ah"] == pytest.approx(equilibrium(third))
    explained = sum(row[name] for name in CAUSES)
    assert explained == pytest.approx(equilibrium(FRESH) - equilibrium(third))


def test_a_row_stands_where_its_cycle_began():
    row = check(Progress(), FRESH)
    for name in ("sequence", "cycle", "frozen", "throughput_Ah", "equivalent_full_cycles"):
        assert row[name] == CYCLE_ROW[name]
    assert row["time_s"] == 100.0
    assert {name: row[name] for name in FRESH} == FRESH


# -- in a run -------------------------------------------------------------------

SHALLOW = ["Discharge at 1C for 20 minutes", *CYCLE[1:]]
SLOW = ["Discharge at C/2 until 3.2 V", *CYCLE[1:]]


def run(blocks, folder, **protocol):
    plain = small_study(1)
    plain["protocol"] = {"blocks": blocks, **protocol}
    return twin.run(Study.model_validate(plain), folder)


def ageing(solution):
    return solution.cycles[solution.cycles["kind"] == "ageing"].reset_index(drop=True)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """Return a run whose cycles all deliver the same, so that only check-ups see it fade."""
    return run(
        [{"repeat": 9, "cycle": SHALLOW}],
        tmp_path_factory.mktemp("stopped") / "out",
        checkups={"every_cycles": 2, "at_end": True, "steps": CHECKUP},
        stop={"capacity_below_percent": 99.95},
    )


def test_the_capacity_of_a_check_up_stops_a_run(stopped):
    delivered = ageing(stopped)["discharge_capacity_Ah"]
    assert np.ptp(delivered) < 1e-4 * delivered[0]
    percent = list(stopped.checkups["capacity_percent"])
    assert min(percent[:-1]) >= 99.95 > percent[-1]
    assert stopped.status == "stopped"
    assert stopped.manifest["stop_reason"] == "capacity below 99.95 %"
    assert stopped.manifest["completed_cycles"] == stopped.checkups["cycle"].iloc[-1] < 9


def test_a_check_up_that_stops_a_run_is_its_final_one(stopped):
    cycles = list(stopped.checkups["cycle"])
    assert cycles == list(range(0, cycles[-1] + 1, 2))
    assert stopped.cycles["kind"].iloc[-1] == "checkup"


@pytest.mark.parametrize(
    ("stop", "status"),
    [({"cycles": 2}, "stopped"), ({"time_d": 0.12}, "stopped"), ({}, "complete")],
)
def test_a_run_ends_with_exactly_one_final_check_up(tmp_path, stop, status):
    found = run(
        [{"repeat": 3, "cycle": CYCLE}],
        tmp_path / "out",
        checkups={"at_start": False, "at_end": True, "steps": CHECKUP},
        stop=stop,
    )
    assert found.status == status
    assert list(found.cycles["kind"])[-2:] == ["ageing", "checkup"]
    assert list(found.checkups["cycle"]) == [3 if status == "complete" else 2]


def test_an_equivalent_full_cycle_is_twice_the_nominal_charge(stopped):
    flowed = stopped.steps["discharge_capacity_Ah"] + stopped.steps["charge_capacity_Ah"]
    throughput = flowed.groupby(stopped.steps["sequence"]).sum().cumsum()
    found = stopped.cycles.set_index("sequence")
    assert list(found["throughput_Ah"]) == pytest.approx(list(throughput), rel=1e-12)
    full = throughput / (2 * NOMINAL_Ah)
    assert list(found["equivalent_full_cycles"]) == pytest.approx(list(full), rel=1e-12)


def test_capacity_in_percent_goes_on_where_the_protocol_changes(tmp_path):
    """C/2 to 3.2 V delivers another charge than 1C to 2.5 V; the cell is no fresher for it."""
    blocks = [{"repeat": 4, "cycle": CYCLE}, {"repeat": 3, "cycle": SLOW}]
    found = run(blocks, tmp_path / "out")
    delivered = list(ageing(found)["discharge_capacity_Ah"])
    fast, slow = delivered[:4], delivered[4:]
    assert abs(slow[0] / fast[-1] - 1) > 0.01
    share_fast, share_slow = fast[-1] / max(fast), slow[-1] / max(slow)
    assert max(share_fast, share_slow) < 1 - 1e-4
    percent = read_checkpoint(found.path)[1].percent
    assert percent == pytest.approx(100 * share_fast * share_slow, rel=1e-9)


def test_cycles_with_the_same_words_and_another_profile_are_other_cycles(tmp_path):
    def profile(current_A):
        points = {"time_s": [0, 1800], "current_A": [current_A, current_A]}
        return {"mode": "profile", "profile": points}

    blocks = [{"cycle": [profile(4.0), *CYCLE[1:]]}, {"cycle": [profile(2.0), *CYCLE[1:]]}]
    found = run(blocks, tmp_path / "out")
    assert list(ageing(found)["discharge_capacity_Ah"]) == pytest.approx([2.0, 1.0], rel=1e-6)
    assert read_checkpoint(found.path)[1].percent == pytest.approx(100.0, abs=0.1)


def test_the_same_cycle_at_another_temperature_is_another_cycle(tmp_path):
    def discharge(celsius):
        return {"step": CYCLE[0], "temperature_degC": celsius}

    blocks = [{"cycle": [discharge(t), *CYCLE[1:]]} for t in (35, 5)]
    found = run(blocks, tmp_path / "out")
    warm, cold = ageing(found)["discharge_capacity_Ah"]
    assert cold < 0.99 * warm
    assert read_checkpoint(found.path)[1].percent == pytest.approx(100.0, abs=0.1)
