"""The answer in plain words, computed from the numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from twin.report.canvas import of_kind, values
from twin.report.figures import LOSSES
from twin.report.tables import MINUS, duration, fixed, general

_PLAIN = {
    "SEI": "growth of the SEI",
    "SEI on cracks": "SEI on cracks",
    "Lithium plating": "lithium plating",
    "Lithium in lost material": "lithium left in lost material",
    "Negative material": "loss of negative material",
    "Positive material": "loss of positive material",
    "Lithium in the electrolyte": "lithium in the electrolyte",
    "Polarisation": "polarisation",
}
_LEAST_LOSS_AH = 1e-4
_STATUS = {
    "complete": "The run is complete.",
    "stopped": "The run ended at a stop condition of the study.",
    "failed": "The run failed; everything before the failure is shown.",
    "interrupted": "The run was interrupted; everything before is shown and it can be resumed.",
    "running": "The run has not finished; this page shows what there is so far.",
}


def answer(
    manifest: Mapping[str, Any], cycles: pd.DataFrame, checkups: pd.DataFrame, steps: pd.DataFrame
) -> list[str]:
    """Return the sentences of the opening paragraph."""
    told = _from_checkups(checkups, steps) or _from_cycles(cycles)
    if not told:
        told = ["No ageing cycle and no pair of check-ups was completed, so no fade is known."]
    return [*told, *_modes(checkups if len(checkups) > 1 else cycles)]


def status(manifest: Mapping[str, Any]) -> str:
    """Return what became of the run, in a sentence or two."""
    word = str(manifest.get("status", ""))
    text = _STATUS.get(word, f"Status: {word or 'unknown'}.")
    done, planned = manifest.get("completed_cycles"), manifest.get("planned_cycles")
    if done is not None and planned is not None:
        text += f" {done} of {planned} planned ageing cycles were completed."
    if manifest.get("stop_reason"):
        text += f" Reason: {str(manifest['stop_reason']).rstrip('.')}."
    return text


def _from_checkups(checkups: pd.DataFrame, steps: pd.DataFrame) -> list[str]:
    """Return capacity, resistance and attribution at the last check-up."""
    known = checkups[np.isfinite(values(checkups, "capacity_Ah"))]
    if len(known) < 2:
        return []
    first, last = known.iloc[0], known.iloc[-1]
    rate = _rate(steps)
    told = [
        f"After {int(last['cycle'])} cycles ({duration(last.get('time_s'))}, "
        f"{fixed(last.get('throughput_Ah'), 0)} A.h moved in all) the cell delivers "
        f"{fixed(last['capacity_Ah'], 2)} A.h{rate}, "
        f"{fixed(100 * last['capacity_Ah'] / first['capacity_Ah'], 1)} % of the "
        f"{fixed(first['capacity_Ah'], 2)} A.h it had in the first check-up."
    ]
    ohms = values(known, "resistance_mOhm")[[0, -1]]
    if np.isfinite(ohms).all() and ohms[0] > 0:
        told.append(
            f"Its resistance went from {fixed(ohms[0], 1)} to {fixed(ohms[1], 1)} mΩ "
            f"({100 * (ohms[1] / ohms[0] - 1):+.1f} %).".replace("-", MINUS)
        )
    return [*told, *_attribution(known)]


def _attribution(checkups: pd.DataFrame) -> list[str]:
    """Return what the measured loss is made of, largest part first."""
    total = values(checkups, "loss_total_Ah")[-1]
    if not np.isfinite(total):
        return []
    if total < _LEAST_LOSS_AH:
        return ["No loss of capacity is measured that could be attributed."]
    parts = {name: values(checkups, columns[0])[-1] for name, columns, _ in LOSSES}
    share = {name: 100 * part / total for name, part in parts.items() if abs(part) > 0.005 * total}
    order = sorted(share, key=lambda name: -share[name])
    lost = [f"{fixed(share[name], 0)} % to {_PLAIN[name]}" for name in order if share[name] > 0]
    lost[:1] = [text.replace(" % to ", " % is due to ") for text in lost[:1]]
    won = [f"{_PLAIN[name]} ({fixed(-share[name], 0)} %)" for name in order if share[name] < 0]
    told = f"Of the {fixed(1e3 * total, 1)} mA.h lost, {_listed(lost)}" if lost else ""
    if lost and won:
        told += f"; against this counts {_listed(won)}"
    return [told + "."] if told else []


def _from_cycles(cycles: pd.DataFrame) -> list[str]:
    """Return the fade of the discharge in the ageing cycles themselves."""
    ageing = of_kind(cycles, "ageing")
    known = ageing[np.isfinite(values(ageing, "discharge_capacity_Ah"))]
    if known.empty:
        return []
    first, last = known.iloc[0], known.iloc[-1]
    charge = last["discharge_capacity_Ah"]
    if len(known) == 1:
        return [f"The one ageing cycle completed delivers {fixed(charge, 3)} A.h on discharge."]
    return [
        f"Cycle {int(last['cycle'])} delivers {fixed(charge, 2)} A.h on discharge, "
        f"{fixed(100 * charge / first['discharge_capacity_Ah'], 1)} % of the "
        f"{fixed(first['discharge_capacity_Ah'], 2)} A.h of cycle {int(first['cycle'])}. "
        "Too few check-ups were completed to say what the difference was lost to."
    ]


def _modes(table: pd.DataFrame) -> list[str]:
    """Return the degradation modes in the last row of check-ups or cycles."""
    if len(table) < 2:
        return []
    last = table.iloc[-1]
    modes = [last.get(key, np.nan) for key in ("lli_percent", "lam_negative_percent")]
    modes.append(last.get("lam_positive_percent", np.nan))
    if not np.isfinite(np.asarray(modes, dtype=float)).all():
        return []
    return [
        f"By then {general(modes[0], 3)} % of the cyclable lithium, {general(modes[1], 3)} % of "
        f"the negative and {general(modes[2], 3)} % of the positive active material are lost."
    ]


def _rate(steps: pd.DataFrame) -> str:
    """Return " at C/10" if the capacity steps of the check-ups name one main rate."""
    rows = steps[
        (steps["kind"] == "checkup") & steps["measure"].astype(str).str.contains("capacity")
    ]
    if rows.empty or "discharge_capacity_Ah" not in rows:
        return ""
    drawn = rows.groupby("text")["discharge_capacity_Ah"].sum()
    match = re.match(r"Discharge at (\S+C|C/\S+|\S+ m?A|\S+ m?W)\b", str(drawn.idxmax()))
    rates = {str(found) for text in rows["text"] for found in re.findall(r" at (\S+)", str(text))}
    if not match:
        return ""
    return (
        f" at {match.group(1)}"
        if len(rates) == 1
        else f" in the check-up (mainly at {match.group(1)})"
    )


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
