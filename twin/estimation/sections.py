"""What a fit is made of, as frozen pydantic sections: a file `fit.yaml` or the same in Python.

Everything is data: which cells lived through which protocols, what was measured on them, which
parameters are free, and how far they are believed to be from where they start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from twin.errors import nearest
from twin.study.fields import Count, Flag, Name, Number, Section

Positive = Annotated[Number, Field(gt=0)]
Names = tuple[Name, ...]
AGEING = "ageing"
OBSERVATION = "observation."
SWELLING = OBSERVATION + "swelling"
COLUMN_QUANTITIES = (
    "capacity_Ah",
    "capacity_percent",
    "resistance_mOhm",
    "resistance_percent",
    "lli_percent",
    "lam_negative_percent",
    "lam_positive_percent",
    "capacity_negative_Ah",
    "capacity_positive_Ah",
    "swelling_um",
)
CURVE_QUANTITIES = ("voltage_V", "temperature_degC", "thickness_um")
QUANTITIES = (*COLUMN_QUANTITIES, *CURVE_QUANTITIES)
AGES = ("cycle", "efc", "time_d")


class PriorSection(Section):
    """What is believed of a parameter before the data: a normal law of the transformed value.

    Parameters
    ----------
    median : middle of the belief, in the unit of the parameter
    sd : its standard deviation after the transform; with ``log``, 0.1 is ten per cent
    """

    median: Number
    sd: Positive


class ParameterSection(Section):
    """One free parameter.

    Parameters
    ----------
    targets : names of parameters of the set, or ``observation.swelling``
    kind : whether it multiplies the values of the targets, or is their value
    start : where the search begins
    bounds : lowest and highest value
    transform : of the value, for search and belief: ``log``, ``linear`` or ``logit`` (between
        the bounds)
    prior : belief; by default the middle of the bounds, with a quarter of their width
    spread : standard deviation between specimens after the transform; each specimen then has
        a value of its own
    estimate_spread : whether the spread is estimated from the specimens, beginning with ``spread``
    experiments : those that it acts in; all by default
    stage : in which stage it is fitted
    """

    targets: Names = Field(min_length=1)
    kind: Literal["factor", "value"] = "factor"
    start: Number = 1.0
    bounds: tuple[Number, Number]
    transform: Literal["log", "linear", "logit"] = "log"
    prior: PriorSection | None = None
    spread: Positive | None = None
    estimate_spread: Flag = False
    experiments: Names | None = None
    stage: Name = AGEING

    @model_validator(mode="after")
    def _possible(self) -> ParameterSection:
        low, high = self.bounds
        if not low < high:
            raise ValueError(f"bounds {low:g} to {high:g}: the first has to be the lower one")
        if not low <= self.start <= high:
            raise ValueError(f"start {self.start:g} is not within the bounds {low:g} to {high:g}")
        if self.transform == "logit" and self.start in (low, high):
            raise ValueError(f"start {self.start:g} is a bound; with logit give one between them")
        if self.transform == "log" and low <= 0:
            raise ValueError(f"bounds {low:g} to {high:g}: a logarithm needs them above 0")
        if self.prior and not low <= self.prior.median <= high:
            raise ValueError(f"prior.median {self.prior.median:g} is outside the bounds")
        if self.transform == "logit" and self.prior and self.prior.median in (low, high):
            raise ValueError(
                f"prior.median {self.prior.median:g} is a bound; with logit give one between them"
            )
        return self

    @model_validator(mode="after")
    def _targets(self) -> ParameterSection:
        for target in self.targets:
            if self.targets.count(target) > 1:
                raise ValueError(f"targets: '{target}' is there twice")
            if target.startswith(OBSERVATION) and target != SWELLING:
                raise ValueError(f"targets: '{target}' is unknown; did you mean '{SWELLING}'?")
        return self


class ColumnSection(Section):
    """One column of a file: its name, and what its numbers mean.

    Parameters
    ----------
    column : name in the file
    unit : unit, or for shares ``fraction lost``, ``fraction left``, ``percent lost``, ...
    sd : column with its standard deviation, if there is one
    """

    column: Name
    unit: Name | None = None
    sd: Name | None = None


class TableSection(Section):
    """Measurements over the life of a specimen: a file, or numbers.

    Parameters
    ----------
    file : CSV or Parquet; ``${TWIN_DATA}`` is expanded
    x : the column with the age, and which age it is
    columns : quantity -> column
    where : only rows in which these columns have these values
    after, until : only ages beyond, and up to
    repeats : whether two different rows at one age are refused, or both kept
    values : instead of a file, age and quantities as lists; NaN is written ``null``
    sd : quantity -> standard deviations that go with ``values``, for each row
    stage : in which stage it is fitted
    """

    file: Name | None = None
    age: Literal["cycle", "efc", "time_d"] = "cycle"
    x: ColumnSection | Name | None = None
    columns: dict[Name, ColumnSection | Name] = Field(default_factory=dict)
    where: dict[Name, str | int | float] = Field(default_factory=dict)
    after: Number | None = None
    until: Number | None = None
    repeats: Literal["refuse", "keep"] = "refuse"
    values: dict[Name, tuple[Number | None, ...]] = Field(default_factory=dict)
    sd: dict[Name, tuple[Positive | None, ...]] = Field(default_factory=dict)
    stage: Name = AGEING

    @model_validator(mode="after")
    def _one_source(self) -> TableSection:
        if (self.file is None) == (not self.values):
            raise ValueError("give either a file with x and columns, or values")
        if self.file is not None and (self.x is None or not self.columns):
            raise ValueError("a file needs x, the column with the age, and columns")
        if self.values and self.age not in self.values:
            raise ValueError(f"values lack the age '{self.age}'")
        if len({len(row) for row in (*self.values.values(), *self.sd.values())}) > 1:
            raise ValueError("the lists in values and sd are not of one length")
        known = (*COLUMN_QUANTITIES, self.age)
        for name in (*self.columns, *self.values, *self.sd):
            if name not in known:
                raise ValueError(
                    f"'{name}' is not a quantity over life; allowed are "
                    f"{', '.join(known)}{nearest(name, known)}"
                )
        return self


class CurveSection(Section):
    """A measured curve, laid over steps of one cycle as in ``compare.measured``.

    Parameters
    ----------
    file : CSV or Parquet
    sequence, steps : row of the cycle table, and steps of that cycle
    columns : time and quantities -> names in the file
    points : how many points of it are compared, evenly spaced
    until_s : compare up to this time
    stage : in which stage it is fitted
    """

    file: Name
    sequence: Count
    steps: tuple[Count, ...] = Field(min_length=1)
    columns: dict[Name, Name]
    points: Annotated[int, Field(ge=2, le=2000)] = 40
    until_s: Positive | None = None
    stage: Name = AGEING

    @model_validator(mode="after")
    def _known(self) -> CurveSection:
        known = ("time_s", *CURVE_QUANTITIES)
        for name in self.columns:
            if name not in known:
                raise ValueError(
                    f"'{name}' is not a quantity of a curve; allowed are "
                    f"{', '.join(known)}{nearest(name, known)}"
                )
        if "time_s" not in self.columns or len(self.columns) < 2:
            raise ValueError("columns must name time_s and at least one quantity")
        return self


class ExperimentSection(Section):
    """One specimen under one protocol, with what was measured on it.

    Parameters
    ----------
    name : of the experiment
    specimen : which cell it is; each experiment has its own by default
    cell, protocol, model, solver, outputs : as in a study, laid over ``common``
    tables, curves : measurements; none for one that is only forecast
    """

    name: Name
    specimen: Name | None = None
    cell: dict[str, Any] = Field(default_factory=dict)
    protocol: dict[str, Any] = Field(default_factory=dict)
    model: dict[str, Any] = Field(default_factory=dict)
    solver: dict[str, Any] = Field(default_factory=dict)
    outputs: dict[str, Any] = Field(default_factory=dict)
    tables: tuple[TableSection, ...] = ()
    curves: tuple[CurveSection, ...] = ()

    @property
    def cell_id(self) -> str:
        """Return which specimen it is."""
        return self.specimen or self.name


class NoiseSection(Section):
    """How far a measurement of one quantity may be from the model.

    Parameters
    ----------
    sd : of the measurement itself, independent from point to point
    walk : of what the model leaves out, a random walk: its standard deviation after 100 of the
        age (cycles, equivalent full cycles or days)
    estimate : whether both are estimated from the data, beginning with these numbers
    """

    sd: Positive
    walk: Annotated[Number, Field(ge=0)] = 0.0
    estimate: Flag = True


class SearchSection(Section):
    """How the best values are looked for.

    Parameters
    ----------
    design : points of a Sobol design over the prior that are tried before the local search
    starts : how many of the best of them begin a local search
    iterations : most Gauss-Newton iterations of one local search
    tolerance : a search ends where a step is this small a share of the posterior's width
    step : step of the difference quotients, a share of the prior's standard deviation
    """

    design: Annotated[int, Field(ge=0, le=4096)] = 0
    starts: Count = 1
    iterations: Count = 12
    tolerance: Positive = 0.05
    step: Positive = 0.1


class ForecastSection(Section):
    """What is forecast from the fit.

    Parameters
    ----------
    experiments : names of experiments, those with and those without measurements
    quantities : what is forecast
    horizon : last age; the protocols have to reach it
    points : number of ages from 0 to the horizon
    draws : how many draws of the posterior are simulated
    thresholds_percent : of capacity, whose ages are forecast
    seed : of the draws
    """

    experiments: Names = ()
    quantities: Names = ("capacity_percent",)
    horizon: Positive | None = None
    points: Annotated[int, Field(ge=2, le=2000)] = 61
    draws: Annotated[int, Field(ge=8, le=4096)] = 64
    thresholds_percent: tuple[Positive, ...] = (80.0,)
    seed: Annotated[int, Field(ge=0)] = 1


class BacktestSection(Section):
    """What is hidden from the fit, forecast and scored.

    Parameters
    ----------
    name : of the backtest
    hide_experiments : experiments whose measurements are hidden altogether
    hide_after : experiment, or ``all`` -> age after which its measurements are hidden
    quantity : that is scored against the baselines
    """

    name: Name
    hide_experiments: Names = ()
    hide_after: dict[Name, Number] = Field(default_factory=dict)
    quantity: Name = "capacity_percent"

    @model_validator(mode="after")
    def _hides(self) -> BacktestSection:
        if not self.hide_experiments and not self.hide_after:
            raise ValueError("nothing is hidden; give hide_experiments or hide_after")
        return self


class FitStudy(Section):
    """A whole fit.

    Parameters
    ----------
    name : title
    common : cell, model, solver and so on of all experiments, as in a study
    experiments : specimens under protocols, with their measurements
    parameters : name -> free parameter
    noise : quantity -> error of measurement and model
    stages : order in which parameters and data are fitted
    search : how the best values are looked for
    forecast : what is forecast
    backtests : what is hidden, forecast and scored
    """

    name: Name
    common: dict[str, Any]
    experiments: tuple[ExperimentSection, ...] = Field(min_length=1)
    parameters: dict[Name, ParameterSection] = Field(min_length=1)
    noise: dict[Name, NoiseSection]
    stages: Names = (AGEING,)
    search: SearchSection = SearchSection()
    forecast: ForecastSection = ForecastSection()
    backtests: tuple[BacktestSection, ...] = ()
    _source: Path | None = PrivateAttr(default=None)

    @property
    def source(self) -> Path | None:
        """The file that it was loaded from; ``None`` for one made in Python."""
        return self._source

    @property
    def folder(self) -> Path:
        """The folder that relative file names start from."""
        return self._source.parent if self._source else Path.cwd()

    def experiment(self, name: str) -> ExperimentSection:
        """Return an experiment by name."""
        return next(e for e in self.experiments if e.name == name)

    @model_validator(mode="after")
    def _fits_together(self) -> FitStudy:
        from twin.estimation.agreement import problems_between

        for problem in problems_between(self):
            raise ValueError(problem)
        return self
