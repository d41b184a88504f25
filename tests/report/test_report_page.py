"""The page: complete, self-contained, escaped, and honest about partial results."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from synthetic import write_results

from twin.errors import ResultsError
from twin.report import write_report
from twin.report.page import citation

FIGURES = ["fade", "losses", "lithium", "modes", "mechanics", "voltage", "energy", "temperature"]
VOID = {"meta", "img", "br", "link", "input"}


class Page(HTMLParser):
    """Collects tags, attributes and text, and checks that tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def values(self, name: str) -> list[str]:
        return [value for _, given in self.tags if (value := given.get(name))]


def page_of(folder: Path) -> Page:
    return Page(write_report(folder).read_text(encoding="utf-8"))


def test_the_page_has_every_figure_with_its_caption(tmp_path: Path) -> None:
    page = page_of(write_results(tmp_path, thermal="lumped", variant=True))
    assert set(page.values("id")) == {*FIGURES, "variants"}
    assert sum(tag == "figcaption" for tag, _ in page.tags) == len(FIGURES) + 1
    for name in [*FIGURES, "variants"]:
        assert (tmp_path / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_page_needs_nothing_from_outside(tmp_path: Path) -> None:
    write_results(tmp_path)
    page = page_of(tmp_path)
    assert all(source.startswith("data:image/png;base64,") for source in page.values("src"))
    assert all(link.startswith("https://doi.org/10.") for link in page.values("href"))
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "@import" not in text
    assert "url(" not in text


def test_the_answer_is_made_of_the_numbers(tmp_path: Path) -> None:
    write_results(tmp_path)
    table = pd.read_parquet(tmp_path / "checkups.parquet")
    first, last = table["capacity_Ah"].iloc[[0, -1]]
    text = page_of(tmp_path).text
    assert f"After 100 cycles (28.3 d, 959 A.h moved in all) the cell delivers {last:.2f}" in text
    assert f"A.h at C/10, {100 * last / first:.1f} % of the {first:.2f} A.h" in text
    share = 100 * table["loss_sei_Ah"].iloc[-1] / table["loss_total_Ah"].iloc[-1]
    assert f"{share:.0f} % is due to growth of the SEI" in text
    assert "against this counts loss of positive material (7 %)" in text
    assert "28.4 to 29.5 mΩ (+3.9 %)" in text


@pytest.mark.parametrize("where", ["study", "manifest", "label", "citation", "failure", "warning"])
def test_markup_from_user_files_is_shown_not_run(tmp_path: Path, where: str) -> None:
    evil = "<script>alert('x')</script><img src=http://a.b/c>"
    entry = {"label": evil, "file": "no.csv", "optional": True, "columns": {"time_s": "t"}}
    failure = {"reason": evil, "advice": evil, "step_text": evil, "cycle": 1, "step": 1}
    manifest = {
        "manifest": {"model": [evil], "protocol": [evil], "parameter_set": {"name": evil}},
        "citation": {"citations": [f"{evil} doi:10.1039/D2CP00417H{evil}"]},
        "failure": {"status": "failed", "failure": failure},
        "warning": {"warnings": [evil], "machine": {"platform": evil}},
    }.get(where, {})
    write_results(
        tmp_path,
        name=evil if where == "study" else "x",
        measured=[entry] if where == "label" else None,
        manifest=manifest,
    )
    page = page_of(tmp_path)
    assert "script" not in {tag for tag, _ in page.tags}
    assert not [source for source in page.values("src") if not source.startswith("data:")]
    assert "<script>alert" in page.text


def test_a_failed_run_says_where_why_and_what_to_try(tmp_path: Path) -> None:
    failure = {
        "reason": "The voltage limit was met before the step began.",
        "advice": "Lower the current.",
        "kind": "infeasible",
        "cycle": 38,
        "sequence": 40,
        "step": 2,
        "step_text": "Charge at 0.3C until 4.2 V",
        "time_s": 820000.0,
    }
    manifest = {"status": "failed", "failure": failure, "completed_cycles": 37}
    write_results(tmp_path, completed=37, manifest=manifest)
    text = page_of(tmp_path).text
    assert "The run failed" in text
    assert "37 of 100 planned" in text
    assert "The voltage limit was met before the step began." in text
    assert "Lower the current." in text
    assert "Ageing cycle 38, step 2 (Charge at 0.3C until 4.2 V), 9.5 d after" in text
    assert "After 25 cycles" in text


@pytest.mark.parametrize(
    ("completed", "count", "sentence"),
    [
        (0, 0, "no fade is known"),
        (0, 1, "no fade is known"),
        (1, 0, "The one ageing cycle completed delivers"),
        (10, 0, "Cycle 10 delivers"),
        (10, 1, "Too few check-ups were completed"),
        (30, 2, "After 25 cycles"),
    ],
)
def test_partial_results_give_a_page(
    tmp_path: Path, completed: int, count: int, sentence: str
) -> None:
    manifest = {"status": "interrupted"}
    write_results(tmp_path, completed=completed, checkups=count, manifest=manifest)
    text = page_of(tmp_path).text
    assert sentence in text
    assert "The run was interrupted" in text


@pytest.mark.parametrize("name", ["cycles", "steps", "checkups", "timeseries"])
@pytest.mark.parametrize("damage", ["absent", "torn"])
def test_a_lost_or_torn_table_gives_a_page(tmp_path: Path, name: str, damage: str) -> None:
    write_results(tmp_path)
    file = tmp_path / f"{name}.parquet"
    if damage == "absent":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:200])
    assert (f"{name}.parquet is not readable" in page_of(tmp_path).text) == (damage == "torn")


