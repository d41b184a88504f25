"""What a cycler would measure, on series whose charges and energies are known in closed form."""

import numpy as np
import pytest

from twin import names
from twin.ageing import measure
from twin.ageing.engine import TIME
from twin.ageing.measure import Place
from twin.ageing.state import State, StepResult
from twin.protocol import Step
from twin.units import SECONDS_PER_HOUR, ZERO_CELSIUS_K

PLACE = Place(sequence=3, cycle=2, kind="ageing", block="1")
DISCHARGE = "Discharge at 1 A for 1 hour"
CHARGE = "Charge at 1 A for 1 hour"
REST = "Rest for 1 hour"
PULSE = {"step": "Discharge at 5 A for 1 hour", "measure": "resistance"}
PROFILE = {"mode": "profile", "profile": {"time_s": [0, 3600], "current_A": [1, 1]}}
MEGA = 1e6


def state(time_s: float) -> State:
    return State(y=np.zeros(1), layout="made up", time_s=time_s)


def done(step, current, voltage, start_h=0.0, hours=1.0, **more) -> StepResult:
    """Return a step with even points in time; the charge counter is the area of the current."""
    current, voltage = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (current, voltage))
    size = max(len(current), len(voltage), 2)
    current, voltage = (v if len(v) == size else np.repeat(v, size) for v in (current, voltage))
    time_h = start_h + np.linspace(0, hours, size)
    charge = np.append(0.0, np.cumsum(0.5 * (current[1:] + current[:-1]) * np.diff(time_h)))
    series = {
        TIME: time_h * SECONDS_PER_HOUR,
        names.VOLTAGE: voltage,
        names.CURRENT: current,
        names.CELL_TEMPERATURE: np.linspace(0, 8, size) + 25 + ZERO_CELSIUS_K,
        names.DISCHARGE_CAPACITY: charge,
        **{name: np.asarray(values, dtype=float) for name, values in more.items()},
    }
    return StepResult(
        step=Step.model_validate(step),
        state=state(series[TIME][-1]),
        status="done",
        termination="time",
        series=series,
    )


def skipped(step, time_h: float) -> StepResult:
    return StepResult(
        step=Step.model_validate(step),
        state=state(time_h * SECONDS_PER_HOUR),
        status="skipped",
        termination="its end condition already held",
    )


def rows_of(*results):
    rows, before = [], state(0.0)
    for number, result in enumerate(results, start=1):
        rows.append(measure.step_row(PLACE, number, result, before))
        before = result.state
    return rows


def cycle_of(*results):
    return measure.cycle_row(PLACE, rows_of(*results), results)


def test_resistance_is_over_the_change_of_current():
    """The pulse follows a discharge at 1 A without a rest: 0.2 V over 4 A."""
    rows = rows_of(done(DISCHARGE, 1.0, [4.0, 3.8]), done(PULSE, 5.0, [3.7, 3.6], start_h=1))
    assert measure.measured_resistance(rows) == pytest.approx(50.0)


def test_resistance_of_a_charge_pulse_is_positive():
    pulse = {"step": "Charge at 2 A for 1 hour", "measure": "resistance"}
    rows = rows_of(done(REST, 0.0, 3.8), done(pulse, -2.0, [3.85, 3.9], start_h=1))
    assert measure.measured_resistance(rows) == pytest.approx(50.0)


def test_a_skipped_step_before_a_pulse_is_passed_over():
    rows = rows_of(
        done(REST, 0.0, [4.1, 4.0]),
        skipped("Charge at 1 A until 3.9 V", 1.0),
        done(PULSE, 5.0, [3.9, 3.85], start_h=1),
    )
    assert measure.measured_resistance(rows) == pytest.approx(30.0)


def test_resistance_is_the_mean_over_the_pulses():
    rows = rows_of(
        done(REST, 0.0, 4.0),
        done(PULSE, 5.0, [3.9, 3.85], start_h=1),
        done(REST, 0.0, 3.8, start_h=2),
        done(PULSE, 5.0, [3.6, 3.55], start_h=3),
    )
    assert measure.measured_resistance(rows) == pytest.approx(40.0)


def test_nothing_marked_measures_nothing():
    rows = rows_of(done(REST, 0.0, 4.0), done(DISCHARGE, 1.0, 3.7, start_h=1))
    assert np.isnan(measure.measured_resistance(rows))
    assert np.isnan(measure.measured_capacity(rows))


