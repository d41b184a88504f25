r"""From a fit to a forecast: draws of the posterior, simulated, with all that the model leaves out.

Each draw of the parameters is one life through the ageing engine. What was measured on the
specimen already holds the discrepancy near its residuals; from there on it walks freely
(:mod:`twin.estimation.discrepancy`). A specimen on which nothing was measured draws its own
deviations from the spread between specimens. The bands are of what a **measurement** will show,
noise included; thresholds are of the cell itself, without the noise.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm, qmc

from twin.errors import DataError, nearest
from twin.estimation.discrepancy import Noise, Walk, conditioned_walk, root_of
from twin.estimation.experiments import Bench
from twin.estimation.fitting import Fitted
from twin.estimation.observations import Series
from twin.estimation.observing import ages, at_ages, quantity
from twin.estimation.problem import Entry
from twin.estimation.running import Answer, Journal, Runner
from twin.estimation.sections import AGES, COLUMN_QUANTITIES, ForecastSection
from twin.estimation.transforms import Line
from twin.forecast.bands import Array, Band
from twin.forecast.forecast import Forecast
from twin.forecast.knee import LEAST_POINTS, knee_of_draws
from twin.forecast.thresholds import time_to_threshold

REALISATIONS = 2048
LEAST_DRAWS = 2
CAPACITIES = ("capacity_percent", "capacity_Ah")
NOT_NEGATIVE = (*CAPACITIES, "capacity_negative_Ah", "capacity_positive_Ah")


@dataclass(frozen=True)
class Lives:
    """Simulated lives of one experiment, one for each draw of the posterior.

    Parameters
    ----------
    x : ages
    values : quantity -> what each draw gives at the ages, shape (draws, ages)
    at_data : quantity -> what each draw gives where it was measured
    ended : how many of the lives ended before the last age, and why the first of them did
    """

    x: Array
    values: Mapping[str, Array]
    at_data: Mapping[str, Array]
    ended: tuple[int, str]


def forecast(
    fitted: Fitted,
    settings: ForecastSection | None = None,
    *,
    out: str | Path | None = None,
    jobs: int | None = None,
    journal: Journal | None = None,
    tell: Callable[[str], None] = lambda text: None,
    x: Mapping[str, Array] | None = None,
) -> dict[str, Forecast]:
    """Return the forecast of each experiment.

    Parameters
    ----------
    fitted : posterior, measurements and experiments
    settings : what is forecast; by default what the fit says
    out : folder whose simulations are not made again
    jobs : processes; by default one for each core
    journal : simulations that are known, in place of those in the folder
    tell : is called with a line for each thing that happens
    x : experiment -> ages, in place of evenly spaced ones

    Raises
    ------
    DataError
        for an unknown quantity, or no horizon.
    """
    settings = settings or fitted.fit.forecast
    _check(settings)
    names = settings.experiments or tuple(e.name for e in fitted.fit.experiments)
    known = Journal(None if out is None else Path(out)) if journal is None else journal
    runner = Runner(known, jobs)
    benches = fitted.benches
    found = {}
    for place, name in enumerate(names):
        rng = np.random.default_rng((settings.seed, place))
        grid = x[name] if x and name in x else _grid(settings)
        lives = simulated(fitted, benches[name], settings, grid, runner)
        found[name] = banded(fitted, name, lives, settings, rng)
        died, why = lives.ended
        words = f"; {died} of {settings.draws} lives ended early: {why}" if died else ""
        tell(f"forecast {place + 1} of {len(names)}: {name}{words}")
    return found


def _check(settings: ForecastSection) -> None:
    for name in settings.quantities:
        if name not in COLUMN_QUANTITIES:
            raise DataError(
                f"forecast.quantities: '{name}' cannot be forecast; allowed are "
                f"{', '.join(COLUMN_QUANTITIES)}{nearest(name, COLUMN_QUANTITIES)}"
            )


def _grid(settings: ForecastSection) -> Array:
    """Return evenly spaced ages up to the horizon."""
    if settings.horizon is None:
        raise DataError("forecast.horizon is missing; give the last age that is forecast")
    return np.linspace(0.0, settings.horizon, settings.points)


def age_of(fitted: Fitted, name: str) -> str:
    """Return by what an experiment's age is counted: as it was measured, or as most are.

    What is hidden from the fit counts too: tables of the file say the age, not what it was.
    """
    own = [s.age for s in fitted.series if s.age in AGES and s.experiment == name]
    own = own or [str(table.age) for table in fitted.fit.experiment(name).tables]
    every = [s.age for s in fitted.series if s.age in AGES] or ["cycle"]
    return own[0] if own else max(set(every), key=every.count)


# -- lives ---------------------------------------------------------------------------


def parameter_draws(fitted: Fitted, bench: Bench, n: int, seed: int) -> list[dict[str, float]]:
    """Return values of the parameters that act in an experiment, one set for each draw.

    Low-discrepancy normal draws: of the posterior; of the spread between specimens for the
    deviations of one that was not measured; and of the belief for a parameter that acts only
    where nothing was measured.
    """
    law, own = fitted.law, bench.section.cell_id
    lines = {name: Line(name, fitted.fit.parameters[name]) for name in bench.parameters}
    believed = [name for name in lines if Entry(name) not in law.entries]
    fresh = [
        name for name in lines if name in law.sizes.spreads and Entry(name, own) not in law.entries
    ]
    known = law.mean.size
    # each specimen has its deviations in an order of its own, so that no two go together
    order = np.random.default_rng((zlib.crc32(own.encode()), seed)).permutation(n)
    common, apart = _normal(n, known + len(believed), seed), _normal(n, len(fresh), seed + 1)
    normal = np.hstack([common, apart[order]])
    shared = law.mean + normal[:, :known] @ root_of(law.covariance).T
    found = []
    for row, vector in zip(normal[:, known:], shared, strict=True):
        places = dict(zip(law.entries, vector.tolist(), strict=True))
        for name, z in zip(believed, row, strict=False):
            places[Entry(name)] = lines[name].centre + lines[name].sd * z
        for name, z in zip(fresh, row[len(believed) :], strict=True):
            places[Entry(name, own)] = law.sizes.spreads[name] * z
        found.append(
            {
                name: line.value(places[Entry(name)] + places.get(Entry(name, own), 0.0))
                for name, line in lines.items()
            }
        )
    return found


def _normal(n: int, columns: int, seed: int) -> Array:
    """Return normal draws that cover their space evenly, shape (n, columns)."""
    if columns == 0:
        return np.zeros((n, 0))
    sampler = qmc.Sobol(columns, scramble=True, rng=np.random.default_rng(seed))
    size = 1 << (n - 1).bit_length()  # Sobol points are balanced in powers of two
    unit = sampler.random(size)[:n]
    return np.asarray(norm.ppf(np.clip(unit, 1e-9, 1 - 1e-9)), dtype=float)


def simulated(
    fitted: Fitted, bench: Bench, settings: ForecastSection, x: Array, runner: Runner
) -> Lives:
    """Return the lives of an experiment, one for each draw of the posterior."""
    name = bench.section.name
    draws = parameter_draws(fitted, bench, settings.draws, settings.seed)
    age = age_of(fitted, name)
    end = float(x[-1]) if age == "cycle" else None
    answers = runner.run([bench.request(values, end) for values in draws])
    alive = [(v, a) for v, a in zip(draws, answers, strict=True) if a.table]
    if not alive:
        raise DataError(f"experiment '{name}': no draw could be simulated: {answers[0].ended}")
    for _, answer in alive:
        bench.check_reach(answer, age, float(x[-1]))
    data = _data_of(fitted, name)
    values = {
        q: np.array([_along(a, age, q, bench.observation(v), x) for v, a in alive])
        for q in settings.quantities
    }
    at_data = {
        q: np.array([_along(a, s.age, q, bench.observation(v), s.x) for v, a in alive])
        for q, s in data.items()
    }
    died = [a.ended for a in answers if a.ended]
    return Lives(x, values, at_data, (len(died), died[0] if died else ""))


def _along(
    answer: Answer, age: str, name: str, observation: Mapping[str, float], x: Array
) -> Array:
    y = at_ages(ages(answer.table, age), quantity(answer.table, name, observation), x)
    return np.maximum(y, 0.0) if name in NOT_NEGATIVE else y


def _data_of(fitted: Fitted, name: str) -> dict[str, Series]:
    """Return what was measured over the life of an experiment, by quantity.

    Only what was counted by the age of the forecast: a walk has one age.
    """
    age = age_of(fitted, name)
    return {s.quantity: s for s in fitted.series if s.experiment == name and s.age == age}


# -- bands ---------------------------------------------------------------------------


def banded(
    fitted: Fitted, name: str, lives: Lives, settings: ForecastSection, rng: np.random.Generator
) -> Forecast:
    """Return lives as a forecast, with discrepancy and noise."""
    bands, thresholds = {}, {}
    for q in lives.values:
        noise = fitted.law.sizes.noises.get(q, Noise(0.0, 0.0))
        measured = _data_of(fitted, name).get(q)
        cell = _with_walk(lives, q, measured, noise, rng)
        seen = cell + _noise(measured, noise) * rng.standard_normal(cell.shape)
        clip = q in NOT_NEGATIVE
        bands[q] = Band.from_draws(lives.x, np.maximum(seen, 0.0) if clip else seen)
        if q == "capacity_percent":
            thresholds[q] = tuple(
                time_to_threshold(lives.x, cell, limit) for limit in settings.thresholds_percent
            )
    return Forecast(bands, "cycle", thresholds, _metadata(fitted, name, lives))


def _with_walk(
    lives: Lives, q: str, measured: Series | None, noise: Noise, rng: np.random.Generator
) -> Array:
    """Return realisations of the quantity itself: lives plus discrepancy."""
    values = lives.values[q]
    times = max(1, REALISATIONS // len(values))
    if measured is None:
        walk = conditioned_walk(lives.x, np.zeros(0), np.zeros(0), noise)
        residuals: list[Array] = [np.zeros(0)] * len(values)
    else:
        walk = conditioned_walk(lives.x, measured.x, measured.sd, noise)
        residuals = [measured.y - at for at in lives.at_data[q]]
    return np.array(
        [
            value + _drawn(walk, residual, rng)
            for value, residual in zip(values, residuals, strict=True)
            for _ in range(times)
        ]
    )


def _drawn(walk: Walk, residual: Array, rng: np.random.Generator) -> Array:
    return walk.draw(residual, rng)


def _noise(measured: Series | None, noise: Noise) -> float:
    """Return the standard deviation of a measurement to come."""
    known = np.zeros(0) if measured is None else measured.sd[np.isfinite(measured.sd)]
    return float(np.median(known)) if known.size else noise.sd


def _metadata(fitted: Fitted, name: str, lives: Lives) -> dict[str, Any]:
    first = next(iter(lives.values.values()))
    return {
        "experiment": name,
        "age": age_of(fitted, name),
        "bands": "of a measurement: parameters, spread, discrepancy and noise",
        "draws": int(first.shape[0]),
        "lives_ended_early": lives.ended[0],
        **_knee(lives),
    }


def _knee(lives: Lives) -> dict[str, Any]:
    """Return when the lives have a knee, where capacity is forecast at enough ages."""
    values = lives.values.get("capacity_percent")
    if values is None or len(values) < LEAST_DRAWS or lives.x.size < LEAST_POINTS:
        return {}
    found = knee_of_draws(lives.x, values)
    quantiles = {key: getattr(found, key) for key in ("q05", "q25", "median", "q75", "q95")}
    said = {key: None if np.isnan(place) else place for key, place in quantiles.items()}
    return {"knee": {"probability": found.probability, **said}}
