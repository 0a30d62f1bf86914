"""What a payment slip needs: who is paid, for what, how much, by whom (domain.md, 2.5 and 3.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from forms import identifiers
from forms.names import full_name
from forms.spec import Duty

NO_UIN = "0"
Reader = Callable[[str], str]
_KBK = 20


class NoPayment(ValueError):  # noqa: N818 - a state of the request, told in Russian words
    """There is nothing to pay by a slip; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Payee:
    """Details of an authority that is paid, as it publishes them; as_of: the day they held.

    account is the treasury account (03…), corr the single treasury account (40102…). kbk: codes of
    budget classification by the slug of a service. verify: what is still to be checked, "" when
    the details may be paid by.
    """

    title: str
    inn: str
    kpp: str
    account: str
    bank: str
    bic: str
    corr: str
    oktmo: str
    as_of: date
    kbk: Mapping[str, str]
    verify: str = ""


@dataclass(frozen=True, slots=True)
class PaymentData:
    """All a slip says, as text; kopecks is the sum. uin is «0» where none was given."""

    payee: Payee
    kbk: str
    kopecks: int
    purpose: str
    uin: str
    payer: str
    payer_address: str
    payer_id: str
    verify: str


def payment_data(
    slug: str,
    duty: Duty | None,
    applicant: Mapping[str, object],
    payee: Payee,
    uin: str = NO_UIN,
    service: str = "",
) -> PaymentData:
    """Put a slip together from the snapshot of the duty that a registered request keeps.

    `service` is the short name of what is paid for, as the purpose of the payment has it.

    Raises NoPayment when the service is free, its sum is to be asked, a detail does not read or
    nobody has checked the details.
    """
    if duty is None or duty.kind == "free" or duty.kopecks == 0:
        raise NoPayment("услуга бесплатна: квитанция не нужна")
    if duty.kopecks is None:
        raise NoPayment("сумма не известна: уточните её в органе и оформите квитанцию после этого")
    if payee.verify:
        raise NoPayment(f"реквизиты получателя не проверены: {payee.verify}")
    kbk = payee.kbk.get(slug, "")
    if not (len(kbk) == _KBK and kbk.isdecimal()):
        raise NoPayment("нет КБК этой услуги: внесите его в реквизиты получателя, 20 цифр")
    what = "Плата" if duty.kind == "fee" else "Госпошлина"
    told = ", ".join(filter(None, (service, duty.label)))
    return PaymentData(
        payee=check_payee(payee),
        kbk=kbk,
        kopecks=duty.kopecks,
        purpose=f"{what}: {told}" if told else what,
        uin=_read("УИН", identifiers.read_uin, uin),
        payer=full_name(applicant),
        payer_address=_text(applicant, "address"),
        payer_id=_payer_id(applicant),
        verify=duty.verify,
    )


def check_payee(payee: Payee) -> Payee:
    """Give the payee back when every detail reads. Raises NoPayment naming one that does not."""
    _read("БИК", identifiers.read_bic, payee.bic)
    _read("счёт", lambda text: identifiers.read_account(text, payee.bic), payee.account)
    _read("корр. счёт", lambda text: identifiers.read_account(text, payee.bic), payee.corr)
    _read("ИНН", identifiers.read_inn10, payee.inn)
    _read("КПП", identifiers.read_kpp, payee.kpp)
    _read("ОКТМО", identifiers.read_oktmo, payee.oktmo)
    return payee


def _read(what: str, reader: Reader, text: str) -> str:
    try:
        return reader(text)
    except ValueError as refusal:
        raise NoPayment(f"{what} в реквизитах получателя: {refusal}") from None


def _payer_id(applicant: Mapping[str, object]) -> str:
    """СНИЛС, or ИНН, or series and number of the identity document."""
    for key, name in (("snils", "СНИЛС"), ("inn", "ИНН")):
        if number := _text(applicant, key):
            return f"{name} {number}"
    document = applicant.get("id_document")
    if not isinstance(document, Mapping):
        return ""
    return " ".join(filter(None, (_text(document, "series"), _text(document, "number"))))


def _text(block: Mapping[str, object], key: str) -> str:
    value = block.get(key)
    return value if isinstance(value, str) else ""
