"""Texts: free ones, names, addresses."""

from __future__ import annotations

import re
from collections.abc import Callable

from forms.kinds.kind import Kind, typed_text
from forms.pasted import cyrillic, tidy

_NAME = re.compile(r"[А-Яа-яЁёІіЇїЄєҐґ][А-Яа-яЁёІіЇїЄєҐґ .'’ʼ`-]*")
_FOREIGN = re.compile(r"[A-Za-z]")
_RUSSIAN = re.compile(r"[А-Яа-яЁёІіЇїЄєҐґ]")
_DIGIT = re.compile(r"[0-9]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z .'’-]*")
_PLAIN_NAME = (
    r"(?!(?i:отсутствует|без отчества)\Z)"
    r"[А-ЯЁІЇЄҐ][а-яёіїєґ]{3,40}(?:[- ][А-ЯЁІЇЄҐ][а-яёіїєґ]{1,40}){0,3}"
)
_NO_PATRONYMIC = frozenset({"-", "--", "нет", "б/о", "бо", "отсутствует", "без отчества"})
_FILE = re.compile(r"[^/\\:*?\"<>|]+\.(?:pdf|jpe?g|png|tiff?)", re.IGNORECASE)
_LINE, _LINES, _ADDRESS, _SHORTEST_ADDRESS = 250, 2000, 300, 8


class Words(Kind[str]):
    """One line of free text."""

    width = 40

    def read(self, typed: object) -> str:
        found = tidy(typed if type(typed) is str else typed_text(typed))
        limit = self.field.max_length or _LINE
        if len(found) > limit:
            raise ValueError(f"не больше {limit} знаков, набрано {len(found)}")
        return found

    def kept(self, typed: object) -> str | None:
        if type(typed) is not str or not typed or len(typed) > (self.field.max_length or _LINE):
            return None
        return typed if tidy(typed) == typed else None


class Lines(Kind[str]):
    """Free text of several lines."""

    width = 60

    def read(self, typed: object) -> str:
        found = "\n".join(tidy(line) for line in typed_text(typed).splitlines()).strip()
        limit = self.field.max_length or _LINES
        if len(found) > limit:
            raise ValueError(f"не больше {limit} знаков, набрано {len(found)}")
        return found


class Name(Words):
    """A surname, name or patronymic, or several together: letters of Russian and Ukrainian.

    Case is never forced; a Latin look-alike among Cyrillic letters is put right.
    """

    def read(self, typed: object) -> str:
        found = super().read(typed)
        if found.casefold() in _NO_PATRONYMIC:
            raise ValueError(f"«{found}» — не имя. Оставьте поле пустым, если имени нет")
        if _NAME.fullmatch(found):
            return found
        if _FOREIGN.search(found):
            found = cyrillic(found)
            if _FOREIGN.search(found) or not _RUSSIAN.search(found):
                raise ValueError("имя пишется русскими буквами, как в предъявленном документе")
        if _NAME.fullmatch(found) is None:
            raise ValueError("в имени бывают буквы, пробел, дефис, апостроф и точка")
        return found

    def plain(self) -> Callable[[str], object]:
        longest = self.field.max_length or _LINE
        return re.compile(rf"(?=.{{1,{longest}}}\Z){_PLAIN_NAME}").fullmatch


class LatinName(Words):
    """A name in Latin letters, as on a card."""

    def read(self, typed: object) -> str:
        found = super().read(typed)
        if _LATIN.fullmatch(found) is None:
            raise ValueError("пишется латинскими буквами, как на карте, например MARIIA OBRAZTSOVA")
        return found


class Address(Kind[str]):
    """A postal address in one line."""

    width = 60

    def read(self, typed: object) -> str:
        found = tidy(typed_text(typed))
        if len(found) > _ADDRESS:
            raise ValueError(f"не больше {_ADDRESS} знаков, набрано {len(found)}")
        if len(found) < _SHORTEST_ADDRESS or not (
            found[0].isalpha() or any(sign.isalpha() for sign in found)
        ):
            raise ValueError("адрес слишком короткий: укажите город, улицу, дом и квартиру")
        return found

    def kept(self, typed: object) -> str | None:
        if type(typed) is not str or not _SHORTEST_ADDRESS <= len(typed) <= _ADDRESS:
            return None
        if tidy(typed) != typed:
            return None
        return typed if typed[0].isalpha() or any(map(str.isalpha, typed)) else None

    def doubt(self, value: str) -> str:
        if not _DIGIT.search(value) and not any(sign.isdigit() for sign in value):
            return "в адресе нет номера дома. Проверьте адрес"
        return ""


class FileName(Words):
    """Name of a file with a scan; the file itself lies with the papers of the case."""

    def read(self, typed: object) -> str:
        found = super().read(typed)
        if _FILE.fullmatch(found) is None:
            raise ValueError(
                "нужно имя файла со сканом: pdf, jpg, png или tif, например scan-01.pdf"
            )
        return found
