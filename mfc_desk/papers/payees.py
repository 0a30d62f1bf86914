"""Requisites: whom the duties are paid to, entered by the office, and the slips made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from forms.doubt import doubt
from forms.duty import of_snapshot
from forms.names import full_name
from forms.payees import (
    DETAILS,
    RequisitesRefused,
    blank_file,
    paid_services,
    read_payee,
    read_payees,
)
from forms.payment import NO_UIN, NoPayment, Payee, PayeeNotReady, PaymentData, payment_data
from mfc_desk.access.roles import Action
from mfc_desk.errors import DeskError
from mfc_desk.papers.paper_head import paper_head
from mfc_desk.store import follow_ups
from mfc_desk.store import payees as store
from printing.duty_slip import DutySlip
from printing.errors import PaymentNotCoded
from printing.payment_qr import Payment, payload

if TYPE_CHECKING:
    from forms.spec import Service
    from mfc_desk.desk import Desk
    from mfc_desk.papers.request_papers import Taken

_ORGANISATION = "organisation"
_TRAINING = Payee(  # nobody is paid by these: a БИК of no region, accounts of the field's samples
    title="УФК по г. Учебному (учебный получатель)",
    inn="9901234561",
    kpp="990101001",
    account="03100643000000017300",
    bank="ГУ БАНКА РОССИИ ПО ЦФО//УФК",
    bic="004525988",
    corr="40102810545370000003",
    oktmo="45348000",
    as_of=date(2026, 11, 1),
    kbk={},
)
_TRAINING_KBK = "18810807100010034110"
KBK = "kbk."
"""Begins the name of a code of the budget in an entry; the slug of the service follows."""
CHECKED = "checked"
_NOT_CHECKED = "не сверены с опубликованными органом"
_WAY_ON = " Вносит их руководитель смены: F9, «Реквизиты для квитанций», или `mfc-desk payees`."
_NOWHERE = "Реквизиты органа «{authority}» не внесены: квитанцию не напечатать." + _WAY_ON


class PayeeUnknown(DeskError):  # noqa: N818 - says what happened
    """Реквизиты органа не внесены: квитанцию не напечатать. Внесите их: F9, «Реквизиты»."""

    title = "Нет реквизитов"
    code = "payee-unknown"


class PayeesRefused(DeskError):  # noqa: N818 - says what happened
    """Реквизиты не приняты: в них есть ошибки."""

    title = "Реквизиты"
    code = "payees-refused"

    def __init__(self, sentence: str, mistakes: Iterable[tuple[str, str]] = ()) -> None:
        """`mistakes` are names of details, each with Russian words."""
        super().__init__(sentence)
        self.mistakes = dict(mistakes)


class SlipRefused(DeskError):  # noqa: N818 - says what happened
    """Квитанция не напечатана."""

    title = "Квитанция"
    code = "slip-refused"


@dataclass(frozen=True)
class PaidAuthority:
    """An authority something is paid to: slugs and names of those services, and the payee."""

    authority: str
    services: tuple[tuple[str, str], ...]
    payee: Payee | None

    @property
    def state(self) -> str:
        """Return what a slip meets: missing | unchecked | ready."""
        if self.payee is None:
            return "missing"
        return "unchecked" if self.payee.verify else "ready"

    @property
    def uncoded(self) -> int:
        """Return how many of its services have no code of the budget."""
        codes = self.payee.kbk if self.payee else {}
        return sum(not codes.get(slug) for slug, _ in self.services)

    @property
    def as_of(self) -> date | None:
        """Return the day the details held, None when nobody has said it."""
        return None if self.payee is None or self.payee.as_of == date.min else self.payee.as_of

    def entry(self) -> dict[str, object]:
        """Return what is entered, by the names `Payees.enter` takes."""
        payee = self.payee
        if payee is None:
            return {}
        codes = {f"{KBK}{slug}": code for slug, code in payee.kbk.items()}
        as_of = {"as_of": self.as_of.isoformat()} if self.as_of else {}
        texts = {name: getattr(payee, name) for name in DETAILS}
        return {**texts, **codes, **as_of, CHECKED: not payee.verify}


class Payees:
    """The use cases of requisites."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def all(self) -> Mapping[str, Payee]:
        """Return the payees entered, by authority."""
        self._desk.may(Action.SETTINGS)
        return {authority: _read(body) for authority, body in store.all_of(self._desk.db).items()}

    def paid(self) -> tuple[PaidAuthority, ...]:
        """Return every authority something is paid to, by name, entered or not."""
        entered = self.all()
        return tuple(
            PaidAuthority(authority, tuple(services), entered.get(authority))
            for authority, services in paid_services(self._desk.catalogue).items()
        )

    def enter(self, authority: str, entry: Mapping[str, object]) -> Payee:
        """Take the requisites of one authority as a person typed them.

        `entry` holds the details, `as_of` (ISO date), codes by `KBK` + slug and `checked`: what
        nobody has compared with the published ones may have gaps and no slip is printed by it.
        Raises NotAllowed, PayeesRefused with the mistakes by name.
        """
        self._desk.may(Action.REQUISITES)
        data: dict[str, object] = {name: str(entry.get(name) or "") for name in DETAILS}
        data["authority"] = authority
        data["kbk"] = {
            name.removeprefix(KBK): str(code or "")
            for name, code in entry.items()
            if name.startswith(KBK)
        }
        with suppress(ValueError):
            data["as_of"] = date.fromisoformat(str(entry.get("as_of")))
        if entry.get(CHECKED) is not True:
            data["verify"] = _NOT_CHECKED
        try:
            _, payee = read_payee(data, self._desk.catalogue)
        except RequisitesRefused as refusal:
            words = "; ".join(f"{where}: {said}" for where, said in refusal.mistakes)
            raise PayeesRefused(f"Реквизиты не приняты: {words}.", refusal.mistakes) from refusal
        _require_codable(authority, payee)
        with self._desk.db.atomic():
            store.put(self._desk.db, authority, _written(payee))
        return payee

    def blank(self) -> str:
        """Return a file with every authority that is paid, to be filled and installed."""
        return blank_file(self._desk.catalogue)

    def install(self, text: str) -> Mapping[str, Payee]:
        """Take a requisites file in the place of the one there was.

        Raises NotAllowed, PayeesRefused.
        """
        self._desk.may(Action.REQUISITES)
        try:
            found = read_payees(text, self._desk.catalogue)
        except RequisitesRefused as refusal:
            words = "\n".join(f"  {where}: {said}" for where, said in refusal.mistakes)
            raise PayeesRefused(f"Файл реквизитов не принят, исправьте:\n{words}") from refusal
        for authority, payee in found.items():
            _require_codable(authority, payee)
        bodies = {authority: _written(payee) for authority, payee in found.items()}
        with self._desk.db.atomic():
            store.replace_all(self._desk.db, bodies)
        return found

    def basis_of(self, service: Service, request_id: str) -> str:
        """Return a digest, 16 hex digits, of what a request would be paid by today.

        That is whom (the code of the budget for this service only) and the УИН last noted; "" where
        nobody is known.
        """
        try:
            payee = self.of(service.authority)
        except PayeeUnknown:
            return ""
        kbk = {slug: code for slug, code in payee.kbk.items() if slug == service.slug}
        said = f"{_written(replace(payee, kbk=kbk))}\n{_uin(self._desk, request_id)}"
        return sha256(said.encode()).hexdigest()[:16]

    def of(self, authority: str) -> Payee:
        """Return who is paid for an authority. Raises PayeeUnknown.

        A training desk without any has synthetic ones.
        """
        body = store.of(self._desk.db, authority)
        if body is not None:
            return _read(body)
        if self._desk.training:
            return _TRAINING
        raise PayeeUnknown(_NOWHERE.format(authority=authority))


