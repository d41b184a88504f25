"""The reference of measured data lists what there is, and what it shows is true."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pytest

from tests.conftest import ROOT
from tests.test_docs import part, rows
from twin.data import Cycle, PulseResistance, Step
from twin.data.data_map import DataMap, TextSection, keys_of_map
from twin.data.quality import Done, Kind
from twin.data.steps import KINDS
from twin.data.table import BDF_ENDINGS, FORMATS, TEXT_SUFFIXES
from twin.data.vocabulary import RECORDED, VOCABULARY, Meaning

REFERENCE = (ROOT / "docs" / "reference" / "data.md").read_text(encoding="utf-8")
HOW_TO = (ROOT / "docs" / "how-to" / "read_measurements.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("heading", "vocabulary"), [("Cycler files", RECORDED), ("Tables of check-ups", VOCABULARY)]
)
def test_the_vocabulary_is_that_of_the_code(
    heading: str, vocabulary: Mapping[str, Meaning]
) -> None:
    table = rows(part(REFERENCE, heading))
    assert list(table) == list(vocabulary)
    for key, meaning in vocabulary.items():
        row = table[key]
        assert row["unit"] == meaning.unit
        assert row["what it is"] == meaning.about
        assert row["units of the file"] == ", ".join(f"`{unit}`" for unit in meaning.units)
        assert row["possible"] == f"{meaning.lowest:g} to {meaning.highest:g}"


def test_every_finding_is_explained() -> None:
    table = rows(part(REFERENCE, "What is found, and what is done"))
    assert set(table) == set(get_args(Kind))
    words = " ".join(row["what is done"] for row in table.values())
    assert all(done in words for done in get_args(Done))


def test_every_format_and_ending_is_listed() -> None:
    table = rows(part(REFERENCE, "Formats"))
    assert list(table) == list(FORMATS)
    endings = " ".join(row["endings"] for row in table.values())
    for ending in (*TEXT_SUFFIXES, *BDF_ENDINGS, ".parquet", ".mat"):
        assert f"`{ending}`" in endings


def test_every_key_of_a_map_is_listed() -> None:
    table = rows(part(REFERENCE, "The map file"))
    assert set(table) == set(keys_of_map()) | set(TextSection.model_fields)
    for key, field in TextSection.model_fields.items():
        assert table[key]["default"] == f"`{field.default}`"
    for key in ("table", "repeats"):
        assert table[key]["default"] == f"`{DataMap.model_fields[key].default}`"


@pytest.mark.parametrize(
    ("heading", "kind"), [("Steps", Step), ("Cycles", Cycle), ("Resistances", PulseResistance)]
)
def test_every_column_is_listed(heading: str, kind: type) -> None:
    table = rows(part(REFERENCE, heading))
    names = {field.name for field in dataclasses.fields(kind)} - {"first", "last"}
    assert set(table) - set(KINDS) == names
    if kind is Step:
        assert set(KINDS) <= set(table)


def test_every_map_that_is_shown_is_one(tmp_path: Path) -> None:
    from twin.data.data_map import read_map

    blocks = HOW_TO.split("```yaml\n")[1:]
    assert len(blocks) == 2
    for block in blocks:
        file = tmp_path / "map.yaml"
        file.write_text(block.partition("```")[0], encoding="utf-8")
        assert read_map(file).columns
