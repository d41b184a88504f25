"""Choices of a model with each other: a designed sample runs and keeps its lithium."""

from __future__ import annotations

import itertools
import random

import pytest

from benchmarks.combining import cells, tables
from benchmarks.combining.design import (
    FACTORS,
    RULES,
    broken_rules,
    coverage,
    designed,
    excluded_pairs,
    in_words,
    plain,
)
from benchmarks.combining.full import full
from benchmarks.combining.kept import Kept, fingerprint
from benchmarks.combining.pool import in_processes
from twin.errors import ModelError
from twin.models import lithium_ion
from twin.models.description import conflicts, dry_out_conflicts

SAMPLE = designed(28)
EXCLUDED = list(excluded_pairs())


# -- the sample ----------------------------------------------------------------------


@pytest.mark.parametrize("chosen", SAMPLE, ids=in_words)
def test_three_cycles_run_and_keep_their_lithium(chosen):
    row = cells.run(chosen)
    assert row["failure"] == ""
    assert row["ledger_error"] < cells.LIMIT


def test_the_sample_has_every_level_and_most_pairs():
    for factor, levels in FACTORS.items():
        assert {chosen[factor] for chosen in SAMPLE} == set(levels)
    there, wanted = coverage(SAMPLE, 2)
    assert there > 0.85 * wanted


# -- the design ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def design():
    return designed(130)


def sensible(chosen):
    """By what the models refuse, not by the rules of the design."""
    given = cells.described(chosen)
    pair = given.negative, given.positive
    found = [text for electrode in pair for text in conflicts(electrode)]
    return not found and not dry_out_conflicts(*pair, given.dry_out)


def at_random(rng):
    return {factor: rng.choice(levels) for factor, levels in FACTORS.items()}


def test_the_rules_of_the_design_are_those_of_the_models():
    rng = random.Random(1)
    drawn = [at_random(rng) for _ in range(1000)]
    verdicts = [sensible(chosen) for chosen in drawn]
    assert verdicts == [not broken_rules(chosen) for chosen in drawn]
    assert 50 < sum(verdicts) < 950


def test_every_pair_that_some_sensible_combination_has_is_in_the_design(design):
    rng = random.Random(2)
    assert all(sensible(chosen) for chosen in design)
    there = {pair for chosen in design for pair in itertools.combinations(chosen.items(), 2)}
    left_out = []
    for one, other in itertools.combinations(FACTORS, 2):
        for pair in itertools.product(FACTORS[one], FACTORS[other]):
            if ((one, pair[0]), (other, pair[1])) not in there:
                left_out.append({one: pair[0], other: pair[1]})
    for pair in left_out:
        assert not any(sensible(at_random(rng) | pair) for _ in range(60)), pair
    assert len(left_out) == 18  # and they are those that are known to exclude each other
    assert all(broken_rules(pair) for pair in left_out)


def test_the_design_is_the_same_every_time():
    assert designed(28) == SAMPLE
    assert designed(40)[:28] == SAMPLE
    assert designed(28, seed=2) != SAMPLE


def test_triples_come_after_the_pairs(design):
    assert len({in_words(chosen) for chosen in design}) == len(design)
    pairs, wanted = coverage(design, 2)
    triples, all_triples = coverage(design, 3)
    assert pairs == wanted
    assert 0.8 * all_triples < triples < all_triples
    counted = {t for chosen in design for t in itertools.combinations(chosen.items(), 3)}
    assert triples == len(counted)


# -- what makes no sense -------------------------------------------------------------

# what a message calls a factor, where it is another word
WORDS = {
    "SEI on cracks": "sei_on_cracks",
    "SEI": "sei",
    "loss": "active_material_loss",
    "activated plating": "activated_plating",
    "longer path": "longer_path",
    "porosity change": "porosity_change",
    "dry-out": "dry_out",
}


@pytest.mark.parametrize(
    ("chosen", "factors"), EXCLUDED, ids=[in_words(chosen) for chosen, _ in EXCLUDED]
)
def test_choices_that_exclude_each_other_are_refused_in_one_line(chosen, factors, monkeypatch):
    def reached(*given, **named):
        raise AssertionError("PyBaMM was asked")

    monkeypatch.setattr(lithium_ion, "pybamm_options", reached)
    with pytest.raises(ModelError) as refused:
        cells.described(chosen).build()
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    for factor in factors:
        assert WORDS.get(factor, factor).lower() in message.lower()


def test_every_rule_has_a_combination_that_breaks_it_alone():
    broken = [broken_rules(chosen) for chosen, _ in EXCLUDED]
    assert all(len(rules) == 1 for rules in broken)
    assert [rule for rule in RULES if [rule] not in broken] == []


