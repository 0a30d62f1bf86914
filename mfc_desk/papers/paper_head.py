"""What every paper of this desk begins with: the office, as its enrolment ticket gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mfc_desk.desk import Desk


def paper_head(desk: Desk) -> dict[str, Any]:
    """Return the texts `org`, `office` and `office_address` with telephone and hours."""
    office = desk.office
    phone = f"тел. {office.phone}" if office.phone else ""
    parts = (office.address, phone, office.hours_text)
    return {
        "org": office.org or office.title,
        "office": office.title,
        "office_address": " · ".join(part for part in parts if part),
    }
