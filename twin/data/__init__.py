"""Measured data, read without guessing.

Cycler files (`read_recording`), check-up tables (`read_checkups`) and plain curves
(`read_curve`, `read_columns`). Of a recording: `find_steps`, `find_cycles`,
`pulse_resistances`; of a slow curve: `differential_curve`.
"""

from twin.data.checkups import CheckupTable, read_checkups
from twin.data.columns import Column
from twin.data.curve import CANONICAL, read_columns, read_curve
from twin.data.cycles import Cycle, find_cycles
from twin.data.pulses import PulseResistance, pulse_resistances
from twin.data.quality import Finding, Quality
from twin.data.recording import Recording, read_recording
from twin.data.slow_curves import DifferentialCurve, differential_curve, resample_monotone
from twin.data.steps import Step, find_steps, frame_of
from twin.data.table import TextFormat

__all__ = [
    "CANONICAL",
    "CheckupTable",
    "Column",
    "Cycle",
    "DifferentialCurve",
    "Finding",
    "PulseResistance",
    "Quality",
    "Recording",
    "Step",
    "TextFormat",
    "differential_curve",
    "find_cycles",
    "find_steps",
    "frame_of",
    "pulse_resistances",
    "read_checkups",
    "read_columns",
    "read_curve",
    "read_recording",
    "resample_monotone",
]
