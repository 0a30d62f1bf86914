"""The details of a payment as the QR code of ГОСТ Р 56042-2014 carries them: bytes, exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from printing.errors import PaymentNotCoded

BLOCK_BYTES = 300
"""The first five fields with the service block before them must not take more."""

_SEPARATORS = "|~^#$&*!;%@{}"
_LONGEST = {
    "Name": 160,
    "PersonalAcc": 20,
    "BankName": 45,
    "BIC": 9,
    "CorrespAcc": 20,
    "Sum": 18,
    "Purpose": 210,
    "PayeeINN": 12,
    "KPP": 9,
    "CBC": 20,
    "OKTMO": 11,
}
_MUST = 5


class Coding(Enum):
    """The encodings of the standard, by the digit that names them."""

    WINDOWS_1251 = ("1", "cp1251")
    UTF_8 = ("2", "utf-8")
    KOI8_R = ("3", "koi8-r")

    @property
    def digit(self) -> str:
        """Return what stands after `ST0001`."""
        return self.value[0]

    @property
    def codec(self) -> str:
        """Return Python's name of the encoding."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment to the budget. `kopecks` is the sum; an empty field is left out of the code.

    `account` is the treasury account, `corr` the single treasury account; `tech` the kind of
    payment by the standard's list: 03 are taxes and duties.
    """

    payee: str
    account: str
    bank: str
    bic: str
    corr: str
    kopecks: int
    purpose: str
    inn: str = ""
    kpp: str = ""
    kbk: str = ""
    oktmo: str = ""
    uin: str = ""
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    payer_address: str = ""
    tech: str = "03"


def fields_of(payment: Payment) -> Iterator[tuple[str, str]]:
    """Yield keys and values in the standard's order, the five that must be there first."""
    known = (
        ("Name", payment.payee),
        ("PersonalAcc", payment.account),
        ("BankName", payment.bank),
        ("BIC", payment.bic),
        ("CorrespAcc", payment.corr),
        ("Sum", str(payment.kopecks)),
        ("Purpose", payment.purpose),
        ("PayeeINN", payment.inn),
        ("KPP", payment.kpp),
        ("CBC", payment.kbk),
        ("OKTMO", payment.oktmo),
        ("LastName", payment.last_name),
        ("FirstName", payment.first_name),
        ("MiddleName", payment.middle_name),
        ("PayerAddress", payment.payer_address),
        ("UIN", payment.uin),
        ("TechCode", payment.tech),
    )
    for at, (key, typed) in enumerate(known):
        value = " ".join(typed.split())
        if at < _MUST and not value:
            raise PaymentNotCoded(f"нет обязательного поля {key}")
        if len(value) > _LONGEST.get(key, 1000):
            raise PaymentNotCoded(f"поле {key} длиннее {_LONGEST[key]} знаков")
        if value:
            yield key, value


def payload(payment: Payment, coding: Coding | None = None) -> bytes:
    """Return what the QR code holds; UTF-8, or Windows-1251 when the first five do not fit.

    Raises:
        PaymentNotCoded: a field is missing or too long, the first five take over 300 bytes, a
            letter is not in the encoding, or every separator occurs in a value.
    """
    if payment.kopecks <= 0:
        raise PaymentNotCoded("сумма должна быть больше нуля")
    fields = list(fields_of(payment))
    mark = _separator(fields)
    reasons = []
    for chosen in (coding,) if coding else (Coding.UTF_8, Coding.WINDOWS_1251):
        start = f"ST0001{chosen.digit}{mark}"
        parts = [f"{key}={value}" for key, value in fields]
        try:
            first = (start + mark.join(parts[:_MUST])).encode(chosen.codec)
            whole = (start + mark.join(parts)).encode(chosen.codec)
        except UnicodeEncodeError:
            reasons.append("есть буквы, которых нет в кодировке кода")
            continue
        if len(first) <= BLOCK_BYTES:
            return whole
        reasons.append(f"обязательные поля длиннее {BLOCK_BYTES} байтов")
    raise PaymentNotCoded(reasons[-1])


def _separator(fields: Sequence[tuple[str, str]]) -> str:
    used = set("".join(value for _, value in fields))
    for mark in _SEPARATORS:
        if mark not in used:
            return mark
    raise PaymentNotCoded("все разделители заняты знаками реквизитов")
