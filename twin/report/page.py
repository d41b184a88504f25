"""The page: one self-contained HTML file that explains a run to somebody who did not run it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from twin.report import tables, words
from twin.report.folder import Results, read_results
from twin.report.gallery import Drawn, draw_all

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)(10\.\d{4,9}/[^\s,;<>\"']+)", re.I)


def write_page(folder: Path, base: Path | None = None) -> Path:
    """Write ``figures/*.png`` and ``report.html``; return the path of the page."""
    results = read_results(folder, base)
    drawn = list(draw_all(results))
    _store_figures(folder / "figures", drawn)
    page = folder / "report.html"
    page.write_text(render(results, drawn), encoding="utf-8")
    return page


def _store_figures(folder: Path, drawn: list[Drawn]) -> None:
    """Write the figures and remove those of an earlier report that no longer apply."""
    folder.mkdir(exist_ok=True)
    for figure in drawn:
        file = folder / f"{figure.entry.name}.png"
        if figure.image:
            file.write_bytes(figure.image)
        else:
            file.unlink(missing_ok=True)


def render(results: Results, drawn: list[Drawn]) -> str:
    """Return the page as HTML; everything from user files is escaped."""
    environment = Environment(
        loader=PackageLoader("twin.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["citation"] = citation
    return environment.get_template("page.html.j2").render(**context(results, drawn))


def citation(text: str) -> Markup:
    """Return a citation escaped, with its DOIs as links."""
    parts, end = [], 0
    for match in _DOI.finditer(text):
        doi = match.group(1).rstrip(".)]}")
        start = match.start()
        parts += [escape(text[end:start]), _link(doi)]
        end = match.start(1) + len(doi)
    return Markup("").join([*parts, escape(text[end:])])


def _link(doi: str) -> Markup:
    return Markup('<a href="https://doi.org/{0}">doi:{0}</a>').format(doi)


def context(results: Results, drawn: list[Drawn]) -> dict[str, Any]:
    """Return everything the template shows."""
    manifest, study = results.manifest, results.study
    runs = {results.name: results, **results.variants}
    return {
        "title": str(study.get("name") or manifest.get("name") or "Run without a name"),
        "status": words.status(manifest),
        "status_word": str(manifest.get("status", "unknown")),
        "failure": _failure(manifest.get("failure")),
        "answer": words.answer(manifest, results.cycles, results.checkups, results.steps),
        "facts": _facts(results),
        "checkups": tables.checkup_table(results.checkups),
        "losses": tables.loss_table(results.checkups),
        "variants": _variants(runs) if results.variants else None,
        "comparison": tables.comparison_table(results.comparison),
        "remarks": tables.comparison_remarks(results.comparison),
        "figures": [(each.entry, _embedded(each.image)) for each in drawn if each.image],
        "missing": [(each.entry.title, each.missing) for each in drawn if not each.image],
        "protocol": _lines(manifest.get("protocol")),
        "model": _lines(manifest.get("model")),
        "parameters": tables.parameter_table(manifest.get("parameters") or []),
        "overrides": _pairs((manifest.get("parameter_set") or {}).get("overrides")),
        "quality": _quality(manifest, study),
        "warnings": _lines(manifest.get("warnings")) + list(results.problems),
        "provenance": _provenance(manifest),
        "citations": _lines(manifest.get("citations")),
    }


def _failure(given: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Return the failure as text; what the manifest leaves out is a dash."""
    if not given:
        return None
    keys = ("reason", "advice", "cycle", "step", "step_text")
    told = {key: str(given.get(key, tables.ABSENT)) for key in keys}
    return told | {"time": tables.duration(given.get("time_s"))}


def _embedded(image: bytes) -> str:
    return f"data:image/png;base64,{b64encode(image).decode('ascii')}"


def _lines(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    return [str(line) for line in given or []]


def _pairs(given: Any) -> list[tuple[str, str]]:
    return [(str(key), tables.general(value)) for key, value in (given or {}).items()]


def _variants(runs: Mapping[str, Results]) -> tables.Table:
    return tables.variant_table(
        {name: (run.manifest, run.cycles, run.checkups) for name, run in runs.items()}
    )


def _facts(results: Results) -> list[tuple[str, str]]:
    """Return the few facts that place the run."""
    manifest = results.manifest
    cell = manifest.get("cell") or {}
    window = [tables.general(cell.get(f"{side}_voltage_V")) for side in ("lower", "upper")]
    facts = [
        ("Parameter set", results.name),
        ("Nominal capacity", f"{tables.general(cell.get('nominal_capacity_Ah'))} A.h"),
        ("Voltage window", f"{window[0]} V to {window[1]} V"),
        ("Ageing cycles", f"{manifest.get('completed_cycles', 0)}"),
        ("Check-ups", f"{len(results.checkups)}"),
    ]
    if len(results.cycles) and "end_time_s" in results.cycles:
        facts.append(("Time lived", tables.duration(results.cycles["end_time_s"].iloc[-1])))
    return facts


def _quality(manifest: Mapping[str, Any], study: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what says how far the numbers can be trusted."""
    solver = manifest.get("solver") or study.get("solver") or {}
    counts = manifest.get("solver_statistics") or {}
    facts = [
        ("Relative tolerance", tables.general(solver.get("relative_tolerance"))),
        ("Absolute tolerance", tables.general(solver.get("absolute_tolerance"))),
        ("States in the integrator's error test", str(solver.get("error_test", tables.ABSENT))),
        (
            "Lithium book: largest gap, relative to the lithium in the particles at the start",
            tables.general(manifest.get("lithium_closure_maximum"), 2),
        ),
        ("States of the discretised model", tables.general(manifest.get("states"))),
    ]
    errors = manifest.get("estimated_errors") or {}
    if any(errors.values()):
        facts += [
            ("Cycles simulated; the others were jumped over", str(manifest["simulated_cycles"])),
            (
                "Capacity: estimated error of the jumps, in percent of the nominal capacity",
                tables.general(errors.get("capacity_error_percent"), 2),
            ),
        ]
    facts += [
        (f"{name.replace('_', ' ').capitalize()} of the solver", _count(number))
        for name, number in counts.items()
    ]
    return facts


def _count(number: Any) -> str:
    return f"{number:,}" if isinstance(number, int) else tables.general(number)


def _provenance(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how, where and with what the numbers were computed."""
    source, machine = manifest.get("parameter_set") or {}, manifest.get("machine") or {}
    versions = manifest.get("versions") or {}
    hardware = [str(machine[key]) for key in ("platform", "processor") if machine.get(key)]
    if machine.get("cores"):
        hardware.append(f"{machine['cores']} cores")
    if machine.get("memory_GB"):
        hardware.append(f"{tables.general(machine['memory_GB'], 3)} GB memory")
    facts = [
        ("Started", manifest.get("started")),
        ("Finished", manifest.get("finished")),
        ("Wall time", tables.duration(manifest.get("wall_time_s"))),
        ("Times resumed", manifest.get("resumed")),
        ("Machine", ", ".join(hardware)),
        ("Versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
        ("Parameter set", source.get("name")),
        ("Source of the parameter set", source.get("source")),
        ("Hash of the parameter values", source.get("hash")),
        ("Hash of the study", manifest.get("study_hash")),
    ]
    return [(name, str(value)) for name, value in facts if value not in (None, "")]
