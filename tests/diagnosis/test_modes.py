"""Losses between curves are the true ones, within intervals that hold as often as they say."""

import csv

import numpy as np
import pytest

from tests.diagnosis.cells import NEW, OLD, WINDOW, composite, curve, drift, pair
from twin.diagnosis import Balance, degradation_modes, fit_balance, modes_table, write_checkups
from twin.errors import ParameterError

TRUE = {
    "lli_percent": 100 * (1 - OLD.lithium / NEW.lithium),
    "lam_negative_percent": 100 * (1 - OLD.negative / NEW.negative),
    "lam_positive_percent": 100 * (1 - OLD.positive / NEW.positive),
}


@pytest.fixture(scope="module")
def exact():
    return [fit_balance(curve(b, label=n), pair()) for b, n in ((NEW, "new"), (OLD, "old"))]


def test_losses_are_found_and_positive_when_lost(exact):
    modes = degradation_modes(*exact)
    for name, true in TRUE.items():
        assert true > 0
        assert modes.values[name] == pytest.approx(true, abs=0.25), name
        low, high = modes.interval(name)
        assert low < true < high
    known = pair().balance(*WINDOW)
    lost = 100 * (1 - known.capacity(OLD) / known.capacity(NEW))
    assert modes.values["capacity_loss_percent"] == pytest.approx(lost, abs=0.01)


def test_nothing_is_lost_between_a_curve_and_itself(exact):
    modes = degradation_modes(exact[0], exact[0])
    assert set(modes.values.values()) == {0.0}


def test_errors_common_to_both_curves_cancel():
    """The same drift on both, as a wrong half-cell makes it, leaves the losses well known."""
    rng = np.random.default_rng(11)
    same, another = 0.004 * drift(rng), 0.004 * drift(rng)
    first = fit_balance(curve(NEW, error_V=same), pair())
    alike = degradation_modes(first, fit_balance(curve(OLD, error_V=same), pair()))
    apart = degradation_modes(first, fit_balance(curve(OLD, error_V=another), pair()))
    assert alike.shared > 0.6
    assert alike.shared > apart.shared + 0.2
    for name in TRUE:
        assert alike.standard_deviations[name] < apart.standard_deviations[name], name
        separate = [f.standard_deviations["lithium_Ah"] / NEW.lithium for f in (first,) * 2]
        assert alike.standard_deviations["lli_percent"] < 100 * float(np.hypot(*separate))


def test_each_of_two_materials_has_its_loss():
    first = fit_balance(
        curve(Balance(5.5, 6.1, 5.4), composite(0.12)), composite(), free_share=True
    )
    left = Balance(5.5 * (0.88 + 0.12 * 0.5), 6.1, 5.1)
    later = curve(left, composite(0.06 / (0.88 + 0.06)))
    modes = degradation_modes(first, fit_balance(later, composite(), free_share=True))
    for name, true in (("primary", 0.0), ("secondary", 50.0)):
        found = modes.values[f"lam_negative_{name}_percent"]
        deviation = modes.standard_deviations[f"lam_negative_{name}_percent"]
        assert found == pytest.approx(true, abs=3 * deviation + 0.5), name


def test_fits_of_another_kind_are_refused(exact):
    other = fit_balance(curve(OLD), pair(), overpotential=False)
    with pytest.raises(ParameterError, match="fit both in the same way"):
        degradation_modes(exact[0], other)
    with pytest.raises(ParameterError, match="did you mean 'lli_percent'"):
        degradation_modes(*exact).interval("lli_percen")


def test_the_table_has_a_row_per_curve_and_reads_as_check_ups(exact, tmp_path):
    rows = modes_table(exact)
    assert [row["curve"] for row in rows] == ["new", "old"]
    assert rows[0]["lli_percent"] == 0
    assert rows[1]["lli_percent"] == pytest.approx(TRUE["lli_percent"], abs=0.25)
    write_checkups(exact, tmp_path / "modes.csv")
    with (tmp_path / "modes.csv").open(encoding="utf-8") as stream:
        read = list(csv.DictReader(stream))
    assert float(read[1]["capacity_negative_Ah"]) == pytest.approx(OLD.negative, rel=0.01)
    assert float(read[1]["capacity_negative_Ah_sd"]) > 0


def z_values(seed: int, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Return errors over standard deviations, of charges and of losses, for many made cells.

    Each has a drift common to both of its curves, a smaller one of each, noise, and an
    overpotential.
    """
    rng, of_fits, of_modes = np.random.default_rng(seed), [], []
    for _ in range(cells):
        common, fits = 0.004 * drift(rng), []
        for balance in (NEW, OLD):
            error = np.interp(np.linspace(0, 1, 400), np.linspace(0, 1, 60), common)
            error += np.interp(np.linspace(0, 1, 400), np.linspace(0, 1, 60), 0.0015 * drift(rng))
            error += 0.001 * rng.normal(size=400)
            fits.append(fit_balance(curve(balance, error_V=error, overpotential_V=0.015), pair()))
        charges = ("capacity_negative_Ah", "capacity_positive_Ah", "lithium_Ah")
        true = dict(zip(charges, (NEW.negative, NEW.positive, NEW.lithium), strict=True))
        one = fits[0]
        of_fits.append([(one.values[n] - t) / one.standard_deviations[n] for n, t in true.items()])
        modes = degradation_modes(*fits)
        of_modes.append(
            [(modes.values[n] - t) / modes.standard_deviations[n] for n, t in TRUE.items()]
        )
    return np.array(of_fits), np.array(of_modes)


def covered(z: np.ndarray) -> float:
    """Return how often the 90 % interval holds the truth."""
    return float(np.mean(np.abs(z) < 1.6449))


def test_ninety_percent_intervals_hold_in_a_few_cells():
    """8 cells, three quantities each; below 0.6 is some 3 standard errors off."""
    of_fits, of_modes = z_values(1, 8)
    assert covered(of_fits) > 0.6
    assert covered(of_modes) > 0.6


@pytest.mark.slow
def test_ninety_percent_intervals_hold_as_often_as_they_say():
    """100 cells: the standard error of a coverage of 90 % is 3 %.

    Losses may hold more often: the correlation of the errors of two fits is taken low.
    """
    of_fits, of_modes = z_values(2, 100)
    for z in (*of_fits.T, *of_modes.T):
        assert 0.78 <= covered(z) <= 1.0
        assert abs(np.mean(z)) < 0.5
    assert 0.84 <= covered(of_fits) <= 0.96
    assert 0.86 <= covered(of_modes) <= 0.99
