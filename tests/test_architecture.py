"""Which room may import which, and what stays fast."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# rooms of the framework that may import PyBaMM (or CasADi) when they are imported
WITH_PYBAMM = {
    "twin/ageing",
    "twin/cell.py",
    "twin/models",
    "twin/parameters/bridge/from_pybamm.py",
    "twin/parameters/bridge/to_pybamm.py",
    "twin/parameters/bridge/tracing.py",
    "twin/parameters/bridge/value_differences.py",
    "twin/parameters/values.py",
    "twin/particle.py",
    "twin/protocol/pybamm_bridge.py",
    "twin/smooth_potentials.py",
}
SOLVERS = {"pybamm", "casadi", "pybammsolvers"}
BELOW_MODELS = {"twin.names", "twin.errors", "twin.units", "twin.models"}


def modules(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py"))


def imported(path: Path, *, at_top: bool) -> set[str]:
    """Modules that a file imports, when it is imported or anywhere in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if at_top else list(ast.walk(tree))
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module}
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def packages(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", modules("twin"), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_named_rooms_import_pybamm(path):
    place = str(path.relative_to(ROOT))
    allowed = any(place == room or place.startswith(f"{room}/") for room in WITH_PYBAMM)
    if not allowed:
        assert not packages(imported(path, at_top=True)) & SOLVERS


@pytest.mark.parametrize("path", modules("models"), ids=lambda p: p.name)
def test_models_stand_on_pybamm_names_errors_and_units_alone(path):
    ours = {name for name in imported(path, at_top=False) if name.startswith("twin.")}
    for name in ours:
        assert any(name == room or name.startswith(f"{room}.") for room in BELOW_MODELS), name


@pytest.mark.parametrize("path", modules("examples"), ids=lambda p: str(p.relative_to(ROOT)))
def test_examples_import_the_twin_and_plotting_alone(path):
    allowed = {"twin", "matplotlib", "pandas", "numpy", "scipy", "sklearn"}
    allowed |= sys.stdlib_module_names | {part.stem for part in path.parent.glob("*.py")}
    if path.name == "05_pouch_cell_thickness.py":
        allowed.add("pybamm")  # it changes functions of a parameter set, which are PyBaMM's
    assert packages(imported(path, at_top=False)) <= allowed


def test_parameter_sets_import_nothing_of_ours_when_imported():
    assert not packages(imported(ROOT / "parameter_sets" / "__init__.py", at_top=True))


@pytest.mark.parametrize(
    "module", ["twin", "twin.study", "twin.solution", "twin.report", "twin.catalogue", "twin.cli"]
)
def test_these_come_without_pybamm(module):
    code = f"import sys, {module}; sys.exit(bool({SOLVERS!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT)
    assert done.returncode == 0


@pytest.mark.parametrize("name", ["models", "parameter_sets"])
def test_the_short_names_are_refused(name):
    code = f"import {name}"
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert f"import twin.{name}, not {name}" in done.stderr
