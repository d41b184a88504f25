"""What differs between two sets is found, by how much and where."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.parameters import full_set
from tests.parameters.full_set import ELECTROLYTE, MEASURED, PLATING
from twin.parameters.bpx.reading import read_document
from twin.parameters.comparing import Difference, difference, relative, text
from twin.parameters.library.finding import BUNDLED
from twin.parameters.parameter_set import ParameterSet, read_set
from twin.parameters.provenance import Provenance

NEGATIVE, OWN = "Negative electrode", "User-defined"
RADIUS = "Negative particle radius [m]"
FIRST = full_set.PARAMETERS["Parameterisation"]


def made(
    change: Callable[[Any], None] | None = None, sources: Callable[[Any], None] | None = None
) -> ParameterSet:
    data = full_set.parameters()
    if change is not None:
        change(data["Parameterisation"])
    entries = full_set.provenance(data)
    if sources is not None:
        sources(entries)
    return ParameterSet("made", read_document(data, "set"), Provenance.from_data(entries))


def only(found: list[Difference]) -> Difference:
    (one,) = found
    return one


def setting(section: str, field: str, value: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        data[section][field] = value

    return change


def own_function(name: str, description: str) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        data[OWN]["celltwin"]["functions"][name] = {"description": description}

    return change


def test_a_set_does_not_differ_from_itself() -> None:
    assert difference(made(), made()) == []
    assert text([], "A", "B") == "A and B have the same values"


def test_a_number_differs_by_its_share_of_the_larger() -> None:
    other = made(setting(NEGATIVE, "Thickness [m]", 2 * 8.52e-5))
    found = [d for d in difference(made(), other) if d.kind == "number"]
    thickness = only([d for d in found if d.name == "Negative electrode thickness [m]"])
    assert (thickness.section, thickness.a, thickness.b) == (NEGATIVE, "8.52e-05", "0.0001704")
    assert thickness.size == pytest.approx(0.5)
    assert thickness.text == "+100 %"


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (1.0, 1.05, "+5 %"),
        (1.0, 0.9, "-10 %"),
        (1.0, 3.0, "times 3"),
        (1.0, 0.1, "times 0.1"),
        (0.0, 2.0, "+2"),
        (-1.0, 1.0, "+2"),
    ],
)
def test_a_difference_is_said_in_words(a: float, b: float, words: str) -> None:
    name = "Negative electrode Young's modulus [Pa]"
    first, second = (made(setting(OWN, "SEI open-circuit potential [V]", v)) for v in (a, b))
    found = only(difference(first, second))
    assert found.text == words
    assert found.size == pytest.approx(relative(a, b))
    assert name not in {found.name}


@pytest.mark.parametrize(("part", "same"), [(1e-13, True), (1e-11, False)])
def test_numbers_are_equal_up_to_a_part_in_1e12(part: float, same: bool) -> None:
    other = made(setting(OWN, "Negative electrode Young's modulus [Pa]", 1.5e10 * (1 + part)))
    assert (difference(made(), other) == []) is same


def test_what_one_of_them_lacks_is_named() -> None:
    other = made(setting(OWN, "SEI resistivity [Ohm.m]", 2e5))
    found = only(difference(made(), other))
    assert (found.kind, found.a, found.b, found.section) == (
        "only in b", "", "200000", "Films and plating"
    )  # fmt: skip
    assert only(difference(other, made())).kind == "only in a"
    assert "only in New" in text(difference(made(), other), "Old", "New")


def test_functions_of_other_text_and_the_same_value_are_the_same() -> None:
    first = FIRST["Electrolyte"]["Diffusivity [m2.s-1]"]
    other = made(setting("Electrolyte", "Diffusivity [m2.s-1]", f"({first})*1"))
    assert difference(made(), other) == []


def test_the_largest_difference_of_functions_is_found_where_it_is() -> None:
    first = FIRST["Electrolyte"]["Diffusivity [m2.s-1]"]
    other = made(setting("Electrolyte", "Diffusivity [m2.s-1]", f"({first})*(1 + x/30000)"))
    found = only(difference(made(), other))
    assert (found.kind, found.section) == ("function", "Electrolyte")
    assert found.size == pytest.approx(0.1 / 1.1)
    assert found.text.startswith("up to 9.09 % (+8.6")
    assert found.text.endswith(" m2.s-1) at c_e = 3000")


def test_a_function_that_passes_zero_is_measured_by_its_size() -> None:
    field = "Entropic change coefficient [V.K-1]"
    first, other = (
        made(setting(NEGATIVE, field, f"1e-4*(x - 0.5) + {more}")) for more in ("0", "1e-14")
    )
    assert only(difference(first, other)).size == pytest.approx(1e-14 / (1e-6 * 4.9e-5), rel=1e-3)


def test_a_function_is_compared_with_a_number() -> None:
    other = made(setting(NEGATIVE, "Diffusivity [m2.s-1]", "3.3e-14*(1 + 0*x)"))
    assert difference(made(), other) == []
    other = made(setting(NEGATIVE, "Diffusivity [m2.s-1]", "3.3e-14*(0.51 + x)"))
    found = only(difference(made(), other))
    assert found.size == pytest.approx(0.48, abs=0.01)
    assert found.text.endswith("at sto = 0.01")


def test_functions_of_other_arguments_are_compared_over_all_of_them() -> None:
    other = made(own_function(ELECTROLYTE, "(salt, c_e, T) = 1*T/T"))
    found = only(difference(made(), other))
    assert "c_e = 1, T = 258" in found.text


def test_potentials_are_compared_within_the_limits() -> None:
    def change(data: Any) -> None:
        data[NEGATIVE]["OCP [V]"] = f"{data[NEGATIVE]['OCP [V]']} + 0.001*exp(-1000*x)"

    assert difference(made(), made(change)) == []  # at the lowest, 0.0263, it is 4e-15 V


def test_surfaces_are_compared_where_they_are_filled_alike() -> None:
    name = "Negative electrode exchange-current density [A.m-2]"
    of_share = "(c_e, c_s_surf, c_s_max, T) = c_s_surf/c_s_max"
    first = made(own_function(name, of_share))

    def change(data: Any) -> None:
        own_function(name, f"{of_share}*1")(data)
        data[NEGATIVE]["Maximum concentration [mol.m-3]"] = 30000.0

    names = {d.name for d in difference(first, made(change))}
    assert "Maximum concentration in negative electrode [mol.m-3]" in names
    assert name not in names


def test_what_cannot_be_compared_says_why() -> None:
    first = made(own_function("Contact resistance [Ohm]", "(moon) = moon"))
    other = made(own_function("Contact resistance [Ohm]", "(moon) = 2*moon"))
    found = only(difference(first, other))
    assert math.isinf(found.size)
    assert found.text.endswith("nobody here knows the range of moon")
    lost = made(own_function(PLATING, "(c_e, c_Li, T) = {Nothing}*c_e"))
    found = only(difference(made(), lost))
    assert found.text == "cannot be compared: 'Nothing' is missing"
    odd = made(own_function(PLATING, "(c_e, c_Li, T) = log(c_e - 100)"))
    assert only(difference(made(), odd)).text == "not finite at c_e = 1"


def test_the_same_value_from_elsewhere_is_told() -> None:
    guess = {"source": "a guess", "method": "assumed"}
    other = made(sources=setting("Separator", "Porosity", guess))
    found = only(difference(made(), other))
    assert (found.kind, found.name, found.size) == ("provenance", "Separator porosity", 0.0)
    assert found.text == ("same value; measured: doi:10.1149/1945-7111/ab9050 | assumed: a guess")
    noted = made(sources=setting("Separator", "Porosity", MEASURED | {"note": "Wet."}))
    assert difference(made(), noted) == []
    bare = ParameterSet("bare", made().document)
    assert difference(made(), bare) == []


def test_the_largest_comes_first_in_its_section() -> None:
    def change(data: Any) -> None:
        data[OWN]["Negative electrode Young's modulus [Pa]"] = 1.6e10
        data[NEGATIVE]["Particle radius [m]"] = 1e-5
        data[NEGATIVE]["Surface area per unit volume [m-1]"] = 3 * 0.75 / 1e-5
        data["Separator"]["Porosity"] = 0.4
        data["Cell"]["Volume [m3]"] = 2.5e-5

    found = difference(made(), made(change))
    assert [d.section for d in found][:1] == ["Cell"]
    own = [d.name for d in found if d.section == NEGATIVE and d.size > 1e-6]
    assert own == [RADIUS, "Negative electrode Young's modulus [Pa]"]
    lines = text(found, "first", "second").splitlines()
    assert lines[0].split() == ["Cell", "first", "second", "difference"]
    assert len({line.index("first") for line in lines if " first " in line}) == 1
    assert not any(line.endswith(" ") for line in lines)


def test_sets_that_come_along_differ_as_their_papers_say() -> None:
    chen, okane = (read_set(BUNDLED / name) for name in ("LGM50Chen2020", "LGM50OKane2022"))
    found = {d.name: d for d in difference(chen, okane)}
    assert found["Negative electrode OCP [V]"].kind == "function"
    assert found["Lithium plating kinetic rate constant [m.s-1]"].kind == "only in b"
    assert "Negative electrode thickness [m]" not in {
        name for name, d in found.items() if d.kind == "number"
    }
    back = {d.name: d.size for d in difference(okane, chen)}
    assert back == pytest.approx({name: d.size for name, d in found.items()})
    assert json.dumps([d.text for d in found.values()])


def test_comparing_a_set_with_its_file_finds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "cell.json"
    file.write_text((BUNDLED / "LGM50Chen2020" / "parameters.json").read_text(encoding="utf-8"))
    assert difference(read_set(BUNDLED / "LGM50Chen2020"), read_set(file)) == []
