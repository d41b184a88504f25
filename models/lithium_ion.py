"""Porous-electrode models built from a description per electrode.

They are ordinary PyBaMM models: ``pybamm.Simulation(DFN(negative=Electrode(...)))`` works.
Electrolyte, potentials, temperature and external circuit are PyBaMM's; particles of every size,
what happens at their surfaces and the books of lithium are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pybamm

from twin.models.active_material import ActiveMaterial
from twin.models.cell_methods import LAYERS, cell_mesh, cell_method
from twin.models.constraint import CellConstraint
from twin.models.cracks import Cracks
from twin.models.description import Across, Constraint, Electrode, Thermal
from twin.models.heat import heated_by_sizes
from twin.models.kinetics import CellCurrent, ElectrodeCurrent, Kinetics
from twin.models.ledger import books_of_described
from twin.models.materials import of_materials
from twin.models.open_circuit_potential import OpenCircuitPotential
from twin.models.options import check, pybamm_options
from twin.models.particle_axes import CellAxes
from twin.models.particle_diffusion import ParticleDiffusion
from twin.models.particle_methods import particle_mesh, particle_method
from twin.models.particle_stress import ParticleStress
from twin.models.plating import Plating
from twin.models.porosity import Pores, SolidPaths
from twin.models.sei import SeiFilm
from twin.models.size_methods import SizeQuadrature, size_mesh
from twin.models.swelling import CellSwelling
from twin.names import Domain


class _Described:
    """Build a PyBaMM lithium-ion model from two electrodes; mixed into its class.

    Parameters
    ----------
    negative, positive : what each electrode is made of
    thermal : ``"isothermal"`` or ``"lumped"``
    constraint : what presses on the cell: nothing, a given pressure or a fixture
    dry_out : whether growth of the SEI uses up the electrolyte
    across : how electrodes and separator are resolved, see :mod:`twin.models.cell_methods`
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

    def __init__(  # noqa: PLR0913 (the last three are PyBaMM's, one says how it is solved)
        self,
        negative: Electrode = Electrode(),  # noqa: B008 (frozen)
        positive: Electrode = Electrode(),  # noqa: B008 (frozen)
        *,
        thermal: Thermal = "isothermal",
        constraint: Constraint = "none",
        dry_out: bool = False,
        across: Across = "finite-volume",
        name: str | None = None,
        build: bool = True,
        options: Any = None,
    ) -> None:
        check(negative, positive, constraint, dry_out)
        if options is None:
            options = pybamm_options(
                negative, positive, thermal, single_particle=self._single_particle
            )
        self.cell = CellAxes.of({"negative": negative, "positive": positive}, self._single_particle)
        self.constraint: Constraint = constraint
        self.dry_out = dry_out
        self.across: Across = across
        super().__init__(  # type: ignore[call-arg]
            options=options, name=name or self._title, build=build
        )

    @property
    def electrodes(self) -> Mapping[Domain, Electrode]:
        """Return the description of each electrode."""
        return self.cell.electrodes

    # -- where the particles are ------------------------------------------------

    @property
    def default_geometry(self) -> Any:
        geometry = super().default_geometry  # type: ignore[misc]
        for axes, electrode in self.cell.each():
            typical = self.param.domain_params[axes.domain].phase_params[axes.phase].R_typ
            if not axes.solid_sphere:
                limits = {"min": axes.inner, "max": typical}
                geometry[axes.particle_domain[0]] = {axes.coordinate: limits}
            if electrode.sizes is not None:
                limits = {"min": pybamm.Scalar(0), "max": typical}
                geometry[axes.size_domain[0]] = {axes.size_coordinate: limits}
        return geometry

    @property
    def default_var_pts(self) -> Any:
        points = dict(super().default_var_pts)  # type: ignore[misc]
        for axes, electrode in self.cell.each():
            if electrode.sizes is not None:
                points[axes.size_coordinate.name] = electrode.sizes.nodes
        return points

    @property
    def default_submesh_types(self) -> Any:
        types = super().default_submesh_types  # type: ignore[misc]
        for layer in LAYERS:
            types[layer] = cell_mesh(self.across)
        for axes, electrode in self.cell.each():
            types[axes.particle_domain[0]] = particle_mesh(electrode.particle)
            if electrode.sizes is not None:
                types[axes.size_domain[0]] = size_mesh(electrode.sizes, axes.curved)
        return types

    @property
    def default_spatial_methods(self) -> Any:
        methods = super().default_spatial_methods  # type: ignore[misc]
        methods["macroscale"] = cell_method(self.across)
        for axes, electrode in self.cell.each():
            methods[axes.particle_domain[0]] = particle_method(electrode.particle)
            methods[axes.size_domain[0]] = SizeQuadrature()
        return methods

    # -- submodels --------------------------------------------------------------

    def _each(self, key: str, make: Callable[..., Any], **given: Any) -> None:
        """Put a submodel of ours for every material of both electrodes."""
        for axes, electrode in self.cell.each():
            self.submodels[f"{axes.domain} {axes.phase} {key}"] = make(
                self.param, self.options, axes, electrode, **given
            )

    def set_particle_submodel(self) -> None:
        """Put our particles, with their stress and swelling, where PyBaMM has its own."""
        self._each("particle", ParticleDiffusion)
        for axes, electrode in self.cell.each():
            key = f"{axes.domain} {axes.phase}"
            self.submodels[f"{key} total particle concentration"] = (
                pybamm.particle.TotalConcentration(
                    self.param, axes.domain, self.options, axes.phase
                )
            )
            if electrode.mechanics:
                self.submodels[f"{key} particle stress"] = ParticleStress(
                    self.param,
                    self.options,
                    axes,
                    electrode,
                    pressed=self.constraint != "none",
                )
        if any(electrode.swells for electrode in self.electrodes.values()):
            self.submodels["cell swelling"] = CellSwelling(
                self.param, self.options, self.cell, self.constraint == "stiffness"
            )
        if self.constraint != "none":
            self.submodels["cell constraint"] = CellConstraint(
                self.param, self.options, self.constraint
            )

    def set_open_circuit_potential_submodel(self) -> None:
        self._each("open-circuit potential", OpenCircuitPotential)

    def set_intercalation_kinetics_submodel(self) -> None:
        self._each("interface", Kinetics)

    def set_sei_submodel(self) -> None:
        self._each("sei", SeiFilm, cracks=False)

    def set_sei_on_cracks_submodel(self) -> None:
        self._each("sei on cracks", SeiFilm, cracks=True)

    def set_lithium_plating_submodel(self) -> None:
        self._each("lithium plating", Plating)

    def set_crack_submodel(self) -> None:
        self._each("particle cracks", Cracks)

    def set_active_material_submodel(self) -> None:
        """Put our active material, and PyBaMM's sums where an electrode has two."""
        self._each("active material", ActiveMaterial)
        for domain, phases in self.cell.phases.items():
            if len(phases) > 1:
                self.submodels[f"{domain} total active material"] = pybamm.active_material.Total(
                    self.param, domain, self.options
                )

    def set_total_interface_submodel(self) -> None:
        for domain, phases in self.cell.phases.items():
            self.submodels[f"total {domain} interface"] = ElectrodeCurrent(
                self.param, self.options, phases
            )
        self.submodels["total interface"] = CellCurrent(self.param, options=self.options)

    def set_porosity_submodel(self) -> None:
        """Let films and swelling particles fill the pores, and growth dry them, where asked for."""
        changes = any(
            electrode.porosity_change or electrode.swelling == "thickness-and-porosity"
            for electrode in self.electrodes.values()
        )
        if not (changes or self.dry_out):
            super().set_porosity_submodel()  # type: ignore[misc]
            return
        self.submodels["porosity"] = Pores(self.param, self.options, self.cell, self.dry_out)

    def set_transport_efficiency_submodels(self) -> None:
        """Let dry pores conduct neither ions nor electrons."""
        super().set_transport_efficiency_submodels()  # type: ignore[misc]
        if self.dry_out:
            key = "electrode transport efficiency"
            self.submodels[key] = SolidPaths(self.param, self.options)

    def set_thermal_submodel(self) -> None:
        """Let the heat of reactions be that of every size."""
        super().set_thermal_submodel()  # type: ignore[misc]
        old = self.submodels["thermal"]
        self.submodels["thermal"] = heated_by_sizes(type(old), self.cell)(
            old.param, self.options, self.x_average
        )

    def set_degradation_variables(self) -> None:
        """Add the books of lithium to PyBaMM's degradation variables."""
        self.variables.update(of_materials(self.cell, self.variables))
        super().set_degradation_variables()  # type: ignore[misc]
        self.variables.update(books_of_described(self.cell, self.variables))

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
