"""What the papers of a refusal and of a referral say, from the entry that journalled them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.names import full_name, short_name
from mfc_desk.papers.paper_head import paper_head
from printing.referral import Referral
from printing.refusal import Refusal

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.turned_away import Turning


def refusal_of(desk: Desk, turning: Turning) -> Refusal:
    """Return the notice: reasons with their ground, every defect, what to do about each."""
    body = turning.body
    grounds = dict.fromkeys(f"{one['title']} ({one['ground']})" for one in body["defects"])
    signer = body.get("representative") or body["applicant"]
    return Refusal(
        **paper_head(desk),
        number=turning.number,
        date=f"{turning.at:%d.%m.%Y %H:%M}",
        applicant=full_name(body["applicant"]),
        service=turning.service_title,
        reason="; ".join(grounds),
        details=tuple(
            f"{one['label']}: {one['text']}" if one["label"] else one["text"]
            for one in body["defects"]
        ),
        fixes=tuple(dict.fromkeys(one["fix"] for one in body["defects"])),
        appeal=body["appeal"],
        worker_signs=desk.operator.name,
        applicant_signs=short_name(signer),
    )


def referral_of(desk: Desk, turning: Turning) -> Referral:
    """Return the referral: where to, why, what to take along."""
    body = turning.body
    return Referral(
        **paper_head(desk),
        date=f"{turning.at:%d.%m.%Y}",
        applicant=full_name(body["applicant"]) if body["applicant"] else "",
        service=turning.service_title,
        reason=body["why"],
        to=body["to"],
        bring=tuple(body["bring"]),
        worker_signs=desk.operator.name,
    )
