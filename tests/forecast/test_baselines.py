"""Baselines: exact on their own law, intervals that hold, and hostile measurements."""

import warnings

import numpy as np
import pytest

from twin.errors import DataError
from twin.forecast import (
    BASELINES,
    Band,
    DoubleExponential,
    GaussianProcess,
    LastValue,
    Linear,
    NearestNeighbours,
    PopulationMean,
    PowerLaw,
    SquareRoot,
    inside,
)
from twin.forecast.baselines import POPULATION, baselines

N = np.arange(0, 801, 80.0)
NEW = np.arange(0, 1601, 80.0)
LAWS = {
    "linear": lambda n: 5 - 1e-3 * n,
    "square root": lambda n: 5 - 0.02 * np.sqrt(n),
    "power law": lambda n: 5 - 1e-5 * n**1.7,
    "double exponential": lambda n: 5 * np.exp(-1e-4 * n) - 0.01 * np.exp(3e-3 * n),
}


@pytest.mark.parametrize("name", LAWS)
def test_a_law_is_exact_on_itself(name):
    fit = BASELINES[name].fit(N, LAWS[name](N))
    band = fit.forecast(NEW)
    assert fit.reason == ""
    assert band.mean == pytest.approx(LAWS[name](NEW), abs=1e-6)
    assert np.all(band.q95 - band.q05 < 1e-6)
    curves = fit.curves(NEW, 5, np.random.default_rng(0))
    assert curves == pytest.approx(np.tile(LAWS[name](NEW), (5, 1)), abs=1e-6)


def test_parameters_are_recovered():
    linear = Linear().fit(N, LAWS["linear"](N))
    assert linear.parameters == pytest.approx([5, -1e-3])
    power, factors = PowerLaw().fit(N, LAWS["power law"](N)).parameters
    assert power == pytest.approx([1.7])
    assert factors == pytest.approx([5, -1e-5])
    start = 50 + N
    rates, factors = DoubleExponential().fit(start, LAWS["double exponential"](start)).parameters
    assert rates == pytest.approx([-1e-4, 3e-3], rel=1e-4)
    assert factors == pytest.approx([5, -0.01], rel=1e-3)


def test_the_spread_of_a_line_is_the_textbook_formula():
    x, y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 0.0, 2.0, 1.0])
    band = Linear().fit(x, y).forecast([5.0])
    slope, start = np.polyfit(x, y, 1)
    s = np.sqrt(np.sum((y - start - slope * x) ** 2) / 2)
    sd = s * np.sqrt(1 + 1 / 4 + (5 - 1.5) ** 2 / 5)
    assert band.mean == pytest.approx([start + 5 * slope])
    assert band.q95 - band.mean == pytest.approx([2.91998558 * sd])  # t, 2 degrees, 95 %
    assert band.q75 - band.mean == pytest.approx([0.81649658 * sd])


@pytest.mark.parametrize(
    ("name", "noise", "count"),
    [
        ("linear", 0.01, 400),
        ("square root", 0.01, 400),
        pytest.param("power law", 0.01, 80, marks=pytest.mark.slow),
        # both exponentials stand clear of the noise
        pytest.param("double exponential", 0.001, 80, marks=pytest.mark.slow),
    ],
)
def test_intervals_hold_where_the_law_is_true(name, noise, count):
    """Share of series whose value at 1200 is held; of 80, its standard deviation is 3 to 6 %."""
    generator = np.random.default_rng(1)
    held = {50: 0, 90: 0}
    for _ in range(count):
        y = LAWS[name](N) + noise * generator.standard_normal(N.size)
        band = BASELINES[name].fit(N, y).forecast([1200.0])
        seen = LAWS[name](np.array([1200.0])) + noise * generator.standard_normal(1)
        for percent in held:
            held[percent] += bool(inside(band, [1200.0], seen, percent)[0])
    assert held[90] / count == pytest.approx(0.90, abs=0.08)
    assert held[50] / count == pytest.approx(0.50, abs=0.15)


@pytest.mark.parametrize("law", [SquareRoot, Linear, PowerLaw, DoubleExponential])
def test_curves_spread_less_than_measurements(law):
    generator = np.random.default_rng(2)
    fit = law().fit(N, LAWS["square root"](N) + 0.01 * generator.standard_normal(N.size))
    band = fit.forecast(NEW)
    curves = fit.curves(NEW, 4000, generator)
    assert curves.mean(axis=0) == pytest.approx(band.mean, abs=0.01)
    within = curves[:, :11].std(axis=0)
    whole = (band.q75 - band.q25)[:11] / 1.35
    assert np.all(within < whole)


