"""Every service of the catalogue is taken on a desk as its example is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from forms.example import example
from mfc_desk.errors import IntakeRefused
from tests.desk_home import set_up_home
from tests.intake_world import TODAY, document


def test_the_example_of_every_service_in_force_is_registered(tmp_path: Path) -> None:
    """Seventy services on one desk, each with its deadlines and a snapshot of its duty."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        services = desk.catalogue.in_force(TODAY)
        taken = {
            service.slug: desk.intake.register_document(
                example(service, desk.catalogue, TODAY, seed=0)
            )
            for service in services
        }
        ended = sorted(set(desk.catalogue.services) - set(taken))
        cards = {slug: desk.find.card(str(one.number)) for slug, one in taken.items()}

        assert len(taken) == 70
        assert ended == ["covid-amnesty", "posobie-0-3", "posobie-3-7", "posobie-8-17"]
        assert all(cards[slug].service == slug for slug in taken)
        for slug in ended:
            with pytest.raises(IntakeRefused) as refusal:
                desk.intake.register_document(document(desk, slug))
            codes = [one.code for one in refusal.value.problems if one.path == "service"]
            assert codes == ["service.not-in-force"]
