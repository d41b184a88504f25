"""The documentation is true: links lead somewhere, examples run, tables name all there is."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

import twin
from tests.conftest import CHECKUP, ROOT, small_study
from twin.catalogue import CATALOGUE
from twin.cli import app
from twin.compare import COLUMNS
from twin.estimation.sections import (
    QUANTITIES,
    BacktestSection,
    CurveSection,
    ExperimentSection,
    FitStudy,
    ForecastSection,
    NoiseSection,
    ParameterSection,
    SearchSection,
    TableSection,
)
from twin.protocol import Profile
from twin.study import Study, load_study, study_schema

DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md"))
    if path.is_file()
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
# what the schema calls a section -> heading of its table
SECTIONS = {
    "Study": "The top of a study",
    "CellSection": "`cell`",
    "InitialSection": "`cell.initial`",
    "Protocol": "`protocol`",
    "Block": "A block",
    "Storage": "Storage",
    "Step": "A step",
    "Checkups": "`protocol.checkups`",
    "Stop": "`protocol.stop`",
    "ModelSection": "`model`",
    "Electrode": "`model.negative` and `model.positive`",
    "Particle": "`model.negative.particle`",
    "LogNormal": "`model.negative.sizes`",
    "Weibull": "`model.negative.sizes`",
    "Mixture": "A mixture",
    "Histogram": "A histogram",
    "Mesh": "`model.mesh`",
    "SolverSection": "`solver`",
    "OutputsSection": "`outputs`",
    "TimeseriesSection": "`outputs.timeseries`",
    "FieldsSection": "`outputs.fields`",
    "CompareSection": "`compare`",
    "MeasuredSection": "`compare.measured`",
    "Columns": "Columns",
}

# column of the table of parameter sets -> group of parameters
COLUMNS_OF_SETS = {
    "SEI growth": "sei-solvent-diffusion",
    "dead lithium": "dead-lithium",
    "stress": "mechanics",
    "cracks, SEI on cracks": "cracks",
}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(language: str) -> list[Any]:
    """Return every fenced block of a language, with where it stands."""
    found = []
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            if match[1] == language:
                line = text.count("\n", 0, match.start()) + 1
                found.append(pytest.param(match[2], id=f"{named(path)}:{line}"))
    return found


def anchors(text: str) -> set[str]:
    """Return the anchors that a Markdown page has for its headings."""
    titles = HEADING.findall(BLOCK.sub("", text))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def part(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next heading of any level."""
    pattern = rf"^#+ +{re.escape(heading)}$\n(.*?)(?=^#|\Z)"
    match = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    assert match, f"no heading '{heading}'"
    return match[1]


def rows(text: str) -> dict[str, dict[str, str]]:
    """Return key -> cells of its row, for every table whose first column names keys."""
    found: dict[str, dict[str, str]] = {}
    header: list[str] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            header = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        header = header or cells
        for key in re.findall(r"`([^`]+)`", cells[0]):
            found[key] = dict(zip(header, cells, strict=True))
    return found


def is_study(text: str) -> bool:
    return all(re.search(rf"^{key}:", text, re.MULTILINE) for key in ("cell", "protocol"))


def shown(default: Any) -> str:
    return {True: "true", False: "false"}.get(default, str(default).strip("`"))


def same(written: str, default: Any) -> bool:
    """Return whether a cell of a table says the same as the schema."""
    if isinstance(default, int | float) and not isinstance(default, bool):
        return float(written) == default
    return written.strip("`") == shown(default)


@pytest.fixture(scope="module")
def solution(tmp_path_factory):
    plain = small_study(1)
    plain["protocol"]["checkups"] = {"at_end": True, "steps": CHECKUP}
    return twin.run(Study.model_validate(plain), tmp_path_factory.mktemp("docs") / "out")


def sections_of_the_schema() -> dict[str, dict[str, Any]]:
    schema = study_schema()
    return {"Study": schema, **schema["$defs"]}


def properties(section: dict[str, Any]) -> dict[str, Any]:
    found = dict(section.get("properties", {}))
    for form in section.get("anyOf", ()):
        found |= form.get("properties", {})
    return found


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_relative_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in LINK.findall(BLOCK.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), f"{named(page)} links to {target}"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("text", blocks("yaml"))
def test_whole_studies_load(text, tmp_path):
    if not is_study(text):
        pytest.skip("part of a study")
    file = tmp_path / "study.yaml"
    file.write_text(text, encoding="utf-8")
    assert load_study(file).protocol.n_cycles > 0


