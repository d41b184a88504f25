"""What a model is made of: one frozen description per electrode, no option dictionaries.

These classes import neither PyBaMM nor pydantic, so that a study can be checked in
milliseconds; :mod:`twin.models.options` turns them into PyBaMM options. A choice that
excludes another is refused here, by a message that names both and says why.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, get_args, get_type_hints

from twin.errors import ModelError, nearest

Shape = Literal["sphere"]
Diffusion = Literal["fickian", "stress-coupled"]
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
    shape : geometry of the particle
    diffusion : ``"fickian"``, or ``"stress-coupled"``: the flux is driven by the gradient of
        a chemical potential with stress in it (doi:10.1149/1.2185287, doi:10.1149/1.2759840),
        which for a sphere multiplies the diffusivity by ``1 + theta c``
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    shape: Shape = "sphere"
    diffusion: Diffusion = "fickian"


@dataclass(frozen=True, kw_only=True)
class Electrode(_Choices):
    """One electrode: its particles and what ages them.

    Parameters
    ----------
    particle : see `Particle`
    sei : growth law of the solid-electrolyte interphase
    sei_on_cracks : whether it also grows on the faces of cracks
    cracks : ``"fatigue"`` for Paris-law growth of surface cracks (doi:10.1149/2.049210jes)
    plating : lithium plating and stripping
    active_material_loss : what drives the loss of active material
    porosity_change : whether SEI and plated lithium fill the pores
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    particle: Particle = Particle()
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
            or self.particle.diffusion == "stress-coupled"
            or "stress" in self.active_material_loss
        )


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
    found = []
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
