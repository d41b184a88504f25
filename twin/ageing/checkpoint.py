"""Where a run stands, written so that it can go on as if it had never stopped.

The state vector is kept to the last bit in ``checkpoint.npz``, with the counters of the
loop as JSON beside it (Python prints floats so that they read back exactly). No pickle.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from twin.ageing.jumps.memory import JumpMemory
from twin.ageing.state import State
from twin.errors import ResultsError

FILE = "checkpoint.npz"
ERRORS = (
    "capacity_error_percent",
    "lli_error_percent",
    "lam_negative_error_percent",
    "lam_positive_error_percent",
    "other_error_percent",
)


@dataclass
class Progress:
    """The loop's memory between two cycles; everything in it is plain data.

    Parameters
    ----------
    sequence : rows of the cycles table so far
    completed : ageing cycles completed
    checkup_due : whether a check-up comes before the next ageing cycle
    last_checkup_cycle : ageing cycles completed at the latest check-up
    throughput_Ah : charge that has flowed in either direction [A.h]
    charge_Ah : net charge delivered since the start [A.h]
    full_capacity_Ah : by the steps of a cycle, the largest discharge so far [A.h] and the capacity
        at which the cell stood when such cycles began [%]
    percent : capacity of the last ageing cycle, of the largest discharge so far [%]
    checkup_percent : capacity of the last check-up, of the first [%]
    minimum_voltage_V, maximum_voltage_V : of the last ageing cycle [V]
    reference : the cell at the start (see `twin.ageing.condition.Reference`)
    first_checkup : measured capacity and resistance of the first check-up
    last_checkup : state columns of the latest check-up
    losses : cumulative losses of capacity by cause [A.h]
    wall_time_s : computing time so far
    work : integrator effort so far
    simulated : cycles simulated, those of jumps that were taken back included
    errors : estimated error that jumps have added up to so far, by column [%]
    closure : largest closure error of the lithium books so far; ``None`` without books
    warnings : sentences for the user
    provisional_series : cycle whose time series was written only because the run ended there
    """

    sequence: int = 0
    completed: int = 0
    checkup_due: bool = False
    last_checkup_cycle: int = -1
    throughput_Ah: float = 0.0
    charge_Ah: float = 0.0
    full_capacity_Ah: dict[str, list[float]] = field(default_factory=dict)
    percent: float = 100.0
    checkup_percent: float = 100.0
    minimum_voltage_V: float | None = None
    maximum_voltage_V: float | None = None
    reference: dict[str, float] = field(default_factory=dict)
    first_checkup: dict[str, float] = field(default_factory=dict)
    last_checkup: dict[str, float] = field(default_factory=dict)
    losses: dict[str, float] = field(default_factory=dict)
    wall_time_s: float = 0.0
    work: dict[str, int] = field(default_factory=dict)
    simulated: int = 0
    errors: dict[str, float] = field(default_factory=lambda: dict.fromkeys(ERRORS, 0.0))
    closure: float | None = 0.0
    warnings: list[str] = field(default_factory=list)
    provisional_series: int | None = None


def write_checkpoint(
    folder: Path, state: State, progress: Progress, jumped: JumpMemory | None = None
) -> None:
    """Write all in one move: a reader finds the old ones or the new ones."""
    jumped = jumped or JumpMemory()
    plain = {**asdict(progress), "time_s": state.time_s, "layout": state.layout}
    memory = json.dumps({**plain, "jumped": jumped.plain()})
    arrays: dict[str, Any] = {"y": state.y, "memory": np.array(memory), **jumped.arrays()}
    partial = folder / f"{FILE}.partial"
    with partial.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    partial.replace(folder / FILE)


def read_checkpoint(folder: Path) -> tuple[State, Progress, JumpMemory]:
    """Return the state, the progress and the memory of jumps of an unfinished run.

    Raises
    ------
    ResultsError
        where there is no checkpoint.
    """
    path = folder / FILE
    if not path.exists():
        raise ResultsError(
            f"{folder}: there is no {FILE}, so there is nothing to resume; "
            "start the run anew with 'twin run STUDY --out FOLDER'"
        )
    try:
        with np.load(path, allow_pickle=False) as stored:
            y, memory = stored["y"], json.loads(str(stored["memory"]))
            jumped = JumpMemory.read(memory.pop("jumped"), stored)
        state = State(y, memory.pop("layout"), memory.pop("time_s"))
        return state, Progress(**memory), jumped
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ResultsError(
            f"{path} is damaged or of another version ({error}); run the study anew"
        ) from None
