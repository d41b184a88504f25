"""What a model is made of: one frozen description per electrode, no option dictionaries.

These classes import neither PyBaMM nor pydantic, so that a study can be checked in
milliseconds; :mod:`twin.models.options` turns them into PyBaMM options. A choice that
excludes another is refused here, by a message that names both and says why.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, get_args, get_type_hints

from twin.errors import ModelError, nearest

Shape = Literal["sphere", "cylinder", "slab"]
Core = Literal["solid", "hollow", "open-hollow"]
Diffusion = Literal[
    "fickian",
    "stress-coupled",
    "stress-coupled-lattice-gas",
    "thermodynamic",
    "stress-coupled-thermodynamic",
    "stress-coupled-measured",
    "stress-activated",
]
Discretisation = Literal["finite-volume", "polynomials"]
Modulus = Literal["uniform", "composition-dependent"]
StressInKinetics = Literal["none", "potential", "potential-and-exchange-current"]
Swelling = Literal["none", "thickness", "thickness-and-porosity"]
Constraint = Literal["none", "pressure", "stiffness"]
Sei = Literal[
    "none",
    "constant",
    "reaction-limited",
    "solvent-diffusion",
    "electron-migration",
    "interstitial-diffusion",
    "ec-reaction",
]
Cracks = Literal["none", "fatigue"]
Plating = Literal["none", "reversible", "irreversible", "partially-reversible"]
ActiveMaterialLoss = Literal["none", "stress", "reaction", "stress-and-reaction"]
Thermal = Literal["isothermal", "lumped"]
GROWING_SEI: frozenset[str] = frozenset(get_args(Sei)) - {"none", "constant"}


class _Choices:
    """Refuse a value that its annotation does not list."""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for field in fields(self):  # type: ignore[arg-type]
            allowed = get_args(hints[field.name])
            given = getattr(self, field.name)
            if allowed and all(isinstance(word, str) for word in allowed) and given not in allowed:
                raise ModelError(
                    f"{type(self).__name__}({field.name}={given!r}): allowed are "
                    f"{', '.join(allowed)}{nearest(str(given), allowed)}"
                )


@dataclass(frozen=True, kw_only=True)
class Particle(_Choices):
    """Active-material particle of one electrode.

    Parameters
    ----------
    shape : ``"sphere"``, ``"cylinder"`` (a wire with free ends) or ``"slab"`` (a plate); the
        particle radius of the set is the half-thickness of a slab
    core : ``"hollow"`` for a closed cavity, ``"open-hollow"`` for one that is wetted by
        electrolyte, whose wall reacts like the outer one
    diffusion : law of the flux, see :mod:`twin.models.transport`. Each law states which
        diffusivity it takes: the measured one (``"fickian"``, ``"stress-coupled-measured"``),
        that of a dilute solution or lattice gas (``"stress-coupled"``,
        ``"stress-coupled-lattice-gas"``), the self-diffusivity (``"thermodynamic"``,
        ``"stress-coupled-thermodynamic"``) or the unstressed one (``"stress-activated"``)
    discretisation : ``"finite-volume"``, or ``"polynomials"`` whose last node is the surface
    modulus : ``"uniform"`` takes the mean of Young's modulus over the particle,
        ``"composition-dependent"`` solves for the stress of a modulus that varies inside
    surface_stress : whether surface stress presses on the particle, n f/R
    misfit_stress : whether coherent contact with a substrate strains the particle
    coating : whether an elastic layer holds the particle
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    shape: Shape = "sphere"
    core: Core = "solid"
    diffusion: Diffusion = "fickian"
    discretisation: Discretisation = "finite-volume"
    modulus: Modulus = "uniform"
    surface_stress: bool = False
    misfit_stress: bool = False
    coating: bool = False

    @property
    def stressed(self) -> bool:
        """Whether one of the choices needs the stress in the particle."""
        return (
            "stress" in self.diffusion
            or self.modulus != "uniform"
            or self.surface_stress
            or self.misfit_stress
            or self.coating
        )


