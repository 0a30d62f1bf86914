"""What the papers of a request say: application, consent, label, memo, from what was journalled."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from forms.check import documents_for, visible_fields
from forms.condition import is_given
from forms.doubt import doubt
from forms.kinds import kind_of
from forms.names import full_name, short_name
from forms.placing import PlacedField, typed_at
from mfc_desk.papers.paper_head import paper_head
from mfc_desk.store import operators
from printing.application import Application, ApplicationSection
from printing.case_label import CaseLabel
from printing.consent import Consent, ConsentRepresentative
from printing.memo import Memo

if TYPE_CHECKING:
    from forms.spec import Service
    from mfc_desk.desk import Desk
    from mfc_desk.intake.drafts import Draft
    from mfc_desk.store.requests import StoredRequest

_BLOCKS = ("applicant.", "representative.", "delivery.")
_COUNTED = {"name", "form", "copies", "sheets"}
_FORMS = {"original": "подлинник", "copy": "копия"}
_CONSENT_DATA = "фамилия, имя, отчество, номер телефона, адрес электронной почты"
_CONSENT_PURPOSE = "уведомление о ходе предоставления услуги «{service}» и о готовности результата"
_CONSENT_VALID = "до выдачи результата услуги, но не дольше одного года со дня подписания"
_ORGANISATION = "organisation"


@dataclass(frozen=True)
class Taken:
    """A registered request as its papers read it: `shown` are the answers by path, in words.

    `accepted_by` is the name of who took it, whoever prints its papers.
    """

    desk: Desk
    request_id: str
    number: str
    service: Service
    record: Mapping[str, Any]
    deadlines: Mapping[str, Any]
    duty: Mapping[str, Any] | None
    accepted_at: datetime
    accepted_by: str
    fields: tuple[PlacedField, ...]
    shown: Mapping[str, str]

    @property
    def signer(self) -> Mapping[str, Any]:
        """Who hands over and signs: the representative, else the applicant."""
        person: Mapping[str, Any] = self.record.get("representative") or self.record["applicant"]
        return person

    def text(self, path: str) -> str:
        """Return an answer in words, "" when it was not given."""
        return self.shown.get(path, "")


def taken(desk: Desk, stored: StoredRequest) -> Taken | None:
    """Return a request as its papers read it, by the catalogue it was taken by.

    None when that catalogue is here no more and the one in use has no such service.
    """
    edition = desk.catalogues.edition(stored.service, stored.catalogue_digest)
    if edition is None:
        return None
    body = json.loads(stored.body)
    accepted_at = datetime.fromisoformat(stored.accepted_at)
    fields = visible_fields(edition.service, edition.catalogue, body["record"], accepted_at.date())
    operator = operators.get(desk.db, stored.operator)
    shown = {}
    for placed in fields:
        typed = typed_at(body["record"], placed)
        if is_given(typed):
            shown[placed.path] = _words(placed, typed)
    return Taken(
        desk=desk,
        request_id=stored.id,
        number=stored.number,
        service=edition.service,
        record=body["record"],
        deadlines=body["deadlines"],
        duty=body["duty"],
        accepted_at=accepted_at,
        accepted_by=operator.name if operator else stored.operator,
        fields=fields,
        shown=shown,
    )


def drafted(desk: Desk, draft: Draft) -> Taken:
    """Return a draft as its application reads it, without a number. Raises CatalogueChanged."""
    catalogue = desk.intake.catalogue_of(draft)
    service = catalogue.services[draft.service]
    now = desk.centre_now().astimezone(desk.zone)
    papers = draft.document.get("documents") or []
    whole = [one for one in papers if one.keys() >= _COUNTED and one["form"] in _FORMS]
    record = {"applicant": {}, **draft.document, "documents": whole}
    accepted_on = desk.intake.accepted_on(draft)
    fields = visible_fields(service, catalogue, record, now.date(), accepted_on)
    typed = {placed: typed_at(record, placed) for placed in fields}
    return Taken(
        desk=desk,
        request_id="",
        number="",
        service=service,
        record=record,
        deadlines={},
        duty=None,
        accepted_at=now,
        accepted_by="",
        fields=fields,
        shown={one.path: _words(one, said) for one, said in typed.items() if is_given(said)},
    )


def _words(placed: PlacedField, typed: object) -> str:
    try:
        kind = kind_of(placed.field)
        return kind.show(kind.read(typed))
    except (ValueError, KeyError):
        return str(typed)


def application_of(one: Taken) -> Application:
    """Return the application; the office's mark names the number and the moment."""
    applicant = one.record["applicant"]
    born = one.text("applicant.birth_date")
    ways = (one.text("applicant.phone"), one.text("applicant.email"))
    address = one.text("delivery.address")
    way = one.text("delivery.way") or "в этом офисе"
    return Application(
        **paper_head(one.desk),
        number=one.number,
        to=one.service.authority,
        applicant=", ".join(part for part in (full_name(applicant), born) if part),
        doc=_document(one, "applicant") or f"ИНН {applicant.get('inn', '')}".strip(),
        snils=one.text("applicant.snils"),
        address=one.text("applicant.address"),
        fact_address=one.text("applicant.fact_address") or "совпадает с адресом регистрации",
        contacts=", ".join(part for part in ways if part),
        rep=_representative(one),
        service=one.service.title,
        sections=tuple(_sections(one)),
        documents=tuple(_attached(one)),
        delivery=f"{way}: {address}" if address else way,
        notify=one.text("applicant.notify"),
        applicant_signs=_signs(one),
        mark=""
        if not one.number
        else (
            f"Принято МФЦ: № {one.number} дата {one.accepted_at:%d.%m.%Y} "
            f"время {one.accepted_at:%H:%M} работник {one.accepted_by} подпись ____________"
        ),
    )


