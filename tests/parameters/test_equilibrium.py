"""The lithium balance of a set, where it can be solved by hand."""

import math
from typing import Any

import numpy as np
import pytest

from twin.errors import ParameterError
from twin.parameters.equilibrium import (
    full_cell_voltages,
    initial_concentrations,
    materials_of,
    state_of_charge,
    with_limits,
)
from twin.parameters.language.expression import Argument, Call, Function, parse
from twin.parameters.language.nodes import CONSTANTS
from twin.parameters.language.tables import Table
from twin.parameters.library.finding import BUNDLED, sets_in
from twin.parameters.parameter_set import read_set

X_0, X_100, Y_0, Y_100 = 0.1, 0.9, 0.85, 0.35


def line(text: str) -> Function:
    return Function(("sto",), parse(text, ("sto",)))


def cell(**changes: Any) -> dict[str, Any]:
    """A cell of straight lines: U_n = 0.5 - 0.4 x, U_p = 4.5 - y; 1 A.h and 1.6 A.h."""
    volume = 0.1 * 0.1 * 1e-4
    c_max = 3600 / (CONSTANTS["F"] * volume * 0.5)  # an electrode of it holds 1 A.h
    values: dict[str, Any] = {
        "Electrode height [m]": 0.1,
        "Electrode width [m]": 0.1,
        "Number of electrodes connected in parallel to make a cell": 1.0,
        "Open-circuit voltage at 0% SOC [V]": 4.5 - Y_0 - 0.5 + 0.4 * X_0,
        "Open-circuit voltage at 100% SOC [V]": 4.5 - Y_100 - 0.5 + 0.4 * X_100,
    }
    for domain, size in (("negative", 1.0), ("positive", 1.6)):
        Domain = domain.capitalize()
        values |= {
            f"{Domain} electrode thickness [m]": 1e-4,
            f"{Domain} electrode active material volume fraction": 0.5,
            f"{Domain} particle radius [m]": 5e-6,
            f"Maximum concentration in {domain} electrode [mol.m-3]": size * c_max,
        }
    values |= {
        "Negative electrode OCP [V]": line("0.5 - 0.4*sto"),
        "Positive electrode OCP [V]": line("4.5 - sto"),
        "Negative electrode minimum stoichiometry": X_0,
        "Negative electrode maximum stoichiometry": X_100,
        "Positive electrode minimum stoichiometry": Y_100,
        "Positive electrode maximum stoichiometry": Y_0,
    }
    return {**values, **changes}


def stoichiometries(values: dict[str, Any], found: dict[str, float]) -> tuple[float, float]:
    return tuple(  # type: ignore[return-value]
        found[f"Initial concentration in {d} electrode [mol.m-3]"]
        / values[f"Maximum concentration in {d} electrode [mol.m-3]"]
        for d in ("negative", "positive")
    )


def test_an_electrode_holds_the_charge_of_its_sites() -> None:
    assert materials_of(cell(), "negative").charge == pytest.approx(1.0, rel=1e-12)
    assert materials_of(cell(), "positive").charge == pytest.approx(1.6, rel=1e-12)


def test_the_voltages_at_the_limits() -> None:
    empty, full = full_cell_voltages(cell())
    assert empty == pytest.approx(4.0 - Y_0 + 0.4 * X_0)
    assert full == pytest.approx(4.0 - Y_100 + 0.4 * X_100)


@pytest.mark.parametrize("soc", [0.0, 0.25, 1.0])
def test_a_fresh_cell_starts_between_its_limits(soc: float) -> None:
    values = cell()
    x, y = stoichiometries(values, initial_concentrations(values, soc, 0.0, {}))
    assert x == pytest.approx(X_0 + soc * (X_100 - X_0), rel=1e-12)
    assert y == pytest.approx(Y_0 - soc * (Y_0 - Y_100), rel=1e-12)


@pytest.mark.parametrize("soc", [0.0, 0.6, 1.0])
@pytest.mark.parametrize(("lli", "lam_n", "lam_p"), [(0.1, 0, 0), (0, 0.08, 0), (0.1, 0.05, 0.15)])
def test_an_aged_cell_by_hand(soc: float, lli: float, lam_n: float, lam_p: float) -> None:
    """With straight lines ``V(q) = 4 - (Q - q)/Q_p + 0.4 q/Q_n`` is solved in one line."""
    values = cell()
    lam = {"negative": lam_n, "positive": lam_p}
    found = initial_concentrations(values, soc, lli, lam)
    Q_n, Q_p = 1.0 * (1 - lam_n), 1.6 * (1 - lam_p)
    lithium = (1.0 * X_100 + 1.6 * Y_100) * (1 - lli)

    def q_at(volts: float) -> float:
        return (volts - 4.0 + lithium / Q_p) / (1 / Q_p + 0.4 / Q_n)

    empty, full = (q_at(v) for v in full_cell_voltages(values))
    q = empty + soc * (full - empty)
    x, y = stoichiometries(values, found)
    assert x == pytest.approx(q / Q_n, abs=2e-6)
    assert y == pytest.approx((lithium - q) / Q_p, abs=2e-6)
    assert x * Q_n + y * Q_p == pytest.approx(lithium, rel=1e-5)
    for domain, lost in lam.items():
        name = f"{domain.capitalize()} electrode active material volume fraction"
        assert found.get(name, 0.5) == pytest.approx(0.5 * (1 - lost), rel=1e-12)


