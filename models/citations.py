"""What to cite for the physics of our particles, registered by the code that uses it."""

from __future__ import annotations

import pybamm


def _article(key: str, authors: str, title: str, where: tuple[str, str, str, str], doi: str) -> str:
    journal, volume, pages, year = where
    return (
        f"@article{{{key}, author={{{authors}}}, title={{{title}}}, journal={{{journal}}}, "
        f"volume={{{volume}}}, pages={{{pages}}}, year={{{year}}}, doi={{{doi}}}}}"
    )


CITATIONS = {
    "stress in the flux": (
        _article(
            "Christensen2006",
            "Christensen, John and Newman, John",
            "Stress generation and fracture in lithium insertion materials",
            ("Journal of Solid State Electrochemistry", "10", "293--319", "2006"),
            "10.1007/s10008-006-0095-1",
        ),
        _article(
            "Zhang2007",
            "Zhang, Xiangchun and Shyy, Wei and Sastry, Ann Marie",
            "Numerical simulation of intercalation-induced stress in Li-ion battery electrode "
            "particles",
            ("Journal of The Electrochemical Society", "154", "A910", "2007"),
            "10.1149/1.2759840",
        ),
    ),
    "thermodynamic factor": (
        _article(
            "Weppner1977",
            "Weppner, W. and Huggins, R. A.",
            "Determination of the kinetic parameters of mixed-conducting electrodes and "
            "application to the system {Li3Sb}",
            ("Journal of The Electrochemical Society", "124", "1569--1578", "1977"),
            "10.1149/1.2133112",
        ),
    ),
    "stress in a particle": (
        _article(
            "Cheng2009",
            "Cheng, Yang-Tse and Verbrugge, Mark W.",
            "Evolution of stress within a spherical insertion electrode particle under "
            "potentiostatic and galvanostatic operation",
            ("Journal of Power Sources", "190", "453--460", "2009"),
            "10.1016/j.jpowsour.2009.01.021",
        ),
    ),
    "stress in the potential": (
        _article(
            "Larche1985",
            "Larch{\\'e}, F. C. and Cahn, J. W.",
            "The interactions of composition and stress in crystalline solids",
            ("Acta Metallurgica", "33", "331--357", "1985"),
            "10.1016/0001-6160(85)90077-X",
        ),
    ),
    "nanoscale": (
        _article(
            "Jung2020",
            "Jung, Sung-Kyun and others",
            "Nanoscale phenomena in lithium-ion batteries",
            ("Chemical Reviews", "120", "6684--6737", "2020"),
            "10.1021/acs.chemrev.9b00405",
        ),
    ),
}


def cite(*topics: str) -> None:
    """Register the references of topics, the keys of `CITATIONS`, with PyBaMM."""
    for topic in topics:
        for entry in CITATIONS[topic]:
            pybamm.citations.register(entry)
