"""Which combinations are run: a covering array of the sensible ones.

A design of strength 2 has every pair of levels of two factors in some row, except pairs that
exclude each other. Rows are found one at a time: a few candidates start from a pair that is
still missing and take, factor by factor in random order, the level that adds most missing pairs;
the best candidate is kept. When all pairs are there, more rows are chosen in the same way for
the triples that they add (D. M. Cohen, S. R. Dalal, M. L. Fredman, G. C. Patton, IEEE Trans.
Softw. Eng. 23, 437 (1997), doi:10.1109/32.605761, for the method).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from twin.models import description as d

Combination = dict[str, str]
Table = npt.NDArray[np.bool_]
SWITCH = ("off", "on")

# the first level of each factor is the plain one
FACTORS: dict[str, tuple[str, ...]] = {
    "model": ("SPM", "SPMe", "DFN"),
    "sizes": ("one", "negative", "positive", "both"),
    "material": ("single", "composite", "composite, plain silicon"),
    "swelling": get_args(d.Swelling),
    "cracks": get_args(d.Cracks),
    "longer path": SWITCH,
    "SEI": get_args(d.Sei),
    "SEI on cracks": SWITCH,
    "plating": get_args(d.Plating),
    "activated plating": SWITCH,
    "loss": get_args(d.ActiveMaterialLoss),
    "porosity change": SWITCH,
    "positive": ("plain", "cracks and loss", "SEI"),
    "dry-out": SWITCH,
    "thermal": get_args(d.Thermal),
    "shape": get_args(d.Shape),
    "diffusion": ("fickian", "stress-coupled"),
    "discretisation": get_args(d.Discretisation),
}
_RESTS = frozenset({"none", "constant"})  # films that do not grow


def _with(word: str) -> frozenset[str]:
    return frozenset(level for level in FACTORS["loss"] if word in level)


# levels that exclude each other when a combination has one of each set
RULES: tuple[dict[str, frozenset[str]], ...] = (
    {"SEI on cracks": frozenset({"on"}), "cracks": frozenset({"none"})},
    {"SEI on cracks": frozenset({"on"}), "SEI": _RESTS},
    {"loss": _with("reaction"), "SEI": _RESTS},
    {"loss": _with("cracks"), "cracks": frozenset({"none"})},
    {"plating": frozenset({"partially-reversible"}), "SEI": frozenset({"none"})},
    {"activated plating": frozenset({"on"}), "plating": frozenset({"none"})},
    {"longer path": frozenset({"on"}), "cracks": frozenset({"none"})},
    {"porosity change": frozenset({"on"}), "SEI": _RESTS, "plating": frozenset({"none"})},
    {
        "dry-out": frozenset({"on"}),
        "SEI": _RESTS,
        "positive": frozenset({"plain", "cracks and loss"}),
    },
)

LEVELS = [(factor, level) for factor, levels in FACTORS.items() for level in levels]
_PLACES = {pair: place for place, pair in enumerate(LEVELS)}
_OF_FACTOR = [[_PLACES[factor, level] for level in levels] for factor, levels in FACTORS.items()]
TRIES = 8


def broken_rules(combination: Combination) -> list[dict[str, frozenset[str]]]:
    """Return the rules that a combination, or a part of one, breaks."""
    return [
        rule
        for rule in RULES
        if all(combination.get(factor) in levels for factor, levels in rule.items())
    ]


def plain() -> Combination:
    """Return the combination of the first levels."""
    return {factor: levels[0] for factor, levels in FACTORS.items()}


def in_words(combination: Combination) -> str:
    """Return the model and what differs from the plain combination.

    >>> in_words(plain() | {"model": "DFN", "SEI": "tunnelling"})
    'DFN, SEI tunnelling'
    """
    found = [
        f"{factor} {level}" if level != "on" else factor
        for factor, level in combination.items()
        if factor != "model" and level != FACTORS[factor][0]
    ]
    return ", ".join([combination["model"], *found])


def possible(strength: int) -> Table:
    """Return which sets of that many levels a sensible combination can have, by place.

    One factor never has all its levels excluded by the others, so a set that breaks no rule can
    be completed.
    """
    table = np.ones((len(LEVELS),) * strength, dtype=bool)
    for places in _OF_FACTOR:  # a factor has one level
        for one, other in itertools.combinations(range(strength), 2):
            index: list[Any] = [slice(None)] * strength
            index[one] = np.array(places)[:, None]
            index[other] = np.array(places)[None, :]
            table[tuple(index)] = False
    for rule in RULES:
        sets = [[_PLACES[factor, level] for level in levels] for factor, levels in rule.items()]
        for axes in itertools.permutations(range(strength), len(sets)):
            # the other axes may have any level
            chosen: list[list[int]] = [list(range(len(LEVELS)))] * strength
            for axis, places in zip(axes, sets, strict=True):
                chosen[axis] = places
            table[np.ix_(*chosen)] = False
    return table


def designed(rows: int, seed: int = 1) -> list[Combination]:
    """Return that many different combinations: first for pairs, then for triples.

    Parameters
    ----------
    rows : number of combinations; about 110 have all pairs
    seed : of the random order
    """
    rng = np.random.default_rng(seed)
    found: list[list[int]] = []
    for strength in (2, 3):
        missing = possible(strength)
        for row in found:
            missing[np.ix_(*[row] * strength)] = False
        while len(found) < rows and missing.any():
            candidates = [_candidate(missing, rng) for _ in range(TRIES)]
            best = max(candidates, key=lambda row: int(missing[np.ix_(*[row] * strength)].sum()))
            missing[np.ix_(*[best] * strength)] = False
            found.append(best)
    return [dict(LEVELS[place] for place in sorted(row)) for row in found]


def _candidate(missing: Table, rng: np.random.Generator) -> list[int]:
    """Return places of one sensible combination that has at least one of the missing sets."""
    flat = np.flatnonzero(missing)
    row = [int(place) for place in np.unravel_index(rng.choice(flat), missing.shape)]
    given = {LEVELS[place][0] for place in row}
    for number in rng.permutation(len(FACTORS)):
        if list(FACTORS)[number] in given:
            continue
        allowed = [p for p in _OF_FACTOR[number] if not _breaks([*row, p])]
        added = [missing[np.ix_([p], *[row] * (missing.ndim - 1))].sum() for p in allowed]
        best = [p for p, gain in zip(allowed, added, strict=True) if gain == max(added)]
        row.append(int(rng.choice(best)))
    return row


def _breaks(row: list[int]) -> bool:
    return bool(broken_rules(dict(LEVELS[place] for place in row)))


def coverage(combinations: list[Combination], strength: int) -> tuple[int, int]:
    """Return how many sets of that many levels are in the combinations, and how many can be."""
    wanted = possible(strength)
    missing = wanted.copy()
    for combination in combinations:
        row = [_PLACES[pair] for pair in combination.items()]
        missing[np.ix_(*[row] * strength)] = False
    orders = len(list(itertools.permutations(range(strength))))
    return int(wanted.sum() - missing.sum()) // orders, int(wanted.sum()) // orders


def excluded_pairs() -> Iterator[tuple[Combination, tuple[str, str]]]:
    """Yield a combination for each pair of levels that exclude each other, and their factors.

    It is sensible but for that pair.
    """
    for rule in RULES:
        (first, ones), (second, others), *rest = rule.items()
        third = {factor: min(levels) for factor, levels in rest}
        for one, other in itertools.product(sorted(ones), sorted(others)):
            yield _mended(plain() | {first: one, second: other} | third, rule), (first, second)


def _mended(combination: Combination, kept: dict[str, frozenset[str]]) -> Combination:
    """Return a combination that breaks the one rule alone."""
    for rule in broken_rules(combination):
        if rule is kept:
            continue
        for factor in set(rule) - set(kept):
            combination = combination | {factor: FACTORS[factor][-1]}
    return combination
