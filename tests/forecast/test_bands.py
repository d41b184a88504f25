"""Bands, forecasts and their files: what goes in comes out, and what is none is refused."""

import json

import numpy as np
import pytest
from scipy.stats import norm

from twin.errors import DataError
from twin.forecast import (
    Band,
    Forecast,
    read_forecast,
    read_forecasts,
    time_of_band,
    write_forecasts,
)

X = np.array([0.0, 100.0, 300.0])


def normal(mean=(5.0, 4.5, 4.0), sd=(0.1, 0.2, 0.4)):
    return Band.from_normal(X, mean, sd)


def test_a_normal_band_is_that_normal():
    band = normal()
    levels = [0.001, 0.05, 0.3, 0.5, 0.9, 0.999]
    for row, (mean, sd) in enumerate(zip(band.mean, (0.1, 0.2, 0.4), strict=True)):
        assert band.quantile(levels)[row] == pytest.approx(norm(mean, sd).ppf(levels), rel=1e-12)
        assert band.probability_below(4.2)[row] == pytest.approx(norm(mean, sd).cdf(4.2))


def test_quantile_and_probability_are_each_others_inverse_in_a_skewed_band():
    band = Band([1.0], [1.2], q05=[0.5], q25=[0.9], q75=[1.5], q95=[4.0])
    for level in (0.001, 0.05, 0.1, 0.25, 0.5, 0.75, 0.8, 0.95, 0.999):
        assert band.probability_below(band.quantile(level)[0])[0] == pytest.approx(level)


@pytest.mark.parametrize(
    ("quantiles", "value", "probability"),
    [
        ((2, 2, 2, 2), 1.9, 0.0),
        ((2, 2, 2, 2), 2.0, 0.5),
        ((2, 2, 2, 2), 2.1, 1.0),
        ((1, 2, 2, 3), 2.0, 0.5),
        ((2, 2, 3, 4), 2.0, 0.125),
        ((1, 2, 3, 3), 3.0, 0.875),
    ],
)
def test_an_atom_is_counted_half(quantiles, value, probability):
    band = Band([0.0], [2.0], *([q] for q in quantiles))
    assert band.probability_below(value)[0] == probability


def test_draws_give_their_quantiles_and_are_kept():
    draws = np.random.default_rng(1).normal(3.0, 0.5, (4000, 3))
    band = Band.from_draws(X, draws)
    assert band.mean == pytest.approx(draws.mean(axis=0))
    assert band.q95 == pytest.approx(np.quantile(draws, 0.95, axis=0))
    assert np.mean(draws < band.q05) == pytest.approx(0.05, abs=0.001)
    assert band.median == pytest.approx(np.median(draws, axis=0))


def test_a_band_is_straight_between_its_places():
    band = Band.from_draws(X, [[1.0, 2.0, 4.0], [2.0, 4.0, 8.0]]).at([50.0, 200.0])
    assert band.mean == pytest.approx([2.25, 4.5])
    assert band.draws == pytest.approx(np.array([[1.5, 3.0], [3.0, 6.0]]))
    with pytest.raises(DataError, match=r"from x = 0 to 300 is asked from 50 to 301"):
        normal().at([50.0, 301.0])


def test_a_band_does_not_change_with_what_it_was_made_of():
    mean = np.array([5.0, 4.5, 4.0])
    band = Band.from_normal(X, mean, 0.1)
    mean[0] = 7.0
    assert band.mean[0] == 5.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": [0, 100, 100]}, r"x of a band, value 3: 100 comes after 100"),
        ({"x": [0, 100, 50]}, r"x of a band, value 3: 50 comes after 100"),
        ({"x": []}, r"x of a band: the shape is 0; give a list of at least one"),
        ({"x": 3.0}, r"x of a band: the shape is one value"),
        ({"mean": [1, 2]}, r"mean: 2 values for 3 places"),
        ({"mean": [1, np.nan, 2]}, r"mean, value 2: nan is not finite"),
        ({"q95": [5, np.inf, 5]}, r"q95, value 2: inf is not finite"),
        ({"q05": ["a", 1, 2]}, r"q05: these are not all numbers"),
        ({"q05": ["1", "1", "2"]}, r"q05: these are not all numbers"),
        ({"q05": [None, 1, 2]}, r"q05: these are not all numbers"),
        ({"q05": [[1], [1, 2], [2]]}, r"q05: these are not all numbers"),
        ({"q05": [True, True, False]}, r"q05: these are not all numbers"),
        ({"q25": [0, 0, 3.5]}, r"q25 = 3.5 is above q75 = 3 at x = 300"),
        ({"draws": [[1, 2, 3]]}, r"draws: the shape is \(1, 3\)"),
        ({"draws": [[1, 2], [1, 2]]}, r"draws: the shape is \(2, 2\)"),
        ({"draws": [[1, 2, 3], [1, np.nan, 3]]}, r"draws, row 2, value 2: nan"),
    ],
)
def test_what_is_no_band_is_refused(change, message):
    good = {
        "x": [0, 100, 300],
        "mean": [2, 2, 2],
        "q05": [0, 0, 0],
        "q25": [1, 1, 1],
        "q75": [3, 3, 3],
        "q95": [4, 4, 4],
    }
    Band(**good)
    with pytest.raises(DataError, match=message):
        Band(**{**good, **change})


