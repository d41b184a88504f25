"""Measured data, read without guessing.

Cycler files (`read_recording`), check-up tables (`read_checkups`) and plain curves
(`read_curve`, `read_columns`).
"""

from twin.data.checkups import CheckupTable, read_checkups
from twin.data.columns import Column
from twin.data.curve import CANONICAL, read_columns, read_curve
from twin.data.quality import Finding, Quality
from twin.data.recording import Recording, read_recording
from twin.data.table import TextFormat

__all__ = [
    "CANONICAL",
    "CheckupTable",
    "Column",
    "Finding",
    "Quality",
    "Recording",
    "TextFormat",
    "read_checkups",
    "read_columns",
    "read_curve",
    "read_recording",
]
