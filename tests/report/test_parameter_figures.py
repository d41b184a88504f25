"""The picture of a set shows what its functions say, and where they are said to hold."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.parameters import load_set
from twin.parameters.bpx.reading import read_document
from twin.parameters.equilibrium import call
from twin.parameters.library.finding import BUNDLED, sets_in
from twin.parameters.parameter_set import ParameterSet
from twin.report.canvas import NothingToDraw, png
from twin.report.parameter_figures import parameter_figure


def shown(figure: Any) -> list[Any]:
    return [axes for axes in figure.axes if axes.get_visible()]


def panel(figure: Any, title: str, y: str) -> Any:
    return next(
        axes
        for axes in shown(figure)
        if axes.get_title(loc="left") == title and axes.get_ylabel().startswith(y)
    )


def legend(axes: Any) -> list[str]:
    return axes.get_legend_handles_labels()[1]


def changed(name: str, change: Any) -> ParameterSet:
    found = load_set(name)
    data = copy.deepcopy(dict(found.document.raw))
    change(data)
    return ParameterSet(name, read_document(data, name), found.provenance)


@pytest.mark.parametrize("name", sets_in(BUNDLED))
def test_every_set_can_be_drawn_with_units_on_every_axis(name: str) -> None:
    figure = parameter_figure(load_set(name))
    assert len(shown(figure)) >= 7
    for axes in shown(figure):
        assert axes.get_xlabel().endswith("]")
        assert axes.get_ylabel().endswith("]")
        assert axes.get_title(loc="left")
        assert axes.lines
    assert png(figure).startswith(b"\x89PNG")


def test_lines_are_the_functions_of_the_set() -> None:
    found = load_set("KokamEcker2015")
    axes = panel(parameter_figure(found), "Electrolyte", "Conductivity")
    warm = next(line for line in axes.lines if line.get_label() == "45 °C")
    x, y = warm.get_data()
    inside = np.isfinite(y)
    name = "Electrolyte conductivity [S.m-1]"
    np.testing.assert_allclose(y[inside], call(found.values, name, x[inside], 318.15), rtol=1e-12)


def test_lines_are_full_where_the_source_says_so_and_dashed_outside() -> None:
    axes = panel(parameter_figure(load_set("KokamEcker2015")), "Electrolyte", "Conductivity")
    assert legend(axes) == ["5 °C", "25 °C", "45 °C", "stated range"]
    full = [line for line in axes.lines if line.get_linestyle() == "-"]
    dashed = [line for line in axes.lines if line.get_linestyle() != "-"]
    assert len(full) == len(dashed) == 3
    for line in full:
        x, y = line.get_data()
        assert x[np.isfinite(y)].min() >= 500
        assert x[np.isfinite(y)].max() <= 1500
    for line in dashed:
        x, y = line.get_data()
        within = np.isfinite(y) & (x > 520) & (x < 1480)
        assert not within.any()
        assert np.isfinite(y).sum() > 150
    (shade,) = axes.patches
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == (500, 1500)


def test_an_electrode_of_two_materials_has_a_line_for_each() -> None:
    figure = parameter_figure(load_set("LGM50Chen2020Composite"))
    assert legend(panel(figure, "Negative electrode", "Open"))[:2] == ["Graphite", "Silicon"]
    assert legend(panel(figure, "Negative particles", "Diff"))[:2] == ["Graphite", "Silicon"]
    assert legend(panel(figure, "Positive particles", "Diff"))[:1] == ["any temperature"]


def test_entropic_changes_are_drawn_where_there_are_some() -> None:
    titles = [axes.get_ylabel() for axes in shown(parameter_figure(load_set("LGM50ORegan2022")))]
    assert titles.count("Entropic change [mV/K]") == 2
    titles = [axes.get_ylabel() for axes in shown(parameter_figure(load_set("LGM50Chen2020")))]
    assert "Entropic change [mV/K]" not in titles


def test_the_voltage_goes_from_cut_off_to_cut_off() -> None:
    axes = panel(parameter_figure(load_set("LGM50Chen2020")), "Cell", "Open")
    assert legend(axes) == ["lower cut-off, 2.5 V", "upper cut-off, 4.2 V"]
    volts = axes.lines[0].get_ydata()
    assert volts[0] == pytest.approx(2.5, abs=1e-6)
    assert volts[-1] == pytest.approx(4.2, abs=1e-6)
    assert np.all(np.diff(volts) > 0)


def test_an_aged_cell_has_a_second_line() -> None:
    def age(data: dict[str, Any]) -> None:
        losses = {"LLI": 0.1, "LAM: Negative electrode": 0.05, "LAM: Positive electrode": 0.03}
        data["State"]["Degradation"] = losses

    axes = panel(parameter_figure(changed("LGM50Chen2020", age)), "Cell", "Open")
    assert legend(axes)[:2] == ["as new", "aged"]
    new, old = (line.get_ydata() for line in axes.lines[:2])
    assert old[-1] == pytest.approx(new[-1], abs=2e-3)
    assert np.abs(old - new).max() > 0.02


def test_a_set_without_functions_says_that_there_is_nothing_to_draw() -> None:
    data = {"Header": {"BPX": "1.1.0", "Model": "Partial"}, "Parameterisation": {}}
    empty = ParameterSet("Empty", read_document(data, "Empty"))
    with pytest.raises(NothingToDraw, match="Empty has none of the functions"):
        parameter_figure(empty)


def test_a_part_of_a_set_is_drawn_without_the_rest(tmp_path: Path) -> None:
    def cut(data: dict[str, Any]) -> None:
        data["Header"]["Model"] = "Partial"
        data["State"] = {}
        parts = data["Parameterisation"]
        data["Parameterisation"] = {"Electrolyte": parts["Electrolyte"]}

    figure = parameter_figure(changed("LGM50Chen2020", cut))
    assert [axes.get_title(loc="left") for axes in shown(figure)] == ["Electrolyte"] * 2
