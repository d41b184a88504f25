"""What PyBaMM does that we step round: a test here fails when that is no longer needed.

More stand beside the tests of what we do instead; all are in ``docs/pybamm_notes.md``.
"""

import re

import numpy as np
import pybamm
import pytest

from tests.conftest import ROOT
from tests.models.cells import FREE_OF_LIMITS, PORES, SOLID, solved
from twin import names

SIZES = {"x_n": 4, "x_s": 3, "x_p": 4, "r_n": 8, "r_p": 8, "R_n": 12, "R_p": 12}


def test_every_test_that_the_notes_name_is_there():
    """An ellipsis stands for the file named last."""
    text, file = (ROOT / "docs/pybamm_notes.md").read_text(encoding="utf-8"), ""
    named = re.findall(r"`(tests/[\w/]+\.py|…)(?:::(\w+))?`", text)
    assert len(named) > 20
    for path, test in named:
        file = file if path == "…" else path
        source = (ROOT / file).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in source, f"{file}::{test}"


def test_pybamm_still_takes_one_word_for_the_negative_electrode_alone():
    options = pybamm.BatteryModelOptions({"SEI": "solvent-diffusion limited"})
    assert options.negative["SEI"] == "solvent-diffusion limited"
    assert options.positive["SEI"] == "none"


def salt_lost(surface_form):
    model = pybamm.lithium_ion.DFN({"surface form": surface_form})
    solution = solved(model, pybamm.ParameterValues("Chen2020"), ((0.5, 600),))
    salt = solution[names.LITHIUM_ELECTROLYTE].entries
    return np.ptp(salt) / salt[0]


def test_pybamm_still_loses_salt_with_a_surface_form():
    """Which it asks for where an electrode has two materials."""
    assert salt_lost("false") < 1e-12
    assert salt_lost("algebraic") > 1e-4
    with pytest.raises(pybamm.OptionError, match="surface form"):
        pybamm.lithium_ion.DFN({"particle phases": ("2", "1"), "surface form": "false"})


def test_pybamm_still_heats_many_sizes_by_the_product_of_two_means():
    values = pybamm.get_size_distribution_parameters(
        pybamm.ParameterValues("Chen2020"), sd_n=0.5, sd_p=0.5
    )
    values.update(FREE_OF_LIMITS)
    model = pybamm.lithium_ion.MPM({"thermal": "lumped"})
    solution = solved(model, values, ((2, 300), (0, 60)), SIZES)
    stem = "X-averaged negative electrode"
    current, overpotential = "interfacial current density", "reaction overpotential"
    j = solution[f"{stem} {current} distribution [A.m-2]"].entries
    eta = solution[f"{stem} {overpotential} distribution [V]"].entries
    share = solution["X-averaged negative area-weighted particle-size distribution [m-1]"].entries
    share = share / share.sum(axis=0)
    mean_j = solution[f"{stem} {current} [A.m-2]"].entries
    mean_eta = solution[f"{stem} {overpotential} [V]"].entries
    assert (share * j).sum(axis=0) == pytest.approx(mean_j, rel=1e-9, abs=1e-9)
    area = solution[f"{stem} surface area to volume ratio [m-1]"].entries
    heat = solution["Irreversible electrochemical heating [W.m-3]"].entries[1]  # negative
    assert heat == pytest.approx(area * mean_j * mean_eta, rel=1e-9, abs=1e-6)
    of_every_size = area * (share * j * eta).sum(axis=0)
    assert np.max(np.abs(of_every_size - heat)) > 1e-2 * np.max(heat)


def test_pybamm_still_takes_all_that_is_no_liquid_for_conductor():
    values = pybamm.ParameterValues("Chen2020")
    half = {
        "Negative electrode active material volume fraction": SOLID["negative"] / 2,
        "Negative electrode Bruggeman coefficient (electrode)": 1.5,
    }
    values.update(half)
    solution = solved(pybamm.lithium_ion.DFN(), values, ((0, 1),))
    found = solution["X-averaged negative electrode transport efficiency"].entries
    assert found == pytest.approx((1 - PORES["negative"]) ** 1.5, rel=1e-12)
