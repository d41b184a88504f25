"""Smooth open-circuit potentials: their form, how they are chosen, and what they do to a cell."""

import json

import numpy as np
import pybamm
import pytest

from twin import Study
from twin.catalogue import CATALOGUE
from twin.cell import build_cell
from twin.errors import StudyError
from twin.parameter_sets.make_open_circuit_potentials import (
    CURVES,
    capacity_shift,
    deviation,
    published,
    window,
)
from twin.parameter_sets.potential_fit import (
    THERMAL_VOLTAGE_V,
    Data,
    fit_potential,
    local_noise,
)
from twin.parameters.values import electrode_balance_curves, load_parameters
from twin.smooth_potentials import (
    FOLDER,
    SmoothPotential,
    fitted_curves,
    known_curves,
    smooth_potentials,
)

NEGATIVE = "Negative electrode OCP [V]"
CURVE = "graphite_LGM50_Chen2020"
BY_NAME = {curve.name: curve for curve in fitted_curves()}
EVERYWHERE = np.r_[np.geomspace(1e-9, 1e-3, 200)[:-1], np.linspace(1e-3, 0.999, 20001)]
EVERYWHERE = np.r_[EVERYWHERE, 1 - np.geomspace(1e-3, 1e-9, 200)[1:]]


def study(potentials=None, cycles=1, model=None, name="OKane2022"):
    cell = {"parameters": name, "initial": {"soc_percent": 50}}
    if potentials:
        cell["open_circuit_potentials"] = potentials
    block = {"repeat": cycles, "cycle": ["Discharge at 1C until 2.5 V", "Charge at 1C until 4.2 V"]}
    return Study(
        name="potentials",
        cell=cell,
        protocol={"blocks": [block]},
        model=model or {"type": "SPM"},
    )


