"""A step that cannot be finished, with reason and advice."""

from __future__ import annotations

EVENTS = {
    "crack length larger than particle radius": (
        "cracks have grown through the particles",
        "The set's cracking rate or stress is too large for this protocol, or the cell is at "
        "its end of life; look at the stress figure.",
    ),
    "porosity cut-off": (
        "the pores of an electrode are closed",
        "This is the knee of pore clogging: the end of life of the cell as modelled.",
    ),
    "surface": (
        "the surface of a particle is empty or full",
        "Lower the current, or let the step end at a voltage that is met first.",
    ),
    "concentration": (
        "the electrolyte or a particle has run out of lithium",
        "Lower the current, or let the step end at a voltage that is met first.",
    ),
    "voltage [V]": (
        "the voltage left the safe window of the parameter set by more than 1 V",
        "The step has no end condition that stops it; add 'until ... V'.",
    ),
}


class StepFailed(Exception):
    """A step that cannot be finished."""

    def __init__(self, kind: str, reason: str, advice: str, time_s: float) -> None:
        super().__init__(reason)
        self.kind, self.reason, self.advice, self.time_s = kind, reason, advice, time_s


def explain(termination: str) -> tuple[str, str]:
    """Return reason and advice for an event that the protocol did not ask for."""
    for part, (reason, advice) in EVENTS.items():
        if part.lower() in termination.lower():
            return f"{reason} ({termination}).", advice
    return f"an event of the model ended the step ({termination}).", "See the event's name."
