r"""Whether the values of a set fit together: voltages, capacities, lithium, volumes.

Between its limits of stoichiometry an electrode takes the charge
:math:`Q = \sum_k Q_k (x_{max,k} - x_{min,k})` with :math:`Q_k` of
:func:`twin.parameters.equilibrium.materials_of`; both electrodes have to take the same, and about
what the cell is said to hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from twin.errors import ParameterError
from twin.names import DOMAINS, LOWER_VOLTAGE, NOMINAL_CAPACITY, UPPER_VOLTAGE
from twin.parameters.bpx.document import Document, Value
from twin.parameters.bpx.fields import CELL, ELECTRODES, INITIAL, SEPARATOR, STATE
from twin.parameters.bpx.pybamm_names import LAYERS
from twin.parameters.checks.findings import Finding, error, note, warning
from twin.parameters.checks.samples import is_ocp, limits
from twin.parameters.equilibrium import Materials, call, full_cell_voltages, materials_of, number
from twin.parameters.ranges import of_material

VOLTAGE_WARNING, VOLTAGE_ERROR = 0.010, 0.5  # [V]
CAPACITY_WARNING, CAPACITY_ERROR = 0.10, 2.0  # [-], and as a factor
BALANCE_WARNING = 0.02  # between what both electrodes take, and of lithium [-]
VOLUME_FACTOR = 3.0
NOISE = 1e-4  # of a potential [V]
MOST_RISES = 3
POINTS = 2001
FULL = 1 + 1e-9
_PER_LAYER = ("density [kg.m-3]", "specific heat capacity [J.kg-1.K-1]")
_OF_CELL = ("Cell cooling surface area [m2]", "Cell volume [m3]")
_SOC = "Initial state-of-charge"
Values = Mapping[str, Value]
Check = Callable[[Document, Values], Iterator[Finding]]


def cross_findings(document: Document, values: Values) -> Iterator[Finding]:
    """Yield what does not fit together.

    Parameters
    ----------
    document : what the file holds
    values : of the set, by PyBaMM's names, before the state of the cell is applied
    """
    for check in _CHECKS:
        found: list[Finding] = []
        try:
            found.extend(check(document, values))
        except ParameterError as lacking:
            if "is a function" in str(lacking):
                found.append(error("the set", f"{lacking}; give a number"))
            elif document.model != "Partial":
                found.append(note("the set", f"{_WORDS[check]} not checked: {lacking}"))
        yield from found


def _voltage_limits(_: Document, values: Values) -> Iterator[Finding]:
    low, high = number(values, LOWER_VOLTAGE), number(values, UPPER_VOLTAGE)
    if not low < high:
        yield error(
            f"{CELL} / {LOWER_VOLTAGE}",
            f"{low:g} V is not below the upper cut-off of {high:g} V; swap or correct them",
        )


def _stoichiometry_limits(_: Document, values: Values) -> Iterator[Finding]:
    for domain in DOMAINS:
        for prefix, low, high in _limits(materials_of(values, domain)):
            if not low < high:
                yield error(
                    f"{_electrode(domain, prefix)}, stoichiometry limits",
                    f"the minimum {low:g} is not below the maximum {high:g}; swap or correct them",
                )


def _limits(electrode: Materials) -> list[tuple[str, float, float]]:
    pairs = zip(electrode.prefixes, electrode.limits, strict=True)
    return [(prefix, low, high) for prefix, (low, high) in pairs]


def _electrode(domain: str, prefix: str = "") -> str:
    return f"{prefix}{domain.capitalize()} electrode"


def _full_cell(_: Document, values: Values) -> Iterator[Finding]:
    """Yield where the open-circuit voltage at the limits is not the one that the set states."""
    at_ends = full_cell_voltages(values)
    parts = (
        (0, LOWER_VOLTAGE, "empty", "maximum", "minimum"),
        (100, UPPER_VOLTAGE, "full", "minimum", "maximum"),
    )
    for found, (share, cut_off, word, positive, negative) in zip(at_ends, parts, strict=True):
        name = f"Open-circuit voltage at {share}% SOC [V]"
        stated = number(values, name, number(values, cut_off))
        if stated != number(values, cut_off):
            cut_off = name
        difference = abs(found - stated)
        if not difference <= VOLTAGE_WARNING:
            kind = error if not difference <= VOLTAGE_ERROR else warning
            yield kind(
                f"{CELL} / {cut_off}",
                f"{stated:.4g} V, but the potentials give {found:.4g} V for the {word} cell "
                f"(positive at its {positive}, negative at its {negative} stoichiometry): "
                f"{1e3 * difference:.0f} mV apart. Correct limits, potentials or voltage",
            )


def _materials_agree(_: Document, values: Values) -> Iterator[Finding]:
    """Yield where two materials of one electrode differ in potential at their limits."""
    for domain in DOMAINS:
        electrode = materials_of(values, domain)
        for end in (0, 1) if len(electrode.prefixes) > 1 else ():
            volts = [
                float(call(values, f"{_electrode(domain, prefix)} OCP [V]", ends[end]))
                for prefix, ends in zip(electrode.prefixes, electrode.limits, strict=True)
            ]
            if abs(volts[1] - volts[0]) > VOLTAGE_WARNING:
                yield note(
                    _electrode(domain),
                    f"at their {('minimum', 'maximum')[end]} stoichiometries its materials are at "
                    f"{volts[0]:.3f} and {volts[1]:.3f} V, though they share one potential",
                )


def _capacities(_: Document, values: Values) -> Iterator[Finding]:
    cell = {domain: materials_of(values, domain) for domain in DOMAINS}
    taken = {domain: electrode.held(1) - electrode.held(0) for domain, electrode in cell.items()}
    nominal = number(values, NOMINAL_CAPACITY)
    if min(taken.values()) <= 0:
        return
    ratio = taken["negative"] / taken["positive"]
    alike = abs(ratio - 1) <= BALANCE_WARNING
    for domain in DOMAINS[:1] if alike else DOMAINS:
        place = "the electrodes" if alike else _electrode(domain)
        yield from _against_nominal(place, taken[domain], nominal)
    if not alike:
        yield warning(
            "the electrodes",
            f"between its limits the negative takes {taken['negative']:.4g} A.h, the positive "
            f"{taken['positive']:.4g} A.h; they have to take the same. Correct the limits, or "
            "what the capacities come from",
        )
    above = cell["positive"].charge - cell["positive"].held(0)
    if above > 0:
        yield note(
            "the electrodes",
            f"N/P ratio {cell['negative'].charge / above:.3g}: the negative holds "
            f"{cell['negative'].charge:.4g} A.h, the positive takes {above:.4g} A.h from full "
            "charge on",
        )


def _against_nominal(place: str, charge: float, nominal: float) -> Iterator[Finding]:
    factor = max(charge / nominal, nominal / charge)
    if factor <= 1 + CAPACITY_WARNING:
        return
    kind = error if factor > CAPACITY_ERROR else warning
    yield kind(
        place,
        f"{charge:.4g} A.h between the limits of stoichiometry, the nominal capacity is "
        f"{nominal:.4g} A.h. Check area, thickness, share of active material, largest "
        "concentration, limits and nominal capacity, with their units",
    )


def _lithium(document: Document, values: Values) -> Iterator[Finding]:
    """Yield where given initial concentrations leave the limits, or differ in lithium."""
    charges: dict[str, float] = {}
    held, of_limits = 0.0, 0.0
    for domain in DOMAINS:
        electrode = materials_of(values, domain)
        filled = _filled(values, electrode)
        if filled is None:
            return
        for (prefix, low, high), sto in zip(_limits(electrode), filled, strict=True):
            yield from _within(_electrode(domain, prefix), sto, low, high)
        here = sum(q * sto for q, sto in zip(electrode.charges, filled, strict=True))
        empty, full = electrode.held(0), electrode.held(1)
        charges[domain] = (here - empty) / (full - empty) if full > empty else np.nan
        held += here
        of_limits += full if domain == "negative" else empty
    if not abs(held / of_limits - 1) <= BALANCE_WARNING:
        yield warning(
            "lithium",
            f"at the initial concentrations the electrodes hold {held:.4g} A.h of lithium, at "
            f"their limits {of_limits:.4g} A.h ({100 * (held / of_limits - 1):+.1f} %); correct "
            "the concentrations or the limits",
        )
    yield from _against_state(document, charges["negative"])


def _filled(values: Values, electrode: Materials) -> list[float] | None:
    """Return the stoichiometries of given initial concentrations."""
    found = []
    for prefix in electrode.prefixes:
        where = f"{electrode.domain} electrode [mol.m-3]"
        given = values.get(f"{prefix}Initial concentration in {where}")
        if not isinstance(given, int | float):
            return None
        found.append(float(given) / number(values, f"{prefix}Maximum concentration in {where}"))
    return found


def _within(place: str, sto: float, low: float, high: float) -> Iterator[Finding]:
    words = f"its initial concentration is {sto:.4g} of the largest"
    if not 0 <= sto <= 1:
        yield error(place, f"{words}; it has to be between 0 and 1. Check both concentrations")
    elif not low - BALANCE_WARNING <= sto <= high + BALANCE_WARNING:
        text = f"{words}, outside its limits of stoichiometry, {low:.4g} to {high:.4g}"
        yield warning(place, f"{text}; correct the one or the other")


def _against_state(document: Document, charge: float) -> Iterator[Finding]:
    stated = document.state.get((STATE, INITIAL, _SOC))
    if stated is not None and not abs(charge - stated) <= BALANCE_WARNING:
        yield warning(
            f"{STATE} / {INITIAL} / {_SOC}",
            f"{stated:.4g}, but the initial concentration of the negative electrode is that of "
            f"{charge:.4g}; the concentrations count, so correct or remove one of them",
        )


def _potentials_fall(_: Document, values: Values) -> Iterator[Finding]:
    for name in filter(is_ocp, values):
        sto = np.linspace(*limits(values, name), POINTS)
        volts = np.broadcast_to(np.asarray(call(values, name, sto), dtype=float), sto.shape)
        rises = rising(sto, volts)
        if not rises or not np.isfinite(volts).all():
            continue
        parts = [f"by {1e3 * by:.2g} mV from {a:.3f} to {b:.3f}" for a, b, by in rises]
        more = [f"{len(parts) - MOST_RISES} more"] if len(parts) > MOST_RISES else []
        yield warning(
            name,
            f"rises with stoichiometry {', '.join([*parts[:MOST_RISES], *more])}; a potential of "
            "one material falls, and where it rises states of charge are not unique. Smooth it",
        )


def rising(
    sto: NDArray[np.float64], volts: NDArray[np.float64]
) -> list[tuple[float, float, float]]:
    """Return where a potential rises: from, to [-] and by how much [V], beyond the noise.

    >>> rising(np.array([0.0, 0.5, 1.0]), np.array([1.0, 0.5, 0.6]))
    [(0.5, 1.0, 0.1)]
    """
    up = np.diff(volts) > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], up, [False]]).astype(int)))
    found = [
        (float(sto[a]), float(sto[b]), round(float(volts[b] - volts[a]), 9))
        for a, b in edges.reshape(-1, 2)
    ]
    return [part for part in found if part[2] > NOISE]


def _volume_fractions(_: Document, values: Values) -> Iterator[Finding]:
    for domain in DOMAINS:
        electrode = _electrode(domain)
        pores = number(values, f"{electrode} porosity")
        active = sum(
            number(values, f"{prefix}{electrode} active material volume fraction")
            for prefix in materials_of(values, domain).prefixes
        )
        text = f"porosity {pores:.4g} and active material {active:.4g}"
        if pores + active > FULL:
            yield error(
                electrode,
                f"{text} are {pores + active:.4g} of the volume, more than all; correct porosity, "
                "surface area per unit volume or particle radius (share = area * radius / 3)",
            )
        else:
            rest = round(max(1 - pores - active, 0.0), 6)
            yield note(electrode, f"{text} leave {rest:.3g} of the volume inactive")


def _transport(document: Document, _: Values) -> Iterator[Finding]:
    """Yield layers whose pores are said to conduct better than their share of the volume."""
    for layer in (*ELECTRODES, SEPARATOR):
        pores = document.fields.get((layer, "Porosity"))
        efficiency = document.fields.get((layer, "Transport efficiency"))
        if not isinstance(pores, int | float) or not isinstance(efficiency, int | float):
            continue
        if efficiency > FULL * pores:
            yield warning(
                f"{layer} / Transport efficiency",
                f"{efficiency:.4g} is above the porosity, {pores:.4g}; pores conduct at most "
                "their share of the volume, and less if they wind. Correct one of them",
            )


def _volume(_: Document, values: Values) -> Iterator[Finding]:
    given = values.get("Cell volume [m3]")
    if not isinstance(given, int | float):
        return
    thickness = sum(number(values, f"{layer} thickness [m]", 0.0) for layer in LAYERS)
    area = number(values, "Electrode height [m]") * number(values, "Electrode width [m]")
    pairs = number(values, "Number of electrodes connected in parallel to make a cell", 1.0)
    layers = thickness * area * pairs
    if max(layers / given, given / layers) > VOLUME_FACTOR:
        yield note(
            f"{CELL} / Volume [m3]",
            f"{given:.3g} m3, but the layers take {layers:.3g} m3 (thickness {thickness:.3g} m, "
            f"area {area:.3g} m2, {pairs:g} pair(s)); check the units",
        )


def _thermal(_: Document, values: Values) -> Iterator[Finding]:
    """Yield what is missing of what a cell that warms up needs."""
    needed = [*_OF_CELL, *(f"{layer} {part}" for part in _PER_LAYER for layer in LAYERS)]
    given = {of_material(name) for name in values}
    lacking = [name for name in needed if name not in given]
    if not any(name in given for name in needed[len(_OF_CELL) :]):
        yield note("heat", "no density and heat capacity: the set is for one temperature alone")
    elif lacking:
        shown = ", ".join(f"'{name}'" for name in lacking[:4])
        more = f" and {len(lacking) - 4} more" if len(lacking) > 4 else ""
        yield warning(
            "heat",
            f"{shown}{more} missing, so the cell cannot be let warm up; give them, or remove the "
            "others",
        )


_WORDS: Mapping[Check, str] = {
    _voltage_limits: "the voltage window was",
    _stoichiometry_limits: "limits of stoichiometry were",
    _full_cell: "voltages at the limits of stoichiometry were",
    _materials_agree: "potentials of both materials were",
    _capacities: "capacities were",
    _lithium: "lithium was",
    _potentials_fall: "the slope of potentials was",
    _volume_fractions: "volume fractions were",
    _transport: "transport efficiencies were",
    _volume: "the volume was",
    _thermal: "thermal values were",
}
_CHECKS = tuple(_WORDS)
