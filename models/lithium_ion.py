"""Porous-electrode models built from a description per electrode.

They are ordinary PyBaMM models: ``pybamm.Simulation(DFN(negative=Electrode(...)))`` works.
Electrolyte, potentials, kinetics, SEI, plating and temperature are PyBaMM's; crack growth,
loss of active material and the books of lithium are ours.
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin.models.active_material_loss import ActiveMaterialLoss
from twin.models.crack_growth import CrackGrowth
from twin.models.description import Electrode, Thermal
from twin.models.ledger import ledger_variables
from twin.models.options import pybamm_options


class _Described:
    """Build a PyBaMM lithium-ion model from two electrodes; mixed into its class.

    Parameters
    ----------
    negative, positive : what each electrode is made of
    thermal : ``"isothermal"`` or ``"lumped"``
    name : name of the model
    build : whether to build it at once, as in PyBaMM
    options : options of PyBaMM in place of a description, for models read back from a file

    Raises
    ------
    ModelError
        where two choices exclude each other.
    """

    _single_particle: bool
    _title: str

    def __init__(
        self,
        negative: Electrode = Electrode(),  # noqa: B008 (frozen)
        positive: Electrode = Electrode(),  # noqa: B008 (frozen)
        *,
        thermal: Thermal = "isothermal",
        name: str | None = None,
        build: bool = True,
        options: dict[str, Any] | None = None,
    ) -> None:
        if options is None:
            options = pybamm_options(
                negative, positive, thermal, single_particle=self._single_particle
            )
        self.negative_electrode = negative
        self.positive_electrode = positive
        super().__init__(  # type: ignore[call-arg]
            options=options, name=name or self._title, build=build
        )

    def set_crack_submodel(self) -> None:
        """Put our crack growth where PyBaMM would put its own."""
        super().set_crack_submodel()  # type: ignore[misc]
        self._replace(
            pybamm.particle_mechanics.CrackPropagation,
            lambda old: CrackGrowth(
                old.param, old.domain, self.x_average, options=old.options, phase=old.phase
            ),
        )

    def set_active_material_submodel(self) -> None:
        """Put our loss of active material where PyBaMM would put its own."""
        super().set_active_material_submodel()  # type: ignore[misc]
        self._replace(
            pybamm.active_material.LossActiveMaterial,
            lambda old: ActiveMaterialLoss(
                old.param, old.domain, old.options, self.x_average, old.phase
            ),
        )

    def set_degradation_variables(self) -> None:
        """Add the books of lithium to PyBaMM's degradation variables."""
        super().set_degradation_variables()  # type: ignore[misc]
        self.variables.update(ledger_variables(self.param, self.variables, self.options))

    def _replace(self, old_class: type, make: Any) -> None:
        for key, submodel in self.submodels.items():
            if type(submodel) is old_class:
                self.submodels[key] = make(submodel)

    # provided by the PyBaMM class that this is mixed into
    x_average: bool
    submodels: dict[str, Any]
    variables: Any
    param: Any
    options: Any


class DFN(_Described, pybamm.lithium_ion.DFN):
    """Doyle-Fuller-Newman model (doi:10.1149/1.2221597), as PyBaMM writes it."""

    _single_particle = False
    _title = "Doyle-Fuller-Newman model"


class SPMe(_Described, pybamm.lithium_ion.SPMe):
    """Single-particle model with electrolyte (doi:10.1149/2.0341915jes)."""

    _single_particle = True
    _title = "Single Particle Model with electrolyte"


class SPM(_Described, pybamm.lithium_ion.SPM):
    """Single-particle model: one averaged particle per electrode."""

    _single_particle = True
    _title = "Single Particle Model"
