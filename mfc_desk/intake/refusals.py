"""Refusing to take a request: every defect at once, and nothing new the second time.

What was told to an applicant for a service is remembered: a later refusal that names what the
first did not is against 210-ФЗ (ст. 7 ч. 1 п. 4) unless one of the law's four cases applies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forms.names import full_name
from forms.refusal import Defect, not_told
from mfc_desk.access.roles import Action
from mfc_desk.errors import NothingToRecord, RefusalBeyondTold
from mfc_desk.intake.turned_away import Turning, opening, record, turning_of, words
from mfc_desk.store import one_person, turned_away
from mfc_desk.store.turned_away import REFUSAL

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from mfc_desk.desk import Desk
    from mfc_desk.intake.drafts import Draft

APPEAL = (
    "Отказ можно обжаловать руководителю МФЦ или учредителю МФЦ (210-ФЗ, ст. 11.1 и 11.2). "
    "Жалоба на отказ в приёме документов рассматривается в течение 5 рабочих дней со дня её "
    "регистрации."
)


@dataclass(frozen=True)
class Told:
    """What an applicant was told about a service before: defects of all refusals, newest first.

    `numbers` are those of the refusals, `last` when the newest was, in the office's zone.
    """

    defects: tuple[Defect, ...]
    numbers: tuple[str, ...]
    last: datetime | None


class Refusals:
    """The use cases of refusing acceptance."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def proposal(
        self, document: Mapping[str, Any], catalogue: Catalogue | None = None
    ) -> tuple[Defect, ...]:
        """Return every defect the check finds in an intake document, each under its reason.

        `catalogue`, here and below, is the one a draft is filled under (`intake.catalogue_of`),
        the one in use by default. Raises UnknownService.
        """
        catalogue = catalogue or self._desk.catalogue
        checked = self._desk.intake.check_document(document, anywhere=True, catalogue=catalogue)
        return catalogue.refusals.defects(checked.problems)

    def told(self, slug: str, applicant: Mapping[str, Any]) -> Told:
        """Return what this applicant was told at earlier refusals of this service."""
        desk = self._desk
        desk.may(Action.INTAKE)
        if not turned_away.identifiable(applicant):
            return Told((), (), None)
        keys = one_person.keys_of(desk.db, applicant)
        stored = turned_away.of_applicants(desk.db, keys, kind=REFUSAL, service=slug)
        found = [turning_of(desk, one) for one in stored]
        return Told(
            defects=tuple(defect for one in found for defect in defects_in(one)),
            numbers=tuple(one.number for one in found),
            last=found[0].at if found else None,
        )

    def told_for(self, document: Mapping[str, Any], catalogue: Catalogue | None = None) -> Told:
        """Return what the applicant of an intake document was told before."""
        applicant = self._applicant(document, catalogue or self._desk.catalogue)
        return self.told(document["service"], applicant)

    def give(
        self,
        document: Mapping[str, Any],
        defects: Sequence[Defect],
        *,
        allowance: str | None = None,
        draft_id: str | None = None,
        catalogue: Catalogue | None = None,
    ) -> Turning:
        """Refuse to take a request: number and journal it; its draft goes, the refusal keeps it.

        `document` is an intake document, however incomplete. Raises UnknownService, UnknownDraft,
        NothingToRecord (no defects, no name, an unknown reason, a reason that is a
        referral), RefusalBeyondTold when something new is named without an `allowance`.
        """
        desk = self._desk
        desk.may(Action.INTAKE)
        catalogue = catalogue or desk.catalogue
        self._check(defects, catalogue)
        applicant = self._applicant(document, catalogue)
        if not full_name(applicant):
            raise NothingToRecord("В отказе называют заявителя: впишите его имя в форму.")
        told = self.told(document["service"], applicant)
        new = not_told(defects, told.defects) if told.numbers else ()
        allowances = catalogue.refusals.allowances
        if new and allowance not in allowances:
            raise RefusalBeyondTold(new, told.numbers)
        body = opening(desk, document["service"], applicant, catalogue)
        body |= {
            "representative": deepcopy(document.get("representative")),
            "defects": [_snapshot(defect, catalogue) for defect in defects],
            "earlier": list(told.numbers),
            "allowance": asdict(allowances[allowance]) if new and allowance else None,
            "appeal": APPEAL,
            "document": deepcopy(dict(document)),
        }
        return record(desk, REFUSAL, body, draft_id=draft_id)

    def resume(self, refusal: Turning) -> Draft:
        """Begin the refused request again, with everything that was typed the first time.

        Raises UnknownService, DiskAlmostFull.
        """
        draft = self._desk.intake.begin(refusal.service, refusal.body["applicant"])
        draft.document = deepcopy(refusal.body["document"])
        draft.step = "documents"
        self._desk.intake.renew_contacts(draft)
        self._desk.intake.save(draft)
        return draft

    def _applicant(self, document: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
        """The applicant as far as the check reads it; names stand even where others do not."""
        checked = self._desk.intake.check_document(document, anywhere=True, catalogue=catalogue)
        read: Any = checked.record["applicant"]
        return {"kind": "person", **read}

    def _check(self, defects: Sequence[Defect], catalogue: Catalogue) -> None:
        if not defects:
            raise NothingToRecord("Отказать без причины нельзя: отметьте причины из перечня.")
        for defect in defects:
            reason = catalogue.refusals.reasons.get(defect.code)
            if reason is None:
                raise NothingToRecord(f"Причины {defect.code} в перечне нет, а он исчерпывающий.")
            if reason.redirect:
                raise NothingToRecord(f"{defect.code} не отказ: дайте заявителю направление.")
            words(defect.text, f"{defect.code}: в чём недостаток")


def _snapshot(defect: Defect, catalogue: Catalogue) -> dict[str, str]:
    """The defect with the texts its paper prints, as they are today."""
    reason = catalogue.refusals.reasons[defect.code]
    return {**asdict(defect), "title": reason.title, "ground": reason.ground, "fix": reason.fix}


def defects_in(refusal: Turning) -> tuple[Defect, ...]:
    """Return the defects a refusal named."""
    return tuple(
        Defect(one["code"], one["about"], one["label"], one["text"])
        for one in refusal.body["defects"]
    )
