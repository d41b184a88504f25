"""Draw a published table of potentials, its smooth fit, what is between them, and the slopes.

python benchmarks/draw_open_circuit_potentials.py docs/figures/open_circuit_potential.png
"""

from __future__ import annotations

import sys
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pybamm

from twin.parameter_sets.make_open_circuit_potentials import CURVES, published
from twin.parameter_sets.potential_fit import local_noise
from twin.smooth_potentials import fitted_curves, published_potential

NAME = "graphite_LGM50_Chen2020"
GREY, BLUE, RED = "0.6", "tab:blue", "tab:red"
MILLI = 1e-3


def main(file: str) -> None:
    """Write the figure."""
    (curve,) = (one for one in CURVES if one.name == NAME)
    fit = next(one.fit for one in fitted_curves() if one.name == NAME)
    name, parameter = next(iter(curve.sets.items()))
    values = pybamm.ParameterValues(name)
    x, U = published(curve)
    inside = (x > 0) & (x < 1)
    x, U = x[inside], U[inside]
    fine = np.linspace(0.03, 0.995, 4001)
    between = published_potential(values[parameter], values, fine)
    figure, axes = plt.subplots(3, 1, figsize=(7, 8), sharex=True, layout="constrained")
    draw_potential(axes[0], x, U, fine, fit(fine))
    noise = local_noise(x, U) / MILLI
    axes[1].fill_between(x, -2 * noise, 2 * noise, color=GREY, alpha=0.5, lw=0)
    axes[1].plot(x, (fit(x) - U) / MILLI, ".", ms=4, color=BLUE)
    axes[1].set(ylim=(-10, 10), ylabel="fit - data [mV]")
    axes[1].set_title("grey: twice the noise of the data", fontsize="medium")
    axes[2].plot(fine, -np.gradient(between, fine), color=GREY, lw=0.6, label="interpolated table")
    axes[2].plot(fine, -np.gradient(fit(fine), fine), color=RED, label="smooth fit")
    axes[2].set(ylim=(-1, 3), ylabel="-dU/dx [V]", xlabel="stoichiometry of graphite x [-]")
    axes[2].legend(frameon=False)
    figure.savefig(file, dpi=150)


def draw_potential(axis: Any, x: Any, U: Any, fine: Any, smooth: Any) -> None:
    """Draw the data and the fit, and beside them once more where they are flat."""
    axis.plot(x, U, ".", ms=4, color=BLUE, label="data")
    axis.plot(fine, smooth, color=RED, lw=1, label="smooth fit")
    axis.set(ylim=(0, 0.8), ylabel="U [V]")
    axis.legend(frameon=False, loc="lower left")
    flat = axis.inset_axes((0.38, 0.38, 0.6, 0.58))
    flat.plot(x, U, ".", ms=3, color=BLUE)
    flat.plot(fine, smooth, color=RED, lw=1)
    flat.set(xlim=(0.35, 0.95), ylim=(0.08, 0.145))


if __name__ == "__main__":
    main(sys.argv[1])
