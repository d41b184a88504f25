"""What the cell lives through: steps, repeats, storage, check-ups and when to stop.

Nothing here imports PyBaMM; :mod:`twin.protocol.pybamm_bridge` does, when it is asked to.
"""

from twin.protocol.checkups import Checkups, Stop
from twin.protocol.profile import Profile
from twin.protocol.protocol import Protocol
from twin.protocol.schedule import Block, PlannedCycle, Run, Storage
from twin.protocol.step import Limit, Step

__all__ = [
    "Block",
    "Checkups",
    "Limit",
    "PlannedCycle",
    "Profile",
    "Protocol",
    "Run",
    "Step",
    "Stop",
    "Storage",
]
