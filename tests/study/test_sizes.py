"""Distributions of sizes in a study: what is read, what is refused, what the hash sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.study.conftest import Write, composite, given, problems
from twin.errors import ModelError, StudyError
from twin.models.description import Electrode
from twin.models.sizes import Histogram, LogNormal, Mixture, Weibull
from twin.study import load_study

MIXTURE = """\
sizes:
      law: mixture
      parts:
        - {law: lognormal, mean: 2e-6, sd: 3e-7}
        - {law: weibull, mean: 8e-6, sd: 2e-6}
      shares: [0.4, 0.6]"""
# what an electrode has, and parts of the one message: line and key, and what it says
BAD_SIZES = {
    "no mapping": (
        "sizes: 0.3",
        ":9: model.negative.sizes: 0.3 is no distribution of sizes; give a mapping with law "
        "(lognormal, weibull, mixture, histogram)",
    ),
    "no law": (
        "sizes: {sd: 0.3}",
        ":9: model.negative.sizes.law: this key is required here; add it: lognormal, weibull",
    ),
    "misspelt law": (
        "sizes: {law: log-normal, sd: 0.3}",
        ":9: model.negative.sizes.law: 'log-normal' is not allowed",
        "did you mean 'lognormal'?",
    ),
    "number for a law": ("sizes: {law: 3}", "sizes.law: 3 is not allowed; allowed are lognormal"),
    "misspelt key": (
        "sizes:\n      law: lognormal\n      std: 0.3\n      sd: 0.3",
        ":11: model.negative.sizes.std: unknown key. Allowed here: sd, mean, weight, nodes, law",
    ),
    "no width": (
        "sizes: {law: weibull}",
        ":9: model.negative.sizes.sd: this key is required here; add it",
    ),
    "text for a number": (
        "sizes: {law: lognormal, sd: '0.3'}",
        "sizes.sd: '0.3' is not a number; write 0.3 without quotes",
    ),
    "unit in a number": (
        "sizes: {law: lognormal, mean: 2 um, sd: 1e-6}",
        "sizes.mean: '2 um' is not a number; write 2, the unit belongs to the key",
    ),
    "true for a number": ("sizes: {law: lognormal, sd: true}", "sizes.sd: true is not a number"),
    "half a node": (
        "sizes: {law: lognormal, sd: 0.3, nodes: 7.5}",
        "sizes.nodes: 7.5 is not a whole number",
    ),
    "no node": (
        "sizes:\n      law: lognormal\n      sd: 0.3\n      nodes: 0",
        ":12: model.negative.sizes.nodes: 0 is not a number of radii; allowed are 1 to 30",
    ),
    "width out of range": (
        "sizes: {law: lognormal, sd: 3e-6}",
        "sizes.sd: 3e-06 is not a width relative to the radius of the set (no mean is given)",
    ),
    "no finite width": ("sizes: {law: lognormal, sd: .nan}", "sizes.sd: nan is not a width"),
    "mean in micrometres": (
        "sizes: {law: weibull, mean: 2, sd: 0.6}",
        "sizes.mean: 2.0 is not a mean radius in metres; allowed are 1e-10 to 0.01",
    ),
    "weight": (
        "sizes: {law: lognormal, sd: 0.3, weight: volumes}",
        "sizes.weight: 'volumes' is not allowed; allowed are number, area, volume; did you mean",
    ),
    "too many nodes": (
        "sizes: {law: lognormal, sd: 2, nodes: 30}",
        "sizes.nodes: 30 are ",
        "give fewer, 5 to 10 are enough",
    ),
    "number for parts": (
        "sizes: {law: mixture, parts: 2, shares: [1]}",
        "sizes.parts: 2 is not a list",
    ),
    "law of a part": (
        MIXTURE.replace("law: weibull", "law: mixture"),
        ":13: model.negative.sizes.parts[2].law: 'mixture' is not allowed; allowed are "
        "lognormal, weibull",
    ),
    "key of a part": (
        MIXTURE.replace("sd: 2e-6", "sdd: 2e-6, sd: 1e-6"),
        ":13: model.negative.sizes.parts[2].sdd: unknown key",
    ),
    "part without a mean": (
        MIXTURE.replace("mean: 8e-6, sd: 2e-6", "sd: 0.2"),
        ":13: model.negative.sizes.parts[2]: has no mean",
    ),
    "nodes of a part": (
        MIXTURE.replace("sd: 3e-7", "sd: 3e-7, nodes: 3"),
        ":12: model.negative.sizes.parts[1]: has nodes: 3",
    ),
    "shares": (
        MIXTURE.replace("[0.4, 0.6]", "[0.4, 0.5]"),
        ":14: model.negative.sizes.shares: they sum to 0.9; allowed is 1",
    ),
    "one share": (
        MIXTURE.replace("[0.4, 0.6]", "[1.0]"),
        ":14: model.negative.sizes.shares: 1 shares for 2 parts",
    ),
    "absent file": (
        "sizes:\n      law: histogram\n      file: none.csv",
        ":11: model.negative.sizes.file: there is no file ",
        "none.csv; correct 'file'",
    ),
    "folder": (
        "sizes: {law: histogram, file: .}",
        "sizes.file: ",
        "is a folder, not a file; correct 'file'",
    ),
    "other variable": (
        "sizes: {law: histogram, file: $HOME/a.csv}",
        "sizes.file: '$HOME/a.csv': only ${TWIN_DATA} is expanded",
    ),
    "unknown data folder": (
        "sizes: {law: histogram, file: '${TWIN_DATA}/a.csv'}",
        "sizes.file: ",
        "correct 'file'",
    ),
    "column of a file": (
        "sizes: {law: histogram, file: one.csv}",
        ":9: model.negative.sizes.file: ",
        "one.csv, line 1: 't' is not a column of a size distribution",
    ),
    "number for a file": ("sizes: {law: histogram, file: 5}", "sizes.file: 5 is not a text"),
    "more nodes than radii": (
        "sizes: {law: histogram, radius: [1e-6, 2e-6], share: [1, 2]}",
        "sizes.nodes: 7 radii from 2 filled bars",
    ),
    "file and radii": (
        "sizes: {law: histogram, file: one.csv, radius: [1e-6], share: [1]}",
        "sizes: file, radius, share is given; allowed are file alone",
    ),
}


@pytest.mark.parametrize("case", BAD_SIZES.values(), ids=BAD_SIZES.keys())
def test_a_defect_in_sizes_gives_one_message_at_its_line(
    case: tuple[str, ...], write: Write
) -> None:
    choices, *parts = case
    (problem,) = problems(given(write, choices))
    for part in parts:
        assert part in problem


# ---- what is read


def test_every_law_is_read_and_written(write: Write, tmp_path: Path) -> None:
    (tmp_path / "sizes.csv").write_text("low_radius_um,high_radius_um,share\n1,2,3\n2,4,5\n")
    for choices, sizes in (
        ("sizes: {law: lognormal, sd: 0.3, nodes: 5}", LogNormal(sd=0.3, nodes=5)),
        (
            "sizes: {law: weibull, mean: 2.0e-6, sd: 6.0e-7, weight: volume}",
            Weibull(mean=2e-6, sd=6e-7, weight="volume"),
        ),
        (
            MIXTURE,
            Mixture(
                parts=(LogNormal(mean=2e-6, sd=3e-7), Weibull(mean=8e-6, sd=2e-6)),
                shares=(0.4, 0.6),
            ),
        ),
        (
            "sizes: {law: histogram, radius: [1e-6, 2e-6], share: [30, 70], nodes: 2}",
            Histogram(radius=(1e-6, 2e-6), share=(30.0, 70.0), nodes=2),
        ),
        (
            "sizes: {law: histogram, file: sizes.csv, nodes: 2}",
            Histogram(file=str(tmp_path / "sizes.csv"), nodes=2),
        ),
    ):
        study = load_study(given(write, choices))
        assert study.model.negative == Electrode(sizes=sizes), choices
        copy = tmp_path / "deep" / "study.yaml"
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(study.to_yaml())
        assert load_study(copy) == study
        assert load_study(copy).hash == study.hash
        inner = choices.replace("\n", "\n  ")
        second = load_study(given(write, f"secondary:\n      {inner}", "Bonkile2024"))
        assert second.model.negative.secondary == study.model.negative


def test_objects_in_python_are_taken_as_they_are() -> None:
    mixture = Mixture(parts=(LogNormal(mean=2e-6, sd=3e-7),), shares=(1.0,))
    plain = {"law": "mixture", "parts": [mixture.parts[0]], "shares": [1]}
    for sizes in (mixture, plain):
        electrode: Any = {"sizes": sizes, "secondary": Electrode(sizes=mixture)}
        study = composite({"negative": electrode})
        assert study.model.negative == Electrode(sizes=mixture, secondary=Electrode(sizes=mixture))


def test_a_file_named_in_python_is_taken_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sizes.csv"
    file.write_text("radius_um,share\n1,3\n2,5\n")
    monkeypatch.chdir(tmp_path)
    inner = Electrode(sizes=Histogram(file="sizes.csv", nodes=2))
    study = composite({"negative": Electrode(secondary=inner)})
    monkeypatch.chdir("/")
    assert study.model.negative.secondary.sizes.file == str(file)
    assert str(file) in study.to_yaml()
    with pytest.raises(StudyError, match=r"negative\.sizes\.file: '\$A/x.csv': only"):
        composite({"negative": Electrode(sizes=Histogram(file="$A/x.csv"))}, "Chen2020")


def test_what_cannot_be_in_an_electrode_is_refused_in_python() -> None:
    wrong: Any = {"sizes": 0.3}
    with pytest.raises(ModelError, match=r"Electrode\(sizes=...\): an object of type float; allow"):
        Electrode(**wrong)
    wrong = {"secondary": LogNormal(sd=0.3)}
    with pytest.raises(ModelError, match=r"Electrode\(secondary=...\): an object of type LogNorm"):
        Electrode(**wrong)
    with pytest.raises(StudyError, match=r"model\.negative\.sizes: an object of type object is no"):
        composite({"negative": {"sizes": object()}})


# ---- hash


def test_the_hash_sees_what_is_in_a_file_of_sizes_and_not_where_it_is(
    write: Write, tmp_path: Path
) -> None:
    content = "radius_um,share\n1,3\n2,5\n"
    choices = "sizes: {law: histogram, file: NAME, nodes: 2}"
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text(content)
    one, two = (
        load_study(given(write, choices.replace("NAME", f"{n}.csv"))) for n in ("one", "two")
    )
    assert one != two
    assert one.hash == two.hash
    before = one.hash
    (tmp_path / "one.csv").write_text(content.replace("5", "6"))
    assert one.hash != before
    (tmp_path / "one.csv").unlink()
    assert one.hash != before


@pytest.mark.parametrize(
    "other",
    [
        "sizes: {law: lognormal, sd: 0.31}",
        "sizes: {law: weibull, sd: 0.3}",
        "sizes: {law: lognormal, sd: 0.3, nodes: 6}",
        "sizes: {law: lognormal, sd: 0.3, weight: volume}",
        "sizes: {law: lognormal, sd: 0.3}\n    cracks: fatigue\n    longer_path: true",
        "sizes: {law: lognormal, sd: 0.3}\n    cracks: fatigue",
    ],
)
def test_the_hash_changes_with_every_new_choice(other: str, write: Write) -> None:
    first = "sizes: {law: lognormal, sd: 0.3}"
    assert load_study(given(write, other)).hash != load_study(given(write, first)).hash


def test_a_study_without_new_choices_keeps_the_hash_it_had(write: Write) -> None:
    hash_before = "f5e5454728e40af048e55db420021bd8ae24eda1c6b0c036519c1efb35801dfd"
    assert load_study(write()).hash == hash_before
    explicit = ("plating: partially-reversible", "plating: partially-reversible\n    sizes:")
    assert load_study(write(explicit)).hash == hash_before
