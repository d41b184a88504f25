"""Size distributions as they are given: from files, from plain data, and what is refused."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys

import numpy as np
import pydantic
import pytest

from twin.errors import ModelError
from twin.models.size_moments import moment
from twin.models.size_quadrature import uniform_rule
from twin.models.sizes import Histogram, LogNormal, Mixture, Sizes, Weibull, size_rule

UM = 1e-6
EDGES = (0.5 * UM, 1 * UM, 2 * UM, 2.5 * UM, 4 * UM, 7 * UM)
SHARE = (2.0, 7.0, 5.0, 4.0, 1.0)

# files --------------------------------------------------------------------------------------


def written(folder, text, name="sizes.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("header", "in_file"),
    [
        ("low_radius_um,high_radius_um,share", 1.0),
        ("low_diameter_um,high_diameter_um,share", 2.0),
        ("low_radius_nm;high_radius_nm;share", 1e3),
        ("low_radius_m, high_radius_m, share", 1e-6),
    ],
)
def test_a_file_of_bars_is_read_in_its_unit(tmp_path, header, in_file):
    separator = ";" if ";" in header else ","
    rows = [
        (low / UM * in_file, high / UM * in_file, share)
        for low, high, share in zip(EDGES[:-1], EDGES[1:], SHARE, strict=True)
    ]
    text = "\n".join([header, *(separator.join(map(repr, row)) for row in rows)]) + "\n\n"
    found = size_rule(Histogram(file=written(tmp_path, text), nodes=3))
    expected = size_rule(Histogram(low=EDGES[:-1], high=EDGES[1:], share=SHARE, nodes=3))
    np.testing.assert_allclose(found.radii, expected.radii, rtol=1e-12)
    np.testing.assert_allclose(found.area_share, expected.area_share, rtol=1e-11)


def test_columns_may_stand_in_any_order_and_shares_be_counts(tmp_path):
    file = written(tmp_path, "\ufeffshare,diameter_um\n30,2\n10,4\n0,6\n")
    rule = size_rule(Histogram(file=file, weight="number", nodes=2))
    np.testing.assert_allclose(rule.radii, [1 * UM, 2 * UM], rtol=1e-12)
    np.testing.assert_allclose(rule.area_share, [3 / 7, 4 / 7], rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("radius_um,shares\n1,1\n", "line 1: 'shares' is not a column .* did you mean 'share'"),
        ("radius,share\n1,1\n", "line 1: 'radius' is not a column .* allowed are low_radius_um"),
        ("low_radius_um,share\n1,1\n", "columns low_radius_um, share are not a size distribution"),
        ("low_radius_um,high_radius_nm,share\n1,1,1\n", "are not a size distribution"),
        ("radius_um,share,share\n1,1,1\n", "are not a size distribution"),
        ("", r"columns \(none\) are not"),
        ("radius_um,share\n1,one\n", "line 2, column 'share': 'one' is not a number"),
        ('radius_um,share\n1,"0,5"\n', "line 2, column 'share': '0,5' .* with a point"),
        ("radius_um,share\n1,1\n2\n", "line 3: 1 cells, but the header has 2"),
        ("radius_um,share\n1,1\n2,nan\n", "line 3: .* not finite numbers"),
        ("radius_um,share\n2,1\n1,1\n", "line 3: 1e-06 m does not come after 2e-06 m"),
        ("radius_m,share\n1,1\n", "line 2: 1 m is no span of radii; .* another unit"),
        ("radius_um,share\n", "nodes: 1 radii from 0 filled bars"),
        ("radius_um,share\n1,__import__('os')\n", "is not a number"),
    ],
)
def test_a_file_that_is_not_as_described_is_refused_with_its_place(tmp_path, text, words):
    histogram = Histogram(file=written(tmp_path, text), nodes=1)
    with pytest.raises(ModelError, match=words) as refused:
        histogram.bars()
    assert "\n" not in str(refused.value)
    if "nodes" not in words:
        assert str(tmp_path) in str(refused.value)


def test_a_file_that_is_absent_or_no_text_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"there is no file .*none\.csv"):
        size_rule(Histogram(file=str(tmp_path / "none.csv")))
    path = tmp_path / "binary.csv"
    path.write_bytes(b"radius_um,share\n\xff\xfe,1\n")
    with pytest.raises(ModelError, match="not a CSV file in UTF-8"):
        size_rule(Histogram(file=str(path)))


# what is refused ----------------------------------------------------------------------------

PART = LogNormal(mean=UM, sd=0.3 * UM)
BARS = {"low": (UM, 2 * UM), "high": (2 * UM, 3 * UM), "share": (1.0, 1.0), "nodes": 2}


@pytest.mark.parametrize("law", [LogNormal, Weibull])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"sd": 0.0}, "sd: 0.0 is not a width relative to the radius .* allowed are 0.0001 to 2"),
        ({"sd": -0.3}, "sd: -0.3 is not a width"),
        ({"sd": math.nan}, "sd: nan is not a width"),
        ({"sd": "wide"}, "sd: 'wide' is not a width"),
        ({"sd": True}, "sd: True is not a width"),
        ({"sd": 2e-6}, "sd: 2e-06 is not a width relative to the radius of the set"),
        ({"sd": 0.3, "mean": 5e-6}, "sd: 0.3 is not a width in metres .* allowed are 5e-10 to"),
        ({"sd": 1e-6, "mean": 0.0}, "mean: 0.0 is not a mean radius in metres"),
        ({"sd": 1e-6, "mean": -5e-6}, "mean: -5e-06 is not a mean radius"),
        ({"sd": 2.0, "mean": 5.0}, "mean: 5.0 is not a mean radius in metres; allowed are 1e-10"),
        ({"sd": 1e-6, "mean": math.inf}, "mean: inf is not"),
        ({"sd": 0.3, "nodes": 0}, "nodes: 0 is not a number of radii; allowed are 1 to 30"),
        ({"sd": 0.3, "nodes": 31}, "nodes: 31 is not"),
        ({"sd": 0.3, "nodes": 5.0}, "nodes: 5.0 is not"),
        ({"sd": 0.3, "nodes": True}, "nodes: True is not"),
        ({"sd": 0.3, "weight": "volumes"}, "weight: 'volumes' .* did you mean 'volume'"),
    ],
)
def test_a_law_that_cannot_be_is_refused(law, values, words):
    with pytest.raises(ModelError, match=words):
        law(**values)


def test_a_law_of_infinite_area_is_refused():
    Weibull(sd=0.9, weight="volume")
    with pytest.raises(ModelError, match=r"sd: a Weibull law by volume with sd/mean = 1 .* R\^-1"):
        Weibull(sd=1.0, weight="volume")
    with pytest.raises(ModelError, match="sd: a Weibull law by area"):
        moment(Weibull(sd=0.8), 1, "number")
    part = Weibull(mean=UM, sd=0.8 * UM, weight="volume")
    with pytest.raises(ModelError, match="sd: a Weibull law by volume"):
        Mixture(parts=(part,), shares=(1.0,), weight="number")


def test_nodes_beyond_all_reason_are_refused():
    with pytest.raises(ModelError, match=r"nodes: 30 are too many .* a radius at 5e\+20 m"):
        size_rule(LogNormal(sd=2.0, nodes=30))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"parts": (PART, PART), "shares": (0.5, 0.4)}, "shares: they sum to 0.9; allowed is 1"),
        ({"parts": (PART, PART), "shares": (1.5, -0.5)}, "shares: 1.5 is not a share"),
        ({"parts": (PART, PART), "shares": (math.nan, 1)}, "shares: nan is not a share"),
        ({"parts": (PART,), "shares": (0.5, 0.5)}, "shares: 2 shares for 1 parts"),
        ({"parts": (), "shares": ()}, "shares: 0 shares for 0 parts"),
        ({"parts": (PART, LogNormal(sd=0.3)), "shares": (0.5, 0.5)}, "parts: part 2 has no mean"),
        (
            {"parts": (LogNormal(mean=UM, sd=0.3 * UM, nodes=3),), "shares": (1.0,)},
            "parts: part 1 has nodes: 3",
        ),
        ({"parts": ("lognormal",), "shares": (1.0,)}, "parts: part 1 is an object of type str"),
        ({"parts": (PART,), "shares": (1.0,), "nodes": 40}, "nodes: 40 is not"),
        ({"parts": (PART,), "shares": (1.0,), "weight": "mass"}, "weight: 'mass' is not"),
    ],
)
def test_a_mixture_that_cannot_be_is_refused(values, words):
    with pytest.raises(ModelError, match=words):
        Mixture(**values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"share": (1.0, -1.0)}, "bar 2: the share -1 is negative"),
        ({"share": (1.0, 0.0)}, "nodes: 2 radii from 1 filled bars; .* fewer nodes or finer bars"),
        ({"nodes": 3}, "nodes: 3 radii from 2 filled bars"),
        ({"share": (1.0, math.nan)}, "bar 2: .* not finite numbers"),
        ({"share": (1.0, "half")}, "bar 2: .*'half' are not finite numbers"),
        ({"low": (UM, 1.5 * UM)}, "bar 2: 1.5e-06 to 3e-06 m does not come after 2e-06 m"),
        ({"high": (0.5 * UM, 3 * UM)}, "bar 1: 1e-06 to 5e-07 m is no span of radii"),
        ({"low": (-UM, 2 * UM)}, "bar 1: -1e-06 to 2e-06 m is no span"),
        ({"low": (0.0, 2 * UM)}, "bar 1: a share of volume down to the radius 0 .* infinite area"),
        ({"share": (1.0,)}, "share: 1 shares for"),
        ({"file": "sizes.csv"}, "file, high, low, share is given; allowed are file alone"),
        ({"low": (), "high": (), "share": ()}, "nothing is given; allowed are"),
        ({"high": ()}, "low, share is given; allowed are"),
        ({"weight": "mass"}, "weight: 'mass' is not"),
    ],
)
def test_a_histogram_that_cannot_be_is_refused(values, words):
    with pytest.raises(ModelError, match=words):
        Histogram(**{**BARS, **values})


def test_a_list_of_radii_has_no_bins():
    radii = Histogram(radius=(UM, 2 * UM), share=(1, 1), nodes=2)
    with pytest.raises(ModelError, match="radius: a list of radii has no density"):
        uniform_rule(radii, 30)


# from a study -------------------------------------------------------------------------------

READ = pydantic.TypeAdapter(Sizes)


def test_pydantic_reads_them_from_plain_data():
    part = {"law": "weibull", "mean": 2e-6, "sd": 1e-6}
    assert READ.validate_python({"law": "lognormal", "sd": 0.3}) == LogNormal(sd=0.3)
    assert READ.validate_python(part) == Weibull(mean=2e-6, sd=1e-6)
    mixture = {"law": "mixture", "parts": [part, part], "shares": [0.5, 0.5]}
    parts = (Weibull(mean=2e-6, sd=1e-6),) * 2
    assert READ.validate_python(mixture) == Mixture(parts=parts, shares=(0.5, 0.5))
    assert READ.validate_python({"law": "histogram", "file": "a.csv"}) == Histogram(file="a.csv")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"law": "weibull", "sd": -0.3}, "sd: -0.3 is not a width"),
        ({"law": "lognormal", "sd": 0.3, "cut": 2}, "cut"),
        ({"law": "gamma", "sd": 0.3}, "law"),
    ],
)
def test_pydantic_reports_what_is_wrong(values, words):
    with pytest.raises(pydantic.ValidationError, match=words):
        READ.validate_python(values)


@pytest.mark.parametrize("sizes", [PART, Histogram(**BARS), Mixture(parts=(PART,), shares=(1,))])
def test_descriptions_are_values(sizes):
    assert dataclasses.replace(sizes) == sizes
    assert hash(dataclasses.replace(sizes)) == hash(sizes)
    with pytest.raises(AttributeError):
        sizes.nodes = 3


def test_a_description_comes_without_numpy():
    code = (
        "import sys; from twin.models.sizes import LogNormal, Weibull; LogNormal(sd=0.3); "
        "Weibull(sd=0.3); sys.exit(bool({'numpy', 'scipy', 'pybamm', 'pydantic'} & "
        "set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