def test_capacity_is_the_charge_of_the_marked_steps_alone():
    marked = {"step": "Discharge at 2 A for 1 hour", "measure": "capacity"}
    rows = rows_of(
        done(DISCHARGE, 1.0, 4.0),
        done(marked, 2.0, 3.8, start_h=1),
        done(CHARGE, -1.0, 4.0, start_h=2),
        done(marked, 2.0, 3.6, start_h=3, hours=0.25),
    )
    assert measure.measured_capacity(rows) == pytest.approx(2.5)


def test_a_step_row_has_first_last_and_extreme_values():
    row = rows_of(done(DISCHARGE, 1.0, [3.9, 4.0, 3.2, 3.3], start_h=0.5))[0]
    assert (row["start_voltage_V"], row["end_voltage_V"]) == (3.9, 3.3)
    assert (row["minimum_voltage_V"], row["maximum_voltage_V"]) == (3.2, 4.0)
    assert row["minimum_temperature_degC"] == pytest.approx(25.0)
    assert row["maximum_temperature_degC"] == pytest.approx(33.0)
    assert (row["start_time_s"], row["end_time_s"]) == (0.0, 1.5 * SECONDS_PER_HOUR)
    assert row["discharge_capacity_Ah"] == pytest.approx(1.0)
    assert row["charge_capacity_Ah"] == 0


def test_efficiencies_are_what_comes_out_over_what_went_in():
    row = cycle_of(done(DISCHARGE, 1.0, 3.6), done(CHARGE, -1.25, 4.0, start_h=1))
    assert row["discharge_capacity_Ah"] == pytest.approx(1.0)
    assert row["charge_capacity_Ah"] == pytest.approx(1.25)
    assert row["coulombic_efficiency"] == pytest.approx(0.8)
    assert row["discharge_energy_Wh"] == pytest.approx(3.6)
    assert row["charge_energy_Wh"] == pytest.approx(5.0)
    assert row["energy_efficiency"] == pytest.approx(0.72)


def test_mean_voltages_are_weighted_by_charge():
    row = cycle_of(
        done(DISCHARGE, 1.0, 3.6),
        done(CHARGE, -1.0, 3.8, start_h=1),
        done("Charge at 3 A for 1 hour", -3.0, 4.2, start_h=2),
    )
    assert row["mean_discharge_voltage_V"] == pytest.approx(3.6)
    assert row["mean_charge_voltage_V"] == pytest.approx(4.1)


def test_energy_at_constant_current_is_that_of_the_trapezoid():
    out, back = measure.energies(done(DISCHARGE, 1.0, [4.0, 3.0]))
    assert (out, back) == (pytest.approx(3.5), 0.0)
    out, back = measure.energies(done(CHARGE, -2.0, [3.0, 4.0], hours=0.5))
    assert (out, back) == (0.0, pytest.approx(3.5))


def test_a_current_of_both_signs_counts_both_sides():
    """From 2 A to -1 A in an hour: two triangles, 2 x 2/3 and 1 x 1/3 over two."""
    result = done(PROFILE, [2.0, -1.0], 3.5)
    assert measure.charges(result) == pytest.approx((2 / 3, 1 / 6))
    assert measure.energies(result) == pytest.approx((3.5 * 2 / 3, 3.5 / 6))
    assert measure.throughput([result]) == pytest.approx(5 / 6)
    assert measure.net_charge([result]) == pytest.approx(1 / 2)


def test_throughput_counts_both_directions_and_net_charge_their_difference():
    results = [done(DISCHARGE, 1.0, 3.6), done(CHARGE, -1.25, 4.0, start_h=1)]
    assert measure.throughput(results) == pytest.approx(2.25)
    assert measure.net_charge(results) == pytest.approx(-0.25)


