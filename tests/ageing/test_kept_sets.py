"""Parameter sets in a results folder: what a run was made with goes on with it."""

import json
from pathlib import Path
from shutil import copytree, move, rmtree

import pytest

from twin import ageing
from twin.errors import ResultsError
from twin.parameters.library.finding import BUNDLED
from twin.study import load_study

STUDY = """
name: kept
cell: {parameters: Mine2026}
model: {type: SPM}
protocol:
  blocks: [{cycle: [Discharge at 1C for 2 min, Charge at 1C for 2 min], repeat: 2}]
outputs: {report: false}
compare: {parameter_sets: [./other/Yours2026, LGM50OKane2022]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    copytree(BUNDLED / "LGM50Chen2020", tmp_path / "here" / "parameter_sets" / "Mine2026")
    copytree(BUNDLED / "LGM50ORegan2022", tmp_path / "here" / "other" / "Yours2026")
    (tmp_path / "here" / "study.yaml").write_text(STUDY)
    return tmp_path / "here"


def test_results_hold_the_sets_and_can_be_resumed_elsewhere(project: Path, tmp_path: Path) -> None:
    study = load_study(project / "study.yaml")
    before = study.hash
    out = tmp_path / "out"
    ageing.run(study, out)
    kept = {p.relative_to(out).as_posix() for p in out.glob("parameter_set/*/*")}
    files = ("README.md", "parameters.json", "provenance.yaml")
    assert kept == {f"parameter_set/{n}/{f}" for n in ("Mine2026", "Yours2026") for f in files}
    assert sorted(p.name for p in (out / "variants").iterdir()) == ["LGM50OKane2022", "Yours2026"]
    rmtree(project)
    move(out, tmp_path / "moved")
    again = load_study(tmp_path / "moved" / "study.yaml")
    assert again.hash == before
    assert Path(again.cell.parameters).is_relative_to(tmp_path / "moved")
    solution = ageing.resume(tmp_path / "moved")
    assert solution.status == "complete"
    assert solution.manifest["parameter_set"]["name"] == "Mine2026"


def test_another_content_is_another_study(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ageing.run(project / "study.yaml", out)
    file = out / "parameter_set" / "Mine2026" / "parameters.json"
    data = json.loads(file.read_text())
    data["Parameterisation"]["Separator"]["Porosity"] = 0.5
    file.write_text(json.dumps(data))
    with pytest.raises(ResultsError, match="these results are of another study"):
        ageing.resume(out)


def test_a_run_from_its_own_results_keeps_its_set(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ageing.run(project / "study.yaml", out)
    rmtree(project)
    ageing.run(load_study(out / "study.yaml"), out, overwrite=True)
    assert (out / "parameter_set" / "Mine2026" / "parameters.json").is_file()
    assert load_study(out / "study.yaml").cell.parameters.endswith("parameter_set/Mine2026")
