"""The choices of a model in words."""

from __future__ import annotations

from dataclasses import fields

from twin.models.description import Electrode, Particle
from twin.models.sizes import Sizes

NO_AGEING = "no ageing"
# choices whose value alone would not say what was chosen
_NAMED = frozenset({"active_material_loss", "stress_in_kinetics", "swelling", "modulus"})


def electrode_in_words(electrode: Electrode) -> str:
    """Return what an electrode and its particles have beyond their defaults.

    >>> electrode_in_words(Electrode(particle=Particle(shape="slab"), sei="constant"))
    'slab, constant'
    """
    words = [*choices_in_words(electrode.particle), *choices_in_words(electrode)]
    return ", ".join(words) or NO_AGEING


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
    >>> from twin.models.sizes import LogNormal
    >>> choices_in_words(Electrode(sizes=LogNormal(sd=0.3), secondary=Electrode(sei="constant")))
    ['sizes: lognormal, 7 nodes', 'secondary: (constant)']
    """
    words = []
    for field in fields(described):
        value, name = getattr(described, field.name), field.name.replace("_", " ")
        if field.name == "particle" or value == field.default:
            continue
        if isinstance(value, Electrode):
            inner = choices_in_words(value.particle, named=named)
            inner += choices_in_words(value, named=named)
            words.append(f"{name}: ({', '.join(inner) or NO_AGEING})")
        elif isinstance(value, Sizes):
            nodes = "node" if value.nodes == 1 else "nodes"
            words.append(f"{name}: {value.law}, {value.nodes} {nodes}")
        elif value is True:
            words.append(name)
        else:
            words.append(f"{name}: {value}" if named or field.name in _NAMED else value)
    return words
