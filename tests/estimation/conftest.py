"""The engine of these tests is a closed form."""

from __future__ import annotations

from functools import lru_cache

import pytest

from tests.estimation.made import Engine


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    from twin.parameters import values

    made = Engine()
    load = lru_cache(lambda name: values_load(name, {}))
    values_load = values.load_parameters
    monkeypatch.setattr(values, "load_parameters", lambda name, _: load(name))
    monkeypatch.setattr("twin.estimation.running.simulate", made)
    return made
