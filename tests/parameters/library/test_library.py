"""A name means the first set that has it, in the order that is documented."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parameters.sets import write_set
from twin.errors import ParameterError
from twin.parameters.library import finding as library
from twin.parameters.library.finding import all_sets, find, libraries, name_problem, sets_in

NAME = "CellTest2026"


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """Empty places of every origin, in the order of the search."""
    for name in ("study", "work", "shared", "home", "site", "bundled"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv(library.VARIABLE, os.pathsep.join(["", str(tmp_path / "shared")]))
    monkeypatch.setenv(library.USER_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(library, "BUNDLED", tmp_path / "bundled")
    monkeypatch.syspath_prepend(tmp_path / "site")
    return tmp_path


def install(site: Path, value: str = "cellpack") -> Path:
    """Return the folder of a package with an entry point; importing it is an error."""
    package = site / "cellpack"
    (package / "inner").mkdir(parents=True)
    for folder in (package, package / "inner"):
        (folder / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
    meta = site / "cell_pack-1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: cell-pack\nVersion: 1.0\n")
    (meta / "entry_points.txt").write_text(f"[{library.ENTRY_POINTS}]\nsets = {value}\n")
    return package


def test_the_first_place_that_has_the_name_counts(places):
    package = install(places / "site")
    folders = [
        (places / "bundled", "bundled"),
        (package, "package cell-pack"),
        (places / "home" / "parameter_sets", "user"),
        (places / "shared", "environment"),
        (places / "work" / "parameter_sets", "project"),
        (places / "study" / "parameter_sets", "project"),
    ]
    for count, (folder, origin) in enumerate(folders, 1):
        path = write_set(folder, NAME)
        found = find(NAME, places / "study")
        assert (found.name, found.path, found.origin, found.shadowed) == (NAME, path, origin, False)
        listed = [location for location in all_sets(places / "study") if location.name == NAME]
        assert [location.shadowed for location in listed] == [False] + [True] * (count - 1)


def test_without_a_study_the_working_directory_is_the_project(places):
    write_set(places / "study" / "parameter_sets")
    with pytest.raises(ParameterError, match=f"no parameter set '{NAME}'"):
        find(NAME)


def test_the_bundled_sets_come_last_where_the_working_directory_holds_them(places, monkeypatch):
    folder = write_set(places / "bundled" / "parameter_sets").parent
    monkeypatch.setattr(library, "BUNDLED", folder)
    monkeypatch.chdir(places / "bundled")
    assert [found.origin for found in libraries()].count("project") == 0
    assert find(NAME).origin == "bundled"


def test_no_folder_is_looked_through_twice(places):
    found = [entry.path for entry in libraries(Path.cwd())]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("value", "below"),
    [
        ("cellpack", ""),
        ("cellpack", "parameter_sets"),
        ("cellpack.inner", "inner"),
        ("cellpack:PARAMETER_SETS", "parameter_sets"),
    ],
)
def test_sets_of_a_package_are_found_and_none_of_its_code_is_run(places, value, below):
    package = install(places / "site", value)
    path = write_set(package / below)
    found = find(NAME)
    assert (found.path, found.origin) == (path, "package cell-pack")
    assert "cellpack" not in sys.modules


@pytest.mark.parametrize(
    "value", ["absent", "cellpack.nowhere", "os", "..", "/etc", "a b", "json.x"]
)
def test_an_entry_point_that_leads_nowhere_is_passed_over(places, value):
    write_set(install(places / "site", value))
    with pytest.raises(ParameterError, match="no parameter set"):
        find(NAME)


@pytest.mark.parametrize("end", ["", "parameters.json"])
def test_a_folder_may_be_given(places, end):
    folder = write_set(places / "elsewhere")
    found = find(folder / end)
    assert (found.name, found.path, found.origin) == (NAME, folder, "path")
    assert find(str(folder / end)) == found


def test_a_bpx_file_may_be_given(places):
    file = places / "some.json"
    file.write_text("{}")
    found = find(str(file))
    assert (found.name, found.path, found.origin) == ("some", file, "path")


def test_a_relative_path_starts_at_the_study(places):
    folder = write_set(places / "study" / "mine")
    assert find(f"./mine/{NAME}", places / "study").path == folder
    assert find(f"mine/{NAME}", places / "study").path == folder
    with pytest.raises(ParameterError, match="there is no"):
        find(f"./mine/{NAME}")


def test_a_name_is_never_a_path(places):
    write_set(places / "work")
    with pytest.raises(ParameterError, match="no parameter set"):
        find(NAME)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("/no/such/place", "there is no"),
        ("./x\0y", "no path|there is no"),
        ("./" + "x" * 5000, "no path that can be read"),
        ("~nobody_of_this_name/x", "no path|there is no"),
        ("..", "has no parameters.json"),
        ("", "no name of a parameter set"),
        ("Über", "no name of a parameter set"),
        ("a b", "no name of a parameter set"),
    ],
)
def test_what_is_neither_a_name_nor_a_path_is_an_error(given, says):
    with pytest.raises(ParameterError, match=says):
        find(given)


def test_an_unknown_name_is_answered_with_the_nearest_and_the_places(places):
    write_set(places / "bundled")
    with pytest.raises(ParameterError) as told:
        find("CelTest2026", places / "study")
    text = str(told.value)
    assert f"did you mean '{NAME}'?" in text
    for place in ("study/parameter_sets", "work/parameter_sets", "shared", "home", "bundled"):
        assert str(places / place) in text
    assert "(project, not there)" in text


def test_only_folders_with_parameters_and_a_name_are_sets(places):
    folder = places / "shared"
    write_set(folder)
    write_set(folder, ".adding-x")
    write_set(folder, "1st")
    (folder / "Empty").mkdir()
    (folder / "File").write_text("")
    (folder / "Odd" / "parameters.json").mkdir(parents=True)
    assert sets_in(folder) == [NAME]
    assert sets_in(places / "absent") == []


@pytest.mark.parametrize("name", ["LGM50Chen2020", "A", "a-b_c.d", "x" * 80])
def test_names(name):
    assert name_problem(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        *("", "1a", ".a", "a/b", "a\\b", "a..b", "a.", "a\n", "a\0", "é", "a b", "-a", "a:b"),
        *("CON", "nul.x", "com1", "x" * 81, "a.json", "a.zip"),
    ],
)
def test_what_is_no_name(name):
    assert name_problem(name)


def test_the_library_comes_without_pybamm():
    code = "import sys; from twin.parameters.library.finding import all_sets; all_sets();"
    code += "sys.exit('pybamm' in sys.modules)"
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=root).returncode == 0


def test_the_bundled_folder_is_where_the_package_says():
    code = "import twin.parameters.library.finding as l; print(l.BUNDLED)"
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=root, capture_output=True, text=True
    )
    assert (Path(done.stdout.strip()) / "catalogue.json").is_file()
