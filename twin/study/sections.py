"""The sections of a study, as frozen pydantic models.

The unit of a number belongs to its key. Whether sections fit together is asked in
:mod:`twin.study.checks`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic import WrapValidator as Wrap

from twin.models.description import Constraint, Electrode, Thermal
from twin.models.extra_parameters import Extra, cell_extras, electrode_extras
from twin.names import DOMAINS
from twin.protocol import Protocol
from twin.study.electrodes import read_electrode
from twin.study.fields import (
    Count,
    Cycles,
    Flag,
    Name,
    Names,
    Number,
    Percent,
    Section,
    Temperature,
    Tolerance,
    Voltage,
    no_doubles,
    selects,
)
from twin.study.files import absolute
from twin.study.mesh import Mesh, ResolvedMesh, resolved_mesh
from twin.study.messages import Problem, raise_problems, shown

DESCRIBED_OBJECT = "pybamm"


def is_pybamm(value: Any, name: str) -> bool:
    """Return whether a value is an instance of a PyBaMM class, without importing PyBaMM."""
    pybamm = sys.modules.get("pybamm")
    wanted = getattr(pybamm, name, None)
    return wanted is not None and isinstance(value, wanted)


def _refuse_description(given: Any, what: str) -> None:
    if isinstance(given, dict) and DESCRIBED_OBJECT in given:
        raise ValueError(
            f"the {what} was a PyBaMM object given in Python ({given[DESCRIBED_OBJECT]}), which "
            "a file cannot hold; give the object again in Python"
        )


def _read_parameters(given: Any) -> Any:
    _refuse_description(given, "parameter set")
    if (isinstance(given, str) and given) or is_pybamm(given, "ParameterValues"):
        return given
    raise ValueError(
        f"{shown(given)} names no parameter set; give a name such as OKane2022, or in Python "
        "a pybamm.ParameterValues"
    )


if TYPE_CHECKING:
    Parameters = str | Any
else:
    Parameters = Annotated[
        Any, PlainValidator(_read_parameters), WithJsonSchema({"type": "string"})
    ]


class InitialSection(Section):
    """State at the start, as a state of charge or as an open-circuit voltage.

    Parameters
    ----------
    soc_percent : state of charge between the voltage limits of the parameter set [%]
    voltage_V : open-circuit voltage [V]
    temperature_degC : temperature of the cell at the start; the ambient one if omitted [degC]
    """

    soc_percent: Percent | None = None
    voltage_V: Voltage | None = None
    temperature_degC: Temperature | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> InitialSection:
        if self.soc_percent is not None and self.voltage_V is not None:
            raise ValueError(
                f"soc_percent ({self.soc_percent:g}) and voltage_V ({self.voltage_V:g}) both "
                "set the initial state; keep one of them"
            )
        return self


class CellSection(Section):
    """Which cell it is and how it starts.

    Parameters
    ----------
    parameters : name of a parameter set; in Python also a ``pybamm.ParameterValues``
    initial : state at the start; the concentrations of the parameter set if omitted
    values : PyBaMM's name of a parameter -> number that replaces the one of the set
    open_circuit_potentials : as published, or smooth fits of the data where tables are published
    """

    parameters: Parameters
    initial: InitialSection | None = None
    values: dict[Name, Number] = Field(default_factory=dict)
    open_circuit_potentials: Literal["published", "smooth"] = "published"


Described = Annotated[Electrode, Wrap(read_electrode)]


class ModelSection(Section):
    """Which equations are solved.

    Parameters
    ----------
    type : Doyle-Fuller-Newman, or single particles with or without electrolyte
    negative, positive : what each electrode is made of and what ages it
    thermal : one temperature that is given, or one that follows from the heat of the cell
    constraint : what presses on the cell: nothing, a pressure or a fixture that it swells against
    dry_out : whether growth of the SEI uses up the electrolyte
    mesh : how finely the cell is resolved
    """

    type: Literal["SPM", "SPMe", "DFN"] = "DFN"
    negative: Described = Electrode()
    positive: Described = Electrode()
    thermal: Thermal = "isothermal"
    constraint: Constraint = "none"
    dry_out: Flag = False
    mesh: Mesh = Mesh()

    @property
    def resolved_mesh(self) -> ResolvedMesh:
        """Return points and methods."""
        return resolved_mesh(self.mesh, self.negative, self.positive)

    @property
    def extras(self) -> tuple[tuple[tuple[str, ...], Extra], ...]:
        """Return the parameters that it needs beyond those of PyBaMM's sets, with the keys."""
        found: list[tuple[tuple[str, ...], Extra]] = []
        for domain in DOMAINS:
            for extra in electrode_extras(domain, getattr(self, domain)):
                found.append((("model", domain, *extra.key.split(".")), extra))
        of_cell = cell_extras(self.constraint, self.dry_out)
        found += [(("model", extra.key), extra) for extra in of_cell]
        return tuple(found)


