"""Documents a synthetic specialist brings to the desk of tests, right ones and spoiled ones."""

from __future__ import annotations

from datetime import date
from typing import Any

from forms.example import example
from mfc_desk.desk import Desk
from mfc_desk.intake.intake import Registered

TODAY = date(2026, 11, 21)
SURNAME = "Образцова"


def document(
    desk: Desk, slug: str = "soc-card", seed: int = 0, today: date = TODAY, **applicant: Any
) -> dict[str, Any]:
    """A document of a service that passes its check, with changes to the applicant."""
    made: dict[str, Any] = example(desk.catalogue.service(slug), desk.catalogue, today, seed)
    made["applicant"] |= {"surname": SURNAME, **applicant}
    return made


def register(desk: Desk, slug: str = "soc-card", seed: int = 0, **applicant: Any) -> Registered:
    """Register such a document."""
    return desk.intake.register_document(document(desk, slug, seed, **applicant))


def ten_mistakes(desk: Desk) -> tuple[dict[str, Any], set[str]]:
    """A document of a social card with ten mistakes, and the paths they stand at."""
    spoiled = document(desk)
    applicant = spoiled["applicant"]
    applicant["surname"] = ""
    applicant["birth_date"] = "2999-01-01"
    applicant["snils"] = "900-100-200 94"
    applicant["phone"] = "12"
    applicant["id_document"] |= {"series": "99", "issuer": ""}
    applicant["shoe_size"] = "42"
    spoiled["answers"] |= {"request": "sideways", "code_word": ""}
    spoiled["documents"] = [{"name": "telegram"}, *spoiled["documents"][1:]]
    paths = {
        "applicant.surname",
        "applicant.birth_date",
        "applicant.snils",
        "applicant.phone",
        "applicant.id_document.series",
        "applicant.id_document.issuer",
        "applicant.shoe_size",
        "answers.request",
        "answers.code_word",
        "documents.0",
    }
    return spoiled, paths
