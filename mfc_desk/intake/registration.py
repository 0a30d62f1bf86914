"""One registration: what is known before its number is taken, and the one transaction of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forms.number import RequestNumber, compose
from forms.spec import Duty, Service
from forms.term import Deadlines
from mfc_desk.errors import UnknownDraft
from mfc_desk.intake import turned_away
from mfc_desk.store import (
    acting_powers,
    applicants,
    bundles,
    drafts,
    follow_ups,
    numbers,
    papers,
    requests,
)
from printing.wording import EDITION
from sync.failpoint import reach

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.papers.paper_job import PaperJob

FIRST_EDITION = 1
OVERRIDE = "override"
RECEIPT = "receipt"


@dataclass(frozen=True)
class Acceptance:
    """Everything of a registration that is known before the number is taken.

    `accepted_at` and `register_by` are aware, in the office's zone; `operator` is a login.
    """

    request_id: str
    service: Service
    catalogue_digest: str
    record: Mapping[str, Any]
    accepted_at: datetime
    register_by: datetime
    operator: str
    duty: Duty | None
    deadlines: Deadlines
    complex: Mapping[str, Any] | None = None
    """The part of a complex request this is: id, place, of, after, forward_by, limit_on."""


def register_body(acceptance: Acceptance, number: RequestNumber) -> dict[str, Any]:
    """Return the body of `request.register`, version 1; a lone request has no «complex».

    `edition` is that of the receipt's texts; the first one goes without saying.
    """
    body = {
        "number": number.text,
        "service": acceptance.service.slug,
        "service_version": acceptance.service.version,
        "catalogue": acceptance.catalogue_digest,
        "record": acceptance.record,
        "accepted_at": acceptance.accepted_at.isoformat(timespec="seconds"),
        "register_by": acceptance.register_by.isoformat(timespec="seconds"),
        "operator": acceptance.operator,
        "duty": duty_body(acceptance.duty),
        "deadlines": _dates_as_text(asdict(acceptance.deadlines)),
    }
    if EDITION > FIRST_EDITION:
        body["edition"] = EDITION
    return body | {"complex": acceptance.complex} if acceptance.complex else body


def duty_body(duty: Duty | None) -> dict[str, Any] | None:
    """Return a duty as it stands in a journal entry; one that is lessened says by what."""
    if duty is None:
        return None
    why = {"exemption": duty.exemption, "full_kopecks": duty.full_kopecks}
    return {
        "kind": duty.kind,
        "variant": duty.variant,
        "label": duty.label,
        "kopecks": duty.kopecks,
        "basis": duty.basis,
        "verify": duty.verify,
        **(why if duty.exemption else {}),
    }


def _dates_as_text(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in values.items()
    }


@dataclass(frozen=True)
class RegisterAct:
    """A registration ready to be committed: only the number and the place are missing."""

    desk: Desk
    acceptance: Acceptance
    salt: int
    applicant: applicants.StoredApplicant
    receipt: str
    draft_id: str | None

    def commit(self) -> tuple[RequestNumber, PaperJob]:
        """Write everything in one transaction; return the number and the receipt's printing.

        Nothing is read after the commit: what could fail then would deny a request that is taken.
        """
        desk, db, request_id = self.desk, self.desk.db, self.acceptance.request_id
        with db.atomic():
            number = compose(desk.desk_no, numbers.take_counter(db, desk.desk_no), self.salt)
            body = register_body(self.acceptance, number)
            entry_id, place = desk.record(requests.REGISTER, body, request_id=request_id)
            row = requests.row_of(
                body,
                request_id=request_id,
                entry_id=entry_id,
                epoch=place.epoch,
                seq=place.seq,
                head=place.head,
            )
            requests.add(db, row)
            bundles.add_part(db, request_id, body)
            follow_ups.expect(db, request_id, self.acceptance.record)
            acting_powers.keep(db, request_id, self.acceptance.record)
            for path, reason in (self.acceptance.record.get("overrides") or {}).items():
                override = {"request": request_id, "path": path, "reason": reason}
                desk.record(OVERRIDE, override, request_id=request_id)
            applicants.remember(db, self.applicant)
            papers.keep_content(db, request_id, RECEIPT, self.receipt)
            job = desk.print_queue.job(desk.papers.queue_in_act(request_id, RECEIPT))
            if self.draft_id is not None:
                draft = drafts.get(db, self.draft_id)
                if not drafts.remove(db, self.draft_id):
                    raise UnknownDraft  # registered a moment ago: not twice
                bundles.draft_registered(db, self.draft_id, request_id)
                if draft and draft.waiting:
                    desk.waiting.end_in_act(draft.waiting, turned_away.DONE)
            reach("save.uncommitted")
        reach("save.committed")
        return number, job
