"""Every service of the catalogue is taken on a desk as its example is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from forms.example import example
from mfc_desk.errors import IntakeRefused
from tests.desk_home import OFFICE, set_up_home, ticket_file
from tests.intake_world import TODAY, document

FLAGSHIP = ticket_file(office={**OFFICE, "kind": "flagship"})
LINKED = {"overrides": {"service": "связь есть, внесено в систему ведомства"}}


def test_the_example_of_every_service_in_force_is_registered(tmp_path: Path) -> None:
    """Seventy services, each with its deadlines and a snapshot of its duty.

    On the desk of a district office, and what that one does not take on the desk of a flagship.
    """
    district = set_up_home(tmp_path / "district")
    flagship = set_up_home(tmp_path / "flagship", ticket=FLAGSHIP)
    with district.login() as near, flagship.login() as far:
        taken: dict[str, str] = {}
        for service in near.catalogue.in_force(TODAY):
            way = near.intake.service_row(service.slug).way
            desk = far if way == "refer" else near
            made = example(service, desk.catalogue, TODAY, seed=0)
            if desk.intake.service_row(service.slug).way == "wait":
                made |= LINKED
            number = desk.intake.register_document(made).number.text
            assert desk.find.card(number).service == service.slug
            taken[service.slug] = way
        ended = sorted(set(near.catalogue.services) - set(taken))

        assert len(taken) == 70
        assert list(taken.values()).count("refer") == 20
        assert ended == ["covid-amnesty", "posobie-0-3", "posobie-3-7", "posobie-8-17"]
        for slug in ended:
            with pytest.raises(IntakeRefused) as refusal:
                near.intake.register_document(document(near, slug))
            assert told(refusal.value) == {"service.not-in-force"}


def told(refused: IntakeRefused) -> set[str]:
    """Codes of what is wrong with the service itself."""
    return {one.code for one in refused.problems if one.path == "service"}


def test_what_this_office_does_not_take_is_refused_with_a_way_on(tmp_path: Path) -> None:
    """A flagship's service at a district desk; one that needs a link, until somebody vouches."""
    with set_up_home(tmp_path / "desk").login() as desk:
        with pytest.raises(IntakeRefused) as far:
            desk.intake.register_document(document(desk, "bankruptcy") | LINKED)
        with pytest.raises(IntakeRefused) as unlinked:
            desk.intake.register_document(document(desk, "esia-confirm"))
        draft = desk.intake.begin("bankruptcy")

        assert told(far.value) == {"service.not-here"}
        assert any("Дайте направление" in one.text for one in far.value.problems)
        assert told(unlinked.value) == {"service.needs-link"}
        assert any("лист ожидания" in one.text for one in unlinked.value.problems)
        assert "service.not-here" in {one.code for one in desk.intake.check(draft).errors}
        assert desk.find.recent() == ()
        taken = desk.intake.register_document(document(desk, "esia-confirm") | LINKED)
        assert desk.find.card(taken.number.text).record["overrides"] == LINKED["overrides"]
