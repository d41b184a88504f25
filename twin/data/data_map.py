"""What a user says about a file of measurements: a map file, strictly read.

.. code-block:: yaml

    text: {delimiter: ";", decimal: ",", encoding: latin-1}
    positive_on: charge
    columns:
      time_s: {name: "Time [h]", unit: h}
      current_A: I_A
      voltage_V: U_V
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    model_validator,
)

from twin.data.checkups import CheckupTable, read_checkups
from twin.data.columns import Column, column_of
from twin.data.recording import Recording, read_recording
from twin.data.table import TextFormat, format_of, read_table
from twin.data.vocabulary import ABSCISSAE, QUANTITIES, RECORDED, VOCABULARY
from twin.errors import DataError

LARGEST_BYTES = 100_000
Number = Annotated[float, Strict(), AllowInfNan(False)]
Positive = Annotated[Number, Field(gt=0)]
Name = Annotated[str, Strict(), Field(min_length=1)]
# a name such as 2, of a file without header, is a number in YAML
ColumnName = Annotated[Name, BeforeValidator(lambda given: str(given) if _whole(given) else given)]
Value = Annotated[str, Strict()] | Annotated[int, Strict()] | Number


def _whole(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


class Part(BaseModel):
    """Part of a map file: frozen, without room for unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Kind = TypeVar("Kind", bound=Part)


class TextSection(Part):
    """How a text file is written.

    Parameters
    ----------
    delimiter : one character, or ``space`` for runs of blanks
    decimal : ``.`` or ``,``
    encoding : such as utf-8, latin-1 or utf-16
    header : line that names the columns, from 1; 0 if there is none
    """

    delimiter: Name = ","
    decimal: Literal[".", ","] = "."
    encoding: Name = "utf-8"
    header: Annotated[int, Strict(), Field(ge=0)] = 1


class ColumnSection(Part):
    """A column and the unit of its numbers.

    Parameters
    ----------
    name : the column, as the file names it
    unit : unit or meaning of its numbers; ours by default
    sd : column with the standard deviation, in check-up tables
    """

    name: ColumnName
    unit: Name | None = None
    sd: ColumnName | None = None


class DataMap(Part):
    """How a file of measurements is read.

    Parameters
    ----------
    table : ``recording`` for a cycler file, ``checkups`` for a table of check-ups
    format : ``text``, ``parquet``, ``mat`` or ``bdf``; by default what the ending says
    text : how a text file is written
    columns : quantity -> column of the file
    positive_on : what a positive current of the file does
    where : column -> value of the rows that are read
    nominal_capacity_Ah : capacity of the cell, lets wrong units be seen [A.h]
    x : which of cycle, efc and time_d orders a table of check-ups
    from : first abscissa of check-ups that is used
    until : last abscissa of check-ups that is used
    repeats : whether two different check-ups at one abscissa are refused or kept
    """

    table: Literal["recording", "checkups"] = "recording"
    format: Literal["text", "parquet", "mat", "bdf"] | None = None
    text: TextSection = TextSection()
    columns: dict[Name, ColumnName | ColumnSection] | None = None
    positive_on: Literal["charge", "discharge"] | None = None
    where: dict[Name, Value] = {}
    nominal_capacity_Ah: Positive | None = None
    x: Name | None = None
    first: Number | None = Field(default=None, alias="from")
    until: Number | None = None
    repeats: Literal["refuse", "keep"] = "refuse"

    @model_validator(mode="after")
    def _keys_of_its_kind(self) -> Self:
        recordings = ("positive_on", "nominal_capacity_Ah")
        checkups = ("x", "first", "until", "repeats")
        others = recordings if self.table == "checkups" else checkups
        given = [name for name in others if name in self.model_fields_set]
        if given:
            names = ", ".join("from" if name == "first" else name for name in given)
            kind = "recording" if self.table == "checkups" else "checkups"
            raise ValueError(
                f"{names}: only with table: {kind}; leave it out, or say table: {kind}"
            )
        return self


def read_map(file: str | Path) -> DataMap:
    """Return the map in a YAML file.

    Raises
    ------
    DataError
        with a sentence for everything that is wrong with it.
    """
    found = read_as(DataMap, Path(file))
    _check_columns(Path(file), found)
    return found