def _off_in_words(given: Any) -> Any:
    """Take YAML's and Python's false for off, and true for auto."""
    return {True: "auto", False: "off"}[given] if isinstance(given, bool) else given


def _switch_in_words(given: Any) -> Any:
    """Take YAML's and Python's true and false for on and off."""
    return {True: "on", False: "off"}[given] if isinstance(given, bool) else given


class SolverSection(Section):
    """How exactly time is integrated.

    Parameters
    ----------
    relative_tolerance : error allowed in a step, relative to each state [-]; from the tolerance on
        capacity if omitted
    absolute_tolerance : error allowed in a step, of each scaled state [-]; a hundredth of the
        relative one if omitted
    error_test : whether all states enter the error test, or only those with a time derivative:
        half the time for the Doyle-Fuller-Newman model, inaccurate for single-particle models.
        ``auto`` leaves out the others for the Doyle-Fuller-Newman model
    jump : whether stretches of repeated cycles are jumped over where the cell changes smoothly,
        or every cycle is simulated
    capacity_tolerance_percent : error of the capacity at the end that jumps may add up to, in
        percent of the initial one [%]
    compile : whether the functions of the cell are compiled to machine code, where there is a
        compiler: always, never, or where the run is long enough to win the time back
    """

    relative_tolerance: Tolerance | None = None
    absolute_tolerance: Tolerance | None = None
    error_test: Literal["auto", "all", "differential"] = "auto"
    jump: Annotated[Literal["auto", "off"], BeforeValidator(_off_in_words)] = "auto"
    capacity_tolerance_percent: Annotated[Number, Field(ge=1e-4, le=5)] = 0.1
    compile: Annotated[Literal["auto", "on", "off"], BeforeValidator(_switch_in_words)] = "auto"

    @property
    def relative(self) -> float:
        """Relative tolerance: as given, or 3e-4 of the tolerance on capacity in per cent.

        Between 1e-6 and 1e-4. 3e-5 leaves an error of 1e-6 of the capacity, and noise of the
        lithium that jumps go by of 2e-3 of its change in a cycle.
        """
        if self.relative_tolerance is not None:
            return self.relative_tolerance
        return min(max(3e-4 * self.capacity_tolerance_percent, 1e-6), 1e-4)

    @property
    def absolute(self) -> float:
        """Absolute tolerance: as given, or a hundredth of the relative one."""
        given = self.absolute_tolerance
        return self.relative / 100 if given is None else given

    def tests_all(self, model: object) -> bool:
        """Return whether all states of a model enter the error test."""
        if self.error_test != "auto":
            return self.error_test == "all"
        return not (isinstance(model, ModelSection) and model.type == "DFN")


class TimeseriesSection(Section):
    """Which cycles are kept in time.

    Parameters
    ----------
    cycles : numbers of ageing cycles, first, last; or all, none, {every: 10}
    checkups : whether every check-up is kept
    variables : PyBaMM's names of further variables to keep
    """

    cycles: Cycles = ("first", "last")
    checkups: Flag = True
    variables: Annotated[Names, AfterValidator(no_doubles)] = ()

    def wants(self, cycle: int, kind: str, last: bool) -> bool:
        """Return whether an executed cycle is kept.

        Parameters
        ----------
        cycle : number of the ageing cycle, from 1
        kind : ``"ageing"``, ``"storage"`` or ``"checkup"``
        last : whether it is the last planned cycle
        """
        return self.checkups if kind == "checkup" else selects(self.cycles, cycle, last)


