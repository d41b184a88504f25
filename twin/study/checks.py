"""Whether the sections of a study fit together, and fit the parameter set."""

from __future__ import annotations

from collections.abc import Iterator

from twin.catalogue import CATALOGUE, SKIPPED
from twin.errors import ParameterError, nearest
from twin.parameters.known import every_name, known_set, set_name
from twin.parameters.library.finding import find, is_path
from twin.protocol import Block, Protocol, Step
from twin.study.data_files import curve_problems, file_problem, profile_problem
from twin.study.messages import Key, Problem
from twin.study.model_checks import model_problems
from twin.study.parts import Parts
from twin.study.sections import MeasuredSection

MOST_CYCLES = 10_000_000
MOST_SAID = 5
SHORTEST_PERIOD_S = 1e-3
VOLTAGE_MARGIN_V = 1.0


def study_problems(parts: Parts) -> list[Problem]:
    """Return what is wrong between the sections of a study."""
    return [
        *_set_problems(parts),
        *model_problems(parts),
        *_voltage_problems(parts),
        *_size_problems(parts),
        *_output_problems(parts),
        *_profile_problems(parts),
        *_compare_problems(parts),
    ]


def _set_problems(parts: Parts) -> Iterator[Problem]:
    for key, name in parts.set_names:
        if name in SKIPPED:
            yield Problem(
                key,
                f"'{name}' cannot be used, because it is {SKIPPED[name]}. "
                f"Known are {', '.join(every_name())}",
            )
        elif name not in CATALOGUE:
            yield from (Problem(key, text) for text in _unread(name))


def _unread(name: str) -> Iterator[str]:
    """Yield why a set that is none of PyBaMM's cannot be used."""
    try:
        found = known_set(name)
        if found is None and is_path(name):
            find(name)
        elif found is None:
            known = every_name()
            yield (
                f"no parameter set is called '{name}'. Known are {', '.join(known)}; others are "
                f"named by their folder, such as ./MyCell2026{nearest(name, known)}"
            )
    except ParameterError as error:
        lines = str(error).splitlines()
        yield from lines[:MOST_SAID]
        if len(lines) > MOST_SAID:
            yield f"and {len(lines) - MOST_SAID} more; 'twin params check {name}' lists them"


def _voltage_problems(parts: Parts) -> Iterator[Problem]:
    info = parts.own_set
    if info is None:
        return
    window = f"{info.lower_voltage_V:g} to {info.upper_voltage_V:g} V"
    initial = parts.cell.initial if parts.cell is not None else None
    start = initial.voltage_V if initial is not None else None
    if start is not None and not info.lower_voltage_V <= start <= info.upper_voltage_V:
        yield Problem(
            ("cell", "initial", "voltage_V"),
            f"{start:g} V lies outside the voltage window of {info.name}, {window}; "
            "start inside it",
        )
    for key, volts in _voltages(parts.protocol) if parts.protocol is not None else ():
        low, high = info.lower_voltage_V - VOLTAGE_MARGIN_V, info.upper_voltage_V + VOLTAGE_MARGIN_V
        if not low <= volts <= high:
            yield Problem(
                key,
                f"{volts:g} V lies more than {VOLTAGE_MARGIN_V:g} V outside the voltage window "
                f"of {info.name}, {window}; give a voltage that this cell can have",
            )


def _voltages(protocol: Protocol) -> Iterator[tuple[Key, float]]:
    """Yield every voltage of a protocol [V] that lies furthest out in its step."""
    for key, step in steps_with_keys(protocol):
        volts = [limit.value for limit in step.until if limit.quantity == "voltage"]
        volts += [step.value] if step.mode == "voltage" and step.value is not None else []
        for value in sorted(set(volts)):
            yield key, value
    for key, block in _blocks(protocol.blocks, ("protocol", "blocks")):
        if block.storage is not None and block.storage.voltage_V is not None:
            yield (*key, "storage", "voltage_V"), block.storage.voltage_V
    for name in ("minimum_voltage_V", "maximum_voltage_V"):
        value = getattr(protocol.stop, name)
        if value is not None:
            yield ("protocol", "stop", name), value


def steps_with_keys(protocol: Protocol) -> Iterator[tuple[Key, Step]]:
    """Yield the steps of a protocol as they are written, with their keys."""
    for key, block in _blocks(protocol.blocks, ("protocol", "blocks")):
        for place, step in enumerate(block.cycle or ()):
            yield (*key, "cycle", place), step
    if protocol.checkups is not None:
        for place, step in enumerate(protocol.checkups.steps):
            yield ("protocol", "checkups", "steps", place), step


