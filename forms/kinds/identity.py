"""Series, numbers and codes of identity documents."""

from __future__ import annotations

import re
from collections.abc import Callable

from forms import identifiers
from forms.identifiers.okato import doubt_region
from forms.identifiers.papers import bare_number, read_birth_series
from forms.kinds.kind import Kind, typed_text

_OLDEST_BLANK = 97  # blanks of the present passport are printed since 1997
_LONGEST = 20
_PLAIN_NUMBER = re.compile(r"(?!000000)[0-9]{6}").fullmatch
_PLAIN_SUBDIVISION = re.compile(r"(?!000-000)[0-9]{2}[0-3]-[0-9]{3}").fullmatch
_SIGNS = re.compile(rf"[0-9A-ZА-ЯЁІЇЄҐ]{{1,{_LONGEST}}}")


def _plain_series() -> Callable[[str], object]:
    """Tells series of regions that are."""
    regions = "|".join(f"{one:02d}" for one in range(100) if not doubt_region(f"{one:02d}"))
    return re.compile(f"(?:{regions})[0-9]{{2}}").fullmatch


_PLAIN_SERIES = _plain_series()


class PassportSeries(Kind[str]):
    """Series of a Russian passport."""

    mask = "0000"
    width = 4

    def read(self, typed: object) -> str:
        return identifiers.read_passport_series(typed_text(typed))

    def plain(self) -> Callable[[str], object]:
        return _PLAIN_SERIES

    def doubt(self, value: str) -> str:
        return doubt_region(value)


class PassportNumber(Kind[str]):
    """Number of a Russian passport."""

    mask = "000000"
    width = 6

    def read(self, typed: object) -> str:
        return identifiers.read_passport_number(typed_text(typed))

    def plain(self) -> Callable[[str], object]:
        return _PLAIN_NUMBER

    def doubt(self, value: str) -> str:
        return "номер 000000 не выдаётся. Проверьте по паспорту" if value == "000000" else ""


class SubdivisionCode(Kind[str]):
    """Code of the body that issued a passport."""

    mask = "000-000"
    width = 7

    def read(self, typed: object) -> str:
        return identifiers.read_subdivision_code(typed_text(typed))

    def plain(self) -> Callable[[str], object]:
        return _PLAIN_SUBDIVISION


class BirthSeries(Kind[str]):
    """Series of a birth certificate."""

    width = 10

    def read(self, typed: object) -> str:
        return read_birth_series(typed_text(typed))


class BirthCertificate(Kind[str]):
    """Series and number of a birth certificate together."""

    width = 18

    def read(self, typed: object) -> str:
        return identifiers.read_birth_certificate(typed_text(typed))


class ForeignPassport(Kind[str]):
    """Passport for travel abroad."""

    mask = "00 0000000"
    width = 10

    def read(self, typed: object) -> str:
        return identifiers.read_foreign_passport(typed_text(typed))


class DocumentSeries(Kind[str]):
    """Series of any other document; its shape comes from the kind of the document."""

    width = 10

    def read(self, typed: object) -> str:
        return _short(bare_number(typed_text(typed)))


class DocumentNumber(DocumentSeries):
    """Number of any other document."""

    width = 20


def _short(found: str) -> str:
    if _SIGNS.fullmatch(found) is None:
        raise ValueError(f"нужно от 1 до {_LONGEST} цифр и букв, как в документе")
    return found


def blank_year(series: str) -> int:
    """Year the blank of a Russian passport was printed, from its series."""
    short = int(series[2:])
    return (1900 if short >= _OLDEST_BLANK else 2000) + short
