"""What a model is made of: one frozen description per electrode, no option dictionaries.

These classes import neither PyBaMM nor pydantic, so that a study can be checked in
milliseconds; :mod:`twin.models.options` turns them into PyBaMM options. A choice that
excludes another is refused here, by a message that names both and says why.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal, get_args, get_type_hints

from twin.errors import ModelError, nearest
from twin.models.sizes import Sizes

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
Across = Literal["finite-volume", "graded-finite-volume", "polynomials"]
Discretisation = Literal["finite-volume", "polynomials"]
Modulus = Literal["uniform", "composition-dependent"]
StressInKinetics = Literal["none", "potential", "potential-and-exchange-current"]
Swelling = Literal["none", "thickness", "thickness-and-porosity"]
Constraint = Literal["none", "pressure", "stiffness"]
Sei = Literal[
    "none",
    "constant",
    "reaction-limited",
    "reaction-limited-asymmetric",
    "solvent-diffusion",
    "reaction-and-diffusion",
    "electron-migration",
    "interstitial-diffusion",
    "ec-reaction",
    "ec-reaction-asymmetric",
    "tunnelling",
    "von-kolzenberg",
]
Cracks = Literal["none", "fatigue", "fatigue-and-fracture"]
Plating = Literal["none", "reversible", "irreversible", "partially-reversible"]
ActiveMaterialLoss = Literal[
    "none",
    "stress",
    "reaction",
    "cracks",
    "stress-and-reaction",
    "stress-and-cracks",
    "reaction-and-cracks",
    "stress-reaction-and-cracks",
]
Thermal = Literal["isothermal", "lumped"]
GROWING_SEI: frozenset[str] = frozenset(get_args(Sei)) - {"none", "constant"}


def _words(hint: Any, given: Any) -> tuple[Any, ...]:
    """Return what an annotation lists; nothing where it allows the None that was given."""
    listed = get_args(hint)
    if type(None) in listed and len(listed) == 2:  # a list of words, or None
        return get_args(listed[0]) if given is not None else ()
    return listed


class _Choices:
    """Refuse a value that its annotation does not list."""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for field in fields(self):  # type: ignore[arg-type]
            given = getattr(self, field.name)
            allowed = _words(hints[field.name], given)
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
    discretisation : ``"finite-volume"``, or ``"polynomials"`` whose last node is the surface; None
        leaves it to the mesh of a study, and is finite volumes in a model by itself
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
    discretisation: Discretisation | None = None
    modulus: Modulus = "uniform"
    surface_stress: bool = False
    misfit_stress: bool = False
    coating: bool = False

    @property
    def method(self) -> Discretisation:
        """Return how the radius is resolved in a model by itself."""
        return self.discretisation or "finite-volume"

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
    sizes : distribution of their sizes, see :mod:`twin.models.sizes`; None for one size, that
        of the parameter set
    stress_in_kinetics : whether the surface stress enters the overpotential,
        ``eta = phi_s - phi_e - U - Omega sigma_h / F``, and the exchange current too
    surface_energy : whether surface energy shifts the open-circuit potential of small particles
    swelling : whether the particles' swelling thickens the electrode, or fills its pores too
    sei : growth law of the solid-electrolyte interphase
    sei_on_cracks : whether it also grows on the faces of cracks
    cracks : ``"fatigue"`` for Paris-law growth of surface cracks (doi:10.1149/2.049210jes),
        ``"fatigue-and-fracture"`` for cracks that also run where the stress intensity reaches
        the toughness, and particles too small to break
    longer_path : whether cracks lengthen the way of lithium into the particle
    plating : lithium plating and stripping
    activated_plating : whether it is faster at higher temperatures than the set's exchange
        currents say, by an activation energy
    active_material_loss : what drives the loss of active material
    porosity_change : whether SEI and plated lithium fill the pores
    secondary : the second material of a composite electrode, such as silicon beside graphite;
        it has the choices of an electrode but for swelling and porosity_change, which are the
        whole electrode's
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    particle: Particle = Particle()
    sizes: Sizes | None = None
    stress_in_kinetics: StressInKinetics = "none"
    surface_energy: bool = False
    swelling: Swelling = "none"
    sei: Sei = "none"
    sei_on_cracks: bool = False
    cracks: Cracks = "none"
    longer_path: bool = False
    plating: Plating = "none"
    activated_plating: bool = False
    active_material_loss: ActiveMaterialLoss = "none"
    porosity_change: bool = False
    secondary: Electrode | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        described: tuple[tuple[str, Any, str], ...] = (
            ("particle", Particle, "a Particle"),
            ("sizes", Sizes | None, "LogNormal, Weibull, Mixture, Histogram and None"),
            ("secondary", Electrode | None, "an Electrode and None"),
        )
        for name, kinds, words in described:
            given = getattr(self, name)
            if not isinstance(given, kinds):
                kind = type(given).__name__
                raise ModelError(
                    f"Electrode({name}=...): an object of type {kind}; allowed: {words}"
                )

    @property
    def phases(self) -> dict[str, Electrode]:
        """Return the choices for each material, by PyBaMM's word for it."""
        if self.secondary is None:
            return {"primary": self}
        return {"primary": replace(self, secondary=None), "secondary": self.secondary}

    @property
    def films(self) -> bool:
        """Return whether SEI or lithium grows on one of its materials."""
        return any(p.sei in GROWING_SEI or p.plating != "none" for p in self.phases.values())

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
        return any(p.mechanics or p.swelling != "none" for p in self.phases.values())


