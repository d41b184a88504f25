"""Whether the choices of a model go together, and whether the parameter set has what they need."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from twin.catalogue import LACKED, SECONDARY, SetInfo, needed_groups
from twin.models.description import (
    Electrode,
    conflicts,
    constraint_conflicts,
    dry_out_conflicts,
)
from twin.models.extra_parameters import every_name
from twin.models.shapes import CURVED_DIRECTIONS
from twin.models.sizes import Histogram, SizeError, size_rule
from twin.names import DOMAINS, Domain
from twin.parameters.known import every_set
from twin.study.electrodes import size_problem
from twin.study.files import absence
from twin.study.messages import Key, Problem, lowered
from twin.study.parts import Parts, set_of
from twin.study.sections import ModelSection
from twin.study.values import value_problems

GROUP_WORDS = {
    "mechanics": "particle stress",
    "cracks": "cracks",
    "sei": "an SEI",
    "sei-on-cracks": "SEI on cracks",
    "plating": "lithium plating",
    "stripping": "stripping of lithium",
    "dead-lithium": "dead lithium",
    "lam-stress": "loss of active material by stress",
    "lam-reaction": "loss of active material by the SEI reaction",
    "thermal": "heat",
}
_NAMES_SHOWN = 6


def model_problems(parts: Parts) -> Iterator[Problem]:
    """Yield what is wrong in the model, and between it and the parameter sets."""
    described = isinstance(parts.model, ModelSection)
    yield from _value_problems(parts)
    if described:
        yield from _conflict_problems(parts.model)
        yield from _distribution_problems(parts.model)
        yield from _set_problems(parts)


def _value_problems(parts: Parts) -> Iterator[Problem]:
    info = parts.own_set
    if parts.cell is None or info is None:
        return
    asked = parts.model.extras if isinstance(parts.model, ModelSection) else ()
    names = {extra.name for _, extra in asked}
    if isinstance(parts.model, ModelSection):
        names |= lacked_names(info, parts.model)
    elif parts.model is None:  # not known, since something else is wrong in it
        names |= every_name() | LACKED
    for problem in value_problems(parts.cell.values, info, names):
        yield problem.under(("cell", "values"))
    for key, extra in asked:
        if extra.default is None and extra.name not in parts.cell.values:
            yield Problem(
                key,
                f"needs a value for '{extra.name}', which parameter sets do not have; give it "
                "under cell.values",
            )


def _conflict_problems(model: ModelSection) -> Iterator[Problem]:
    for domain in DOMAINS:
        for text in conflicts(getattr(model, domain)):
            # each message starts with one of the two keys that exclude each other
            problem = Problem((), text.removeprefix("primary: "))
            yield lowered(problem, Electrode).under(("model", domain))
    texts = constraint_conflicts(model.negative, model.positive, model.constraint)
    texts += dry_out_conflicts(model.negative, model.positive, model.dry_out)
    for text in texts:
        yield lowered(Problem((), text), ModelSection).under(("model",))


def _materials(model: ModelSection) -> Iterator[tuple[Domain, str, Electrode]]:
    """Yield domain, phase and choices of every material."""
    for domain in DOMAINS:
        for phase, electrode in getattr(model, domain).phases.items():
            yield domain, phase, electrode


def _key(domain: Domain, phase: str, name: str) -> Key:
    inner = (SECONDARY,) if phase == SECONDARY else ()
    return ("model", domain, *inner, *name.split("."))


def _distribution_problems(model: ModelSection) -> Iterator[Problem]:
    """Yield why a distribution of sizes cannot be had from its file or its numbers."""
    for domain, phase, electrode in _materials(model):
        sizes, key = electrode.sizes, _key(domain, phase, "sizes")
        if sizes is None:
            continue
        absent = absence(sizes.file) if isinstance(sizes, Histogram) and sizes.file else ""
        if absent:
            yield Problem((*key, "file"), f"{absent}; correct 'file'")
            continue
        try:
            size_rule(sizes, curved=CURVED_DIRECTIONS[electrode.particle.shape])
        except SizeError as error:
            yield size_problem(error, type(sizes)).under(key)


# -- what parameter sets have -------------------------------------------------------------------


def lacking(
    info: SetInfo, model: ModelSection, given: Collection[str] = ()
) -> dict[Key, list[str]]:
    """Return key of the model -> what a set lacks for it, as `SetInfo.missing` says it.

    Electrodes whose number of materials is not the set's are left out.

    Parameters
    ----------
    info : the parameter set
    model : the choices
    given : names of parameters that are given beside the set
    """
    asked: list[tuple[Key, str]] = [(("model", "type"), model.type)]
    if model.thermal != "isothermal":
        asked.append((("model", "thermal"), "thermal"))
    for domain, phase, electrode in _materials(model):
        if domain not in _misfits(info, model):
            material = domain if phase != SECONDARY else f"{domain} {SECONDARY}"
            asked += [
                (_key(domain, phase, name), f"{material} {group}")
                for name, group in needed_groups(electrode)
            ]
    found: dict[Key, list[str]] = {}
    for key, question in asked:
        if not set(info.missing.get(question, ())) <= set(given):
            found.setdefault(key, []).append(question)
    return found


def lacked_names(info: SetInfo, model: ModelSection) -> set[str]:
    """Return the parameters that a model needs and a set lacks, beyond those of `extras`."""
    questions = (question for found in lacking(info, model).values() for question in found)
    return {name for question in questions for name in info.missing[question]}


def _misfits(info: SetInfo, model: ModelSection) -> list[Domain]:
    """Return the electrodes whose number of materials is not the set's."""
    return [d for d in DOMAINS if (len(getattr(model, d).phases) > 1) != info.is_composite(d)]


