"""A picture of the functions of a parameter set, with the range in which they are said to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from twin.errors import ParameterError
from twin.names import DOMAINS, Domain
from twin.parameters.bpx.document import Value
from twin.parameters.bpx.fields import ELECTRODES
from twin.parameters.equilibrium import call, initial_concentrations, materials_of
from twin.parameters.language.expression import Function
from twin.parameters.parameter_set import ParameterSet
from twin.parameters.places import entries_of, paths_by_name, without_state
from twin.parameters.provenance import Entry
from twin.report.canvas import (
    BLACK,
    BLUE,
    DASHES,
    GREEN,
    ORANGE,
    VERMILION,
    NothingToDraw,
    ReportFigure,
    panels,
)
from twin.units import ZERO_CELSIUS_K

STO = np.linspace(0.002, 0.998, 499)
SALT = np.linspace(1.0, 3000.0, 300)
CHARGE = np.concatenate([np.linspace(0.0, 0.1, 61)[:-1], np.linspace(0.1, 1.0, 91)])
TEMPERATURES_DEGC = (5.0, 25.0, 45.0)
COLOURS = (BLUE, BLACK, VERMILION)  # cold, mild, warm
OF_MATERIAL = (BLUE, ORANGE)
STO_LABEL, SALT_LABEL = "Stoichiometry [-]", "Salt concentration [mol/m³]"
_SHADE = "#cfe8dc"
_SHORT, _PAIR = 12, 2  # characters in the legend; entries that always stand side by side
MILLI = 1e-3
_FLAT = 1e-9  # relative difference of lines that are one


@dataclass(frozen=True)
class _Line:
    """One line of a panel.

    Parameters
    ----------
    name : PyBaMM's name of the function
    kelvin : temperature [K]
    text, colour, dash : in the legend
    """

    name: str
    kelvin: float
    text: str
    colour: str
    dash: str = "-"


@dataclass(frozen=True)
class _Panel:
    """What one panel shows: lines over one variable.

    Parameters
    ----------
    title, y : words on the axes
    variable : ``sto`` or ``c_e``
    lines : lines
    scale : what the values are divided by; ``None`` for an axis of powers of ten
    positive : whether the axis starts at zero
    """

    title: str
    y: str
    variable: str
    lines: tuple[_Line, ...]
    scale: float | None = 1.0
    positive: bool = False

    @property
    def x(self) -> Any:
        return STO if self.variable == "sto" else SALT


class _Set:
    """The fresh cell of a set, and what its provenance says of ranges."""

    def __init__(self, given: ParameterSet) -> None:
        self.given = given
        self.values: Mapping[str, Value] = without_state(given.document)
        self._entries = entries_of(given, paths_by_name(given.document))

    def materials(self, domain: Domain) -> list[tuple[str, str]]:
        """Return PyBaMM's prefix and the name of each material of an electrode."""
        electrode = ELECTRODES[DOMAINS.index(domain)]
        names = self.given.document.materials(electrode)
        two = f"Secondary: {domain.capitalize()} particle radius [m]" in self.values
        if not two:
            return [("", names[0] if names else "")]
        return list(
            zip(("Primary: ", "Secondary: "), names or ("primary", "secondary"), strict=True)
        )

    def valid(self, name: str, variable: str) -> tuple[float, float] | None:
        """Return from where to where a function is said to hold, ``None`` where nothing is."""
        found = [self._range(e, variable) for e in self._entries.get(name, ())]
        stated = [ends for ends in found if ends is not None]
        if not stated:
            return None
        return max(low for low, _ in stated), min(high for _, high in stated)

    @staticmethod
    def _range(entry: Entry, variable: str) -> tuple[float, float] | None:
        ranges = entry.valid or {}
        return ranges.get(variable, ranges.get("x") if variable != "T" else None)

    def sampled(self, line: _Line, x: Any) -> Any:
        """Return a function at samples of its first argument."""
        value = self.values[line.name]
        rest = value.arguments[1:] if isinstance(value, Function) else ()
        known = {"T": line.kelvin, "c_s_max": self._largest(line.name)}
        given = [x, *(known.get(argument, line.kelvin) for argument in rest)]
        found = call(self.values, line.name, *given[: 1 + len(rest)])
        return np.broadcast_to(np.asarray(found, dtype=float), np.shape(x))

    def _largest(self, name: str) -> float:
        """Return the largest concentration in the particles that a function is of [mol.m-3]."""
        prefix, _, rest = name.rpartition(": ")
        domain = rest.partition(" ")[0].lower()
        full = f"{prefix}: " if prefix else ""
        value = self.values.get(f"{full}Maximum concentration in {domain} electrode [mol.m-3]")
        return float(value) if isinstance(value, int | float) else 1.0


