"""How many radii it takes, against brute force; and that the page says so."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from tests.conftest import ROOT
from twin.models.size_moments import moment
from twin.models.size_quadrature import density, fine_points, gauss_rule, uniform_rule
from twin.models.sizes import LogNormal, SizeRule, Weibull, size_rule

SMOOTH = {
    "1/(1+R^2)": lambda R: 1 / (1 + R**2),
    "exp(-R)": lambda R: np.exp(-R),
    "1/(1+3R^2)^(1/2)": lambda R: 1 / np.sqrt(1 + 3 * R**2),
}


def steep(R):
    return np.tanh(3 * (R - 1))


def brute_force(sizes, function):
    u = np.linspace(math.log(1e-9), math.log(1e3), 200_001)
    R = np.exp(u)
    values = density(sizes, R) * R
    return float(np.trapezoid(values * function(R), u) / np.trapezoid(values, u))


def error(rule, sizes, function):
    return abs(float(rule.area_share @ function(rule.radii)) - brute_force(sizes, function))


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("sd", [0.1, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("law", [LogNormal, Weibull])
def test_seven_nodes_beat_thirty_bins(law, sd, name):
    sizes, function = law(sd=sd, nodes=7), SMOOTH[name]
    few = error(size_rule(sizes), sizes, function)
    assert few < error(uniform_rule(sizes, 30), sizes, function)
    assert few < {0.1: 1e-9, 0.3: 2e-6, 0.5: 2e-5, 0.8: 1e-3}[sd]


@pytest.mark.parametrize("sd", [0.3, 0.5, 0.8])
@pytest.mark.parametrize("law", [LogNormal, Weibull])
def test_more_nodes_do_better(law, sd):
    for function in SMOOTH.values():
        errors = [
            error(size_rule(sizes), sizes, function)
            for sizes in (law(sd=sd, nodes=nodes) for nodes in (1, 4, 15))
        ]
        assert errors[1] < 0.3 * errors[0]
        assert errors[2] < 0.2 * errors[1]


# the page -----------------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "physics" / "sizes.md").read_text(encoding="utf-8")
LAWS = {"lognormal": LogNormal, "Weibull": Weibull}
ROW = re.compile(r"^\| (lognormal|Weibull) \| (0\.\d) \|(.+)\|$", re.MULTILINE)
COLUMNS = (3, 5, 7, 10, 15)
REACH = re.compile(r"^\| (\d+) nodes \|(.+)\|$", re.MULTILINE)


def in_the_radius(law, sd, nodes):
    radii, share = gauss_rule(*fine_points(law(sd=sd), 1.0, 2, 2 * nodes - 1), nodes=nodes, root=1)
    return SizeRule(radii, share, share)


@pytest.mark.parametrize("row", ROW.findall(PAGE), ids=lambda row: f"{row[0]}-{row[1]}")
def test_the_table_of_errors_is_true(row):
    law, sd = LAWS[row[0]], float(row[1])
    function = SMOOTH["1/(1+R^2)"]
    rules = [size_rule(law(sd=sd, nodes=nodes)) for nodes in COLUMNS]
    rules += [in_the_radius(law, sd, 7), uniform_rule(law(sd=sd), 30)]
    written = [float(cell.strip(" <")) for cell in row[2].split("|")]
    assert len(written) == len(rules)
    for number, rule in zip(written, rules, strict=True):
        assert error(rule, law(sd=sd), function) == pytest.approx(number, rel=0.06, abs=2e-13)


def test_the_table_of_largest_radii_is_true():
    rows = REACH.findall(PAGE)
    assert len(rows) == 3
    for nodes, cells in rows:
        for sd, cell in zip((0.1, 0.3, 0.5, 0.8), cells.split("|"), strict=True):
            radius, share = re.fullmatch(r" (\S+) \((\S+)\) ", cell).groups()
            rule = size_rule(LogNormal(sd=sd, nodes=int(nodes)))
            assert rule.radii[-1] == pytest.approx(float(radius), rel=0.05)
            assert rule.area_share[-1] == pytest.approx(float(share), rel=0.5)


def test_the_page_has_a_row_for_every_law_and_width():
    assert len(ROW.findall(PAGE)) == 7


def test_what_is_steep_converges_slowly_as_the_page_says():
    sizes = LogNormal(sd=0.3, nodes=7)
    assert error(size_rule(sizes), sizes, steep) == pytest.approx(1e-3, rel=0.5)
    assert error(uniform_rule(sizes, 30), sizes, steep) == pytest.approx(6e-4, rel=0.3)


def test_volume_is_far_from_number_as_the_page_says():
    assert moment(LogNormal(sd=0.5, weight="number"), 1, "volume") == pytest.approx(1.95, abs=5e-3)


def test_a_rule_in_the_radius_itself_is_off_for_any_number_of_nodes():
    wide, function = LogNormal(sd=0.8), SMOOTH["1/(1+R^2)"]
    for nodes in (5, 10, 20):
        found = error(in_the_radius(LogNormal, 0.8, nodes), wide, function)
        assert found == pytest.approx(1.2e-2, rel=0.2)
