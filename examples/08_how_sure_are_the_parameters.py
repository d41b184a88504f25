"""How sure are the parameters that a forecast of life rests on?

Each set that comes along says for each value where it is from and by which method it was found.
The values of a fresh cell (layers, particles, electrolyte, potentials, kinetics, heat) are counted
apart from those of its degradation (SEI, plating, cracks, mechanics, loss of active material).
Run it with ``python examples/08_how_sure_are_the_parameters.py``; the figure is written to
``results/08_how_sure_are_the_parameters.png``.
"""

# %% The sets that come along
from __future__ import annotations

from collections import Counter
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twin.parameters import all_sets, load_set

SETS = [location.name for location in all_sets() if location.origin == "bundled"]
# what a method says of this cell, the surest first
METHODS = ("measured", "fitted", "specified", "derived", "borrowed", "assumed")
COLOURS = ("#1b7837", "#7fbf7b", "#2166ac", "#92c5de", "#fdb863", "#b2182b")
AGEING = (
    *("SEI", "EC ", "plating", "Plating", "plated", "Dead lithium", "stripping", "crack", "Crack"),
    *("LAM", "Young", "Poisson", "partial molar", "volume change", "critical stress", "solvent"),
    *("interstitial", "free of deformation", "Paris", "Tunnel"),
)


# %% Count the values of each set by method
def counts(name: str) -> dict[str, Counter[str]]:
    """Return how many values have which method, of the fresh cell and of its degradation."""
    provenance = load_set(name).provenance
    found = {"fresh cell": Counter(), "degradation": Counter()}
    for path, entry in provenance.entries.items() if provenance else ():
        ages = any(word in path[-1] for word in AGEING)
        found["degradation" if ages else "fresh cell"][entry.method] += 1
    return found


FOUND = {name: counts(name) for name in SETS}
for part in ("fresh cell", "degradation"):
    print(f"\n{part}: {', '.join(METHODS)}")
    for name in SETS:
        numbers = [FOUND[name][part][method] for method in METHODS]
        print(f"  {name:24}" + "".join(f"{number:5d}" for number in numbers))


# %% Draw them side by side
def draw(axes: Axes, part: str) -> None:
    """Draw one bar for each set, one colour for each method."""
    left = [0] * len(SETS)
    for method, colour in zip(METHODS, COLOURS, strict=True):
        numbers = [FOUND[name][part][method] for name in SETS]
        axes.barh(SETS, numbers, left=left, color=colour, label=method)
        left = [start + number for start, number in zip(left, numbers, strict=True)]
    axes.set_title(part)
    axes.set_xlabel("number of values")


figure = Figure(figsize=(10, 4.2), layout="constrained")
left_axes, right_axes = figure.subplots(1, 2, sharey=True)
left_axes.invert_yaxis()  # of both: the first set on top
draw(left_axes, "fresh cell")
draw(right_axes, "degradation")
figure.legend(*left_axes.get_legend_handles_labels(), loc="outside right center", title="found by")
figure.suptitle("What the parameters of a cell rest on")

# %% Keep the figure
target = Path("results") / "08_how_sure_are_the_parameters.png"
target.parent.mkdir(exist_ok=True)
figure.savefig(target, dpi=150)
print(f"\nfigure: {target}")
