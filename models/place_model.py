"""What the submodels of particles and their surfaces share: where they are and what is chosen."""

from __future__ import annotations

from typing import Any

import pybamm

from twin.models.description import Electrode
from twin.models.particle_axes import ParticleAxes


class PlaceModel(pybamm.BaseSubModel):
    """Submodel of one material of one electrode, written for the places of its particles.

    Parameters
    ----------
    param : PyBaMM's lithium-ion parameters
    options : PyBaMM's options of the model
    axes : where the particles live
    electrode : what is chosen for this material
    """

    def __init__(self, param: Any, options: Any, axes: ParticleAxes, electrode: Electrode) -> None:
        super().__init__(param, axes.domain, options=options, phase=axes.phase)
        self.axes = axes
        self.electrode = electrode

    def state(self, quantity: str, **given: Any) -> Any:
        """Return a state at places."""
        return pybamm.Variable(self.axes.name(quantity), domains=self.axes.places, **given)

    @property
    def volume_of_electrode(self) -> Any:
        """Return the volume of the electrode, of all that are in parallel [m3]."""
        return self.domain_param.L * self.param.A_cc