def is_paid(one: Taken) -> bool:
    """Tell whether something is paid for a request, be the sum known or not."""
    duty = one.duty
    return duty is not None and duty["kind"] != "free" and duty["kopecks"] != 0


def slip_of(one: Taken) -> DutySlip | None:
    """Return the slip of a request's duty; None when nothing is paid.

    Raises PayeeUnknown, SlipRefused when the sum, a detail or the code of the budget is missing.
    """
    duty = of_snapshot(one.duty)
    if not is_paid(one) or duty is None:
        return None
    desk = one.desk
    payee = desk.payees.of(one.service.authority)
    if payee is _TRAINING:
        payee = replace(payee, kbk={one.service.slug: _TRAINING_KBK})
    applicant = one.record["applicant"]
    uin = _uin(desk, one.request_id)
    try:
        data = payment_data(one.service.slug, duty, applicant, payee, uin, one.service.short)
        payment = _payment(data, applicant)
        payload(payment)
    except (NoPayment, PaymentNotCoded) as refusal:
        words = str(refusal).rstrip(".")
        way_on = _WAY_ON if isinstance(refusal, PayeeNotReady) else ""
        raise SlipRefused(f"Квитанция не напечатана: {words}.{way_on}") from refusal
    today = desk.centre_now().astimezone(desk.zone).date()
    return DutySlip(
        **paper_head(desk),
        number=one.number,
        payment=payment,
        payer=data.payer,
        payer_address=data.payer_address or one.text("applicant.address"),
        payer_id=data.payer_id,
        date=f"{today:%d.%m.%Y}",
        requisites_date=f"{payee.as_of:%d.%m.%Y}",
        unsure=doubt(data.verify, desk.catalogue.as_of).strip(" ()"),
    )


