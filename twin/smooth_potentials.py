r"""Smooth open-circuit potentials, fitted to the data that published tables interpolate.

A table of measured potentials carries the noise of the measurement. Interpolated, it has a
kink or a bump at each point, and the integrator takes a step for each. The fits are

.. math::

    U(x) = U_0 - s x - \sum_k A_k \tanh\frac{x - x_k}{w_k}
           + \frac{R T}{F} \ln\frac{1 + \epsilon_0 / x}{1 + \epsilon_1 / (1 - x)}

with no coefficient below zero, so every term falls with :math:`x` and so does their sum. The
last term is that of an ideal solution where it must be, as :math:`x` goes to 0 and to 1, and
fades out within :math:`\epsilon` of the ends: a full particle takes no more lithium.
The coefficients are data, in ``parameter_sets/open_circuit_potentials``;
``docs/physics/open_circuit_potentials.md`` says how far they are from what was measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pybamm
from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "parameter_sets" / "open_circuit_potentials"
FORMAT = 1
SUFFIX = "lectrode OCP [V]"
SAME_V = 1e-6  # published potentials closer than this are the same curve
ENDS = 1e-10  # PyBaMM's U keeps stoichiometry this far from 0 and 1


@dataclass(frozen=True)
class SmoothPotential:
    """Coefficients of a smooth potential; called with a stoichiometry it returns volts.

    Parameters
    ----------
    offset_V : U_0 [V]
    slope_V : s, 0 or above [V]
    amplitudes_V : A_k, each 0 or above [V]
    centres : x_k [-]
    widths : w_k, each above 0 [-]
    dilute, full : epsilon_0 and epsilon_1, reach of the ideal-solution terms, above 0 [-]
    thermal_voltage_V : R T/F at the temperature of the data [V]

    Raises
    ------
    ValueError
        for a coefficient with which the potential would rise somewhere.
    """

    offset_V: float
    slope_V: float
    amplitudes_V: tuple[float, ...]
    centres: tuple[float, ...]
    widths: tuple[float, ...]
    dilute: float
    full: float
    thermal_voltage_V: float

    def __post_init__(self) -> None:
        if not len(self.amplitudes_V) == len(self.centres) == len(self.widths):
            raise ValueError("amplitudes, centres and widths must be as many as each other")
        above = (*self.widths, self.dilute, self.full, self.thermal_voltage_V)
        if min((self.slope_V, *self.amplitudes_V)) < 0 or min(above) <= 0:
            raise ValueError("a slope or amplitude below 0, or a width of 0, lets a potential rise")

    @property
    def __name__(self) -> str:
        """Name of the function, which PyBaMM asks for where it writes parameter values."""
        return "smooth_potential"

    def __call__(self, sto: Any) -> Any:
        """Return the potential [V] at stoichiometries: numbers, or a symbol of PyBaMM.

        Numbers are kept 1e-10 away from 0 and 1, as PyBaMM keeps symbols.
        """
        if not isinstance(sto, pybamm.Symbol):
            sto = np.clip(sto, ENDS, 1 - ENDS)
        return smooth_potential(sto, self)


def smooth_potential(x: Any, fit: SmoothPotential) -> Any:
    """Return the open-circuit potential [V]; see the equation of this module.

    Parameters
    ----------
    x : stoichiometry, above 0 and below 1 [-]
    fit : the coefficients
    """
    ideal = np.log((1 + fit.dilute / x) / (1 + fit.full / (1 - x)))
    potential = fit.offset_V - fit.slope_V * x + fit.thermal_voltage_V * ideal
    for amplitude, centre, width in zip(fit.amplitudes_V, fit.centres, fit.widths, strict=True):
        potential = potential - amplitude * np.tanh((x - centre) / width)
    return potential


@dataclass(frozen=True)
class PublishedCurve:
    """A published potential and the smooth fit of its data.

    Parameters
    ----------
    name : of the curve, and of its file
    material : what was measured
    doi : of the source of the data
    rough : whether it is a table that rises and falls between its points
    sto, potential_V : where and what the published curve is, to know it by
    fit : the smooth one
    """

    name: str
    material: str
    doi: str
    rough: bool
    sto: tuple[float, ...]
    potential_V: tuple[float, ...]
    fit: SmoothPotential

    def is_that_of(self, function: Any, values: Any) -> bool:
        """Return whether a function of PyBaMM parameter values is the published curve."""
        found = published_potential(function, values, self.sto)
        return found.shape == (len(self.sto),) and bool(
            np.max(np.abs(found - np.asarray(self.potential_V))) < SAME_V
        )


def published_potential(
    function: Any, values: Any, sto: Sequence[float] | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a potential [V] of PyBaMM parameter values at these stoichiometries."""
    symbol = values.process_symbol(function(pybamm.Vector(np.asarray(sto, dtype=float))))
    return np.asarray(symbol.evaluate(), dtype=float).reshape(-1)


