r"""One particle by itself: the same balance and stress as in a cell, driven at its wall.

A current density at the wall, or an exchange with surroundings held at a concentration
:math:`c_\infty`,

.. math:: j = F k\, (c_\mathrm{surface} - c_\infty) ,

which for :math:`k R / D \gg 1` holds the surface at :math:`c_\infty`. Parameters have the names
of a cell's negative electrode.
"""

from __future__ import annotations

from typing import Any, Literal

import pybamm

from twin import names
from twin.models.description import Electrode, Particle
from twin.models.extra_parameters import OUTSIDE_PRESSURE
from twin.models.particle_axes import ParticleAxes
from twin.models.particle_diffusion import ParticleDiffusion
from twin.models.particle_methods import particle_mesh, particle_method
from twin.models.particle_stress import ParticleStress

CURRENT_DENSITY = "Current density at the wall [A.m-2]"
EXCHANGE_RATE = "Exchange rate at the wall [m.s-1]"
OUTSIDE_CONCENTRATION = "Concentration outside [mol.m-3]"
TEMPERATURE = "Ambient temperature [K]"
Drive = Literal["current", "exchange"]


class _Surroundings(pybamm.BaseSubModel):
    """What a cell would tell a particle: current density, temperature, pressure.

    Needs     ``X-averaged negative particle surface concentration [mol.m-3]`` for an exchange
    Provides  ``X-averaged negative electrode interfacial current density [A.m-2]``,
              ``X-averaged negative electrode temperature [K]``, ``Pressure on particles [Pa]``
    """

    def __init__(self, param: Any, drive: Drive) -> None:
        super().__init__(param)
        self.drive = drive

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        def everywhere(value: Any) -> Any:
            return pybamm.PrimaryBroadcast(value, "current collector")

        if self.drive == "current":
            given = pybamm.FunctionParameter(CURRENT_DENSITY, {"Time [s]": pybamm.t})
            j = everywhere(given)
        else:
            surface = variables["X-averaged negative particle surface concentration [mol.m-3]"]
            outside = pybamm.Parameter(OUTSIDE_CONCENTRATION)
            j = self.param.F * pybamm.Parameter(EXCHANGE_RATE) * (surface - outside)
        variables["X-averaged negative electrode interfacial current density [A.m-2]"] = j
        T = everywhere(pybamm.Parameter(TEMPERATURE))
        variables["X-averaged negative electrode temperature [K]"] = T
        variables[names.PARTICLE_PRESSURE] = everywhere(pybamm.Parameter(OUTSIDE_PRESSURE))
        return variables


class LoneParticle(pybamm.BaseModel):
    """A particle by itself, as an ordinary PyBaMM model.

    Parameters
    ----------
    particle : what it is
    drive : ``"current"`` or ``"exchange"``
    stress : whether its stress is computed; it always is where a choice needs it

    Notes
    -----
    ``Mean stoichiometry`` and ``Surface stoichiometry`` are among its variables, beside those
    of a cell's negative particle.
    """

    def __init__(
        self, particle: Particle, *, drive: Drive = "current", stress: bool = True
    ) -> None:
        super().__init__(f"{particle.core} {particle.shape}")
        self.particle = particle
        self.param = pybamm.LithiumIonParameters()
        options = pybamm.BatteryModelOptions({})
        self.options = options
        self.axes = ParticleAxes("negative", particle.shape, particle.core)
        given = self.param, options, self.axes, Electrode(particle=particle)
        self.submodels = {
            "surroundings": _Surroundings(self.param, drive),
            "particle": ParticleDiffusion(*given, alone=True),
        }
        if stress or particle.stressed:
            self.submodels["stress"] = ParticleStress(*given, pressed=True)
        self.build_model()
        c = self.variables[f"X-averaged negative {names.PARTICLE_CONCENTRATION}"]
        phase = self.param.n.prim
        self.variables["Mean stoichiometry"] = pybamm.r_average(c) / phase.c_max
        surface = self.axes.at_surface(c, phase.R_typ)
        self.variables["Surface stoichiometry"] = surface / phase.c_max

    @property
    def default_geometry(self) -> Any:
        limits = {"min": self.axes.inner, "max": self.param.n.prim.R_typ}
        return pybamm.Geometry(
            {
                "negative particle": {self.axes.coordinate: limits},
                "current collector": {"z": {"position": 1}},
            }
        )

    @property
    def default_submesh_types(self) -> Any:
        return {
            "negative particle": particle_mesh(self.particle),
            "current collector": pybamm.SubMesh0D,
        }

    @property
    def default_spatial_methods(self) -> Any:
        return {
            "negative particle": particle_method(self.particle),
            "current collector": pybamm.ZeroDimensionalSpatialMethod(),
        }

    @property
    def default_var_pts(self) -> Any:
        return {"r_n": 12 if self.particle.method == "polynomials" else 30}
