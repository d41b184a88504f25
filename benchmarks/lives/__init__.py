"""Cells that live long, for the benchmark of the ageing engine."""
