"""Measured slow curves: fits come near, and agree with what was published about the cells."""

import csv
import json

import pytest

from twin.diagnosis import Balance, fit_balance, half_cells_of
from twin.diagnosis.curve_files import read_slow_curve
from twin.diagnosis.curve_map import CurveMap
from twin.parameters import load_set
from twin.parameters.equilibrium import materials_of
from twin.parameters.importing import import_set

ABOUT_ENERGY = {
    "columns": {"time_s": "Time [s]", "voltage_V": "U[V]", "current_A": "I[A]"},
    "positive_on": "charge",
}
LGM50 = {"columns": {"time_s": "t", "voltage_V": "V_mean"}, "current_A": 0.5, "until_s": 35940}


def read(folder, file, how):
    return read_slow_curve(folder / file, CurveMap.model_validate(how))


@pytest.mark.parametrize(
    ("cell", "window", "most_mV"),
    [("nmc_pouch_cell", (2.7, 4.2), 7.0), ("lfp_18650_cell", (2.0, 3.65), 5.0)],
)
def test_cells_of_about_energy_are_as_their_files_say(
    measured_data, tmp_path, cell, window, most_mV
):
    """About:Energy 2022 give potentials, areas and limits of stoichiometry: charges follow."""
    folder = measured_data / "about_energy"
    taken = load_set(import_set(folder / f"{cell}_BPX.json", tmp_path).path)
    name = "NMC" if "nmc" in cell else "LFP"
    curve = read(folder, f"{name}_25degC_Co20.csv", ABOUT_ENERGY)
    fit = fit_balance(curve, half_cells_of(taken), window_V=window)
    assert fit.rmse_mV < most_mV
    for domain in ("negative", "positive"):
        true = materials_of(taken.values, domain).charge
        low, high = fit.interval(f"capacity_{domain}_Ah", 0.99)
        assert low < true < high, domain
    low, high = materials_of(taken.values, "positive").limits[0]
    assert fit.values["y_100"] == pytest.approx(low, abs=0.005)
    assert fit.values["y_0"] == pytest.approx(high, abs=2 * fit.standard_deviations["y_0"] + 0.005)


def test_silicon_of_the_lg_m50_is_seen(measured_data):
    """Chen et al. 2020, doi:10.1149/1945-7111/ab9050, C/10; two materials fit better than one."""
    curve = read(measured_data / "lgm50_chen2020", "dataC10.csv", LGM50)
    assert curve.span_Ah == pytest.approx(4.99, abs=0.01)
    one = fit_balance(curve, half_cells_of("LGM50Chen2020"))
    both = fit_balance(curve, half_cells_of("LGM50Chen2020Composite"), free_share=True)
    assert one.rmse_mV < 10
    assert both.rmse_mV < 6
    assert both.values["secondary_share"] == pytest.approx(0.10, abs=0.03)
    for name in ("capacity_positive_Ah", "lithium_Ah"):
        gap = abs(one.values[name] - both.values[name])
        error = one.standard_deviations[name] + both.standard_deviations[name]
        assert gap < 2 * error, name


def test_balances_of_mohtat_close_the_circuit(measured_data):
    """Fits of P. Mohtat et al. with their potentials: full at 4.2 V, and of the capacity said."""
    cells = half_cells_of("UMichMohtat2020")
    found = []
    for file in ("esoh_cells_1_4_13.csv", "BOL_state_and_protocol_of_blind_cells.csv"):
        with (measured_data / "umich_nmc532" / file).open(encoding="utf-8") as stream:
            found += [row for row in csv.DictReader(stream) if row["cycle_number"] == "0"]
    assert len(found) > 15
    for row in found:
        negative, positive, x, y = (float(row[name]) for name in ("Cn", "Cp", "x100", "y100"))
        cell = Balance(negative, positive, x * negative + y * positive)
        pair = cells.balance(2.8, 4.2)
        assert pair.voltage(x * negative, cell) == pytest.approx(4.2, abs=0.006), row["cellid"]
        assert pair.capacity(cell) == pytest.approx(float(row["Qfull"]), rel=0.01), row["cellid"]


def test_the_oxide_of_the_lco_pouch_cell_is_used_as_published(measured_data):
    """Pistorio et al. 2026: y from 0.46 to 0.91. Their graphite is another than Enertech's."""
    folder = measured_data / "lco_polito"
    published = json.loads((folder / "cell_parameters.json").read_text(encoding="utf-8"))
    how = {
        "columns": {"state_of_charge": "SOC", "voltage_V": "OCV_V"},
        "capacity_Ah": published["assumed_capacity_Ah"],
        "direction": "charge",
    }
    curve = read(folder, "thickness_vs_soc_BOL.csv", how)
    fit = fit_balance(curve, half_cells_of("EnertechAi2020", curve.direction))
    assert fit.rmse_mV < 12
    for end, key in (("y_100", "theta_p_100"), ("y_0", "theta_p_0")):
        reach = 2 * fit.standard_deviations[end]
        assert fit.values[end] == pytest.approx(published[key], abs=max(reach, 0.01)), end