def _sections(one: Taken) -> Iterator[ApplicationSection]:
    own = [placed for placed in one.fields if not placed.path.startswith(_BLOCKS)]
    for label, group in groupby(own, lambda placed: placed.section.label):
        answers = tuple(
            (placed.field.label, one.shown[placed.path])
            for placed in group
            if placed.path in one.shown
        )
        if answers:
            yield ApplicationSection(label, answers)


def _attached(one: Taken) -> Iterator[str]:
    titles = {spec.name: spec.title for spec in one.service.documents}
    for paper in one.record["documents"]:
        if paper.get("promised"):
            continue
        title = titles.get(paper["name"], paper["name"])
        details = f" {paper['details']}" if paper.get("details") else ""
        counts = f"{paper['copies']} экз., {paper['sheets']} л."
        yield f"{title}{details}: {_FORMS[paper['form']]}, {counts}"


def _document(one: Taken, whose: str) -> str:
    kind, series, number, issued, issuer, code = (
        one.text(f"{whose}.id_document.{name}")
        for name in ("kind", "series", "number", "issued", "issuer", "code")
    )
    if not number:
        return kind
    given = " ".join(part for part in (issued, issuer) if part)
    named = " ".join(part for part in (kind, series, f"№ {number}") if part)
    return ", ".join(part for part in (named, f"выдан {given}" if given else "", code) if part)


def power_of(one: Taken) -> str:
    """Return what a representative acts by, "" when there is none."""
    kind, number, issued = (
        one.text(f"representative.power.{name}") for name in ("kind", "number", "issued")
    )
    return f"{kind} № {number} от {issued}" if number else kind


def _representative(one: Taken) -> str | None:
    person = one.record.get("representative")
    return f"{full_name(person)}: {power_of(one)}" if person else None


def _signs(one: Taken) -> str:
    signer = one.signer
    return "" if signer.get("kind") == _ORGANISATION else short_name(signer)


def consent_of(one: Taken) -> Consent | None:
    """Return the consent to be told of the request's progress; None for an organisation.

    The service itself needs none (152-ФЗ ст. 6 ч. 1 п. 4). What was not asked is written by hand.
    """
    applicant = one.record["applicant"]
    if applicant.get("kind") == _ORGANISATION:
        return None
    head = paper_head(one.desk)
    person = one.record.get("representative")
    rep = None
    if person:
        rep = ConsentRepresentative(
            fio=full_name(person),
            address="_" * 24,
            doc=_document(one, "representative"),
            power=power_of(one),
        )
    return Consent(
        fio=full_name(applicant),
        address=one.text("applicant.address"),
        doc_kind=one.text("applicant.id_document.kind"),
        series=one.text("applicant.id_document.series"),
        number=one.text("applicant.id_document.number"),
        issued=one.text("applicant.id_document.issued"),
        issuer=one.text("applicant.id_document.issuer"),
        operator=head["org"],
        operator_address=one.desk.office.address,
        data_list=_CONSENT_DATA,
        purpose=_CONSENT_PURPOSE.format(service=one.service.title),
        recipients="оператору связи",
        processor="",
        valid=_CONSENT_VALID,
        representative=rep,
        subject_signs=_signs(one),
    )


def label_of(one: Taken) -> CaseLabel:
    """Return the label of the case."""
    applicant = one.record["applicant"]
    due = one.deadlines.get("office_on") or one.deadlines.get("authority_on")
    return CaseLabel(
        number=one.number,
        service_short=one.service.short,
        surname_initials=short_name(applicant) or full_name(applicant),
        date=f"{one.accepted_at:%d.%m.%Y}",
        due=f"{date.fromisoformat(due):%d.%m.%Y}" if due else "не установлен",
    )


def memo_of(one: Taken) -> Memo | None:
    """Return the memo of what is to be brought; None when nothing was promised."""
    asked = documents_for(one.service, one.record, one.accepted_at.date())
    titles = {spec.name: spec.title + doubt(spec.verify) for spec in asked}
    promised = [
        (titles.get(paper["name"], paper["name"]), date.fromisoformat(paper["promised"]))
        for paper in one.record["documents"]
        if paper.get("promised")
    ]
    if not promised:
        return None
    office = one.desk.office
    return Memo(
        **paper_head(one.desk),
        number=one.number,
        date=f"{one.accepted_at:%d.%m.%Y}",
        applicant=full_name(one.record["applicant"]),
        service=one.service.title,
        missing=tuple(f"{title} (до {day:%d.%m.%Y})" for title, day in promised),
        until=f"{max(day for _, day in promised):%d.%m.%Y}",
        where=office.address,
        phone=office.phone,
        hours=office.hours_text,
        worker_signs=one.desk.operator.name,
    )
