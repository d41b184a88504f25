"""Knees: found where they are, in draws and in cells, and not where there are none."""

import csv

import numpy as np
import pytest

from twin.errors import DataError
from twin.forecast import find_knee, knee_of_draws

N = np.linspace(0, 1000, 16)


def bent(n, place=600, after=6e-4):
    return 1.85 * (1 - 1e-4 * n - after * np.maximum(n - place, 0))


@pytest.mark.parametrize("place", [350, 500, 640, 800])
def test_two_lines_have_their_knee_where_they_meet(place):
    knee = find_knee(N, bent(N, place))
    assert knee.found
    assert knee.probability > 0.95
    assert knee.place == pytest.approx(place, abs=25)
    assert knee.slope_before == pytest.approx(-1.85e-4, rel=0.1)
    assert knee.slope_after == pytest.approx(-1.85 * 7e-4, rel=0.1)
    assert knee.value == pytest.approx(bent(place, place), rel=0.01)


def test_a_fast_start_and_a_slow_end_do_not_hide_a_knee():
    n = np.linspace(0, 2000, 26)
    y = 1.8 - 2e-3 * np.sqrt(n) - 8e-4 * np.maximum(n - 1000, 0)
    y += 5e-4 * np.maximum(n - 1600, 0)
    knee = find_knee(n, y)
    assert knee.probability > 0.95
    assert knee.place == pytest.approx(1000, abs=80)


NO_KNEE = {
    "constant": lambda n: 1.0 + 0 * n,
    "linear": lambda n: 1 - 2e-4 * n,
    "square root": lambda n: 1 - 6e-3 * np.sqrt(n),
    "both": lambda n: 1 - 1e-4 * n - 3e-3 * np.sqrt(n),
    "exponential": lambda n: np.exp(-n / 1000),
    "rising": lambda n: 1 + 1e-4 * n,
}


@pytest.mark.parametrize("name", NO_KNEE)
@pytest.mark.parametrize("points", [8, 16, 60])
def test_a_smooth_curve_without_knee_has_none(name, points):
    n = np.linspace(0, 1000, points)
    assert find_knee(n, NO_KNEE[name](n)).probability < 0.2


@pytest.mark.parametrize("name", ["linear", "square root", "both"])
@pytest.mark.parametrize(("points", "noise"), [(8, 0.01), (14, 0.003), (14, 0.01)])
def test_noise_raises_few_false_alarms(name, points, noise):
    n = np.linspace(0, 1000, points)
    y = NO_KNEE[name](n) + noise * np.random.default_rng(4).standard_normal((150, points))
    assert knee_of_draws(n, y).share <= 0.05


def test_noise_does_not_hide_a_knee():
    y = bent(N) + 0.02 * np.random.default_rng(4).standard_normal((60, N.size))
    found = knee_of_draws(N, y)
    assert found.share > 0.95
    assert found.median == pytest.approx(600, abs=40)


def test_a_small_bend_is_no_knee():
    assert not find_knee(N, bent(N, 600, 0.8e-4)).found  # less than twice as steep
    assert not find_knee(N, bent(N, 900, 1.5e-4)).found  # costs 1.5 % until the end
    assert find_knee(N, bent(N, 600, 0.8e-4), ratio=1.3, excess=0.01).found


def test_draws_give_the_probability_and_the_places():
    """A third of the draws have a knee, at 400 to 700, the others go on as they were."""
    generator = np.random.default_rng(6)
    places = generator.uniform(400, 700, 30)
    n = np.linspace(0, 1000, 101)
    draws = np.concatenate([[bent(n, place) for place in places], [bent(n, 0, 0)] * 60])
    found = knee_of_draws(n, draws)
    assert found.share == pytest.approx(1 / 3)
    assert found.probability == pytest.approx(1 / 3, abs=0.03)
    assert found.places[:30] == pytest.approx(places, abs=40)
    assert np.isnan(found.places[30:]).all()
    assert 380 < found.q05 < found.median < found.q95 < 740
    assert found.horizon == 1000


def test_units_do_not_matter():
    one, other = find_knee(N, bent(N)), find_knee(N * 3600, bent(N) * 1000)
    assert other.probability == pytest.approx(one.probability)
    assert other.place == pytest.approx(3600 * one.place)
    assert other.slope_after == pytest.approx(one.slope_after / 3.6)


def test_too_few_points_say_why():
    knee = find_knee([0, 1, 2, 2], [1.0, 0.9, 0.8, 0.8])
    assert not knee.found
    assert knee.reason == "4 points; a knee needs at least 6"
    assert np.isnan(knee.place)


@pytest.mark.parametrize(
    ("x", "y", "kind", "message"),
    [
        (N[::-1], bent(N), {}, "comes after 1000; sort"),
        (N, np.full(16, np.nan), {}, "measurements, value 1: nan"),
        (N, N, {}, "a curve starts at zero"),
        (N, bent(N), {"ratio": 1.0}, "give a ratio above 1"),
        (N, bent(N), {"excess": np.nan}, "excess = nan"),
    ],
)
def test_what_is_no_curve_is_refused(x, y, kind, message):
    with pytest.raises(DataError, match=message):
        find_knee(x, y, **kind)


def test_draws_at_few_places_are_refused():
    with pytest.raises(DataError, match="at 3 places; forecast at 6 or more"):
        knee_of_draws([0, 1, 2], np.ones((4, 3)))


def test_every_sanyo_cell_has_its_knee(measured_data):
    """Baumhöfer et al., J. Power Sources 247, 332 (2014)."""
    path = measured_data / "sanyo" / "capacity_24cells.csv"
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    cells: dict[str, list[tuple[float, float]]] = {}
    with path.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            cells.setdefault(row["cell"], []).append(
                (float(row["cycle"]), float(row["capacity_Ah"]))
            )
    assert len(cells) == 24
    for points in cells.values():
        x, y = np.array(points).T
        knee = find_knee(x, y)
        assert knee.probability > 0.9
        assert 850 <= knee.place <= 1450
        assert not find_knee(x[x < 700], y[x < 700]).found
