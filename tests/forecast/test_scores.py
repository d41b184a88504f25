"""Scores: closed forms, calibrated forecasts, and what is not reached."""

import numpy as np
import pandas as pd
import pytest

from twin.errors import DataError
from twin.forecast import (
    Band,
    Forecast,
    coverage_bounds,
    crps,
    first_passage,
    inside,
    interval_score,
    mae,
    pit,
    pit_histogram,
    pit_of,
    rmse,
    score,
    score_cells,
    score_threshold,
    time_of_band,
    time_to_threshold,
)
from twin.forecast.score_tables import SCORE_COLUMNS
from twin.forecast.scores import bias

X = np.linspace(0, 1000, 11)


def normal_crps(y, mean, sd):
    """Closed form of Gneiting and Raftery (2007)."""
    from scipy.stats import norm

    z = (y - mean) / sd
    return sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))


def test_crps_of_a_normal_band_is_its_closed_form():
    y = np.linspace(-3, 4, 11)
    band = Band.from_normal(X, 0.5, 0.7)
    assert crps(band, X, y) == pytest.approx(normal_crps(y, 0.5, 0.7), rel=1e-3)


def test_crps_of_draws_is_unbiased_in_their_number():
    generator = np.random.default_rng(3)
    few = [
        crps(Band.from_draws([0.0], generator.normal(0, 1, (5, 1))), [0.0], [0.4])[0]
        for _ in range(1000)
    ]
    assert np.mean(few) == pytest.approx(normal_crps(0.4, 0, 1), abs=0.03)


def test_crps_without_spread_is_the_absolute_error():
    band = Band.from_normal(X, 2.0, 0.0)
    y = np.linspace(1, 3, 11)
    assert crps(band, X, y) == pytest.approx(np.abs(y - 2.0))


def test_draws_are_as_wide_between_two_places_as_at_them():
    draws = np.random.default_rng(0).normal(0, 1, (2000, 2))  # independent at the two places
    band = Band.from_draws([0.0, 1.0], draws)
    assert crps(band, [0.5], [0.0])[0] == pytest.approx(normal_crps(0, 0, 1), rel=0.05)


def test_the_true_distribution_scores_best():
    generator = np.random.default_rng(5)
    x = np.arange(4000.0)
    y = generator.normal(1.0, 0.3, x.size)
    for function in (crps, lambda *a: interval_score(*a, 90), lambda *a: interval_score(*a, 50)):
        true = function(Band.from_normal(x, 1.0, 0.3), x, y).mean()
        for mean, sd in ((1.0, 0.2), (1.0, 0.45), (1.1, 0.3), (0.9, 0.3)):
            assert function(Band.from_normal(x, mean, sd), x, y).mean() > true


def test_the_interval_score_is_width_plus_twenty_times_the_miss():
    band = Band([0.0], [5.0], q05=[4.0], q25=[4.5], q75=[5.5], q95=[6.0])
    assert interval_score(band, [0.0], [5.0], 90) == pytest.approx([2.0])
    assert interval_score(band, [0.0], [3.5], 90) == pytest.approx([2.0 + 20 * 0.5])
    assert interval_score(band, [0.0], [6.25], 50) == pytest.approx([1.0 + 4 * 0.75])


def test_errors_are_forecast_minus_observed():
    said, seen = [1.0, 2.0, 3.0], [2.0, 2.0, 5.0]
    assert rmse(said, seen) == pytest.approx(np.sqrt(5 / 3))
    assert mae(said, seen) == pytest.approx(1.0)
    assert bias(said, seen) == pytest.approx(-1.0)


def test_calibrated_forecasts_cover_what_they_say():
    """With 4000 independent points the share of 90 % has a standard deviation of 0.5 %."""
    generator = np.random.default_rng(7)
    x = np.arange(4000.0)
    mean, sd = 5 - 0.001 * x, 0.1 + 0.0001 * x
    y = generator.normal(mean, sd)
    band = Band.from_normal(x, mean, sd)
    assert inside(band, x, y, 90).mean() == pytest.approx(0.90, abs=0.015)
    assert inside(band, x, y, 50).mean() == pytest.approx(0.50, abs=0.025)
    counts = pit_histogram(pit(band, x, y))
    assert counts.sum() == 4000
    assert np.sum((counts - 400) ** 2 / 400) < 27.9  # chi-square, 9 degrees, 0.1 %
    narrow = pit_histogram(pit(Band.from_normal(x, mean, sd / 2), x, y))
    assert min(narrow[0], narrow[-1]) > 3 * narrow[4:6].max() / 2