def test_a_refusal_by_pybamm_or_of_two_lines_does_not_count(monkeypatch):
    assert cells.refusal(EXCLUDED[0][0])["refused"]
    assert cells.refusal(plain()) == {
        "combination": "SPM",
        "message": "it was built",
        "refused": False,
    }
    twice = {"material": "composite", "longer path": "on"}
    assert not cells.refusal(plain() | twice)["refused"]
    monkeypatch.setattr(lithium_ion, "check", lambda *given: None)
    assert not cells.refusal(EXCLUDED[0][0])["refused"]


# -- how a combination is judged -----------------------------------------------------


def test_a_run_that_stops_early_is_a_failure():
    solving = cells.simulation(cells.described(plain()), 1, cells.MESH)
    solution = solving.solve(calc_esoh=False)
    assert cells.unfinished(solution, 1) == ""
    assert cells.unfinished(solution, 2) == "cycle 1 of 2 was the last"
    solution.cycles[0].steps.pop()
    assert cells.unfinished(solution, 1).endswith("until C/20' is missing")


def test_a_sink_that_gains_though_it_was_not_chosen_is_a_failure():
    row = {"gained": dict.fromkeys(cells.SINKS, 0.0)}
    assert cells.idle(plain(), row) == ""
    row["gained"]["plated"] = 1e-9
    assert cells.idle(plain(), row) == "plated gained 1e-09 mol"
    assert cells.idle(plain() | {"plating": "reversible"}, row) == ""
    assert cells.idle(plain() | {"SEI": "tunnelling"}, row) == "SEI gained 0 mol"


def test_an_error_in_a_model_is_a_row_with_its_place():
    row = cells.run(plain() | {"model": "SPX"})
    assert row["failure"].startswith("AttributeError")
    assert not row["built"]
    assert "cells.py" in row["traceback"][-1]


def test_the_full_cell_has_every_mechanism():
    negative = full("DFN", 7, composite=True).negative
    assert negative.films
    assert negative.mechanics
    assert negative.porosity_change
    assert {phase.sizes.nodes for phase in negative.phases.values()} == {7}


# -- processes -----------------------------------------------------------------------


def test_a_job_that_hangs_or_dies_is_a_result_and_the_others_are_done():
    fine = [f"{{'failure': '', 'given': {place}}}" for place in range(3)]
    hangs, dies = "__import__('time').sleep(60)", "__import__('os')._exit(3)"
    jobs = [fine[0], hangs, fine[1], dies, fine[2]]
    found = dict(in_processes(eval, jobs, timeout_s=3.0, workers=2))
    assert [found[place].get("given") for place in range(5)] == [0, None, 1, None, 2]
    assert found[1]["failure"] == "not finished after 3 s"
    assert found[3]["failure"] == "its process ended with code 3"


def test_no_jobs_are_no_results():
    assert list(in_processes(eval, [], timeout_s=1.0)) == []


def test_a_stopped_run_goes_on_and_results_of_other_sources_are_thrown_away(tmp_path):
    path = tmp_path / "kept.jsonl"
    Kept(path, "one").add("a", {"failure": ""})
    with path.open("a", encoding="utf-8") as file:
        file.write('["b", {"fail')  # the run was stopped here
    again = Kept(path, "one")
    assert again.rows == {"a": {"failure": ""}}
    again.add("c", {"failure": "no"})
    assert set(Kept(path, "one").rows) == {"a", "c"}
    assert Kept(path, "other").rows == {}


def test_other_sources_or_versions_have_another_fingerprint(tmp_path):
    (tmp_path / "a.py").write_text("1", encoding="utf-8")
    first = fingerprint(["1.0"], [tmp_path])
    assert fingerprint(["1.0"], [tmp_path]) == first
    assert fingerprint(["1.1"], [tmp_path]) != first
    (tmp_path / "a.py").write_text("2", encoding="utf-8")
    assert fingerprint(["1.0"], [tmp_path]) != first


def test_failures_and_books_that_do_not_close_are_listed():
    rows = [
        {"combination": "fine", "failure": "", "ledger_error": 1e-12},
        {"combination": "off", "failure": "", "ledger_error": 2e-10},
        {"combination": "broken", "failure": "SolverError: no\nmore"},
    ]
    assert [tuple(row.values()) for row in tables.failures(rows)] == [
        ("off", "ledger error 2.0e-10"),
        ("broken", "SolverError: no more"),
    ]
    assert tables.worst(rows) == 2e-10
