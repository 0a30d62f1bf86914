"""Choices: one of a list, several of a list, yes or no."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import ClassVar

from forms.kinds.kind import Json, Kind
from forms.pasted import tidy

SEPARATOR = "; "


class One(Kind[str]):
    """One of the field's choices, typed as its code or its label; the value is the code."""

    width = 40

    @cached_property
    def _codes(self) -> dict[str, str]:
        """The code that is meant by a code or a label, the first choice first."""
        codes: dict[str, str] = {}
        for choice in self.field.choices:
            for words in (choice.code, choice.label):
                if words == tidy(words):
                    codes.setdefault(words, choice.code)
        return codes

    def read(self, typed: object) -> str:
        if isinstance(typed, str):
            if (code := self._codes.get(typed)) is not None:
                return code
            words = tidy(typed)
            if (code := self._codes.get(words)) is not None:
                return code
            folded = words.casefold()
            for choice in self.field.choices:
                if folded == choice.label.casefold():
                    return choice.code
        listed = SEPARATOR.join(choice.label for choice in self.field.choices)
        raise ValueError(f"такого варианта нет. Выберите один из списка: {listed}")

    @cached_property
    def _kept(self) -> frozenset[str]:
        """Codes that are read as themselves."""
        codes = {choice.code for choice in self.field.choices}
        return frozenset(code for code in codes if code and self._codes.get(code) == code)

    def plain(self) -> Callable[[str], object]:
        return self._kept.__contains__

    def kept(self, typed: object) -> str | None:
        return typed if type(typed) is str and typed in self._kept else None

    def show(self, value: str) -> str:
        for choice in self.field.choices:
            if choice.code == value:
                return choice.label
        return value

    def store(self, value: str) -> Json:
        return value


class Multiple(Kind[tuple[str, ...]]):
    """Some of the field's choices; the value holds their codes in the order of the list."""

    width = 40

    @cached_property
    def _one(self) -> One:
        return One(self.field)

    def read(self, typed: object) -> tuple[str, ...]:
        if isinstance(typed, str):
            typed = [part for part in typed.split(SEPARATOR.strip()) if part.strip()]
        if not isinstance(typed, list | tuple):
            raise ValueError("здесь нужен список вариантов")  # noqa: TRY004
        chosen = {self._one.read(part) for part in typed}
        return tuple(choice.code for choice in self.field.choices if choice.code in chosen)

    def show(self, value: tuple[str, ...]) -> str:
        return SEPARATOR.join(self._one.show(code) for code in value)

    def store(self, value: tuple[str, ...]) -> Json:
        return list(value)


class YesNo(Kind[bool]):
    """A flag."""

    width = 3
    _words: ClassVar[dict[str, bool]] = {"да": True, "нет": False, "true": True, "false": False}

    def read(self, typed: object) -> bool:
        if isinstance(typed, bool):
            return typed
        found = self._words.get(typed.strip().casefold()) if isinstance(typed, str) else None
        if found is None:
            raise ValueError("ответьте «да» или «нет»")
        return found

    def kept(self, typed: object) -> bool | None:
        return typed if typed is True or typed is False else None

    def show(self, value: bool) -> str:
        return "да" if value else "нет"

    def store(self, value: bool) -> Json:
        return value
