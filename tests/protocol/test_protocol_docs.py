import doctest
import importlib
import pkgutil

import pytest

import twin.protocol

MODULES = [
    f"twin.protocol.{module.name}" for module in pkgutil.iter_modules(twin.protocol.__path__)
]


@pytest.mark.parametrize("name", ["twin.units", *MODULES])
def test_examples_in_docstrings_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
