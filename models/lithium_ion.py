"""Porous-electrode models built from a description per electrode.

They are ordinary PyBaMM models: ``pybamm.Simulation(DFN(negative=Electrode(...)))`` works.
Electrolyte, potentials, kinetics, SEI, plating and temperature are PyBaMM's; crack growth,
loss of active material and the books of lithium are ours.
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin.models.active_material import ConstantMaterial, LosingMaterial
from twin.models.constraint import CellConstraint
from twin.models.crack_growth import CrackGrowth, NoCracks
from twin.models.description import Constraint, Electrode, Thermal
from twin.models.kinetics import stressed
from twin.models.ledger import ledger_variables
from twin.models.open_circuit_potential import OpenCircuitPotential
from twin.models.options import pybamm_options
from twin.models.particle_axes import ParticleAxes
from twin.models.particle_diffusion import ParticleDiffusion
from twin.models.particle_methods import particle_mesh, particle_method
from twin.models.particle_stress import ParticleStress
from twin.models.swelling import CellSwelling, SwellingPorosity
from twin.names import DOMAINS, Domain


class _Described:
    """Build a PyBaMM lithium-ion model from two electrodes; mixed into its class.

    Parameters
    ----------
    negative, positive : what each electrode is made of
    thermal : ``"isothermal"`` or ``"lumped"``
    constraint : what presses on the cell: nothing, a given pressure or a fixture
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
        constraint: Constraint = "none",
        name: str | None = None,
        build: bool = True,
        options: dict[str, Any] | None = None,
    ) -> None:
        if options is None:
            options = pybamm_options(
                negative,
                positive,
                thermal,
                single_particle=self._single_particle,
                constraint=constraint,
            )
        self.negative_electrode = negative
        self.positive_electrode = positive
        self.constraint: Constraint = constraint
        super().__init__(  # type: ignore[call-arg]
            options=options, name=name or self._title, build=build
        )

    @property
    def electrodes(self) -> dict[Domain, Electrode]:
        """Return the description of each electrode."""
        return {"negative": self.negative_electrode, "positive": self.positive_electrode}

    def axes(self, domain: Domain) -> ParticleAxes:
        """Return where the particles of an electrode live."""
        particle = self.electrodes[domain].particle
        return ParticleAxes(domain, particle.shape, particle.core, self.x_average)

    # -- where the particles are ------------------------------------------------

    def _rebuild_param(self) -> None:
        super()._rebuild_param()  # type: ignore[misc]
        for domain in DOMAINS:
            axes, phase = self.axes(domain), self.param.domain_params[domain].prim
            if not axes.solid_sphere:
                area = axes.reacting_area(phase.R_typ, phase.R_typ)
                phase.a_typ = area * pybamm.xyz_average(phase.epsilon_s)

    @property
    def default_geometry(self) -> Any:
        geometry = super().default_geometry  # type: ignore[misc]
        for domain in DOMAINS:
            axes = self.axes(domain)
            if not axes.solid_sphere:
                outer = self.param.domain_params[domain].prim.R_typ
                limits = {"min": axes.inner, "max": outer}
                geometry[f"{domain} particle"] = {axes.coordinate: limits}
        return geometry

    @property
    def default_submesh_types(self) -> Any:
        types = super().default_submesh_types  # type: ignore[misc]
        for domain, electrode in self.electrodes.items():
            types[f"{domain} particle"] = particle_mesh(electrode.particle)
        return types

    @property
    def default_spatial_methods(self) -> Any:
        methods = super().default_spatial_methods  # type: ignore[misc]
        for domain, electrode in self.electrodes.items():
            methods[f"{domain} particle"] = particle_method(electrode.particle)
        return methods

    # -- submodels --------------------------------------------------------------

    def set_particle_submodel(self) -> None:
        """Put our particles, with their stress, where PyBaMM would put its own."""
        super().set_particle_submodel()  # type: ignore[misc]
        for domain, electrode in self.electrodes.items():
            key, particle = f"{domain} primary particle", electrode.particle
            given = self.param, domain, self.options, particle, self.x_average
            self.submodels[key] = ParticleDiffusion(*given)
            if electrode.mechanics:
                pressed = self.constraint != "none"
                self.submodels[f"{key} stress"] = ParticleStress(*given, pressed=pressed)
        if any(electrode.swells for electrode in self.electrodes.values()):
            fixed = self.constraint == "stiffness"
            self.submodels["cell swelling"] = CellSwelling(
                self.param, self.options, self.electrodes, fixed
            )
        if self.constraint != "none":
            self.submodels["cell constraint"] = CellConstraint(
                self.param, self.options, self.constraint
            )

    def set_open_circuit_potential_submodel(self) -> None:
        """Add stress and surface energy to the potentials of the electrodes that have them."""
        super().set_open_circuit_potential_submodel()  # type: ignore[misc]
        for domain, electrode in self.electrodes.items():
            if electrode.stress_in_kinetics != "none" or electrode.surface_energy:
                self.submodels[f"{domain} primary open-circuit potential"] = OpenCircuitPotential(
                    self.param, domain, "lithium-ion main", self.options, electrode, self.x_average
                )

    def get_intercalation_kinetics(self, domain: Domain) -> Any:
        """Return PyBaMM's kinetics, with stress in the exchange current where asked for."""
        return self._kinetics(domain, super().get_intercalation_kinetics(domain))  # type: ignore[misc]

    def get_inverse_intercalation_kinetics(self, domain: Domain) -> Any:
        """Return PyBaMM's inverse kinetics, likewise."""
        inverse = super().get_inverse_intercalation_kinetics(domain)  # type: ignore[misc]
        return self._kinetics(domain, inverse)

    def _kinetics(self, domain: Domain, kinetics: type) -> type:
        electrode = self.electrodes[domain]
        wanted = electrode.stress_in_kinetics == "potential-and-exchange-current"
        return stressed(kinetics) if wanted else kinetics

    def set_porosity_submodel(self) -> None:
        """Let swelling particles fill the pores where asked for."""
        super().set_porosity_submodel()  # type: ignore[misc]
        pores = any(e.swelling == "thickness-and-porosity" for e in self.electrodes.values())
        if pores:
            films = not isinstance(self.submodels["porosity"], pybamm.porosity.Constant)
            averaged = self.options["x-average side reactions"] == "true"
            self.submodels["porosity"] = SwellingPorosity(
                self.param, self.options, self.electrodes, films, averaged
            )

    def set_crack_submodel(self) -> None:
        """Put our crack growth where PyBaMM would put its own."""
        super().set_crack_submodel()  # type: ignore[misc]
        self._replace(
            pybamm.particle_mechanics.CrackPropagation,
            lambda old: CrackGrowth(old, self.axes(old.domain), self.x_average),
        )
        self._replace(
            pybamm.particle_mechanics.SwellingOnly,
            lambda old: NoCracks(old.param, old.domain, old.options, old.phase),
        )

    def set_active_material_submodel(self) -> None:
        """Put our active material where PyBaMM would put its own."""
        super().set_active_material_submodel()  # type: ignore[misc]
        constant, losing = (
            pybamm.active_material.Constant,
            pybamm.active_material.LossActiveMaterial,
        )
        self._replace(losing, lambda old: LosingMaterial(old, self.axes(old.domain)))
        self._replace(constant, lambda old: ConstantMaterial(old, self.axes(old.domain)))

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
