"""Parameter values of one cell: loaded, overridden, hashed, and looked at with suspicion.

A set is one of a library (:mod:`twin.parameters.library`), one that PyBaMM ships, or one that
the user hands over as ``pybamm.ParameterValues``. A value that is published but not physical is
carried as it is and named in a warning.
"""

from __future__ import annotations

import hashlib
import inspect
import numbers
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pybamm
from numpy.typing import NDArray

from twin import names
from twin.catalogue import CATALOGUE, LACKED
from twin.diagnosis.balance import common_potential
from twin.errors import ParameterError, nearest
from twin.models.description import Electrode
from twin.models.extra_parameters import PREFIXES, Extra
from twin.models.stress import stress_coupling
from twin.models.transport import LAWS
from twin.parameters.bpx.fields import USER_DEFINED
from twin.parameters.bridge.to_pybamm import parameter_values
from twin.parameters.known import every_name, read_once
from twin.parameters.library.archive import sha256_of_set
from twin.parameters.library.finding import find, is_path
from twin.parameters.parameter_set import ParameterSet
from twin.parameters.places import entries_of, paths_by_name
from twin.parameters.provenance import how_sure
from twin.smooth_potentials import smooth_potentials
from twin.units import ZERO_CELSIUS_K

ENHANCEMENT_WARNING = 5.0
MODULUS_RANGE_GPa = (1.0, 200.0)
GIGA = 1e9
GIVEN_BY_STUDY = "given by the study"


