"""Shift of the open-circuit potential by surface energy: worked numbers and limits."""

from __future__ import annotations

import numpy as np
import pytest

from twin.models.shapes import surface_to_volume
from twin.models.surface_energy import lever_rule, surface_potential_shift
from twin.units import FARADAY_C_PER_MOL

AVOGADRO = 6.02214076e23
# LiFePO4 and FePO4, Jung et al. 2020, eq. 4: cells of 291.4 and 272.4 cubic angstrom, four
# formula units each
LITHIATED, DELITHIATED = (cell * 1e-30 / 4 * AVOGADRO for cell in (291.4, 272.4))
RADII = np.array([5, 10, 20, 40, 100]) * 1e-9


def plateau_shift(r, gamma=(1.0, 1.0), volumes=(DELITHIATED, LITHIATED), x=0.4):
    """Return the shift of a sphere with two phases: V_m gamma follows the lever rule."""
    alpha, beta = (v * g for v, g in zip(volumes, gamma, strict=True))
    product = lever_rule(x, (0.0, alpha), (1.0, beta))
    return surface_potential_shift(surface_to_volume(2, r), product, beta - alpha, 1.0, 0.0)


def test_equal_surface_energies_lower_the_plateau_by_the_change_of_volume():
    millivolts = [-1e3 * plateau_shift(r) for r in RADII]
    assert millivolts == pytest.approx([17.8, 8.9, 4.4, 2.2, 0.9], abs=0.06)


def test_a_tenth_more_on_the_lithiated_phase_lowers_it_further():
    more = [1e3 * (plateau_shift(r) - plateau_shift(r, (1.0, 1.1))) for r in RADII]
    assert more == pytest.approx([27, 13.6, 6.8, 3.4, 1.4], abs=0.4)


def test_the_shift_goes_as_the_inverse_of_the_size():
    sizes = np.geomspace(5e-9, 500e-9, 20)
    slope = np.polyfit(np.log(sizes), np.log(-plateau_shift(sizes)), 1)[0]
    assert slope == pytest.approx(-1, abs=1e-12)


def test_phases_of_equal_surface_energy_per_mole_shift_nothing():
    ratio = DELITHIATED / LITHIATED
    assert plateau_shift(5e-9, (1.0, 1.0), (4e-5, 4e-5)) == 0.0
    assert abs(plateau_shift(5e-9, (1.0, ratio))) < 1e-9
    assert surface_potential_shift(6e8, 4.4e-5, 0.0, 1.3, 0.0) == 0.0


@pytest.mark.parametrize(("radius", "millivolts"), [(1e-8, 137), (1e-7, 13.7), (1e-6, 1.4)])
def test_a_difference_of_1_joule_per_square_metre_shifts_by_this(radius, millivolts):
    """Jain et al. 2022, doi:10.1038/s41578-022-00454-9: 44 cm3/mol."""
    area = surface_to_volume(2, radius)
    shift = surface_potential_shift(area, 4.4e-5, 0.0, 0.7, 1.0)
    assert -1e3 * shift == pytest.approx(millivolts, rel=0.03)


def test_the_shift_is_the_slope_of_the_excess_energy_per_mole():
    def excess(x):  # A/V times V_m gamma, per mole
        return 3 / 1e-8 * (4e-5 + 5e-6 * x**2) * (1.2 - 0.3 * x)

    x, h = 0.6, 1e-5
    slope = (excess(x + h) - excess(x - h)) / (2 * h)
    found = surface_potential_shift(3 / 1e-8, 4e-5 + 5e-6 * x**2, 1e-5 * x, 1.2 - 0.3 * x, -0.3)
    assert found == pytest.approx(-slope / FARADAY_C_PER_MOL, rel=1e-9)


def test_the_lever_rule_weighs_the_phases_by_their_amounts():
    ends = (0.1, 2.0), (0.7, 5.0)
    assert [lever_rule(x, *ends) for x in (0.1, 0.7, 0.4)] == pytest.approx([2.0, 5.0, 3.5])
