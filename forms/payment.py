"""What a payment slip needs: who is paid, for what, how much, by whom (domain.md, 2.5 and 3.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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


class PayeeNotReady(NoPayment):
    """The payee's details do not let a slip be made: unchecked, wrong, or without the code."""


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

    Raises NoPayment when the service is free, its sum is to be asked or the УИН does not read;
    PayeeNotReady when a detail does not, or nobody has checked the details.
    """
    if duty is None or duty.kind == "free" or duty.kopecks == 0:
        raise NoPayment("услуга бесплатна: квитанция не нужна")
    if duty.kopecks is None:
        raise NoPayment("сумма не известна: уточните её в органе и оформите квитанцию после этого")
    if payee.verify:
        raise PayeeNotReady(f"реквизиты получателя не проверены: {payee.verify}")
    kbk = payee.kbk.get(slug, "")
    if not is_kbk(kbk):
        raise PayeeNotReady("нет КБК этой услуги: внесите его в реквизиты получателя, 20 цифр")
    what = "Плата" if duty.kind == "fee" else "Госпошлина"
    told = ", ".join(filter(None, (service, duty.label)))
    return PaymentData(
        payee=check_payee(payee),
        kbk=kbk,
        kopecks=duty.kopecks,
        purpose=f"{what}: {told}" if told else what,
        uin=_uin(uin),
        payer=full_name(applicant),
        payer_address=_text(applicant, "address"),
        payer_id=_payer_id(applicant),
        verify=duty.verify,
    )


def check_payee(payee: Payee) -> Payee:
    """Give the payee back when every detail reads. Raises PayeeNotReady naming the first."""
    for name, words in payee_mistakes(payee):
        raise PayeeNotReady(f"{_NAMES[name]} в реквизитах получателя: {words}")
    return payee


def payee_mistakes(payee: Payee) -> Iterator[tuple[str, str]]:
    """Yield the name of each detail that does not read, with what is wrong with it."""
    of_bank: Reader = lambda text: identifiers.read_account(text, payee.bic)  # noqa: E731
    readers: tuple[tuple[str, Reader], ...] = (
        ("bic", identifiers.read_bic),
        ("account", of_bank),
        ("corr", of_bank),
        ("inn", identifiers.read_inn10),
        ("kpp", identifiers.read_kpp),
        ("oktmo", identifiers.read_oktmo),
    )
    for name, reader in readers:
        try:
            reader(getattr(payee, name))
        except ValueError as refusal:
            yield name, str(refusal)


_NAMES = {
    "bic": "БИК",
    "account": "счёт",
    "corr": "корр. счёт",
    "inn": "ИНН",
    "kpp": "КПП",
    "oktmo": "ОКТМО",
}


def is_kbk(text: str) -> bool:
    """Tell whether a text is a code of budget classification: twenty digits."""
    return len(text) == _KBK and text.isascii() and text.isdecimal()


def _uin(text: str) -> str:
    try:
        return identifiers.read_uin(text)
    except ValueError as refusal:
        raise NoPayment(f"УИН: {refusal}") from None


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
