"""Whether what expressions refer to is there, and whether it comes to an end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from twin.errors import nearest
from twin.parameters.bpx.document import Document, Value, placed
from twin.parameters.bpx.fields import USER_DEFINED
from twin.parameters.checks.findings import Finding, error
from twin.parameters.checks.size_checks import size_findings, table_findings
from twin.parameters.language.expression import Function, Reference, walk
from twin.parameters.places import without_state

MOST_EVALUATIONS = 2000
LONGEST_CHAIN = 50
_SHOWN = 4


def reference_findings(document: Document) -> Iterator[Finding]:
    """Yield what is wrong with references to other parameters."""
    values = without_state(document)
    for name, function in document.functions.items():
        place = placed((USER_DEFINED, name))
        parts = [part for part in walk(function.body) if isinstance(part, Reference)]
        for problem in dict.fromkeys(_problem(part, values) for part in parts):
            if problem:
                yield error(place, problem)
    yield from chain_findings(document.functions)
    yield from table_findings(document)


def _problem(part: Reference, values: Mapping[str, Value]) -> str:
    given = f"{{{part.name}}}"
    if part.name not in values:
        return f"refers to {given}, which the set does not have{nearest(part.name, values)}"
    other = values[part.name]
    wanted = other.arguments if isinstance(other, Function) else None
    if wanted is None or len(part.arguments or ()) == len(wanted):
        return ""
    count = "no" if part.arguments is None else f"{len(part.arguments)}"
    return (
        f"refers to {given} with {count} argument(s), but that is a function of "
        f"{', '.join(wanted) or 'nothing'}; write {given}({', '.join(wanted)}) with your own"
    )


def chain_findings(functions: Mapping[str, Function]) -> Iterator[Finding]:
    """Yield functions that refer to themselves, or to far too many others."""
    needed = {
        name: [p.name for p in walk(f.body) if isinstance(p, Reference) and p.name in functions]
        for name, f in functions.items()
    }
    order = _in_order(needed)
    cost: dict[str, int] = {}
    depth: dict[str, int] = {}
    for name in order:
        before = needed[name]
        cost[name] = min(1 + sum(cost[other] for other in before), MOST_EVALUATIONS + 1)
        depth[name] = min(1 + max((depth[other] for other in before), default=0), LONGEST_CHAIN + 1)
        if cost[name] > MOST_EVALUATIONS >= max(cost[other] for other in before):
            yield _too_much(name, f"needs more than {MOST_EVALUATIONS} evaluations of others")
        elif depth[name] > LONGEST_CHAIN >= max(depth[other] for other in before):
            yield _too_much(name, f"refers to others over more than {LONGEST_CHAIN} steps")
    yield from size_findings(functions, order)
    yield from _circles({name: needed[name] for name in needed if name not in cost})


def _too_much(name: str, text: str) -> Finding:
    return error(placed((USER_DEFINED, name)), f"{text}; write it out")


def _in_order(needed: Mapping[str, list[str]]) -> list[str]:
    """Return functions so that each comes after those it needs, without those in circles."""
    waiting = {name: len(set(others)) for name, others in needed.items()}
    users: dict[str, list[str]] = {name: [] for name in needed}
    for name, others in needed.items():
        for other in set(others):
            users[other].append(name)
    found = [name for name, count in waiting.items() if not count]
    for name in found:  # grows
        for user in users[name]:
            waiting[user] -= 1
            if not waiting[user]:
                found.append(user)
    return found


def _circles(needed: Mapping[str, list[str]]) -> Iterator[Finding]:
    """Yield each circle that is met, once; every function here leads into one."""
    seen: set[str] = set()
    for start in needed:
        way: dict[str, None] = {}
        name = start
        while name not in way and name not in seen:
            way[name] = None
            name = next(other for other in needed[name] if other in needed)
        if name in way:
            names = list(way)
            yield _circle(names[names.index(name) :])
        seen.update(way)


def _circle(names: list[str]) -> Finding:
    shown = [f"{{{name}}}" for name in names[:_SHOWN]]
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    text = " -> ".join([*shown, *more, shown[0]])
    return error(placed((USER_DEFINED, names[0])), f"refers to itself: {text}; break the chain")