@dataclass(frozen=True)
class LoadedParameters:
    """Parameter values with what is known about them.

    Parameters
    ----------
    values : PyBaMM's parameter values, overrides applied
    name : name of the set, or of the class where an object was given
    source : where it came from, in words
    overrides : what the study changed
    smooth : potentials that a smooth fit replaces, with the name of the curve
    sure : how sure each value is, in words, where the set says so
    hash : SHA-256 of every name and value
    """

    values: Any
    name: str
    source: str
    overrides: dict[str, float] = field(default_factory=dict)
    smooth: dict[str, str] = field(default_factory=dict)
    sure: dict[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """Return the SHA-256 of every name and value."""
        return parameter_hash(self.values)

    def number(self, name: str) -> float:
        """Return one parameter as a number (a scalar, or a constant expression)."""
        return float(self.values.evaluate(self.values[name]))


def load_parameters(
    parameters: Any,
    overrides: Mapping[str, float],
    extras: Iterable[Extra] = (),
    open_circuit_potentials: str = "published",
) -> LoadedParameters:
    """Return a PyBaMM set by name, or a copy of given values, with overrides applied.

    Parameters
    ----------
    parameters : name or path of a set, or ``pybamm.ParameterValues``
    overrides : name -> number
    extras : what the model needs beyond PyBaMM's sets
    open_circuit_potentials : ``"published"``, or ``"smooth"`` for the fits of
        :mod:`twin.smooth_potentials` where there are any

    Raises
    ------
    ParameterError
        for an unknown set, an override of a parameter that neither a set nor the model has,
        or a parameter that the model needs and nobody gave.
    """
    sure: dict[str, str] = {}
    if isinstance(parameters, str):
        values, name, source, sure = _from_a_set(parameters)
    else:
        values, name = parameters.copy(), "given in Python"
        source = type(parameters).__name__
    inputs = [key for key in values if isinstance(values[key], pybamm.InputParameter)]
    if inputs:
        raise ParameterError(
            f"cell.parameters: '{inputs[0]}' is an input without a value; give it a number under "
            "cell.values or in the ParameterValues"
        )
    needed = {extra.name for extra in extras} | LACKED
    _fill_in(values, name, overrides, extras)
    for key in overrides:
        if key not in values and key not in needed:
            raise ParameterError(
                f"cell.values: {name} has no parameter '{key}'; names are PyBaMM's, with their "
                f"unit{nearest(key, [*values.keys(), *sorted(needed)])}"
            )
    values.update(dict(overrides), check_already_exists=False)  # each name has been checked
    replaced: dict[str, str] = {}
    if open_circuit_potentials == "smooth":
        values, replaced = smooth_potentials(values)
        source += "".join(f", {curve} smooth" for curve in replaced.values())
    sure |= dict.fromkeys(overrides, GIVEN_BY_STUDY) if sure else {}
    return LoadedParameters(values, name, source, dict(overrides), replaced, sure)


def _from_a_set(given: str) -> tuple[Any, str, str, dict[str, str]]:
    """Return PyBaMM's values of a set, its name, where it came from and how sure values are."""
    if given in CATALOGUE:
        return pybamm.ParameterValues(given), given, f"PyBaMM {pybamm.__version__}", {}
    try:
        found = read_once(find(given))
    except ParameterError as error:
        known = every_name()
        hint = nearest(given, known)
        words = f" Known are {', '.join(known)}{hint}" if not is_path(given) else ""
        raise ParameterError(f"cell.parameters: {error}.{words}") from None
    if found.path is None or not found.path.is_dir():
        return parameter_values(found), found.name, f"BPX file {found.path}", {}
    source = f"parameter set {found.name}, sha256 {sha256_of_set(found.path)}"
    return parameter_values(found), found.name, source, _how_sure(found)


def _how_sure(found: ParameterSet) -> dict[str, str]:
    """Return how sure each value is; of a field with an activation energy, the field."""
    paths = paths_by_name(found.document)
    entries = entries_of(found, paths)
    return {
        name: how_sure(listed[-1 if paths[name][-1][0] == USER_DEFINED else 0])
        for name, listed in entries.items()
        if listed
    }


def _fill_in(
    values: Any, name: str, overrides: Mapping[str, float], extras: Iterable[Extra]
) -> None:
    """Set the defaults of what a model needs and nobody gave, or say what has none."""
    for extra in extras:
        if extra.name in values or extra.name in overrides:
            continue
        if extra.default is None:
            raise ParameterError(
                f"cell.values: {extra.key} of the model needs '{extra.name}', which {name} does "
                "not have; give it there, or in the ParameterValues"
            )
        values.update({extra.name: extra.default}, check_already_exists=False)


def parameter_hash(values: Any) -> str:
    """Return the SHA-256 over the sorted names and values; functions count by their source."""
    digest = hashlib.sha256()
    for name in sorted(values.keys()):
        digest.update(f"{name}={_fingerprint(values[name])}\n".encode())
    return digest.hexdigest()


def _fingerprint(value: Any) -> str:
    if isinstance(value, numbers.Number | str):
        return repr(value)
    if isinstance(value, np.ndarray):
        return hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
    if isinstance(value, tuple | list):
        return "[" + ",".join(_fingerprint(part) for part in value) + "]"
    if isinstance(value, dict):
        return _fingerprint(sorted(value.items()))
    if callable(value):
        return _function_fingerprint(value)
    return str(value)


def _function_fingerprint(function: Callable[..., Any]) -> str:
    try:
        text = inspect.getsource(function)
    except (OSError, TypeError):
        text = getattr(function, "__qualname__", repr(type(function)))
    bound = "".join(
        _fingerprint(cell.cell_contents) for cell in getattr(function, "__closure__", None) or ()
    )
    inner = getattr(function, "func", None)  # of a partial
    given = [getattr(function, name, None) for name in ("args", "keywords", "__defaults__")]
    given += sorted(vars(function).items()) if hasattr(function, "__dict__") else []
    parts = [text, bound, _fingerprint(inner) if inner else "", _fingerprint(given)]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def electrode_balance_curves(
    loaded: LoadedParameters, param: Any, points: int = 2001
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return stoichiometry [-] and open-circuit potential [V] of both electrodes.

    At the reference temperature, on an even grid from 0.001 to 0.999. An electrode of two
    materials is filled as both are at one potential, each with its share of the capacity at
    the start.
    """
    sto = np.linspace(0.001, 0.999, points)
    temperature = pybamm.Scalar(loaded.number(names.REFERENCE_TEMPERATURE))
    curves: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for domain in names.DOMAINS:
        half = param.domain_params[domain]
        phases = [half.phase_params[name] for name in param.options.phases[domain]]
        found = [phase.U(pybamm.Vector(sto), temperature) for phase in phases]
        potentials = [
            np.asarray(loaded.values.process_symbol(symbol).evaluate(), dtype=float).reshape(-1)
            for symbol in found
        ]
        curves[domain] = (sto, potentials[0])
        if len(phases) > 1:
            charges = [float(loaded.values.evaluate(phase.Q_init)) for phase in phases]
            curves[domain] = (sto, common_potential(sto, potentials, charges))
    return curves


def physical_warnings(
    loaded: LoadedParameters, electrodes: Mapping[names.Domain, Electrode], param: Any
) -> list[str]:
    """Return a sentence for each published value that is far from what is physical."""
    found = []
    for domain, electrode in electrodes.items():
        for phase, material in electrode.phases.items():
            if not material.mechanics:
                continue
            where = f"{domain} electrode"
            where = f"{phase} material of the {where}" if electrode.secondary else where
            theirs = param.domain_params[domain].phase_params[phase]
            found += _mechanics_warnings(loaded, material, theirs, where)
    return found


def _mechanics_warnings(
    loaded: LoadedParameters, material: Electrode, phase: Any, where: str
) -> list[str]:
    theta_c, modulus, omega, c_max = _stress_enhancement(loaded, phase)
    law = LAWS[material.particle.diffusion]
    if law.stress and not law.measured and theta_c > ENHANCEMENT_WARNING:
        return [
            f"{loaded.name}: stress multiplies the diffusivity of the {where} by "
            f"{1 + theta_c:.0f} at full lithiation (theta c_max = {theta_c:.0f}; E = "
            f"{modulus / GIGA:.0f} GPa, Omega c_max = {100 * omega * c_max:.0f} % volume "
            "change). The set is used as published; this is not physical, so take stress, "
            "cracks and loss of that electrode with care."
        ]
    if MODULUS_RANGE_GPa[0] <= modulus / GIGA <= MODULUS_RANGE_GPa[1]:
        return []
    return [
        f"{loaded.name}: Young's modulus of the {where} is {modulus / GIGA:.0f} GPa, outside "
        f"{MODULUS_RANGE_GPa[0]:.0f} to {MODULUS_RANGE_GPa[1]:.0f} GPa."
    ]


def _stress_enhancement(loaded: LoadedParameters, phase: Any) -> tuple[float, float, float, float]:
    """Return theta c_max [-], E [Pa], Omega [m3.mol-1] and c_max [mol.m-3] at half lithiation.

    theta = 2 Omega^2 E / (9 (1 - nu) R T), doi:10.1149/1.2759840.
    """
    kelvin = pybamm.Scalar(25.0 + ZERO_CELSIUS_K)
    half = pybamm.Scalar(0.5)

    def value(symbol: Any) -> float:
        return float(loaded.values.evaluate(symbol))

    omega, modulus = value(phase.Omega(half, kelvin)), value(phase.E(half, kelvin))
    c_max, nu = value(phase.c_max), value(phase.nu)
    theta = float(stress_coupling(omega, modulus / (1 - nu), value(kelvin)))
    return theta * c_max, modulus, omega, c_max


KEY_PARAMETERS = {
    "cell": (
        "Nominal cell capacity [A.h]",
        "Lower voltage cut-off [V]",
        "Upper voltage cut-off [V]",
        "Number of electrodes connected in parallel to make a cell",
        "Electrode height [m]",
        "Electrode width [m]",
        "Ambient temperature [K]",
        "Initial concentration in electrolyte [mol.m-3]",
    ),
    "electrode": (
        "{Domain} electrode thickness [m]",
        "{Domain} electrode porosity",
        "{Domain} electrode active material volume fraction",
        "{Domain} particle radius [m]",
        "Maximum concentration in {domain} electrode [mol.m-3]",
        "{Domain} particle diffusivity [m2.s-1]",
    ),
    "mechanics": (
        "{Domain} electrode Young's modulus [Pa]",
        "{Domain} electrode Poisson's ratio",
        "{Domain} electrode partial molar volume [m3.mol-1]",
        "{Domain} electrode initial crack length [m]",
        "{Domain} electrode Paris' law constant m",
        "{Domain} electrode cracking rate",
        "{Domain} electrode LAM constant proportional term [s-1]",
        "{Domain} electrode LAM constant exponential term",
        "{Domain} electrode critical stress [Pa]",
    ),
    "interfaces": (
        "Initial SEI thickness [m]",
        "SEI solvent diffusivity [m2.s-1]",
        "SEI kinetic rate constant [m.s-1]",
        "SEI partial molar volume [m3.mol-1]",
        "SEI resistivity [Ohm.m]",
        "Lithium plating kinetic rate constant [m.s-1]",
        "Dead lithium decay constant [s-1]",
    ),
}


def key_parameters(loaded: LoadedParameters) -> list[dict[str, Any]]:
    """Return the parameters that matter for ageing, as rows of group, name, value and unit.

    With how sure each value is, where the set says so. Those that the set does not have are left
    out; a function of the state says so.
    """
    rows = []
    for group, templates in KEY_PARAMETERS.items():
        for template in templates:
            expanded = [
                prefix + template.format(domain=domain, Domain=domain.capitalize())
                for domain in names.DOMAINS
                for prefix in PREFIXES
            ]
            for name in dict.fromkeys(expanded):
                if name in loaded.values:
                    label, _, unit = name.partition(" [")
                    rows.append(
                        {
                            "group": group,
                            "name": label,
                            "value": _readable(loaded.values[name]),
                            "unit": unit.removesuffix("]"),
                            "how_sure": loaded.sure.get(name, ""),
                        }
                    )
    return rows


def _readable(value: Any) -> float | str:
    if isinstance(value, numbers.Number):
        return float(value)  # type: ignore[arg-type]
    if isinstance(value, pybamm.Scalar):
        return float(value.value)
    return "function of the state"
