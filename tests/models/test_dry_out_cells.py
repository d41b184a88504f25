"""Cells whose film uses up their solvent: liquid, salt, transport, reservoir and books."""

import numpy as np
import pytest

from tests.models.test_sized_cells import AGEING, AREA, QUICKER, imbalance, solved
from twin import names
from twin.models import DFN, SPM, Electrode, SPMe
from twin.models import extra_parameters as extra
from twin.models.sizes import LogNormal

WET = "Liquid saturation of the pores"
SALT = "X-averaged electrolyte concentration [mol.m-3]"
SOLVENT, FILM = 6.67e-5, 9.585e-5  # m3/mol of ethylene carbonate, and of the film
LAYERS = ((0.25, 85.2e-6), (0.47, 12e-6), (0.335, 75.6e-6))  # porosity, thickness
PORES = AREA * sum(eps * thickness for eps, thickness in LAYERS)
TWO_PER_FILM = {
    "Ratio of lithium moles to SEI moles": 2.0,
    "SEI solvent diffusivity [m2.s-1]": 7.5e-20,
}
STEPS = ((0.5, 1800), (-0.5, 1800), (0, 36_000))
SOME = LogNormal(sd=0.4, nodes=3)


def dried(model, *, sizes=None, filled=True, excess=0.0, dry_out=True, steps=STEPS, **given):
    electrode = Electrode(sizes=sizes, sei="solvent-diffusion", porosity_change=filled)
    changes = {**TWO_PER_FILM, extra.EXCESS_ELECTROLYTE: excess, **given}
    return solved(model(electrode, dry_out=dry_out), steps, changes, times=21)


def volumes(solution, z=2):
    """Solvent that is used up and film that has grown [m3]."""
    lithium = solution[names.GAINED_SEI].entries
    return SOLVENT * lithium, FILM * lithium / z


@pytest.mark.parametrize("filled", [True, False])
@pytest.mark.parametrize(("model", "sizes"), [(SPM, None), (SPMe, SOME), (DFN, None), (DFN, SOME)])
def test_saturation_is_liquid_over_pores_and_starts_at_one(model, sizes, filled):
    """Film takes the room of solvent, whether or not transport sees it."""
    solution = dried(model, sizes=sizes, filled=filled)
    used, grown = volumes(solution)
    wet = solution[WET].entries
    assert wet[0] == pytest.approx(1, abs=1e-12)
    assert wet == pytest.approx((PORES - used) / (PORES - grown), abs=1e-9)
    assert np.all(np.diff(wet) < 1e-12)
    assert wet[-1] < 0.995
    assert imbalance(solution) < 1e-10


@pytest.mark.parametrize("filled", [True, False])
@pytest.mark.parametrize("model", [SPMe, DFN])
def test_salt_stays_in_the_liquid_that_shrinks(model, filled):
    solution = dried(model, sizes=SOME, filled=filled)
    used, grown = volumes(solution)
    liquid = PORES - used
    if not filled:
        liquid = liquid * PORES / (PORES - grown)  # which transport does not see
    salt = solution[SALT].entries
    assert salt[-1] == pytest.approx(1000 * PORES / liquid[-1], rel=1e-5)  # after a rest
    assert salt[-1] > (1015 if filled else 1005)
    held = solution[names.LITHIUM_ELECTROLYTE].entries
    assert np.ptp(held) < 1e-12 * held[0]


def test_a_film_larger_than_its_solvent_dries_nothing():
    solution = dried(SPM, **{"Ratio of lithium moles to SEI moles": 1.0})
    used, grown = volumes(solution, z=1)
    assert used[-1] < grown[-1]
    assert solution[WET].entries == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("model", [SPM, DFN])
def test_a_reservoir_puts_the_start_off_until_it_is_used_up(model):
    kept, plain = (dried(model, sizes=SOME, excess=0.002, dry_out=dry) for dry in (True, False))
    used, grown = volumes(kept)
    before = used - grown < 0.002 * PORES
    assert 5 < np.sum(before) < before.size - 5
    wet = kept[WET].entries
    assert wet[before] == pytest.approx(1, abs=1e-12)
    assert np.all(wet[~before] < 1)
    expected = (1.002 * PORES - used) / (PORES - grown)
    assert wet[~before] == pytest.approx(expected[~before], abs=1e-9)
    for name in (names.VOLTAGE, SALT):
        same = plain[name].entries
        assert kept[name].entries[before] == pytest.approx(same[before], rel=1e-6)
    assert kept[SALT].entries[-1] > plain[SALT].entries[-1] + 1
    assert imbalance(kept) < 1e-10


LONG = (*STEPS, (0, 3e6))


@pytest.mark.parametrize("model", [SPMe, DFN])
def test_dry_pores_carry_neither_ions_nor_electrons(model):
    solution = dried(model, filled=False, steps=LONG)
    wet = solution[WET].entries[-1]
    assert wet < 0.95
    for layer, (eps, _) in zip(
        ("Negative electrode", "Separator", "Positive electrode"), LAYERS, strict=True
    ):
        liquid = solution[f"{layer} porosity"].entries[0, -1]
        assert liquid == pytest.approx(eps * wet, rel=1e-9)
        ions = layer.replace("electrode", "electrolyte").replace("tor", "tor electrolyte")
        through = solution[f"{ions} transport efficiency"].entries[0, -1]
        assert through == pytest.approx(liquid**1.5, rel=1e-6)
        if layer != "Separator":
            solid = solution[f"{layer} transport efficiency"].entries[0, -1]
            assert solid == pytest.approx((1 - eps) ** 1.5, rel=1e-9)


def test_dry_pores_resist_more():
    """Where film fills the pores too, the salt that it concentrates can make up for it."""
    dry, wet = (
        dried(DFN, filled=False, dry_out=dry, steps=(*LONG[-1:], (1, 600))) for dry in (True, False)
    )
    over = "X-averaged electrolyte overpotential [V]"
    assert dry[over].entries[-1] < wet[over].entries[-1] - 5e-3
    assert dry[names.VOLTAGE].entries[-1] < wet[names.VOLTAGE].entries[-1] - 5e-3


@pytest.mark.parametrize("model", [SPM, pytest.param(DFN, marks=pytest.mark.slow)])
def test_the_books_close_with_everything_on(model):
    electrode = Electrode(sizes=SOME, porosity_change=True, **AGEING)
    changes = {**QUICKER, **TWO_PER_FILM}
    solution = solved(model(electrode, dry_out=True), ((1, 900), (-1, 600), (0, 9000)), changes)
    assert solution[WET].entries[-1] < 1 - 1e-4
    assert imbalance(solution) < 1e-10
