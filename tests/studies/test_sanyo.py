"""The example of 24 cells: its emulator against the engine, its population against known truths."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "12_sanyo"
NAMES = ("emulator", "population", "design")
TYPICAL = np.array([1.35, -1.64, 1.6, 0.45, 0.12])


@pytest.fixture(scope="module")
def example():
    """Return the modules of the example, which import each other by their short names."""
    sys.path.insert(0, str(FOLDER))
    try:
        found = {name: import_module(name) for name in NAMES}
    finally:
        sys.path.remove(str(FOLDER))
        for name in NAMES:
            sys.modules.pop(name, None)
    return SimpleNamespace(**found)


@pytest.fixture(scope="module")
def emulator(example):
    """Return what is learnt from the runs that come with the example."""
    return example.emulator.Emulator(*example.emulator.learnt())


def test_the_emulator_says_what_it_has_not_seen(emulator):
    """A run that is left out passes each stage of life at the right cycle, to about 1 %."""
    for level in emulator.levels:
        if level.share >= 0.6:
            assert np.sqrt(np.mean(level.errors**2)) < 0.016, level.share
            assert np.median(np.abs(level.errors)) < 0.008, level.share


def test_half_the_pace_is_twice_the_life(emulator):
    slow = TYPICAL - np.array([np.log(2), 0, 0, 0, 0])
    cycle = np.array([100.0, 400.0, 700.0, 1000.0])
    both = emulator.share(np.stack([TYPICAL]), cycle), emulator.share(np.stack([slow]), 2 * cycle)
    assert both[0] == pytest.approx(both[1], abs=1e-12)


def test_a_life_starts_whole_and_never_rises(emulator):
    generator = np.random.default_rng(0)
    z = TYPICAL + generator.uniform(-0.2, 0.2, (50, 5))
    share = emulator.share(z, np.arange(0, 2401, 40.0))
    assert np.all(share[:, 0] == 1)
    assert np.all(np.diff(share, axis=1) <= 1e-9)


def test_the_engine_gives_the_runs_that_come_along(example):
    """One place of the design again, through the engine."""
    runs = pd.read_csv(example.emulator.SIMULATIONS)
    kept = runs[runs["run"] == 1]
    place = example.design.places().loc[1]
    found = example.design.simulated(place)
    assert place.to_numpy() == pytest.approx(kept[place.index].iloc[0].to_numpy(), abs=1e-6)
    assert found["capacity_share"].to_numpy() == pytest.approx(
        kept["capacity_share"].to_numpy(), abs=4e-3
    )


def made_cells(example, emulator, count: int, seed: int):
    """Return cells of a population that is known, with noise of 0.5 %, and their parameters."""
    generator = np.random.default_rng(seed)
    mean = np.concatenate([[np.log(0.99)], TYPICAL])
    sd = np.array([0.005, 0.12, 0.01, 0.01, 0.005, 0.005])
    z = generator.normal(mean, sd, (count, mean.size))
    cycle = np.arange(0, 2241, 160.0)
    life = np.exp(z[:, :1]) * emulator.share(z[:, 1:], cycle)
    noisy = life + 0.005 * generator.standard_normal(life.shape)
    return {f"cell {k}": (cycle, y) for k, y in enumerate(noisy)}, z


def test_a_known_population_is_found_and_forecasts_its_cells(example, emulator):
    """Its pace within the error of sampling; new cells in the 90 % interval nine times of ten."""
    cells, z = made_cells(example, emulator, 32, 3)
    names = list(cells)
    population, found = example.population.learn(
        emulator, {name: cells[name] for name in names[:16]}, rounds=6
    )
    pace = np.array([found[name].z[1] for name in names[:16]])
    spread = np.sqrt(population.covariance[1, 1])
    assert np.sqrt(np.mean((pace - pace.mean() - z[:16, 1] + z[:16, 1].mean()) ** 2)) < 0.05
    assert 0.08 < spread < 0.20
    inside = []
    for number, name in enumerate(names[16:]):
        cycle, y = cells[name]
        draws = example.population.forecast_cell(
            emulator, population, (cycle[:3], y[:3]), cycle[3:], np.random.default_rng(number)
        )
        low, high = np.quantile(draws.measured, [0.05, 0.95], axis=0)
        inside.append(np.mean((low <= y[3:]) & (y[3:] <= high)))
    assert 0.80 < np.mean(inside) < 0.99


def test_what_was_measured_narrows_the_forecast(example, emulator):
    cells, _ = made_cells(example, emulator, 9, 5)
    population, _ = example.population.learn(emulator, cells, rounds=4)
    cycle, y = cells["cell 8"]
    widths = []
    for shown in (1, 8):
        draws = example.population.forecast_cell(
            emulator, population, (cycle[:shown], y[:shown]), cycle[9:], np.random.default_rng(1)
        )
        widths.append(np.std(draws.steady, axis=0)[0])
    assert widths[1] < 0.6 * widths[0]


def test_a_cell_above_its_life_is_still_above_it_soon_after(example, emulator):
    """What the engine misses is remembered for a while, and then forgotten."""
    tight = np.diag(np.full(6, 1e-12))
    mean = np.concatenate([[0.0], TYPICAL])
    population = example.population.Population(mean, tight, np.zeros(11), np.full(5, 0.01), 24)
    first = np.array([160.0, 320.0])
    life = emulator.share(TYPICAL[None], first)[0]
    later = np.array([321.0, 2300.0])
    means = []
    for shift in (0.02, -0.02):
        draws = example.population.forecast_cell(
            emulator, population, (first, life + shift), later, np.random.default_rng(1)
        )
        means.append(draws.steady.mean(axis=0) - emulator.share(TYPICAL[None], later)[0])
    assert means[0][0] == pytest.approx(-means[1][0], abs=2e-3)
    assert 0.006 < means[0][0] < 0.02
    assert abs(means[0][1]) < 2e-3