def read_as(kind: type[Kind], path: Path) -> Kind:
    """Return a map file as the kind of map that it has to be.

    Raises
    ------
    DataError
        with a sentence for everything that is wrong with it.
    """
    from twin.study.messages import dotted, problems_of
    from twin.study.text import UnreadableError, read_document

    if not path.is_file() or path.stat().st_size > LARGEST_BYTES:
        raise DataError(
            f"{path}: no such file, or more than {LARGEST_BYTES} bytes; give a map file"
        )
    try:
        document = read_document(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except UnreadableError as error:
        raise DataError(f"{path}:{error.line or 1}: {error.problem}") from None
    if not isinstance(document.data, dict):
        raise DataError(f"{path}: a map has at its top the keys {', '.join(keys_of_map(kind))}")
    problems, found = list(document.problems), None
    try:
        found = kind.model_validate(document.data)
    except ValidationError as error:
        problems += problems_of(error, kind)
    if found is None or problems:
        lines = sorted((document.line(p.key), dotted(p.key), p.text) for p in problems)
        raise DataError(
            "\n".join(f"{path}:{line}: {key or 'map'}: {text}" for line, key, text in lines)
        )
    return found


def keys_of_map(kind: type[BaseModel] | None = None) -> tuple[str, ...]:
    """Return the keys of a map file; of a map of measured data by default."""
    return tuple(field.alias or name for name, field in (kind or DataMap).model_fields.items())


def default_map(file: str | Path) -> DataMap:
    """Return the map of a file whose columns have our own names and units.

    Raises
    ------
    DataError
        If the file has no such columns.
    """
    path = Path(file)
    if not path.is_file():
        raise DataError(f"{path}: no such file; correct the path or put the file there")
    kind = format_of(path, None)
    if kind == "bdf":
        return DataMap(format="bdf")
    header: tuple[str, ...] = () if kind == "mat" else read_table(path, ()).header
    recorded = {name: name for name in header if name in RECORDED}
    if "time_s" in recorded and len(recorded) > 1:
        sign = "discharge" if "current_A" in recorded else None
        return DataMap(columns=recorded, positive_on=sign)  # type: ignore[arg-type]
    known = {name: name for name in header if name in VOCABULARY}
    if set(known) & set(ABSCISSAE) and set(known) & set(QUANTITIES):
        return DataMap(table="checkups", columns=known)  # type: ignore[arg-type]
    shown = f"; the file has {', '.join(header[:40])}" if header else ""
    raise DataError(
        f"{path}: its columns do not have our names, so say with --map what they are{shown}"
    )


def read_measured(file: str | Path, how: DataMap) -> Recording | CheckupTable:
    """Return what a file holds, read as a map says.

    Raises
    ------
    DataError
        as `read_recording` and `read_checkups`.
    """
    text = TextFormat(**how.text.model_dump())
    columns = None if how.columns is None else _columns(how)
    if how.table == "recording":
        return read_recording(
            file,
            columns,
            positive_on=how.positive_on,
            kind=how.format,
            text=text,
            where=how.where,
            nominal_capacity_Ah=how.nominal_capacity_Ah,
        )
    if how.format == "bdf" or columns is None:
        raise DataError(f"{file}: a table of check-ups needs columns, and is no cycler format")
    return read_checkups(
        file,
        columns,
        where=how.where,
        x=how.x,
        limits=(how.first, how.until),
        repeats=how.repeats,
        text=text,
    )


def _columns(how: DataMap) -> dict[str, str | Column]:
    known = RECORDED if how.table == "recording" else VOCABULARY
    found: dict[str, str | Column] = {}
    for key, given in (how.columns or {}).items():
        if isinstance(given, str) or key not in known:
            found[key] = given if isinstance(given, str) else given.name
        else:
            found[key] = Column(given.name, given.unit or known[key].unit, given.sd)
    return found


def _check_columns(path: Path, how: DataMap) -> None:
    """Raise if a column of a map has no meaning, before any file is read."""
    known = RECORDED if how.table == "recording" else VOCABULARY
    for key, given in _columns(how).items():
        column_of(path, key, given, known)
