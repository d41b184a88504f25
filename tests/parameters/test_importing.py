"""What comes in: BPX of every version, PyBaMM's sets and JSON, and that nothing of it is run."""

from __future__ import annotations

import copy
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import bpx
import numpy as np
import pybamm
import pytest

from twin.errors import ParameterError, ParameterSetError
from twin.parameters import load_set, parameter_values
from twin.parameters.bpx.parts import samples_for
from twin.parameters.exporting import export_bpx, without_block
from twin.parameters.importing import Taken, import_set
from twin.parameters.language.expression import Function
from twin.parameters.parameter_set import ParameterSet, read_set
from twin.parameters.provenance import Provenance, value_paths

ABOUT_ENERGY = ("lfp_18650_cell_BPX", "nmc_pouch_cell_BPX")
FROM_PYBAMM = ("Chen2020", "ORegan2022", "Ecker2015", "Chen2020_composite", "Ai2020")
SAME = 1e-12
SAMPLES = 31
CONDUCTIVITY = "Thermal conductivity [W.m-1.K-1]"


def old_bpx(**cell: float) -> dict[str, Any]:
    """Return a file of BPX 0.4."""
    data = copy.deepcopy(without_block(load_set("LGM50Chen2020").document.raw))
    del data["Parameterisation"]["User-defined"]
    state = data.pop("State")["Initial conditions"]
    data["Header"]["BPX"] = 0.4
    data["Parameterisation"]["Cell"] |= cell
    name = "Initial electrolyte concentration [mol.m-3]"
    data["Parameterisation"]["Electrolyte"]["Initial concentration [mol.m-3]"] = state[name]
    return data


def written(folder: Path, data: Any, name: str = "cell.json") -> Path:
    file = folder / name
    file.write_text(json.dumps(data), encoding="utf-8")
    return file


def imported(taken: Taken) -> ParameterSet:
    return read_set(taken.path)


# --- BPX


def test_a_bpx_file_comes_in_as_it_is(tmp_path: Path) -> None:
    found = load_set("LGM50OKane2022")
    export_bpx(found, tmp_path / "My cell (2).json")
    taken = import_set(tmp_path / "My cell (2).json", tmp_path / "sets")
    assert taken.path == tmp_path / "sets" / "My_cell_2"
    assert (taken.kind, taken.changed, taken.not_carried, taken.approximate) == ("bpx", (), (), ())
    assert imported(taken).values == found.values
    assert imported(taken).document.raw == found.document.raw


def test_every_value_says_who_carried_it_and_that_nobody_looked_it_up(tmp_path: Path) -> None:
    taken = import_set(written(tmp_path, old_bpx()), tmp_path / "sets")
    found = imported(taken)
    assert isinstance(found.provenance, Provenance)
    assert set(found.provenance.paths) == set(value_paths(found.document.raw))
    assert taken.values == len(found.provenance.paths)
    entries = found.provenance.entries.values()
    assert {entry.method for entry in entries} == {"assumed"}
    assert {entry.source for entry in entries} == {("doi:10.1149/1945-7111/ab9050",)}
    notes = {entry.note for entry in entries}
    assert "not stated in the file" in notes


@pytest.mark.parametrize(
    ("header", "source"),
    [
        ({"References": "Chen (2020)", "Title": "A cell"}, ("Chen (2020)",)),
        ({"Title": "A  cell"}, ("A cell",)),
        ({"References": "see doi:10.1/x and https://doi.org/"}, ("the BPX file cell.json",)),
        (
            {"References": "Chen, https://doi.org/10.1149/1945-7111/ab9050, and (10.1000/x)."},
            ("doi:10.1149/1945-7111/ab9050", "doi:10.1000/x"),
        ),
        ({}, ("the BPX file cell.json",)),
    ],
)
def test_the_source_is_what_the_header_names(
    header: dict[str, str], source: tuple[str, ...], tmp_path: Path
) -> None:
    data = old_bpx()
    data["Header"] = {"BPX": 0.4, "Model": "DFN", **header}
    found = imported(import_set(written(tmp_path, data), tmp_path / "sets"))
    assert found.provenance is not None
    assert {entry.source for entry in found.provenance.entries.values()} == {source}


