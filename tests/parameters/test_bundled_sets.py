"""The sets that come along: complete, with a source for each value, and what they claim to be."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pybamm
import pytest

from tests.parameters.bridge.test_round_trip import EXACT
from twin.catalogue import CATALOGUE
from twin.parameters.bridge.pybamm_sets import PREFIX
from twin.parameters.bridge.to_pybamm import parameter_values
from twin.parameters.bridge.value_differences import largest_difference
from twin.parameters.library.finding import BUNDLED, sets_in
from twin.parameters.parameter_set import read_set
from twin.parameters.provenance import METHODS, Provenance, value_paths
from twin.parameters.values import load_parameters
from twin.study import Study

SETS = sets_in(BUNDLED)
CAPACITY = "Nominal cell capacity [A.h]"


def test_the_sets_are_those_that_were_promised() -> None:
    assert SETS == [
        "A123Prada2013",
        "EnertechAi2020",
        "KokamEcker2015",
        "KokamMarquis2019",
        "LGM50Chen2020",
        "LGM50Chen2020Composite",
        "LGM50OKane2022",
        "LGM50ORegan2022",
        "UMichMohtat2020",
    ]
    assert not set(SETS) & set(CATALOGUE)


@pytest.mark.parametrize("name", SETS)
def test_every_value_has_a_source_and_a_method(name: str) -> None:
    found = read_set(BUNDLED / name)
    assert found.provenance is not None
    wanted = set(value_paths(found.document.raw))
    assert set(found.provenance.paths) == wanted
    for path in wanted:
        entry = found.provenance.entry(path)
        assert entry is not None
        assert entry.method in METHODS
        assert all(source.strip() for source in entry.source)


@pytest.mark.parametrize("name", SETS)
def test_it_says_what_it_is_not_good_for_and_how_to_cite_it(name: str) -> None:
    text = (BUNDLED / name / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    for heading in ("## The cell", "## Not good for", "## Licence"):
        assert heading in text, heading
    assert "doi:10." in text


@pytest.mark.parametrize("name", SETS)
def test_it_is_the_set_that_pybamm_ships(name: str) -> None:
    """Made anew it is the same file, and PyBaMM's numbers and functions come back."""
    from twin.parameter_sets.make_sets import SOURCES, made

    found = read_set(BUNDLED / name)
    assert made(name).data == found.document.raw
    theirs, ours = pybamm.ParameterValues(SOURCES[name].pybamm_name), parameter_values(found)
    worst = largest_difference(theirs, ours)
    assert worst[0] < EXACT, worst


@pytest.mark.parametrize("name", SETS)
def test_pybamm_knows_it_by_name(name: str) -> None:
    points = {p.name for p in entry_points(group="pybamm_parameter_sets")}
    assert {n for n in points if n.startswith(PREFIX)} == {PREFIX + n for n in SETS}
    values = pybamm.ParameterValues(PREFIX + name)
    assert values[CAPACITY] == read_set(BUNDLED / name).number(CAPACITY)


def test_pybamm_is_told_of_a_set_that_is_not_there() -> None:
    from twin.parameters.bridge import pybamm_sets

    with pytest.raises(AttributeError, match="no attribute 'Nothing2026'"):
        _ = pybamm_sets.Nothing2026


@pytest.mark.parametrize("name", SETS)
def test_a_discharge_at_a_third_of_1C_gives_the_nominal_capacity(name: str) -> None:
    """Within the error that the set states with its nominal capacity."""
    stated = Provenance.read(BUNDLED / name / "provenance.yaml").entry(("Cell", CAPACITY))
    assert stated is not None
    values = pybamm.ParameterValues(PREFIX + name)
    composite = "Secondary: Negative particle radius [m]" in values
    hysteresis = (("single", "current sigmoid"), "single")
    two = {"particle phases": ("2", "1"), "open-circuit potential": hysteresis}
    model = pybamm.lithium_ion.DFN(two if composite else {})
    lower = values["Lower voltage cut-off [V]"]
    experiment = pybamm.Experiment([f"Discharge at C/3 until {lower} V"])
    run = pybamm.Simulation(model, parameter_values=values, experiment=experiment)
    capacity = run.solve(initial_soc=1.0)["Discharge capacity [A.h]"].entries[-1]
    assert isinstance(stated.uncertainty, float)
    assert abs(capacity - values[CAPACITY]) < stated.uncertainty
    assert stated.uncertainty < 0.3 * values[CAPACITY]
    (said,) = [w for w in stated.note.split() if w.replace(".", "").isdigit() and "." in w][-1:]
    np.testing.assert_allclose(float(said), capacity, rtol=3e-3)


