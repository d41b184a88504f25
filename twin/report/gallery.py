"""The figures of the page in their order, each with the caption that explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from twin.report import figures, side_by_side, size_figures
from twin.report.canvas import NothingToDraw, png
from twin.report.folder import Results


@dataclass(frozen=True)
class Entry:
    """A figure of the page.

    Parameters
    ----------
    name : file name without ending
    title : heading
    caption : what the quantity is and how to read the figure
    draw : makes the figure, or raises `NothingToDraw`
    """

    name: str
    title: str
    caption: str
    draw: Callable[[], Figure]


@dataclass(frozen=True)
class Drawn:
    """A figure as PNG, or the sentence that says why there is none."""

    entry: Entry
    image: bytes = b""
    missing: str = ""


_CAPTIONS = {
    "fade": (
        "Capacity and resistance over life",
        "Line: charge delivered by the discharge of each ageing cycle. Circles: capacity measured "
        "in the check-ups, which are slower, so it is larger and closer to what the cell holds. "
        "Below: resistance, the voltage change over the current change of the check-up's pulse. "
        "Axes on the right give the same in percent of the first value; dotted lines are "
        "check-ups. A line that bends downwards means that ageing accelerates.",
    ),
    "voltage": (
        "Voltage of the first and the last cycle",
        "Above: terminal voltage against the charge removed since the cycle began; a cycle runs "
        "to the right on discharge and back on charge. A shorter loop is lost capacity, a wider "
        "gap between its branches is higher resistance. Below: the same against time.",
    ),
    "lithium": (
        "Where the lithium went",
        "Lithium taken from the particles since the start, as charge, by where it is: bound in "
        "the solid-electrolyte interphase (SEI), in SEI grown on crack faces, plated as metal "
        "(part of which is dead, that is without contact) or shut in active material that is "
        "lost. What is plated but alive can still come back, so this band can shrink.",
    ),
    "losses": (
        "What the measured capacity was lost to",
        "Each bar splits the capacity lost between the first and this check-up. Parts above zero "
        "take capacity away, parts below zero give some back (a smaller electrode can shift the "
        "voltage window in the cell's favour); parts above minus parts below give the measured "
        "loss, the black line. Polarisation is capacity that is still there but hidden by the "
        "voltage drop at the current of the check-up.",
    ),
    "mechanics": (
        "Stress and cracks",
        "Tangential stress at the particle surface, averaged over the electrode thickness, "
        "positive in tension: the largest and the smallest value in each ageing cycle. Tension "
        "opens surface cracks; their mean length is shown below.",
    ),
    "sizes": (
        "How each size of particle has aged",
        "A line for each moment in the life of the cell, a dot for each size of particle. From "
        "above: active material that is left of each size, in percent of its start; mean "
        "thickness of the film on its surface; mean length of its cracks; and the lithium that "
        "each size has lost to films, dead metal and lost material, per litre of the material "
        "that it had at the start. Radii are the nodes of the size distribution.",
    ),
    "modes": (
        "Degradation modes",
        "Loss of lithium inventory (LLI): cyclable lithium that is gone, in percent of the start. "
        "Loss of active material (LAM): host material that no longer takes part, in percent of "
        "each electrode's start. Each point is the end of a cycle; where the cell is charged "
        "there, LLI counts plated lithium that the next discharge strips again, and is larger "
        "than in the check-ups.",
    ),
    "energy": (
        "Energy and efficiency",
        "Energy taken in and given back per ageing cycle. Coulombic efficiency is charge out over "
        "charge in: below 100 % where side reactions consume lithium or a cycle ends fuller than "
        "it began; energy efficiency also counts the voltage lost to resistance.",
    ),
    "temperature": (
        "Temperature",
        "Above: largest and smallest cell temperature in each ageing cycle. Below: its course in "
        "the first and the last of them. Heating grows as resistance does.",
    ),
    "variants": (
        "Parameter sets side by side",
        "The same protocol and model with each parameter set, in percent of each run's own first "
        "value. Differences are differences between published parameters, not between cells.",
    ),
}
_COMPARISON = (
    "Black: measured. Coloured: simulated, with the root mean square error (RMSE) over the times "
    "both cover. Below each: simulated minus measured. Time zero is the start of the discharge "
    "or charge. Where one curve ends its discharge before the other, the error shows a spike: "
    "there it measures the difference in duration, not in voltage."
)


def entries(results: Results) -> list[Entry]:
    """Return the figures of a run, in the order of the page."""
    cycles, checkups, series = results.cycles, results.checkups, results.timeseries
    drawers: dict[str, Callable[[], Figure]] = {
        "fade": lambda: figures.fade_figure(cycles, checkups, results.manifest),
        "losses": lambda: figures.attribution_figure(cycles, checkups),
        "lithium": lambda: figures.lithium_figure(cycles, checkups),
        "modes": lambda: figures.modes_figure(cycles, checkups),
        "mechanics": lambda: figures.mechanics_figure(cycles, checkups),
        "sizes": lambda: size_figures.sizes_figure(results.sizes),
        "voltage": lambda: figures.voltage_figure(series),
        "energy": lambda: figures.energy_figure(cycles, checkups),
        "temperature": lambda: figures.temperature_figure(cycles, checkups, series),
    }
    if results.variants:
        runs = {results.name: results, **results.variants}
        tables = {name: (run.cycles, run.checkups) for name, run in runs.items()}
        drawers["variants"] = partial(side_by_side.variants_figure, tables)
    listed = [Entry(name, *_CAPTIONS[name], draw) for name, draw in drawers.items()]
    for number, overlay in enumerate(results.overlays, start=1):
        draw = partial(side_by_side.comparison_figure, overlay)
        title = f"Measured and simulated: {overlay.label}"
        listed.append(Entry(f"comparison_{number}", title, _COMPARISON, draw))
    return listed


def draw_all(results: Results) -> Iterator[Drawn]:
    """Yield every figure drawn, or why it could not be."""
    for entry in entries(results):
        try:
            yield Drawn(entry, png(entry.draw()))
        except NothingToDraw as reason:
            yield Drawn(entry, missing=str(reason))
