r"""Particle-size distributions: laws of the radii, and the few radii that stand for them.

A law gives the share of particles of each radius, counted by number, by reacting area or by
volume; for particles with :math:`n` curved directions (:mod:`twin.models.shapes`) these are

.. math:: f_a \propto R^n f_n, \qquad f_v \propto R\, f_a \propto R^{n+1} f_n .

`size_rule` turns a law into a few radii with their shares;
:func:`twin.models.size_moments.moment` gives what they are held against, in closed form. The
descriptions import neither PyBaMM nor numpy, so that a study can be checked in milliseconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from twin.errors import ModelError, nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from twin.models.size_bars import Bar

    Array = NDArray[np.float64]

Weight = Literal["number", "area", "volume"]
WEIGHTS: tuple[Weight, ...] = ("number", "area", "volume")
MOST_NODES = 30
SMALLEST_RADIUS_M, LARGEST_RADIUS_M = 1e-10, 1e-2
NARROWEST, WIDEST = 1e-4, 2.0
_NODES_IN_ROOT = 4
_FARTHEST = 1e9  # times the mean


class SizeError(ModelError, ValueError):
    """A size distribution that cannot be; a ValueError too, which a study reports at its key."""


def shift(given: Weight, wanted: Weight, curved: int = 2) -> int:
    """Return the power of the radius that turns a density of one weight into another.

    Parameters
    ----------
    given, wanted : weights of the densities
    curved : curved directions of the particles, 2 for spheres

    Examples
    --------
    >>> shift("number", "volume"), shift("volume", "area"), shift("number", "area", curved=0)
    (3, -1, 0)
    """
    power = {"number": 0, "area": curved, "volume": curved + 1}
    return power[wanted] - power[given]


def _is_number(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)


def _check_number(key: str, given: Any, low: float, high: float, what: str) -> None:
    if not _is_number(given) or not low <= given <= high:
        raise SizeError(f"{key}: {given!r} is not {what}; allowed are {low:g} to {high:g}")


def _check_weight_and_nodes(weight: Any, nodes: Any) -> None:
    if weight not in WEIGHTS:
        raise SizeError(
            f"weight: {weight!r} is not a way to count particles; allowed are "
            f"{', '.join(WEIGHTS)}{nearest(str(weight), WEIGHTS)}"
        )
    if not isinstance(nodes, int) or isinstance(nodes, bool) or not 1 <= nodes <= MOST_NODES:
        raise SizeError(f"nodes: {nodes!r} is not a number of radii; allowed are 1 to {MOST_NODES}")


def _check_area(law: Any, weight: Weight) -> None:
    """Raise unless a law has a finite area, where its share is counted by a weight."""
    from twin.models.size_moments import moment

    moment(law, shift(weight, "area"), weight)


@dataclass(frozen=True, kw_only=True)
class _MeanAndWidth:
    """A law with two numbers, given as mean and standard deviation."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    sd: float
    mean: float | None = None
    weight: Weight = "area"
    nodes: int = 7

    def __post_init__(self) -> None:
        _check_weight_and_nodes(self.weight, self.nodes)
        if self.mean is None:
            relative = "a width relative to the radius of the set (no mean is given)"
            _check_number("sd", self.sd, NARROWEST, WIDEST, relative)
            return
        _check_number(
            "mean", self.mean, SMALLEST_RADIUS_M, LARGEST_RADIUS_M, "a mean radius in metres"
        )
        low, high = NARROWEST * self.mean, WIDEST * self.mean
        _check_number("sd", self.sd, low, high, "a width in metres that goes with the mean")

    @property
    def relative_width(self) -> float:
        """Standard deviation over the mean."""
        return self.sd if self.mean is None else self.sd / self.mean

    def mean_radius(self, radius: float) -> float:
        """Return the mean where the set gives a radius."""
        return radius if self.mean is None else self.mean


@dataclass(frozen=True, kw_only=True)
class LogNormal(_MeanAndWidth):
    r"""Radii whose logarithm is normally distributed.

    With :math:`m` and :math:`s` for mean and standard deviation, :math:`\ln R` has the variance
    :math:`\sigma^2 = \ln(1 + s^2/m^2)` and the mean :math:`\mu = \ln m - \sigma^2/2`. Another
    weight moves :math:`\mu` alone, by :math:`k \sigma^2` for the factor :math:`R^k`.

    Parameters
    ----------
    sd : standard deviation of the radius [m]; relative to the mean if that is not given [-]
    mean : mean radius [m]; the particle radius of the parameter set if it is not given
    weight : what is counted: ``"number"`` of particles, their ``"area"`` or their ``"volume"``
    nodes : number of radii that stand for the distribution

    Examples
    --------
    >>> LogNormal(sd=0.3).relative_width
    0.3
    """

    law: Literal["lognormal"] = "lognormal"

    def logarithms(self, radius: float = 1.0) -> tuple[float, float]:
        """Return mean and standard deviation of the logarithm of the radius, in its weight."""
        variance = math.log1p(self.relative_width**2)
        return math.log(self.mean_radius(radius)) - variance / 2, math.sqrt(variance)


