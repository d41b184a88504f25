"""Ageing: one step, one cycle, many cycles, check-ups, checkpoints."""

from twin.ageing.simulate import resume, run

__all__ = ["resume", "run"]
