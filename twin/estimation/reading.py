"""From a file to a fit, or to every problem in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from twin.errors import StudyError
from twin.estimation.sections import FitStudy
from twin.parameters.known import located
from twin.study.files import absolute
from twin.study.messages import dotted, problems_of
from twin.study.text import LARGEST_BYTES, UnreadableError, read_document


def load_fit(path: str | Path) -> FitStudy:
    """Return the fit in a YAML file; relative files in it are taken from its folder.

    Raises
    ------
    StudyError
        with one message per problem: file, line, key, what was given and what to do.
    """
    file = Path(path)
    text = _text(file)
    try:
        document = read_document(text)
    except UnreadableError as error:
        where = f"{file}:{error.line}" if error.line else f"{file}"
        raise StudyError([f"{where}: {error.problem}"], str(file)) from None
    if not isinstance(document.data, dict):
        raise StudyError(
            [f"{file}: a fit has at its top the keys name, common, experiments, parameters, noise"],
            str(file),
        )
    problems = list(document.problems)
    try:
        _locate(document.data, file.parent)
        fit = FitStudy.model_validate(document.data)
    except ValidationError as error:
        problems += problems_of(error, FitStudy)
    except ValueError as error:
        raise StudyError([f"{file}: {error}"], str(file)) from None
    if problems:
        found = sorted(
            {
                (document.line(p.key), f"{dotted(p.key)}: " if p.key else "", p.text)
                for p in problems
            }
        )
        raise StudyError([f"{file}:{line}: {key}{text}" for line, key, text in found], str(file))
    fit._source = file
    return fit


def _text(file: Path) -> str:
    try:
        if file.is_file() and file.stat().st_size > LARGEST_BYTES:
            raise StudyError([f"{file}: larger than {LARGEST_BYTES} bytes"], str(file))
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise StudyError([f"{file}: it is not UTF-8 text; save it as UTF-8"], str(file)) from None
    except OSError as error:
        raise StudyError([f"{file}: it cannot be read ({error.strerror})"], str(file)) from None


def _locate(data: dict[str, Any], folder: Path) -> None:
    """Make files and parameter sets absolute, in place."""
    parts = [data.get("common"), *_listed(data.get("experiments"))]
    for part in parts:
        cell = part.get("cell") if isinstance(part, dict) else None
        if isinstance(cell, dict) and isinstance(cell.get("parameters"), str):
            cell["parameters"] = located(cell["parameters"], folder)
    _files(data, folder)


def _files(data: Any, folder: Path) -> None:
    if isinstance(data, dict):
        if isinstance(data.get("file"), str):
            data["file"] = absolute(data["file"], folder)
        for part in data.values():
            _files(part, folder)
    elif isinstance(data, list):
        for part in data:
            _files(part, folder)


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []
