"""Whom to cite for a set, from its provenance and its README."""

from __future__ import annotations

import io

import pytest
from pybtex.database import parse_file, parse_string

from tests.parameters.sets import README, write_set
from twin.errors import ParameterError
from twin.parameters.library.citing import (
    REFERENCES,
    Citation,
    as_bibtex,
    as_text,
    citations,
    how_to_cite,
)
from twin.parameters.provenance import Entry

CHEN = "10.1149/1945-7111/ab9050"


@pytest.fixture
def folder(tmp_path):
    return write_set(tmp_path)


def test_sources_come_with_how_many_values_rest_on_them(folder):
    found = {c.source: c for c in citations(folder)}
    assert list(found) == [
        CHEN,
        "10.1016/j.electacta.2008.04.023",
        "10.1149/2.0122001JES",
        "10.9999/unknown.1",
        "a choice",
        "nobody",
        "the maker",
    ]
    assert found[CHEN].methods == {"measured": 2, "fitted": 1}
    assert found[CHEN].basis == "3 values: 2 measured, 1 fitted"
    assert found["10.1149/2.0122001JES"].basis == "1 value: 1 borrowed"
    assert found["nobody"].is_doi is False


def test_no_value_is_counted_twice_for_one_source():
    assert sum(c.values for c in [Citation("x", {"measured": 2, "derived": 1})]) == 3


def test_a_known_paper_is_named_in_full():
    text = Citation(CHEN, {}).text
    assert text == (
        "C. Chen, F. Brosa Planella, K. O'Regan, D. Gastol, W. D. Widanage and E. Kendrick: "
        "Development of Experimental Techniques for Parameterization of Multi-scale Lithium-ion "
        "Battery Models. Journal of The Electrochemical Society 167 (2020) 080534. "
        f"doi:{CHEN}"
    )
    assert Citation("10.1149/2.0122001jes", {}).text.startswith("W. Ai, L. Kraft")


def test_an_unknown_paper_is_named_by_its_doi():
    citation = Citation("10.9999/unknown.1", {"fitted": 1})
    assert citation.text == "doi:10.9999/unknown.1"
    entry = parse_string(citation.bibtex, "bibtex").entries["doi_10_9999_unknown_1"]
    assert (entry.type, dict(entry.fields)) == ("misc", {"doi": "10.9999/unknown.1"})


def test_odd_dois_make_bibtex_that_can_be_read():
    for doi in ("10.1016/S0378-7753(98)00237-7", "10.1234/a_b%c#d&e$f", "10.1234/ünï"):
        citation = Citation(doi, {"fitted": 1})
        assert list(parse_string(citation.bibtex, "bibtex").entries) == [citation.key]


def test_bibtex_holds_every_paper_once(folder):
    text = as_bibtex(folder)
    entries = parse_file(io.StringIO(text), "bibtex").entries
    assert set(entries) == {"Chen2020", "Nyman2008", "Ai2020", "doi_10_9999_unknown_1"}
    assert "% 3 values: 2 measured, 1 fitted" in text


def test_the_text_holds_what_the_set_asks_for_and_every_source(folder):
    text = as_text(folder)
    assert text.startswith("How the set asks to be cited\n\nName the paper.\n\nPapers that")
    for citation in citations(folder):
        assert f"- {citation.text}\n  ({citation.basis})" in text
    assert text.index("Other sources") > text.index("unknown.1")


def test_the_section_of_the_readme_ends_at_the_next_heading(folder):
    assert how_to_cite(folder) == "Name the paper."
    (folder / "README.md").write_text(
        "# A\n## How to Cite ##\none\n### more\n```\n# code\n```\ntwo\n## Licence\nthree\n"
    )
    assert how_to_cite(folder) == "one\n### more\n```\n# code\n```\ntwo"
    (folder / "README.md").write_text(README.replace("How to cite", "Licence and citation"))
    assert how_to_cite(folder) == "Name the paper."
    (folder / "README.md").write_text(README.replace("How to cite", "Cited by nobody"))
    assert how_to_cite(folder) == ""
    assert as_text(folder).startswith("Papers that")


def test_a_set_without_readme_or_provenance_is_an_error(folder):
    (folder / "README.md").unlink()
    with pytest.raises(ParameterError, match=r"README\.md cannot be read"):
        as_text(folder)
    (folder / "provenance.yaml").unlink()
    with pytest.raises(ParameterError, match=r"provenance\.yaml"):
        citations(folder)


def test_the_known_papers_are_complete():
    entries = parse_file(str(REFERENCES), "bibtex", encoding="utf-8").entries
    dois = [entry.fields["doi"].lower() for entry in entries.values()]
    assert len(set(dois)) == len(dois)
    for key, entry in entries.items():
        assert {"title", "journal", "volume", "pages", "year", "doi"} <= set(entry.fields), key
        assert entry.persons["author"], key
        assert key.rstrip("i").endswith(entry.fields["year"]), key
        assert Entry(source=f"doi:{entry.fields['doi']}", method="measured").dois
        assert Citation(entry.fields["doi"], {}).key == key