@pytest.mark.parametrize("text", blocks("python"))
def test_python_is_python_and_runs_where_it_says_so(text, tmp_path):
    compile(text, "docs", "exec")
    if not text.startswith("# runs\n"):
        return
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_tables_below_are_checked_for_every_section():
    assert set(sections_of_the_schema()) == set(SECTIONS)


@pytest.mark.parametrize(("name", "heading"), SECTIONS.items())
def test_every_key_of_a_study_has_a_row(name, heading):
    table = rows(part(read("reference/study.md"), heading))
    for key, schema in properties(sections_of_the_schema()[name]).items():
        assert key in table, key
        row = table[key]
        for word in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else [])):
            assert f"`{word}`" in json.dumps(row, ensure_ascii=False), (key, word)
        default = schema.get("default")
        if default is not None and not isinstance(default, list | dict):
            assert same(row["default"], default), (key, row["default"], default)


@pytest.mark.parametrize(("name", "heading"), SECTIONS.items())
def test_the_reference_names_no_key_that_a_study_does_not_have(name, heading):
    known = set(properties(sections_of_the_schema()[name]))
    table = rows(part(read("reference/study.md"), heading))
    assert set(table) - known == set()


def test_every_parameter_set_has_a_row():
    table = rows(part(read("reference/study.md"), "Parameter sets"))
    assert set(table) >= set(CATALOGUE)
    for name, info in CATALOGUE.items():
        row = table[name]
        assert float(row["capacity [A.h]"]) == pytest.approx(info.nominal_capacity_Ah, abs=1e-6)
        assert row["window [V]"] == f"{info.lower_voltage_V:g} to {info.upper_voltage_V:g}"
        assert (row["heat"] == "yes") == ("thermal" in info.cell)
        for column, group in COLUMNS_OF_SETS.items():
            have = {material for material, groups in info.groups.items() if group in groups}
            domains = {material.split()[0] for material in have}
            words = "yes" if len(domains) == 2 else domains.pop() if domains else "no"
            assert words in row[column].split(", "), (name, column)


def test_every_key_of_a_profile_has_a_row():
    table = rows(part(read("reference/study.md"), "A profile"))
    assert set(table) == set(Profile.model_json_schema()["properties"])


@pytest.mark.parametrize("name", ["cycles", "steps", "checkups", "timeseries"])
def test_every_column_has_a_row_and_every_row_a_column(solution, name):
    text = read("reference/results.md")
    explained = set(rows(part(text, f"`{name}.parquet`")))
    if name in ("cycles", "checkups"):
        explained |= set(rows(part(text, "State columns")))
        explained |= set(rows(part(text, "Columns of errors")))
    assert explained == set(getattr(solution, name).columns)


def test_every_column_of_a_comparison_has_a_row():
    explained = rows(part(read("reference/results.md"), "`comparison.parquet`"))
    assert set(explained) == set(COLUMNS)


def test_every_key_of_the_manifest_has_a_row(solution):
    explained = rows(part(read("reference/results.md"), "`manifest.json`"))
    assert set(explained) == set(solution.manifest)


def test_every_file_of_a_results_folder_has_a_row(solution):
    explained = rows(read("reference/results.md").partition("## Conventions")[0])
    assert {path.name for path in solution.path.iterdir()} <= set(explained)


def test_every_command_and_option_is_in_the_reference():
    text = read("reference/cli.md")
    for name, command in typer.main.get_command(app).commands.items():
        about = part(text, f"`twin {name}`")
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option != "--help":
                    assert f"`{option}" in about, (name, option)


FIT_SECTIONS = {
    "At the top": FitStudy,
    "`experiments`": ExperimentSection,
    "`tables`": TableSection,
    "`curves`": CurveSection,
    "`parameters`": ParameterSection,
    "`noise`": NoiseSection,
    "`search`": SearchSection,
    "`forecast`": ForecastSection,
    "`backtests`": BacktestSection,
}


@pytest.mark.parametrize("title", FIT_SECTIONS)
def test_every_key_of_a_fit_has_a_row_and_no_other(title):
    listed = rows(part(read("reference/fit.md"), title))
    assert set(listed) == set(FIT_SECTIONS[title].model_fields)


def test_every_quantity_of_a_fit_is_named():
    text = read("reference/fit.md")
    assert not [name for name in QUANTITIES if f"`{name}`" not in text]
