"""A good study, and a writer of studies that differ from it in one place."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twin.errors import StudyError
from twin.study import Study, load_study

GOOD = """\
name: Fade in ten cycles
cell:
  parameters: OKane2022
  initial: {soc_percent: 100}
  values: {}
protocol:
  temperature_degC: 25
  blocks:
    - repeat: 10
      cycle:
        - Discharge at 1C until 2.5 V
        - Charge at 0.3C until 4.2 V
        - Hold at 4.2 V until C/100
    - repeat: 2
      storage: {days: 30, voltage_V: 3.9}
  checkups:
    every_cycles: 5
    steps:
      - {step: Discharge at C/10 until 2.5 V, measure: capacity}
      - Charge at 0.3C until 4.2 V
  stop: {capacity_below_percent: 80}
model:
  type: DFN
  negative:
    particle: {diffusion: stress-coupled}
    sei: solvent-diffusion
    sei_on_cracks: true
    cracks: fatigue
    plating: partially-reversible
    active_material_loss: stress
  positive:
    cracks: fatigue
  thermal: isothermal
  mesh: {x_negative: 10, r_positive: 30}
solver:
  relative_tolerance: 1e-5
  error_test: all
outputs:
  timeseries: {cycles: [first, 5, last], checkups: true, variables: []}
  fields: {cycles: {every: 5}, variables: ["Electrolyte concentration [mol.m-3]"]}
  report: true
compare:
  parameter_sets: []
  measured:
    - label: one
      file: one.csv
      sequence: 2
      steps: [1, 2]
      columns: {time_s: t, voltage_V: V}
      until_s: 3600
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a writer: the good study with pieces of text replaced, or a whole text."""
    monkeypatch.delenv("TWIN_DATA", raising=False)
    (tmp_path / "one.csv").write_text("t,V\n0,4.1\n10,4.0\n")

    def writer(*changes: tuple[str, str], text: str = GOOD, name: str = "a.yaml") -> Path:
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} is not once in the study"
            text = text.replace(old, new)
        file = tmp_path / name
        file.write_text(text)
        return file

    return writer


ELECTRODE = """\
name: sizes
cell:
  parameters: SET
  values: VALUES
protocol: {blocks: [{cycle: [Rest for 1 hour]}]}
model:
  type: SPM
  negative:
    CHOICES
"""


def given(write: Write, choices: str, name: str = "OKane2022", values: str = "{}") -> Path:
    """Write a study of which only the negative electrode matters; its choices are in line 9."""
    changes = (("SET", name), ("VALUES", values), ("CHOICES", choices))
    return write(*changes, text=ELECTRODE)


def problems(file: Path) -> tuple[str, ...]:
    """Return what is wrong with a study."""
    with pytest.raises(StudyError, match=re.escape(str(file))) as caught:
        load_study(file)
    return caught.value.problems


def composite(model: dict[str, Any], name: str = "Bonkile2024", **protocol: Any) -> Study:
    """Return a study in Python, of a set with two materials in the negative electrode."""
    steps: Any = {"blocks": [{"cycle": ["Rest for 1 hour"]}], **protocol}
    cell: Any = {"parameters": name, "initial": {"soc_percent": 90}}
    outputs: Any = {"report": False}
    return Study(name="a", cell=cell, protocol=steps, model=model, outputs=outputs)
