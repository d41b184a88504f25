"""A cell with known electrodes, and slow curves of it with errors as measurements have them."""

from __future__ import annotations

import numpy as np

from twin.diagnosis import Balance, HalfCell, HalfCells, SlowCurve, slow_curve

STO = np.linspace(0.001, 0.999, 1999)
WINDOW = (3.0, 4.2)
NEW = Balance(negative=6.0, positive=6.1, lithium=5.6)
OLD = Balance(negative=5.6, positive=5.9, lithium=5.2)


def graphite(sto: np.ndarray = STO) -> np.ndarray:
    """Three plateaus below a steep start."""
    steps = 0.04 * np.tanh((sto - 0.5) / 0.02) + 0.03 * np.tanh((sto - 0.15) / 0.03)
    return 0.15 + 0.9 * np.exp(-60 * sto) - steps - 0.02 * np.tanh((sto - 1.0) / 0.02)


def oxide(sto: np.ndarray = STO) -> np.ndarray:
    """A slope with one soft step and a steep end."""
    return 4.35 - 0.85 * sto + 0.06 * np.tanh((0.6 - sto) / 0.08) - 0.4 * np.exp((sto - 1) / 0.03)


def silicon(sto: np.ndarray = STO) -> np.ndarray:
    return 0.65 - 0.45 * sto + 0.3 * np.exp(-30 * sto)


def pair() -> HalfCells:
    return HalfCells(
        HalfCell(STO, (graphite(),), name="graphite"), HalfCell(STO, (oxide(),), name="oxide")
    )


def composite(share: float = 0.12) -> HalfCells:
    both = HalfCell(STO, (graphite(), silicon()), share, "graphite and silicon")
    return HalfCells(both, pair().positive)


def drift(rng: np.random.Generator, points: int = 60, length: float = 0.15) -> np.ndarray:
    """Return a process of variance one on an even grid, correlated over a length."""
    at = np.linspace(0, 1, points)
    kernel = np.exp(-np.abs(at[:, None] - at) / length) + 1e-10 * np.eye(points)
    return np.linalg.cholesky(kernel) @ rng.normal(size=points)


def curve(
    balance: Balance = NEW,
    cells: HalfCells | None = None,
    *,
    part: tuple[float, float] = (0.0, 1.0),
    error_V: np.ndarray | None = None,
    overpotential_V: float = 0.0,
    label: str = "made",
) -> SlowCurve:
    """Return a discharge between shares of the charge; errors on an even grid of it [V]."""
    known = (cells or pair()).balance(*WINDOW)
    low, high = known.charge_at(WINDOW[0], balance), known.charge_at(WINDOW[1], balance)
    charge = low + np.linspace(*part, 400) * (high - low)
    volts = np.array([known.voltage(q, balance) for q in charge]) - overpotential_V
    if error_V is not None:
        at = np.linspace(0, 1, error_V.size)
        volts += np.interp(np.linspace(0, 1, charge.size), at, error_V)
    return slow_curve(charge[::-1], volts[::-1], "discharge", current_A=0.1, label=label)