def _blocks(blocks: tuple[Block, ...], key: Key) -> Iterator[tuple[Key, Block]]:
    for place, block in enumerate(blocks):
        yield (*key, place), block
        yield from _blocks(block.blocks or (), (*key, place, "blocks"))


def _size_problems(parts: Parts) -> Iterator[Problem]:
    """Yield what would make a run endless: too many cycles, or too many rows."""
    if parts.protocol is None:
        return
    planned = parts.protocol.n_cycles
    if planned > MOST_CYCLES:
        yield Problem(
            ("protocol", "blocks"),
            f"{planned} cycles are planned, with all repeats multiplied; allowed: at most "
            f"{MOST_CYCLES}; lower a 'repeat'",
        )
    for key, period_s in _periods(parts.protocol):
        if period_s < SHORTEST_PERIOD_S:
            yield Problem(
                key,
                f"{period_s:g} s is out of range; allowed: at least {SHORTEST_PERIOD_S:g} s "
                "between two rows",
            )


def _periods(protocol: Protocol) -> Iterator[tuple[Key, float]]:
    """Yield each interval between rows [s], with the key that gives it."""
    if protocol.period_s is not None:
        yield ("protocol", "period_s"), protocol.period_s
    for key, step in steps_with_keys(protocol):
        if step.period_s is not None:
            form = step.form()
            own = isinstance(form, dict) and "period_s" in form
            yield (*key, "period_s") if own else key, step.period_s


def _output_problems(parts: Parts) -> Iterator[Problem]:
    if parts.outputs is None or parts.protocol is None:
        return
    planned = parts.protocol.n_cycles
    sections = {"timeseries": parts.outputs.timeseries, "fields": parts.outputs.fields}
    for name, section in sections.items():
        cycles = section.cycles if section is not None else ()
        listed = cycles if isinstance(cycles, tuple) else ()
        late = [cycle for cycle in listed if isinstance(cycle, int) and cycle > planned]
        if late:
            yield Problem(
                ("outputs", name, "cycles"),
                f"cycle {late[0]} is never reached, because the last planned cycle is {planned}; "
                f"give cycles from 1 to {planned}, or last",
            )


def _profile_problems(parts: Parts) -> Iterator[Problem]:
    for key, step in steps_with_keys(parts.protocol) if parts.protocol is not None else ():
        if step.profile is not None and step.profile.file is not None:
            named = {"time_s": step.profile.time_column, "value": step.profile.value_column}
            columns = {name: column for name, column in named.items() if column is not None}
            problem = file_problem(step.profile.file, columns, "correct 'file'")
            problem = problem or profile_problem(step.profile)
            if problem:
                yield Problem((*key, "profile", "file"), problem)


def _compare_problems(parts: Parts) -> Iterator[Problem]:
    if parts.compare is None:
        return
    own = parts.cell.parameters if parts.cell is not None else None
    names = parts.compare.parameter_sets
    for place, name in enumerate(names):
        key: Key = ("compare", "parameter_sets", place)
        if isinstance(own, str) and name == own:
            yield Problem(key, f"'{name}' is the set of the cell itself; leave it out here")
        elif name in names[:place]:
            yield Problem(key, f"'{name}' is listed twice; keep one of them")
        elif set_name(name) in map(set_name, [own, *names[:place]] if isinstance(own, str) else []):
            yield Problem(
                key,
                f"two sets are called '{set_name(name)}', and results are kept by name; rename a "
                "folder",
            )
    labels = [entry.label for entry in parts.compare.measured]
    for place, entry in enumerate(parts.compare.measured):
        key = ("compare", "measured", place)
        if entry.label in labels[:place]:
            yield Problem((*key, "label"), f"'{entry.label}' is used twice; give each its own")
        yield from (problem.under(key) for problem in _measured_problems(entry, parts.protocol))


def _measured_problems(entry: MeasuredSection, protocol: Protocol | None) -> Iterator[Problem]:
    yield from curve_problems(entry)
    rows = _most_rows(protocol) if protocol is not None else entry.sequence
    if entry.sequence > rows:
        yield Problem(
            ("sequence",),
            f"{entry.sequence} is never reached, because at most {rows} cycles and check-ups "
            f"are planned; give 1 to {rows}",
        )


def _most_rows(protocol: Protocol) -> int:
    """Return the largest number of cycles and check-ups that a protocol can run."""
    planned, checkups = protocol.n_cycles, protocol.checkups
    if checkups is None:
        return planned
    between = planned // checkups.every_cycles if checkups.every_cycles else 0
    marks = len(checkups.at_cycles) + len(checkups.at_capacity_percent)
    return planned + min(between + marks, planned) + checkups.at_start + checkups.at_end
