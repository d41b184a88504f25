"""Kinds of numbers, names and choices that the sections of a study are made of."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    Strict,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from twin.errors import StudyError, nearest
from twin.study.messages import dotted, problems_of

LARGEST_COUNT = 1_000_000

Flag = Annotated[bool, Strict()]
Number = Annotated[float, Strict(), AllowInfNan(False)]
Name = Annotated[str, Strict(), StringConstraints(min_length=1)]
Count = Annotated[int, Strict(), Field(ge=1, le=LARGEST_COUNT)]
Percent = Annotated[Number, Field(ge=0, le=100)]
Voltage = Annotated[Number, Field(ge=0, le=10)]
Temperature = Annotated[Number, Field(ge=-60, le=150)]
Tolerance = Annotated[Number, Field(ge=1e-12, le=1e-1)]
MeshPoints = Annotated[int, Strict(), Field(ge=2, le=400)]


class Section(BaseModel):
    """Part of a study: frozen, without room for unknown keys.

    Raises
    ------
    StudyError
        If built in Python from values that it may not have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            name = type(self).__name__
            problems = problems_of(error, type(self))
            raise StudyError(
                [
                    f"{name}: {dotted(p.key)}: {p.text}" if p.key else f"{name}: {p.text}"
                    for p in problems
                ],
                name,
            ) from None

    # nested sections are validated by pydantic itself, which collects every problem
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


def _listed(given: Any) -> Any:
    """Take one word or number for a list of it."""
    return (given,) if isinstance(given, str | int | float) else given


def no_doubles(given: Any) -> Any:
    """Refuse a list that names a thing twice."""
    for place, item in enumerate(given):
        if item in given[:place]:
            raise ValueError(f"'{item}' is listed twice; keep one of them")
    return given


class Every(Section):
    """Every so many cycles.

    Parameters
    ----------
    every : the 10th, 20th, ... cycle for 10
    """

    every: Count


Which = Literal["first", "last"]
Words = Literal["all", "none"]
_HOW = "give all, none, {every: 10}, or a list of cycle numbers, first and last"


def _read_cycles(given: Any) -> Any:
    """Return a selection of cycles from its written form."""
    if isinstance(given, Every):
        return given
    if isinstance(given, dict):
        if set(given) != {"every"}:
            keys = ", ".join(map(str, given)) or "no key"
            raise ValueError(f"a mapping with {keys} selects no cycles; {_HOW}")
        _check_number(given["every"])
        return Every(every=given["every"])
    if isinstance(given, str) and given in ("all", "none"):
        return given
    if not isinstance(given, list | tuple):
        given = [given]
    for item in given:
        if item not in ("first", "last") or isinstance(item, list | dict):
            _check_number(item)
    return no_doubles(tuple(given))


def _check_number(item: Any) -> None:
    if isinstance(item, str):
        words = ("all", "none", "first", "last")
        raise ValueError(f"'{item}' selects no cycles; {_HOW}{nearest(item, words)}")
    if isinstance(item, bool) or not isinstance(item, int) or not 1 <= item <= LARGEST_COUNT:
        raise ValueError(f"{item!r} is not a cycle number; cycles count from 1; {_HOW}")


def _write_cycles(cycles: Any) -> Any:
    return {"every": cycles.every} if isinstance(cycles, Every) else cycles


_CYCLES_SCHEMA = {
    "anyOf": [
        {"enum": ["all", "none"]},
        {"type": "integer", "minimum": 1},
        {
            "type": "array",
            "items": {
                "anyOf": [{"enum": ["first", "last"]}, {"type": "integer", "minimum": 1}],
            },
        },
        {
            "type": "object",
            "properties": {"every": {"type": "integer", "minimum": 1}},
            "required": ["every"],
            "additionalProperties": False,
        },
    ]
}
Cycles = Annotated[
    tuple[int | Which, ...] | Words | Every,
    PlainValidator(_read_cycles),
    PlainSerializer(_write_cycles),
    WithJsonSchema(_CYCLES_SCHEMA),
]
Names = Annotated[tuple[Name, ...], BeforeValidator(_listed)]


def selects(cycles: Any, cycle: int, last: bool) -> bool:
    """Return whether a selection of cycles holds a cycle.

    >>> selects(("first", 5, "last"), 5, False), selects("none", 1, False)
    (True, False)
    """
    if isinstance(cycles, Every):
        return bool(cycle % cycles.every == 0)
    if isinstance(cycles, str):
        return cycles == "all"
    return cycle in cycles or (cycle == 1 and "first" in cycles) or (last and "last" in cycles)
