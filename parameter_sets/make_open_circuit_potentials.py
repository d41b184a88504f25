"""Write ``open_circuit_potentials/*.json``: smooth fits of the potentials that PyBaMM tabulates.

Run as ``python -m twin.parameter_sets.make_open_circuit_potentials`` after a change of PyBaMM's
tables. What is fitted are the points of the table, not what is interpolated between them,
and the potentials at which the cell is full and empty.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import Any

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")

import numpy as np
import pybamm

from twin.parameter_sets.potential_fit import Array, Data, fit_potential, local_noise
from twin.smooth_potentials import FOLDER, FORMAT, SmoothPotential, published_potential

METHOD = (
    "weighted least squares with signed coefficients, one hyperbolic tangent after the other "
    "(parameter_sets/potential_fit.py); weights are the scatter about local parabolas"
)
SAMPLES = 41
MILLI = 1e-3


@dataclass(frozen=True)
class Curve:
    """What is fitted, and how freely.

    Parameters
    ----------
    name, material, source, doi : what the data are
    parameter : PyBaMM's name of the potential
    sets : PyBaMM's sets that have this curve; the first gives the table and the window
    terms : number of hyperbolic tangents
    narrowest : least width [-]
    measured : first and last stoichiometry that are measured and not continued by hand [-]
    bands : borders between which the deviation is told [-]
    """

    name: str
    material: str
    source: str
    doi: str
    parameter: str
    sets: tuple[str, ...]
    terms: int
    narrowest: float
    measured: tuple[float, float]
    bands: tuple[float, ...]
    least_noise_V: float = 3e-4
    continued_V: float = 2e-3


CURVES = (
    Curve(
        name="graphite_LGM50_Chen2020",
        material="graphite with 10 % silicon of the LG M50, half-cell",
        source="half-cell measurement tabulated in PyBaMM's OKane2022",
        doi="10.1149/1945-7111/ab9050",
        parameter="Negative electrode OCP [V]",
        sets=("OKane2022",),
        terms=9,
        narrowest=0.015,
        measured=(0.031, 0.9021),
        bands=(0.03, 0.05, 0.2, 0.5, 0.65, 0.9, 1.0),
    ),
)


def published(curve: Curve) -> tuple[Any, Array, Array]:
    """Return the parameter values, and stoichiometry [-] and potential [V] of the table."""
    values = pybamm.ParameterValues(curve.sets[0])
    symbol = values[curve.parameter](pybamm.StateVector(slice(0, 1)))
    (table,) = (node for node in symbol.pre_order() if isinstance(node, pybamm.Interpolant))
    return values, np.ravel(table.x[0]), np.ravel(table.y)


def window(curve: Curve, values: Any) -> tuple[float, float]:
    """Return the stoichiometries between which the cell works, at equilibrium."""
    x_0, x_100, y_100, y_0 = pybamm.lithium_ion.get_min_max_stoichiometries(values)
    ends = (x_0, x_100) if "Negative" in curve.parameter else (y_100, y_0)
    return float(ends[0]), float(ends[1])


def weighted(curve: Curve, values: Any, x: Array, U: Array) -> Data:
    """Return the data with their noise, and the ends of the window held."""
    sigma = np.maximum(local_noise(x, U), curve.least_noise_V)
    by_hand = (x < curve.measured[0]) | (x > curve.measured[1])
    sigma = np.where(by_hand, np.maximum(sigma, curve.continued_V), sigma)
    inside = (x > 0) & (x < 1)
    ends = np.array(window(curve, values))
    there = published_potential(values[curve.parameter], values, ends)
    near = np.interp(ends, x, sigma)
    return Data(np.r_[x[inside], ends], np.r_[U[inside], there], np.r_[sigma[inside], 0.02 * near])


def deviation(fit: SmoothPotential, curve: Curve, x: Array, U: Array) -> list[dict[str, float]]:
    """Return noise, root mean square and largest deviation [mV] between the borders."""
    noise = local_noise(x, U)
    rows = []
    for low, high in zip(curve.bands[:-1], curve.bands[1:], strict=True):
        here = (x >= low) & (x < high)
        off = fit(x[here]) - U[here]
        rows.append(
            {
                "from": low,
                "to": high,
                "points": int(here.sum()),
                "noise_mV": round(float(np.median(noise[here])) / MILLI, 2),
                "rms_mV": round(float(np.sqrt(np.mean(off**2))) / MILLI, 2),
                "largest_mV": round(float(np.abs(off).max()) / MILLI, 2),
                "largest_at": round(float(x[here][np.abs(off).argmax()]), 4),
            }
        )
    return rows


def capacity_shift(name: str, parameter: str, fit: SmoothPotential) -> dict[str, float]:
    """Return the window of a set with the fit, and what it does to the capacity [%]."""
    values = pybamm.ParameterValues(name)
    before = pybamm.lithium_ion.get_min_max_stoichiometries(values)
    values.update({parameter: fit})
    after = pybamm.lithium_ion.get_min_max_stoichiometries(values)
    was, now = (ends[1] - ends[0] for ends in (before, after))
    return {
        "empty": round(float(after[0]), 6),
        "full": round(float(after[1]), 6),
        "capacity_percent": round(100 * float(now / was - 1), 5),
    }


def described(curve: Curve) -> dict[str, Any]:
    """Return the file of one curve."""
    values, x, U = published(curve)
    fit = fit_potential(weighted(curve, values, x, U), curve.terms, curve.narrowest)
    sto = np.round(np.linspace(0.02, 0.98, SAMPLES), 4)
    function = values[curve.parameter]
    there = published_potential(function, values, sto)
    return {
        "format": FORMAT,
        "name": curve.name,
        "material": curve.material,
        "source": curve.source,
        "doi": curve.doi,
        "method": METHOD,
        "pybamm": pybamm.__version__,
        "function": function.__name__,
        "parameter": curve.parameter,
        "measured": list(curve.measured),
        "terms": curve.terms,
        "narrowest": curve.narrowest,
        "coefficients": asdict(fit),
        "deviation": deviation(fit, curve, x, U),
        "sets": {name: capacity_shift(name, curve.parameter, fit) for name in curve.sets},
        "published": {
            "stoichiometry": [float(at) for at in sto],
            "potential_V": [round(float(value), 9) for value in there],
        },
    }


def main() -> None:
    """Write one file for each curve."""
    FOLDER.mkdir(exist_ok=True)
    for curve in CURVES:
        text = json.dumps(described(curve), indent=1, ensure_ascii=False)
        (FOLDER / f"{curve.name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
