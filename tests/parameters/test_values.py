"""Parameter values of cells with two materials or many sizes, and what is given beside a set."""

import re

import numpy as np
import pybamm
import pytest

from twin import names
from twin.diagnosis.balance import common_potential
from twin.errors import ParameterError
from twin.models import SPM, Electrode, Particle
from twin.models.sizes import LogNormal
from twin.parameters.values import (
    electrode_balance_curves,
    key_parameters,
    load_parameters,
    physical_warnings,
)

STRESSED = Electrode(particle=Particle(diffusion="stress-coupled"))
TUNNELLING = "Tunneling barrier factor [m-1]"


def warnings(negative, name="Bonkile2024"):
    loaded = load_parameters(name, {})
    model = SPM(negative, build=False)
    return physical_warnings(loaded, model.electrodes, model.param)


def test_a_warning_names_the_material_and_has_its_numbers():
    """theta c_max = 2 Omega^2 E c_max / (9 (1 - nu) R T), with the silicon of the set."""
    (sentence,) = warnings(Electrode(secondary=STRESSED))
    omega, modulus, nu, c_max = 1.2e-5, 50e9, 0.22, 278000.0
    by_hand = 2 * omega**2 * modulus / (9 * (1 - nu) * 8.314462618 * 298.15) * c_max
    said = re.search(r"theta c_max = (\d+)", sentence)
    assert said
    assert int(said[1]) == pytest.approx(by_hand, abs=0.5)
    assert "of the secondary material of the negative electrode by 231" in sentence


def test_each_material_is_warned_about_for_itself():
    assert warnings(Electrode(secondary=Electrode())) == []
    graphite = Electrode(particle=STRESSED.particle, secondary=Electrode())
    assert warnings(graphite) == []  # 15 GPa and a factor of about 1.1


def test_sizes_change_no_warning():
    """The coupling has no radius in it."""
    sized = Electrode(particle=STRESSED.particle, sizes=LogNormal(sd=0.3))
    assert warnings(Electrode(secondary=sized)) == warnings(Electrode(secondary=STRESSED))
    assert warnings(sized, "OKane2022") == warnings(STRESSED, "OKane2022") == []


def test_materials_side_by_side_are_filled_at_one_potential():
    """U_1 = 1 - x and U_2 = (1 - x)/2: above 0.5 V the second is empty."""
    sto = np.linspace(0, 1, 1001)
    found = common_potential(sto, [1 - sto, (1 - sto) / 2], [1.0, 3.0])
    volts = np.array([0.9, 0.5, 0.25, 0.1])
    filled = (1 - volts) / 4 + 3 * np.maximum(1 - 2 * volts, 0) / 4
    assert np.interp(filled, sto, found) == pytest.approx(volts, abs=1e-3)  # a kink between points


@pytest.mark.parametrize("name", ["Bonkile2024", "Chen2020_composite"])
def test_the_curve_of_a_composite_electrode_holds_what_its_materials_hold(name):
    loaded = load_parameters(name, {})
    param = SPM(Electrode(secondary=Electrode())).param
    curves = electrode_balance_curves(loaded, param)
    sto, potential = curves["negative"]
    assert np.all(np.diff(potential) <= 0)
    half, kelvin = param.domain_params["negative"], loaded.number(names.REFERENCE_TEMPERATURE)
    fine, filled, charge = np.linspace(0.001, 0.999, 401), np.zeros_like(sto), 0.0
    for phase in (half.prim, half.sec):
        symbol = phase.U(pybamm.Vector(fine), pybamm.Scalar(kelvin))
        own = loaded.values.process_symbol(symbol).evaluate().reshape(-1)
        material = float(loaded.values.evaluate(phase.Q_init))
        filled += material * np.interp(potential, own[::-1], fine[::-1])
        charge += material
    assert filled / charge == pytest.approx(sto, abs=3e-3)


def test_what_another_set_has_may_be_given_beside_this_one():
    loaded = load_parameters("OKane2022", {TUNNELLING: 1e9})
    assert loaded.number(TUNNELLING) == 1e9
    assert loaded.hash != load_parameters("OKane2022", {}).hash
    with pytest.raises(ParameterError, match=r"has no parameter 'Tunneling barier.*did you mean"):
        load_parameters("OKane2022", {"Tunneling barier factor [m-1]": 1e9, TUNNELLING: 1e9})


def test_the_parameters_that_matter_are_listed_for_each_material():
    rows = {row["name"]: row["value"] for row in key_parameters(load_parameters("Bonkile2024", {}))}
    assert rows["Primary: Negative particle radius"] == 5.86e-6
    assert rows["Secondary: Negative particle radius"] == 1.52e-6
    assert rows["Positive particle radius"] == 5.22e-6
    assert rows["Secondary: SEI resistivity"] == 2e5
