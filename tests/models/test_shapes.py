"""Areas and volumes of the shapes, against those of school geometry."""

from __future__ import annotations

import numpy as np
import pytest

from twin.models.shapes import CURVED_DIRECTIONS, surface_to_volume, volume

R, A = 5e-6, 2e-6
LENGTH = 7e-6  # of a wire, or of each edge of a plate
VOLUMES = {
    "slab": lambda r: LENGTH**2 * r,
    "cylinder": lambda r: np.pi * r**2 * LENGTH,
    "sphere": lambda r: 4 / 3 * np.pi * r**3,
}
AREAS = {
    "slab": lambda r: LENGTH**2,
    "cylinder": lambda r: 2 * np.pi * r * LENGTH,
    "sphere": lambda r: 4 * np.pi * r**2,
}
by_shape = pytest.mark.parametrize("shape", CURVED_DIRECTIONS)


@by_shape
def test_volumes_grow_with_the_radius_as_those_of_solids_do(shape):
    n = CURVED_DIRECTIONS[shape]
    expected = (VOLUMES[shape](R) - VOLUMES[shape](A)) / VOLUMES[shape](R)
    assert volume(n, R, A) / volume(n, R) == pytest.approx(expected, rel=1e-14)
    assert volume(n, 1.0) == pytest.approx(1 / (n + 1))


@by_shape
@pytest.mark.parametrize(
    ("core", "inside", "wet"), [("solid", 0.0, 0), ("closed", A, 0), ("open", A, 1)]
)
def test_the_reacting_area_is_that_of_the_wetted_walls(shape, core, inside, wet):
    n = CURVED_DIRECTIONS[shape]
    solid = VOLUMES[shape](R) - VOLUMES[shape](inside)
    area = AREAS[shape](R) + wet * AREAS[shape](inside)
    found = surface_to_volume(n, R, inside, open_core=bool(wet))
    assert found == pytest.approx(area / solid, rel=1e-14)


def test_a_solid_particle_has_n_plus_1_over_r():
    ratios = [surface_to_volume(n, R) * R for n in CURVED_DIRECTIONS.values()]
    assert ratios == pytest.approx([1, 2, 3], rel=1e-14)


@by_shape
def test_a_thin_open_wall_has_two_faces(shape):
    n, thickness = CURVED_DIRECTIONS[shape], 1e-4 * R
    ratio = surface_to_volume(n, R, R - thickness, open_core=True)
    assert ratio * thickness == pytest.approx(2, rel=1e-8)
