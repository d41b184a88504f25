"""Figures show what the tables hold, and say why when they cannot."""

from __future__ import annotations

import io
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import image
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from synthetic import make_checkups, make_cycles, make_manifest, make_timeseries

from twin.compare import Overlay
from twin.report import canvas, figures, side_by_side

NONE = pd.DataFrame({"sequence": [], "cycle": [], "kind": []})


@pytest.fixture
def cycles() -> pd.DataFrame:
    return make_cycles(100, 5, "lumped", 1.0)


@pytest.fixture
def checkups(cycles: pd.DataFrame) -> pd.DataFrame:
    return make_checkups(cycles)


def every_figure(cycles: pd.DataFrame, checkups: pd.DataFrame) -> list[Figure]:
    series = make_timeseries(cycles, "lumped")
    return [
        figures.fade_figure(cycles, checkups, make_manifest("x", 100)),
        figures.voltage_figure(series),
        figures.losses_figure(cycles, checkups),
        figures.mechanics_figure(cycles, checkups),
        figures.modes_figure(cycles, checkups),
        figures.energy_figure(cycles, checkups),
        figures.temperature_figure(cycles, checkups, series),
        side_by_side.variants_figure({"a": (cycles, checkups), "b": (cycles, checkups)}),
    ]


def test_every_axis_has_a_name_with_a_unit(cycles: pd.DataFrame, checkups: pd.DataFrame) -> None:
    for figure in every_figure(cycles, checkups):
        for axes in figure.axes:
            assert "[" in axes.get_ylabel()
        assert "[" in figure.axes[-1].get_xlabel()


def test_a_figure_shows_inline_at_150_dots_per_inch(
    cycles: pd.DataFrame, checkups: pd.DataFrame
) -> None:
    figure = figures.modes_figure(cycles, checkups)
    picture = image.imread(io.BytesIO(figure._repr_png_()), format="png")
    assert picture.shape[1] == 150 * figure.get_size_inches()[0]


def test_nothing_drawn_is_cut_off(cycles: pd.DataFrame, checkups: pd.DataFrame) -> None:
    for figure in every_figure(cycles, checkups):
        canvas.png(figure)
        inside = figure.bbox.padded(1)
        box = figure.get_tightbbox().transformed(figure.dpi_scale_trans)
        assert inside.x0 <= box.x0
        assert box.x1 <= inside.x1
        assert inside.y0 <= box.y0
        assert box.y1 <= inside.y1


def test_drawing_needs_neither_pyplot_nor_pybamm() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import synthetic as s\n"
        "from twin.report import canvas, figures\n"
        "c = s.make_cycles(3, 1, 'lumped', 1.0)\n"
        "canvas.png(figures.modes_figure(c, s.make_checkups(c)))\n"
        "assert 'matplotlib.pyplot' not in sys.modules and 'pybamm' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(Path(__file__).parent)], check=True)


def test_the_report_package_does_not_load_matplotlib_until_it_draws() -> None:
    code = (
        "import sys, twin.report, twin.compare, twin.data; assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_fade_shows_the_capacities_of_the_tables(
    cycles: pd.DataFrame, checkups: pd.DataFrame
) -> None:
    figure = figures.fade_figure(cycles, checkups, {})
    lines = {line.get_label().split(" (")[0]: line for line in figure.axes[0].lines}
    ageing = cycles[cycles["kind"] == "ageing"]
    np.testing.assert_array_equal(
        lines["Discharge of each ageing cycle"].get_ydata(), ageing["discharge_capacity_Ah"]
    )
    np.testing.assert_array_equal(lines["Check-up"].get_ydata(), checkups["capacity_Ah"])


def test_attribution_bars_minus_what_hangs_below_give_the_measured_loss(
    cycles: pd.DataFrame, checkups: pd.DataFrame
) -> None:
    axes = figures.attribution_figure(cycles, checkups).axes[0]
    last = [bars.patches[-1] for bars in axes.containers]
    assert any(bar.get_height() < 0 for bar in last)
    assert sum(bar.get_height() for bar in last) == pytest.approx(
        checkups["loss_total_Ah"].iloc[-1]
    )
    assert min(bar.get_y() + min(bar.get_height(), 0) for bar in last) < 0
    above = [bar for bar in last if bar.get_height() > 0]
    tops = sorted((bar.get_y(), bar.get_y() + bar.get_height()) for bar in above)
    for (_, end), (start, _) in pairwise(tops):
        assert start == pytest.approx(end)


def test_a_loss_that_the_parts_do_not_explain_is_shown(
    cycles: pd.DataFrame, checkups: pd.DataFrame
) -> None:
    short = checkups.assign(loss_kinetic_Ah=0.0)
    names = [text.get_text() for text in _legend(figures.attribution_figure(cycles, short))]
    assert "Not attributed" in names
    full = [text.get_text() for text in _legend(figures.attribution_figure(cycles, checkups))]
    assert "Not attributed" not in full