@pytest.mark.parametrize(
    ("y", "above", "below"),
    [
        ([3.0, -1.0], 9 / 8, 1 / 8),
        ([-1.0, 3.0], 9 / 8, 1 / 8),
        ([1.0, -3.0], 1 / 8, 9 / 8),
        ([2.0, 4.0], 3.0, 0.0),
        ([-2.0, -4.0], 0.0, 3.0),
        ([0.0, 2.0], 1.0, 0.0),
        ([-2.0, 0.0], 0.0, 1.0),
        ([1.0, 0.0, -3.0], 0.5, 1.5),
    ],
)
def test_areas_above_and_below_zero_are_kept_apart(y, above, below):
    found = measure.two_sided_integral(np.arange(float(len(y))), np.array(y))
    assert found == pytest.approx((above, below), abs=1e-14)


def test_stress_extremes_are_those_of_all_steps_and_of_their_electrode():
    negative, positive = (names.averaged_surface_stress(d) for d in names.DOMAINS)
    row = cycle_of(
        done(
            DISCHARGE,
            1.0,
            [4.0, 3.7, 3.4],
            **{negative: [0, 2 * MEGA, 1 * MEGA], positive: [0, -7 * MEGA, -5 * MEGA]},
        ),
        skipped(REST, 1.0),
        done(
            CHARGE,
            -1.0,
            [3.5, 3.8, 4.1],
            start_h=1,
            **{negative: [0, -3 * MEGA, -1 * MEGA], positive: [0, 11 * MEGA, 4 * MEGA]},
        ),
    )
    assert row["minimum_stress_negative_MPa"] == pytest.approx(-3)
    assert row["maximum_stress_negative_MPa"] == pytest.approx(2)
    assert row["minimum_stress_positive_MPa"] == pytest.approx(-7)
    assert row["maximum_stress_positive_MPa"] == pytest.approx(11)


def test_extremes_of_a_cycle_pass_over_skipped_steps():
    row = cycle_of(
        skipped("Charge at 1 A until 4.2 V", 0.0),
        done(DISCHARGE, 1.0, [4.1, 3.0]),
        done(CHARGE, -1.0, [3.1, 4.2], start_h=1),
    )
    assert (row["minimum_voltage_V"], row["maximum_voltage_V"]) == (3.0, 4.2)
    assert (row["start_time_s"], row["end_time_s"]) == (0.0, 2 * SECONDS_PER_HOUR)


def test_charge_passed_goes_on_from_step_to_step():
    results = [
        done(DISCHARGE, 1.0, 3.6),
        skipped(REST, 1.0),
        done("Charge at 0.25 A for 1 hour", -0.25, 4.0, start_h=1),
        done(DISCHARGE, 1.0, 3.6, start_h=2),
    ]
    series = measure.timeseries(PLACE, results, 10.0, ())
    assert list(series["charge_passed_Ah"]) == pytest.approx([10, 11, 11, 10.75, 10.75, 11.75])
    assert list(series["step"]) == [1, 1, 3, 3, 4, 4]
    assert list(series["time_s"] / SECONDS_PER_HOUR) == pytest.approx([0, 1, 1, 2, 2, 3])
    assert list(series["step_time_s"] / SECONDS_PER_HOUR) == pytest.approx([0, 1] * 3)


def test_charge_passed_goes_on_where_the_series_is_thinned():
    results = [done(DISCHARGE, 1.0, 3.6), done(DISCHARGE, 1.0, 3.4, start_h=1)]
    series = measure.timeseries(PLACE, results, 0.0, (), period_s=2700.0)
    assert list(series["charge_passed_Ah"]) == pytest.approx([0, 0.75, 1, 1, 1.75, 2])


def test_thinned_series_have_even_points_and_the_end():
    result = done(DISCHARGE, 1.0, [4.0, 3.0], start_h=1)
    thin = measure.thinned(result.series, 1000.0)
    assert list(thin[TIME]) == pytest.approx([3600, 4600, 5600, 6600, 7200])
    assert thin[names.VOLTAGE][-1] == pytest.approx(3.0)
    assert thin[names.VOLTAGE][1] == pytest.approx(4.0 - 1000 / 3600)


def test_an_end_on_the_grid_comes_once():
    thin = measure.thinned(done(DISCHARGE, 1.0, [4.0, 3.0]).series, 1200.0)
    assert list(thin[TIME]) == pytest.approx([0, 1200, 2400, 3600])


def test_without_a_period_every_point_is_kept():
    series = done(DISCHARGE, 1.0, [4.0, 3.7, 3.0]).series
    assert list(measure.thinned(series, None)[TIME]) == list(series[TIME])
