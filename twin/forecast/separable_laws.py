r"""Laws of fade with rates: a power law and the sum of two exponentials.

.. math::

    y = c_0 - k\, n^z \quad\text{(`PowerLaw`)}, \qquad
    y = a\, e^{b n} + c\, e^{d n} \quad\text{(`DoubleExponential` [1]_)}.

For given rates :math:`\theta` (:math:`z`; :math:`b, d`) both are linear in two factors, which
least squares give (variable projection [2]_). The rates are searched within bounds from the
best places of a grid, so there is no start value to choose. Their marginal likelihood, for
:math:`N` points, is

.. math::

    p(\theta \mid y) \propto \mathrm{RSS}(\theta)^{-(N-2)/2},

that of factors and scatter with flat priors (of the logarithm for the scatter), but for a
determinant that would reward parallel columns and that a prior of Zellner's kind cancels [3]_.
Rates are drawn from it by an ensemble of walkers [4]_, then the variance of the scatter as RSS
by :math:`\chi^2` with :math:`N-2` degrees of freedom, then the factors from their normal
distribution.

Curves are kept between 0 (if no measurement is negative) and one and a half times the largest
measurement: what two exponentials say beyond that is no forecast.

References
----------
.. [1] W. He, N. Williard, M. Osterman, M. Pecht, "Prognostics of lithium-ion batteries based on
   Dempster-Shafer theory and the Bayesian Monte Carlo method," J. Power Sources 196, 10314
   (2011). doi:10.1016/j.jpowsour.2011.08.040
.. [2] G. H. Golub, V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least
   squares problems whose variables separate," SIAM J. Numer. Anal. 10, 413 (1973).
   doi:10.1137/0710036
.. [3] A. Zellner, "On assessing prior distributions and Bayesian regression analysis with
   g-prior distributions," in Bayesian Inference and Decision Techniques (1986).
.. [4] J. Goodman, J. Weare, "Ensemble samplers with affine invariance," Commun. Appl. Math.
   Comput. Sci. 5, 65 (2010). doi:10.2140/camcos.2010.5.65
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares

from twin.errors import DataError
from twin.forecast.bands import Array, Band, places
from twin.forecast.laws import Fit, Wide, measurements, too_few

DRAWS = 4000
HIGHEST = 1.5  # of the largest measurement
_POINTS = {1: 201, 2: 41}  # of the grid, by number of rates
_STARTS = 5
_WALKERS = 64
_WARM_UP, _STEPS = 120, 80
_STRETCH = 2.0
_NEAR, _EVEN = 1000, 5000  # tries for walkers
_LEAST_SCATTER = 1e-12
_PARALLEL = 1e-9


@dataclass(frozen=True)
class _SeparableLaw(ABC):
    """Two factors and some rates, over ``u``: distance from ``start`` by the measured span.

    Parameters
    ----------
    noise : least scatter of a measurement, in the unit of the quantity
    """

    noise: float = 0.0
    bounds: ClassVar[tuple[tuple[float, float], ...]]

    @abstractmethod
    def columns(self, rates: Array, u: Array) -> Array:
        """Return the two columns, shape (number of rates, length of ``u``, 2)."""

    def allowed(self, rates: Array) -> Array:
        """Return which rates are not the mirror image of others."""
        return np.ones(len(rates), dtype=bool)

    def start(self, x: Array) -> float:
        """Return where ``u`` is zero."""
        return float(x[0])

    def fit(self, x: ArrayLike, y: ArrayLike) -> Fit:
        """Return the fit to measurements ``y`` at ``x``."""
        at, values = measurements(x, y)
        least = 3 + len(self.bounds)
        if np.unique(at).size < least:
            return Wide.about(at, values, too_few(at, least))
        start = self.start(at)
        span = float(at[-1]) - start
        search = _Search(self, (at - start) / span, values)
        best = search.best()
        return SeparableFit(self, search, best, search.sample(best), (start, span))


class PowerLaw(_SeparableLaw):
    """Fade with a power of ``x`` between 0.2 and 4; at least four places, from zero on."""

    bounds = ((0.2, 4.0),)

    def columns(self, rates: Array, u: Array) -> Array:
        """Return one and the power."""
        power = u ** rates[:, :1]
        return np.stack([np.ones_like(power), power], axis=2)

    def start(self, x: Array) -> float:
        """Return zero, from where ``x`` counts."""
        if x[0] < 0:
            raise DataError(f"x of the measurements, value 1: {x[0]:g}; count from zero")
        return 0.0


class DoubleExponential(_SeparableLaw):
    """Sum of two exponentials; at least five places.

    The rates are bounded, in e-folds over the measured span: the slower one between -10 and 0,
    the other between it and 8.
    """

    bounds = ((-10.0, 0.0), (-10.0, 8.0))

    def columns(self, rates: Array, u: Array) -> Array:
        """Return the two exponentials."""
        exponents = rates[:, None, :] * u[:, None]
        return np.exp(np.clip(exponents, -600, 600))

    def allowed(self, rates: Array) -> Array:
        """Return which have the first rate below the second."""
        return np.asarray(rates[:, 0] < rates[:, 1])


class _Search:
    """The likelihood of the rates, where it is largest, and a sample of it."""

    def __init__(self, law: _SeparableLaw, u: Array, y: Array) -> None:
        self.law, self.u, self.y = law, u, y
        self.limits = np.array(law.bounds)
        least = max(law.noise, _LEAST_SCATTER * float(np.abs(y).max()))
        self.floor = y.size * least**2 or float(np.finfo(float).tiny)

    def best(self) -> Array:
        """Return the most likely rates."""
        axes = [np.linspace(low, high, _POINTS[len(self.limits)]) for low, high in self.limits]
        grid = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
        starts = grid[np.argsort(-self.likelihood(grid))[:_STARTS]]
        ends = [least_squares(self._residual, start, bounds=self.limits.T).x for start in starts]
        found = np.concatenate([np.sort(ends, axis=1), starts])
        return np.asarray(found[int(np.argmax(self.likelihood(found)))])

    def _residual(self, rates: Array) -> Array:
        scale = float(np.abs(self.y).max()) or 1.0
        return np.asarray(self.project(rates[None])[2][0] / scale)

    def likelihood(self, rates: Array) -> Array:
        """Return the logarithm of the marginal likelihood of each row of rates."""
        within = np.all((rates >= self.limits[:, 0]) & (rates <= self.limits[:, 1]), axis=1)
        _, heights, residual = self.project(np.clip(rates, *self.limits.T))
        rss = np.sum(residual**2, axis=1) + self.floor
        possible = within & self.law.allowed(rates) & (heights[:, 1, 1] > 0)
        return np.where(possible, -(self.y.size - 2) / 2 * np.log(rss), -np.inf)

    def sample(self, best: Array) -> Array:
        """Return draws of the rates, shape (number, rates), by stretch moves of walkers."""
        generator = np.random.default_rng(0)
        walkers = self._start(best, generator)
        height, kept, half = self.likelihood(walkers), [], _WALKERS // 2
        for step in range(_WARM_UP + _STEPS):
            for moving, others in (
                (slice(half), slice(half, None)),
                (slice(half, None), slice(half)),
            ):
                z = (1 + (_STRETCH - 1) * generator.random(half)) ** 2 / _STRETCH
                towards = walkers[others][generator.integers(half, size=half)]
                tried = towards + z[:, None] * (walkers[moving] - towards)
                new = self.likelihood(tried)
                gain = (best.size - 1) * np.log(z) + new - height[moving]
                taken = np.log(generator.random(half)) < gain
                walkers[moving] = np.where(taken[:, None], tried, walkers[moving])
                height[moving] = np.where(taken, new, height[moving])
            if step >= _WARM_UP:
                kept.append(walkers.copy())
        return np.concatenate(kept)

    def _start(self, best: Array, generator: np.random.Generator) -> Array:
        """Return walkers that are drawn by importance, about the best rates and everywhere."""
        step = 1e-5 * (self.limits[:, 1] - self.limits[:, 0])
        inside = np.clip(best, self.limits[:, 0] + step, self.limits[:, 1] - step)
        moved = np.concatenate([inside + np.diag(step), inside - np.diag(step)])
        up, down = np.split(self.project(moved)[2], 2)
        slopes = (up - down) / (2 * step[:, None])
        rss = float(np.sum(self.project(best[None])[2] ** 2)) + self.floor
        values, vectors = np.linalg.eigh(slopes @ slopes.T * self.y.size / rss)
        low, high = self.limits.T
        widths = np.minimum(1 / np.sqrt(np.maximum(values, 1e-300)), (high - low).max())
        scores = generator.standard_normal((_NEAR, best.size))
        near = best + scores * widths @ vectors.T
        even = low + (high - low) * generator.random((_EVEN, best.size))
        tries = np.concatenate([near, even])
        scores = (tries - best) @ vectors / widths
        bell = np.exp(-np.sum(scores**2, axis=1) / 2) / np.prod(widths * np.sqrt(2 * np.pi))
        density = _NEAR * bell + _EVEN / np.prod(high - low)
        height = self.likelihood(tries)
        weight = np.exp(height - height.max()) / density
        chosen = generator.choice(len(tries), _WALKERS, p=weight / weight.sum())
        jitter = 0.01 * generator.standard_normal((_WALKERS, best.size)) * widths @ vectors.T
        walkers = tries[chosen] + jitter
        possible = np.isfinite(self.likelihood(walkers))
        return np.where(possible[:, None], walkers, tries[chosen])

    def project(self, rates: Array) -> tuple[Array, Array, Array]:
        """Return the least-squares fit for each row of rates, by orthogonal columns.

        Coefficients of the orthonormal columns, shape (rates, 2); upper triangle from them to
        the columns, shape (rates, 2, 2), with a last height of zero where columns are parallel;
        residuals, shape (rates, points).
        """
        first, second = np.moveaxis(self.law.columns(rates, self.u), 2, 0)
        r11 = np.linalg.norm(first, axis=1)
        e1 = first / r11[:, None]
        r12 = np.sum(e1 * second, axis=1)
        rest = second - r12[:, None] * e1
        again = np.sum(e1 * rest, axis=1)
        rest, r12 = rest - again[:, None] * e1, r12 + again
        r22 = np.linalg.norm(rest, axis=1)
        r22 = np.where(r22 > _PARALLEL * np.linalg.norm(second, axis=1), r22, 0.0)
        e2 = np.divide(rest, r22[:, None], out=np.zeros_like(rest), where=r22[:, None] > 0)
        heights = np.zeros((len(rates), 2, 2))
        heights[:, 0, 0], heights[:, 0, 1], heights[:, 1, 1] = r11, r12, r22
        a = e1 @ self.y
        b = np.sum(e2 * (self.y - a[:, None] * e1), axis=1)
        residual = self.y - a[:, None] * e1 - b[:, None] * e2
        return np.stack([a, b], axis=1), heights, residual


@dataclass(frozen=True, eq=False)
class SeparableFit:
    """A law with rates after its fit.

    Parameters
    ----------
    law : which
    search : measurements and likelihood
    best : most likely rates [per measured span]
    rates : draws of the rates, shape (number, rates)
    axis : place of ``u = 0``, and measured span
    """

    law: _SeparableLaw
    search: _Search
    best: Array
    rates: Array
    axis: tuple[float, float]
    reason: str = ""

    @property
    def parameters(self) -> tuple[Array, Array]:
        """Most likely rates per unit of ``x`` (a power has no unit), and factors of them."""
        best = self.best[None]
        factors = _factors(*self.search.project(best)[:2])
        start, span = self.axis
        if isinstance(self.law, PowerLaw):
            return best[0], factors[0] / np.array([1.0, span ** best[0, 0]])
        return best[0] / span, factors[0] * np.exp(-best[0] * start / span)

    def forecast(self, x_new: ArrayLike) -> Band:
        """Return the band of a measurement at each new place."""
        x = places(x_new, "x to forecast")
        generator = np.random.default_rng(0)
        curves, scatter = self._draw(x, DRAWS, generator)
        noise = scatter[:, None] * generator.standard_normal(curves.shape)
        band = Band.from_draws(x, curves + noise)
        return Band(x, curves.mean(axis=0), band.q05, band.q25, band.q75, band.q95)

    def curves(self, x_new: ArrayLike, count: int, generator: np.random.Generator) -> Array:
        """Return draws of the curve without scatter, shape (count, length of ``x_new``)."""
        return self._draw(places(x_new, "x to forecast"), count, generator)[0]

    def _draw(self, x: Array, count: int, generator: np.random.Generator) -> tuple[Array, Array]:
        y = self.search.y
        rates = self.rates[generator.integers(len(self.rates), size=count)]
        middle, heights, residual = self.search.project(rates)
        spread = np.sum(residual**2, axis=1) / generator.chisquare(y.size - 2, count)
        scatter = np.maximum(np.sqrt(spread), self.law.noise)
        drawn = middle + scatter[:, None] * generator.standard_normal(middle.shape)
        start, span = self.axis
        columns = self.law.columns(rates, (x - start) / span)
        curves = np.einsum("kni,ki->kn", columns, _factors(drawn, heights))
        top = float(np.abs(y).max())
        return np.clip(curves, 0.0 if y.min() >= 0 else -HIGHEST * top, HIGHEST * top), scatter


def _factors(middle: Array, heights: Array) -> Array:
    """Return the factors of the columns from the coefficients of the orthonormal ones."""
    second = middle[:, 1] / heights[:, 1, 1]
    first = (middle[:, 0] - heights[:, 0, 1] * second) / heights[:, 0, 0]
    return np.stack([first, second], axis=1)
