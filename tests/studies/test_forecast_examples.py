"""The forecasts of examples 09 to 12: their fits can be read, and what is stored is whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twin.estimation import load_fit
from twin.estimation.experiments import benches
from twin.forecast import read_forecasts
from twin.study import Study

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
STORED = {
    "09_lco_polito": 1,
    "10_umich_nmc532": 18,
    "11_lgm50t_kirkaldy": 9,
    "12_sanyo": 24,
}
FITS = ("09_lco_polito", "10_umich_nmc532")


@pytest.mark.parametrize("name", FITS)
def test_every_experiment_of_a_fit_is_a_study(name, measured_data):
    fit = load_fit(EXAMPLES / name / "fit.yaml")
    for bench in benches(fit).values():
        values = {n: fit.parameters[n].start for n in bench.parameters}
        assert Study.model_validate(bench.study(values))


@pytest.mark.parametrize("name", STORED)
def test_a_stored_forecast_is_whole(name):
    found = read_forecasts(EXAMPLES / name / "forecast.json")
    assert len(found) >= STORED[name]
    for forecast in found.values():
        assert forecast.x_name == "cycle"
        for quantity, band in forecast.quantities.items():
            assert (band.q05 <= band.q25).all(), quantity
            assert (band.q75 <= band.q95).all(), quantity
            assert band.q95[-1] - band.q05[-1] > 0, quantity


def test_the_pouch_cell_is_forecast_to_1200_cycles():
    (forecast,) = read_forecasts(EXAMPLES / "09_lco_polito" / "forecast.json").values()
    assert forecast.x[-1] == 1200
    assert {"capacity_percent", "swelling_um", "lli_percent"} <= set(forecast.quantities)
    width = forecast.quantities["capacity_percent"]
    assert np.diff((width.q95 - width.q05)[[40, 80, -1]]).min() > 0  # surer near than far


def test_every_cell_that_was_not_fitted_is_forecast():
    found = read_forecasts(EXAMPLES / "10_umich_nmc532" / "forecast.json")
    cells = {name.split()[-1] for name in found}
    assert {str(i) for i in (2, 3, *range(5, 13), *range(14, 22))} <= cells


def test_three_protocols_are_forecast_at_three_temperatures():
    found = read_forecasts(EXAMPLES / "11_lgm50t_kirkaldy" / "forecast.json")
    asked = {f"{experiment} at {t} degC" for experiment in (1, 3, 4) for t in (10, 25, 40)}
    assert asked <= set(found)
