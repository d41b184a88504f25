"""PyBaMM asks about telemetry on first import; tests do not take part."""

import os

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")
