r"""A stand-in for the engine: when does a cell of this kind pass each share of its capacity?

The engine's lives are alike but for their pace and their shape. Film and lost material grow in
proportion to the time and to their rate constants, so that both constants times :math:`a` is the
same life :math:`a` times as fast. What is learnt is therefore

.. math:: \log n(q; z) = g_q(s) - p,

the cycle :math:`n` at which the share :math:`q` of the capacity is passed; the pace :math:`p`,
logarithm of the constant of material loss, is exact, and :math:`g_q`, at `LEVELS` of :math:`q`, is
a quadratic polynomial of the four other inputs :math:`s` plus a Gaussian process [1]_ for what it
misses. Being wrong by 0.01 means a life that is 1 % too long or too short.

References
----------
.. [1] C. E. Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning," MIT Press
   (2006), doi:10.7551/mitpress/3206.001.0001; errors of leaving one run out, chapter 5.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

SIMULATIONS = Path(__file__).with_name("simulations.csv")
SHAPE = ("film", "first_film", "exponent", "negative")
CENTRE = np.array([-1.65, 2.2, 0.43, 0.18])
REACH = np.array([0.9, 1.2, 0.2, 0.12])
LEVELS = np.array(
    [
        *(0.99, 0.98, 0.965, 0.95, 0.935, 0.92, 0.905, 0.89, 0.875, 0.86, 0.84, 0.82, 0.8),
        *(0.77, 0.74, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.36, 0.32, 0.29, 0.26),
    ]
)
LEAST_RUNS = 40
AT_ONCE = 200  # cases
OUTSIDE = 1.3  # of the reach, up to which the polynomial may be continued


def learnt(path: Path = SIMULATIONS) -> tuple[np.ndarray, np.ndarray]:
    """Return what the emulator learns from.

    Returns
    -------
    scaled inputs, shape (runs, 4), and log n + p at the levels, shape (runs, levels), NaN where a
    run did not get there
    """
    inputs, times = [], []
    for _, run in pd.read_csv(path).groupby("run"):
        share = np.minimum.accumulate(run["capacity_share"].to_numpy())
        falling = np.r_[True, np.diff(share) < -1e-4]
        cycle, share = run["cycle"].to_numpy()[falling], share[falling]
        passed = PchipInterpolator(share[::-1], cycle[::-1], extrapolate=False)(LEVELS)
        first = run.iloc[0]
        inputs.append([first[name] for name in SHAPE])
        times.append(np.log(passed) + first["pace"])
    return (np.array(inputs) - CENTRE) / REACH, np.array(times)


def _terms(inputs: np.ndarray) -> np.ndarray:
    i, j = np.triu_indices(inputs.shape[1])
    return np.column_stack([np.ones(len(inputs)), inputs, inputs[:, i] * inputs[:, j]])


@dataclass(frozen=True)
class Level:
    """What is learnt at one share of the capacity: a polynomial, and a process for the rest.

    Parameters
    ----------
    share : of the first capacity
    polynomial : coefficients of `_terms`
    roughness : inverse squares of the lengths over which the process varies
    weights : of the runs in the process; zero for runs that did not get so far
    errors : of log n for each run that is left out
    """

    share: float
    polynomial: np.ndarray
    roughness: np.ndarray
    weights: np.ndarray
    errors: np.ndarray

    @classmethod
    def learn(cls, share: float, inputs: np.ndarray, times: np.ndarray) -> Level:
        """Fit one level from scaled inputs and log n + p, NaN where it was not reached."""
        there = np.isfinite(times)
        terms = _terms(inputs[there])
        ridge = 1e-3 * np.eye(terms.shape[1])
        ridge[0, 0] = 0
        polynomial = np.linalg.solve(terms.T @ terms + ridge, terms.T @ times[there])
        rest = times[there] - terms @ polynomial
        scale = rest.std()
        kernel = ConstantKernel(1.0) * RBF([1.5] * len(SHAPE), (0.3, 20))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            process = GaussianProcessRegressor(kernel + WhiteKernel(0.1, (1e-4, 1.0)))
            process.fit(inputs[there], rest / scale)
        inverse = np.linalg.inv(process.kernel_(inputs[there]))
        dual = inverse @ rest
        smooth = process.kernel_.k1
        weights = np.zeros(times.size)
        weights[there] = dual * smooth.k1.constant_value
        roughness = smooth.k2.length_scale**-2.0
        return cls(share, polynomial, roughness, weights, dual / np.diag(inverse))


class Emulator:
    """Capacity as a share of the first, for any number of cells at once.

    Parameters
    ----------
    inputs, times : what `learnt` returns
    """

    def __init__(self, inputs: np.ndarray, times: np.ndarray) -> None:
        self.levels = [
            Level.learn(float(share), inputs, column)
            for share, column in zip(LEVELS, times.T, strict=True)
            if np.isfinite(column).sum() >= LEAST_RUNS
        ]
        self._places = inputs
        self._polynomials = np.stack([level.polynomial for level in self.levels], axis=1)
        self._roughness = np.stack([level.roughness for level in self.levels], axis=1)
        self._weights = np.stack([level.weights for level in self.levels], axis=1)

    def cycles(self, z: np.ndarray) -> np.ndarray:
        """Return the cycle at which each level is passed, shape (cases, levels).

        Parameters
        ----------
        z : pace and the four inputs of `SHAPE`, shape (cases, 5)
        """
        scaled = np.clip((z[:, 1:] - CENTRE) / REACH, -OUTSIDE, OUTSIDE)
        times = np.concatenate(
            [self._times(part) for part in np.array_split(scaled, -(-len(z) // AT_ONCE))]
        )
        rising = 1 + 1e-9 * np.arange(times.shape[1])
        return np.asarray(np.maximum.accumulate(np.exp(times - z[:, :1]), axis=1) * rising)

    def _times(self, scaled: np.ndarray) -> np.ndarray:
        apart = (scaled[:, None] - self._places[None]) ** 2
        kernel = np.exp(-0.5 * apart @ self._roughness)
        process = np.einsum("crl,rl->cl", kernel, self._weights)
        return np.asarray(_terms(scaled) @ self._polynomials + process)

    def share(self, z: np.ndarray, cycle: np.ndarray) -> np.ndarray:
        """Return the share of the first capacity at cycles, shape (cases, length of ``cycle``)."""
        levels = np.array([1.0, *(level.share for level in self.levels)])
        found = np.empty((len(z), len(cycle)))
        for row, times in zip(found, self.cycles(z), strict=True):
            knots = np.r_[0.0, times]
            row[:] = np.interp(cycle, knots, levels)
            slope = (levels[-1] - levels[-4]) / (knots[-1] - knots[-4])
            past = cycle > knots[-1]
            row[past] = levels[-1] * np.exp(slope / levels[-1] * (cycle[past] - knots[-1]))
        return found


def main() -> None:
    """Print how well the emulator says what it has not seen."""
    emulator = Emulator(*learnt())
    print("share  runs  error of the cycle, left out: typical, largest [%]")
    for level in emulator.levels:
        errors = 100 * np.abs(level.errors)
        typical = np.sqrt(np.mean(errors**2))
        print(f"{level.share:.3f}  {errors.size:4d}  {typical:.2f}  {errors.max():.2f}")


if __name__ == "__main__":
    main()
