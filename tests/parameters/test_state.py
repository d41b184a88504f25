"""A cell that is aged from the start: losses of the state, applied to what a model simulates."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import pybamm
import pytest

from twin.diagnosis.balance import Balance, ElectrodeBalance
from twin.errors import ParameterError
from twin.parameters import load_set, parameter_values
from twin.parameters.bpx.reading import read_document
from twin.parameters.equilibrium import full_cell_voltages, materials_of, potentials
from twin.parameters.exporting import without_block
from twin.parameters.parameter_set import ParameterSet

LLI, LAM_NEGATIVE, LAM_POSITIVE = 0.1, 0.05, 0.03
LOSSES = {"LLI": LLI, "LAM: Negative electrode": LAM_NEGATIVE, "LAM: Positive electrode": 0.03}
SLOW = 0.003  # share of the capacity that a discharge at C/50 leaves in the cell


def bpx(degradation: dict[str, float] | None = None, soc: float = 1.0) -> dict[str, Any]:
    """Return a BPX file that starts at a state of charge, as new or aged."""
    data = copy.deepcopy(without_block(load_set("LGM50Chen2020").document.raw))
    own = data["Parameterisation"]["User-defined"]
    data["Parameterisation"]["User-defined"] = {
        name: value for name, value in own.items() if "Initial concentration in " not in name
    }
    data["State"]["Initial conditions"]["Initial state-of-charge"] = soc
    if degradation is not None:
        data["State"]["Degradation"] = degradation
    return data


def ours(data: dict[str, Any]) -> ParameterSet:
    return ParameterSet("test", read_document(data, "test"))


def stock(data: dict[str, Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pybamm.ParameterValues.create_from_bpx_obj(copy.deepcopy(data))


def discharge(values: Any) -> tuple[float, float]:
    """Return the capacity at C/50 [A.h] and the first voltage [V] of a single-particle model."""
    simulation = pybamm.Simulation(pybamm.lithium_ion.SPM(), parameter_values=values, C_rate=1 / 50)
    found = simulation.solve([0, 60 * 3600])
    capacity, volts = (found[name].entries for name in ("Discharge capacity [A.h]", "Voltage [V]"))
    return float(capacity[-1]), float(volts[0])


def balance(losses: tuple[float, float, float]) -> float:
    """Return the charge between the voltage limits by the balance of the electrodes [A.h]."""
    lli, negative, positive = losses
    values = ours(bpx()).values
    cell = {domain: materials_of(values, domain) for domain in ("negative", "positive")}
    lower, upper = full_cell_voltages(values)
    lithium = (cell["negative"].held(1) + cell["positive"].held(0)) * (1 - lli)
    state = Balance(
        cell["negative"].charge * (1 - negative), cell["positive"].charge * (1 - positive), lithium
    )
    curves = {domain: potentials(values, electrode)[0] for domain, electrode in cell.items()}
    pair = ElectrodeBalance(curves, lower, upper)
    return pair.charge_at(upper, state) - pair.charge_at(lower, state)


@pytest.fixture(scope="module")
def aged() -> tuple[float, float]:
    return discharge(parameter_values(ours(bpx(LOSSES))))


def test_a_simulated_cell_has_the_capacity_that_the_balance_gives(aged: Any) -> None:
    expected = balance((LLI, LAM_NEGATIVE, LAM_POSITIVE))
    assert aged[0] == pytest.approx(expected, rel=SLOW)
    assert aged[0] < expected  # what a current leaves in the cell
    fresh, _ = discharge(parameter_values(ours(bpx())))
    assert fresh == pytest.approx(balance((0.0, 0.0, 0.0)), rel=SLOW)
    assert aged[0] / fresh == pytest.approx(0.869, abs=0.002)


def test_an_aged_cell_starts_at_the_upper_voltage(aged: Any) -> None:
    assert aged[1] == pytest.approx(4.2, abs=0.005)


@pytest.mark.parametrize("soc", [0.0, 0.5, 1.0])
def test_lithium_and_material_are_left_as_the_state_says(soc: float) -> None:
    fresh, old = ours(bpx(soc=1.0)).values, ours(bpx(LOSSES, soc)).values

    def lithium(values: Any) -> float:
        held = 0.0
        for domain in ("negative", "positive"):
            electrode = materials_of(values, domain)
            name = f"{domain} electrode [mol.m-3]"
            full, now = (
                values[f"{word} concentration in {name}"] for word in ("Maximum", "Initial")
            )
            held += electrode.charge * now / full
        return held

    assert lithium(old) == pytest.approx(lithium(fresh) * (1 - LLI), rel=1e-5)
    for domain, share in (("Negative", LAM_NEGATIVE), ("Positive", LAM_POSITIVE)):
        name = f"{domain} electrode active material volume fraction"
        assert old[name] == pytest.approx(fresh[name] * (1 - share), rel=1e-14)


def test_a_state_without_losses_changes_nothing() -> None:
    none = dict.fromkeys(LOSSES, 0.0)
    assert ours(bpx(none)).values == ours(bpx()).values


def test_plain_pybamm_still_passes_over_the_losses() -> None:
    """If this fails PyBaMM has learned to read them: compare, and change docs/pybamm_notes.md."""
    fresh, old = stock(bpx()), stock(bpx(LOSSES))
    differing = [
        name
        for name in old.keys()  # noqa: SIM118 (no mapping)
        if isinstance(old[name], int | float) and old[name] != fresh[name]
    ]
    assert differing == []
    assert discharge(old)[0] == pytest.approx(balance((0.0, 0.0, 0.0)), rel=SLOW)


def test_more_loss_than_there_is_charge_is_refused() -> None:
    with pytest.raises(ParameterError, match="no charge is left"):
        _ = ours(bpx({**LOSSES, "LLI": 0.999})).values
