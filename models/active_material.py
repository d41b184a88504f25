r"""Reacting area of active material whose particles are no solid spheres.

PyBaMM writes :math:`a = 3 \\varepsilon_s / R`. Any other shape has its own area per volume
(:func:`twin.models.shapes.surface_to_volume`).
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin import names
from twin.models.active_material_loss import ActiveMaterialLoss
from twin.models.particle_axes import ParticleAxes


class _ShapedArea:
    """Give a submodel of active material the area of a shape; mixed in.

    Overrides ``_get_standard_active_material_variables``.
    """

    axes: ParticleAxes

    def _get_standard_active_material_variables(self, eps_solid: Any) -> dict[str, Any]:
        given: dict[str, Any]
        given = super()._get_standard_active_material_variables(eps_solid)  # type: ignore[misc]
        if self.axes.solid_sphere:
            return given
        domain, Domain = self.domain_Domain  # type: ignore[attr-defined]
        phase = self.phase_param  # type: ignore[attr-defined]
        solid = given[f"{Domain} electrode active material volume fraction"]
        a = self.axes.reacting_area(phase.R, phase.R_typ) * solid
        given[f"{Domain} electrode surface area to volume ratio [m-1]"] = a
        name = f"X-averaged {domain} electrode surface area to volume ratio [m-1]"
        given[name] = pybamm.x_average(a)
        return given


class ConstantMaterial(_ShapedArea, pybamm.active_material.Constant):
    """Active material that stays."""

    def __init__(self, old: Any, axes: ParticleAxes) -> None:
        super().__init__(old.param, old.domain, old.options, old.phase)
        self.axes = axes


class LosingMaterial(_ShapedArea, ActiveMaterialLoss):
    r"""Active material that is lost.

    PyBaMM drives the loss by :math:`(\sigma_r + 2 \sigma_t)/3` at the surface, which is the
    hydrostatic stress of a sphere; given the hydrostatic stress for both it is that of every
    shape. Overrides ``get_coupled_variables``.

    Needs  ``{Domain} particle surface hydrostatic stress [Pa]`` where stress drives the loss
    """

    def __init__(self, old: Any, axes: ParticleAxes) -> None:
        super().__init__(old.param, old.domain, old.options, old.x_average, old.phase)
        self.axes = axes

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        domain, Domain = self.domain_Domain
        if "stress" not in getattr(self.options, domain)["loss of active material"]:
            given: dict[str, Any] = super().get_coupled_variables(variables)
            return given
        seen = {
            f"{place} particle surface {direction} stress [Pa]": variables[
                f"{place} {names.SURFACE_HYDROSTATIC_STRESS}"
            ]
            for place in (Domain, f"X-averaged {domain}")
            for direction in ("radial", "tangential")
        }
        kept = {name: variables[name] for name in seen}
        variables = super().get_coupled_variables({**variables, **seen})
        variables.update(kept)
        return variables