def _legend(figure: Figure) -> list[object]:
    return list(figure.axes[0].get_legend().get_texts())


def test_lithium_areas_end_at_the_sum_of_the_parts(
    cycles: pd.DataFrame, checkups: pd.DataFrame
) -> None:
    axes = figures.lithium_figure(cycles, checkups).axes[0]
    top = max(area.get_paths()[0].vertices[:, 1].max() for area in axes.collections)
    keys = ("sei", "sei_on_cracks", "plated", "dead", "in_lost_material")
    assert top == pytest.approx(sum(cycles[f"lithium_{key}_Ah"].iloc[-1] for key in keys))


def test_many_checkups_become_areas_instead_of_bars(cycles: pd.DataFrame) -> None:
    ageing = cycles.assign(kind="checkup").iloc[:60]
    figure = figures.attribution_figure(cycles, make_checkups(ageing))
    assert not figure.axes[0].containers
    assert figure.axes[0].collections


def test_a_protocol_with_storage_is_drawn_against_days(
    cycles: pd.DataFrame, checkups: pd.DataFrame
) -> None:
    stored = cycles.assign(kind=cycles["kind"].replace({"ageing": "storage"}))
    figure = figures.modes_figure(stored, checkups)
    assert figure.axes[0].get_xlabel() == "Time [d]"
    assert figure.axes[0].lines[0].get_xdata()[-1] == cycles["end_time_s"].iloc[-1] / 86400


def test_colours_of_adjacent_losses_differ_for_every_colour_vision() -> None:
    okabe_ito = {"#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2"}
    okabe_ito |= {"#d55e00", "#cc79a7", "#6e6e6e"}
    colours = [to_hex(colour) for _, _, colour in figures.LOSSES]
    assert len(set(colours)) == len(colours)
    assert set(colours) <= okabe_ito


@pytest.mark.parametrize("completed", [0, 1, 2])
@pytest.mark.parametrize("count", [0, 1])
def test_partial_runs_are_drawn_or_explained(completed: int, count: int) -> None:
    cycles = make_cycles(completed, count, "lumped", 1.0)
    checkups = make_checkups(cycles)
    series = make_timeseries(cycles, "lumped")
    sentences = []
    for draw in (
        lambda: figures.fade_figure(cycles, checkups, {}),
        lambda: figures.voltage_figure(series),
        lambda: figures.losses_figure(cycles, checkups),
        lambda: figures.lithium_figure(cycles, checkups),
        lambda: figures.mechanics_figure(cycles, checkups),
        lambda: figures.modes_figure(cycles, checkups),
        lambda: figures.energy_figure(cycles, checkups),
        lambda: figures.temperature_figure(cycles, checkups, series),
    ):
        try:
            canvas.png(draw())
        except canvas.NothingToDraw as reason:
            sentences.append(str(reason))
    assert all(sentence.endswith(".") for sentence in sentences)


def test_without_mechanics_the_sentence_says_so(
    cycles: pd.DataFrame, checkups: pd.DataFrame
) -> None:
    empty = [name for name in cycles if "stress" in name or "crack_length" in name]
    bare = cycles.assign(**dict.fromkeys(empty, np.nan))
    with pytest.raises(canvas.NothingToDraw, match="no mechanics"):
        figures.mechanics_figure(bare, checkups)
    half = cycles.assign(**dict.fromkeys([name for name in empty if "positive" in name], np.nan))
    assert len(figures.mechanics_figure(half, checkups).axes) == 2


def test_an_isothermal_run_has_no_temperature_figure() -> None:
    cycles = make_cycles(10, 1, "isothermal", 1.0)
    with pytest.raises(canvas.NothingToDraw, match=r"25\.0 °C throughout"):
        figures.temperature_figure(cycles, make_checkups(cycles), NONE)


def test_a_missing_time_series_is_explained() -> None:
    with pytest.raises(canvas.NothingToDraw, match=r"outputs\.timeseries"):
        figures.voltage_figure(NONE)


def test_errors_are_drawn_as_simulated_minus_measured() -> None:
    time = np.arange(0.0, 100.0)
    measured = pd.DataFrame({"time_s": time, "voltage_V": 4 - time / 100})
    simulated = measured.assign(voltage_V=measured["voltage_V"] + 0.005)
    row = {"variant": "$a_b", "quantity": "voltage", "rmse": 5.0, "unit": "mV", "reason": ""}
    overlay = Overlay("x", measured, {"$a_b": simulated}, (row,))
    figure = side_by_side.comparison_figure(overlay)
    canvas.png(figure)
    np.testing.assert_allclose(figure.axes[1].lines[-1].get_ydata(), 5.0)
    assert "RMSE 5.0 mV" in figure.axes[0].get_legend().get_texts()[1].get_text()


def test_an_absent_measurement_is_explained() -> None:
    with pytest.raises(canvas.NothingToDraw, match=r"'x' was not compared: no file a\.csv"):
        side_by_side.comparison_figure(Overlay("x", reason="no file a.csv"))
