"""Electrodes as a study writes them: sizes of particles, a second material, true and false.

A distribution of sizes is one of several sections, and its key ``law`` says which. So it is read
here, by the section that it names; the rest is pydantic's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from twin.errors import ModelError, nearest
from twin.models.description import Electrode, Particle
from twin.models.sizes import Histogram, LogNormal, Mixture, SizeError, Sizes, Weibull
from twin.study.files import absolute
from twin.study.messages import (
    PROBLEMS,
    REQUIRED,
    Key,
    Problem,
    lowered,
    problems_of,
    raise_problems,
    shown,
)

SELECTOR = "law"
Laws = Mapping[str, type[Sizes]]
LAWS: Laws = MappingProxyType({law.law: law for law in get_args(Sizes)})
PART_LAWS: Laws = MappingProxyType({law.law: law for law in (LogNormal, Weibull)})
_PART = re.compile(r"part (\d+) ")


def read_electrode(given: Any, handler: Callable[[Any], Any]) -> Any:
    """Return an electrode from its written form; files in it are named absolutely.

    Parameters
    ----------
    given : mapping of a study, or an `Electrode`
    handler : pydantic's reader of an `Electrode`
    """
    problems: list[Problem] = []
    read = _prepared(given, (), problems)
    try:
        electrode = handler(read)
    except ValidationError as error:
        raise _joined(error, problems) from None
    except ModelError as error:
        problems.append(Problem((), str(error)))
    raise_problems(problems)
    return _anchored(electrode, ())


def _joined(error: ValidationError, problems: list[Problem]) -> ValidationError:
    """Return pydantic's error with problems of ours in it."""
    details = [
        InitErrorDetails(
            type=detail["type"],
            loc=detail["loc"],
            input=detail["input"],
            ctx=detail.get("ctx", {}),
        )
        for detail in error.errors(include_url=False)
    ]
    if problems:
        ours = PydanticCustomError(PROBLEMS, "problems", {"problems": tuple(problems)})
        details.append(InitErrorDetails(type=ours, loc=(), input=None))
    return ValidationError.from_exception_data(error.title, details)


def _prepared(given: Any, key: Key, problems: list[Problem]) -> Any:
    """Return the written form with sizes read, and without what is noted to be wrong."""
    if not isinstance(given, dict):
        return given
    read = _without_wrong_flags(given, Electrode, key, problems)
    if isinstance(read.get("particle"), dict):
        inner = (*key, "particle")
        read["particle"] = _without_wrong_flags(read["particle"], Particle, inner, problems)
    if read.get("sizes") is not None:
        read["sizes"], found = _read_sizes(read["sizes"], LAWS)
        problems += [problem.under((*key, "sizes")) for problem in found]
    if "secondary" in read:
        read["secondary"] = _prepared(read["secondary"], (*key, "secondary"), problems)
    return read


def _without_wrong_flags(
    given: dict[str, Any], described: type, key: Key, problems: list[Problem]
) -> dict[str, Any]:
    """Note words for true and false, which the description itself would take."""
    flags = {field.name for field in fields(described) if field.type in ("bool", bool)}
    wrong = {name for name in flags & given.keys() if not isinstance(given[name], bool)}
    problems += [
        Problem(
            (*key, name), f"{shown(given[name])} is neither true nor false; write true or false"
        )
        for name in given
        if name in wrong
    ]
    return {name: value for name, value in given.items() if name not in wrong}


# -- sizes of particles -------------------------------------------------------------------------


def _read_sizes(given: Any, laws: Laws) -> tuple[Sizes | None, list[Problem]]:
    """Return a distribution from its written form, or what is wrong with it.

    It is read as JSON, where pydantic takes no text for a number and still a list for a tuple.
    """
    if isinstance(given, Sizes):
        return given, []
    problems = _law_problems(given, laws) or _part_problems(given)
    if problems:
        return None, problems
    law = laws[given[SELECTOR]]
    try:
        return TypeAdapter[Sizes](law).validate_json(
            json.dumps(given, default=_plain), strict=True
        ), []
    except ValidationError as error:
        return None, [_at_part(problem) for problem in problems_of(error, law)]


def _plain(given: Any) -> Any:
    """Return what JSON can hold for an object given in Python."""
    return asdict(given) if isinstance(given, Sizes) else repr(given)


def _law_problems(given: Any, laws: Laws) -> list[Problem]:
    """Return why a written form does not say which law it is."""
    words = ", ".join(laws)
    if not isinstance(given, dict):
        how = f"give a mapping with law ({words}) and its numbers, e.g. {{law: lognormal, sd: 0.3}}"
        return [Problem((), f"{shown(given)} is no distribution of sizes; {how}")]
    law = given.get(SELECTOR)
    if law is None:
        return [Problem((SELECTOR,), f"{REQUIRED}: {words}")]
    if not isinstance(law, str) or law not in laws:
        hint = nearest(law, laws) if isinstance(law, str) else ""
        return [Problem((SELECTOR,), f"{shown(law)} is not allowed; allowed are {words}{hint}")]
    return []


def _part_problems(given: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with the parts of a mixture, each for itself."""
    parts = given.get("parts") if given[SELECTOR] == Mixture.law else ()
    return [
        problem.under(("parts", place))
        for place, part in enumerate(parts if isinstance(parts, list | tuple) else ())
        for problem in _read_sizes(part, PART_LAWS)[1]
    ]


def size_problem(error: SizeError, law: type[Sizes]) -> Problem:
    """Return what is wrong with a distribution, at its key."""
    return _at_part(lowered(Problem((), str(error)), law))


def _at_part(problem: Problem) -> Problem:
    """Move a part of a mixture that a message starts with to where the message is."""
    match = _PART.match(problem.text)
    if problem.key != ("parts",) or match is None:
        return problem
    return Problem(("parts", int(match[1]) - 1), problem.text[match.end() :])


def _anchored(electrode: Electrode, key: Key) -> Electrode:
    """Return an electrode whose measured sizes are named absolutely."""
    sizes, secondary = electrode.sizes, electrode.secondary
    if isinstance(sizes, Histogram) and sizes.file is not None:
        try:
            sizes = replace(sizes, file=absolute(sizes.file, Path.cwd()))
        except ValueError as error:
            raise_problems([Problem((*key, "sizes", "file"), str(error))])
    if secondary is not None:
        secondary = _anchored(secondary, (*key, "secondary"))
    return replace(electrode, sizes=sizes, secondary=secondary)
