"""With one size and nothing lost our interfaces are PyBaMM's, law by law, in books and cracks.

Loss of material is left out: there films differ on purpose (PyBaMM spreads the film of lost
material over the material that is left).
"""

import pybamm
import pytest

from twin.models import DFN, SPM, Electrode
from twin.models.sei_laws import PYBAMM_NAMES

POINTS = {"x_n": 6, "x_s": 4, "x_p": 6, "r_n": 10, "r_p": 10}
VALUES = {
    "Positive electrode Young's modulus [Pa]": 140e9,
    "Positive electrode partial molar volume [m3.mol-1]": 1.26e-6,
    "SEI growth transfer coefficient": 0.4,
    "Tunneling barrier factor [m-1]": 5e8,
    # above the current at which PyBaMM's film of this law dissolves
    "SEI lithium ion conductivity [S.m-1]": 1e-3,
    "Tunneling distance for electrons [m]": 1e-9,
    "SEI kinetic rate constant [m.s-1]": 1e-15,
}
CYCLE = ("Discharge at 1C until 3.0 V", "Charge at 0.5C until 4.2 V", "Hold at 4.2 V until C/10")
SAME = (
    "Loss of lithium to negative SEI [mol]",
    "Loss of lithium to negative SEI on cracks [mol]",
    "Loss of lithium to negative lithium plating [mol]",
    "X-averaged negative particle crack length [m]",
    "Total lithium in particles [mol]",
    "Time [s]",
)


ON_CRACKS = "Initial SEI on cracks thickness [m]"
CRACK_AREA = 2 * 20e-9 * 3.18e15 * 15e-9  # of OKane2022, over the surface


def solved(model):
    values = pybamm.ParameterValues("OKane2022")
    values.update(VALUES, check_already_exists=False)
    if type(model).__module__.startswith("pybamm"):
        # PyBaMM takes this thickness over the surface and divides by the area of the cracks
        values.update({ON_CRACKS: CRACK_AREA * values[ON_CRACKS]})
    simulation = pybamm.Simulation(
        model,
        parameter_values=values,
        var_pts=POINTS,
        experiment=pybamm.Experiment([CYCLE]),
        solver=pybamm.IDAKLUSolver(rtol=1e-6, atol=1e-8),
    )
    solution = simulation.solve(calc_esoh=False)
    assert len(solution.cycles[-1].steps) == len(CYCLE)
    return solution


def pybamms(model, sei, plating="partially reversible"):
    return model(
        {
            "SEI": (sei, "none"),
            "SEI on cracks": ("true", "false"),
            "particle mechanics": "swelling and cracking",
            "stress-induced diffusion": "false",
            "lithium plating": (plating, "none"),
            **({"surface form": "algebraic"} if model is pybamm.lithium_ion.SPM else {}),
        }
    )


def ours(model, sei, plating="partially-reversible"):
    cracked = Electrode(cracks="fatigue")
    return model(Electrode(sei=sei, sei_on_cracks=True, cracks="fatigue", plating=plating), cracked)


def assert_same(one, other):
    for name in SAME:
        a, b = (solution[name].entries[-1] for solution in (one, other))
        assert a == pytest.approx(b, rel=2e-5), name


def test_pybamms_film_on_cracks_still_starts_at_another_thickness():
    model = pybamms(pybamm.lithium_ion.SPM, "solvent-diffusion limited")
    values = pybamm.ParameterValues("OKane2022")
    name = "X-averaged negative SEI on cracks thickness [m]"
    for simulated, factor in ((model, CRACK_AREA), (ours(SPM, "solvent-diffusion"), 1)):
        simulation = pybamm.Simulation(simulated, parameter_values=values, var_pts=POINTS)
        start = simulation.solve([0, 1e-3])[name].entries[0]
        assert start * factor == pytest.approx(values[ON_CRACKS], rel=1e-3)


@pytest.mark.parametrize("law", sorted(PYBAMM_NAMES))
def test_every_law_of_the_film_gives_pybamms_books(law):
    assert_same(solved(ours(DFN, law)), solved(pybamms(pybamm.lithium_ion.DFN, PYBAMM_NAMES[law])))


@pytest.mark.parametrize("kind", ["reversible", "irreversible", "partially-reversible"])
def test_plating_in_a_single_particle_gives_pybamms_books(kind):
    one = solved(ours(SPM, "solvent-diffusion", kind))
    other = pybamms(pybamm.lithium_ion.SPM, "solvent-diffusion limited", kind.replace("-", " "))
    assert_same(one, solved(other))
