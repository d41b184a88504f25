import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.units import SECONDS_PER_HOUR, ZERO_CELSIUS_K, parse_quantity, units_of


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("5 A", "current", 5.0),
        ("50mA", "current", 0.05),
        ("1C", "c_rate", 1.0),
        ("0.3 C", "c_rate", 0.3),
        ("C/20", "c_rate", 0.05),
        ("C / 20", "c_rate", 0.05),
        ("2.5 V", "voltage", 2.5),
        ("2500 mV", "voltage", 2.5),
        ("3 W", "power", 3.0),
        ("250 mW", "power", 0.25),
        ("2 kW", "power", 2000.0),
        ("2 Ohm", "resistance", 2.0),
        ("30 mOhm", "resistance", 0.03),
        ("10 s", "time", 10.0),
        ("10 sec", "time", 10.0),
        ("1 second", "time", 1.0),
        ("2 seconds", "time", 2.0),
        ("30 min", "time", 1800.0),
        ("1 minute", "time", 60.0),
        ("0.5 h", "time", 1800.0),
        ("2 hr", "time", 7200.0),
        ("1 hour", "time", 3600.0),
        ("30 d", "time", 2592000.0),
        ("1 day", "time", 86400.0),
        ("25 degC", "temperature", 298.15),
        ("25 oC", "temperature", 298.15),
        ("300 K", "temperature", 300.0),
        ("1e-3 A", "current", 1e-3),
        ("-5 degC", "temperature", 268.15),
    ],
)
def test_a_quantity_is_read_in_si_units(text, kind, value):
    quantity = parse_quantity(text)
    assert quantity.kind == kind
    assert quantity.value == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5", "'5' has no unit; allowed units: A, mA"),
        ("V", "does not start with a number"),
        ("5 parsec", "unknown unit 'parsec'"),
        ("5 amps", "unknown unit 'amps'; allowed units: A, mA, C"),
        ("5 Hours", "did you mean 'hours'"),
        ("5 ohm", "did you mean 'Ohm'"),
        ("C/0", "cannot be divided by zero"),
        ("1e400 A", "not a finite number"),
        ("nan A", "does not start with a number"),
    ],
)
def test_what_is_no_quantity_is_refused(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_quantity(text)


def test_a_quantity_of_another_kind_is_refused():
    with pytest.raises(ValueError, match=r"'5 V' is a voltage, but a current or a C-rate is nee"):
        parse_quantity("5 V", "current", "c_rate")


def test_an_excluded_unit_is_neither_read_nor_offered():
    with pytest.raises(ValueError, match=r"unknown unit 'kW'; allowed units: W, mW"):
        parse_quantity("1 kW", "power", excluding=("kW",))
    assert "kW" not in units_of("power", excluding=("kW",))


@given(st.floats(min_value=1e-12, max_value=1e12), st.sampled_from(["", " ", "  "]))
def test_every_number_reads_back_exactly(value, space):
    assert parse_quantity(f"{value!r}{space}A").value == value


def test_constants_are_those_of_the_si():
    assert SECONDS_PER_HOUR == 60 * 60
    assert ZERO_CELSIUS_K == 273.15