def test_a_folder_with_a_manifest_alone_gives_a_page(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"format": 1, "name": "bare", "status": "running"}')
    page = page_of(tmp_path)
    assert "has not finished" in page.text
    assert "Figures left out" in page.text


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"no manifest\.json"):
        write_report(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ResultsError, match=r"manifest\.json: not readable"):
        write_report(tmp_path)


def test_a_figure_that_no_longer_applies_is_removed(tmp_path: Path) -> None:
    write_results(tmp_path, thermal="lumped")
    write_report(tmp_path)
    assert (tmp_path / "figures" / "temperature.png").exists()
    write_results(tmp_path)
    page = page_of(tmp_path)
    assert not (tmp_path / "figures" / "temperature.png").exists()
    assert "25.0 °C throughout (isothermal model)" in page.text


def test_a_run_without_mechanics_or_degradation_gives_a_page(tmp_path: Path) -> None:
    write_results(tmp_path)
    file = tmp_path / "cycles.parquet"
    table = pd.read_parquet(file)
    for column in table.columns[table.columns.str.contains("stress|crack|lam_|lithium_|lli")]:
        table[column] = np.nan
    table.to_parquet(file)
    text = page_of(tmp_path).text
    assert "the model has no mechanics" in text
    assert "no reaction that consumes lithium" in text


def test_measured_curves_are_compared_and_drawn(tmp_path: Path) -> None:
    entry = {"label": "Chen, 1C", "file": "m.csv", "sequence": 2, "steps": [1]}
    entry["columns"] = {"time_s": "t", "voltage_V": "V"}  # type: ignore[assignment]
    gone = {**entry, "label": "Gone", "file": "gone.csv", "optional": True}
    write_results(tmp_path, measured=[entry, gone], variant=True)
    series = pd.read_parquet(tmp_path / "timeseries.parquet")
    rows = series[(series["sequence"] == 2) & (series["step"] == 1)]
    measured = pd.DataFrame({"t": rows["step_time_s"], "V": rows["voltage_V"] - 0.005})
    measured.to_csv(tmp_path / "m.csv", index=False)
    page = page_of(tmp_path)
    assert "comparison_1" in page.values("id")
    assert "Measured and simulated: Chen, 1C" in page.text
    assert "'Gone' was not compared: no file" in page.text
    assert (tmp_path / "comparison.parquet").exists()
    table = pd.read_parquet(tmp_path / "comparison.parquet")
    own = table[(table["variant"] == "OKane2022") & (table["quantity"] == "voltage")]
    assert own["rmse"].tolist() == [pytest.approx(5.0, abs=1e-6)]


def test_a_stored_comparison_outlives_the_measured_file(tmp_path: Path) -> None:
    entry = {"label": "Chen", "file": "m.csv", "columns": {"time_s": "t", "voltage_V": "V"}}
    write_results(tmp_path, measured=[entry])
    row = {"label": "Chen", "variant": "OKane2022", "quantity": "voltage", "rmse": 12.3}
    pd.DataFrame([{**row, "unit": "mV", "points": 9}]).to_parquet(tmp_path / "comparison.parquet")
    text = page_of(tmp_path).text
    assert "12.3" in text
    assert "Measured curves are not drawn" in text


def test_a_doi_becomes_a_link_and_nothing_else_does() -> None:
    given = "A & B, https://doi.org/10.1149/2.049210jes. See http://a.b and doi:10.1016/j.x(1)."
    shown = str(citation(given))
    assert '<a href="https://doi.org/10.1149/2.049210jes">doi:10.1149/2.049210jes</a>. See' in shown
    assert shown.count("<a ") == 2
    assert shown.startswith("A &amp; B")


def test_settings_provenance_and_parameters_are_shown(tmp_path: Path) -> None:
    write_results(tmp_path)
    info = json.loads((tmp_path / "manifest.json").read_text())
    text = page_of(tmp_path).text
    for expected in (
        info["study_hash"],
        "pybamm 26.10.1.1",
        "2 cores",
        "86 s",
        "2.5\N{MULTIPLICATION SIGN}10⁻²²",
    ):
        assert expected in text
    assert "Relative tolerance 1\N{MULTIPLICATION SIGN}10⁻⁴" in text


def test_parameters_say_how_sure_they_are_where_the_set_does():
    from twin.report.tables import parameter_table

    row = {"group": "cell", "name": "Separator porosity", "value": 0.47, "unit": ""}
    plain = parameter_table([row])
    assert plain.header == ("Group", "Parameter", "Value", "Unit")
    sure = parameter_table([row, {**row, "how_sure": "borrowed from another cell"}])
    assert sure.header[-1] == "How sure"
    assert [cells[-1] for cells in sure.rows] == ["", "borrowed from another cell"]
