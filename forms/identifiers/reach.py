"""How a person is reached: phones and e-mail."""

from __future__ import annotations

import re

from forms.pasted import bare, clean

_EMAIL = re.compile(r"[^@\s,;<>()]+@(?:[\w-]+\.)+[\w-]{2,}")
_NATIONAL, _LONGEST = 10, 15
plain_phone = re.compile(r"\+7[3489][0-9]{9}").fullmatch
"""Tells a Russian number as `read_phone` gives it of which nothing is odd."""
_KEPT = re.compile(r"\+7[0-9]{10}")
_RUSSIAN = re.compile(r"\+7[3489]\d{9}")


def read_phone(text: str) -> str:
    """Phone in E.164: +79000000000. A foreign number keeps its own code."""
    if _KEPT.fullmatch(text):
        return text
    found = bare(text)
    foreign = found.startswith("+") and not found.startswith("+7")
    number = found.removeprefix("+")
    if not (number.isascii() and number.isdigit()):
        raise ValueError("телефон пишется цифрами, например +7 900 000-00-00")
    if foreign:
        if not _NATIONAL <= len(number) <= _LONGEST:
            raise ValueError("в иностранном номере от 10 до 15 цифр с кодом страны")
        return "+" + number
    if len(number) == _NATIONAL + 1 and number[0] in "78":
        number = number[1:]
    if len(number) != _NATIONAL:
        raise ValueError(f"нужно 10 цифр с кодом города или оператора, набрано {len(number)}")
    return "+7" + number


def show_phone(number: str) -> str:
    """Show E.164 as +7 900 000-00-00; a foreign number as it is."""
    if not number.startswith("+7"):
        return number
    return f"+7 {number[2:5]} {number[5:8]}-{number[8:10]}-{number[10:]}"


def doubt_phone(number: str) -> str:
    """Say what is odd about a phone, or nothing."""
    if not number.startswith("+7"):
        return "иностранный номер: уведомления на него могут не прийти"
    if _RUSSIAN.fullmatch(number) is None:
        return "российские номера начинаются с 3, 4, 8 или 9 после +7. Проверьте номер"
    return ""


def read_email(text: str) -> str:
    """E-mail address; Russian domains are fine."""
    found = clean(text)
    if _EMAIL.fullmatch(found) is None:
        raise ValueError("адрес пишется так: imya@example.ru, без пробелов")
    return found


def doubt_email(address: str) -> str:
    """Say what is odd about an address, or nothing."""
    mailbox, _, domain = address.rpartition("@")
    for part in (mailbox, *domain.split(".")):
        letters = [sign for sign in part if sign.isalpha()]
        latin = [sign for sign in letters if sign.isascii()]
        if latin and len(latin) != len(letters):
            return "в адресе смешаны русские и латинские буквы. Наберите его заново"
    if not mailbox.isascii() and domain.isascii():
        return "имя ящика набрано русскими буквами. Наберите его латиницей"
    return ""
