"""The command: what it prints, how it ends, and what it does not import."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from twin.cli import app
from twin.console import plain_table
from twin.errors import Failure, ResultsError

STUDY = """\
name: A few cycles
cell: {parameters: OKane2022, initial: {soc_percent: 80}}
protocol:
  temperature_degC: 25
  blocks:
    - repeat: 3
      cycle: [Discharge at 1C until 2.5 V, Charge at 0.3C until 4.2 V]
  checkups:
    every_cycles: 3
    steps: [{step: Discharge at C/10 until 2.5 V, measure: capacity}]
model: {type: SPM, negative: {sei: ec-reaction}}
compare: {parameter_sets: [Chen2020]}
"""
FAILURE = Failure(
    reason="the cell cannot give 1C.",
    advice="Lower the current.",
    kind="infeasible",
    cycle=2,
    sequence=3,
    step=1,
    step_text="Discharge at 1C until 2.5 V",
    time_s=7200.0,
)
CHECKUPS = pd.DataFrame(
    {
        "cycle": [0, 3],
        "capacity_Ah": [5.01234, 4.9],
        "capacity_percent": [100.0, 97.756],
        "lli_percent": [0.0, 1.5],
        "lam_negative_percent": [0.0, 0.25],
        "lam_positive_percent": [0.0, 0.125],
        "resistance_mOhm": [float("nan"), 31.2],
    }
)


@dataclass
class StandIn:
    """What the commands use of a solution."""

    path: Path
    status: str = "complete"
    failure: Failure | None = None
    checkups: pd.DataFrame = field(default_factory=lambda: CHECKUPS)
    manifest: dict[str, Any] = field(default_factory=dict)
    comparison: pd.DataFrame | None = None


@pytest.fixture
def study(tmp_path: Path) -> Path:
    file = tmp_path / "study.yaml"
    file.write_text(STUDY)
    return file


def invoke(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **content: Any) -> None:
    """Put a module with this content where a command imports one."""
    module = types.ModuleType(f"twin.{name}")
    for key, value in content.items():
        setattr(module, key, value)
    import twin

    monkeypatch.setitem(sys.modules, f"twin.{name}", module)
    monkeypatch.setattr(twin, name, module, raising=False)


def test_check_says_what_the_study_is(study: Path) -> None:
    result = invoke("check", study)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"ok: {study}"
    assert len(lines) == 6
    assert "A few cycles (hash " in lines[1]
    assert "OKane2022, 5 A.h, 2.5 to 4.2 V, starts at 80 % charge" in lines[2]
    assert "3 cycles in 1 block, check-ups every 3 cycles, 25 degC" in lines[3]
    assert "SPM, isothermal; negative: ec-reaction; positive: no ageing" in lines[4]
    assert "with Chen2020" in lines[5]


def test_check_prints_every_problem_and_ends_with_2(study: Path) -> None:
    study.write_text(STUDY.replace("every_cycles", "every_cycle").replace("type: SPM", "type: P2D"))
    result = invoke("check", study)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"{study}:9: protocol.checkups.every_cycle: unknown key" in result.stderr
    assert f"{study}:11: model.type: 'P2D' is not allowed" in result.stderr
    assert f"2 problems in {study}" in result.stderr


def test_schema_is_json() -> None:
    result = invoke("schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["title"] == "celltwin study"


def test_version() -> None:
    result = invoke("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("celltwin ")


def test_usage_errors_end_with_2(study: Path) -> None:
    for arguments, message in (
        (["chek", study], "Did you mean 'check'"),
        (["check"], "STUDY"),
        (["run"], "give a STUDY, or --resume DIR"),
        (["run", study], "--out DIR"),
        (["run", study, "--resume", "a"], "no STUDY"),
        (["run", study, "--ouut", "a"], "--ouut"),
    ):
        result = invoke(*arguments)
        assert result.exit_code == 2, arguments
        assert message in " ".join(result.stderr.replace("│", " ").split()), arguments
        assert "Traceback" not in result.output


def test_run_prints_table_folder_and_report(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, called = tmp_path / "out", {}

    def run(given: Any, folder: Path, *, overwrite: bool, progress: bool) -> StandIn:
        called.update(name=given.name, folder=folder, overwrite=overwrite, progress=progress)
        out.mkdir()
        (out / "report.html").write_text("")
        return StandIn(out, manifest={"warnings": ["theta is large"], "stop_reason": None})

    stand_in(monkeypatch, "ageing", run=run)
    result = invoke("run", study, "--out", out, "--overwrite")
    assert result.exit_code == 0, result.output
    assert called == {"name": "A few cycles", "folder": out, "overwrite": True, "progress": True}
    lines = result.stdout.splitlines()
    assert lines[0].split("  ")[0].strip() == "cycle"
    assert lines[1].split() == ["0", "5.0123", "100.00", "0.00", "0.00", "0.00", "-"]
    assert lines[2].split() == ["3", "4.9000", "97.76", "1.50", "0.25", "0.12", "31.20"]
    assert lines[3:] == [f"results: {out}", f"report: {out / 'report.html'}"]
    assert result.stderr == "warning: theta is large\n"


def test_quiet_prints_only_where_the_results_are(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, "ageing", run=lambda *a, **k: StandIn(tmp_path / "out"))
    result = invoke("run", study, "--out", tmp_path / "out", "--quiet")
    assert result.stdout == f"results: {tmp_path / 'out'}\n"


def test_a_failure_ends_with_3_after_reason_advice_and_folder(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    stand_in(
        monkeypatch, "ageing", run=lambda *a, **k: StandIn(out, status="failed", failure=FAILURE)
    )
    result = invoke("run", study, "--out", out)
    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        "failed in cycle 2, step 1 (Discharge at 1C until 2.5 V), t = 7200 s: "
        "the cell cannot give 1C.",
        "advice: Lower the current.",
        f"everything up to there is in {out}",
    ]
    assert f"results: {out}" in result.stdout


@pytest.mark.parametrize("raises", [True, False])
def test_an_interrupted_run_says_how_to_go_on(
    raises: bool, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text("{}")

    def run(*arguments: Any, **options: Any) -> StandIn:
        if raises:
            raise KeyboardInterrupt
        return StandIn(out, status="interrupted")

    stand_in(monkeypatch, "ageing", run=run)
    result = invoke("run", study, "--out", out)
    assert result.exit_code == 130
    assert f"twin run --resume {out}" in result.stderr


def test_resume_goes_on_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, "ageing", resume=lambda folder, *, progress: StandIn(folder))
    result = invoke("run", "--resume", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert f"results: {tmp_path / 'out'}" in result.stdout


def test_bad_input_of_the_engine_is_a_message(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any, **options: Any) -> StandIn:
        raise ResultsError("out holds results already; --overwrite replaces them")

    stand_in(monkeypatch, "ageing", run=refuse)
    result = invoke("run", study, "--out", tmp_path)
    assert result.exit_code == 2
    assert result.stderr == "out holds results already; --overwrite replaces them\n"


def test_an_unwritable_folder_is_a_message(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any, **options: Any) -> StandIn:
        raise PermissionError(13, "Permission denied", "/out")

    stand_in(monkeypatch, "ageing", run=refuse)
    result = invoke("run", study, "--out", tmp_path)
    assert (result.exit_code, result.stderr) == (2, "/out: Permission denied\n")


def test_a_bad_study_is_refused_before_the_engine_is_imported(study: Path, tmp_path: Path) -> None:
    study.write_text(STUDY.replace("SPM", "SPN"))
    code = (
        "import sys\n"
        f"sys.argv = ['twin', 'run', {str(study)!r}, '--out', {str(tmp_path / 'out')!r}]\n"
        "from twin.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    print(end.code, 'pybamm' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "False"]
    assert "did you mean 'SPM'?" in done.stderr


def test_show_prints_the_comparison_with_measurements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = pd.DataFrame(
        [
            ("1C", "Chen2020", "voltage", 12.34, ""),
            ("1C", "Chen2020", "discharge voltage", 10.04, ""),
            ("1C", "Chen2020", "temperature", 1.5, ""),
            ("C/2", "Chen2020", "all", float("nan"), "the file is not there"),
        ],
        columns=["label", "variant", "quantity", "rmse", "reason"],
    )

    class Solution:
        @staticmethod
        def open(folder: Path) -> StandIn:
            return StandIn(folder, comparison=found)

    stand_in(monkeypatch, "solution", Solution=Solution)
    result = invoke("show", tmp_path)
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["1C", "Chen2020", "10.0", "12.3", "1.50"] in lines
    assert ["C/2", "Chen2020", "-", "-", "-"] in lines
    assert result.stderr == "not compared with C/2: the file is not there\n"


def test_show_prints_the_check_ups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Solution:
        @staticmethod
        def open(folder: Path) -> StandIn:
            return StandIn(folder, status="failed", failure=FAILURE)

    stand_in(monkeypatch, "solution", Solution=Solution)
    result = invoke("show", tmp_path)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{tmp_path}: failed\n")
    assert "97.76" in result.stdout
    assert "the cell cannot give 1C." in result.stdout


def test_report_writes_the_page_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    stand_in(monkeypatch, "report", write_report=asked.append)
    result = invoke("report", tmp_path)
    assert (result.exit_code, asked) == (0, [tmp_path])
    assert f"report: {tmp_path / 'report.html'}" in result.stdout


def test_a_folder_without_results_is_a_message(tmp_path: Path) -> None:
    for command in ("show", "report"):
        result = invoke(command, tmp_path)
        assert result.exit_code == 2, result.output
        assert str(tmp_path) in result.stderr
        assert "Traceback" not in result.output


def test_no_check_ups() -> None:
    assert plain_table(["a", "b"], []) == "a  b"


@pytest.mark.parametrize("arguments", [["check", "STUDY"], ["--help"], ["schema"], ["--version"]])
def test_light_commands_import_nothing_heavy(arguments: list[str], study: Path) -> None:
    given = [str(study) if word == "STUDY" else word for word in arguments]
    code = (
        "import sys\n"
        f"sys.argv = ['twin', *{given!r}]\n"
        "from twin.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    code = end.code\n"
        "heavy = {'pybamm', 'pandas', 'matplotlib', 'casadi', 'scipy', 'pyarrow', 'xarray'}\n"
        "print(code, sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "0 []"


def test_telemetry_is_switched_off_first(study: Path) -> None:
    code = (
        "import os, sys\n"
        f"sys.argv = ['twin', 'check', {str(study)!r}]\n"
        "from twin.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    print(os.environ['PYBAMM_DISABLE_TELEMETRY'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "true"
