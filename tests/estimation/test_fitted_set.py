"""A fit as a parameter set: the values that were found, how sure they are, and nothing else."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from tests.estimation.made import CYCLES, Engine, faded, linear, made_fit, measured
from twin.estimation import fit
from twin.estimation.fitted_set import shared_values, write_fitted_sets
from twin.estimation.observations import data_hash
from twin.parameters.parameter_set import read_set
from twin.parameters.strict_files import read_yaml
from twin.parameters.values import load_parameters

Z90 = 1.6448536269514722
SEI = "SEI solvent diffusivity [m2.s-1]"
THICKNESS = "Negative electrode thickness [m]"


def factor(target: str, **given):
    return {
        "targets": [target],
        "bounds": [0.5, 2.0],
        "prior": {"median": 1.2, "sd": 0.1},
        "start": 1.2,
        **given,
    }


def made(parameters, experiments=("cell",), **given):
    tables = {name: [measured(faded(CYCLES, 3.0, 2.0))] for name in experiments}
    return fit(made_fit(tables, parameters=parameters, **given), jobs=1)


def provenance(folder) -> dict:
    """Return the entries by the names of their places, joined by " > "."""
    found = {}

    def walk(data, before):
        for name, inner in data.items():
            if isinstance(inner, dict) and "method" in inner:
                found[" > ".join((*before, name))] = inner
            elif isinstance(inner, dict):
                walk(inner, (*before, name))

    walk(read_yaml(folder / "provenance.yaml"), ())
    return found


def values_of(folder) -> dict:
    return dict(read_set(folder).values)


def test_the_set_has_the_fitted_values_and_all_others_of_its_base(engine: Engine, tmp_path) -> None:
    fitted = made({"a": linear("a"), "b": linear("b"), "t": factor(THICKNESS)})
    (place,) = write_fitted_sets(fitted, tmp_path)
    base, found = dict(load_parameters("UMichMohtat2020", {}).values), values_of(place)
    changed = {}
    for name, value in base.items():
        if not isinstance(value, int | float) or name not in found:
            continue
        if not math.isclose(found[name], value, rel_tol=1e-9, abs_tol=1e-300):
            changed[name] = found[name] / value
    assert set(changed) == {THICKNESS}
    assert changed[THICKNESS] == pytest.approx(1.2)
    assert found["a"] == pytest.approx(3.0, abs=0.05)
    again = load_parameters(str(place), {}).values
    assert again[THICKNESS] == pytest.approx(found[THICKNESS])


def test_each_fitted_value_says_how_sure_it_is_and_of_which_data(engine: Engine, tmp_path) -> None:
    fitted = made({"a": linear("a"), "b": linear("b"), "t": factor(THICKNESS)})
    (place,) = write_fitted_sets(fitted, tmp_path)
    entries = provenance(place)
    own = entries["User-defined > a"]
    assert own["method"] == "fitted"
    assert data_hash(fitted.series)[:16] in own["source"]
    assert own["uncertainty"] == pytest.approx(fitted.law.sd()[0], rel=0.01)
    assert "cycle up to 400" in own["note"]
    assert "at 25 degC" in own["note"]
    base = load_parameters("UMichMohtat2020", {}).values[THICKNESS]
    thickness = entries["Negative electrode > Thickness [m]"]
    assert "the data do not identify it" in thickness["note"]
    assert thickness["uncertainty"] == pytest.approx(0.1 * 1.2 * base, rel=0.01)
    ours = [name for name, e in entries.items() if "celltwin fit" in str(e["source"])]
    assert len(ours) == 3


def test_a_value_that_is_stored_in_another_form_has_its_own_uncertainty(
    engine: Engine, tmp_path
) -> None:
    fraction = "Negative electrode active material volume fraction"
    fitted = made({"a": linear("a"), "b": linear("b"), "f": factor(fraction)})
    (place,) = write_fitted_sets(fitted, tmp_path)
    data = json.loads((place / "parameters.json").read_text())["Parameterisation"]
    area = data["Negative electrode"]["Surface area per unit volume [m-1]"]
    entry = provenance(place)["Negative electrode > Surface area per unit volume [m-1]"]
    assert entry["uncertainty"] == pytest.approx(0.1 * area, rel=0.01)
    assert f"90 % interval of {fraction}" in entry["note"]


@pytest.mark.parametrize("truth", [0.0, -2.0])
def test_a_value_that_is_zero_or_negative_has_its_interval(
    truth: float, engine: Engine, tmp_path
) -> None:
    held = linear("a", start=truth, prior={"median": truth, "sd": 1e-3})
    fitted = made({"a": held, "b": linear("b")})
    value, estimate = shared_values(fitted, ["cell"])["a"]
    assert value == pytest.approx(truth, abs=0.01)
    assert estimate is not None
    assert estimate.low < value < estimate.high
    (place,) = write_fitted_sets(fitted, tmp_path)
    assert provenance(place)["User-defined > a"]["uncertainty"] == pytest.approx(
        fitted.law.sd()[0], rel=0.01
    )


def test_a_product_of_tied_factors_is_as_sure_as_the_data_make_it(engine: Engine) -> None:
    two = linear("a", kind="factor", prior={"median": 1.0, "sd": 0.5})
    fitted = made({"a": linear("a"), "b": linear("b"), "k": two})
    alone = made({"a": linear("a"), "b": linear("b")})
    value, estimate = shared_values(fitted, ["cell"])["a"]
    _, single = shared_values(alone, ["cell"])["a"]
    assert estimate is not None
    assert single is not None
    assert value == pytest.approx(3.0, abs=0.05)
    assert estimate.high - estimate.low == pytest.approx(single.high - single.low, rel=0.15)
    assert estimate.name == "a and k"
    assert estimate.learnt > 0.99


def test_what_only_some_experiments_have_stays_in_the_fit(engine: Engine, tmp_path) -> None:
    fitted = made(
        {"a": linear("a"), "b": linear("b"), "own": linear("c", experiments=["two"])},
        ("one", "two"),
    )
    (place,) = write_fitted_sets(fitted, tmp_path)
    assert "a" in values_of(place)
    assert "c" not in values_of(place)


def test_specimens_leave_the_value_that_they_share(engine: Engine, tmp_path) -> None:
    tables = {n: [measured(faded(CYCLES, a, 2.0))] for n, a in (("one", 2.0), ("two", 4.0))}
    study = made_fit(tables, parameters={"a": linear("a", spread=1.0), "b": linear("b")})
    fitted = fit(study, jobs=1)
    value, estimate = shared_values(fitted, ["one", "two"])["a"]
    assert value == pytest.approx(fitted.law.mean[0])
    assert estimate is not None
    assert estimate.high - estimate.low == pytest.approx(2 * Z90 * fitted.law.sd()[0])


def test_two_base_sets_give_two_sets_and_a_second_fit_replaces_them(
    engine: Engine, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = write_fitted_sets(made({"a": linear("a"), "b": linear("b")}), tmp_path / "copy")[0]
    other = {"cell": {"parameters": str(copy), "initial": {"soc_percent": 0}}}
    tables = [measured(faded(CYCLES, 3.0, 2.0))]
    study = made_fit({"one": tables})
    plain = study.model_dump()
    plain["experiments"] = [
        {"name": "one", "tables": tables},
        {"name": "two", "tables": tables, **other},
    ]
    fitted = fit(type(study).model_validate(plain), jobs=1)
    (tmp_path / "made_UMichMohtat2020").mkdir()
    (tmp_path / "made_UMichMohtat2020" / "old.txt").write_text("of an earlier fit")
    places = write_fitted_sets(fitted, tmp_path)
    assert [place.name for place in places] == ["made_UMichMohtat2020", f"made_{copy.name}"]
    assert not (places[0] / "old.txt").exists()
    for place in places:
        assert values_of(place)["a"] == pytest.approx(3.0, abs=0.05)
    assert (copy / "parameters.json").exists()


def test_the_readme_names_what_it_is_good_for(engine: Engine, tmp_path) -> None:
    (place,) = write_fitted_sets(made({"a": linear("a"), "b": linear("b")}), tmp_path)
    text = (place / "README.md").read_text(encoding="utf-8")
    assert "Base set: UMichMohtat2020" in text
    assert "Fitted to cell at 25 degC; cycle up to 400." in text
    title = json.loads((place / "parameters.json").read_text())["Header"]["Title"]
    assert title == "made, fitted; base UMichMohtat2020"
    np.testing.assert_array_equal(
        [line.count("|") for line in text.splitlines() if "| a |" in line], 6
    )
