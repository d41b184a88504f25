import re

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from twin.errors import DataError
from twin.protocol import Profile, Step

COLUMNS = {"time_s": "t", "current_A": "I"}
TABLE = pd.DataFrame({"t": [0.0, 10.0, 25.0], "I": [1.0, -2.0, 0.5]})


def written(folder, table, name="cycle.csv"):
    file = folder / name
    if name.endswith("csv"):
        table.to_csv(file, index=False)
    else:
        table.to_parquet(file)
    return file


def profile_of(file, **keys):
    return Profile.model_validate({"file": str(file), **COLUMNS, **keys})


@pytest.mark.parametrize("name", ["cycle.csv", "cycle.parquet"])
def test_a_profile_is_read_from_its_columns(tmp_path, name):
    profile = profile_of(written(tmp_path, TABLE, name))
    np.testing.assert_array_equal(profile.load(), TABLE.to_numpy())
    assert profile.mode == "current"
    assert profile.text == f"Current profile {name}"


def test_charge_positive_flips_the_sign(tmp_path):
    file = written(tmp_path, TABLE)
    flipped = profile_of(file, charge_positive=True).load()
    np.testing.assert_array_equal(flipped[:, 1], -TABLE["I"])
    np.testing.assert_array_equal(flipped[:, 0], TABLE["t"])


def test_numbers_make_a_profile_without_a_file():
    profile = Profile.model_validate({"time_s": [0, 60], "power_W": [5, 0.5]})
    np.testing.assert_array_equal(profile.load(), [[0, 5], [60, 0.5]])
    assert profile == Profile.model_validate(profile.form())
    assert hash(profile) == hash(Profile.model_validate(profile.form()))


def test_a_relative_path_is_taken_from_the_folder_of_the_context(tmp_path):
    written(tmp_path, TABLE)
    steps = TypeAdapter(list[Step]).validate_python(
        [{"mode": "profile", "profile": {"file": "cycle.csv", **COLUMNS}}],
        context={"folder": tmp_path},
    )
    assert steps[0].profile.file == tmp_path / "cycle.csv"
    assert len(steps[0].profile.load()) == len(TABLE)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (TABLE.assign(t=TABLE["t"] + 5), "time must start at 0 s, but starts at 5 s; subtract 5"),
        (TABLE.assign(t=[0, 10, 10]), "time must increase, but row 3 (10 s) follows 10 s"),
        (TABLE.assign(t=[0, 10, 5]), "time must increase, but row 3 (5 s) follows 10 s"),
        (TABLE.assign(I=[1, np.nan, 2]), "line 3, column 'I': '' is not a number"),
        (TABLE.assign(t=[0, np.inf, 2]), "line 3, column 't': inf is not a finite number"),
        (TABLE.head(1), "a profile needs at least 2 points, but there are 1"),
        (TABLE.rename(columns={"I": "i"}), "no column 'I'; the file has t, i; did you mean 'i'?"),
        (TABLE.assign(I=["a", "b", "c"]), "line 2, column 'I': 'a' is not a number"),
    ],
)
def test_a_file_that_cannot_be_followed_is_refused(tmp_path, table, message):
    profile = profile_of(written(tmp_path, table))
    with pytest.raises(DataError, match=re.escape(message)):
        profile.load()


def test_an_absent_file_is_refused_when_it_is_needed(tmp_path):
    profile = profile_of(tmp_path / "absent.csv")
    with pytest.raises(DataError, match=r"absent.csv: no such file; correct the path"):
        profile.load()


def test_a_file_that_is_not_a_table_is_refused(tmp_path):
    file = tmp_path / "cycle.parquet"
    file.write_text("no table")
    with pytest.raises(DataError, match="not a readable Parquet file"):
        profile_of(file).load()


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("us06.csv", "'us06.csv' is not a profile"),
        ({"file": "a.csv", "time_s": "t"}, "exactly one of current_A, power_W, voltage_V, c_rate"),
        ({"file": "a.csv", **COLUMNS, "power_W": "P"}, "but current_A, power_W is given"),
        ({"file": "a.csv", "current_A": "I"}, "needs 'time_s'"),
        ({"file": "a.csv", **COLUMNS, "curent_A": "I"}, "did you mean 'current_A'?"),
        ({"file": "a.xlsx", **COLUMNS}, "neither CSV nor Parquet"),
        ({"file": "a.csv", "time_s": [0], "current_A": [1]}, "the other keys name columns"),
        (COLUMNS, "without 'file' needs two lists of equal length"),
        ({"time_s": [0, 1], "current_A": [1]}, "two lists of equal length"),
        ({"time_s": [1, 2], "current_A": [1, 2]}, "time must start at 0 s, but starts at 1 s"),
        ({"time_s": [0, 1], "voltage_V": [4, 42]}, "42 V lies outside 0 to 10 V"),
        (
            {"file": "a.csv", "time_s": "t", "voltage_V": "V", "charge_positive": True},
            "charge_positive has no meaning for a voltage profile",
        ),
        ({"file": "a.csv", **COLUMNS, "charge_positive": "no"}, "neither true nor false"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(form, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        Profile.model_validate(form)