def test_bounds_of_coverage_know_that_cells_go_together():
    generator = np.random.default_rng(11)
    held = 0
    for _ in range(200):
        # whole cells are covered or not: 40 cells of 25 points, true coverage 0.8
        hits = np.repeat(generator.random(40) < 0.8, 25)
        low, high = coverage_bounds(hits, np.repeat(np.arange(40), 25))
        held += low <= 0.8 <= high
    assert 0.82 <= held / 200 <= 0.97
    alone = coverage_bounds(generator.random(1000) < 0.8, np.arange(1000))
    assert high - low > 3 * (alone[1] - alone[0])


def test_bounds_of_full_coverage_are_those_of_a_few_trials():
    low, high = coverage_bounds(np.ones(30), ["a"] * 10 + ["b"] * 10 + ["c"] * 10)
    assert (low, high) == (pytest.approx(0.05 ** (1 / 3)), 1.0)
    assert coverage_bounds(np.zeros(3), [1, 2, 3]) == (0.0, pytest.approx(1 - 0.05 ** (1 / 3)))
    assert np.isnan(coverage_bounds([True, False], ["a", "a"])).all()
    with pytest.raises(DataError, match="2 points and 1 cells"):
        coverage_bounds([True, False], ["a"])


def forecast():
    bands = {
        "capacity_Ah": Band.from_normal(X, 5 - 0.001 * X, 0.1),
        "lli_percent": Band.from_normal(X, 0.01 * X, 0.5),
    }
    return Forecast(bands)


def test_a_table_has_a_row_per_quantity_with_its_points():
    observed = pd.DataFrame(
        {
            "cycle": [0.0, 50.0, 50.0, 1000.0, 1200.0],
            "capacity_Ah": [5.0, 4.95, 5.25, np.nan, 3.0],
            "extra": 1.0,
        }
    )
    table = score(forecast(), observed)
    assert tuple(table.columns) == SCORE_COLUMNS
    (row,) = table.to_dict("records")
    assert (row["quantity"], row["points"], row["beyond"]) == ("capacity_Ah", 3, 1)
    assert row["rmse"] == pytest.approx(np.sqrt(0.3**2 / 3))
    assert row["bias"] == pytest.approx(-0.1)
    assert row["coverage_90_percent"] == pytest.approx(200 / 3)


def test_cells_are_scored_alone_and_together():
    seen = {"cycle": X, "capacity_Ah": 5 - 0.001 * X}
    low = {"cycle": X[:5], "capacity_Ah": 4 - 0.001 * X[:5], "lli_percent": [0, 1, 2, 3, np.nan]}
    table = score_cells({"a": forecast(), "b": forecast()}, {"a": seen, "b": low, "c": seen})
    assert list(zip(table.cell, table.quantity, table.points, strict=True)) == [
        ("a", "capacity_Ah", 11),
        ("b", "capacity_Ah", 5),
        ("b", "lli_percent", 4),
        ("all", "capacity_Ah", 16),
        ("all", "lli_percent", 4),
    ]
    together = table[(table.cell == "all") & (table.quantity == "capacity_Ah")].iloc[0]
    assert together.coverage_90_percent == pytest.approx(100 * 11 / 16)
    assert together.mae == pytest.approx(5 / 16)
    assert together.cells == 2
    assert together.coverage_90_low_percent <= 11 / 16 * 100 <= together.coverage_90_high_percent


def test_nothing_within_the_forecast_is_a_row_without_scores():
    table = score(forecast(), {"cycle": [2000.0], "capacity_Ah": [4.0]})
    assert table.points[0] == 0
    assert table.beyond[0] == 1
    assert np.isnan(table.rmse[0])


@pytest.mark.parametrize(
    ("observed", "message"),
    [
        ({"efc": [0.0], "capacity_Ah": [1.0]}, "no column 'cycle', the axis"),
        ({"cycle": [0.0], "capacity": [1.0]}, "nothing was measured, but cycle, capacity"),
        ({"cycle": [0.0, np.nan], "capacity_Ah": [1.0, 1.0]}, "cycle, value 2: nan"),
        ({"cycle": [0.0, 1.0], "capacity_Ah": [1.0]}, "1 values at 2 places"),
    ],
)
def test_measurements_that_cannot_be_scored_are_refused(observed, message):
    with pytest.raises(DataError, match=message):
        score(forecast(), observed)


def test_cells_without_measurements_are_refused():
    with pytest.raises(DataError, match="forecasts of a, measurements of b; name them alike"):
        score_cells({"a": forecast()}, {"b": {"cycle": [0.0], "capacity_Ah": [5.0]}})


def test_pit_is_collected_over_cells():
    seen = {"cycle": [0.0, 500.0, 3000.0], "capacity_Ah": [5.0, 9.0, 1.0]}
    values = pit_of({"a": forecast(), "b": forecast()}, {"a": seen}, "capacity_Ah")
    assert values == pytest.approx([0.5, 1.0])


