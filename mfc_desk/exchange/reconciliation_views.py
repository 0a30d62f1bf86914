"""What came of comparing the desk with its centre: days, services, entries that differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mfc_desk.exchange.words import kind_text
from sync.clock import from_iso

UNSENT, MISSING, SURPLUS, CHANGED = "unsent", "missing", "surplus", "changed"
WHAT = {
    UNSENT: "есть в офисе, в центр ещё не отправлено",
    MISSING: "есть в офисе, нет в центре",
    SURPLUS: "есть в центре, нет в офисе",
    CHANGED: "запись в центре не та, что в офисе",
}
CAUSES = {
    UNSENT: "не синхронизировано",
    MISSING: "утрачено в центре",
    SURPLUS: "нет в журнале офиса",
    CHANGED: "запись изменена",
}
ACTIONS = {
    UNSENT: "повторить обмен",
    MISSING: "центру: проверить хранилище, вернуть из копии",
    SURPLUS: "офису: не работать на этой базе, сообщить центру",
    CHANGED: "обеим сторонам: проверить журнал",
}


@dataclass(frozen=True)
class ComparedDay:
    """Entries of a day (ISO) on both sides; `equal` when count, bytes and leaves agree."""

    day: str
    here: int
    there: int
    equal: bool


@dataclass(frozen=True)
class ServiceCount:
    """Requests of a service (its slug) taken here and received there."""

    service: str
    here: int
    there: int


@dataclass(frozen=True)
class Difference:
    """One entry that is not on both sides alike; `what` is unsent, missing, surplus or changed."""

    day: str
    seq: int
    what: str
    kind: str | None
    number: str | None

    @property
    def name(self) -> str:
        """The request's number, else which entry of the journal it is."""
        return self.number or f"запись {self.seq}"

    @property
    def text(self) -> str:
        """What is wrong, and with what."""
        about = f" ({kind_text(self.kind)})" if self.kind else ""
        return f"{WHAT[self.what]}{about}"


@dataclass(frozen=True)
class Comparison:
    """Both sides at one moment. `at` is ISO UTC by the centre; `only` the one day compared.

    `have` is the centre's last entry, `end` the desk's; `heads_equal`: the chains agree there.
    `unlisted` counts days that differ and were not looked into entry by entry.
    """

    number: str
    at: str
    only: str | None
    have: int
    end: int
    heads_equal: bool
    days: tuple[ComparedDay, ...]
    services: tuple[ServiceCount, ...]
    differences: tuple[Difference, ...]
    damaged: int = 0
    unlisted: int = 0

    @property
    def moment(self) -> datetime:
        """When, aware UTC."""
        return from_iso(self.at)

    @property
    def equal(self) -> bool:
        """Whether both sides are the same, byte by byte."""
        return self.heads_equal and not self.damaged and all(day.equal for day in self.days)

    @property
    def total(self) -> int:
        """How many entries this desk has of the days compared."""
        return sum(day.here for day in self.days)

    @property
    def confirmed(self) -> int:
        """How many of them the centre proved to have alike."""
        lost = sum(one.what != SURPLUS for one in self.differences)
        listed = {one.day for one in self.differences}
        unseen = sum(day.here for day in self.days if not day.equal and day.day not in listed)
        return self.total - lost - (unseen if self.unlisted else 0)

    @property
    def text(self) -> str:
        """«42 из 42 подтверждено», and what is missing to it."""
        said = f"{self.confirmed} из {self.total} подтверждено"
        parts = [
            f"{words} {count}"
            for what, words in (
                (UNSENT, "не отправлено"),
                (MISSING, "нет в центре"),
                (SURPLUS, "лишних в центре"),
                (CHANGED, "не совпадает"),
            )
            if (count := sum(one.what == what for one in self.differences))
        ]
        if not self.heads_equal:
            parts.append("цепочки журналов разошлись")
        if self.damaged:
            parts.append(f"центр не читает своих пакетов: {self.damaged}")
        if self.unlisted:
            parts.append(f"дней не разобрано поимённо: {self.unlisted}")
        return "; ".join([said, *parts])