def test_a_negative_spread_is_refused():
    with pytest.raises(DataError, match=r"sd of a band, value 2: -1 is no standard deviation"):
        Band.from_normal(X, 0.0, [1.0, -1.0, np.nan])


def forecast():
    bands = {"capacity_Ah": normal(), "lli_percent": normal((0, 1, 2))}
    times = {"capacity_Ah": (time_of_band(normal(), 4.4), time_of_band(normal(), 2.0))}
    return Forecast(bands, "efc", times, {"cell": "7", "set": "LGM50", "draws": 60})


def test_a_file_holds_a_forecast_to_the_last_digit(tmp_path):
    path = tmp_path / "forecast.json"
    write_forecasts(forecast(), path)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert list(data) == ["efc", "capacity_Ah", "lli_percent", "thresholds", "metadata"]
    assert list(data["capacity_Ah"]) == ["mean", "q05", "q25", "q75", "q95"]
    back = read_forecast(path)
    assert back.as_dict() == forecast().as_dict()
    assert back.thresholds["capacity_Ah"][1].median == np.inf


def test_a_file_holds_several_cells(tmp_path):
    path = tmp_path / "forecast.json"
    write_forecasts({"2": forecast(), "5": forecast()}, path)
    assert list(read_forecasts(path)) == ["2", "5"]
    assert read_forecasts(path)["5"].as_dict() == forecast().as_dict()
    with pytest.raises(DataError, match=r"several cells; read it with read_forecasts"):
        read_forecast(path)


def test_a_file_of_one_cell_reads_as_several(tmp_path):
    write_forecasts(forecast(), tmp_path / "f.json")
    assert list(read_forecasts(tmp_path / "f.json")) == [""]


ROWS = {"mean": [2], "q05": [0], "q25": [1], "q75": [3], "q95": [4]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("[1]", "it holds a list"),
        ('{"cycle": [0]', "not valid JSON"),
        ('{"cycle": [0], "cycle": [1]}', "given twice"),
        ('{"cycle": [NaN]}', "NaN is no finite number"),
        ({"q": ROWS}, "no axis; give one list named cycle, efc, t"),
        ({"cycle": [0], "efc": [0], "q": ROWS}, "the axes cycle, efc; give one"),
        ({"cycle": [0]}, "without quantities"),
        ({"cycle": "many", "q": ROWS}, "cycle: these are not all numbers"),
        ({"cycle": [0, 1], "q": ROWS}, "q: mean: 1 values for 2 places"),
        ({"cycle": [0], "q": [1]}, "q: .* is no object"),
        ({"cycle": [0], "q": {**ROWS, "q97": [5]}}, "unknown key 'q97'; did you mean 'q"),
        ({"cycle": [0], "q": {"mean": [1]}}, "'q05' is missing"),
        ({"cycle": [0], "q": {**ROWS, "q05": [3]}}, "q: q05 = 3 is above q25 = 1"),
        ({"cycle": [0], "q": {**ROWS, "reason": 3}}, "reason: 3 is no text"),
        ({"cycle": [0], "q": ROWS, "metadata": 3}, "metadata: '3' is no object"),
        ({"cycle": [0], "q": ROWS, "thresholds": {"q": 3}}, "thresholds, q: this is no list"),
        ({"cycle": [0], "q": ROWS, "thresholds": {"q": [{}]}}, r"q \[1\]: 'direction' is missing"),
        ({"cycle": [0], "q": ROWS, "thresholds": {"r": []}}, "threshold of 'r'"),
        ({"cells": {}}, "there is none"),
        ({"cells": {"1": {"cycle": [0]}}}, "cell 1: a forecast without quantities"),
        ({"cells": {"1": 3}}, "cell 1: '3' is no object"),
        ({"cells": {"1": {"cycle": [0], "q": ROWS}}, "cycle": [0]}, "'cycle' beside 'cells'"),
    ],
)
def test_a_file_that_is_no_forecast_is_refused(tmp_path, text, message):
    path = tmp_path / "bad.json"
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_forecasts(path)


def test_an_absent_file_and_metadata_that_are_no_data_are_refused(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_forecast(tmp_path / "absent.json")
    odd = Forecast({"q": normal()}, metadata={"cell": object()})
    with pytest.raises(DataError, match="an object of type object is no plain data"):
        write_forecasts(odd, tmp_path / "f.json")


def test_names_and_places_of_a_forecast_are_checked():
    with pytest.raises(DataError, match="axis 'cycles' is not known"):
        Forecast({"q": normal()}, "cycles")
    with pytest.raises(DataError, match="'metadata', which is taken"):
        Forecast({"metadata": normal()})
    with pytest.raises(DataError, match="another x than the first"):
        Forecast({"a": normal(), "b": normal().at([0.0, 50.0])})