def conflicts(electrode: Electrode) -> list[str]:
    """Return a message for each pair of choices in one electrode that exclude each other.

    A message starts with the key of one of the two, in an electrode of two materials behind
    ``primary:`` or ``secondary:``.

    >>> conflicts(Electrode(secondary=Electrode(longer_path=True)))[0].partition(" needs")[0]
    'secondary: longer_path: true'
    """
    if electrode.secondary is None:
        return _material_conflicts(electrode) + _pore_conflicts(electrode)
    found = [
        f"{name}: {problem}"
        for name, phase in electrode.phases.items()
        for problem in _material_conflicts(phase)
    ]
    return [*found, *_secondary_conflicts(electrode.secondary), *_pore_conflicts(electrode)]


def _material_conflicts(electrode: Electrode) -> list[str]:
    return [
        *_particle_conflicts(electrode.particle),
        *_film_conflicts(electrode),
        *_crack_conflicts(electrode),
    ]


def _film_conflicts(electrode: Electrode) -> list[str]:
    found = []
    surface_stress = electrode.particle.surface_stress and electrode.stress_in_kinetics != "none"
    if electrode.surface_energy and surface_stress:
        found.append(
            "surface_energy: true and surface_stress: true with stress_in_kinetics count one "
            "work twice: what the surface does as the host grows is in both; keep one of them"
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
    if electrode.activated_plating and electrode.plating == "none":
        found.append(
            "activated_plating: true needs plating, because there is nothing else to activate; "
            "choose plating: reversible, irreversible or partially-reversible"
        )
    return found


def _crack_conflicts(electrode: Electrode) -> list[str]:
    found = []
    if electrode.sei_on_cracks and electrode.sei not in GROWING_SEI:
        found.append(
            f"sei_on_cracks: true needs a growing SEI, but sei is '{electrode.sei}', so nothing "
            "would grow; choose a growth law, such as sei: solvent-diffusion"
        )
    if electrode.cracks != "none":
        return found
    if electrode.sei_on_cracks:
        found.append(
            "sei_on_cracks: true needs cracks: fatigue, because without cracks there is no "
            "crack surface for the SEI to grow on"
        )
    if "cracks" in electrode.active_material_loss:
        found.append(
            f"active_material_loss: {electrode.active_material_loss} is driven by the growth of "
            "cracks, but cracks is 'none'; choose cracks: fatigue or another driver"
        )
    if electrode.longer_path:
        found.append(
            "longer_path: true needs cracks: fatigue, because it is cracks that lengthen the path"
        )
    return found


def _pore_conflicts(electrode: Electrode) -> list[str]:
    if not electrode.porosity_change or electrode.films:
        return []
    return [
        "porosity_change: true needs a growing SEI or plating, because nothing else fills the pores"
    ]


def _secondary_conflicts(secondary: Electrode) -> list[str]:
    found = []
    if secondary.secondary is not None:
        found.append(
            "secondary: secondary: an electrode has at most two materials; leave the third out"
        )
    for key, value in (
        ("swelling", secondary.swelling),
        ("porosity_change", secondary.porosity_change),
    ):
        if value not in ("none", False):
            said = str(value).lower()
            found.append(
                f"secondary: {key}: {said} is chosen for the whole electrode, not for one of its "
                "materials; give it one level up"
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
        if any(phase.particle.coating for phase in electrode.phases.values()):
            return [
                f"constraint: {constraint} presses on the layer of a coated particle, not on its "
                f"core, and that is not in the model; leave out the coating of the {domain} "
                "electrode or the constraint"
            ]
    if any(phase.mechanics for e in (negative, positive) for phase in e.phases.values()):
        return []
    return [
        f"constraint: {constraint} presses on particles, but neither electrode has stress in its "
        "model; give one of them stress_in_kinetics, a stress-coupled diffusion or cracks"
    ]


def dry_out_conflicts(negative: Electrode, positive: Electrode, dry_out: bool) -> list[str]:
    """Return a message where nothing consumes the electrolyte that is to dry out.

    >>> len(dry_out_conflicts(Electrode(), Electrode(), True))
    1
    """
    grows = any(p.sei in GROWING_SEI for e in (negative, positive) for p in e.phases.values())
    if grows or not dry_out:
        return []
    return [
        "dry_out: true needs a growing SEI in one of the electrodes, because it is the SEI that "
        "consumes the electrolyte"
    ]
