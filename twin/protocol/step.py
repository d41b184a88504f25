"""One step of a protocol: what is controlled, how it ends, what it measures."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from twin.protocol import wording
from twin.protocol.fields import Number, Positive, Temperature, check_voltage
from twin.protocol.forms import DRIVEN, step_fields, step_json_schema
from twin.protocol.profile import Profile
from twin.protocol.text import end_advice, parse_limit

Mode = Literal["current", "c_rate", "voltage", "power", "resistance", "rest", "profile", "pybamm"]
Measure = Literal["capacity", "resistance"]
CONSTANT_CURRENT = ("current", "c_rate")


class Limit(BaseModel):
    """A voltage, current or C-rate that ends a step; a string such as ``"2.5 V"`` is one.

    Parameters
    ----------
    quantity : what is watched
    value : V, A or C-rate
    side : ``"<"`` or ``">"``: the step ends when the quantity is on that side. Without it, a
        voltage is approached in the direction of the step, and a current or C-rate is a
        magnitude to fall below
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    quantity: Literal["voltage", "current", "c_rate"]
    value: Number
    side: Literal["<", ">"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        if isinstance(given, str):
            quantity, value, side = parse_limit(given)
            return {"quantity": quantity, "value": value, "side": side}
        return given

    @model_validator(mode="after")
    def _check(self) -> Limit:
        if self.quantity == "voltage":
            check_voltage(self.value)
        elif self.quantity == "c_rate" and self.side == ">":
            raise ValueError(
                f"'{self.text}': PyBaMM ends a step only when the C-rate falls below a value; "
                "write the limit as a current, e.g. '> 5 A'"
            )
        elif self.value <= 0 and (self.side is None or self.quantity == "c_rate"):
            raise ValueError(f"'{self.text}' must be positive, it is compared with a magnitude")
        return self

    @model_serializer(mode="plain")
    def _dump(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The limit as a string that reads back to an equal limit."""
        return wording.limit(self.quantity, self.value, self.side)


class Step(BaseModel):
    """One step, written as a string, as ``{step: <string>, ...}`` or as ``{mode: ..., ...}``.

    ``Step.model_validate("Discharge at 1C until 2.5 V")`` reads the string;
    ``Step(mode="current", value="5 A", direction="charge", until="4.2 V")`` takes a positive
    value and a direction, and holds the value with its sign.

    Parameters
    ----------
    mode : what is controlled
    value : A, C-rate, V, W or Ohm, positive on discharge; ``None`` for rest and profile
    until : limits, of which the first one reached ends the step
    duration_s : longest duration [s]
    temperature_degC : temperature during the step; the protocol's if ``None``
    period_s : interval between outputs [s]; the protocol's if ``None``
    measure : what the step measures in a check-up
    profile : what a profile step follows
    text : the step in words
    pybamm_step : the PyBaMM object of a step of mode ``"pybamm"``, compared by identity
    written_as_text : whether ``text`` is a PyBaMM step string
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    mode: Mode
    value: Number | None = None
    until: tuple[Limit, ...] = ()
    duration_s: Positive | None = None
    temperature_degC: Temperature | None = None
    period_s: Positive | None = None
    measure: tuple[Measure, ...] = ()
    profile: Profile | None = None
    text: str = ""
    pybamm_step: Any = Field(default=None, exclude=True, repr=False)
    written_as_text: bool = Field(default=False, exclude=True, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        return given if isinstance(given, Step) else step_fields(given)

    @model_validator(mode="after")
    def _check(self) -> Step:
        if not self.text:
            object.__setattr__(self, "text", self._words())
        if self.mode != "pybamm":
            for problem in (_value_problem(self), _end_problem(self), _measure_problem(self)):
                if problem:
                    raise ValueError(f"step '{self.text}': {problem}")
        return self

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Step) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key()[:-2])

    def _key(self) -> tuple[Any, ...]:
        held = None if self.pybamm_step is None else id(self.pybamm_step)
        numbers = (self.value, self.duration_s, self.temperature_degC, self.period_s)
        return (self.mode, self.text, *numbers, self.measure, held, self.until, self.profile)

    @model_serializer(mode="plain")
    def _dump(self) -> str | dict[str, Any]:
        return self.form()

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return step_json_schema()

    @property
    def is_discharge(self) -> bool:
        """Whether a constant current, C-rate, power or resistance discharges the cell."""
        return self.mode in DRIVEN and self.value is not None and self.value > 0

    def form(self) -> str | dict[str, Any]:
        """Return the step as it is written in a study; it reads back to an equal step."""
        if self.mode == "pybamm":
            return {"mode": "pybamm", "text": self.text}
        in_text = self.written_as_text and self.text.endswith("period)")
        extras = {
            "temperature_degC": self.temperature_degC,
            "period_s": None if in_text else self.period_s,
            "measure": self.measure[0] if len(self.measure) == 1 else list(self.measure) or None,
        }
        extras = {key: value for key, value in extras.items() if value is not None}
        if self.written_as_text:
            return {"step": self.text, **extras} if extras else self.text
        return {**self._fields(), **extras}

    def measuring(self, *measures: Measure) -> Step:
        """Return the step with other things to measure."""
        form = self.form()
        fields = {"step": form} if isinstance(form, str) else form
        return Step.model_validate({**fields, "measure": measures})

    def _fields(self) -> dict[str, Any]:
        """Return the structured form, without what any step can have."""
        fields: dict[str, Any] = {"mode": self.mode}
        if self.value is not None:
            fields["value"] = wording.amount(self.mode, abs(self.value))
        if self.mode in DRIVEN:
            fields["direction"] = "discharge" if self.is_discharge else "charge"
        if self.profile is not None:
            fields["profile"] = self.profile.form()
        if self.until:
            fields["until"] = [limit.text for limit in self.until]
        if self.duration_s is not None:
            fields["for"] = wording.duration(self.duration_s, short=True)
        if self.text != self._words():
            fields["text"] = self.text
        return fields

    def _words(self) -> str:
        """Return the step in words, from its fields."""
        if self.profile is not None:
            start = self.profile.text
        else:
            start = wording.beginning(self.mode, self.value)
        return start + wording.ending(self.duration_s, [limit.text for limit in self.until])


def _value_problem(step: Step) -> str | None:
    if step.mode == "voltage" and step.value is not None:
        try:
            check_voltage(step.value)
        except ValueError as error:
            return str(error)
    return None


def _end_problem(step: Step) -> str | None:
    """Return why the step would not end, or not as it says."""
    if step.mode != "profile" and step.duration_s is None and not step.until:
        return f"it has no end; {end_advice(step.text, step.mode)} (in keys: 'for:', 'until:')"
    for limit in step.until:
        problem = _limit_problem(step, limit)
        if problem:
            return problem
    return None


def _limit_problem(step: Step, limit: Limit) -> str | None:
    voltage = limit.quantity == "voltage"
    if step.mode == "voltage" and voltage:
        return (
            f"the voltage is held, so it never reaches {limit.text}; end it by a current, "
            "e.g. 'until C/50', or by a time"
        )
    if step.mode in (*CONSTANT_CURRENT, "rest") and not voltage:
        example = "4.2 V" if (step.value or 0) < 0 else "2.5 V"
        return (
            f"the current is constant, so it never falls to {limit.text}; end it by a voltage, "
            f"e.g. 'until {example}', or by a time"
        )
    if step.mode in ("rest", "profile") and voltage and limit.side is None:
        return (
            f"it is open from which side {limit.text} is reached, and PyBaMM would never end "
            f"the step there; write '> {limit.text}' or '< {limit.text}'"
        )
    return None


def _measure_problem(step: Step) -> str | None:
    constant = step.mode in CONSTANT_CURRENT
    if "capacity" in step.measure and not (constant and step.is_discharge):
        return (
            "measure: capacity needs a discharge at constant current or C-rate; mark such a step "
            "instead"
        )
    if "resistance" in step.measure and not (constant and step.duration_s is not None):
        return (
            "measure: resistance needs a pulse of constant current or C-rate with a duration, "
            "e.g. 'Discharge at 1C for 10 seconds'"
        )
    return None


def first_step_problem(steps: tuple[Step, ...]) -> str | None:
    """Return why the first step of a cycle cannot be a resistance pulse, if it is one."""
    if steps and "resistance" in steps[0].measure:
        return (
            f"step '{steps[0].text}' measures resistance, so it must follow another step, from "
            "whose last voltage it is counted; put e.g. 'Rest for 1 hour' before it"
        )
    return None
