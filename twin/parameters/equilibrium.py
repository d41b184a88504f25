r"""The lithium balance of a parameter set: what it holds, and in which state it starts.

With the charge :math:`Q_k = F A L \varepsilon_k c_{max,k} n` that each material holds when full
and the limits of stoichiometry of the fresh cell, :math:`x_{100}` and :math:`y_{100}` at full
charge, the inventory of lithium is
:math:`Q_{Li} = \sum_n Q_k x_{100,k} + \sum_p Q_k y_{100,k}`. A state of degradation leaves

.. math::

    Q_k' = Q_k (1 - \mathrm{LAM}_k), \qquad Q_{Li}' = Q_{Li} (1 - \mathrm{LLI}),

where LLI counts all lithium that is no longer cycled, that in lost material too (as PyBaMM
counts it). The new limits are where the open-circuit voltage has the values that the fresh cell
has at its limits (electrode balance, doi:10.1016/j.jpowsour.2019.03.104), and a state of
charge is the share of the charge between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from twin.diagnosis.balance import Balance, ElectrodeBalance, common_potential
from twin.errors import ParameterError
from twin.names import DOMAINS, Domain
from twin.parameters.bpx.document import Value
from twin.parameters.language.arithmetic import NUMPY, evaluate
from twin.parameters.language.expression import Function
from twin.parameters.language.nodes import CONSTANTS
from twin.parameters.ranges import MATERIALS
from twin.units import SECONDS_PER_HOUR

POINTS = 4001
LEVEL_V = 1e-12  # potentials closer than this are one
_ENDS, _DENSE = 1e-5, 0.05  # stoichiometries beyond which potentials are not asked, and asked more
Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


def number(values: Mapping[str, Value], name: str, default: float | None = None) -> float:
    """Return a parameter as a number; a function without arguments counts as one.

    Raises
    ------
    ParameterError
        where it is absent or a function.
    """
    value = values.get(name, default)
    if isinstance(value, int | float):
        return float(value)
    given = "missing" if value is None else "a function"
    raise ParameterError(f"'{name}' is {given} where a number is needed")


def call(values: Mapping[str, Value], name: str, *given: Any) -> Any:
    """Return the value of a function, or a number, of a set, in numpy.

    Parameters
    ----------
    values : of the set, by PyBaMM's names
    name : of the function
    given : its arguments, in order
    """
    value = values.get(name)
    if value is None:
        raise ParameterError(f"'{name}' is missing")
    if not isinstance(value, Function):
        return float(value)

    def reference(other: str, arguments: tuple[Any, ...] | None) -> Any:
        return call(values, other, *(arguments or ()))

    named = dict(zip(value.arguments, given, strict=True))
    return evaluate(value.body, named, NUMPY, reference, value.table)


@dataclass(frozen=True)
class Materials:
    """The active materials of one electrode.

    Parameters
    ----------
    domain : the electrode
    prefixes : what PyBaMM puts before the names of each
    charges : what each holds when full [A.h]
    limits : lowest and highest stoichiometry of each [-]
    """

    domain: Domain
    prefixes: tuple[str, ...]
    charges: tuple[float, ...]
    limits: tuple[tuple[float, float], ...]

    @property
    def charge(self) -> float:
        """Return what the electrode holds when full [A.h]."""
        return sum(self.charges)

    def held(self, end: int) -> float:
        """Return what it holds at its lowest (0) or highest (1) stoichiometry [A.h]."""
        return sum(q * ends[end] for q, ends in zip(self.charges, self.limits, strict=True))


def materials_of(values: Mapping[str, Value], domain: Domain) -> Materials:
    """Return the materials of an electrode, with what they hold [A.h]."""
    Domain = domain.capitalize()
    two = f"{MATERIALS[1]}{Domain} particle radius [m]" in values
    prefixes = MATERIALS if two else ("",)
    area = number(values, "Electrode height [m]") * number(values, "Electrode width [m]")
    pairs = number(values, "Number of electrodes connected in parallel to make a cell", 1.0)
    volume = area * pairs * number(values, f"{Domain} electrode thickness [m]")
    charges, limits = [], []
    for prefix in prefixes:
        share = number(values, f"{prefix}{Domain} electrode active material volume fraction")
        c_max = number(values, f"{prefix}Maximum concentration in {domain} electrode [mol.m-3]")
        charges.append(CONSTANTS["F"] * volume * share * c_max / SECONDS_PER_HOUR)
        low, high = (
            number(values, f"{prefix}{Domain} electrode {end} stoichiometry", default)
            for end, default in (("minimum", 0.0), ("maximum", 1.0))
        )
        limits.append((low, high))
    return Materials(domain, tuple(prefixes), tuple(charges), tuple(limits))


def potentials(values: Mapping[str, Value], electrode: Materials) -> list[Curve]:
    """Return stoichiometry and open-circuit potential [V] of each material."""
    ends = np.geomspace(_ENDS, _DENSE, POINTS // 4)
    sto = np.concatenate([ends[:-1], np.linspace(_DENSE, 1 - _DENSE, POINTS), 1 - ends[-2::-1]])
    name = f"{electrode.domain.capitalize()} electrode OCP [V]"
    return [
        (sto, np.broadcast_to(np.asarray(call(values, prefix + name, sto), dtype=float), sto.shape))
        for prefix in electrode.prefixes
    ]


def full_cell_voltages(values: Mapping[str, Value]) -> tuple[float, float]:
    """Return the open-circuit voltage at the limits of stoichiometry, empty and full [V]."""
    found = []
    for end in (0, 1):
        ends = {"negative": end, "positive": 1 - end}
        U = {}
        for domain in DOMAINS:
            electrode = materials_of(values, domain)
            name = f"{electrode.prefixes[0]}{domain.capitalize()} electrode OCP [V]"
            U[domain] = float(call(values, name, electrode.limits[0][ends[domain]]))
        found.append(U["positive"] - U["negative"])
    return found[0], found[1]


def initial_concentrations(
    values: Mapping[str, Value], soc: float, lli: float, lam: Mapping[str, float]
) -> dict[str, float]:
    """Return shares of active material and initial concentrations of a cell in a state.

    Parameters
    ----------
    values : of the fresh cell, by PyBaMM's names
    soc : state of charge, 0 to 1
    lli : share of the fresh cell's lithium that is lost
    lam : ``"<prefix><domain>"`` -> share of that active material that is lost

    Returns
    -------
    PyBaMM's name -> number: concentrations and, of an aged cell, shares of active material where
    some is lost and the limits of stoichiometry.
    """
    fresh = {domain: materials_of(values, domain) for domain in DOMAINS}
    left = {
        domain: [1 - lam.get(prefix + domain, 0.0) for prefix in electrode.prefixes]
        for domain, electrode in fresh.items()
    }
    found: dict[str, float] = {}
    for domain, electrode in fresh.items():
        for prefix, share in zip(electrode.prefixes, left[domain], strict=True):
            name = f"{prefix}{domain.capitalize()} electrode active material volume fraction"
            if share != 1:
                found[name] = number(values, name) * share
    simple = not lli and not found and (soc in (0.0, 1.0) or not _composite(fresh))
    if simple:
        return _concentrations(values, fresh, _between_limits(fresh, soc))
    states = [_balanced(values, fresh, left, share, lli) for share in (0.0, soc, 1.0)]
    aged = bool(lli or found)
    for domain, electrode in fresh.items() if aged else ():
        for end, state in (("minimum", min), ("maximum", max)):
            for k, prefix in enumerate(electrode.prefixes):
                name = f"{prefix}{domain.capitalize()} electrode {end} stoichiometry"
                found[name] = state(states[0][domain][k], states[2][domain][k])
    return {**found, **_concentrations(values, fresh, states[1])}


def _concentrations(
    values: Mapping[str, Value],
    cell: Mapping[Domain, Materials],
    stoichiometries: Mapping[Domain, list[float]],
) -> dict[str, float]:
    found = {}
    for domain, electrode in cell.items():
        where = f"{domain} electrode [mol.m-3]"
        for prefix, sto in zip(electrode.prefixes, stoichiometries[domain], strict=True):
            c_max = number(values, f"{prefix}Maximum concentration in {where}")
            found[f"{prefix}Initial concentration in {where}"] = sto * c_max
    return found


def _composite(cell: Mapping[Domain, Materials]) -> bool:
    return any(len(electrode.prefixes) > 1 for electrode in cell.values())


def _between_limits(cell: Mapping[Domain, Materials], soc: float) -> dict[Domain, list[float]]:
    share: dict[Domain, float] = {"negative": soc, "positive": 1 - soc}
    return {
        domain: [low + share[domain] * (high - low) for low, high in electrode.limits]
        for domain, electrode in cell.items()
    }


def _balanced(
    values: Mapping[str, Value],
    fresh: Mapping[Domain, Materials],
    left: Mapping[Domain, list[float]],
    soc: float,
    lli: float,
) -> dict[Domain, list[float]]:
    """Return the stoichiometries of each material at a state of charge, by the balance."""
    lower_V, upper_V = full_cell_voltages(values)
    charges = {
        domain: [q * share for q, share in zip(electrode.charges, left[domain], strict=True)]
        for domain, electrode in fresh.items()
    }
    lithium = (fresh["negative"].held(1) + fresh["positive"].held(0)) * (1 - lli)
    curves = {domain: potentials(values, electrode) for domain, electrode in fresh.items()}
    common: dict[str, Curve] = {
        domain: _together(found, charges[domain]) for domain, found in curves.items()
    }
    cell = ElectrodeBalance(common, lower_V, upper_V)
    balance = Balance(sum(charges["negative"]), sum(charges["positive"]), lithium)
    empty, full = (
        cell.charge_near(volts, balance, fresh["negative"].held(end))
        for end, volts in enumerate((lower_V, upper_V))
    )
    if not full > empty:
        raise ParameterError(
            f"State / Degradation: with LLI {lli:g} no charge is left between {lower_V:.3f} and "
            f"{upper_V:.3f} V; give smaller losses"
        )
    q = empty + soc * (full - empty)
    held: dict[Domain, float] = {"negative": q, "positive": lithium - q}
    return {
        domain: _shared(curves[domain], common[domain], charges[domain], held[domain])
        for domain in fresh
    }


def _together(curves: Sequence[Curve], charges: Sequence[float]) -> Curve:
    """Return the potential of an electrode over how far it is filled."""
    sto = curves[0][0]
    if len(curves) == 1:
        return curves[0]
    return sto, common_potential(sto, [U for _, U in curves], charges)


def _shared(
    curves: Sequence[Curve], common: Curve, charges: Sequence[float], held: float
) -> list[float]:
    """Return the stoichiometry of each material of an electrode that holds a charge [A.h].

    Materials are at one potential; where one is level there, it takes what the others leave. The
    charge is kept to the last digit.
    """
    whole = sum(charges)
    if len(curves) == 1:
        return [held / whole]
    falling = [np.minimum.accumulate(U)[::-1] for _, U in curves]

    def beyond(volts: float) -> float:
        parts = zip(charges, falling, curves, strict=True)
        return held - sum(q * float(np.interp(volts, U, sto[::-1])) for q, U, (sto, _) in parts)

    low, high = (float(end(U)) for end, U in ((min, common[1]), (max, common[1])))
    inside = beyond(low) < 0 < beyond(high)
    volts = float(brentq(beyond, low, high, xtol=LEVEL_V)) if inside else low
    volts = volts if inside or beyond(low) >= 0 else high
    ends = [_level(curve, volts) for curve in curves]
    least, most = (sum(q * e[k] for q, e in zip(charges, ends, strict=True)) for k in (0, 1))
    share = min(max((held - least) / (most - least), 0.0), 1.0) if most > least else 0.0
    found = [low + share * (high - low) for low, high in ends]
    rest = (held - sum(q * x for q, x in zip(charges, found, strict=True))) / whole
    return [x + rest for x in found]


def _level(curve: Curve, volts: float) -> tuple[float, float]:
    """Return between which stoichiometries a material has a potential."""
    sto, falling = curve[0], np.minimum.accumulate(curve[1])
    (there,) = np.nonzero(np.abs(falling - volts) < LEVEL_V)
    if there.size:
        return float(sto[there[0]]), float(sto[there[-1]])
    at = float(np.interp(volts, falling[::-1], sto[::-1]))
    return at, at


def with_limits(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return values with the limits of stoichiometry, by the balance where they have none.

    The lithium is that of the initial concentrations; empty and full are at the open-circuit
    voltages of 0 and 100 % charge. None where the potentials, such as some with poles, have no
    charge between these.
    """
    found = dict(values)
    cell = {domain: materials_of(values, domain) for domain in DOMAINS}
    held = {domain: _initially(values, electrode) for domain, electrode in cell.items()}
    curves = {domain: potentials(values, electrode) for domain, electrode in cell.items()}
    common: dict[str, Curve] = {
        domain: _together(own, cell[domain].charges) for domain, own in curves.items()
    }
    volts = [number(values, f"Open-circuit voltage at {share}% SOC [V]") for share in (0, 100)]
    balance = Balance(cell["negative"].charge, cell["positive"].charge, sum(held.values()))
    pair = ElectrodeBalance(common, volts[0], volts[1])
    empty, full = (pair.charge_near(volt, balance, held["negative"]) for volt in volts)
    for q, ends in ((empty, ("minimum", "maximum")), (full, ("maximum", "minimum"))):
        charge: dict[Domain, float] = {"negative": q, "positive": balance.lithium - q}
        for (domain, electrode), end in zip(cell.items(), ends, strict=True):
            shared = _shared(curves[domain], common[domain], electrode.charges, charge[domain])
            for prefix, sto in zip(electrode.prefixes, shared, strict=True):
                name = f"{prefix}{domain.capitalize()} electrode {end} stoichiometry"
                if full > empty:
                    found.setdefault(name, sto)
    return found


def state_of_charge(values: Mapping[str, Value]) -> float | None:
    """Return the state of charge of the initial concentrations, 0 to 1; None where unknown."""
    electrode = materials_of(values, "negative")
    empty, full = electrode.held(0), electrode.held(1)
    if not full > empty:
        return None
    share = (_initially(values, electrode) - empty) / (full - empty)
    return min(max(share, 0.0), 1.0)


def _initially(values: Mapping[str, Value], electrode: Materials) -> float:
    """Return what an electrode holds at the start [A.h]."""
    held = 0.0
    for prefix, charge in zip(electrode.prefixes, electrode.charges, strict=True):
        where = f"{electrode.domain} electrode [mol.m-3]"
        c_0 = number(values, f"{prefix}Initial concentration in {where}")
        held += charge * c_0 / number(values, f"{prefix}Maximum concentration in {where}")
    return held