class FieldsSection(Section):
    """Which fields (variables over position and time) are kept.

    Parameters
    ----------
    cycles : numbers of ageing cycles, first, last; or all, none, {every: 10}
    variables : PyBaMM's names of the variables
    points_per_step : number of times kept in each step
    """

    cycles: Cycles = ("first", "last")
    variables: Annotated[Names, AfterValidator(no_doubles)] = ()
    points_per_step: Annotated[Count, Field(ge=2, le=1000)] = 5

    @model_validator(mode="after")
    def _some_variable(self) -> FieldsSection:
        if not self.variables and self.cycles not in ("none", ()):
            raise_problems(
                [
                    Problem(
                        ("variables",),
                        "no variable is named, so there is nothing to keep; name at least one, "
                        'e.g. ["Negative particle concentration [mol.m-3]"], or leave out fields',
                    )
                ]
            )
        return self

    def wants(self, cycle: int, kind: str, last: bool) -> bool:
        """Return whether fields of an executed cycle are kept; never of a check-up."""
        return kind != "checkup" and bool(self.variables) and selects(self.cycles, cycle, last)


class OutputsSection(Section):
    """What is kept besides the tables of cycles, steps and check-ups.

    Parameters
    ----------
    timeseries : curves over time
    fields : variables over position and time; none if omitted
    report : whether figures and a page are written at the end
    """

    timeseries: TimeseriesSection = TimeseriesSection()
    fields: FieldsSection | None = None
    report: Flag = True


class Columns(Section):
    """Names of columns in a measured file.

    Parameters
    ----------
    time_s : time [s]
    voltage_V : voltage of the cell [V]
    temperature_degC : temperature of the cell [degC]
    current_A : current [A], positive on discharge unless said otherwise
    """

    time_s: Name
    voltage_V: Name | None = None
    temperature_degC: Name | None = None
    current_A: Name | None = None

    @model_validator(mode="after")
    def _something_to_compare(self) -> Columns:
        if self.given().keys() == {"time_s"}:
            raise ValueError(
                "only time_s is named, so there is nothing to compare; add voltage_V, "
                "temperature_degC or current_A"
            )
        return self

    def given(self) -> dict[str, str]:
        """Return quantity -> name in the file."""
        return {key: name for key, name in self if name is not None}


def _from_here(file: str) -> str:
    """Return a file given in Python as an absolute path."""
    return absolute(file, Path.cwd())


class MeasuredSection(Section):
    """A measured curve to lay over the simulated one.

    Parameters
    ----------
    label : name in the report
    file : CSV or Parquet file; relative to the folder of the study; ``${TWIN_DATA}`` is expanded
    optional : whether an absent file is skipped with a reason instead of refused
    sequence : row of the table of cycles to compare with; counts check-ups, from 1
    steps : steps of that cycle; time 0 of the file is the start of the first of them
    columns : names of the columns
    charge_positive : whether the file counts the current positive on charge
    until_s : compare only up to this time [s]
    """

    label: Name
    file: Annotated[Name, AfterValidator(_from_here)]
    optional: Flag = False
    sequence: Count
    steps: Annotated[tuple[Count, ...], Field(min_length=1), AfterValidator(no_doubles)]
    columns: Columns
    charge_positive: Flag = False
    until_s: Annotated[Number, Field(gt=0, le=1e9)] | None = None


class CompareSection(Section):
    """What the result is set beside.

    Parameters
    ----------
    parameter_sets : further parameter sets, run with the same protocol and model
    measured : measured curves
    """

    parameter_sets: Names = ()
    measured: tuple[MeasuredSection, ...] = ()


def _read_protocol(given: Any, handler: Callable[[Any], Any]) -> Any:
    """Take a PyBaMM experiment for the protocol that it is."""
    if is_pybamm(given, "Experiment"):
        return Protocol.from_pybamm(given)
    return handler(given)


def _read_model(given: Any, handler: Callable[[Any], Any]) -> Any:
    """Keep a PyBaMM model as it is."""
    _refuse_description(given, "model")
    return given if is_pybamm(given, "BaseModel") else handler(given)


def _empty_for_none(given: Any) -> Any:
    """Take a section with nothing in it for one that was left out."""
    return {} if given is None else given


Protocolled = Annotated[Protocol, Wrap(_read_protocol)]
if TYPE_CHECKING:
    Modelled = ModelSection | Any
else:
    Modelled = Annotated[ModelSection, Wrap(_read_model), BeforeValidator(_empty_for_none)]
Solved = Annotated[SolverSection, BeforeValidator(_empty_for_none)]
Kept = Annotated[OutputsSection, BeforeValidator(_empty_for_none)]
Compared = Annotated[CompareSection, BeforeValidator(_empty_for_none)]
