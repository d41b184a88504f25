"""Curves that the twin simulates give back the losses that it was given, or grew."""

import pytest

import twin
from twin.diagnosis import curve_of_checkup, degradation_modes, fit_balance, half_cells_of
from twin.diagnosis.curve_files import curves_of_run
from twin.errors import ResultsError
from twin.parameters import load_set
from twin.parameters.equilibrium import initial_concentrations

SET = "UMichMohtat2020"
SLOW = [
    {"step": "Discharge at C/20 until 2.8 V", "measure": "capacity"},
    "Charge at C/5 until 4.2 V",
    "Hold at 4.2 V until C/100",
]
# so that a few cycles age the cell
FAST = {
    "SEI solvent diffusivity [m2.s-1]": 4e-20,
    "Negative electrode LAM constant proportional term [s-1]": 1e-5,
}
LOSSES = ("lli_percent", "lam_negative_percent", "lam_positive_percent")


def discharge(rate: str, lli: float = 0.0, negative: float = 0.0, positive: float = 0.0):
    """Return the simulated discharge of a cell that lost shares of lithium and material."""
    values = initial_concentrations(
        load_set(SET).values, 1.0, lli, {"negative": negative, "positive": positive}
    )
    study = {
        "name": "slow",
        "cell": {
            "parameters": SET,
            "values": {n: v for n, v in values.items() if "stoichiometry" not in n},
        },
        "protocol": {
            "period_s": 120,
            "blocks": [{"cycle": [f"Discharge at {rate} until 2.8 V"]}],
        },
        "model": {"type": "SPMe"},
        "outputs": {"report": False},
    }
    return curve_of_checkup(twin.run(twin.Study.model_validate(study)), 1)


@pytest.mark.parametrize(
    ("rate", "within"), [pytest.param("C/50", 0.5, marks=pytest.mark.slow), ("C/20", 0.8)]
)
def test_given_losses_are_found(rate, within):
    cells = half_cells_of(SET)
    first = fit_balance(discharge(rate), cells)
    for losses in ((0.08, 0.03, 0.05), (0.15, 0.12, 0.02)):
        modes = degradation_modes(first, fit_balance(discharge(rate, *losses), cells))
        for name, true in zip(LOSSES, losses, strict=True):
            assert modes.values[name] == pytest.approx(100 * true, abs=within), (losses, name)
            low, high = modes.interval(name, 0.99)
            assert low < 100 * true < high, (losses, name)


@pytest.fixture(scope="module")
def aged(tmp_path_factory):
    """A cell that grows SEI and loses negative material, with slow check-ups."""
    study = {
        "name": "aged",
        "cell": {
            "parameters": "OKane2022",
            "initial": {"soc_percent": 100},
            "values": FAST,
        },
        "protocol": {
            "blocks": [
                {
                    "repeat": 40,
                    "cycle": [
                        "Discharge at 1C until 2.5 V",
                        "Charge at C/3 until 4.2 V",
                        "Hold at 4.2 V until C/50",
                    ],
                }
            ],
            "checkups": {
                "every_cycles": 40,
                "at_start": True,
                "steps": [
                    {"step": "Discharge at C/20 until 2.5 V", "measure": "capacity"},
                    "Charge at C/5 until 4.2 V",
                    "Hold at 4.2 V until C/100",
                ],
            },
        },
        "model": {
            "type": "SPM",
            "negative": {
                "particle": {"diffusion": "stress-coupled"},
                "sei": "solvent-diffusion",
                "active_material_loss": "stress",
            },
        },
        "outputs": {"report": False, "timeseries": {"cycles": "none", "checkups": True}},
    }
    folder = tmp_path_factory.mktemp("diagnosed") / "out"
    return twin.run(twin.Study.model_validate(study), folder)


def test_what_a_simulated_cell_lost_is_read_off_its_check_ups(aged):
    curves = curves_of_run(aged.path)
    cells = half_cells_of("LGM50OKane2022")
    fits = [fit_balance(curve, cells) for curve in curves]
    modes = degradation_modes(fits[0], fits[-1])
    table = aged.checkups
    for name in LOSSES:
        true = float(table[name].iloc[-1] - table[name].iloc[0])
        assert modes.values[name] == pytest.approx(true, abs=0.5), name
        low, high = modes.interval(name, 0.99)
        assert low < true < high, name
    assert table["lli_percent"].iloc[-1] > 1
    assert table["lam_negative_percent"].iloc[-1] > 1


def test_check_ups_that_were_not_kept_are_named(aged):
    with pytest.raises(ResultsError, match="no time series of row 2; kept are"):
        curve_of_checkup(aged, 2)
    with pytest.raises(ResultsError, match="has no step 9"):
        curve_of_checkup(aged, 1, 9)
    made = curve_of_checkup(aged, 1, 2)
    assert made.direction == "charge"
