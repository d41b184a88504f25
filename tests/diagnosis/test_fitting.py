"""Fits find the cell that made a curve, keep what has to be kept, and say what they do not know."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnosis.cells import (
    NEW,
    OLD,
    STO,
    WINDOW,
    composite,
    curve,
    drift,
    graphite,
    oxide,
    pair,
)
from twin.diagnosis import Balance, HalfCell, HalfCells, fit_balance, slow_curve
from twin.diagnosis.drift import error_model, rough, smooth
from twin.diagnosis.voltage_model import ENDS, OVERPOTENTIAL, SHARE, VoltageModel
from twin.errors import DataError, ParameterError

CHARGES = ("capacity_negative_Ah", "capacity_positive_Ah", "lithium_Ah")


def test_an_exact_curve_gives_the_cell_that_made_it():
    fit = fit_balance(curve(), pair(), overpotential=False, weighting="voltage")
    assert fit.balance.negative == pytest.approx(NEW.negative, rel=2e-3)
    assert fit.balance.positive == pytest.approx(NEW.positive, rel=2e-3)
    assert fit.balance.lithium == pytest.approx(NEW.lithium, rel=2e-3)
    assert fit.rmse_mV < 1.0


@pytest.mark.parametrize("weighting", ["correlated", "voltage", "derivative"])
def test_every_weighting_finds_cell_and_overpotential(weighting):
    fit = fit_balance(curve(OLD, overpotential_V=0.02), pair(), weighting=weighting)
    truth = dict(zip(CHARGES, (OLD.negative, OLD.positive, OLD.lithium), strict=True))
    for name, value in {**truth, "overpotential_V": 0.02}.items():
        assert fit.values[name] == pytest.approx(value, rel=0.02, abs=2e-3), name


def test_a_charge_has_the_overpotential_on_top():
    made = curve(overpotential_V=-0.02)
    up = slow_curve(made.charge_Ah, made.voltage_V, "charge", current_A=0.1)
    fit = fit_balance(up, pair())
    assert fit.values["overpotential_V"] == pytest.approx(0.02, abs=2e-3)


@settings(max_examples=4, deadline=None)
@given(st.floats(0.3, 40.0), st.floats(5.2, 6.4), st.floats(5.4, 6.6), st.floats(4.8, 5.7))
def test_charges_scale_with_the_curve_and_add_up(scale, negative, positive, lithium):
    made = curve(Balance(negative, positive, lithium))
    one = fit_balance(made, pair(), weighting="voltage")
    other = slow_curve(scale * made.charge_Ah, made.voltage_V, current_A=0.1 * scale)
    many = fit_balance(other, pair(), weighting="voltage")
    for name in (*CHARGES, "capacity_Ah"):
        assert many.values[name] == pytest.approx(scale * one.values[name], rel=1e-6)
        deviations = many.standard_deviations[name], scale * one.standard_deviations[name]
        assert deviations[0] == pytest.approx(deviations[1], rel=1e-3, abs=1e-9)
    for name in ENDS:
        assert many.values[name] == pytest.approx(one.values[name], abs=1e-6)
    v = one.values
    for end in ("0", "100"):
        held = v[f"x_{end}"] * v[CHARGES[0]] + v[f"y_{end}"] * v[CHARGES[1]]
        assert held == pytest.approx(v["lithium_Ah"], rel=1e-9)
    gone = (v["x_100"] - v["x_0"]) * v[CHARGES[0]]
    assert gone == pytest.approx(v["capacity_Ah"], rel=1e-9)
    assert v["x_100"] > v["x_0"]
    assert v["y_0"] > v["y_100"]


def test_direction_of_rows_and_zero_of_charge_do_not_matter():
    made = curve()
    found = [
        fit_balance(slow_curve(charge, volts, current_A=0.1), pair()).values
        for charge, volts in (
            (made.charge_Ah, made.voltage_V),
            (7.0 + made.charge_Ah[::-1], made.voltage_V[::-1]),
            (2.0 - made.charge_Ah[::-1], made.voltage_V[::-1]),
        )
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-6, abs=1e-7)
    assert found[0] == pytest.approx(found[2], rel=1e-6, abs=1e-7)


def test_the_slopes_of_the_voltage_are_its_derivatives():
    free = (*ENDS, OVERPOTENTIAL, SHARE)
    model = VoltageModel(composite(), "discharge", free)
    at, share = np.array([0.02, 0.85, 0.9, 0.1, 0.01, 0.12]), np.linspace(0.01, 0.99, 50)
    found = model.jacobian(share, at)
    for k, name in enumerate(free):
        step = np.zeros(at.size)
        step[k] = 1e-3 if name == SHARE else 1e-6
        change = model.voltage(share, at + step) - model.voltage(share, at - step)
        expected = change / (2 * step[k])
        assert found[:, k] == pytest.approx(expected, rel=1e-3, abs=2e-3), name
    rise = (model.voltage(share + 1e-6, at) - model.voltage(share - 1e-6, at)) / 2e-6
    assert model.slope(share, at) == pytest.approx(rise, rel=1e-3, abs=1e-3)


def test_voltages_of_the_window_set_empty_and_full():
    whole = fit_balance(curve(), pair(), window_V=WINDOW)
    part = fit_balance(curve(part=(0.03, 0.97)), pair(), window_V=WINDOW)
    known = pair().balance(*WINDOW)
    assert part.values["capacity_Ah"] == pytest.approx(known.capacity(NEW), rel=0.01)
    assert whole.values["capacity_Ah"] == pytest.approx(known.capacity(NEW), rel=5e-3)
    assert part.curve.span_Ah < 0.95 * known.capacity(NEW)
    assert any("extrapolated" in sentence for sentence in part.sentences)


def test_a_free_share_finds_both_materials():
    made = curve(Balance(5.5, 6.1, 5.4), composite(0.09), overpotential_V=0.01)
    fit = fit_balance(made, composite(0.15), free_share=True)
    assert fit.values["secondary_share"] == pytest.approx(0.09, abs=0.01)
    parts = [fit.values[f"capacity_negative_{n}_Ah"] for n in ("primary", "secondary")]
    assert sum(parts) == pytest.approx(fit.balance.negative, rel=1e-9)
    assert parts[1] == pytest.approx(0.09 * 5.5, abs=3 * fit.standard_deviations[
        "capacity_negative_secondary_Ah"
    ])  # fmt: skip
    assert fit.half_cells.negative.share == pytest.approx(fit.values["secondary_share"])


def test_a_share_of_one_material_cannot_be_free():
    with pytest.raises(ParameterError, match="has one material; take a set with two"):
        fit_balance(curve(), pair(), free_share=True)


def test_a_part_of_the_curve_says_less_and_says_so():
    rng = np.random.default_rng(5)
    error = 0.002 * drift(rng)
    whole = fit_balance(curve(error_V=error), pair())
    part = fit_balance(curve(part=(0.62, 0.95), error_V=error), pair())
    for name in CHARGES:
        relative = [f.standard_deviations[name] / f.values[name] for f in (whole, part)]
        assert relative[1] > 3 * relative[0], name
    assert any("determine" in sentence for sentence in part.sentences)
    assert not any("determine" in sentence for sentence in whole.sentences)


def test_on_a_plateau_the_balance_with_little_unused_charge_comes_first():
    """A positive that is level nearly everywhere fits a huge electrode as well."""
    sto = np.linspace(0.001, 0.999, 1999)
    level = 3.4 + 0.4 * np.exp(-40 * sto) - 0.5 * np.exp((sto - 1) / 0.02)
    cells = HalfCells(pair().negative, HalfCell(sto, (level,), name="phosphate"))
    known = cells.balance(2.5, 3.6)
    cell = Balance(2.5, 2.3, 2.2)
    ends = known.charge_at(2.5, cell), known.charge_at(3.6, cell)
    charge = np.linspace(*ends, 300)
    volts = [known.voltage(q, cell) for q in charge]
    fit = fit_balance(slow_curve(charge, volts, current_A=0.1), cells)
    assert fit.balance.positive == pytest.approx(2.3, rel=0.1)


def test_wrong_half_cells_are_said():
    swapped = HalfCells(pair().negative, HalfCell(STO, (oxide() - 0.9,), name="another oxide"))
    with pytest.raises(DataError, match=r"made: the nearest balance .*another oxide"):
        fit_balance(curve(), swapped)
    flatter = HalfCell(STO, (oxide() + 0.12 * np.sin(9 * STO),), name="near")
    fit = fit_balance(curve(), HalfCells(pair().negative, flatter))
    assert any("do not describe the cell" in sentence for sentence in fit.sentences)


def test_a_hidden_overpotential_is_pointed_at():
    fit = fit_balance(curve(overpotential_V=0.06), pair(), overpotential=False, weighting="voltage")
    assert any("constant overpotential of" in sentence for sentence in fit.sentences)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"weighting": "derivativ"}, "did you mean 'derivative'"),
        ({"window_V": (4.2, 3.0)}, "empty cell first"),
        ({"bounds": {"x0": (0.0, 0.1)}}, "'x0' is not free in this fit"),
        ({"bounds": {"x_0": (0.2, 0.1)}}, "two values in order"),
        ({"bounds": {"x_0": (-0.2, 0.1)}}, "within 0.001 to 0.999"),
    ],
)
def test_what_cannot_be_asked_is_refused(given, words):
    with pytest.raises(ParameterError, match=words):
        fit_balance(curve(), pair(), **given)


def test_bounds_hold_and_are_said():
    free = fit_balance(curve(), pair())
    most = free.values["x_100"] - 0.05
    fit = fit_balance(curve(), pair(), bounds={"x_100": (0.3, most)})
    assert fit.values["x_100"] <= most
    assert any("x_100" in s and "bound" in s for s in fit.sentences)


def test_intervals_are_named_and_widen_with_the_probability():
    fit = fit_balance(curve(error_V=0.003 * drift(np.random.default_rng(2))), pair())
    half, nine = (fit.interval("lithium_Ah", share) for share in (0.5, 0.9))
    assert nine[0] < half[0] < fit.values["lithium_Ah"] < half[1] < nine[1]
    deviation = fit.standard_deviations["lithium_Ah"]
    assert nine[1] - nine[0] == pytest.approx(2 * 1.6449 * deviation, rel=1e-3)
    with pytest.raises(ParameterError, match="did you mean 'lithium_Ah'"):
        fit.interval("lithium")
    assert np.all(np.abs(fit.correlations) <= 1 + 1e-9)


def test_the_error_model_knows_noise_from_drift():
    share = (np.arange(100) + 0.5) / 100
    jacobian = np.column_stack([1 - share, share, share**2, np.sqrt(share)])
    rng = np.random.default_rng(3)
    noise = error_model(share, np.ones(100), 1e-3 * rng.normal(size=100), jacobian)
    wavy = error_model(share, np.ones(100), 1e-3 * drift(rng, 100, 0.3), jacobian)

    def beside(model):
        """Correlation of neighbours, a constant shift taken off."""
        apart = model.seen[10, 90]
        return (model.seen[10, 12] - apart) / (model.seen[10, 10] - apart)

    assert beside(noise) < 0.4
    assert beside(wavy) > 0.7
    assert np.sqrt(noise.seen[10, 10] - noise.seen[10, 90]) == pytest.approx(1e-3, rel=0.5)
    for model in (noise, wavy):
        assert sum(c.weight for c in model.candidates) == pytest.approx(1)
        assert np.linalg.eigvalsh(model.covariance)[0] > 0


def test_correlations_begin_at_one_and_fall():
    at = np.linspace(0, 3, 50)
    for shape in (rough, smooth):
        assert shape(at)[0] == pytest.approx(1)
        assert np.all(np.diff(shape(at)) < 0)
    assert smooth(0.01) > rough(0.01)


def test_graphite_and_oxide_fall_with_lithium():
    assert np.all(np.diff(graphite()) < 0)
    assert np.all(np.diff(oxide()) < 0)