@dataclass(frozen=True, kw_only=True)
class Electrode(_Choices):
    """One electrode: its particles and what ages them.

    Parameters
    ----------
    particle : see `Particle`
    stress_in_kinetics : whether the surface stress enters the overpotential,
        ``eta = phi_s - phi_e - U - Omega sigma_h / F``, and the exchange current too
    surface_energy : whether surface energy shifts the open-circuit potential of small particles
    swelling : whether the particles' swelling thickens the electrode, or fills its pores too
    sei : growth law of the solid-electrolyte interphase
    sei_on_cracks : whether it also grows on the faces of cracks
    cracks : ``"fatigue"`` for Paris-law growth of surface cracks (doi:10.1149/2.049210jes)
    plating : lithium plating and stripping
    active_material_loss : what drives the loss of active material
    porosity_change : whether SEI and plated lithium fill the pores
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    particle: Particle = Particle()
    stress_in_kinetics: StressInKinetics = "none"
    surface_energy: bool = False
    swelling: Swelling = "none"
    sei: Sei = "none"
    sei_on_cracks: bool = False
    cracks: Cracks = "none"
    plating: Plating = "none"
    active_material_loss: ActiveMaterialLoss = "none"
    porosity_change: bool = False

    @property
    def mechanics(self) -> bool:
        """Whether particle stress is computed."""
        return (
            self.cracks != "none"
            or self.particle.stressed
            or self.stress_in_kinetics != "none"
            or "stress" in self.active_material_loss
        )

    @property
    def swells(self) -> bool:
        """Whether the change of thickness of the electrode is computed."""
        return self.mechanics or self.swelling != "none"


# choices whose value alone would not say what was chosen
_NAMED = frozenset({"active_material_loss", "stress_in_kinetics", "swelling", "modulus"})


def choices_in_words(described: Particle | Electrode, *, named: bool = False) -> list[str]:
    """Return what a description has beyond its defaults; an electrode without its particle.

    Parameters
    ----------
    described : a particle or an electrode
    named : whether every value comes with its key, not only those that need it

    Examples
    --------
    >>> choices_in_words(Electrode(sei="constant", swelling="thickness", porosity_change=True))
    ['swelling: thickness', 'constant', 'porosity change']
    >>> choices_in_words(Electrode(sei="constant"), named=True)
    ['sei: constant']
    """
    words = []
    for field in fields(described):
        value, name = getattr(described, field.name), field.name.replace("_", " ")
        if field.name == "particle" or value == field.default:
            continue
        alone = not named and field.name not in _NAMED
        words.append(name if value is True else value if alone else f"{name}: {value}")
    return words


def pair_conflicts(negative: Electrode, positive: Electrode) -> list[str]:
    """Return a message for each pair of choices between the electrodes that exclude each other."""

    def fills(electrode: Electrode) -> bool:
        return electrode.sei in GROWING_SEI or electrode.plating != "none"

    if negative.porosity_change != positive.porosity_change and fills(negative) and fills(positive):
        return [
            "porosity_change: true in one electrode and false in the other, with SEI or plating "
            "in both, cannot be told apart by PyBaMM's porosity submodel; give both the same"
        ]
    return []


def conflicts(electrode: Electrode) -> list[str]:
    """Return a message for each pair of choices in one electrode that exclude each other."""
    found = _particle_conflicts(electrode.particle)
    pressed_by_surface = (
        electrode.particle.surface_stress and electrode.stress_in_kinetics != "none"
    )
    if electrode.surface_energy and pressed_by_surface:
        found.append(
            "surface_energy: true and surface_stress: true with stress_in_kinetics count one "
            "work twice: what the surface does as the host grows is in both; keep one of them"
        )
    if electrode.sei_on_cracks and electrode.cracks == "none":
        found.append(
            "sei_on_cracks: true needs cracks: fatigue, because without cracks there is no "
            "crack surface for the SEI to grow on"
        )
    if electrode.sei_on_cracks and electrode.sei not in GROWING_SEI:
        found.append(
            f"sei_on_cracks: true needs a growing SEI, but sei is '{electrode.sei}', so nothing "
            f"would grow; choose sei: {' or '.join(sorted(GROWING_SEI))}"
        )
    if "reaction" in electrode.active_material_loss and electrode.sei not in GROWING_SEI:
        found.append(
            f"active_material_loss: {electrode.active_material_loss} is driven by the SEI "
            f"reaction, but sei is '{electrode.sei}'; choose a growing SEI or stress"
        )
    if electrode.plating == "partially-reversible" and electrode.sei == "none":
        found.append(
            "plating: partially-reversible needs an SEI, because plated lithium dies at a rate "
            "that depends on the SEI thickness; choose sei: constant or a growth law"
        )
    if (
        electrode.porosity_change
        and electrode.sei not in GROWING_SEI
        and (electrode.plating == "none")
    ):
        found.append(
            "porosity_change: true needs a growing SEI or plating, because nothing else fills "
            "the pores"
        )
    return found


def _particle_conflicts(particle: Particle) -> list[str]:
    found = []
    if particle.coating and particle.core != "solid":
        found.append(
            f"particle: coating: true is for solid particles, but core is '{particle.core}'; the "
            "layer's closed form knows no inner wall. Choose core: solid, or leave the coating out"
        )
    if particle.coating and particle.modulus == "composition-dependent":
        found.append(
            "particle: coating: true needs modulus: uniform, because how much the layer presses "
            "back is worked out for a core of one modulus"
        )
    if particle.coating and particle.surface_stress:
        found.append(
            "particle: coating: true and surface_stress: true exclude each other, because the "
            "outer surface is then that of the layer, whose stress is not in the model"
        )
    if particle.misfit_stress and particle.coating:
        found.append(
            "particle: misfit_stress: true and coating: true are two ways to hold the outer "
            "wall; keep one of them"
        )
    return found


def constraint_conflicts(
    negative: Electrode, positive: Electrode, constraint: Constraint
) -> list[str]:
    """Return a message where an outside constraint has nothing to act on.

    >>> constraint_conflicts(Electrode(), Electrode(cracks="fatigue"), "pressure")
    []
    """
    if constraint == "none":
        return []
    if constraint == "stiffness" and not (negative.swells and positive.swells):
        still = "negative" if not negative.swells else "positive"
        return [
            f"constraint: stiffness answers the swelling of the whole cell, but swelling of the "
            f"{still} electrode is none; give it swelling: thickness"
        ]
    for domain, electrode in (("negative", negative), ("positive", positive)):
        if electrode.particle.coating:
            return [
                f"constraint: {constraint} presses on the layer of a coated particle, not on its "
                f"core, and that is not in the model; leave out the coating of the {domain} "
                "electrode or the constraint"
            ]
    if negative.mechanics or positive.mechanics:
        return []
    return [
        f"constraint: {constraint} presses on particles, but neither electrode has stress in its "
        "model; give one of them stress_in_kinetics, a stress-coupled diffusion or cracks"
    ]
