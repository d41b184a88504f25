"""PyBaMM step strings: a list that PyBaMM reads, and a strategy that makes more."""

from hypothesis import strategies as st

STRINGS = [
    "Discharge at 1C for 0.5 hours",
    "Discharge at C/20 for 0.5 hours",
    "Charge at 0.5 C for 45 minutes",
    "Discharge at 1 A for 0.5 hours",
    "Charge at 200 mA for 45 minutes",
    "Discharge at 1W for 0.5 hours",
    "Charge at 200mW for 45 minutes",
    "Rest for 10 minutes",
    "Hold at 1V for 20 seconds",
    "Charge at 1 C until 4.1V",
    "Hold at 4.1 V until 50mA",
    "Hold at 3V until C/50",
    "Discharge at C/3 for 2 hours or until 2.5 V",
    "Discharge at C/3 for 2h or until 2.5V (10 second period)",
    "Discharge at 1C until 2.5 V (1 minute period)",
    "Rest for 1 hour (30 s period)",
    "Discharge at 2 Ohm for 10 minutes",
    "Discharge at 250 mOhm until 2.8 V",
    "Charge at 3 Ohm for 1 min",
    "Hold at 4200 mV until C/100",
    "Hold at 4.2 V for 1 hour or until 1 mA",
    "Discharge at 5 W until 2500 mV",
    "Discharge at 5 W until 0.5C",
    "Discharge at 5 W until 1 A",
    "Discharge at 1C until < 2.5 V",
    "Discharge at 1C until <2.5V",
    "Charge at 1C until > 4.2 V",
    "Hold at 4.2 V until < C/50",
    "Hold at 4.2 V until < -0.1 A",
    "Rest for 1 hour or until > 3 V",
    "Rest until < 3 V",
    "Hold at 4.2 V until C / 50",
    "Discharge at 1.5e-3 A for 3 hr",
    "Discharge at .5C for 90 m",
    "Discharge at 1.C for 10 sec",
    "Discharge at 1C or until 2.5 V",
]

_numbers = st.one_of(
    st.integers(min_value=1, max_value=9).map(str),
    st.floats(min_value=0.01, max_value=9.0).map(repr),
)
_spaces = st.sampled_from(["", " "])


def _amounts(units: list[str]) -> st.SearchStrategy[str]:
    plain = st.builds("{}{}{}".format, _numbers, _spaces, st.sampled_from(units))
    fraction = st.builds("C/{}".format, _numbers)
    return st.one_of(plain, fraction) if "C" in units else plain


_times = st.builds(
    "{}{}{}".format,
    _numbers,
    _spaces,
    st.sampled_from(["s", "sec", "second", "seconds", "m", "min", "minutes", "h", "hr", "hours"]),
)
_sides = st.sampled_from(["", "<", "< "])
_volts = st.builds("{}{}".format, _sides, _amounts(["V"]))
_currents = st.builds("{}{}".format, _sides, _amounts(["A", "mA", "C"]))
_periods = st.one_of(st.just(""), st.builds(" ({} period)".format, _times))


def _ends(limits: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(" for {}".format, _times),
        st.builds(" until {}".format, limits),
        st.builds(" for {} or until {}".format, _times, limits),
    )


_driven = st.builds(
    "{} at {}{}{}".format,
    st.sampled_from(["Discharge", "Charge"]),
    _amounts(["A", "mA", "C", "W", "mW", "Ohm", "mOhm"]),
    _ends(_volts),
    _periods,
)
_held = st.builds("Hold at {}{}{}".format, _amounts(["V"]), _ends(_currents), _periods)
_rests = st.builds("Rest for {}{}".format, _times, _periods)
step_strings = st.one_of(_driven, _held, _rests)
