"""Write ``parameters.json`` of the sets that come along, from those that PyBaMM ships.

Run as ``python -m twin.parameter_sets.make_sets [NAME ...]`` after a change of PyBaMM. Where each
value comes from is in ``provenance.yaml`` beside it, which is kept by hand.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")

import pybamm

from twin.parameters.bridge.from_pybamm import Imported, from_pybamm
from twin.parameters.strict_files import write_json

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Source:
    """What one set is made from.

    Parameters
    ----------
    pybamm_name : PyBaMM's name of it
    title, description, references : what the header says
    materials : electrode -> names of its two materials
    added : PyBaMM's name -> number that PyBaMM's set does not have
    """

    pybamm_name: str
    title: str
    description: str
    references: str
    materials: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    added: Mapping[str, float] = field(default_factory=dict)


_LGM50 = "Cylindrical 21700 cell, 5 A.h, LG Chem INR21700 M50"
_CHEN = "doi:10.1149/1945-7111/ab9050"
SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "LGM50Chen2020": Source(
            "Chen2020",
            "LG M50, NMC811 and graphite-SiOx (Chen 2020)",
            f"{_LGM50}; graphite-SiOx as one material",
            _CHEN,
        ),
        "LGM50OKane2022": Source(
            "OKane2022",
            "LG M50 with degradation (O'Kane 2022)",
            f"{_LGM50}; coupled SEI, plating, cracks and loss of active material",
            f"doi:10.1039/D2CP00417H; {_CHEN}",
        ),
        "LGM50ORegan2022": Source(
            "ORegan2022",
            "LG M50 with thermal dependence (O'Regan 2022)",
            f"{_LGM50}; temperature-dependent transport, kinetics and heat capacities",
            f"doi:10.1016/j.electacta.2022.140700; {_CHEN}",
        ),
        "LGM50Chen2020Composite": Source(
            "Chen2020_composite",
            "LG M50 with graphite and silicon apart (Chen 2020, Ai 2022)",
            f"{_LGM50}; graphite and silicon as two materials with hysteresis",
            f"{_CHEN}; doi:10.1016/j.jpowsour.2022.231142",
            {"Negative electrode": ("Graphite", "Silicon")},
        ),
        "EnertechAi2020": Source(
            "Ai2020",
            "Enertech LCO and graphite pouch cell with mechanics (Ai 2020)",
            "Pouch cell SPB655060, 2.28 A.h; particle stress, cracks and swelling",
            "doi:10.1149/2.0122001JES; doi:10.1149/2.0551509jes",
        ),
        "UMichMohtat2020": Source(
            "Mohtat2020",
            "UMBL pouch cell, NMC532 and graphite (Mohtat 2020)",
            "Pouch cell of the University of Michigan Battery Laboratory, 5 A.h",
            "doi:10.1149/1945-7111/aba5d1",
        ),
        "KokamMarquis2019": Source(
            "Marquis2019",
            "Kokam LCO and graphite pouch cell, for verification (Marquis 2019)",
            "Pouch cell after Kokam SLPB78205130H; one pair of electrodes, 0.68 A.h",
            "doi:10.1149/2.0341915jes",
        ),
        "KokamEcker2015": Source(
            "Ecker2015",
            "Kokam NMC and graphite pouch cell (Ecker 2015)",
            "Pouch cell SLPB 75106100; one pair of electrodes, 0.15625 A.h",
            "doi:10.1149/2.0551509jes; doi:10.1149/2.0541509jes",
        ),
        "A123Prada2013": Source(
            "Prada2013",
            "A123 LFP and graphite cylindrical cell (Prada 2013)",
            "Cylindrical 26650 cell ANR26650M1, 2.3 A.h",
            "doi:10.1149/2.053304jes",
            added={  # a cylinder of 26 mm by 65 mm; PyBaMM's reader of BPX asks for them
                "Cell cooling surface area [m2]": 6.371e-3,
                "Cell volume [m3]": 3.451e-5,
            },
        ),
    }
)


def made(name: str) -> Imported:
    """Return one set, made anew."""
    source = SOURCES[name]
    values = pybamm.ParameterValues(source.pybamm_name)
    values.update(dict(source.added), check_already_exists=False)
    header = {"Description": source.description, "References": source.references}
    return from_pybamm(values, source.title, source.materials, header)


def main() -> None:
    """Write the named sets, or all."""
    for name in sys.argv[1:] or SOURCES:
        folder = FOLDER / name
        folder.mkdir(exist_ok=True)
        found = made(name)
        write_json(found.data, folder / "parameters.json")
        lost = "; ".join(f"{item.name}: {item.why}" for item in found.not_carried)
        near = ", ".join(f"{item.name} ({item.error:.1g})" for item in found.approximate)
        sys.stdout.write(
            f"{name}: not carried: {lost or 'nothing'}; BPX says nearly: {near or 'none'}\n"
        )


if __name__ == "__main__":
    main()
