"""What the states of a cell say about where its capacity went."""

from twin.diagnosis.balance import Balance, ElectrodeBalance, capacity_sensitivities

__all__ = ["Balance", "ElectrodeBalance", "capacity_sensitivities"]