def test_an_old_file_comes_in_and_every_change_is_said(tmp_path: Path) -> None:
    data = old_bpx(**{CONDUCTIVITY: 1.9, "Ambient temperature [K]": 293.15})
    taken = import_set(written(tmp_path, data), tmp_path / "sets")
    found = imported(taken)
    said = "\n".join(taken.changed)
    for text in (
        "Header / BPX: 0.4 became 1.",
        "State / Initial conditions / Initial state-of-charge: 1, assumed",
        "Cell / Ambient temperature [K]: moved to State / Thermal environment",
        "Initial temperature [K]: 293.15, after another temperature of the file",
        "Electrolyte / Initial concentration [mol.m-3]: moved to State / Initial conditions",
        f"Cell / {CONDUCTIVITY}: BPX 1.x has no such field; 1.9 is carried on under User-defined",
    ):
        assert text in said
    assert len(taken.changed) == 6
    assert found.number("Ambient temperature [K]") == found.number("Initial temperature [K]")
    assert found.number("Positive electrode thermal conductivity [W.m-1.K-1]") == 1.9
    assert found.number("Negative current collector thermal conductivity [W.m-1.K-1]") == 1.9
    assert found.provenance is not None
    charge = ("State", "Initial conditions", "Initial state-of-charge")
    entry = found.provenance.entry(charge)
    assert entry is not None
    assert entry.note == "assumed on the way from BPX 0.x, which does not state it"


def test_a_version_as_a_number_becomes_a_text(tmp_path: Path) -> None:
    data = copy.deepcopy(dict(load_set("KokamMarquis2019").document.raw))
    data["Header"] = {**data["Header"], "BPX": 1.1}
    taken = import_set(written(tmp_path, data), tmp_path / "sets")
    assert taken.changed == ("Header / BPX: the number 1.1 became a text, as BPX wants it",)
    assert imported(taken).document.raw["Header"]["BPX"] == "1.1"


def test_data_of_other_programs_stay_and_are_named(tmp_path: Path) -> None:
    data = copy.deepcopy(dict(load_set("KokamMarquis2019").document.raw))
    data["Parameterisation"].setdefault("User-defined", {})["other tool"] = {"a": 1.0}
    taken = import_set(written(tmp_path, data), tmp_path / "sets")
    assert taken.not_carried == (
        "User-defined / other tool: data of another program; they stay in the file and are "
        "not used",
    )
    assert imported(taken).document.raw["Parameterisation"]["User-defined"]["other tool"]


@pytest.mark.parametrize("name", ABOUT_ENERGY)
def test_about_energys_files_give_what_pybamm_reads(
    name: str, measured_data: Path, tmp_path: Path
) -> None:
    file = measured_data / "about_energy" / f"{name}.json"
    if not file.is_file():
        pytest.skip(f"{file.name} is not there")
    taken = import_set(file, tmp_path)
    ours, found = parameter_values(imported(taken)), imported(taken)
    stock = _stock(json.loads(file.read_text(encoding="utf-8")))
    both = set(ours.keys()) & set(stock.keys())
    assert len(both) > 60
    known = samples_for()
    for key in sorted(both):
        value = found.values[key]
        if isinstance(value, Function):
            given = {a: pybamm.Vector(known[a][:SAMPLES]) for a in value.arguments}
            symbol = pybamm.FunctionParameter(key, given)
            one, other = (v.process_symbol(symbol).evaluate() for v in (ours, stock))
            np.testing.assert_allclose(one, other, rtol=SAME, err_msg=key)
        elif callable(stock[key]):  # a constant with an activation energy of zero
            symbol = pybamm.FunctionParameter(
                key, {"x": pybamm.Scalar(0.5), "T": pybamm.Scalar(300)}
            )
            assert stock.process_symbol(symbol).evaluate() == pytest.approx(value, rel=SAME), key
        else:
            assert stock[key] == pytest.approx(value, rel=SAME, abs=0), key


@pytest.mark.parametrize("name", ABOUT_ENERGY)
def test_about_energys_cells_discharge_as_plain_pybamm_says(
    name: str, measured_data: Path, tmp_path: Path
) -> None:
    file = measured_data / "about_energy" / f"{name}.json"
    if not file.is_file():
        pytest.skip(f"{file.name} is not there")
    ours = parameter_values(imported(import_set(file, tmp_path)))
    stock = _stock(json.loads(file.read_text(encoding="utf-8")))
    curves = []
    for values in (ours, stock):
        solver = pybamm.IDAKLUSolver(rtol=1e-8, atol=1e-8)
        model = pybamm.lithium_ion.DFN()
        solution = pybamm.Simulation(model, parameter_values=values, solver=solver).solve([0, 3600])
        curves.append((solution["Time [s]"].entries, solution["Voltage [V]"].entries))
    (t, volts), (t_stock, volts_stock) = curves
    assert t[-1] == pytest.approx(t_stock[-1], rel=1e-6)
    times = np.linspace(0, 0.98 * t[-1], 50)
    np.testing.assert_allclose(
        np.interp(times, t, volts), np.interp(times, t_stock, volts_stock), atol=1e-4
    )


