"""What PyBaMM gives to the functions of a cell, by position: their names for us."""

from __future__ import annotations

import re
from collections.abc import Sequence

from twin.parameters.ranges import of_material

_CONCENTRATIONS = ("c_e", "c_s_surf", "c_s_max", "T")
# of the patterns that a name has, the first counts
ARGUMENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"^exchange-current density for (plating|stripping)", ("c_e", "c_Li", "T")),
    (r"electrode exchange-current density", _CONCENTRATIONS),
    (r"OCP", ("sto",)),
    (r"particle diffusivity|young's modulus|poisson's ratio|partial molar volume", ("sto", "T")),
    (r"^electrolyte (diffusivity|conductivity)|^cation transference|^thermodynamic", ("c_e", "T")),
    (r"volume change", ("sto",)),
    (r"cracking rate|heat capacity|thermal conductivity|double-layer|collector cond", ("T",)),
    (r"^dead lithium decay rate", ("L_sei",)),
)


def argument_names(name: str, required: Sequence[str], optional: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the arguments that PyBaMM gives to a function.

    Parameters
    ----------
    name : of the parameter
    required, optional : as the function calls its arguments, without and with a default

    Examples
    --------
    >>> argument_names("Thermodynamic factor", ["c", "temp"], ["T_ref", "t_plus"])
    ('c_e', 'T')
    >>> argument_names("My own function", ["x"], ["y"])
    ('x',)
    """
    own = of_material(name)
    found = (given for pattern, given in ARGUMENTS if re.search(pattern, own, re.IGNORECASE))
    known = next(found, None)
    count = len(required) + len(optional)
    if known is None or len(required) > len(known):
        return tuple(required)
    return known[: min(len(known), count)]
