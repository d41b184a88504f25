r"""Exact solutions of diffusion in slabs, cylinders and spheres, solid and hollow.

With :math:`r` in units of the outer radius :math:`R` (of the half thickness, for a slab) and
:math:`\tau = D t / R^2`, the concentration :math:`c` obeys

.. math::

    \frac{\partial c}{\partial \tau} = \nabla^2 c
    = r^{-n} \frac{\partial}{\partial r} \left( r^{n} \frac{\partial c}{\partial r} \right),

with :math:`n = 0, 1, 2` for the slab, the cylinder and the sphere, no gradient at :math:`r = 0`
and :math:`c = 0` at the start. Under a constant flux density :math:`N_{in}` into the outer wall
the result is :math:`\chi = (c - c_0) D / (N_{in} R)`.

Every solution is a sum over decaying eigenfunctions [1]_ [2]_, short for long times, and has a
Laplace transform, here inverted numerically [3]_, to which short times cost no more than long
ones. The even eigenfunctions :math:`u(\lambda r)` are :math:`\cos`, :math:`J_0` and
:math:`\sin x / x`, with :math:`-u'(x) = \sin`, :math:`J_1` and :math:`j_1`; the transforms hold
the same functions of an imaginary argument. ``tau`` and ``r`` broadcast. Results are within 1e-11
of the solution, times :math:`\tau` after 1, from :math:`\tau = 10^{-16}`; before it they are 0.

References
----------
.. [1] J. Crank, The Mathematics of Diffusion, 2nd ed., Oxford University Press (1975),
   chapters 4 (plane sheet), 5 (cylinder) and 6 (sphere).
.. [2] H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids, 2nd ed., Oxford University
   Press (1959), chapters III (slab), VII (cylinder), IX (sphere), XII and XIII (transforms).
.. [3] L. N. Trefethen, J. A. C. Weideman, T. Schmelzer, "Talbot quadratures and rational
   approximations," BIT Numer. Math. 46, 653 (2006). doi:10.1007/s10543-006-0077-9
"""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import hankel1e, ive, j0, j1, spherical_jn, y0, y1

Array = Any  # a number or an array of numbers
Function = Callable[..., Array]
START = 1e-16  # before this time nothing has happened: the Bessel functions end at 1e9
SWITCH = 0.02  # the series has few terms after this time, the transform is inverted before
CENTRE = 1e-9  # stands for r = 0 in quotients; solutions are even, so they differ by 1e-18
NODES = 24  # of the Talbot contour; its error falls as 3.89^-NODES, to 1e-14


def _even(n: int, x: Array) -> Array:
    """Return u(x), the solution of u'' + n u'/x + u = 0 that is even, with u(0) = 1."""
    return (np.cos, j0, lambda x: np.sinc(x / np.pi))[n](x)


def _odd(n: int, x: Array) -> Array:
    """Return -u'(x)."""
    return (np.sin, j1, lambda x: spherical_jn(1, x))[n](x)


def _even_scaled(n: int, x: Array) -> Array:
    """Return exp(-x) u(ix) for complex x, that is cosh, I_0 and sinh x / x."""
    if n == 1:
        return ive(0, x) * np.exp(-1j * x.imag)
    return (1 + np.exp(-2 * x)) / 2 if n == 0 else -np.expm1(-2 * x) / (2 * x)


def _odd_scaled(n: int, x: Array) -> Array:
    """Return exp(-x) times the derivative of u(ix): sinh, I_1 and that of sinh x / x."""
    if n == 0:
        return -np.expm1(-2 * x) / 2
    bessel = ive((n + 1) / 2, x) * np.exp(-1j * x.imag)
    return bessel if n == 1 else np.sqrt(np.pi / (2 * x)) * bessel


def _bisect(f: Function, low: Array, high: Array) -> Array:
    """Return one root in each bracket, to the last bit."""
    sign = np.sign(f(high))
    for _ in range(60):
        middle = (low + high) / 2
        above = np.sign(f(middle)) == sign
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


def _phase(n: int, x: Array) -> Array:
    """Return the phase of J + iY of order (n + 1)/2, less x; it falls by n pi/4."""
    if n == 1:
        lead = np.angle(hankel1e(1, np.maximum(x, 1e-290)) * np.exp(0.75j * np.pi))
    else:
        lead = np.arctan2(1.0, x) if n == 2 else 0.0 * x
    return lead - (n + 2) * np.pi / 4