def test_a_gaussian_process_interpolates():
    y = 5 - 1e-3 * N + 0.05 * np.sin(N / 200)
    band = GaussianProcess().fit(N, y).forecast(NEW)
    here = NEW <= 800
    between = GaussianProcess().fit(N, y).forecast(N[:-1] + 40)
    assert band.mean[here] == pytest.approx(y, abs=1e-3)
    assert between.mean == pytest.approx(
        5 - 1e-3 * between.x + 0.05 * np.sin(between.x / 200), abs=5e-3
    )
    width = band.q95 - band.q05
    assert width[here].max() < 0.02
    assert np.all(np.diff(width[~here]) > 0)


def test_a_gaussian_process_finds_the_scatter_and_extends_the_line():
    generator = np.random.default_rng(3)
    x = np.linspace(0, 800, 41)
    fit = GaussianProcess().fit(x, 5 - 1e-3 * x + 0.02 * generator.standard_normal(41))
    band = fit.forecast([400.0, 1600.0])
    assert band.mean == pytest.approx([4.6, 3.4], abs=0.15)
    assert (band.q95 - band.q05)[0] == pytest.approx(2 * 1.645 * 0.02, rel=0.35)
    assert band.q05[1] < 3.4 < band.q95[1]
    curves = fit.curves([400.0, 1600.0], 4000, generator)
    assert curves.mean(axis=0) == pytest.approx(band.mean, abs=0.02)
    assert curves.std(axis=0)[0] < 0.01


def test_the_last_value_stays():
    band = LastValue().fit(N, LAWS["linear"](N)).forecast([800.0, 1000.0])
    assert band.mean == pytest.approx([4.2, 4.2])
    assert band.q05 == pytest.approx([4.2, 4.2 - 1.644854 * 0.2])


def test_known_noise_is_the_least_spread():
    for law in (Linear, SquareRoot, PowerLaw, DoubleExponential, LastValue, GaussianProcess):
        band = law(noise=0.05).fit(N, np.full(N.size, 3.0)).forecast([400.0])
        assert (band.q95 - band.q05)[0] > 2 * 1.6 * 0.05 * 0.95
        assert (band.q95 - band.q05)[0] < 0.3


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([5.0], [4.0]),
        ([0.0], [0.0]),
        ([0.0, 100.0], [4.0, 3.9]),
        ([0.0, 0.0, 0.0], [4.0, 3.9, 4.1]),
        ([7.0] * 12, np.linspace(4, 3, 12)),
    ],
)
def test_too_few_points_give_a_wide_band_with_a_reason(name, x, y):
    fit = BASELINES[name].fit(x, y)
    band = fit.forecast([0.0, 200.0])
    assert "at least" in fit.reason
    assert band.reason == fit.reason
    assert np.all(band.mean == y[-1])
    assert np.all(band.q95 - band.q05 >= 0.3 * max(np.abs(y).max(), 1e-9))
    assert fit.curves([0.0, 200.0], 3, np.random.default_rng(0)).shape == (3, 2)


HOSTILE = {
    "constant": (N, np.full(N.size, 4.0)),
    "zero": (N, np.zeros(N.size)),
    "negative": (N, -LAWS["linear"](N)),
    "rising": (N, 4 + 1e-3 * N),
    "huge": (N * 1e9, 1e12 * LAWS["square root"](N)),
    "tiny": (N * 1e-6, 1e-12 * LAWS["square root"](N)),
    "step": (N, np.where(N > 400, 1.0, 5.0)),
    "outlier": (N, np.where(N == 400, 500.0, LAWS["linear"](N))),
    "twice": (np.repeat(N, 2), np.repeat(LAWS["linear"](N), 2) + np.tile([0.01, -0.01], 11)),
    "late": (N + 1e6, LAWS["linear"](N)),
    "jump in x": (np.append(N, 1e6), np.append(LAWS["linear"](N), 1.0)),
}


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_measurements_give_a_band(name, case):
    x, y = HOSTILE[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = BASELINES[name].fit(x, y)
        band = fit.forecast(np.linspace(x[0], 3 * x[-1], 7))
        curves = fit.curves(band.x, 20, np.random.default_rng(0))
    assert isinstance(band, Band)
    assert np.isfinite(curves).all()


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([], [], "at least one number"),
        ([0, 1, 2], [1, np.nan, 2], "measurements, value 2: nan is not finite"),
        ([0, np.inf, 2], [1, 1, 2], "x of the measurements, value 2: inf"),
        ([0, 2, 1], [1, 1, 1], "value 3: 1 comes after 2; sort"),
        ([0, 1], [1, 1, 1], "3 measurements at 2 places"),
        ([0, 1], ["a", "b"], "not all numbers"),
    ],
)
def test_what_is_no_measurement_is_refused(name, x, y, message):
    with pytest.raises(DataError, match=message):
        BASELINES[name].fit(x, y)


