"""Moments of particle-size distributions in closed form, in any weight."""

from __future__ import annotations

import math

from twin.models.size_bars import Bar
from twin.models.sizes import LogNormal, Mixture, SizeError, Sizes, Weibull, Weight, shift

_STEEPEST = 0.05


def moment(
    sizes: Sizes,
    order: float,
    weight: Weight = "area",
    radius: float = 1.0,
    curved: int = 2,
) -> float:
    r"""Return the mean of a power of the radius, in closed form.

    A lognormal law has :math:`\langle R^q \rangle = e^{q \mu + q^2 \sigma^2/2}`, a Weibull law
    :math:`\lambda^q\, \Gamma(1 + q/k)`; another weight divides two of them.

    Parameters
    ----------
    sizes : the distribution
    order : power of the radius, of either sign
    weight : what is counted in the mean, whatever the distribution counts
    radius : particle radius of the set [m]
    curved : curved directions of the particles

    Examples
    --------
    The Sauter radius is the mean by area; the mean by volume is larger.

    >>> sizes = LogNormal(sd=0.5, weight="number")
    >>> round(moment(sizes, 1, "number"), 6), round(moment(sizes, 1, "area"), 6)
    (1.0, 1.5625)
    """
    power = shift(sizes.weight, weight, curved)
    above, below = (_own_moment(sizes, q, radius, curved) for q in (order + power, power))
    return above / below


def _own_moment(sizes: Sizes, order: float, radius: float, curved: int) -> float:
    """Return the mean of a power of the radius in the weight that the distribution counts by."""
    if isinstance(sizes, LogNormal):
        mu, sigma = sizes.logarithms(radius)
        return math.exp(order * mu + (order * sigma) ** 2 / 2)
    if isinstance(sizes, Weibull):
        scale, exponent = sizes.scale_and_exponent(radius)
        if 1 + order / exponent < _STEEPEST:
            raise SizeError(
                f"sd: a Weibull law by {sizes.weight} with sd/mean = {sizes.relative_width:.3g} "
                f"has so many small particles that its mean of R^{order:g} is not finite; take a "
                "smaller sd, another weight or a lognormal law"
            )
        return math.pow(scale, order) * math.gamma(1 + order / exponent)
    if isinstance(sizes, Mixture):
        parts = (moment(part, order, sizes.weight, radius, curved) for part in sizes.parts)
        return math.fsum(s * m for s, m in zip(sizes.shares, parts, strict=True))
    bars = sizes.bars()
    total = math.fsum(bar.share for bar in bars)
    return math.fsum(bar.share * _mean_power(bar, order) for bar in bars) / total


def _mean_power(bar: Bar, order: float) -> float:
    """Return the mean of a power of the radius over a bar."""
    if bar.low == bar.high:
        return math.pow(bar.low, order)
    width = bar.high - bar.low
    if order == -1:
        return math.log(bar.high / bar.low) / width
    rise = math.pow(bar.high, order + 1) - math.pow(bar.low, order + 1)
    return rise / ((order + 1) * width)
