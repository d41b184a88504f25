"""A study: what is simulated, in one file or one object, checked before anything runs.

Nothing here imports PyBaMM, so a study is checked in a fraction of a second.
"""

from twin.study.fields import Every
from twin.study.loading import load_study
from twin.study.mesh import Mesh
from twin.study.schema import study_schema
from twin.study.sections import (
    CellSection,
    Columns,
    CompareSection,
    FieldsSection,
    InitialSection,
    MeasuredSection,
    ModelSection,
    OutputsSection,
    SolverSection,
    TimeseriesSection,
)
from twin.study.study import Study

__all__ = [
    "CellSection",
    "Columns",
    "CompareSection",
    "Every",
    "FieldsSection",
    "InitialSection",
    "MeasuredSection",
    "Mesh",
    "ModelSection",
    "OutputsSection",
    "SolverSection",
    "Study",
    "TimeseriesSection",
    "load_study",
    "study_schema",
]