@lru_cache(maxsize=256)
def insulated_roots(n: int, inner: float, count: int) -> Array:
    r"""Return the first positive eigenvalues for no flux at either wall.

    The slope of an eigenfunction combines the Bessel functions :math:`J` and :math:`Y` of order
    :math:`\nu = (n + 1)/2`, whose common phase :math:`\theta = \arg(J_\nu + i Y_\nu)` rises from
    :math:`-\pi/2`, so that with the inner wall at :math:`a`

    .. math:: \theta(\lambda_k) - \theta(a \lambda_k) = k \pi, \qquad k = 1, 2, \dots

    The left side rises with :math:`\lambda` and lies between :math:`\lambda (1 - a) - n \pi/4`
    and :math:`\lambda (1 - a)`: no root can be missed.
    """
    turns, width = np.pi * np.arange(1, count + 1), 1 - inner

    def excess(lam: Array) -> Array:
        return lam * width + _phase(n, lam) - _phase(n, inner * lam) - turns

    margin = 1e-9  # the root of a slab lies at the edge of its bracket
    return _bisect(excess, (turns - margin) / width, (turns + n * np.pi / 4 + margin) / width)


@lru_cache(maxsize=256)
def exchange_roots(n: int, biot: float, count: int) -> Array:
    r"""Return the first positive roots of :math:`Bi\, u(\lambda) + \lambda u'(\lambda) = 0`.

    One lies between any two neighbouring eigenvalues of the insulated particle; for an infinite
    Biot number they are the zeros of :math:`u`.
    """
    high = insulated_roots(n, 0.0, count)
    low = np.append(0.0, high[:-1])
    return _bisect(lambda lam: _even(n, lam) - lam * _odd(n, lam) / biot, low, high)


def _terms(tau: Array, width: float = 1.0) -> int:
    """Return how many terms leave out less than exp(-36), as a power of two."""
    needed = 6 * width / (np.pi * np.sqrt(np.min(tau, initial=1.0))) + 2
    return int(2 ** np.ceil(np.log2(needed)))


def _decayed(lam: Array, tau: Array, weights: Array) -> Array:
    """Return the sum of weights exp(-lam^2 tau); the last axis of the weights is the term."""
    return np.einsum("...k,...k", np.exp(-(lam**2) * np.asarray(tau)[..., None]), weights)