def test_a_curve_passes_between_its_points():
    assert first_passage([0, 100, 200], [5.0, 4.5, 3.5], 4.0) == pytest.approx(150.0)
    assert first_passage([0, 100, 200], [0.0, 1.0, 3.0], 2.0, "rising") == pytest.approx(150.0)
    assert first_passage([0, 100, 200], [5.0, 3.0, 5.0], 4.0) == pytest.approx(50.0)
    assert first_passage([0, 100, 100], [5.0, 4.1, 3.9], 4.0) == pytest.approx(100.0)
    assert first_passage([10, 20], [3.0, 2.0], 4.0) == 10.0
    assert first_passage([0, 100], [5.0, 4.5], 4.0) == np.inf


@pytest.mark.parametrize(
    ("x", "y", "direction", "message"),
    [
        ([0, 2, 1], [3, 2, 1], "falling", "x, value 3: 1 comes after 2; sort"),
        ([0, 1], [3, np.nan], "falling", "y, value 2: nan is not finite"),
        ([0, 1], [3], "falling", "1 values for 2 places"),
        ([0, 1], [3, 2], "down", "direction 'down'; give falling or rising"),
    ],
)
def test_curves_that_are_none_have_no_passage(x, y, direction, message):
    with pytest.raises(DataError, match=message):
        first_passage(x, y, 1.0, direction)


def lines(slopes):
    return 5.0 - np.asarray(slopes)[:, None] * X


def test_draws_that_do_not_arrive_count_as_latest():
    """Lines reach 4 at 1/slope: five within the horizon of 1000, five not."""
    time = time_to_threshold(X, lines([0.01, 0.005, 0.004, 0.002, 0.00125, *[0.0005] * 5]), 4.0)
    assert time.probability_not_reached == 0.5
    assert (time.q05, time.q25, time.median) == pytest.approx((100, 250, 800))
    assert time.q75 == time.q95 == np.inf
    assert time.interval(90) == (pytest.approx(100), np.inf)


def test_a_band_of_falling_curves_gives_the_times_of_its_draws():
    slopes = np.random.default_rng(2).normal(0.002, 0.0004, 4000)
    draws = lines(slopes)
    from_draws = time_to_threshold(X, draws, 4.0)
    mean, sd = 5 - 0.002 * X, 0.0004 * X
    from_band = time_of_band(Band.from_normal(X, mean, sd), 4.0)
    for key in ("q05", "q25", "median", "q75", "q95"):
        assert getattr(from_band, key) == pytest.approx(getattr(from_draws, key), rel=0.02)
    late = time_of_band(Band.from_normal(X, mean, sd), 3.0)
    assert late.probability_not_reached == pytest.approx(0.5)
    assert late.q75 == np.inf


def test_a_rising_band_passes_like_its_mirror_image():
    band = Band.from_normal(X, 0.002 * X, 0.0004 * X)
    mirror = Band.from_normal(X, -0.002 * X, 0.0004 * X)
    rising = time_of_band(band, 1.0, "rising").as_dict()
    falling = time_of_band(mirror, -1.0).as_dict()
    for key in ("q05", "median", "q95", "probability_not_reached"):
        assert rising[key] == pytest.approx(falling[key])


TIME = time_to_threshold(X, lines(1 / np.arange(400.0, 800.0)), 4.0)  # 400 to 800 cycles
NEVER = time_to_threshold(X, lines([0.0001, 0.0002]), 4.0)
OPEN = time_to_threshold(X, lines([0.002] * 8 + [0.0001] * 2), 4.0)  # 500, or beyond 1000


@pytest.mark.parametrize(
    ("time", "end", "passes", "error", "error_is", "inside_90"),
    [
        (TIME, 1000, 700, -101, "exact", True),
        (TIME, 1000, 900, -301, "exact", False),
        (TIME, 300, None, np.nan, "unknown", None),
        (TIME, 700, None, -101, "at most", None),
        (TIME, 900, None, -301, "at most", False),
        (NEVER, 1000, 600, 400, "at least", False),
        (NEVER, 2000, 1500, np.nan, "unknown", True),
        (NEVER, 2000, None, np.nan, "unknown", True),
        (NEVER, 500, None, np.nan, "unknown", None),
        (OPEN, 900, None, -400, "at most", True),
        (OPEN, 2000, 1800, -1300, "exact", True),
        (OPEN, 1000, 450, 50, "exact", False),
    ],
)
def test_times_are_scored_also_where_they_are_not_reached(
    time, end, passes, error, error_is, inside_90
):
    x = np.linspace(0, end, 5)
    y = 5.0 - x / passes if passes else np.full(5, 4.5)
    found = score_threshold(time, x, y)
    assert found.observed == pytest.approx(passes or np.inf)
    assert found.error == pytest.approx(error, abs=1.01, nan_ok=True)
    assert found.error_is == error_is
    assert found.inside_90 is inside_90
