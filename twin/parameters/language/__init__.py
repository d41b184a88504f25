"""Functions as data: a small language that is parsed, never executed, and tables."""
