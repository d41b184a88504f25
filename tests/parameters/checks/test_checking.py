"""Each slip that people make in a parameter set is found, and a good set is clean."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.parameters import full_set
from tests.parameters.full_set import (
    ELECTROLYTE,
    OWN,
    PLATING,
    Change,
    at,
    both,
    checked,
    function,
    swap,
    without,
    write,
)
from twin.parameters.bpx.fields import OF_PARTICLE
from twin.parameters.checks.checking import check_set
from twin.parameters.checks.cross_checks import rising
from twin.parameters.checks.findings import Finding
from twin.parameters.checks.reference_checks import LONGEST_CHAIN, MOST_EVALUATIONS
from twin.parameters.checks.samples import coordinate, sampled
from twin.parameters.library.finding import BUNDLED, sets_in

NEGATIVE, POSITIVE = "Negative electrode", "Positive electrode"
OCP = full_set.PARAMETERS["Parameterisation"][NEGATIVE]["OCP [V]"]
WAVY = "1.2 - x + 0.02*tanh(100*(x - 0.5))"
LEVEL = {"x": [0.0, 1.0], "y": [1.0, 1.0]}


def test_a_good_set_is_clean(tmp_path: Path) -> None:
    report = check_set(write(tmp_path))
    assert report.ok
    assert not report.problems
    assert not report.warnings
    assert report.text().splitlines()[-1] == (
        "ok: LGM50Test2026, 54 values, all with provenance (54 measured), 0 warnings"
    )
    assert any("N/P ratio 0.907" in found.text for found in report.notes)


def test_a_check_says_the_same_each_time(tmp_path: Path) -> None:
    data = full_set.parameters()
    at(NEGATIVE, "Porosity", to=0.5)(data)
    folder = write(tmp_path, data)
    assert check_set(folder) == check_set(folder)
    assert check_set(folder).text() == check_set(folder).text()


# what is done to a good set, how bad that is, and how the line starts or goes on
SLIPS: list[tuple[str, Change, str]] = [
    # what cannot be
    ("negative capacity", at("Cell", "Nominal cell capacity [A.h]", to=-2),
     r"error: Cell / Nominal cell capacity \[A.h\]: -2 is out of range; allowed: above 0"),
    ("porosity 7", at(NEGATIVE, "Porosity", to=7),
     "error: Negative electrode / Porosity: 7 is out of range; allowed: above 0 to 1"),
    ("NaN", at(NEGATIVE, "Particle radius [m]", to=float("nan")),
     r"error: set.json, Parameterisation / Negative electrode / Particle radius \[m\]: NaN is no"),
    ("infinite", at(NEGATIVE, "OCP [V]", to=float("inf")), "error: set.json.*no finite number"),
    ("program", at(NEGATIVE, "OCP [V]", to="exit(9)"),
     r"error: Negative electrode / OCP \[V\]: .*exit"),
    ("import", at(POSITIVE, "OCP [V]", to="__import__('os').system('true')"),
     r"error: Positive electrode / OCP \[V\]: "),
    ("text", at("Cell", "Volume [m3]", to="large"), r"error: Cell / Volume \[m3\]: 'large' is"),
    ("unknown field", at(NEGATIVE, "Thikness [m]", to=1e-5),
     r"error: Negative electrode / Thikness \[m\]: BPX has no such field.*did you mean 'Thick"),
    ("missing", without("Parameterisation", "Separator"),
     "error: Separator: is missing; a file for the DFN needs it"),
    ("title", at("Header", "Title", to=5),
     "error: .*Title: the standard's reader refuses it: Input should be a valid string"),
    ("cold", at("State", "Thermal environment", "Ambient temperature [K]", to=25.0),
     r"error: State / Thermal environment / Ambient temperature \[K\]: 25 is out of range"),
    # slips of units
    ("thickness in um", at(NEGATIVE, "Thickness [m]", to=85.2),
     r"warning: Negative electrode / Thickness \[m\]: 85.2 is not usual; usual is 1e-06 to 0.001. "
     r"Check the unit \(times 1e-6 it would be usual\)"),
    ("thickness in um, as capacity", at(NEGATIVE, "Thickness [m]", to=85.2),
     "error: Negative electrode: 5.153e\\+06 A.h between the limits of stoichiometry, the nominal"),
    ("radius in um", at(POSITIVE, "Particle radius [m]", to=5.22),
     r"warning: Positive electrode / Particle radius \[m\]: 5.22 is not usual"),
    ("cut-off in mV", at("Cell", "Upper voltage cut-off [V]", to=4200),
     r"error: Cell / Upper voltage cut-off \[V\]: 4200 is out of range; allowed: -5 to 10 V"),
    ("potential in mV", at(NEGATIVE, "OCP [V]", to=f"1000*({OCP})"),
     r"error: Negative electrode / OCP \[V\]: is .* at x = .*; allowed: -5 to 10 V"),
    ("reference in degC", at("Cell", "Reference temperature [K]", to=25),
     r"error: Cell / Reference temperature \[K\]: 25 is out of range; allowed: 150 to 500 K"),
    ("capacity in mAh", at("Cell", "Nominal cell capacity [A.h]", to=5000),
     "error: the electrodes: 5.153 A.h between .*, the nominal capacity is 5000 A.h"),
    ("capacity off", at("Cell", "Nominal cell capacity [A.h]", to=4.5),
     "warning: the electrodes: 5.153 A.h between .*, the nominal capacity is 4.5 A.h"),
    ("area in cm2", at("Cell", "Electrode area [m2]", to=1027),
     "error: the electrodes: 5.153e\\+04 A.h"),
    ("concentration in mol/l", at(POSITIVE, "Maximum concentration [mol.m-3]", to=63.1),
     r"warning: Positive electrode / Maximum concentration \[mol.m-3\]: 63.1 is not usual"),
    ("salt in mol/l", at("State", "Initial conditions",
                         "Initial electrolyte concentration [mol.m-3]", to=1.0),
     r"warning: State / Initial conditions / Initial electrolyte concentration \[mol.m-3\]: 1 is"),
    ("energy in kJ", at(NEGATIVE, "Diffusivity activation energy [J.mol-1]", to=3e7),
     r"warning: Negative electrode / Diffusivity activation energy \[J.mol-1\]: 3e\+07 is not"),
    ("diffusivity in cm2", at(NEGATIVE, "Diffusivity [m2.s-1]", to=3e-8),
     r"warning: Negative electrode / Diffusivity \[m2.s-1\]: 3e-08 is not usual"),
    ("conductivity in mS/cm", at("Electrolyte", "Conductivity [S.m-1]", to=95.0),
     r"warning: Electrolyte / Conductivity \[S.m-1\]: 95 is not usual"),
    ("conductivity over mol/l", at("Electrolyte", "Conductivity [S.m-1]", to="1 + x"),
     r"warning: Electrolyte / Conductivity \[S.m-1\]: its middle value 15\d\d is not usual"),
    ("modulus in GPa", at(OWN, "Negative electrode Young's modulus [Pa]", to=15.0),
     r"warning: User-defined / Negative electrode Young's modulus \[Pa\]: 15 is not usual"),
    ("entropic change in mV/K", at(POSITIVE, "Entropic change coefficient [V.K-1]", to=-0.1),
     r"warning: Positive electrode / Entropic change coefficient \[V.K-1\]: -0.1 is not usual"),
    ("volume in l", at("Cell", "Volume [m3]", to=0.0242),
     r"note: Cell / Volume \[m3\]: 0.0242 m3, but the layers take 1.77e-05 m3"),
    # what does not fit together
    ("swapped stoichiometry", swap(NEGATIVE, "Minimum stoichiometry", "Maximum stoichiometry"),
     "error: Negative electrode / Minimum stoichiometry: 0.910618 is not below the maximum"),
    ("swapped cut-offs", swap("Cell", "Lower voltage cut-off [V]", "Upper voltage cut-off [V]"),
     r"error: Cell / Lower voltage cut-off \[V\]: 4.2 V is not below the upper cut-off of 2.5 V"),
    ("cut-off 50 mV off", at("Cell", "Upper voltage cut-off [V]", to=4.25),
     r"warning: Cell / Upper voltage cut-off \[V\]: 4.25 V, but the potentials give 4.2 V for the "
     r"full cell \(positive at its minimum, negative at its maximum stoichiometry\): 50 mV apart"),
    ("cut-off 1 V off", at("Cell", "Lower voltage cut-off [V]", to=3.5),
     r"error: Cell / Lower voltage cut-off \[V\]: 3.5 V, but the potentials give 2.5 V"),
    ("negative too small", at(NEGATIVE, "Maximum stoichiometry", to=0.8),
     "warning: the electrodes: between its limits the negative takes 4.509"),
    ("too full of lithium",
     at(OWN, "Initial concentration in negative electrode [mol.m-3]", to=32000.0),
     "warning: lithium: at the initial concentrations the electrodes hold .* A.h of lithium"),
    ("beyond a limit", at(OWN, "Initial concentration in negative electrode [mol.m-3]", to=32000.0),
     "warning: Negative electrode: its initial concentration is 0.9658 of the largest, outside"),
    ("more than all", at(OWN, "Initial concentration in positive electrode [mol.m-3]", to=70000.0),
     "error: Positive electrode: its initial concentration is 1.109 of the largest"),
    ("charge", at("State", "Initial conditions", "Initial state-of-charge", to=0.5),
     r"warning: State / Initial conditions / Initial state-of-charge: 0.5, but the initial conc"),
    ("rising potential", at(NEGATIVE, "OCP [V]", to=WAVY),
     r"warning: Negative electrode OCP \[V\]: rises with stoichiometry by 11 mV from 0.491 to 0.5"),
    ("too much in the electrode", at(NEGATIVE, "Porosity", to=0.35),
     "error: Negative electrode: porosity 0.35 and active material 0.75 are 1.1 of the volume"),
    ("conducting pores", at("Separator", "Transport efficiency", to=0.6),
     "warning: Separator / Transport efficiency: 0.6 is above the porosity, 0.47"),
    ("no heat capacity", without("Parameterisation", "Cell", "Density [kg.m-3]"),
     r"warning: heat: 'Negative electrode density \[kg.m-3\]', .* and 1 more missing"),
    ("no volume", without("Parameterisation", "Cell", "Volume [m3]"),
     r"warning: heat: 'Cell volume \[m3\]' missing"),
    ("aged away", at("State", "Degradation", to={
        "LLI": 0.999, "LAM: Negative electrode": 0.0, "LAM: Positive electrode": 0.0}),
     "error: State: the cell cannot be brought into it: .*with LLI 0.999 no charge"),
    ("aged", at("State", "Degradation", to={
        "LLI": 0.1, "LAM: Negative electrode": 0.05, "LAM: Positive electrode": 0.0}),
     "note: State / Degradation: the cell is aged: LLI 10 %, LAM negative 5 %; 4.4"),
    # functions
    ("not finite", at("Electrolyte", "Diffusivity [m2.s-1]", to="1e-10/(x - 1)"),
     r"error: Electrolyte / Diffusivity \[m2.s-1\]: is not finite at c_e = 1;"),
    ("root of a negative", function(ELECTROLYTE, "(c_e, T) = sqrt(1500 - c_e)"),
     r"error: User-defined / Electrolyte conductivity \[S.m-1\]: is not finite at c_e = 15"),
    ("negative conductivity", function(ELECTROLYTE, "(c_e, T) = 1 - c_e/2000"),
     r"error: User-defined / Electrolyte conductivity \[S.m-1\]: is -0.5 at c_e = 3000; "
     "allowed: above 0.* say under 'valid'"),
    ("negative in the cold", at(NEGATIVE, "Diffusivity [m2.s-1]", to="1e-14*(0.9 - x)"),
     r"error: Negative electrode / Diffusivity \[m2.s-1\]: is -9e-16 at sto = 0.99; allowed"),
    ("transference below 0", function("Cation transference number", "(c_e, T) = 0.3 - c_e/5000"),
     "warning: User-defined / Cation transference number: is -0.3 at c_e = 3000; allowed"),
    ("transference above 1", function("Cation transference number", "(c_e, T) = c_e/1000"),
     "error: User-defined / Cation transference number: is 3 at c_e = 3000"),
    ("unknown argument", function("Contact resistance [Ohm]", "(moon) = 1 + moon"),
     r"note: User-defined / Contact resistance \[Ohm\]: not evaluated.* range of moon"),
    ("nobody", function(PLATING, "(c_e, c_Li, T) = {Lithium plating kinetic rate} * c_e"),
     r"error: User-defined / Exchange-current density for plating \[A.m-2\]: refers to "
     r"\{Lithium plating kinetic rate\}, which the set does not have; did you mean 'Lithium plat"),
    ("too few arguments", function(PLATING, f"(c_e, c_Li, T) = {{{ELECTROLYTE}}}(c_e)"),
     r"error: .*refers to \{Electrolyte conductivity \[S.m-1\]\} with 1 argument\(s\), but that is "
     "a function of c_e, T"),
    ("no arguments", function(PLATING, f"(c_e, c_Li, T) = {{{ELECTROLYTE}}}"),
     "error: .*with no argument"),
    ("itself", function(PLATING, f"(c_e, c_Li, T) = {{{PLATING}}}(c_e, c_Li, T)"),
     r"error: .*: refers to itself: \{Exchange-.*\} -> \{Exchange-.*\}; break"),
    ("a circle", both(
        function("A", "(T) = {B}(T)"), function("B", "(T) = {A}(T) + 1")),
     r"error: User-defined / A: refers to itself: \{A\} -> \{B\} -> \{A\}"),
    ("a long circle", both(
        *(function(f"F{n}", f"(T) = {{F{(n + 1) % 900}}}(T)") for n in range(900))),
     r"error: User-defined / F0: refers to itself: \{F0\} -> .* -> 896 more -> \{F0\};"),
    ("into a circle", both(
        function("A", "(T) = {B}(T)"), function("B", "(T) = {B}(T) + 1")),
     r"error: User-defined / B: refers to itself: \{B\} -> \{B\};"),
    ("a long chain", both(
        *(function(f"F{n}", f"(T) = {{F{n + 1}}}(T)") for n in range(900)),
        function("F900", "(T) = T")),
     f"error: User-defined / F850: refers to others over more than {LONGEST_CHAIN} steps"),
    ("far too many", both(
        *(function(f"F{n}", f"(T) = {{F{n + 1}}}(T) + {{F{n + 1}}}(T)") for n in range(40)),
        function("F40", "(T) = T")),
     f"error: User-defined / F\\d+: needs more than {MOST_EVALUATIONS} evaluations"),
    ("function for a number", at(OWN, "Negative electrode thickness [m]", to="1e-4 + x"),
     r"error: the set: 'Negative electrode thickness \[m\]' is a function where a number"),
    ("huge", at(NEGATIVE, "Reaction rate constant [mol.m-2.s-1]", to=1e308),
     "error: parameters.json: PyBaMM's values cannot be worked out"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "says"), [s[1:] for s in SLIPS], ids=[s[0] for s in SLIPS])
def test_a_slip_is_found(tmp_path: Path, change: Change, says: str) -> None:
    report = checked(tmp_path, change)
    found = [line for line in report.text().splitlines() if re.match(says, line)]
    assert len(found) == 1, report.text()
    assert report.ok is not any(f.kind == "error" for f in report.problems)
    assert report.ok is report.text().splitlines()[-1].startswith("ok: ")


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        both(
            at("Cell", "Nominal cell capacity [A.h]", to=-2),
            at(NEGATIVE, "Porosity", to=7),
            at(POSITIVE, "OCP [V]", to="exit(9)"),
        ),
    )
    assert [found.place for found in report.problems] == [
        "Cell / Nominal cell capacity [A.h]",
        "Negative electrode / Porosity",
        "Positive electrode / OCP [V]",
    ]
    assert "not ok: set, 3 errors, 54 values" in report.text()


def test_nothing_of_a_set_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bpx import Function

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a text of the set was to be executed")

    monkeypatch.setattr(Function, "to_python_function", refuse)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    assert check_set(write(tmp_path)).ok
    for text in ("exit(9)", "x.__class__", "[].append(x)", "open('/etc/passwd')", "x if x else 1"):
        assert not checked(tmp_path, at(NEGATIVE, "OCP [V]", to=text)).ok


def test_pybamm_is_not_needed(tmp_path: Path) -> None:
    folder = write(tmp_path)
    program = (
        "import sys; from pathlib import Path;"
        "from twin.parameters.checks.checking import check_set;"
        f"assert check_set(Path({str(folder)!r})).ok;"
        "import twin.parameters.showing, twin.parameters.comparing;"
        "print(sorted({'pybamm', 'pandas', 'casadi', 'scipy.stats'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", sets_in(BUNDLED))
def test_a_set_that_comes_along_has_no_error(name: str) -> None:
    report = check_set(BUNDLED / name)
    assert report.ok, report.text()
    assert sum(report.methods.values()) == report.values


def test_a_folder_without_a_set_is_an_error(tmp_path: Path) -> None:
    report = check_set(tmp_path / "Nothing")
    assert not report.ok
    assert "there is no such file" in report.text()


def test_whatever_stands_in_a_place_gives_a_report(tmp_path: Path) -> None:
    generator = np.random.default_rng(7)
    odd: list[Any] = [None, "x", [], {}, -1, 0, 1e308, True, "1/0*x", LEVEL, 10**400, "1e308*x*x"]
    places = list(_places(full_set.PARAMETERS))
    for index in generator.choice(len(places), 40, replace=False):
        data = full_set.parameters()
        *above, last = places[index]
        here = data
        for part in above:
            here = here[part]
        here[last] = odd[int(generator.integers(len(odd)))]
        (tmp_path / "odd.json").write_text(json.dumps(data), encoding="utf-8")
        assert check_set(tmp_path / "odd.json").text()


def _places(data: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path] if path else []
    if isinstance(data, dict):
        for key, value in data.items():
            found += _places(value, (*path, key))
    return found


@pytest.mark.parametrize("electrode", [3, "graphite", [], None])
def test_an_electrode_that_is_no_object_is_an_error_not_a_crash(
    tmp_path: Path, electrode: Any
) -> None:
    report = checked(tmp_path, at(NEGATIVE, to=electrode))
    assert "error: Negative electrode: " in report.text()


def test_noise_of_a_table_is_no_rise() -> None:
    sto = np.linspace(0, 1, 101)
    falling = 1 - sto
    assert rising(sto, falling) == []
    steps = falling.copy()
    steps[50] = steps[49] + 9e-5
    assert rising(sto, steps) == []
    steps[50] = steps[49] + 2e-4
    ((low, high, by),) = rising(sto, steps)
    assert (low, high) == pytest.approx((0.49, 0.50))
    assert by == pytest.approx(2e-4)


def test_two_materials_share_an_electrode(tmp_path: Path) -> None:
    data = full_set.parameters()
    section = data["Parameterisation"][NEGATIVE]
    material = {name: section.pop(name) for name in OF_PARTICLE if name in section}
    half = material["Surface area per unit volume [m-1]"] / 2
    one = material | {"Surface area per unit volume [m-1]": half}
    section["Particle"] = {"Graphite": dict(one), "More": dict(one)}
    for electrode in ("negative", "positive"):
        name = f"Initial concentration in {electrode} electrode [mol.m-3]"
        del data["Parameterisation"][OWN][name]
    (tmp_path / "two.json").write_text(json.dumps(data), encoding="utf-8")
    report = check_set(tmp_path / "two.json")
    assert report.ok, report.text()
    assert any("porosity 0.25 and active material 0.75" in found.text for found in report.notes)
    section["Particle"]["More"]["Surface area per unit volume [m-1]"] = 3 * half
    section["Particle"]["More"]["OCP [V]"] = "1.2 - x"
    (tmp_path / "two.json").write_text(json.dumps(data), encoding="utf-8")
    text = check_set(tmp_path / "two.json").text()
    assert "error: Negative electrode: porosity 0.25 and active material 1.5 are 1.75" in text
    assert "though they share one potential" in text


def test_a_partial_file_is_checked_as_far_as_it_goes(tmp_path: Path) -> None:
    data = full_set.parameters()
    data["Header"]["Model"] = "Partial"
    del data["Parameterisation"]["Cell"]
    (tmp_path / "part.json").write_text(json.dumps(data), encoding="utf-8")
    report = check_set(tmp_path / "part.json")
    assert report.ok, report.text()
    data["Parameterisation"]["Separator"]["Porosity"] = 0.05
    (tmp_path / "part.json").write_text(json.dumps(data), encoding="utf-8")
    assert "Separator / Porosity: 0.05 is not usual" in check_set(tmp_path / "part.json").text()


def test_a_surface_concentration_is_a_share_of_the_largest() -> None:
    from twin.parameters.language.expression import parse_function

    name = "Negative electrode exchange-current density [A.m-2]"
    values: Any = {
        name: parse_function("(c_e, c_s_surf, c_s_max, T) = c_s_surf/c_s_max"),
        "Maximum concentration in negative electrode [mol.m-3]": 30000.0,
    }
    samples = sampled(values, name)
    assert samples is not None
    assert samples.values == pytest.approx(samples.points["c_s_surf"])
    assert coordinate("Positive current collector thermal conductivity [W.m-1.K-1]", "x") == "T"
    assert coordinate("Current function [A]", "x") is None


def test_findings_read_as_lines() -> None:
    assert str(Finding("note", "heat", "none")) == "note: heat: none"


def test_the_messages_of_the_guide_are_those_of_the_checks() -> None:
    package = ROOT / "twin" / "parameters"
    modules = [*(package / "checks").glob("*.py")]
    readers = ("bpx/standard.py", "bpx/reading.py", "strict_files.py", "provenance.py")
    others = [package / name for name in readers]
    sources = "".join(path.read_text(encoding="utf-8") for path in (*modules, *others))
    code = re.sub(r'"\n\s*f?"', "", sources)  # texts that go on in the next line
    guide = (ROOT / "docs" / "how-to" / "check_parameter_sets.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| `([^`]+)` \|", guide, re.MULTILINE)
    assert len(said) > 30
    assert [text for text in said if text not in code] == []
