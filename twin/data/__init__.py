"""Measured data, read without guessing.

Check-up tables (`read_checkups`) and plain curves (`read_curve`, `read_columns`).
"""

from twin.data.checkups import CheckupTable, read_checkups
from twin.data.curve import CANONICAL, read_columns, read_curve
from twin.data.quality import Finding, Quality
from twin.data.table import TextFormat

__all__ = [
    "CANONICAL",
    "CheckupTable",
    "Finding",
    "Quality",
    "TextFormat",
    "read_checkups",
    "read_columns",
    "read_curve",
]
