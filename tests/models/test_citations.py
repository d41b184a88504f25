"""What the particles ask to be cited."""

import pytest

import twin
from tests.conftest import small_study
from twin.models.citations import CITATIONS
from twin.study import Study


def cited(electrode, folder):
    plain = small_study(1)
    plain["model"] = {"type": "SPM", "negative": electrode}
    return " ".join(twin.run(Study.model_validate(plain), folder).manifest["citations"])


def test_a_run_cites_what_its_particles_use(tmp_path):
    electrode = {
        "particle": {"diffusion": "stress-coupled-thermodynamic"},
        "stress_in_kinetics": "potential",
    }
    found = cited(electrode, tmp_path / "out")
    for name in ("Christensen", "Sastry", "Weppner", "Verbrugge", "Cahn"):
        assert name in found, name
    assert "Nanoscale" not in found


def test_a_run_does_not_cite_what_it_does_not_use(tmp_path):
    assert "Sastry" not in cited({}, tmp_path / "out")


@pytest.mark.parametrize("topic", CITATIONS)
def test_every_reference_has_a_doi(topic):
    assert all("doi={10." in entry for entry in CITATIONS[topic])
