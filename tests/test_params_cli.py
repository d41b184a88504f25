"""The commands ``twin params``: what they print, how they end, and what they do not import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.parameters.sets import write_set
from twin.catalogue import CATALOGUE
from twin.cli import app
from twin.parameters.library.finding import BUNDLED, sets_in
from twin.parameters.parameter_set import read_set


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder with an empty library."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("TWIN_USER_FOLDER", str(tmp_path / "user"))
    monkeypatch.delenv("TWIN_PARAMETER_SETS", raising=False)


def invoke(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, ["params", *map(str, arguments)])


def done(*arguments: str | Path) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def refused(*arguments: str | Path) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.stderr.replace("│", " ").split())


def test_list_names_every_set_with_cell_capacity_window_and_origin() -> None:
    lines = done("list").splitlines()
    assert lines[0].split("  ")[0] == "name"
    names = [line.split()[0] for line in lines[1:]]
    assert names == [*sets_in(BUNDLED), *CATALOGUE]
    chen = next(line for line in lines if line.startswith("LGM50Chen2020 "))
    assert "LG M50, NMC811 and graphite-SiOx (Chen 2020)" in chen
    assert chen.split("  ")[-1].strip() == "bundled"
    assert "2.5 to 4.2" in chen
    assert next(line for line in lines if line.startswith("Ai2020 ")).endswith("PyBaMM")


def test_list_marks_what_another_set_shadows_and_what_cannot_be_read(tmp_path: Path) -> None:
    project, user = Path.cwd() / "parameter_sets", tmp_path / "user" / "parameter_sets"
    for folder in (project, user):
        write_set(folder)
    write_set(user, "Chen2020")
    write_set(user, "Hostile", {"Header": {"Title": "a\x1b[31mb"}})
    (write_set(user, "Broken") / "parameters.json").write_text("{", encoding="utf-8")
    lines = {line.split()[0]: line for line in done("list").splitlines() if "user" in line}
    assert lines["CellTest2026"].endswith("user (shadowed)")
    assert lines["Chen2020"].endswith("user (shadowed)")
    assert "cannot be read: parameters.json, line 1" in lines["Broken"]
    assert "a?[31mb" in lines["Hostile"]
    assert "project" in next(
        line for line in done("list").splitlines() if line.startswith("CellTest2026")
    )


def test_show_prints_values_with_sources() -> None:
    text = done("show", "LGM50Chen2020")
    assert "LG M50, NMC811" in text
    assert "Negative electrode\n" in text
    row = next(line for line in text.splitlines() if line.startswith("Thickness"))
    assert row.split()[1:4] == ["8.52e-05", "m", "measured"]
    assert "doi:10.1149/1945-7111/ab9050" in row


def test_show_gives_json() -> None:
    data = json.loads(done("show", "LGM50Chen2020", "--json"))
    assert data["name"] == "LGM50Chen2020"
    assert len(data["sha256"]) == 64


def test_show_takes_a_path(tmp_path: Path) -> None:
    place = write_set(tmp_path)
    assert "CellTest2026" in done("show", place)
    assert "CellTest2026" in done("show", place / "parameters.json")


def test_check_ends_with_0_where_all_is_well() -> None:
    assert (
        done("check", "LGM50Chen2020").splitlines()[-1].startswith("ok: LGM50Chen2020, 93 values")
    )


def test_check_ends_with_2_and_says_why(tmp_path: Path) -> None:
    data = json.loads((BUNDLED / "LGM50Chen2020" / "parameters.json").read_text(encoding="utf-8"))
    data["Parameterisation"]["Separator"]["Porosity"] = 7
    file = tmp_path / "cell.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    result = invoke("check", file)
    assert result.exit_code == 2
    assert "Separator / Porosity: 7 is out of range" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("not ok: cell")


def test_diff_prints_what_differs() -> None:
    text = done("diff", "LGM50Chen2020", "LGM50OKane2022")
    assert "Negative electrode Young's modulus [Pa]" in text
    assert "only in LGM50OKane2022" in text
    assert "same value;" not in text
    assert "equal values are from other sources" in text
    assert "same value;" in done("diff", "LGM50Chen2020", "LGM50OKane2022", "--sources")
    assert "have the same values" in done("diff", "LGM50Chen2020", "LGM50Chen2020")


def test_import_export_and_import_again(tmp_path: Path) -> None:
    bpx = tmp_path / "cell.json"
    assert done("export", "LGM50OKane2022", "--bpx", bpx) == f"BPX file: {bpx}\n"
    text = done("import", bpx, "--name", "Again", "--out", tmp_path / "sets")
    assert f"new set: {tmp_path / 'sets' / 'Again'}, " in text
    again = read_set(tmp_path / "sets" / "Again")
    assert again.values == read_set(BUNDLED / "LGM50OKane2022").values


def test_import_goes_beside_the_studies_and_is_found_by_its_name() -> None:
    text = done("import", "Ecker2015")
    place = Path.cwd() / "parameter_sets" / "PyBaMM_Ecker2015"
    assert f"new set: {place}, 115 values, all with method 'assumed'" in text
    assert "BPX only nearly: Electrolyte conductivity [S.m-1]: " in text
    assert done("check", "PyBaMM_Ecker2015").splitlines()[-1].startswith("ok: PyBaMM_Ecker2015")
    assert "is there already" in refused("import", "Ecker2015")


def test_export_names_what_a_plain_file_loses(tmp_path: Path) -> None:
    text = done("export", "LGM50OKane2022", "--bpx", tmp_path / "a.json", "--plain")
    assert "lost: Dead lithium decay rate [s-1]: not in the file" in text
    assert "values that the file does not give as the set does" in text


def test_export_to_pybamm(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    assert f"PyBaMM's JSON: {file}, " in done("export", "LGM50Chen2020", "--pybamm", file)
    assert "Current function [A]" in json.loads(file.read_text(encoding="utf-8"))


def test_plot_draws_a_picture(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    assert done("plot", "KokamMarquis2019", "--out", file) == f"picture: {file}\n"
    assert file.read_bytes().startswith(b"\x89PNG")


def test_a_new_set_is_to_be_filled_in() -> None:
    place = Path.cwd() / "parameter_sets" / "MyCell2026"
    assert f"new set: {place}" in done("new", "MyCell2026")
    assert invoke("check", "MyCell2026").exit_code == 2
    assert "is there already" in refused("new", "MyCell2026")


def test_pack_and_add(tmp_path: Path) -> None:
    text = done("pack", "LGM50Chen2020", "--out", tmp_path)
    archive = next(tmp_path.glob("LGM50Chen2020-*.celltwin.zip"))
    assert text == f"archive: {archive}\n"
    text = done("add", archive, "--name", "Copy")
    place = tmp_path / "user" / "parameter_sets" / "Copy"
    assert text == f"added: Copy in {place}\n"
    assert read_set(place).values == read_set(BUNDLED / "LGM50Chen2020").values
    assert "holds a set 'Copy' already" in refused("add", archive, "--name", "Copy")
    assert "added: Copy" in done("add", archive, "--name", "Copy", "--overwrite")
    assert "is not the file that was published" in refused("add", archive, "--sha256", "0" * 64)


def test_a_set_that_is_not_sound_is_neither_added_nor_packed(tmp_path: Path) -> None:
    place = write_set(tmp_path, "Bad", json.loads('{"Header": {}}'))
    for command in ("add", "pack"):
        message = refused(command, place)
        assert "not ok: Bad" in message
        assert "nothing was written" in message
    assert not (tmp_path / "user").exists()


def test_cite_prints_papers_and_bibtex() -> None:
    assert "Development of Experimental Techniques" in done("cite", "LGM50Chen2020")
    assert "@article{Chen2020," in done("cite", "LGM50Chen2020", "--bibtex")


def test_schema_is_json() -> None:
    assert json.loads(done("schema"))["title"] == "celltwin parameter set"


def test_what_is_not_there_is_refused_with_what_is_near(tmp_path: Path) -> None:
    assert "did you mean 'LGM50Chen2020'" in refused("show", "LGM50Chen202")
    assert "'twin params import Chen2020' makes one of it" in refused("show", "Chen2020")
    assert "there is no" in refused("check", tmp_path / "none.json")
    file = BUNDLED / "LGM50Chen2020" / "parameters.json"
    single = tmp_path / "cell.json"
    single.write_bytes(file.read_bytes())
    assert "is a single file" in refused("cite", single)


def test_usage_errors_end_with_2(tmp_path: Path) -> None:
    for arguments, message in (
        (["lst"], "Did you mean 'list'"),
        (["export", "LGM50Chen2020"], "give one of --bpx FILE and --pybamm FILE"),
        (["export", "LGM50Chen2020", "--bpx", "a", "--pybamm", "b"], "give one of"),
        (["export", "LGM50Chen2020", "--pybamm", "a", "--plain"], "goes with --bpx FILE alone"),
        (["plot", "LGM50Chen2020", "--out", "a.txt"], "'a.txt' ends in none of .png, .pdf, .svg"),
        (["import", "Chen2020", "--from", "xml"], "'xml' is nothing to import from"),
    ):
        assert message in refused(*arguments), arguments


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["show", "LGM50Chen2020"],
        ["check", "LGM50Chen2020"],
        ["diff", "LGM50Chen2020", "LGM50OKane2022"],
        ["cite", "LGM50Chen2020", "--bibtex"],
        ["schema"],
        ["new", "A"],
        ["export", "LGM50Chen2020", "--bpx", "a.json", "--plain"],
    ],
)
def test_most_commands_come_without_pybamm(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['twin', 'params', *{arguments!r}]\n"
        "from twin.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    code = end.code\n"
        "heavy = {'pybamm', 'pandas', 'matplotlib', 'casadi', 'pyarrow', 'xarray'}\n"
        "print(code, sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stderr.strip() == "0 []"


def test_the_reference_names_every_command_and_option() -> None:
    import typer

    page = (Path(__file__).parent.parent / "docs/reference/cli.md").read_text(encoding="utf-8")
    group: Any = typer.main.get_command(app)
    for name, command in group.commands["params"].commands.items():
        _, found, about = page.partition(f"### `twin params {name}`\n")
        assert found, name
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option != "--help":
                    assert f"`{option}" in about.partition("\n### ")[0], (name, option)


def test_an_export_replaces_nothing_unasked_and_no_links(tmp_path: Path) -> None:
    file = tmp_path / "cell.json"
    file.write_text("mine")
    assert "is there already" in refused("export", "LGM50Chen2020", "--bpx", file)
    assert file.read_text() == "mine"
    done("export", "LGM50Chen2020", "--bpx", file, "--overwrite")
    assert json.loads(file.read_text())["Header"]["BPX"] == "1.1.0"
    link = tmp_path / "link.json"
    link.symlink_to(file)
    assert "this is a link" in refused("export", "LGM50Chen2020", "--bpx", link, "--overwrite")
    assert link.is_symlink()


def test_a_set_that_hides_one_that_comes_along_is_warned_about() -> None:
    result = invoke("add", BUNDLED / "LGM50Chen2020", "--name", "LGM50OKane2022")
    assert result.exit_code == 0, result.output
    assert "also the name of a set that comes along" in result.stderr


def test_messages_do_not_steer_the_terminal() -> None:
    assert "\x1b" not in refused("check", "./\x1b[31mx")
    assert "?[31mx" in refused("check", "./\x1b[31mx")


@pytest.mark.parametrize("variable", ["TWIN_PARAMETER_SETS", "TWIN_USER_FOLDER"])
def test_a_home_of_nobody_is_no_crash(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "~nobody-of-this-name/x")
    assert "LGM50Chen2020" in done("list")


def test_several_sets_are_checked_at_once() -> None:
    lines = done("check", "LGM50Chen2020", "A123Prada2013").splitlines()
    assert [line.split(",")[0] for line in lines if line.startswith("ok")] == [
        "ok: LGM50Chen2020",
        "ok: A123Prada2013",
    ]
