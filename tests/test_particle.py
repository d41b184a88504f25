"""One particle under constant current, against closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from twin.errors import ModelError, ParameterError
from twin.models.description import Particle
from twin.particle import Material, constant_current

OXIDE = Material("oxide", 4e-15, 63104.0, (0.27, 0.91), 1.26e-6, 140e9, 0.25)
STIFFNESS = 140e9 * 1.26e-6 / (3 * 0.75)  # E Omega / (3 (1 - nu))
FULL = 0.64 * 63104.0


@pytest.mark.parametrize(
    ("shape", "radius", "k"), [("slab", 1e-6, 3), ("cylinder", 2e-6, 8), ("sphere", 3e-6, 15)]
)
@pytest.mark.parametrize("direction", ["extract", "insert"])
def test_the_use_is_1_less_the_diffusion_time_over_k_times_the_time(shape, radius, k, direction):
    """Quasi-steady, doi:10.1126/science.aao2808: U = 1 - R^2/(k D t)."""
    fill = constant_current(OXIDE, Particle(shape=shape), radius, 2.0, direction=direction)
    assert fill.utilisation == pytest.approx(1 - radius**2 / (k * 4e-15 * 1800), abs=2e-5)
    assert fill.time_s == pytest.approx(1800 * fill.utilisation, rel=1e-6)


@pytest.mark.parametrize(
    ("shape", "radius"), [("slab", 1e-6), ("cylinder", 2e-6), ("sphere", 3e-6)]
)
def test_at_equal_use_every_shape_pays_the_same_tension(shape, radius):
    """An emptied surface is under the tension of what is left inside."""
    fill = constant_current(OXIDE, Particle(shape=shape), radius, 2.0)
    tension = STIFFNESS * (1 - fill.utilisation) * FULL
    assert fill.peak_tensile_stress_Pa == pytest.approx(tension, rel=1e-4)
    assert fill.hoop_stress_Pa[-1] == pytest.approx(tension, rel=1e-4)


def test_insertion_pulls_at_the_centre_where_no_node_is():
    """A parabola in a sphere: two thirds of the difference of the mean, at the centre."""
    fill = constant_current(OXIDE, Particle(), 3e-6, 1.0, direction="insert")
    difference = (1 - fill.utilisation) * FULL  # of surface and mean
    # c = c_s - 5/2 d (1 - r^2): the centre lacks 3/2 d of the mean
    tension = STIFFNESS * 2 / 3 * 1.5 * difference
    assert fill.peak_tensile_stress_Pa == pytest.approx(tension, rel=1e-3)
    assert fill.radius_m[0] > 0


def test_a_closed_cavity_shortens_the_way_and_an_open_one_halves_it():
    solid = constant_current(OXIDE, Particle(), 6e-6, 2.0).utilisation
    closed, opened = (
        constant_current(OXIDE, Particle(core=core), 6e-6, 2.0, inner_radius_m=3e-6).utilisation
        for core in ("hollow", "open-hollow")
    )
    assert solid < closed < opened


def test_a_plate_open_at_both_faces_is_one_of_half_the_thickness():
    both = constant_current(
        OXIDE, Particle(shape="slab", core="open-hollow"), 4e-6, 2.0, inner_radius_m=2e-6
    )
    half = constant_current(OXIDE, Particle(shape="slab"), 1e-6, 2.0)
    assert both.utilisation == pytest.approx(half.utilisation, abs=1e-5)


def test_stress_without_a_volume_change_is_none():
    fill = constant_current(
        replace(OXIDE, partial_molar_volume_m3_per_mol=0.0), Particle(), 3e-6, 2.0
    )
    assert np.max(np.abs(fill.hoop_stress_Pa)) == 0.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"radius_m": 0.0}, "both have to be above 0"),
        ({"c_rate": -1.0}, "both have to be above 0"),
        ({"inner_radius_m": 1e-6}, "core is 'solid'"),
        ({"particle": Particle(core="hollow")}, "between 0 and its radius"),
        ({"particle": Particle(core="hollow"), "inner_radius_m": 4e-6}, "between 0 and its radius"),
    ],
)
def test_sizes_that_cannot_be_are_refused(changes, words):
    given = {"particle": Particle(), "radius_m": 3e-6, "c_rate": 1.0, **changes}
    with pytest.raises(ParameterError, match=words):
        constant_current(OXIDE, **given)


def test_a_parameter_that_is_not_there_is_named():
    with pytest.raises(ModelError, match="diffusion activation volume"):
        constant_current(OXIDE, Particle(diffusion="stress-activated"), 3e-6, 1.0)
