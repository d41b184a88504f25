"""From PyBaMM's parameter values to sets, and back."""
