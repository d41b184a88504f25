r"""Free parameters on an unbounded line: where search and belief take place.

With bounds :math:`a < b`, a value :math:`p` is :math:`z = \ln p` (``log``), :math:`z = p`
(``linear``) or :math:`z = \ln\frac{p-a}{b-p}` (``logit``). The belief about :math:`z` is normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.estimation.sections import ParameterSection

LOGIT_EDGE = 6.0  # logit parameters stay within 0.25 % of the width from their bounds


@dataclass(frozen=True)
class Line:
    """A parameter on its unbounded line.

    Parameters
    ----------
    name : of the parameter
    section : how it is described

    Examples
    --------
    >>> from twin.estimation.sections import ParameterSection
    >>> line = Line("k", ParameterSection(targets=("a",), bounds=(0.1, 10.0)))
    >>> line.value(line.z(2.0)), round(line.low + line.high, 9)
    (2.0, 0.0)
    """

    name: str
    section: ParameterSection

    def z(self, value: float) -> float:
        """Return the place of a value on the line."""
        low, high = self.section.bounds
        if self.section.transform == "log":
            return float(np.log(value))
        if self.section.transform == "logit":
            return float(np.log((value - low) / (high - value)))
        return float(value)

    def value(self, z: float) -> float:
        """Return the value at a place on the line, within the bounds."""
        low, high = self.section.bounds
        z = min(max(z, self.low), self.high)
        if self.section.transform == "log":
            found = np.exp(z)
        elif self.section.transform == "logit":
            found = low + (high - low) / (1 + np.exp(-z))
        else:
            found = z
        return float(min(max(found, low), high))

    @property
    def low(self) -> float:
        """The lowest place."""
        logit = self.section.transform == "logit"
        return -LOGIT_EDGE if logit else self.z(self.section.bounds[0])

    @property
    def high(self) -> float:
        """The highest place."""
        return LOGIT_EDGE if self.section.transform == "logit" else self.z(self.section.bounds[1])

    @property
    def start(self) -> float:
        """Where the search begins."""
        return min(max(self.z(self.section.start), self.low), self.high)

    @property
    def centre(self) -> float:
        """Middle of the belief."""
        prior = self.section.prior
        if prior is None:
            return 0.5 * (self.low + self.high)
        return min(max(self.z(prior.median), self.low), self.high)

    @property
    def sd(self) -> float:
        """Standard deviation of the belief; a quarter of the bounds where none is given."""
        prior = self.section.prior
        return (self.high - self.low) / 4 if prior is None else prior.sd
