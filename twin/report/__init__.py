"""Figures, tables and one self-contained page from a results folder; no PyBaMM needed."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_report"]


def write_report(folder: Path, base: Path | None = None) -> Path:
    """Write ``figures/*.png`` and ``report.html`` into a results folder; return the page.

    Parameters
    ----------
    folder : results folder; an unfinished or failed run gives a page that says so
    base : folder that relative names of measured files start from; the results folder if omitted

    Raises
    ------
    ResultsError
        If the folder has no readable ``manifest.json``.
    """
    from twin.report.page import write_page

    return write_page(Path(folder), base)