def _suited(model: ModelSection, given: Collection[str] = ()) -> list[str]:
    """Return the sets that have all that a model needs."""
    return [
        info.name
        for info in every_set()
        if not (_misfits(info, model) or lacking(info, model, given))
    ]


def _set_problems(parts: Parts) -> Iterator[Problem]:
    model = parts.model
    given = parts.cell.values if parts.cell is not None else {}
    for key, name in parts.set_names:
        info = set_of(name)
        if info is not None and key[0] == "cell":
            yield from (_misfit(info, domain, model) for domain in _misfits(info, model))
            for where, questions in lacking(info, model, given).items():
                yield Problem(where, _lack(where, questions, info, parts))
        elif info is not None:
            yield from _compared_problems(key, info, model, given)


def _compared_problems(
    key: Key, info: SetInfo, model: ModelSection, given: Collection[str]
) -> Iterator[Problem]:
    misfits, missing = _misfits(info, model), lacking(info, model, given)
    if not misfits and not missing:
        return
    said = f"has no parameters for {', '.join('.'.join(map(str, key)) for key in missing)}"
    if misfits:
        domain = misfits[0]
        own, other = (
            ("two materials", "one") if info.is_composite(domain) else ("one material", "two")
        )
        said = f"has {own} in the {domain} electrode, where the model has {other}"
    yield Problem(
        key,
        f"'{info.name}' {said}. Sets that have all that this model needs: "
        f"{', '.join(_suited(model, given)) or 'none'}; compare with one of these, or leave that "
        "physics out",
    )


def _misfit(info: SetInfo, domain: Domain, model: ModelSection) -> Problem:
    """Return the problem of an electrode whose number of materials is not the set's."""
    fitting = [other.name for other in every_set() if not _misfits(other, model)]
    sets = f"Sets that have {{}}: {', '.join(_suited(model) or fitting) or 'none'}"
    if info.is_composite(domain):
        return Problem(
            ("cell", "parameters"),
            f"{info.name} has two materials in the {domain} electrode, and model.{domain} "
            f"describes one; describe the other under model.{domain}.secondary ({{}} if it does "
            f"not age), or choose another set. {sets.format('one')}",
        )
    return Problem(
        ("model", domain, SECONDARY),
        f"needs a parameter set with two materials in the {domain} electrode, and {info.name} has "
        f"one. {sets.format('two')}; choose one of these as cell.parameters, or leave it out",
    )


def _lack(key: Key, questions: list[str], info: SetInfo, parts: Parts) -> str:
    """Return the message for one choice that a parameter set has no parameters for."""
    chosen: Any = parts.model
    for part in key[1:]:
        chosen = getattr(chosen, str(part))
    chosen = str(chosen).lower() if isinstance(chosen, bool) else f"'{chosen}'"
    given = parts.cell.values if parts.cell is not None else {}
    names = [n for question in questions for n in info.missing[question] if n not in given]
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    suited = [other.name for other in every_set() if _has(other, questions, info)]
    choose = f"Sets that have them: {', '.join(suited)}; choose one of these as cell.parameters,"
    return (
        f"{chosen} needs parameters for {' and '.join(map(_words, questions))}, which {info.name} "
        f"does not have ({', '.join(names[:_NAMES_SHOWN])}{more}). "
        f"{choose if suited else 'No set has them;'} give values under cell.values, or leave it out"
    )


def _words(question: str) -> str:
    group = question.split()[-1]
    if group.startswith("sei-") and group not in GROUP_WORDS:
        return f"{group.removeprefix('sei-')} growth of the SEI"
    return GROUP_WORDS.get(group, group)


def _has(other: SetInfo, questions: list[str], info: SetInfo) -> bool:
    """Return whether another set of the same materials answers all questions."""
    alike = other.groups.keys() == info.groups.keys()
    return alike and not any(question in other.missing for question in questions)
