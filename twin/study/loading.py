"""From a file to a study, or to every problem in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from twin.errors import StudyError, TwinError, nearest
from twin.study.checks import study_problems
from twin.study.files import resolve
from twin.study.messages import MOST_PROBLEMS, Problem, annotated, dotted, problems_of
from twin.study.parts import Parts
from twin.study.study import Study
from twin.study.text import LARGEST_BYTES, Document, UnreadableError, read_document

_CHECKED_TOGETHER = ("cell", "protocol", "model", "outputs", "compare")


def load_study(path: str | Path) -> Study:
    """Return the study in a YAML file.

    Parameters
    ----------
    path : the file; relative files in it are taken from its folder

    Raises
    ------
    StudyError
        with one message per problem: file, line, key, what was given and what to do.
    """
    file = Path(path)
    text = _read(file)
    try:
        document = read_document(text)
    except UnreadableError as error:
        where = f"{file}:{error.line}" if error.line else f"{file}"
        raise StudyError([f"{where}: {error.problem}"], str(file)) from None
    if document.data is None and not document.problems:
        raise StudyError([f"{file}: the file is empty; a study has {_needed()}"], str(file))
    if not isinstance(document.data, dict):
        kind = "a list" if isinstance(document.data, list) else "a single value"
        raise StudyError(
            [f"{file}:{document.line(())}: the file holds {kind}; a study has {_needed()}"],
            str(file),
        )
    return _study(document, document.data, file)


def _needed() -> str:
    needed = [name for name, field in Study.model_fields.items() if field.is_required()]
    return f"at its top the keys {', '.join(needed)}"


def _read(file: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    StudyError
        if there is none, or it is too large or no text.
    """
    try:
        problem = _unread(file)
        content = b"" if problem else file.read_bytes()
    except (OSError, ValueError) as error:
        problem, content = f"it cannot be read ({error})", b""
    if not problem:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            problem = f"line {line} is not UTF-8 text; save the file as UTF-8"
    raise StudyError([f"{file}: {problem}"], str(file))


def _unread(file: Path) -> str:
    if file.is_dir():
        inside = " (there is a study.yaml in it)" if (file / "study.yaml").is_file() else ""
        return f"this is a folder; give the file of a study{inside}"
    if not file.exists():
        near = [path.name for path in file.parent.glob("*.y*ml")] if file.parent.is_dir() else []
        return f"there is no such file{nearest(file.name, near)}"
    if not file.is_file():
        return "this is not a regular file"
    size = file.stat().st_size
    if size > LARGEST_BYTES:
        return f"it has {size} bytes; a study has at most {LARGEST_BYTES}"
    return ""


def _study(document: Document, data: dict[str, Any], file: Path) -> Study:
    problems = [*document.problems, *resolve(data, file.parent)]
    unread = {problem.key for problem in problems}
    try:
        study = Study.model_validate(data)
    except ValidationError as error:
        found = problems_of(error, Study)
        broken = {problem.key[0] for problem in (*problems, *found) if problem.key}
        found += study_problems(_parts(data, broken))
        problems += [p for p in found if not any(p.key[: len(key)] == key for key in unread)]
    except TwinError as error:
        problems.append(Problem((), str(error)))
    if problems:
        raise StudyError(_sentences(problems, document, file), str(file))
    study._source = file
    return study


def _parts(data: dict[str, Any], broken: set[Any]) -> Parts:
    """Return the sections without problems, to see whether these fit together."""
    parts: dict[str, Any] = {}
    for name in _CHECKED_TOGETHER:
        field = Study.model_fields[name]
        if name in data and name not in broken:
            annotation = annotated(field.annotation, field.metadata)
            parts[name] = TypeAdapter(annotation).validate_python(data[name])
    return Parts(**parts)


def _sentences(problems: list[Problem], document: Document, file: Path) -> list[str]:
    """Return each problem once, with file, line and key, in the order of the file."""
    found: dict[Problem, tuple[int, str]] = {}
    for problem in problems:
        key = problem.key[:-1] if problem.key and problem.key[-1] == "" else problem.key
        line = document.line(problem.key)
        where = f"{dotted(key)}: " if key else ""
        found.setdefault(problem, (line, f"{file}:{line}: {where}{problem.text}"))
    sentences = [sentence for _, sentence in sorted(found.values(), key=lambda pair: pair[0])]
    if len(sentences) >= MOST_PROBLEMS:
        more = f"{file}: there may be more problems; correct these first"
        return [*sentences[:MOST_PROBLEMS], more]
    return sentences