@cache
def fitted_curves() -> tuple[PublishedCurve, ...]:
    """Return every published curve of which there is a fit, by name."""
    return tuple(
        _curve(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(FOLDER.glob("*.json"))
    )


def _curve(data: Mapping[str, Any]) -> PublishedCurve:
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in data["coefficients"].items()
    }
    return PublishedCurve(
        name=data["name"],
        material=data["material"],
        doi=data["doi"],
        rough=data["rough"],
        sto=tuple(data["published"]["stoichiometry"]),
        potential_V=tuple(data["published"]["potential_V"]),
        fit=SmoothPotential(**given),
    )


def known_curves(values: Any) -> dict[str, PublishedCurve]:
    """Return the parameters whose published potential has a smooth fit, with the curve.

    A curve is known by what it is, not by the name of the set: a set with a potential of its
    own keeps it.

    Parameters
    ----------
    values : PyBaMM's parameter values
    """
    found = {}
    for name in values:
        if not name.endswith(SUFFIX) or not callable(values[name]):
            continue
        for curve in fitted_curves():
            if curve.is_that_of(values[name], values):
                found[name] = curve
    return found


def smooth_words(name: str, replaced: Mapping[str, str]) -> str:
    """Return what smooth potentials a run has, as a sentence.

    Parameters
    ----------
    name : of the parameter set
    replaced : parameter -> name of the curve

    Examples
    --------
    >>> smooth_words("OKane2022", {"Negative electrode OCP [V]": "graphite_LGM50_Chen2020"})[:63]
    "cell.open_circuit_potentials: smooth replaces 'Negative electro"
    """
    start = "cell.open_circuit_potentials: smooth replaces"
    if not replaced:
        return f"{start} nothing: {name} has no potential of which there is a fit."
    listed = " and ".join(f"'{name}' by the fit {curve}" for name, curve in replaced.items())
    return f"{start} {listed}; the other potentials of {name} are as published."


def rough_words(name: str, rough: Iterable[str]) -> str:
    """Return what a smooth potential would do for a long run, as a sentence.

    Parameters
    ----------
    name : of the parameter set
    rough : parameters with a rough potential of which there is a fit
    """
    listed = " and ".join(f"'{parameter}'" for parameter in rough)
    return (
        f"{listed} of {name} interpolates a table, with a bump at each of its points; "
        "cell.open_circuit_potentials: smooth takes a fit of the same data and makes the run "
        "several times faster."
    )


def smooth_potentials(values: Any) -> tuple[Any, dict[str, str]]:
    """Return a copy of parameter values with smooth potentials, and what was replaced.

    Parameters
    ----------
    values : ``pybamm.ParameterValues``, of a set that PyBaMM ships or of one's own

    Returns
    -------
    tuple
        the copy, and the name of each replaced parameter with the name of the curve

    Examples
    --------
    >>> values, replaced = smooth_potentials(pybamm.ParameterValues("OKane2022"))
    >>> replaced
    {'Negative electrode OCP [V]': 'graphite_LGM50_Chen2020'}
    """
    known = known_curves(values)
    smooth = values.copy()
    smooth.update({name: curve.fit for name, curve in known.items()})
    return smooth, {name: curve.name for name, curve in known.items()}
