"""What is made once for a cell: models, their functions, integrators and observers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal

import casadi
import pybamm

from twin.ageing.citations import collected_citations
from twin.ageing.kernel import native
from twin.ageing.kernel.by_pybamm import PyBammSteps
from twin.ageing.kernel.cache import Cache, Entry, cache_folder
from twin.ageing.kernel.control import AMBIENT, NO_CONTROL, OUT_OF_REACH, START
from twin.ageing.kernel.fingerprint import fingerprint, hashed
from twin.ageing.kernel.functions import Kernel, Symbols, from_entry, kernel_of, to_entry
from twin.ageing.kernel.integrator import Integrator
from twin.ageing.kernel.model import discretisation, model_of_step, ordinary_model, takes_ambient
from twin.cell import Cell

CITED = "cited"
Compiled = Literal["on", "residual", "kept", "off"]


class Workshop:
    """Makes what the steps of a cell need, each thing when it is first asked for.

    Parameters
    ----------
    cell : model, parameters and mesh
    series : names of the time series
    compiled : which functions are compiled: all (``"on"``), all but the Jacobian
        (``"residual"``), what the cache has (``"kept"``), or none (``"off"``)

    Notes
    -----
    Where the temperature round the cell is a number in the parameters, it is an input, and one
    model serves all temperatures. Where it is a function, a step with a temperature of its own
    has a model of its own.
    """

    def __init__(self, cell: Cell, series: Sequence[str], compiled: Compiled = "kept") -> None:
        self._cell, self._series, self._compile = cell, tuple(series), compiled
        self._cache = Cache(cache_folder())
        self._takes_ambient = takes_ambient(cell)
        self._models: dict[float | None, Any] = {}
        self._kernels: dict[float | None, Kernel] = {}
        self._integrators: dict[float | str | None, Integrator] = {}
        self._observers: dict[tuple[float | None, tuple[str, ...]], Any] = {}

    @property
    def ambient_K(self) -> float | None:
        """Return the temperature that the parameters give, ``None`` where it is a function."""
        return float(self._cell.parameters.values[AMBIENT]) if self._takes_ambient else None

    @cached_property
    def space(self) -> Any:
        """Return the discretisation of the cell."""
        return discretisation(self._cell)

    @cached_property
    def solver(self) -> Any:
        """Return a solver that PyBaMM's steps ask for its abilities."""
        return pybamm.IDAKLUSolver()

    @cached_property
    def by_pybamm(self) -> PyBammSteps:
        """Return what takes steps through PyBaMM's own models."""
        return PyBammSteps(self._cell, self.space, self._series)

    def model(self, ambient_K: float | None) -> Any:
        """Return the discretised model of all ordinary steps."""
        which = self._which(ambient_K)
        if which not in self._models:
            self._models[which] = ordinary_model(self._cell, self.space, which)
        return self._models[which]

    def kernel(self, ambient_K: float | None) -> Kernel:
        """Return the functions of that model."""
        which = self._which(ambient_K)
        if which not in self._kernels:
            self._kernels[which] = self._kept_kernel(
                f"ordinary {which!r}", lambda: self.model(ambient_K)
            )
        return self._kernels[which]

    def integrator(self, ambient_K: float | None) -> Integrator:
        """Return the integrator of all ordinary steps."""
        which = self._which(ambient_K)
        if which not in self._integrators:
            self._integrators[which] = self._integrator_of(self.kernel(ambient_K))
        return self._integrators[which]

    def integrator_of_step(self, key: str, step: Any) -> Integrator:
        """Return the integrator of one PyBaMM step that follows a profile."""
        if key not in self._integrators:
            kernel = self._kept_kernel(key, lambda: model_of_step(self._cell, self.space, step))
            self._integrators[key] = self._integrator_of(kernel)
        return self._integrators[key]

    def observer(
        self, ambient_K: float | None, names: tuple[str, ...]
    ) -> tuple[tuple[str, ...], Any]:
        """Return the function of t, y and p for variables, and the names of the entries of p."""
        key = (self._which(ambient_K), names)
        if key not in self._observers:
            self._observers[key] = self._kept_observer(ambient_K, names)
        found: tuple[tuple[str, ...], Any] = self._observers[key]
        return found

    def _integrator_of(self, kernel: Kernel) -> Integrator:
        """Return the integrator of a kernel, by machine code where that is there or pays."""
        if self._compile == "off":
            return Integrator(kernel)
        made = {"on": native.PARTS, "residual": (native.OFTEN,)}.get(self._compile, ())
        libraries: dict[tuple[str, ...], bytes] = {}
        for part in native.PARTS:
            code = native.library(kernel, part, self._cache, make=part in made)
            if code is not None:
                libraries[part] = code
        with native.loaded(kernel, libraries) as functions:
            return Integrator(kernel, functions)

    def _which(self, ambient_K: float | None) -> float | None:
        return None if self._takes_ambient else ambient_K

    @cached_property
    def _fingerprint(self) -> str | None:
        """Return what tells this cell from others, ``None`` where nothing is kept."""
        return None if self._cache.folder is None else fingerprint(self._cell, self._series)

    def _kept(self, what: str, make: Callable[[], Entry]) -> Entry:
        """Return something from the cache, or make it and keep it with what it cites."""
        key = None if self._fingerprint is None else hashed(f"{self._fingerprint} {what}")
        entry = None if key is None else self._cache.read(key)
        if entry is None:
            with collected_citations() as register:
                made = make()
                cited = sorted(register._papers_to_cite)
            entry = replace(made, facts={**made.facts, CITED: cited})
            if key is not None:
                self._cache.write(key, entry)
        facts = dict(entry.facts)
        for citation in facts.pop(CITED):
            pybamm.citations.register(citation)
        return replace(entry, facts=facts)

    def _kept_kernel(self, what: str, model: Callable[[], Any]) -> Kernel:
        inputs = {**NO_CONTROL, **OUT_OF_REACH, START: 0.0}
        if self._takes_ambient:
            inputs[AMBIENT] = float(self._cell.parameters.values[AMBIENT])
        entry = self._kept(what, lambda: to_entry(kernel_of(model(), self._series, inputs)))
        return from_entry(entry)

    def _kept_observer(
        self, ambient_K: float | None, names: tuple[str, ...]
    ) -> tuple[tuple[str, ...], Any]:
        def make() -> Entry:
            symbols = Symbols(self.model(ambient_K))
            text = symbols.observer(names).serialize()
            return Entry({"parameters": symbols.parameters}, {"observer": text})

        entry = self._kept(f"observer {self._which(ambient_K)!r} {names!r}", make)
        function = casadi.Function.deserialize(entry.texts["observer"])
        return tuple(entry.facts["parameters"]), function
