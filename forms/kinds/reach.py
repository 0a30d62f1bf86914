"""Phones and e-mail."""

from __future__ import annotations

from collections.abc import Callable

from forms import identifiers
from forms.identifiers.reach import doubt_email, doubt_phone, plain_phone
from forms.kinds.kind import Json, Kind, typed_text


class Phone(Kind[str]):
    """A phone, kept in E.164."""

    width = 18

    def read(self, typed: object) -> str:
        return identifiers.read_phone(typed_text(typed))

    def plain(self) -> Callable[[str], object]:
        return plain_phone

    def show(self, value: str) -> str:
        return identifiers.show_phone(value)

    def store(self, value: str) -> Json:
        return value

    def doubt(self, value: str) -> str:
        return doubt_phone(value)


class Email(Kind[str]):
    """An e-mail address."""

    width = 40

    def read(self, typed: object) -> str:
        return identifiers.read_email(typed_text(typed))

    def doubt(self, value: str) -> str:
        return doubt_email(value)