@pytest.mark.parametrize("name", ABOUT_ENERGY)
def test_plain_pybamm_takes_full_charge_from_the_voltages_where_a_file_states_it(
    name: str, measured_data: Path, tmp_path: Path
) -> None:
    """Here it is at the limits of stoichiometry, as BPX defines it and PyBaMM has it otherwise."""
    file = measured_data / "about_energy" / f"{name}.json"
    if not file.is_file():
        pytest.skip(f"{file.name} is not there")
    found, data = imported(import_set(file, tmp_path)), json.loads(file.read_text(encoding="utf-8"))
    name = "Initial concentration in negative electrode [mol.m-3]"
    limit = found.number("Negative electrode maximum stoichiometry")
    full = found.number("Maximum concentration in negative electrode [mol.m-3]")
    assert found.number(name) == _stock(data)[name] == pytest.approx(limit * full, rel=1e-14)
    stated = _stock(data, charge_stated=True)[name]
    assert 1e-6 < abs(stated / found.number(name) - 1) < 2e-3


def _stock(data: dict[str, Any], *, charge_stated: bool = False) -> Any:
    """Return what PyBaMM makes of a file, brought to BPX 1.x by the standard's package."""
    new = bpx.convert_v0_to_v1(data)
    if not charge_stated:
        del new["State"]["Initial conditions"]["Initial state-of-charge"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pybamm.ParameterValues.create_from_bpx_obj(new)


# --- PyBaMM's sets and JSON


@pytest.fixture(scope="module")
def json_of(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("json")

    def write(name: str) -> Path:
        file = folder / f"{name}_values.json"
        if not file.is_file():
            pybamm.ParameterValues(name).to_json(str(file))
        return file

    return write


@pytest.mark.parametrize("name", FROM_PYBAMM)
def test_json_gives_what_the_set_itself_gives(name: str, json_of: Any, tmp_path: Path) -> None:
    by_name, by_file = import_set(name, tmp_path), import_set(json_of(name), tmp_path)
    assert (by_name.kind, by_file.kind) == ("pybamm", "json")
    assert by_name.path.name == f"PyBaMM_{name}"
    assert imported(by_name).values == imported(by_file).values
    assert by_name.approximate == by_file.approximate
    assert by_file.not_carried == ()
    assert imported(by_name).document.citations == imported(by_file).document.citations


def test_what_bpx_says_nearly_is_told_with_its_error(tmp_path: Path) -> None:
    taken = import_set("Ecker2015", tmp_path)
    assert taken.approximate == (
        "Electrolyte conductivity [S.m-1]: BPX's fields say it to within 0.003 of its largest "
        "value; 'celltwin' says it exactly",
    )


def test_sources_of_a_set_of_pybamm_are_its_citations(tmp_path: Path) -> None:
    found = imported(import_set("Ai2020", tmp_path))
    assert found.provenance is not None
    (entry, *_) = found.provenance.entries.values()
    assert entry.source == ("doi:10.1149/2.0122001JES",)
    assert entry.note == f"as carried by PyBaMM {pybamm.__version__}"
    readme = (tmp_path / "PyBaMM_Ai2020" / "README.md").read_text(encoding="utf-8")
    assert "- doi:10.1149/2.0122001JES" in readme
    assert "fill in: who measured what" in readme


def test_nothing_that_a_file_names_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, json_of: Any
) -> None:
    (tmp_path / "twin_trap.py").write_text("raise SystemExit(9)\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    data = json.loads(json_of("Chen2020").read_text(encoding="utf-8"))
    data["Negative electrode OCP [V] "] = {"$type": "twin_trap.Trap", "children": []}
    data["A class"] = {"$type": "type", "class": "twin_trap.Trap"}
    taken = import_set(written(tmp_path, data), tmp_path / "sets")
    assert "twin_trap" not in sys.modules
    assert [text.partition(":")[0] for text in taken.not_carried] == [
        "Negative electrode OCP [V] ",
        "A class",
    ]


def test_a_function_of_what_was_not_carried_goes_too(tmp_path: Path, json_of: Any) -> None:
    data = json.loads(json_of("Ecker2015").read_text(encoding="utf-8"))
    data["Lithium plating kinetic rate constant [m.s-1]"] = "unknown"
    taken = import_set(written(tmp_path, data), tmp_path / "sets")
    lost = "\n".join(taken.not_carried)
    assert "Lithium plating kinetic rate constant [m.s-1]: 'unknown' is neither" in lost
    assert "Exchange-current density for plating [A.m-2]: it refers to 'Lithium plating" in lost


# --- what is refused


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("Chen202", {}, "PyBaMM has no set of that name; did you mean 'Chen2020'"),
        ("Xu2019", {}, "PyBaMM's 'Xu2019' is of a half-cell; give a lithium-ion cell"),
        ("none.json", {}, "there is no such file"),
        ("Chen2020", {"name": "../x"}, "is no name of a parameter set"),
        ("Chen2020", {"name": "OKane2022"}, "is the name of one of PyBaMM's sets"),
        ("Chen2020", {"kind": "bxp"}, "'bxp' is nothing to import from; .* did you mean 'bpx'"),
        ("{tmp}", {}, "is a folder; give a BPX file"),
        ("{tmp}/cell.json", {"kind": "json"}, "is a BPX file; import it from bpx"),
        ("{tmp}/values.json", {"kind": "bpx"}, "has no header and no parameterisation of BPX"),
        ("{tmp}/values.json", {}, "a set needs the values of a lithium-ion cell"),
        ("{tmp}/list.json", {}, "it holds a list"),
        ("{tmp}/no_version.json", {}, "None is no version of BPX"),
        ("{tmp}/no_parts.json", {}, "no Parameterisation, as objects"),
    ],
)
def test_what_cannot_be_imported_is_refused_and_leaves_nothing(
    source: str, options: dict[str, str], message: str, tmp_path: Path
) -> None:
    written(tmp_path, old_bpx())
    written(tmp_path, {"Current function [A]": 5}, "values.json")
    written(tmp_path, [1], "list.json")
    written(tmp_path, {**old_bpx(), "Header": {"Model": "DFN"}}, "no_version.json")
    written(tmp_path, {"Header": {"BPX": "1.1.0"}, "Parameterisation": 3}, "no_parts.json")
    sets = tmp_path / "sets"
    with pytest.raises(ParameterError, match=message):
        import_set(source.format(tmp=tmp_path), sets, **options)  # type: ignore[arg-type]
    assert not sets.exists() or not list(sets.iterdir())


