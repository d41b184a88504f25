"""Write ``open_circuit_potentials/*.json``: smooth, falling fits of potentials that are not.

Run as ``python -m twin.parameter_sets.make_open_circuit_potentials`` after a change of PyBaMM's
sets. Of a table the points are fitted, not what is interpolated between them; of a formula
that rises somewhere, its values. The potentials at which the cell is full and empty are held.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")

import numpy as np
import pybamm

from twin.catalogue import CATALOGUE
from twin.diagnosis import Balance, ElectrodeBalance
from twin.models import SPM, Electrode
from twin.names import DOMAINS
from twin.parameter_sets.potential_fit import Array, Data, fit_potential, local_noise
from twin.parameters.values import LoadedParameters, electrode_balance_curves
from twin.smooth_potentials import FOLDER, FORMAT, SmoothPotential, published_potential

METHOD = (
    "weighted least squares with signed coefficients, one hyperbolic tangent after the other "
    "(parameter_sets/potential_fit.py); weights are the scatter about local parabolas"
)
SAMPLES = 41
GRID = 20001
OF_FORMULA = 481
STO_SCATTER = 1e-4  # standard deviation of a stoichiometry of the data
CONTINUED, CONTINUED_V = 19, 0.05
HELD_V, HELD_STO = 1e-5, 2e-5  # standard deviations at the ends of the window
MILLI = 1e-3


@dataclass(frozen=True)
class Curve:
    """What is fitted, and how freely.

    Parameters
    ----------
    name, material, source, doi : what the data are
    sets : PyBaMM's sets that have this curve -> its name there; the first gives the data
    terms : number of hyperbolic tangents
    narrowest : least width [-]
    measured : first and last stoichiometry that are measured and not continued by hand [-]
    bands : borders between which the deviation is told [-]
    tabulated : whether PyBaMM interpolates a table, or has a formula
    continued : where PyBaMM's continuation of the table is followed loosely [-]
    least_noise_V : standard deviation where the data show less [V]
    by_hand_V : standard deviation outside of what is measured [V]
    """

    name: str
    material: str
    source: str
    doi: str
    sets: Mapping[str, str]
    terms: int
    narrowest: float
    measured: tuple[float, float]
    bands: tuple[float, ...]
    tabulated: bool = True
    continued: tuple[float, float] | None = None
    least_noise_V: float = 3e-4
    by_hand_V: float = 2e-3


NEGATIVE, POSITIVE = (f"{domain} electrode OCP [V]" for domain in ("Negative", "Positive"))
CURVES = (
    Curve(
        name="graphite_LGM50_Chen2020",
        material="graphite with 10 % silicon of the LG M50",
        source="half-cell measurement, as tabulated in PyBaMM's OKane2022",
        doi="10.1149/1945-7111/ab9050",
        sets={"OKane2022": NEGATIVE},
        terms=10,
        narrowest=0.01,
        measured=(0.031, 0.9021),
        bands=(0.03, 0.05, 0.2, 0.5, 0.65, 0.9, 1.0),
    ),
    Curve(
        name="graphite_Enertech_Ai2020",
        material="graphite of an Enertech pouch cell",
        source="as tabulated in PyBaMM's Ai2020",
        doi="10.1149/2.0122001JES",
        sets={
            "Ai2020": NEGATIVE,
            "Chen2020_composite": f"Primary: {NEGATIVE}",
            "Bonkile2024": f"Primary: {NEGATIVE}",
        },
        terms=12,
        narrowest=0.01,
        measured=(0.001, 0.985),
        by_hand_V=0.05,
        bands=(0.001, 0.02, 0.05, 0.2, 0.5, 0.7, 0.95, 0.985),
    ),
    Curve(
        name="lico2_Ai2020",
        material="LiCoO2 of an Enertech pouch cell",
        source="as tabulated in PyBaMM's Ai2020",
        doi="10.1149/2.0122001JES",
        sets={"Ai2020": POSITIVE},
        terms=12,
        narrowest=0.008,
        measured=(0.4, 0.999),
        continued=(0.02, 0.38),
        bands=(0.4, 0.5, 0.7, 0.9, 0.97, 1.0),
    ),
    Curve(
        name="graphite_MCMB2528_Dualfoil",
        material="graphite MCMB 2528",
        source="formula of Dualfoil in PyBaMM's Marquis2019; it rises from 0.314 to 0.333",
        doi="10.1149/2.0341915jes",
        sets={"Marquis2019": NEGATIVE},
        terms=9,
        narrowest=0.015,
        measured=(0.01, 0.999),
        bands=(0.01, 0.18, 0.31, 0.34, 0.6, 0.95, 0.99),
        tabulated=False,
    ),
    Curve(
        name="lico2_Ramadass2004",
        material="LiCoO2",
        source="formula of PyBaMM's Ramadass2004; it has poles at 0.245, 0.374 and 0.889",
        doi="10.1149/1.1634273",
        sets={"Ramadass2004": POSITIVE},
        terms=10,
        narrowest=0.004,
        measured=(0.41, 0.883),
        bands=(0.41, 0.5, 0.7, 0.85, 0.875, 0.883),
        tabulated=False,
    ),
)


def published(curve: Curve) -> tuple[Array, Array]:
    """Return stoichiometry [-] and potential [V], of the table or of the formula."""
    name, parameter = next(iter(curve.sets.items()))
    values = pybamm.ParameterValues(name)
    if not curve.tabulated:
        x = np.linspace(*curve.measured, OF_FORMULA)
        return x, published_potential(values[parameter], values, x)
    symbol = values[parameter](pybamm.StateVector(slice(0, 1)))
    (table,) = (node for node in symbol.pre_order() if isinstance(node, pybamm.Interpolant))
    return np.ravel(table.x[0]), np.ravel(table.y)


@dataclass(frozen=True)
class Window:
    """Where a material is while the cell goes from empty to full, at equilibrium.

    Parameters
    ----------
    empty, full : stoichiometry at the lower and the upper voltage limit [-]
    capacity : of the cell between them, in units of one that is the same for the set [-]
    """

    empty: float
    full: float
    capacity: float


def window(name: str, parameter: str, values: Any) -> Window:
    """Return the window of a material in a set.

    Parameters
    ----------
    name : of the set
    parameter : name of the potential of the material
    values : parameter values of that set, as published or with the fit
    """
    if any(CATALOGUE[name].is_composite(domain) for domain in DOMAINS):
        return _window_of_composite(name, parameter, values)
    x_0, x_100, y_100, y_0 = map(float, pybamm.lithium_ion.get_min_max_stoichiometries(values))
    empty, full = (x_0, x_100) if parameter == NEGATIVE else (y_0, y_100)
    return Window(empty, full, x_100 - x_0)


def _window_of_composite(name: str, parameter: str, values: Any) -> Window:
    """Return the window of the first of two materials at one potential in the negative."""
    info = CATALOGUE[name]
    param = SPM(Electrode(secondary=Electrode()), build=False).param
    curves = electrode_balance_curves(LoadedParameters(values, name, ""), param, GRID)
    pair = ElectrodeBalance(curves, info.lower_voltage_V, info.upper_voltage_V)
    materials = (param.n.prim, param.n.sec)
    balance = Balance(
        negative=sum(float(values.evaluate(material.Q_init)) for material in materials),
        positive=float(values.evaluate(param.p.prim.Q_init)),
        lithium=float(values.evaluate(param.Q_Li_particles_init)),
    )
    charges = [pair.charge_at(volts, balance) for volts in (pair.lower_V, pair.upper_V)]
    sto, potential = curves["negative"]
    own = np.minimum.accumulate(published_potential(values[parameter], values, sto))
    common = np.interp(np.array(charges) / balance.negative, sto, potential)
    empty, full = np.interp(common, own[::-1], sto[::-1])
    return Window(float(empty), float(full), (charges[1] - charges[0]) / balance.lithium)


def weighted(curve: Curve, x: Array, U: Array) -> Data:
    """Return the data with their noise, and the ends of every window held."""
    noise = np.maximum(local_noise(x, U), curve.least_noise_V)
    sigma = np.hypot(noise, STO_SCATTER * np.gradient(U, x))
    by_hand = (x < curve.measured[0]) | (x > curve.measured[1])
    sigma = np.where(by_hand, np.maximum(sigma, curve.by_hand_V), sigma)
    kept = (x > 0) & (x < 1)
    held = [_held(name, parameter) for name, parameter in curve.sets.items()]
    held += [_continuation(curve, curve.continued)] if curve.continued else []
    at, there, within = (np.concatenate(part) for part in zip(*held, strict=True))
    return Data(np.r_[x[kept], at], np.r_[U[kept], there], np.r_[sigma[kept], within])


def _held(name: str, parameter: str) -> tuple[Array, Array, Array]:
    """Return both ends of a window [-], the potentials there and what they may be off [V]."""
    values = pybamm.ParameterValues(name)
    found = window(name, parameter, values)
    ends = np.array([found.empty, found.full])
    potential = published_potential(values[parameter], values, ends)
    beside = published_potential(values[parameter], values, ends + STO_SCATTER)
    return ends, potential, np.hypot(HELD_V, HELD_STO * (beside - potential) / STO_SCATTER)


def _continuation(curve: Curve, where: tuple[float, float]) -> tuple[Array, Array, Array]:
    """Return PyBaMM's continuation of a table [-], [V] and what it may be off [V]."""
    name, parameter = next(iter(curve.sets.items()))
    values = pybamm.ParameterValues(name)
    sto = np.linspace(*where, CONTINUED)
    potential = published_potential(values[parameter], values, sto)
    return sto, potential, np.full(CONTINUED, CONTINUED_V)


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
    before = window(name, parameter, values)
    values.update({parameter: fit})
    after = window(name, parameter, values)
    return {
        "empty": round(after.empty, 6),
        "full": round(after.full, 6),
        "capacity_percent": round(100 * (after.capacity / before.capacity - 1), 5),
    }


def is_rough(name: str, parameter: str, values: Any) -> bool:
    """Return whether a potential rises anywhere in the window in which the cell works."""
    found = window(name, parameter, values)
    low, high = sorted((found.empty, found.full))
    sto = np.linspace(low, high, GRID)
    return bool(np.any(np.diff(published_potential(values[parameter], values, sto)) > 0))


def described(curve: Curve) -> dict[str, Any]:
    """Return the file of one curve."""
    x, U = published(curve)
    fit = fit_potential(weighted(curve, x, U), curve.terms, curve.narrowest)
    name, parameter = next(iter(curve.sets.items()))
    values = pybamm.ParameterValues(name)
    function = values[parameter]
    sto = np.round(np.linspace(*curve.measured, SAMPLES + 2)[1:-1], 4)
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
        "tabulated": curve.tabulated,
        "rough": curve.tabulated and is_rough(name, parameter, values),
        "measured": list(curve.measured),
        "terms": curve.terms,
        "narrowest": curve.narrowest,
        "coefficients": asdict(fit),
        "deviation": deviation(fit, curve, x, U),
        "sets": {name: capacity_shift(name, at, fit) for name, at in curve.sets.items()},
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