def parameter_figure(parameter_set: ParameterSet) -> ReportFigure:
    """Draw potentials, diffusivities, conductivity and open-circuit voltage of a set.

    Lines are full where the provenance says that a function holds, and dashed outside; where
    it says nothing, they are full.

    Parameters
    ----------
    parameter_set : the set; lines are of the fresh cell, the voltage also of the aged one

    Raises
    ------
    NothingToDraw
        where the set has none of these.
    """
    cell = _Set(parameter_set)
    shown = [panel for panel in _panels(cell) if panel.lines]
    voltage = _has_both_electrodes(cell)
    count = len(shown) + voltage
    if not count:
        raise NothingToDraw(f"{parameter_set.name} has none of the functions that are drawn")
    figure, axes = panels([1.0] * -(-count // 2), columns=2, height=3.0)
    for one, panel in zip(axes, shown, strict=False):
        _draw(one, cell, panel)
    if voltage:
        _draw_voltage(axes[len(shown)], cell)
    for one in axes[count:]:
        one.set_visible(False)
    figure.suptitle(parameter_set.name, fontsize=13, fontweight="bold", x=0.02, ha="left")
    return figure


def _panels(cell: _Set) -> list[_Panel]:
    """Return the panels of a set, in order; those of what it lacks are without lines."""
    potentials = [
        _of_electrode(cell, domain, "electrode OCP [V]", "Open-circuit potential [V]")
        for domain in DOMAINS
    ]
    entropic_change = ("electrode OCP entropic change [V.K-1]", "Entropic change [mV/K]")
    entropic = [_of_electrode(cell, domain, *entropic_change, scale=MILLI) for domain in DOMAINS]
    if not any(_not_zero(cell, panel) for panel in entropic):
        entropic = []
    diffusivities = [_diffusivity(cell, domain) for domain in DOMAINS]
    electrolyte = [
        _Panel("Electrolyte", y, "c_e", _warm(cell, f"Electrolyte {name}"), scale, positive=True)
        for name, y, scale in (
            ("conductivity [S.m-1]", "Conductivity [S/m]", 1.0),
            ("diffusivity [m2.s-1]", "Diffusivity [10⁻¹⁰ m²/s]", 1e-10),
        )
    ]
    return [*potentials, *entropic, *diffusivities, *electrolyte]


def _of_electrode(cell: _Set, domain: Domain, what: str, y: str, *, scale: float = 1.0) -> _Panel:
    """Return a panel with one line for each material, at 25 degC."""
    kelvin = TEMPERATURES_DEGC[1] + ZERO_CELSIUS_K
    lines = tuple(
        _Line(f"{prefix}{domain.capitalize()} {what}", kelvin, material, colour)
        for (prefix, material), colour in zip(cell.materials(domain), OF_MATERIAL, strict=False)
        if f"{prefix}{domain.capitalize()} {what}" in cell.values
    )
    return _Panel(f"{domain.capitalize()} electrode", y, "sto", lines, scale)


def _diffusivity(cell: _Set, domain: Domain) -> _Panel:
    lines: list[_Line] = []
    for (prefix, material), dash in zip(
        cell.materials(domain), DASHES[:1] + DASHES[2:], strict=False
    ):
        name = f"{prefix}{domain.capitalize()} particle diffusivity [m2.s-1]"
        lines += _warm(cell, name, material, dash)
    title = f"{domain.capitalize()} particles"
    return _Panel(title, "Diffusivity [m²/s]", "sto", tuple(lines), scale=None)


def _warm(cell: _Set, name: str, material: str = "", dash: str = "-") -> tuple[_Line, ...]:
    """Return a line for each temperature, or one where it does not matter."""
    if name not in cell.values:
        return ()
    lines = [
        _Line(name, degC + ZERO_CELSIUS_K, f"{material} {degC:g} °C".strip(), colour, dash)
        for degC, colour in zip(TEMPERATURES_DEGC, COLOURS, strict=True)
    ]
    x = SALT if name.startswith("Electrolyte") else STO
    cold, *_, warm = (cell.sampled(line, x) for line in lines)
    if np.allclose(cold, warm, rtol=_FLAT, atol=0.0):
        text = material or "any temperature"
        return (_Line(name, lines[1].kelvin, text, BLACK, dash),)
    return tuple(lines)


def _not_zero(cell: _Set, panel: _Panel) -> bool:
    return any(bool(np.any(cell.sampled(line, panel.x))) for line in panel.lines)


def _draw(axes: Axes, cell: _Set, panel: _Panel) -> None:
    """Draw one panel, with the stated range shaded."""
    ranges = {cell.valid(line.name, panel.variable) for line in panel.lines}
    stated = [ends for ends in ranges if ends is not None]
    inside: list[Any] = []
    everywhere: list[Any] = []
    for line in panel.lines:
        holds = _holds(cell, line, panel)
        y = cell.sampled(line, panel.x) / (panel.scale or 1.0)
        _draw_line(axes, panel.x, y, holds, line)
        inside.append(y[holds] if holds.any() else y)
        everywhere.append(y)
    if stated:
        low, high = max(a for a, _ in stated), min(b for _, b in stated)
        axes.axvspan(low, high, color=_SHADE, zorder=0, label="stated range")
    if panel.scale is None:
        _limit_powers(axes, np.concatenate(everywhere))
    else:
        _limit(axes, np.concatenate(inside), np.concatenate(everywhere), positive=panel.positive)
    _label(axes, panel, STO_LABEL if panel.variable == "sto" else SALT_LABEL)


def _label(axes: Axes, panel: _Panel, x: str) -> None:
    """Name the axes, and put title and legend above them."""
    axes.set_xlabel(x)
    axes.set_ylabel(panel.y)
    handles, texts = axes.get_legend_handles_labels()
    columns = 4 if all(len(text) <= _SHORT for text in texts) else 3
    columns = columns if len(texts) > _PAIR else _PAIR
    rows = -(-len(texts) // columns)
    axes.set_title(panel.title, loc="left", fontsize=10.5, fontweight="bold", pad=8 + 14 * rows)
    if handles:
        legend = axes.legend(
            loc="lower left",
            bbox_to_anchor=(-0.02, 1.0),
            ncols=columns,
            fontsize=8,
            frameon=False,
            borderaxespad=0.2,
            columnspacing=1.0,
            handlelength=1.6,
            handletextpad=0.5,
        )
        legend.set_in_layout(False)


def _holds(cell: _Set, line: _Line, panel: _Panel) -> Any:
    """Return where a line is within the stated ranges."""
    ends, warm = cell.valid(line.name, panel.variable), cell.valid(line.name, "T")
    holds = np.ones(np.shape(panel.x), dtype=bool)
    if ends is not None:
        holds &= (panel.x >= ends[0]) & (panel.x <= ends[1])
    if warm is not None and not warm[0] <= line.kelvin <= warm[1]:
        holds[:] = False
    return holds


def _draw_line(axes: Axes, x: Any, y: Any, holds: Any, line: _Line) -> None:
    """Draw full where it holds and dashed elsewhere; the parts meet."""
    near = holds.copy()
    near[1:] |= holds[:-1]
    outside = ~(near & np.roll(near, -1)) | ~holds
    style: dict[str, Any] = {"color": line.colour, "linewidth": 1.4}
    text = line.text or "_"
    if holds.any():
        axes.plot(x, np.where(holds, y, np.nan), linestyle=line.dash, label=text, **style)
    if not holds.all():
        named = "_" if holds.any() else text
        axes.plot(
            x, np.where(outside, y, np.nan), linestyle=(0, (2, 2)), label=named, alpha=0.7, **style
        )


def _limit(axes: Axes, inside: Any, everywhere: Any, *, positive: bool) -> None:
    """Show what is within the stated ranges, and of steep ends what leaves the rest readable."""
    inside, everywhere = (values[np.isfinite(values)] for values in (inside, everywhere))
    if not inside.size:
        return
    low, high = np.quantile(inside, [0.01, 0.99])
    span = (high - low) or 0.5 * abs(high) or 1.0
    least = max(everywhere.min(), low - 0.4 * span)
    most = min(everywhere.max(), high + 0.4 * span)
    axes.set_ylim(0.0 if positive else least - 0.04 * span, most + 0.04 * span)


def _limit_powers(axes: Axes, values: Any) -> None:
    """Make an axis of powers of ten that shows one of them at least."""
    axes.set_yscale("log")
    values = values[np.isfinite(values) & (values > 0)]
    if values.size:
        middle = np.log10([values.min(), values.max()])
        room = max(0.1, 0.6 - np.ptp(middle) / 2)
        axes.set_ylim(10 ** (middle[0] - room), 10 ** (middle[1] + room))


def _has_both_electrodes(cell: _Set) -> bool:
    needed = ("electrode OCP [V]", "electrode thickness [m]")
    try:
        for domain in DOMAINS:
            prefix, _ = cell.materials(domain)[0]
            materials_of(cell.values, domain)
            if f"{prefix}{domain.capitalize()} {needed[0]}" not in cell.values:
                return False
    except ParameterError:
        return False
    return True


def _draw_voltage(axes: Axes, cell: _Set) -> None:
    """Draw the open-circuit voltage over charge, of the fresh cell and of the aged one."""
    losses = dict(cell.given.degradation)
    lli = losses.pop("LLI")
    lam = {name.removeprefix("LAM "): share for name, share in losses.items()}
    aged = bool(lli) or any(lam.values())
    axes.plot(100 * CHARGE, _voltages(cell, 0.0, {}), color=BLACK, label="as new" if aged else "_")
    if aged:
        axes.plot(100 * CHARGE, _voltages(cell, lli, lam), color=ORANGE, label="aged")
    for end, colour in (("Lower", GREEN), ("Upper", VERMILION)):
        volts = cell.values.get(f"{end} voltage cut-off [V]")
        if isinstance(volts, int | float):
            text = f"{end.lower()} cut-off, {volts:g} V"
            axes.axhline(volts, color=colour, linewidth=1.0, linestyle="--", label=text)
    panel = _Panel("Cell", "Open-circuit voltage [V]", "sto", ())
    _label(axes, panel, "State of charge [%]")


def _voltages(cell: _Set, lli: float, lam: Mapping[str, float]) -> Any:
    """Return the open-circuit voltage [V] at states of charge from empty to full."""
    found = []
    names = {d: cell.materials(d)[0][0] for d in DOMAINS}
    for soc in CHARGE:
        state = initial_concentrations(cell.values, float(soc), lli, lam)
        volts = {}
        for domain, prefix in names.items():
            where = f"{domain} electrode [mol.m-3]"
            full = cell.values[f"{prefix}Maximum concentration in {where}"]
            sto = state[f"{prefix}Initial concentration in {where}"] / float(full)  # type: ignore[arg-type]
            volts[domain] = float(
                call(cell.values, f"{prefix}{domain.capitalize()} electrode OCP [V]", sto)
            )
        found.append(volts["positive"] - volts["negative"])
    return np.array(found)