def test_every_problem_of_a_bpx_file_is_said(tmp_path: Path) -> None:
    data = old_bpx()
    data["Parameterisation"]["Separator"]["Porosity"] = 7
    data["Parameterisation"]["Negative electrode"]["OCP [V]"] = "exit(9)"
    with pytest.raises(ParameterSetError, match="Porosity: 7 is out of range") as caught:
        import_set(written(tmp_path, data), tmp_path / "sets")
    assert len(caught.value.problems) == 2
    assert "Negative electrode / OCP [V]" in str(caught.value)


def test_numbers_that_are_none_are_refused_with_their_place(tmp_path: Path, json_of: Any) -> None:
    data = old_bpx(**{CONDUCTIVITY: {"x": 1}})  # type: ignore[dict-item]
    with pytest.raises(ParameterError, match="an object is given where a number is needed"):
        import_set(written(tmp_path, data), tmp_path / "sets")
    values = json.loads(json_of("Ecker2015").read_text(encoding="utf-8"))
    values["Electrolyte conductivity [S.m-1]"]["children"] = [scalar(0)]
    with pytest.raises(ParameterError, match=r"values\.json: .*; a set needs the values"):
        import_set(written(tmp_path, values, "values.json"), tmp_path / "sets")


def test_a_state_that_an_old_file_should_not_have_is_replaced(tmp_path: Path) -> None:
    taken = import_set(written(tmp_path, {**old_bpx(), "State": {"a": 1}}), tmp_path / "sets")
    assert taken.changed[1] == "State: replaced by what follows; BPX 0.x has no such section"


def scalar(value: float) -> dict[str, Any]:
    return {"$type": "pybamm.expression_tree.scalar.Scalar", "value": value}


def test_a_set_that_is_there_is_not_touched(tmp_path: Path) -> None:
    place = tmp_path / "sets" / "cell"
    place.mkdir(parents=True)
    with pytest.raises(ParameterError, match="is there already; give another name"):
        import_set(written(tmp_path, old_bpx()), tmp_path / "sets")
    assert list(place.iterdir()) == []
