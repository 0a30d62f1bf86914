"""What a receipt says: fixed as text when a request is registered, so that it prints the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forms.check import documents_for
from forms.doubt import AS_OF, UNSURE, doubt
from forms.duty import duty_text, of_snapshot
from forms.facts import at_path
from forms.kinds import kind_of
from forms.money import rubles
from forms.names import full_name, short_name
from forms.spec import DocumentSpec
from forms.term import Deadlines
from mfc_desk.access.logged_in import Operator
from mfc_desk.access.roles import Role
from mfc_desk.intake.powers import printed_term
from mfc_desk.intake.registration import FIRST_EDITION, Acceptance
from mfc_desk.papers.paper_head import paper_head
from mfc_desk.store import operators, requests
from printing.kept import keep, kept
from printing.receipt import Receipt, ReceiptDocument, ReceiptDuty, ReceiptTerm
from printing.wording import EDITION
from sync.entries import decode

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from mfc_desk.desk import Desk
    from mfc_desk.store.requests import StoredRequest

_FORMS = {"original": "подлинник", "copy": "копия"}
_TAIL = 4
_NAMED = frozenset(
    {
        "applicant.phone",
        "applicant.id_document.kind",
        "representative.phone",
        "representative.power.kind",
        "representative.power.number",
        "representative.power.issued",
        "delivery.way",
        "delivery.address",
    }
)
"""Answers of the blocks that stand on a receipt."""
_ORGANISATION = "organisation"


def receipt_content(
    desk: Desk,
    acceptance: Acceptance,
    catalogue: Catalogue,
    worker: Operator | None = None,
    edition: int = EDITION,
) -> str:
    """Return the receipt of a registration as JSON, without the number, the head, the № of АИС.

    `worker` is who took the request, who works here by default; `edition` is that of its texts.
    """
    worker = worker or desk.operator
    record, service = acceptance.record, acceptance.service
    applicant, representative = record["applicant"], record.get("representative")
    shown = _shown(catalogue, record)
    specs = documents_for(service, record, acceptance.accepted_at.date())
    brought, promised = _documents(record, specs)
    hands_over = representative or applicant
    receipt = Receipt(
        **paper_head(desk),
        number="",
        accepted_at=f"{acceptance.accepted_at:%d.%m.%Y %H:%M}",
        window=desk.window,
        worker=f"{worker.title}, {worker.name}",
        service=service.title,
        authority=service.authority,
        applicant=full_name(applicant),
        applicant_doc=_identity(applicant, shown),
        phone=shown.get("applicant.phone") or shown.get("representative.phone") or "не указан",
        term=_term(desk, acceptance, shown),
        documents=brought,
        representative=full_name(representative) if representative else None,
        power=_power(representative, shown) if representative else None,
        smev=tuple(spec.title + doubt(spec.verify) for spec in specs if spec.by == "smev"),
        missing=tuple(title for title, _ in promised),
        missing_until=_until(promised),
        duty=_duty(acceptance, catalogue.as_of),
        register_by=f"{acceptance.register_by:%d.%m.%Y %H:%M}",
        applicant_signs="" if hands_over.get("kind") == _ORGANISATION else short_name(hands_over),
        worker_signs=worker.name,
        unsure=_unsure(service.verify, catalogue.as_of),
        edition=edition,
    )
    return keep(receipt)


def receipt_anew(desk: Desk, stored: StoredRequest) -> str | None:
    """Return the receipt of a request whose own was lost with its disk, from the journal.

    It says what it said as long as the office, the window and the catalogue of that day are here;
    None when neither that catalogue nor the one in use has the service. Who took the request stands
    there as the journal of that moment names him, else as he is known now, else by his login.
    """
    first = requests.first_entry(desk.db, stored.id)
    row = desk.journal.find(first) if first else None
    if row is None or row.data is None:
        return None
    body = decode(row.data).body
    edition = desk.catalogues.edition(body["service"], body["catalogue"])
    if edition is None:
        return None
    login = body["operator"]
    worker = operators.as_of(desk.db, login, row.epoch, row.seq) or operators.get(desk.db, login)
    role = worker.role if worker else Role.SPECIALIST
    acceptance = Acceptance(
        request_id=stored.id,
        service=edition.service,
        catalogue_digest=body["catalogue"],
        record=body["record"],
        accepted_at=datetime.fromisoformat(body["accepted_at"]),
        register_by=datetime.fromisoformat(body["register_by"]),
        operator=login,
        duty=of_snapshot(body["duty"]),
        deadlines=Deadlines(**{name: _read(value) for name, value in body["deadlines"].items()}),
        complex=body.get("complex"),
    )
    taken_by = Operator(login, worker.name if worker else login, role)
    texts = int(body.get("edition", FIRST_EDITION))
    return receipt_content(desk, acceptance, edition.catalogue, taken_by, texts)


def _read(value: Any) -> Any:
    """Return a date a body holds as text; what is none stays."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return value