def _uin(desk: Desk, request_id: str) -> str:
    """Return the УИН last told for the request, with its charge or with its payment."""
    return follow_ups.uin_of(desk.db, request_id) or NO_UIN


def _payment(data: PaymentData, applicant: Mapping[str, str]) -> Payment:
    payee = data.payee
    organisation = applicant.get("kind") == _ORGANISATION
    return Payment(
        payee=payee.title,
        account=payee.account,
        bank=payee.bank,
        bic=payee.bic,
        corr=payee.corr,
        kopecks=data.kopecks,
        purpose=_shortened(data.purpose),
        inn=payee.inn,
        kpp=payee.kpp,
        kbk=data.kbk,
        oktmo=payee.oktmo,
        uin="" if data.uin == NO_UIN else data.uin,
        last_name=full_name(applicant) if organisation else applicant.get("surname", ""),
        first_name="" if organisation else applicant.get("name", ""),
        middle_name="" if organisation else applicant.get("patronymic", ""),
    )


_PURPOSE = 210


def _shortened(purpose: str) -> str:
    """Return a purpose as long as the standard takes."""
    return purpose if len(purpose) <= _PURPOSE else purpose[: _PURPOSE - 1].rstrip() + "…"


def _require_codable(authority: str, payee: Payee) -> None:
    """Raise PayeesRefused when no code of a payment could hold the details."""
    if payee.verify:
        return
    try:
        payload(
            Payment(
                payee=payee.title,
                account=payee.account,
                bank=payee.bank,
                bic=payee.bic,
                corr=payee.corr,
                kopecks=1,
                purpose="-",
            )
        )
    except PaymentNotCoded as refusal:
        raise PayeesRefused(f"«{authority}»: {refusal}", [("title", str(refusal))]) from refusal


def _written(payee: Payee) -> str:
    body = asdict(payee) | {"as_of": payee.as_of.isoformat()}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _read(body: str) -> Payee:
    data = json.loads(body)
    return Payee(**data | {"as_of": date.fromisoformat(data["as_of"])})