def test_a_loss_that_leaves_nothing_is_refused() -> None:
    values = cell(**{"Negative electrode maximum stoichiometry": 0.7})
    with pytest.raises(ParameterError, match="no charge is left between"):
        initial_concentrations(values, 1.0, 0.99, {})


def test_limits_follow_from_the_lithium_and_the_voltages() -> None:
    values = cell()
    start = initial_concentrations(values, 0.4, 0.0, {})
    for domain in ("Negative", "Positive"):
        for end in ("minimum", "maximum"):
            del values[f"{domain} electrode {end} stoichiometry"]
    found = with_limits({**values, **start})
    ends = [
        found[f"{domain} electrode {end} stoichiometry"]
        for domain in ("Negative", "Positive")
        for end in ("minimum", "maximum")
    ]
    np.testing.assert_allclose(ends, [X_0, X_100, Y_100, Y_0], atol=1e-6)
    assert state_of_charge(found) == pytest.approx(0.4, abs=1e-5)


def test_two_materials_are_filled_at_one_potential() -> None:
    values = cell()
    half = values["Maximum concentration in negative electrode [mol.m-3]"]
    for prefix, slope, share in (("Primary: ", 0.4, 0.4), ("Secondary: ", 0.2, 0.1)):
        values |= {
            f"{prefix}Negative particle radius [m]": 5e-6,
            f"{prefix}Negative electrode active material volume fraction": share,
            f"{prefix}Maximum concentration in negative electrode [mol.m-3]": half,
            f"{prefix}Negative electrode OCP [V]": line(f"0.5 - {slope}*sto"),
            f"{prefix}Negative electrode minimum stoichiometry": 0.0,
            f"{prefix}Negative electrode maximum stoichiometry": 0.4 / slope * 0.45,
        }
    found = initial_concentrations(values, 0.5, 0.0, {})
    x = [
        found[f"{p}Initial concentration in negative electrode [mol.m-3]"] / half
        for p in ("Primary: ", "Secondary: ")
    ]
    assert math.isclose(0.5 - 0.4 * x[0], 0.5 - 0.2 * x[1], abs_tol=1e-3)


@pytest.mark.parametrize("name", sets_in(BUNDLED))
@pytest.mark.parametrize(("soc", "lli"), [(1.0, 0.1), (0.5, 1e-9), (0.3, 0.05)])
def test_no_lithium_is_made_or_lost_with_any_set(name: str, soc: float, lli: float) -> None:
    """Where a potential is flat or rises, too."""
    values = read_set(BUNDLED / name).values
    held = {d: materials_of(values, d) for d in ("negative", "positive")}
    fresh = held["negative"].held(1) + held["positive"].held(0)
    found = initial_concentrations(values, soc, lli, {})
    now = 0.0
    for domain, electrode in held.items():
        where = f"{domain} electrode [mol.m-3]"
        for prefix, charge in zip(electrode.prefixes, electrode.charges, strict=True):
            c_max = values[f"{prefix}Maximum concentration in {where}"]
            now += charge * found[f"{prefix}Initial concentration in {where}"] / c_max
    assert now == pytest.approx(fresh * (1 - lli), rel=1e-12)


def test_a_plateau_leaves_the_lithium_where_it_is() -> None:
    flat = Table((0.0, 0.05, 0.95, 1.0), (4.5, 3.4, 3.4, 2.5))
    lookup = Function(("sto",), Call("linear_table", (Argument("sto"),)), flat)
    values = cell(**{"Positive electrode OCP [V]": lookup})
    fresh, aged = (
        stoichiometries(values, initial_concentrations(values, 0.5, lli, {})) for lli in (0.0, 1e-6)
    )
    np.testing.assert_allclose(aged, fresh, atol=1e-5)


def test_the_limits_of_an_aged_cell_are_its_own() -> None:
    values = cell()
    found = {**values, **initial_concentrations(values, 1.0, 0.1, {})}
    assert found["Negative electrode maximum stoichiometry"] < X_100
    assert state_of_charge(found) == pytest.approx(1.0, abs=1e-6)
