"""Reading one TOML table: every wrong key and value is reported, none stops the reading."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from datetime import date, datetime

Report = Callable[[str, str], None]


class Table:
    """A TOML table that remembers which keys were asked for.

    Every getter reports a wrong value and gives the default instead; `close` reports the keys
    nobody asked for.
    """

    def __init__(self, data: dict[str, object], where: str, report: Report) -> None:
        self.data = data
        self.where = where
        self._report = report
        self._asked: list[str] = []

    def wrong(self, key: str, text: str) -> None:
        """Report a mistake at a key of this table."""
        self._report(f"{self.where}: {key}" if self.where else key, text)

    def raw(self, key: str) -> object:
        """Give what stands under a key, or None."""
        self._asked.append(key)
        return self.data.get(key)

    def text(self, key: str, *, required: bool = False) -> str:
        """Give a text; empty when there is none."""
        value = self.raw(key)
        if value is None:
            if required:
                self.wrong(key, "нет обязательного ключа")
            return ""
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, "нужен непустой текст")
            return ""
        return value.strip()

    def word(self, key: str, allowed: tuple[str, ...], default: str = "") -> str:
        """Give one of the allowed words; without a default the key is required."""
        value = self.raw(key)
        if value is None:
            if not default:
                self.wrong(key, f"нет обязательного ключа. Допустимо: {', '.join(allowed)}")
            return default or allowed[0]
        if value not in allowed:
            self.wrong(key, f"«{value}» не подходит. Допустимо: {', '.join(allowed)}")
            return default or allowed[0]
        return str(value)

    def words(self, key: str, allowed: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Give a list of texts, each one of the allowed when there are such."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self.wrong(key, "нужен список текстов")
            return ()
        for one in value:
            if allowed is not None and one not in allowed:
                self.wrong(key, f"«{one}» не подходит. Допустимо: {', '.join(allowed)}")
        return tuple(value)

    def whole(self, key: str, *, default: int = 0, least: int = 0, required: bool = False) -> int:
        """Give a whole number not less than the least."""
        value = self.raw(key)
        if value is None:
            if required:
                self.wrong(key, "нет обязательного ключа")
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.wrong(key, f"нужно целое число не меньше {least}")
            return default
        return value

    def flag(self, key: str) -> bool:
        """Give true or false; false when there is none."""
        value = self.raw(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.wrong(key, "нужно true или false")
        return False

    def day(self, key: str) -> date | None:
        """Give a date without time."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        self.wrong(key, "нужна дата вида 2026-01-01 без кавычек")
        return None

    def table(self, key: str) -> Table | None:
        """Give the table under a key."""
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, "нужна таблица")
            return None
        return Table(value, f"{self.where}, {key}" if self.where else key, self._report)

    def tables(self, key: str) -> Iterator[Table]:
        """Walk an array of tables; each is called by its name, or by its number from 1."""
        value = self.raw(key)
        if value is None:
            return
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.wrong(key, f"нужен список таблиц [[{key}]]")
            return
        for number, one in enumerate(value, start=1):
            name = one.get("name") or one.get("variant") or one.get("label")
            called = f"{key} «{name}»" if isinstance(name, str) else f"{key} {number}"
            yield Table(one, f"{self.where}, {called}" if self.where else called, self._report)

    def close(self) -> None:
        """Report every key nobody asked for, with the nearest known one."""
        for key in self.data:
            if key in self._asked:
                continue
            near = difflib.get_close_matches(key, self._asked, n=1)
            guess = f". Может быть, {near[0]}?" if near else ""
            self.wrong(key, f"неизвестный ключ{guess}")
