"""A page in parts: sections of sentences, tables and pictures, written as one HTML file.

Pictures also go to ``figures/*.png`` and tables, with all digits, to ``tables/*.csv``.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from twin.report.canvas import png
from twin.report.tables import Table, general

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Picture:
    """A figure with what explains it.

    Parameters
    ----------
    name : file name without ending
    title : heading
    caption : how to read it
    figure : the figure
    """

    name: str
    title: str
    caption: str
    figure: Figure

    @cached_property
    def image(self) -> bytes:
        """The figure as PNG."""
        return png(self.figure)


@dataclass(frozen=True)
class Sheet:
    """A table with what explains it.

    Parameters
    ----------
    name : file name without ending
    title : heading, or "" under that of its section
    hint : what the columns are
    frame : the numbers, with units in the names of the columns
    digits : significant digits on the page
    """

    name: str
    title: str
    hint: str
    frame: pd.DataFrame
    digits: int = 4

    def table(self) -> Table:
        """Return the table as text for the page."""
        words = tuple(i for i, kind in enumerate(self.frame.dtypes) if kind.kind not in "iufb")
        rows = tuple(
            tuple(general(value, self.digits) for value in row)
            for row in self.frame.itertuples(index=False)
        )
        return Table(tuple(map(str, self.frame.columns)), rows, words)


@dataclass(frozen=True)
class Part:
    """A section of a page.

    Parameters
    ----------
    title : heading
    words : sentences before everything else
    lines : points of a list
    facts : names with values
    sheets, pictures : tables and figures
    """

    title: str
    words: str = ""
    lines: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    sheets: Sequence[Sheet] = field(default=())
    pictures: Sequence[Picture] = field(default=())


def write_sheets(file: Path, title: str, answer: Sequence[str], sections: Sequence[Part]) -> Path:
    """Write a page with its figures and tables, and return where it is.

    Parameters
    ----------
    file : the page; ``figures`` and ``tables`` are made beside it
    title : of the page
    answer : the sentences that matter most
    sections : the rest
    """
    for folder in (file.parent / "figures", file.parent / "tables"):
        folder.mkdir(parents=True, exist_ok=True)
    for section in sections:
        for picture in section.pictures:
            (file.parent / "figures" / f"{picture.name}.png").write_bytes(picture.image)
        for sheet in section.sheets:
            sheet.frame.to_csv(file.parent / "tables" / f"{sheet.name}.csv", index=False)
    file.write_text(render(title, answer, sections), encoding="utf-8")
    return file


def render(title: str, answer: Sequence[str], sections: Sequence[Part]) -> str:
    """Return a page as HTML; everything from user files is escaped."""
    environment = Environment(
        loader=PackageLoader("twin.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["embedded"] = _embedded
    template = environment.get_template("forecast_page.html.j2")
    return template.render(title=title, answer=answer, sections=sections)


def _embedded(image: bytes) -> str:
    return f"data:image/png;base64,{b64encode(image).decode('ascii')}"
