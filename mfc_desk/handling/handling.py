"""What is done to a registered request: amended, withdrawn, its result issued.

Each is one journal entry. An amendment is a new version that names the one it amends; nothing of
an earlier version goes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forms.check import Problem
from forms.duty import duty_for
from mfc_desk.access.roles import Action
from mfc_desk.errors import (
    AmendedMeanwhile,
    IntakeRefused,
    NotEntitled,
    NothingAmended,
    RequestClosed,
    ResultNotReady,
    UnknownDraft,
    UsageError,
)
from mfc_desk.handling.returned import Mark, marks, returned_problems
from mfc_desk.intake.drafts import Draft
from mfc_desk.intake.powers import shown_power
from mfc_desk.intake.registration import OVERRIDE, duty_body
from mfc_desk.store import (
    acting_powers,
    applicants,
    drafts,
    exchange,
    follow_ups,
    messages,
    request_acts,
    requests,
)
from mfc_desk.store.requests import AMEND, StoredRequest
from sync.clock import from_iso, iso
from sync.failpoint import reach

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from mfc_desk.desk import Desk

APPLICANT, REPRESENTATIVE = "applicant", "representative"
RECEIVERS = (APPLICANT, REPRESENTATIVE)
"""Who a result is handed to."""
_SHORTEST_REASON, _LONGEST_REASON = 3, 500


@dataclass(frozen=True)
class Amended:
    """An amendment that is durable: the number stays, the version is new."""

    number: str
    request_id: str
    version: int
    at: datetime


@dataclass(frozen=True)
class Amending:
    """A draft of an amendment and what the centre found wrong in what it amends."""

    draft: Draft = field(repr=False)
    problems: tuple[Problem, ...]


class Handling:
    """The use cases of a request that has its number."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # amending

    def begin(self, number: str) -> Amending:
        """Open a request for amending; a draft begun before goes on.

        It is asked by the catalogue in use; when the service left that, by the one it was taken
        by. Raises UnknownNumber, RequestClosed, UnknownService when neither has the service.
        """
        desk = self._desk
        desk.may(Action.AMEND)
        stored = self._open(number)
        begun = drafts.amending(desk.db, stored.id)
        if begun is not None:
            draft = self._go_on(begun, stored)
            if draft.base == stored.version:
                return Amending(draft, returned_problems(desk, stored))
            desk.intake.discard(begun)
        catalogue = self._catalogue(stored)
        service = desk.intake.service(stored.service, catalogue)
        desk.catalogues.keep(catalogue)
        draft = Draft(
            id=desk.ids.next(),
            service=service.slug,
            service_version=service.version,
            catalogue_digest=catalogue.digest,
            document=json.loads(stored.body)["record"],
            step="form",
            amends=stored.id,
            base=stored.version,
        )
        desk.intake.save(draft)
        return Amending(draft, returned_problems(desk, stored))

    def _catalogue(self, stored: StoredRequest) -> Catalogue:
        """What a request is amended by: the catalogue in use as long as it has the service."""
        desk = self._desk
        if stored.service in desk.catalogue.services:
            return desk.catalogue
        edition = desk.catalogues.edition(stored.service, stored.catalogue_digest)
        return edition.catalogue if edition else desk.catalogue

    def _go_on(self, draft_id: str, stored: StoredRequest) -> Draft:
        """A draft begun before, under the form of today while there is one."""
        intake = self._desk.intake
        gone = stored.service not in self._desk.catalogue.services
        return intake.open(draft_id) if gone else intake.carry_over(draft_id)

    def marks(self, draft: Draft) -> tuple[Mark, ...]:
        """Return the fields the centre returned of the request a draft amends."""
        stored = requests.by_id(self._desk.db, draft.amends) if draft.amends else None
        return marks(self._desk, stored) if stored else ()

    def number(self, draft: Draft) -> str | None:
        """Return the number of the request a draft amends; None when it is a new one."""
        stored = requests.by_id(self._desk.db, draft.amends) if draft.amends else None
        return stored.number if stored else None

    def amend(self, draft: Draft) -> Amended:
        """Make an amendment of a draft durable, by the catalogue it was filled under; it goes.

        Raises IntakeRefused with every open problem, AmendedMeanwhile, NothingAmended,
        RequestClosed, UnknownDraft, CatalogueChanged; whatever is raised, nothing has changed.
        """
        stored = requests.by_id(self._desk.db, draft.amends) if draft.amends else None
        if stored is None:
            raise UnknownDraft
        if stored.version != draft.base:
            raise AmendedMeanwhile
        catalogue = self._desk.intake.catalogue_of(draft)
        return self._amend(self._open(stored.number), draft.document, catalogue, draft.id)

    def amend_document(self, number: str, document: Mapping[str, Any]) -> Amended:
        """Amend a request with an intake document that takes the place of the earlier one.

        Raises UnknownNumber, UnknownService and all that `amend` raises.
        """
        stored = self._open(number)
        return self._amend(stored, document, self._catalogue(stored), None)

    def _amend(
        self,
        stored: StoredRequest,
        document: Mapping[str, Any],
        catalogue: Catalogue,
        draft_id: str | None,
    ) -> Amended:
        desk = self._desk
        desk.may(Action.AMEND)
        service = desk.intake.service(document.get("service", stored.service), catalogue)
        if service.slug != stored.service:
            raise UsageError("Услуга обращения не меняется. Отзовите его и примите новое.")
        amended = {**document, "service": service.slug}
        accepted_on = from_iso(stored.accepted_at).astimezone(desk.zone).date()
        # anywhere: it is taken already
        checked = desk.intake.check_document(
            amended, anywhere=True, catalogue=catalogue, accepted_on=accepted_on
        )
        if not checked.ok:
            raise IntakeRefused([*checked.errors, *checked.open_warnings])
        desk.catalogues.keep(catalogue)
        before = json.loads(stored.body)
        if checked.record == before["record"] and service.version == stored.service_version:
            raise NothingAmended
        now = desk.centre_now().astimezone(desk.zone)
        body = {
            **{name: before[name] for name in ("number", "accepted_at", "register_by", "operator")},
            "service": service.slug,
            "service_version": service.version,
            "catalogue": catalogue.digest,
            "record": checked.record,
            "duty": duty_body(duty_for(service, checked.record, accepted_on)),
            "deadlines": before["deadlines"],
            "base": stored.entry_id,
            "at": now.isoformat(timespec="seconds"),
            "by": desk.operator.login,
        }
        if "complex" in before:
            body["complex"] = before["complex"]  # its place in the complex request stays
        desk.with_ballast(lambda: self._commit(stored, body, draft_id))
        return Amended(stored.number, stored.id, stored.version + 1, now)

    def _commit(self, stored: StoredRequest, body: Mapping[str, Any], draft_id: str | None) -> None:
        desk, db = self._desk, self._desk.db
        record = body["record"]
        with db.atomic():
            if requests.newest_version(db, stored.id) != stored.version:
                raise AmendedMeanwhile  # from another connection, a moment ago
            entry_id, place = desk.record(AMEND, body, request_id=stored.id, base=stored.version)
            row = requests.row_of(
                body,
                request_id=stored.id,
                entry_id=entry_id,
                epoch=place.epoch,
                seq=place.seq,
                version=stored.version + 1,
            )
            requests.amend(db, row)
            act = request_acts.act_of(AMEND, body, request_id=stored.id, entry_id=entry_id)
            request_acts.add(db, act)
            follow_ups.amended(db, stored.id, record, body["at"])
            acting_powers.keep(db, stored.id, record)
            exchange.amended(db, stored.id, iso(desk.clock.now()))
            for path, reason in (record.get("overrides") or {}).items():
                override = {"request": stored.id, "path": path, "reason": reason}
                desk.record(OVERRIDE, override, request_id=stored.id)
            applicants.remember(db, applicants.row_of(record["applicant"], stored.id), amended=True)
            if draft_id is not None and not drafts.remove(db, draft_id):
                raise UnknownDraft
            reach("amend.uncommitted")
        reach("amend.committed")

    # ending

    def withdraw(self, number: str, reason: str) -> None:
        """Note that the applicant takes the request back, and why.

        Raises UnknownNumber, RequestClosed, UsageError for a reason too short or too long.
        """
        self._desk.may(Action.AMEND)
        reason = " ".join(reason.split())
        if not _SHORTEST_REASON <= len(reason) <= _LONGEST_REASON:
            raise UsageError(
                f"Назовите причину отзыва, от {_SHORTEST_REASON} до {_LONGEST_REASON} знаков."
            )
        self._close(self._open(number), request_acts.WITHDRAW, {"reason": reason})

    def issue(self, number: str, receiver: str = APPLICANT, *, arrived: bool = False) -> None:
        """Note that the result was handed to the applicant or the representative.

        `arrived`: the specialist has it in hand though the centre has not said it is ready.
        Raises UnknownNumber, RequestClosed, ResultNotReady, UsageError, NotEntitled when the power
        of the representative is over, void or not for receiving.
        """
        self._desk.may(Action.ISSUE)
        if receiver not in RECEIVERS:
            raise UsageError("Результат выдают заявителю или представителю.")
        stored = self._open(number)
        if receiver == REPRESENTATIVE:
            self._entitled(json.loads(stored.body)["record"])
        status = exchange.status(self._desk.db, stored.id)
        if not arrived and (status is None or status.result is None):
            raise ResultNotReady
        body = {"receiver": receiver, "arrived": arrived}
        self._close(stored, request_acts.ISSUE, body)

    def _entitled(self, record: Mapping[str, Any]) -> None:
        power = shown_power(record, self._desk.centre_now().astimezone(self._desk.zone).date())
        if power is None:
            raise UsageError("У этого обращения нет представителя: результат получает заявитель.")
        new = "Выдайте заявителю или исправьте обращение: внесите новый документ о полномочиях."
        if power.state in ("over", "void"):
            raise NotEntitled(f"Полномочия представителя: {power.text}. {new}")
        if not power.receives:
            raise NotEntitled(f"Представитель вправе только подать, получать не вправе. {new}")

    def _close(self, stored: StoredRequest, kind: str, body: Mapping[str, Any]) -> None:
        desk = self._desk
        whole = {
            "number": stored.number,
            **body,
            "at": desk.centre_now().astimezone(desk.zone).isoformat(timespec="seconds"),
            "by": desk.operator.login,
        }

        def commit() -> None:
            with desk.db.atomic():
                if request_acts.closed(desk.db, stored.id):
                    raise RequestClosed
                entry_id, _ = desk.record(kind, whole, request_id=stored.id)
                act = request_acts.act_of(kind, whole, request_id=stored.id, entry_id=entry_id)
                request_acts.add(desk.db, act)
                reach("close.uncommitted")
            reach("close.committed")

        desk.with_ballast(commit)

    def _open(self, number: str) -> StoredRequest:
        """A request that is neither withdrawn nor done. Raises UnknownNumber, RequestClosed."""
        row = self._desk.find.row(number)
        stored = requests.by_number(self._desk.db, row.number)
        if stored is None or request_acts.closed(self._desk.db, stored.id):
            raise RequestClosed
        return stored

    # messages

    def read(self, message_id: int) -> None:
        """Note that a message of the centre was read."""
        self._desk.may(Action.FIND)
        with self._desk.db.atomic():
            messages.mark_read(self._desk.db, message_id, iso(self._desk.clock.now()))