@dataclass(frozen=True, kw_only=True)
class Weibull(_MeanAndWidth):
    r"""Radii of the law of Weibull, also named after Rosin and Rammler.

    The share above :math:`R` is :math:`\exp(-(R/\lambda)^k)`; :math:`k` and :math:`\lambda`
    follow from mean and standard deviation. Given by volume it has a finite area only where
    :math:`k > 1`, that is, where ``sd`` is below the mean.

    Parameters
    ----------
    sd : standard deviation of the radius [m]; relative to the mean if that is not given [-]
    mean : mean radius [m]; the particle radius of the parameter set if it is not given
    weight : what is counted: ``"number"`` of particles, their ``"area"`` or their ``"volume"``
    nodes : number of radii that stand for the distribution
    """

    law: Literal["weibull"] = "weibull"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_area(self, self.weight)

    def scale_and_exponent(self, radius: float = 1.0) -> tuple[float, float]:
        """Return the scale, in the unit of the radius, and the exponent, in its weight."""
        target = math.log1p(self.relative_width**2)
        low, high = 1e-6, 10.0  # of one over the exponent
        for _ in range(80):
            middle = (low + high) / 2
            found = math.lgamma(1 + 2 * middle) - 2 * math.lgamma(1 + middle)
            low, high = (middle, high) if found < target else (low, middle)
        return self.mean_radius(radius) / math.gamma(1 + low), 1 / low


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Several populations of particles in one electrode.

    Parameters
    ----------
    parts : laws with a mean each, by any weight; their own ``nodes`` stay unset
    shares : share of each part, by the weight of the mixture; they sum to 1
    weight : what the shares count: ``"number"``, ``"area"`` or ``"volume"``
    nodes : number of radii that stand for the mixture
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    parts: tuple[LogNormal | Weibull, ...]
    shares: tuple[float, ...]
    weight: Weight = "area"
    nodes: int = 7
    law: Literal["mixture"] = "mixture"

    def __post_init__(self) -> None:
        _check_weight_and_nodes(self.weight, self.nodes)
        object.__setattr__(self, "parts", tuple(self.parts))
        object.__setattr__(self, "shares", tuple(self.shares))
        for place, part in enumerate(self.parts, start=1):
            self._check_part(place, part)
        if not self.parts or len(self.shares) != len(self.parts):
            raise SizeError(
                f"shares: {len(self.shares)} shares for {len(self.parts)} parts; give one to each "
                "of at least one part"
            )
        for share in self.shares:
            _check_number("shares", share, 0.0, 1.0, "a share")
        if abs(math.fsum(self.shares) - 1) > 1e-9:
            raise SizeError(
                f"shares: they sum to {math.fsum(self.shares):.9g}; allowed is 1; divide them by "
                "their sum"
            )

    def _check_part(self, place: int, part: Any) -> None:
        if not isinstance(part, LogNormal | Weibull):
            raise SizeError(
                f"parts: part {place} is an object of type {type(part).__name__}; allowed are "
                "LogNormal and Weibull"
            )
        if part.mean is None:
            raise SizeError(
                f"parts: part {place} has no mean, and the one radius of the set cannot be that of "
                "several populations; give it a mean in metres"
            )
        if part.nodes != LogNormal.nodes:
            raise SizeError(
                f"parts: part {place} has nodes: {part.nodes}, but the radii are those of the "
                "whole mixture; give nodes to the mixture instead"
            )
        _check_area(part, self.weight)


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """Measured shares of particles, from a file or given here.

    A bar has the same density, by its weight, from its lower to its upper radius. A list of
    radii stands for those radii alone; nothing is spread around them. Shares may be counts or
    per cent; they are divided by their sum.

    Parameters
    ----------
    file : CSV (UTF-8, comma or semicolon, one header line, decimal point) with the columns
        ``low_radius_um, high_radius_um, share`` or ``radius_um, share``; also diameters, and in
        ``_m`` or ``_nm``
    low, high : edges of the bars instead of a file [m]
    radius : radii instead of bars [m]
    share : share of each bar or radius
    weight : what the shares count: ``"number"``, ``"area"`` or ``"volume"``
    nodes : number of radii that stand for it; at most the number of filled bars
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    file: str | None = None
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    radius: tuple[float, ...] = ()
    share: tuple[float, ...] = ()
    weight: Weight = "volume"
    nodes: int = 7
    law: Literal["histogram"] = "histogram"

    def __post_init__(self) -> None:
        _check_weight_and_nodes(self.weight, self.nodes)
        for key in ("low", "high", "radius", "share"):
            object.__setattr__(self, key, tuple(getattr(self, key)))
        given = {key for key in ("file", "low", "high", "radius", "share") if getattr(self, key)}
        if given not in ({"file"}, {"low", "high", "share"}, {"radius", "share"}):
            raise SizeError(
                f"{', '.join(sorted(given)) or 'nothing'} is given; allowed are file alone, low, "
                "high and share, or radius and share"
            )
        lengths = {len(getattr(self, key)) for key in given - {"file"}}
        if len(lengths) > 1:
            raise SizeError(
                f"share: {len(self.share)} shares for "
                f"{' and '.join(str(n) for n in sorted(lengths - {len(self.share)}))} radii; give "
                "one to each"
            )
        if self.file is None:
            self.bars()

    def bars(self) -> tuple[Bar, ...]:
        """Return the filled bars, read from the file if there is one.

        Raises
        ------
        SizeError
            If the file cannot be read as described, bars overlap, or too few are filled.
        """
        from twin.models.size_bars import Bar, checked, read_bars

        if self.file is not None:
            return checked(read_bars(self.file), self.weight, self.nodes)
        what = "radius" if self.radius else "bar"
        edges = zip(self.radius or self.low, self.radius or self.high, self.share, strict=True)
        bars = [Bar(f"{what} {place}", *edge) for place, edge in enumerate(edges, start=1)]
        return checked(bars, self.weight, self.nodes)


Sizes = LogNormal | Weibull | Mixture | Histogram


@dataclass(frozen=True)
class SizeRule:
    """A few radii that stand for a distribution.

    Parameters
    ----------
    radii : radii, ascending [m]
    area_share : share of the reacting area at each; sums to 1
    volume_share : share of the volume at each; sums to 1
    """

    radii: Array
    area_share: Array
    volume_share: Array

    def moment(self, order: float, weight: Literal["area", "volume"] = "area") -> float:
        """Return the mean of a power of the radius, by area or by volume."""
        share = self.area_share if weight == "area" else self.volume_share
        return float(share @ self.radii**order)


def size_rule(sizes: Sizes, radius: float = 1.0, curved: int = 2) -> SizeRule:
    r"""Return the radii and shares that stand for a distribution.

    They are those of a Gauss rule of the area-weighted density. Area, because the current is
    shared by it, and the volume is then right too: :math:`f_v \propto R f_a`, so that an area
    moment of order :math:`k + 1` is a volume moment of order :math:`k`, and the area per volume
    is :math:`(n+1) \langle 1/R \rangle_v = (n+1) / \langle R \rangle_a`. With one node it is the
    area-weighted mean, which is the radius of equal area and volume.

    Two and three nodes hold the area moments of order :math:`0, 1, \dots 2N - 1`. From four nodes
    on the rule is one in :math:`\sqrt{R}` and holds the orders
    :math:`0, \tfrac12, 1, \dots N - \tfrac12`: the moments 0 to 3 still hold, that is, mean and
    width by area and by volume and the area per volume, and the nodes lie where the particles
    are. A rule in :math:`R` would spend them on the far tail of a wide lognormal law, which its
    own moments do not determine, and would never converge.

    No tail is cut: the largest radius may be far above the mean, at a share that is as small.

    Parameters
    ----------
    sizes : the distribution
    radius : particle radius of the set, the mean of a distribution that gives none [m]
    curved : curved directions of the particles, 2 for spheres

    Raises
    ------
    SizeError
        If a histogram cannot be read, or the nodes reach beyond a billion times the mean.

    Examples
    --------
    >>> rule = size_rule(LogNormal(sd=0.3, nodes=5), radius=2.0)
    >>> round(rule.moment(1), 12), round(rule.moment(2) - rule.moment(1) ** 2, 12)
    (2.0, 0.36)
    """
    from twin.models.size_quadrature import fine_points, gauss_rule

    root = 1 if sizes.nodes < _NODES_IN_ROOT else 2
    order = (2 * sizes.nodes - 1) / root
    points = fine_points(sizes, radius, curved, order)
    radii, area = gauss_rule(*points, nodes=sizes.nodes, root=root)
    if radii[-1] > _FARTHEST * float(area @ radii):
        raise SizeError(
            f"nodes: {sizes.nodes} are too many for so wide a distribution, whose moments would "
            f"put a radius at {radii[-1]:.0e} m; give fewer, 5 to 10 are enough"
        )
    volume = radii * area
    return SizeRule(radii, area, volume / volume.sum())