def stored(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def slopes(fit, x=EVERYWHERE):
    return np.diff(fit(x)) / np.diff(x)


def test_the_form_is_its_equation():
    fit = SmoothPotential(1.0, 0.2, (0.3,), (0.5,), (0.1,), 0.01, 0.02, 0.0257)
    x = 0.55
    by_hand = 1.0 - 0.2 * x - 0.3 * np.tanh(0.5)
    by_hand += 0.0257 * (np.log((x + 0.01) / x) + np.log((1 - x) / (1 - x + 0.02)))
    assert fit(x) == pytest.approx(by_hand, rel=1e-14)
    symbol = fit(pybamm.Vector([x, 0.6]))
    assert symbol.evaluate().reshape(-1) == pytest.approx(fit(np.array([x, 0.6])), rel=1e-14)


def test_close_to_the_ends_it_is_an_ideal_solution():
    """dU/dx -> -RT/F/x at the dilute end and -RT/F/(1 - x) at the full one."""
    fit = BY_NAME[CURVE].fit
    for x in (1e-6, 1 - 1e-6):
        step = 1e-9
        slope = (fit(x + step) - fit(x - step)) / (2 * step)
        assert slope == pytest.approx(-0.025693 / 1e-6, rel=5e-3)


@pytest.mark.parametrize("given", [{"slope_V": -1e-3}, {"amplitudes_V": (-0.1,)}, {"full": 0.0}])
def test_coefficients_that_let_it_rise_are_refused(given):
    right = dict(
        zip(SmoothPotential.__annotations__, (1, 0, (1,), (0.5,), (0.1,), 1, 1, 1), strict=True)
    )
    with pytest.raises(ValueError, match="lets a potential rise"):
        SmoothPotential(**{**right, **given})


@pytest.mark.parametrize("name", BY_NAME)
def test_fits_fall_everywhere_with_bounded_curvature(name):
    curve, data = BY_NAME[name], stored(name)
    assert np.all(slopes(curve.fit) < 0)
    assert min(curve.fit.widths) >= data["narrowest"] * (1 - 1e-6)
    low, high = data["measured"]
    x = np.linspace(max(low, 0.02), min(high, 0.98), 4001)
    bend = np.abs(np.diff(curve.fit(x), 2)) / np.diff(x)[1:] ** 2
    # |d2/dx2 tanh(x/w)| <= 0.77/w^2, and the ideal terms
    bound = 0.77 * np.sum(np.array(curve.fit.amplitudes_V) / np.array(curve.fit.widths) ** 2)
    assert bend.max() < bound + 0.0257 * (curve.fit.dilute + curve.fit.full) / 0.02**2
    for x in (1e-6, 1 - 1e-6):
        assert np.isfinite(curve.fit(x))


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_fits_hold_the_tables_of_pybamm_as_well_as_their_files_say(curve):
    data, fit = stored(curve.name), BY_NAME[curve.name].fit
    x, U = published(curve)
    found = deviation(fit, curve, x, U)
    assert len(found) == len(data["deviation"])
    for band, said in zip(found, data["deviation"], strict=True):
        assert band == pytest.approx(said, abs=0.011)  # rounded to 0.01 mV


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_where_the_cell_works_fits_hold_the_data_within_their_noise(curve):
    """Or, of data without noise, within a millivolt."""
    x, U = published(curve)
    ends = [stored(curve.name)["sets"][next(iter(curve.sets))][end] for end in ("empty", "full")]
    here = (x > max(min(ends), curve.measured[0])) & (x < min(max(ends), curve.measured[1]))
    off = BY_NAME[curve.name].fit(x[here]) - U[here]
    noise = np.hypot(local_noise(x, U), 1e-4 * np.gradient(U, x))[here]
    assert np.sqrt(np.mean((off / np.maximum(noise, 3e-4)) ** 2)) < 1.3


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_the_capacity_between_the_voltage_limits_is_kept(curve):
    said, fit = stored(curve.name)["sets"], BY_NAME[curve.name].fit
    assert set(said) == set(curve.sets)
    for name, parameter in curve.sets.items():
        found = capacity_shift(name, parameter, fit)
        assert found == pytest.approx(said[name], abs=1e-4)
        assert abs(found["capacity_percent"]) < 0.02


def test_fits_in_both_electrodes_keep_the_capacity_together():
    values = pybamm.ParameterValues("Ai2020")
    smooth, replaced = smooth_potentials(values)
    assert set(replaced) == {NEGATIVE, NEGATIVE.replace("Negative", "Positive")}
    before, after = (window("Ai2020", NEGATIVE, both) for both in (values, smooth))
    assert after.capacity == pytest.approx(before.capacity, rel=2e-4)


def test_every_set_has_its_fits_and_no_other():
    found = {name: sorted(known_curves(pybamm.ParameterValues(name))) for name in CATALOGUE}
    said = {name: [] for name in CATALOGUE}
    for curve in CURVES:
        for name, parameter in curve.sets.items():
            said[name].append(parameter)
    assert found == {name: sorted(parameters) for name, parameters in said.items()}


def test_the_fit_of_few_terms_is_found_again():
    """A potential of three terms, sampled without noise."""
    made = SmoothPotential(
        1.0, 0.1, (0.4, 0.1, 0.2), (0.0, 0.3, 0.7), (0.05, 0.03, 0.1), 2e-3, 4e-3, THERMAL_VOLTAGE_V
    )
    x = np.linspace(0.01, 0.99, 201)
    fit = fit_potential(Data(x, made(x), np.full(201, 1e-4)), 3, 0.02)
    assert fit(x) == pytest.approx(made(x), abs=1e-4)
    assert fit.centres == pytest.approx(made.centres, abs=2e-3)


def test_the_noise_of_data_is_found():
    x = np.linspace(0, 1, 400)
    noise = np.random.default_rng(3).normal(0, 1e-3, 400)
    assert np.mean(local_noise(x, np.exp(-3 * x) + noise)) == pytest.approx(1e-3, rel=0.1)
    assert np.max(local_noise(x, 1 - 2 * x + x**2)) < 1e-12


def test_the_stages_of_graphite_stay_where_they_are():
    """The slope is least in stages 2L, 2 and 1, and greatest between them."""
    fit = BY_NAME[CURVE].fit
    x = np.linspace(0.18, 0.88, 7001)
    slope = -np.gradient(fit(x), x)
    steps = x[1:-1][(slope[1:-1] > slope[:-2]) & (slope[1:-1] > slope[2:])]
    assert any(abs(steps - 0.25) < 0.015)
    assert any(abs(steps - 0.605) < 0.015)
    assert slope[(x > 0.45) & (x < 0.55)].max() < 0.1
    assert slope[(x > 0.7) & (x < 0.85)].max() < 0.1


def test_a_curve_is_known_by_what_it_is_not_by_its_name():
    values = pybamm.ParameterValues("OKane2022")
    assert list(known_curves(values)) == [NEGATIVE]
    assert not known_curves(pybamm.ParameterValues("Chen2020"))  # its function has the same name
    theirs = values[NEGATIVE]

    def graphite_LGM50_ocp_Chen2020(sto):
        return theirs(sto) + 1e-3

    values.update({NEGATIVE: graphite_LGM50_ocp_Chen2020})
    assert not known_curves(values)


def test_smooth_values_are_written_and_read_by_pybamm(tmp_path):
    smooth, _ = smooth_potentials(pybamm.ParameterValues("OKane2022"))
    smooth.to_json(str(tmp_path / "values.json"))
    again = pybamm.ParameterValues.from_json(str(tmp_path / "values.json"))
    sto = pybamm.FunctionParameter(NEGATIVE, {"sto": pybamm.Vector([0.05, 0.3, 0.9])})
    found, made = (values.process_symbol(sto).evaluate() for values in (again, smooth))
    assert found == pytest.approx(made, rel=1e-14)


def test_given_values_are_not_changed():
    values = pybamm.ParameterValues("OKane2022")
    before = values[NEGATIVE]
    smooth, _ = smooth_potentials(values)
    assert values[NEGATIVE] is before
    assert smooth[NEGATIVE] == BY_NAME[CURVE].fit


def test_the_key_is_read_written_and_refused():
    assert study("smooth").cell.open_circuit_potentials == "smooth"
    assert study().cell.open_circuit_potentials == "published"
    assert "open_circuit_potentials: smooth" in study("smooth").to_yaml()
    with pytest.raises(StudyError, match=r"cell.open_circuit_potentials.*'smoth'.*smooth"):
        study("smoth")


def test_the_hash_knows_smooth_potentials_and_forgets_the_default(monkeypatch):
    """So that a study from before the key keeps its hash."""
    hashed = []
    monkeypatch.setattr("twin.study.study._canonical", lambda plain: hashed.append(plain) or plain)
    assert study().hash == study("published").hash != study("smooth").hash
    said = [plain["cell"].get("open_circuit_potentials") for plain in hashed]
    assert said == [None, None, "smooth"]


def test_other_sets_that_are_compared_with_are_smooth_too():
    assert study("smooth").variant("Chen2020").cell.open_circuit_potentials == "smooth"


def test_the_parameter_hash_knows_the_coefficients():
    smooth = load_parameters("OKane2022", {}, (), "smooth")
    assert smooth.hash != load_parameters("OKane2022", {}).hash
    assert smooth.hash == load_parameters("OKane2022", {}, (), "smooth").hash
    assert smooth.source.endswith(f", {CURVE} smooth")
    smooth.values.update({NEGATIVE: SmoothPotential(1, 1, (), (), (), 1e-3, 1e-3, 0.0257)})
    assert smooth.hash != load_parameters("OKane2022", {}, (), "smooth").hash


@pytest.mark.parametrize("model", [None, pybamm.lithium_ion.SPM()])
def test_balance_initial_state_and_model_have_one_potential(model):
    cell = build_cell(study("smooth", model=model))
    fit = BY_NAME[CURVE].fit
    sto, potential = electrode_balance_curves(cell.parameters, cell.model.param)["negative"]
    inside = slice(10, -10)  # PyBaMM adds a millivolt of asymptote at the ends
    assert potential[inside] == pytest.approx(fit(sto)[inside], abs=1e-9)
    x_0, x_100, *_ = pybamm.lithium_ion.get_min_max_stoichiometries(cell.parameters.values)
    start = cell.parameters.values["Initial concentration in negative electrode [mol.m-3]"]
    full = cell.parameters.number("Maximum concentration in negative electrode [mol.m-3]")
    assert start / full == pytest.approx((x_0 + x_100) / 2, rel=1e-6)
    used = cell.parameters.values.process_symbol(
        pybamm.FunctionParameter(NEGATIVE, {"sto": pybamm.Vector([0.3])})
    )
    assert used.evaluate().item() == pytest.approx(float(fit(0.3)), rel=1e-14)


def test_a_study_says_which_potentials_are_smooth():
    cell = build_cell(study("smooth"))
    assert cell.warnings == ()
    assert f"{CURVE} smooth" in cell.parameters.source
    (said,) = build_cell(study("smooth", name="Chen2020")).warnings
    assert "replaces nothing: Chen2020 has no potential of which" in said


def test_a_long_run_on_a_table_is_told_what_is_faster():
    assert build_cell(study(cycles=49)).warnings == ()
    (said,) = build_cell(study(cycles=50)).warnings
    assert said.startswith(f"'{NEGATIVE}' of OKane2022 interpolates a table")
    assert "cell.open_circuit_potentials: smooth" in said
    assert build_cell(study(cycles=50, name="Chen2020")).warnings == ()


def test_only_a_rough_table_is_said_to_cost_time():
    for name, rough in (("Marquis2019", [False]), ("Ai2020", [False, True])):
        found = known_curves(pybamm.ParameterValues(name))
        assert [found[parameter].rough for parameter in sorted(found)] == rough
    assert build_cell(study(cycles=50, name="Marquis2019")).warnings == ()
    (said,) = build_cell(study(cycles=50, name="Ai2020")).warnings
    assert said.startswith("'Positive electrode OCP [V]' of Ai2020 interpolates a table")


def test_materials_of_a_composite_electrode_are_named_apart():
    values = pybamm.ParameterValues("Bonkile2024")
    _, replaced = smooth_potentials(values)
    assert replaced == {f"Primary: {NEGATIVE}": "graphite_Enertech_Ai2020"}