def receipt_of(content: str, *, number: str, head: str, official_no: str | None) -> Receipt:
    """Return the receipt to print; once the centre's number is known the offline clause goes."""
    changes: dict[str, object] = {
        "number": number,
        "journal_head": head,
        "official_number": official_no,
    }
    if official_no is not None:
        changes["register_by"] = None
    return kept(Receipt, content, **changes)


def _shown(catalogue: Catalogue, record: Mapping[str, Any]) -> dict[str, str]:
    """Return the answers of the blocks a receipt names, by path, as printed."""
    found = {}
    for block in ("applicant", "representative", "delivery"):
        for section in catalogue.blocks[block]:
            for field in section.fields:
                path = f"{block}.{field.name}"
                if path in _NAMED and (value := at_path(record, path)):
                    kind = kind_of(field)
                    found[path] = kind.show(kind.read(value))
    return found


def _identity(applicant: Mapping[str, Any], shown: Mapping[str, str]) -> str:
    """Return kind and last four characters of the document, or the ИНН of an organisation."""
    if applicant.get("kind") == _ORGANISATION:
        return f"ИНН {applicant.get('inn', '')}".strip()
    kind = shown.get("applicant.id_document.kind", "документ")
    number = str(at_path(applicant, "id_document.number") or "")
    return f"{kind}, …{number[-_TAIL:]}" if number else kind


def _power(representative: Mapping[str, Any], shown: Mapping[str, str]) -> str:
    """Return the paper a representative acts by and until when it holds."""
    kind = shown.get("representative.power.kind", "")
    number = shown.get("representative.power.number", "")
    issued = shown.get("representative.power.issued", "")
    term = printed_term(representative)
    return f"{kind} № {number} от {issued}" + (f", {term}" if term else "")


def _documents(
    record: Mapping[str, Any], specs: tuple[DocumentSpec, ...]
) -> tuple[tuple[ReceiptDocument, ...], list[tuple[str, str]]]:
    """Return the papers taken in, and (title, day) of those the applicant will bring."""
    titles = {spec.name: spec.title + doubt(spec.verify) for spec in specs}
    brought, promised = [], []
    for paper in record["documents"]:
        title = titles.get(paper["name"], paper["name"])
        if paper.get("promised"):
            promised.append((title, paper["promised"]))
            continue
        brought.append(
            ReceiptDocument(
                title=title,
                props=paper.get("details", ""),
                form=_FORMS[paper["form"]],
                copies=paper["copies"],
                sheets=paper["sheets"],
                note="возвращён" if paper["returned"] else "в деле",
            )
        )
    return tuple(brought), promised


def _until(promised: list[tuple[str, str]]) -> str:
    """Return the last day a promised paper is to be brought by."""
    if not promised:
        return ""
    return f"{date.fromisoformat(max(day for _, day in promised)):%d.%m.%Y}"


def _unsure(verify: str, as_of: str) -> str:
    """Return the sentence on what about the whole service is to be checked, "" for nothing."""
    return f"{AS_OF.capitalize()} {as_of} {UNSURE}: {verify}." if verify else ""


def _duty(acceptance: Acceptance, as_of: str) -> ReceiptDuty | None:
    duty = acceptance.duty
    if duty is None or (duty.kind == "free" and not duty.verify):
        return None
    if duty.exemption:
        amount = rubles(duty.kopecks or 0) + doubt(duty.verify, as_of)
        return ReceiptDuty(amount=amount, status=f"льгота: {duty.exemption}")
    status = "не требуется" if duty.kind == "free" else "оплачивается заявителем"
    return ReceiptDuty(amount=duty_text(duty, as_of), status=status)


def _term(desk: Desk, acceptance: Acceptance, shown: Mapping[str, str]) -> ReceiptTerm:
    deadlines = acceptance.deadlines
    unsure = doubt(acceptance.service.term.verify)
    mark = " (предварительно)" if deadlines.provisional else ""
    address = shown.get("delivery.address", "")
    delivery = shown.get("delivery.way", "в этом офисе")
    return ReceiptTerm(
        term=deadlines.text,
        term_start=f"дня, следующего за {deadlines.starts:%d.%m.%Y}{mark}",
        authority_date=f"{deadlines.authority_on:%d.%m.%Y}{mark or unsure}",
        office_date=f"{deadlines.office_on:%d.%m.%Y}{mark or unsure}",
        result=acceptance.service.result,
        delivery=f"{delivery}: {address}" if address else delivery,
        status_check=f"по телефону {desk.office.phone}, по номеру расписки",
    )