def test_roots_and_powers_count_from_zero():
    for law in (SquareRoot(), PowerLaw()):
        with pytest.raises(DataError, match="-80; count from zero"):
            law.fit(N - 80, LAWS["linear"](N))


def test_two_exponentials_do_not_run_away():
    y = LAWS["linear"](N) + 0.05 * np.random.default_rng(8).standard_normal(N.size)
    fit = DoubleExponential().fit(N, y)
    curves = fit.curves([800.0, 8000.0], 500, np.random.default_rng(0))
    assert curves.min() >= 0
    assert curves.max() <= 1.5 * y.max()


def population(count, generator, points=21):
    """Cells that fade by the square root, each at its own rate, with a little noise."""
    x = np.linspace(0, 1600, points)
    rates = generator.normal(0.02, 0.003, count)
    return [(x, 5 - k * np.sqrt(x) + 0.002 * generator.standard_normal(points)) for k in rates]


def test_the_population_says_its_mean_and_spread():
    cells = population(12, np.random.default_rng(5))
    band = PopulationMean(cells).fit([0.0], [5.0]).forecast([0.0, 840.0])
    at = np.array([np.interp(840, *cell) for cell in cells])
    assert band.mean[1] == pytest.approx(at.mean())
    assert band.q95[1] - band.mean[1] == pytest.approx(
        1.7958848 * at.std(ddof=1) * np.sqrt(13 / 12)  # t, 11 degrees, 95 %
    )


@pytest.mark.parametrize("law", [PopulationMean, NearestNeighbours])
def test_intervals_of_the_population_hold(law):
    generator = np.random.default_rng(9)
    held, count = 0, 150
    for _ in range(count):
        *others, (x, y) = population(13, generator)
        band = law(others).fit(x[:5], y[:5]).forecast([1200.0])
        held += bool(inside(band, [1200.0], [np.interp(1200, x, y)], 90)[0])
    assert held / count == pytest.approx(0.90, abs=0.07)


def test_neighbours_are_nearer_than_the_mean():
    generator = np.random.default_rng(10)
    errors = {PopulationMean: [], NearestNeighbours: []}
    for _ in range(40):
        *others, (x, y) = population(16, generator)
        for law, list_ in errors.items():
            band = law(others).fit(x[:5], y[:5]).forecast([1200.0])
            list_.append(band.mean[0] - np.interp(1200, x, y))
    assert np.std(errors[NearestNeighbours]) < 0.6 * np.std(errors[PopulationMean])


def test_a_population_that_ends_says_so():
    cells = population(6, np.random.default_rng(5))
    for law in (PopulationMean, NearestNeighbours):
        fit = law(cells).fit([0.0, 400.0], [5.0, 4.6])
        band = fit.forecast([800.0, 2000.0])
        assert "too few other cells at x = 2000" in band.reason
        assert (band.q95 - band.q05)[1] > 1.0
        assert (band.q95 - band.q05)[0] < 0.6
        assert fit.curves([800.0, 2000.0], 9, np.random.default_rng(0)).shape == (9, 2)


def test_few_cells_are_no_population():
    cells = population(4, np.random.default_rng(5))
    assert (
        "2 other cells; this forecast needs at least 3"
        in PopulationMean(cells[:2]).fit([0.0], [5.0]).reason
    )
    assert "4 other cells" in NearestNeighbours(cells).fit([0.0, 80.0], [5.0, 4.9]).reason
    with pytest.raises(DataError, match="other cell 2: x of the measurements, value 2"):
        PopulationMean([cells[0], ([1.0, 0.0], [1.0, 1.0])]).fit([0.0], [5.0])


def test_all_baselines_speak_where_they_can():
    cells = population(6, np.random.default_rng(5))
    x = np.linspace(0, 1600, 9)
    own = (cells[0][0][:6], cells[0][1][:6])
    assert list(baselines(own, cells[1:], x)) == [*BASELINES, *POPULATION]
    assert list(baselines(own, cells[1:4], x)) == [*BASELINES, POPULATION[0]]
    assert list(baselines(own, [], x)) == list(BASELINES)
    assert list(baselines(None, cells, x)) == [POPULATION[0]]
    assert baselines(None, [], x) == {}
