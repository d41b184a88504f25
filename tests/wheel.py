"""Build the wheel, install it into an empty environment, and use it from another folder."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MUST_HOLD = (
    "twin/__init__.py",
    "twin/py.typed",
    "twin/models/description.py",
    "twin/parameter_sets/LGM50OKane2022/parameters.json",
    "twin/parameter_sets/LGM50OKane2022/provenance.yaml",
    "twin/parameter_sets/catalogue.json",
    "twin/parameter_sets/open_circuit_potentials/graphite_LGM50_Chen2020.json",
    "twin/parameters/library/references.bib",
    "twin/report/forecast_page.html.j2",
    "twin/report/page.html.j2",
    "twin/report/parts.html.j2",
)
USE = """
import pathlib, pybamm, twin, twin.models
assert pathlib.Path(twin.__file__).is_relative_to(pathlib.Path({prefix!r})), twin.__file__
study = twin.Study.model_validate({{
    "name": "wheel", "cell": {{"parameters": "Chen2020"}},
    "protocol": {{"blocks": [{{"cycle": ["Discharge at 1C until 2.5 V"]}}]}},
    "model": {{"type": "SPM"}}}})
solution = twin.run(study)
assert solution.status == "complete", solution
assert (solution.path / "report.html").stat().st_size > 10_000
assert type(pybamm.Model("celltwin_SPM")) is twin.models.SPM
"""


def call(*command: str | Path, folder: Path) -> str:
    """Run a command in a folder and return its output; its errors end this script."""
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Check the wheel."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", folder)
        call(sys.executable, *build, ROOT, folder=folder)
        wheel = next(folder.glob("celltwin-*.whl"))
        held = set(zipfile.ZipFile(wheel).namelist())
        missing = [path for path in MUST_HOLD if path not in held]
        if missing:
            sys.exit(f"{wheel.name} lacks {', '.join(missing)}")
        venv.create(folder / "env", with_pip=True)
        python = folder / "env" / "bin" / "python"
        pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        call(*pip, "-c", ROOT / "constraints.txt", wheel, folder=folder)
        away = folder / "away"
        away.mkdir()
        call(python, "-c", USE.format(prefix=str(folder / "env")), folder=away)
        study = ROOT / "examples" / "01_lgm50_fade" / "study.yaml"
        call(folder / "env" / "bin" / "twin", "check", study, folder=away)
        call(folder / "env" / "bin" / "twin", "schema", folder=away)
    sys.stdout.write(f"{wheel.name}: built, installed into an empty environment and used\n")


if __name__ == "__main__":
    main()
