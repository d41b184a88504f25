"""The results of a run, read back from its folder: tables, fields, figures, and how it ended."""

from __future__ import annotations

import json
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from twin.errors import Failure, ResultsError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

SUMMARY_COLUMNS = {
    "cycle": "cycle",
    "capacity_Ah": "capacity [A.h]",
    "capacity_percent": "capacity [%]",
    "lli_percent": "LLI [%]",
    "lam_negative_percent": "LAM negative [%]",
    "lam_positive_percent": "LAM positive [%]",
    "resistance_mOhm": "resistance [mOhm]",
}


class Solution:
    """What a run left in its folder.

    Parameters
    ----------
    path : results folder
    owner : keeps a temporary folder alive as long as this object

    Attributes
    ----------
    cycles, steps, checkups, timeseries, sizes : tables with units in their column names; empty
        where nothing was written
    """

    def __init__(self, path: Path, owner: tempfile.TemporaryDirectory[str] | None = None) -> None:
        self.path = path
        self._owner = owner

    @classmethod
    def open(
        cls, path: str | Path, *, owner: tempfile.TemporaryDirectory[str] | None = None
    ) -> Solution:
        """Open a results folder.

        Raises
        ------
        ResultsError
            where the folder holds no results.
        """
        path = Path(path)
        if not (path / "manifest.json").exists():
            raise ResultsError(
                f"{path}: there is no manifest.json, so this is not a results folder; "
                "name the folder given to 'twin run ... --out'"
            )
        return cls(path, owner)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Versions, hashes, machine, wall time, solver statistics, warnings, outcome."""
        path = self.path / "manifest.json"
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            raise ResultsError(f"{path} is damaged ({error}); run the study anew") from None
        return found

    @cached_property
    def study(self) -> dict[str, Any]:
        """The study as it was run, with defaults filled in."""
        from ruamel.yaml import YAML

        found: dict[str, Any] = YAML(typ="safe", pure=True).load(self.path / "study.yaml")
        return found

    @property
    def status(self) -> str:
        """``running``, ``complete``, ``stopped``, ``failed`` or ``interrupted``."""
        return str(self.manifest["status"])

    @property
    def failure(self) -> Failure | None:
        """Why the run ended early, if it did."""
        found = self.manifest["failure"]
        return None if found is None else Failure(**found)

    @cached_property
    def cycles(self) -> pd.DataFrame:
        """One row per cycle, check-ups included."""
        return self._table("cycles")

    @cached_property
    def steps(self) -> pd.DataFrame:
        """One row per step."""
        return self._table("steps")

    @cached_property
    def checkups(self) -> pd.DataFrame:
        """One row per check-up."""
        return self._table("checkups")

    @cached_property
    def sizes(self) -> pd.DataFrame:
        """One row per cycle and size of particles; empty without a size distribution."""
        return self._table("sizes")

    @cached_property
    def timeseries(self) -> pd.DataFrame:
        """Time series of the cycles that the study asked for."""
        return self._table("timeseries")

    @cached_property
    def comparison(self) -> pd.DataFrame | None:
        """Differences from measured curves, if the study compares with any."""
        return self._table("comparison") if (self.path / "comparison.parquet").exists() else None

    @cached_property
    def fields(self) -> xr.Dataset | None:
        """Fields over position, radius and time, if the study asked for any."""
        import xarray as xr

        path = self.path / "fields.nc"
        return xr.load_dataset(path, engine="h5netcdf") if path.exists() else None

    @cached_property
    def variants(self) -> dict[str, Solution]:
        """The same study with other parameter sets, by name of the set."""
        folders = sorted((self.path / "variants").glob("*/manifest.json"))
        return {path.parent.name: Solution(path.parent, self._owner) for path in folders}

    def summary(self) -> pd.DataFrame:
        """Return capacity, lithium and material lost, and resistance at each check-up."""
        if self.checkups.empty:
            return pd.DataFrame(columns=list(SUMMARY_COLUMNS.values()))
        return self.checkups[list(SUMMARY_COLUMNS)].rename(columns=SUMMARY_COLUMNS)

    def plot_fade(self) -> Figure:
        """Plot capacity and resistance over cycles."""
        from twin.report import figures

        return figures.fade_figure(self.cycles, self.checkups, self.manifest)

    def plot_voltage(self) -> Figure:
        """Plot the voltage of the first and the last ageing cycle."""
        from twin.report import figures

        return figures.voltage_figure(self.timeseries)

    def plot_sizes(self) -> Figure:
        """Plot how the particles of every size have aged."""
        from twin.report import size_figures

        return size_figures.sizes_figure(self.sizes)

    def plot_losses(self) -> Figure:
        """Plot where the lithium and the capacity went."""
        from twin.report import figures

        return figures.losses_figure(self.cycles, self.checkups)

    def plot_mechanics(self) -> Figure:
        """Plot particle stress and crack length over life."""
        from twin.report import figures

        return figures.mechanics_figure(self.cycles)

    def __repr__(self) -> str:
        done = self.manifest.get("completed_cycles", 0)
        return (
            f"Solution('{self.path}': {self.manifest['name']}, {self.status}, "
            f"{done} of {self.manifest['planned_cycles']} cycles)"
        )

    def _repr_html_(self) -> str:
        import html

        table = self.summary().to_html(index=False, float_format="{:.4g}".format, border=0)
        ended = f"<p>{html.escape(str(self.failure))}</p>" if self.failure else ""
        return f"<p><b>{html.escape(repr(self))}</b></p>{ended}{table}"

    def _table(self, name: str) -> pd.DataFrame:
        path = self.path / f"{name}.parquet"
        if not path.exists():
            return pd.DataFrame()
        try:
            return pd.read_parquet(path)
        except (ValueError, OSError) as error:
            raise ResultsError(f"{path} is damaged ({error}); run the study anew") from None