def test_a_study_takes_a_set_by_name_and_keeps_its_content_in_the_source() -> None:
    loaded = load_parameters("LGM50OKane2022", {})
    assert loaded.name == "LGM50OKane2022"
    assert loaded.source.startswith("parameter set LGM50OKane2022, sha256 ")
    assert loaded.sure["Negative electrode thickness [m]"] == "measured"
    assert loaded.sure["Negative particle diffusivity [m2.s-1]"].startswith("fitted")
    assert loaded.sure["SEI solvent diffusivity [m2.s-1]"].startswith("borrowed from ")
    assert len(loaded.sure) > 120
    assert load_parameters("OKane2022", {}).sure == {}
    given = load_parameters("LGM50OKane2022", {"Separator porosity": 0.5})
    assert given.sure["Separator porosity"] == "given by the study"
    section = {"name": "a", "protocol": {"blocks": [{"cycle": ["Rest for 1 hour"]}]}}
    studies = [
        Study.model_validate({**section, "cell": {"parameters": name}})
        for name in ("LGM50OKane2022", "OKane2022")
    ]
    assert studies[0].hash != studies[1].hash


def test_a_study_finds_a_set_beside_it_and_its_hash_is_that_of_the_content(tmp_path: Path) -> None:
    from shutil import copytree

    from twin.study import load_study

    text = (
        "name: a\ncell: {{parameters: {}}}\nprotocol: {{blocks: [{{cycle: [Rest for 1 hour]}}]}}\n"
    )
    copytree(BUNDLED / "LGM50Chen2020", tmp_path / "parameter_sets" / "Mine2026")
    copytree(BUNDLED / "LGM50Chen2020", tmp_path / "elsewhere" / "Mine2026")
    hashes = []
    for given in ("Mine2026", "./elsewhere/Mine2026", "LGM50Chen2020"):
        (tmp_path / "study.yaml").write_text(text.format(given))
        study = load_study(tmp_path / "study.yaml")
        hashes.append(study.hash)
        assert given == "LGM50Chen2020" or Path(study.cell.parameters).is_absolute()
    assert len(set(hashes)) == 1
    file = tmp_path / "parameter_sets" / "Mine2026" / "parameters.json"
    file.write_text(file.read_text().replace('"Porosity": 0.25', '"Porosity": 0.26'))
    (tmp_path / "study.yaml").write_text(text.format("Mine2026"))
    assert load_study(tmp_path / "study.yaml").hash != hashes[0]


def test_a_set_without_provenance_can_be_run_and_says_nothing_of_how_sure_it_is(
    tmp_path: Path,
) -> None:
    from shutil import copytree

    folder = tmp_path / "Mine2026"
    copytree(BUNDLED / "LGM50Chen2020", folder)
    (folder / "provenance.yaml").unlink()
    loaded = load_parameters(str(folder), {})
    assert loaded.source.startswith("parameter set Mine2026, sha256 ")
    assert loaded.sure == {}


def test_a_set_is_read_once_until_it_changes(tmp_path: Path) -> None:
    from shutil import copytree

    from twin.parameters.known import read_once
    from twin.parameters.library.finding import find

    folder = tmp_path / "Mine2026"
    copytree(BUNDLED / "LGM50Chen2020", folder)
    first = read_once(find(folder))
    assert read_once(find(folder)) is first
    file = folder / "parameters.json"
    file.write_text(file.read_text().replace('"Porosity": 0.25', '"Porosity": 0.26'))
    assert read_once(find(folder)).number("Negative electrode porosity") == 0.26


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"Porosity": 0.25', '"Porosity": 7'), "Negative electrode / Porosity: 7 is out of range"),
        (('"OCP [V]": "', '"OCP [V]": "exit(9) + '), "Negative electrode / OCP [V]: "),
        (('"Header"', '"Haeder"'), "BPX has no such section"),
    ],
)
def test_a_study_says_what_is_wrong_with_its_set(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    from shutil import copytree

    from twin.errors import StudyError
    from twin.study import load_study

    folder = tmp_path / "parameter_sets" / "Mine2026"
    copytree(BUNDLED / "LGM50Chen2020", folder)
    file = folder / "parameters.json"
    file.write_text(file.read_text().replace(*change, 1))
    (tmp_path / "study.yaml").write_text(
        "name: a\ncell: {parameters: Mine2026}\nprotocol: {blocks: [{cycle: [Rest for 1 h]}]}\n"
    )
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path / "study.yaml")
    assert "study.yaml:2: cell.parameters: " in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize("module", ["bpx.reading", "parameter_set", "known", "equilibrium"])
def test_sets_are_read_without_pybamm(module: str) -> None:
    code = f"import sys, twin.parameters.{module}; sys.exit('pybamm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", SETS)
def test_the_reference_counts_values_by_method(name: str) -> None:
    text = (Path(__file__).parents[2] / "docs/reference/parameter_sets.md").read_text("utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith(f"| `{name}` |")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    provenance = read_set(BUNDLED / name).provenance
    assert provenance is not None
    methods = [entry.method for entry in provenance.entries.values()]
    counted = [methods.count(m) for m in ("measured", "fitted", "borrowed", "assumed")]
    others = methods.count("specified") + methods.count("derived")
    assert [int(cell) for cell in cells[3:9]] == [len(methods), *counted, others]
    stated = provenance.entry(("Cell", CAPACITY))
    assert stated is not None
    assert float(cells[9].split(", ")[1]) == stated.uncertainty
    assert f" {cells[9].split(', ')[0]} A.h with this set" in stated.note
