"""Facts that are to be checked say so wherever they are shown."""

from __future__ import annotations

from datetime import date

import pytest

from forms.catalogue import load
from forms.doubt import doubt, month_of
from forms.duty import duty_text
from forms.example import example
from forms.spec import Duty
from mfc_desk.screens.handling.request_text import request_lines
from mfc_desk.widgets.pairs_page import Pair

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("verify", "as_of", "mark"),
    [
        ("", "ноябрь 2026 года", ""),
        ("срок", "", " (требует проверки)"),
        ("срок", "ноябрь 2026 года", " (по состоянию на ноябрь 2026 года, требует проверки)"),
        (
            "сумма по состоянию на 2024–2025 годы",
            "ноябрь 2026 года",
            " (сумма по состоянию на 2024–2025 годы, требует проверки)",
        ),
    ],
)
def test_an_unsure_fact_is_marked(verify: str, as_of: str, mark: str) -> None:
    """The mark names a time where there is room, the source's own when it has one."""
    assert doubt(verify, as_of) == mark


def test_what_is_free_and_not_sure_says_so() -> None:
    """A duty of nothing the catalogue doubts is not shown as certain."""
    assert duty_text(Duty("free", "free", verify="пошлина")) == "бесплатно (требует проверки)"
    assert duty_text(Duty("free", "free")) == duty_text(None) == "бесплатно"


def test_a_request_says_at_which_fact_what_is_to_be_checked() -> None:
    """The page before the registration: the service, its term, sum, fields and papers."""
    catalogue = load()
    service = catalogue.service("passport-rf")
    document = example(service, catalogue, TODAY)
    lines = request_lines(service, catalogue, document, TODAY)
    at = next(i for i, line in enumerate(lines) if getattr(line, "text", "").startswith("Требует"))
    told = {line.label: line.value for line in lines[at + 1 :] if isinstance(line, Pair)}

    assert told["Срок"] == service.term.verify
    assert told["Услуга"] == service.verify
    assert told["Госпошлина или плата"].startswith("сумма")
    assert told[service.documents[0].title] == "название заявления"


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("2026.11.1", "ноябрь 2026 года"),
        ("2027.01.12", "январь 2027 года"),
        ("2027.13.1", "2027.13.1"),
        ("test", "test"),
        ("", ""),
    ],
)
def test_a_catalogue_is_of_a_month(version: str, told: str) -> None:
    """A version of another shape is told as it is."""
    assert month_of(version) == told
