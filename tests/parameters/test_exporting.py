"""What goes out: the BPX file and PyBaMM's JSON say what the set says, or the loss is named."""

from __future__ import annotations

import copy
import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pybamm
import pytest

from twin.errors import ParameterError
from twin.parameters import load_set, parameter_values
from twin.parameters.bpx.parts import samples_for
from twin.parameters.exporting import Loss, export_bpx, export_pybamm, without_block
from twin.parameters.language.expression import Function
from twin.parameters.library.finding import BUNDLED, sets_in
from twin.parameters.parameter_set import ParameterSet, read_set

SETS = sets_in(BUNDLED)
SAME = 1e-12
SAMPLES = 25


def sampled(values: Any, name: str, function: Function) -> Any:
    """Return a function of PyBaMM's values at random samples of its arguments."""
    known = samples_for()
    given = {
        argument: pybamm.Vector(known.get(argument, known["sto"])[:SAMPLES])
        for argument in function.arguments
    }
    symbol = pybamm.FunctionParameter(name, given) if given else pybamm.Parameter(name)
    found = values.process_symbol(symbol).evaluate()
    return np.broadcast_to(np.ravel(found), (SAMPLES,)) if np.size(found) == 1 else np.ravel(found)


def assert_same(found: Any, expected: Any, parameter_set: ParameterSet) -> None:
    for name, value in parameter_set.values.items():
        if not isinstance(value, Function):
            assert found[name] == pytest.approx(value, rel=SAME, abs=0), name
            continue
        one, other = sampled(found, name, value), sampled(expected, name, value)
        largest = np.max(np.abs(other[np.isfinite(other)]), initial=1e-300)
        np.testing.assert_allclose(one, other, rtol=SAME, atol=SAME * largest, err_msg=name)


@pytest.mark.parametrize("name", SETS)
def test_plain_pybamm_loads_the_same_values_from_json(name: str, tmp_path: Path) -> None:
    found, file = load_set(name), tmp_path / "cell.json"
    count = export_pybamm(found, file)
    loaded = pybamm.ParameterValues.from_json(str(file))
    assert count == len(found.values)
    assert set(found.values) <= set(loaded.keys())
    assert_same(loaded, parameter_values(found), found)
    assert list(loaded["citations"]) == list(found.document.citations)


def test_pybamm_solves_a_model_with_the_json(tmp_path: Path) -> None:
    found, file = load_set("LGM50Chen2020"), tmp_path / "cell.json"
    export_pybamm(found, file)
    volts = [
        pybamm.Simulation(pybamm.lithium_ion.SPM(), parameter_values=values)
        .solve([0, 600])["Voltage [V]"]
        .entries[-1]
        for values in (pybamm.ParameterValues.from_json(str(file)), parameter_values(found))
    ]
    assert volts[0] == pytest.approx(volts[1], abs=1e-5)  # of the solver


@pytest.mark.parametrize("name", SETS)
def test_a_bpx_file_is_the_set_again(name: str, tmp_path: Path) -> None:
    found, file = load_set(name), tmp_path / "cell.json"
    assert export_bpx(found, file) == []
    assert read_set(file).values == found.values


@pytest.mark.parametrize("name", SETS)
def test_what_a_plain_file_lacks_is_named_and_nothing_else(name: str, tmp_path: Path) -> None:
    found, file = load_set(name), tmp_path / "cell.json"
    losses = {loss.name: loss for loss in export_bpx(found, file, plain=True)}
    told = read_set(file).values
    assert "celltwin" not in file.read_text(encoding="utf-8")
    for key in found.values:
        if key not in told:
            assert math.isinf(losses[key].error), key
        elif key not in losses and not isinstance(found.values[key], Function):
            assert told[key] == pytest.approx(found.values[key], rel=1e-13), key
    block = found.document.raw["Parameterisation"].get("User-defined", {}).get("celltwin", {})
    assert set(losses) <= {*block.get("functions", {}), *block.get("parameters", {})}


@pytest.mark.parametrize("name", SETS)
def test_plain_pybamm_reads_the_plain_file(name: str, tmp_path: Path) -> None:
    found, file = load_set(name), tmp_path / "cell.json"
    export_bpx(found, file, plain=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = pybamm.ParameterValues.create_from_bpx(str(file))
    capacity = "Nominal cell capacity [A.h]"
    assert values[capacity] == found.number(capacity)


def test_losses_in_words() -> None:
    assert Loss("a", math.inf).text == "a: not in the file"
    assert Loss("a", math.nan).text == "a: the file says something else"
    assert Loss("a", 0.0123).text == "a: the file says it to within 0.01 of its largest value"


def test_the_set_is_not_changed_by_leaving_the_block_out() -> None:
    raw = load_set("LGM50OKane2022").document.raw
    before = copy.deepcopy(raw)
    assert "celltwin" not in json.dumps(without_block(raw))
    assert raw == before


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    found = load_set("KokamMarquis2019")
    with pytest.raises(ParameterError, match="is a folder; give a file"):
        export_bpx(found, tmp_path)
    with pytest.raises(ParameterError, match="there is no folder"):
        export_pybamm(found, tmp_path / "none" / "cell.json")


def test_functions_take_their_arguments_by_name_in_any_order() -> None:
    function = parameter_values(load_set("KokamEcker2015"))["Electrolyte conductivity [S.m-1]"]
    c_e, T = pybamm.Scalar(800.0), pybamm.Scalar(310.0)
    expected = function(c_e, T).evaluate()
    assert function(T=T, c_e=c_e).evaluate() == function(c_e, T=T).evaluate() == expected
    for given, named in (((c_e,), {}), ((c_e, T), {"T": T}), ((c_e,), {"t": T}), ((T,) * 3, {})):
        with pytest.raises(TypeError, match="is a function of c_e, T"):
            function(*given, **named)