def invert_laplace(transform: Function, tau: Array) -> Array:
    r"""Return the function of time whose Laplace transform has its poles at :math:`s \le 0`.

    .. math:: f(\tau) = \frac{1}{2 \pi i} \int e^{z} F(z / \tau) \frac{\mathrm{d} z}{\tau}

    by the midpoint rule on Talbot's contour :math:`z = N (0.5017 \theta \cot 0.6407 \theta -
    0.6122 + 0.2645 i \theta)`. The last axis of the transform's argument is the node.
    """
    theta = (2 * np.arange(NODES // 2) + 1) * np.pi / NODES
    cot = 1 / np.tan(0.6407 * theta)
    z = NODES * (0.5017 * theta * cot - 0.6122 + 0.2645j * theta)
    slope = 0.5017 * (cot - 0.6407 * theta * (1 + cot**2)) + 0.2645j
    tau = np.asarray(tau, dtype=float)[..., None]
    return np.sum(2 * (np.exp(z) * slope * transform(z / tau) / tau).imag, axis=-1)


def _inside(n: int, q: Array, r: Array, mean: bool) -> Array:
    """Return exp(-q) v(q r) with v(x) = u(ix), or its mean from 0 to r."""
    x = q * r
    scaled = (n + 1) * _odd_scaled(n, x) / x if mean else _even_scaled(n, x)
    return np.exp(q * (r - 1)) * scaled


def _flux_transform(n: int, s: Array, r: Array, *, mean: bool = False) -> Array:
    r"""Return :math:`v(q r) / [s\, q\, v'(q)]`, where :math:`q = \sqrt s`."""
    q = np.sqrt(s)
    return _inside(n, q, r, mean) / (s * q * _odd_scaled(n, q))


def _exchange_transform(n: int, biot: float, s: Array, r: Array, *, mean: bool = False) -> Array:
    r"""Return :math:`v(q r) / [s\, v(q) + s\, q\, v'(q) / Bi]`, where :math:`q = \sqrt s`."""
    q = np.sqrt(s)
    return _inside(n, q, r, mean) / (s * (_even_scaled(n, q) + q * _odd_scaled(n, q) / biot))


def _at_any_time(early: Function, late: Function, tau: Array, r: Array) -> Array:
    """Return the transform, early, turned back before SWITCH, and the series, late, after it."""
    tau, r = np.asarray(tau, dtype=float), np.maximum(r, CENTRE)
    first = invert_laplace(lambda s: early(s, r[..., None]), np.clip(tau, START, SWITCH))
    then = late(np.maximum(tau, SWITCH), r)
    return np.where(tau < START, 0.0, np.where(tau < SWITCH, first, then))[()]


def flux_series(n: int, tau: Array, r: Array, *, mean: bool = False) -> Array:
    """Return `constant_flux`, or its running mean, by its series alone."""
    r = np.asarray(r, dtype=float)
    lam, x = insulated_roots(n, 0.0, _terms(tau)), r[..., None]
    shape = (n + 1) * _odd(n, lam * x) / (lam * x) if mean else _even(n, lam * x)
    settled = (n + 1) * (r**2 - 1) / (n + 3) if mean else r**2 - (n + 1) / (n + 3)
    moving = _decayed(lam, tau, 2 * shape / (lam**2 * _even(n, lam)))
    return (n + 1) * np.asarray(tau) + settled / 2 - moving


def constant_flux(n: int, tau: Array, r: Array) -> Array:
    r"""Return the concentration change under a constant inward flux.

    .. math::

        \chi = (n + 1) \tau + \frac{r^2}{2} - \frac{n + 1}{2 (n + 3)}
        - 2 \sum_k \frac{u(\lambda_k r)}{\lambda_k^2 u(\lambda_k)} e^{-\lambda_k^2 \tau},
        \qquad u'(\lambda_k) = 0 .

    Crank, chapters 4 to 6, constant flux at the surface; Carslaw and Jaeger, chapters III,
    VII and IX.

    >>> round(float(constant_flux(2, 1.0, 1.0)), 6)  # 3 tau + 1/5
    3.2
    """
    return _at_any_time(partial(_flux_transform, n), partial(flux_series, n), tau, r)


def constant_flux_surface(n: int, tau: Array) -> Array:
    r"""Return `constant_flux` at the surface, :math:`2 \sqrt{\tau / \pi} + n \tau / 2 + \dots`."""
    return constant_flux(n, tau, 1.0)


def constant_flux_mean(n: int, tau: Array) -> Array:
    r"""Return the mean of `constant_flux` over the volume, :math:`(n + 1) \tau`."""
    return (n + 1) * np.maximum(tau, 0.0)


def constant_flux_running_mean(n: int, tau: Array, r: Array) -> Array:
    r"""Return the mean of `constant_flux` over the volume inside :math:`r`.

    .. math::

        \frac{n + 1}{r^{n + 1}} \int_0^r \chi x^n \mathrm{d} x
        = (n + 1) \left[ \tau - \frac{1 - r^2}{2 (n + 3)} + 2 \sum_k
        \frac{u'(\lambda_k r)}{\lambda_k^3 r\, u(\lambda_k)} e^{-\lambda_k^2 \tau} \right] ,

    `constant_flux` integrated term by term. The stresses in a free cylinder or sphere follow
    from it, from the local value and from the mean over the whole.
    """
    early = partial(_flux_transform, n, mean=True)
    return _at_any_time(early, partial(flux_series, n, mean=True), tau, r)


def piecewise_flux_surface(n: int, steps: Sequence[tuple[float, float]], times: Array) -> Array:
    r"""Return the surface concentration under a flux that changes in steps.

    .. math:: \chi = \sum_j (f_j - f_{j - 1})\, \chi_s(\tau - \tau_j)

    by superposition (Duhamel; Carslaw and Jaeger, chapter I): from :math:`\tau_j` on the flux
    is :math:`f_j`, in units of the one that defines :math:`\chi`; ``steps`` lists the pairs.
    """
    starts, fluxes = np.array(steps, dtype=float).T
    since = np.asarray(times, dtype=float)[..., None] - starts
    return constant_flux_surface(n, since) @ np.diff(fluxes, prepend=0.0)


def exchange_series(n: int, biot: float, tau: Array, r: Array, *, mean: bool = False) -> Array:
    """Return `surface_exchange`, or the mean over the volume, by its series alone."""
    lam, x = exchange_roots(n, biot, _terms(tau)), np.asarray(r, dtype=float)[..., None]
    even, odd = _even(n, lam), _odd(n, lam)
    square = (even**2 + odd**2) / 2 + (1 - n) * even * odd / (2 * lam)
    shape = (n + 1) * odd / lam + 0 * x if mean else _even(n, lam * x)
    return 1 - _decayed(lam, tau, odd * shape / (lam * square))


def surface_exchange(n: int, biot: float, tau: Array, r: Array) -> Array:
    r"""Return the concentration where :math:`\partial c/\partial r = Bi (1 - c)` at the surface.

    .. math::

        c = 1 - \sum_k \frac{-u'(\lambda_k)\, u(\lambda_k r)}{\lambda_k I_k}
        e^{-\lambda_k^2 \tau}, \qquad \lambda_k u'(\lambda_k) + Bi\, u(\lambda_k) = 0, \qquad
        I_k = \frac{u^2 + u'^2}{2} - \frac{(1 - n)\, u u'}{2 \lambda_k} ,

    where :math:`I_k` is the integral of :math:`r^n u^2(\lambda_k r)` and :math:`Bi = h R / D`
    for a flux :math:`h` times the difference of concentration; it may be infinite. Crank,
    chapters 4 to 6, surface evaporation; Carslaw and Jaeger, radiation at the surface.
    """
    early = partial(_exchange_transform, n, biot)
    return _at_any_time(early, partial(exchange_series, n, biot), tau, r)


def surface_exchange_uptake(n: int, biot: float, tau: Array) -> Array:
    """Return the mean of `surface_exchange` over the volume."""
    early = partial(_exchange_transform, n, biot, mean=True)
    return _at_any_time(early, partial(exchange_series, n, biot, mean=True), tau, 1.0)


def constant_surface(n: int, tau: Array, r: Array) -> Array:
    r"""Return the concentration after that of the surface has stepped from 0 to 1.

    .. math::

        c = 1 - 2 \sum_k \frac{u(\lambda_k r)}{-\lambda_k u'(\lambda_k)} e^{-\lambda_k^2 \tau},
        \qquad u(\lambda_k) = 0 ,

    the limit of `surface_exchange` for an infinite Biot number. Crank, chapters 4 to 6,
    constant surface concentration; Carslaw and Jaeger, chapters III, VII and IX.
    """
    return surface_exchange(n, np.inf, tau, r)


def constant_surface_uptake(n: int, tau: Array) -> Array:
    r"""Return the mean concentration, :math:`1 - 2 (n + 1) \sum_k e^{-\lambda_k^2 \tau} /
    \lambda_k^2`, after that of the surface has stepped from 0 to 1: `constant_surface` averaged.
    """
    return surface_exchange_uptake(n, np.inf, tau)


def _hollow_mode(n: int, inner: float, lam: Array, r: Array) -> Array:
    """Return the eigenfunctions without slope at the inner wall, of any size."""
    if n == 0 or inner == 0:
        return _even(n, lam * (r - inner))
    if n == 1:
        j, y = j1(lam * inner), y1(lam * inner)
        return (y * j0(lam * r) - j * y0(lam * r)) / np.hypot(j, y)
    return (np.sin(lam * (r - inner)) / lam + inner * np.cos(lam * (r - inner))) / r


def _hollow_settled(n: int, inner: float, filling: float, r: Array) -> Array:
    r"""Return the profile that all radii share late on, less its mean.

    It solves :math:`\nabla^2 S = m` with slope 1 at the outer wall, where :math:`m` is the rate
    at which the particle fills: :math:`S = m r^2 / (2 (n + 1)) + b\, g + C` with
    :math:`b = 1 - m / (n + 1)` and :math:`g = r, \ln r, -1/r`.
    """
    b = 1 - filling / (n + 1)
    square, edges = filling / (2 * (n + 1)), np.array([max(inner, CENTRE), 1.0])
    g = (lambda x: x, np.log, lambda x: -1 / x)[n]
    weighted = (edges**2, edges**2 * (np.log(edges) - 0.5), -(edges**2))[n] / 2  # int r^n g
    total = np.diff(square * edges ** (n + 3) / (n + 3) + b * weighted)[0]
    return square * r**2 + b * g(r) - (n + 1) * total / (1 - inner ** (n + 1))


def constant_flux_hollow_mean(n: int, inner: float, tau: Array, inner_flux: float = 0.0) -> Array:
    r"""Return the mean of `constant_flux_hollow`, :math:`(n + 1)(1 + f a^n) \tau/(1 - a^{n+1})`."""
    return (n + 1) * (1 + inner_flux * inner**n) / (1 - inner ** (n + 1)) * np.maximum(tau, 0.0)


def constant_flux_hollow(
    n: int, inner: float, tau: Array, r: Array, inner_flux: float = 0.0
) -> Array:
    r"""Return the concentration change between an inner wall at ``inner`` and the outer wall.

    .. math::

        \chi = m \tau + S(r) - \sum_k \frac{\psi_k(1) + f a^n \psi_k(a)}{\lambda_k^2 I_k}
        \psi_k(r)\, e^{-\lambda_k^2 \tau}, \qquad
        I_k = \frac{\psi_k^2(1) - a^{n + 1} \psi_k^2(a)}{2} ,

    where :math:`a` is the inner radius, :math:`f` the flux density into the material there, as
    a multiple of the one at the outer wall, :math:`m` the rate of filling, :math:`S` the
    settled profile, and :math:`\psi_k` the eigenfunction without slope at either wall, with
    :math:`I_k` the integral of :math:`r^n \psi_k^2`. By orthogonality, as in Crank, chapters 5
    and 6, and in Carslaw and Jaeger, chapters VII and XIII (hollow cylinder). The
    number of terms grows as the inverse root of time, down to :math:`10^{-8} (1 - a)^2`; with
    :math:`a < 10^{-3}` and a flux there, the error at that wall is as large as 1e-10.
    """
    r, begun = np.maximum(r, max(inner, CENTRE)), np.asarray(tau) > 0
    start = np.where(begun, np.maximum(tau, 1e-8 * (1 - inner) ** 2), 1.0)
    lam = insulated_roots(n, inner, _terms(start, 1 - inner))
    outer, wall = (_hollow_mode(n, inner, lam, max(x, CENTRE)) for x in (1.0, inner))
    drive = outer + inner_flux * inner**n * wall
    square = (outer**2 - inner ** (n + 1) * wall**2) / 2
    weights = drive / (lam**2 * square) * _hollow_mode(n, inner, lam, r[..., None])
    filling = constant_flux_hollow_mean(n, inner, 1.0, inner_flux)
    change = filling * start + _hollow_settled(n, inner, filling, r)
    return np.where(begun, change - _decayed(lam, start, weights), 0.0)[()]


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(f, low, high, xtol=1e-20, rtol=1e-14))


def utilisation_constant_current(n: int, tau_c: float) -> float:
    r"""Return the state of charge at which the surface saturates at constant current.

    The root :math:`x` of :math:`\chi_s(x \tau_c) = (n + 1) \tau_c`, where the current would
    fill the particle in the time :math:`\tau_c` and :math:`\chi_s` is `constant_flux_surface`.

    >>> round(utilisation_constant_current(2, 0.1), 4)
    0.4686
    """
    return _root(lambda x: constant_flux_surface(n, x * tau_c) - (n + 1) * tau_c, 0.0, 1.0)


def time_to_fill(n: int, fraction: float) -> float:
    """Return the time at which `constant_surface_uptake` reaches a fraction."""
    end = 1 - np.log1p(-fraction)  # the slowest mode decays faster than exp(-2 tau)
    return _root(lambda tau: constant_surface_uptake(n, tau) - fraction, START, end)


def alpha(
    n: int, fraction: float = 0.99, *, constant: Literal["current", "potential"] = "current"
) -> float:
    r"""Return :math:`\alpha` of the largest particle that fills in time.

    :math:`L^* = \sqrt{\alpha D t^*}` is the radius (half thickness) that reaches the fraction
    in the time :math:`t^*`, so :math:`\alpha = 1 / \tau`. At constant potential :math:`\tau` is
    `time_to_fill`; at constant current it is the nominal time :math:`\tau_c` for which
    `utilisation_constant_current` is the fraction :math:`x`, at most (and nearly, for :math:`x`
    close to 1) :math:`1 / [(n + 1)(n + 3)(1 - x)]`.
    """
    if constant == "potential":
        return 1 / time_to_fill(n, fraction)
    low, high = 2 * START / fraction, (1 + 1e-9) / ((n + 1) * (n + 3) * (1 - fraction))
    return 1 / _root(
        lambda tau_c: constant_flux_surface(n, fraction * tau_c) - (n + 1) * tau_c, low, high
    )
