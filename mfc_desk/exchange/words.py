"""What is said of batches, entries and failures of the exchange."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mfc_desk.store.exchange import APPLIED, DUPLICATE, HELD, REJECTED, SUPERSEDED
from sync.clock import NOTICEABLE_SKEW
from sync.failures import CLOCK, next_step

_KINDS = {
    "request.register": "приём обращения",
    "request.amend": "исправление обращения",
    "request.withdraw": "отзыв заявления",
    "result.issue": "выдача результата",
    "blob.add": "вложение",
    "paper.printed": "печать",
    "paper.kept": "содержание бумаги",
    "override": "снятое предупреждение",
    "access": "просмотр",
    "operator.add": "сотрудник добавлен",
    "operator.change": "сотрудник изменён",
    "operator.lock": "вход закрыт",
    "operator.login-failed": "неверный пароль",
    "clock.jump": "часы переведены",
    "catalogue.switch": "новый каталог услуг",
    "catalogue.refuse": "каталог услуг не принят",
    "epoch.open": "начало журнала",
    "request.refuse": "отказ в приёме",
    "applicant.add": "заявитель",
    "applicant.amend": "исправление контактов заявителя",
    "day.close": "закрытие дня",
    "numbers.skip": "пропуск номеров после восстановления",
}
_OUTCOMES = {
    APPLIED: "подтверждено центром",
    DUPLICATE: "подтверждено ранее",
    HELD: "на разборе в центре",
    REJECTED: "возвращено центром",
    SUPERSEDED: "в центре выбрана другая редакция",
}
_REASONS = {
    "form": "у центра другая версия этой услуги",
    "unknown-kind": "центр ещё не знает записей этого вида",
    "centre-fault": "неполадка в центре, оператор центра её видит",
    "id-collision": "под этим опознавателем у центра другая запись",
    "number-collision": "этот номер уже есть у другого обращения",
    "invalid": "в обращении есть ошибки",
    "unreadable": "запись не читается",
    "repeated": "повтор",
    "conflict": "исправлено дважды, оператор центра выбирает редакцию",
    "blob": "ждёт сканов: по этой услуге центр регистрирует, когда они дойдут целиком (Ctrl+A)",
    "no-base": "центр не знает обращения, к которому это относится",
}


def clock_text(skew_s: float | None) -> str | None:
    """«спешат на 1 ч» past two minutes, else None; `skew_s` > 0: this clock is behind."""
    if skew_s is None or abs(skew_s) <= NOTICEABLE_SKEW.total_seconds():
        return None
    return f"{'отстают' if skew_s > 0 else 'спешат'} на {_span(abs(skew_s))}"


def clock_notice(skew_s: float | None) -> str | None:
    """What a person reads and does about a clock over two minutes wrong, else None."""
    wrong = clock_text(skew_s)
    return f"Часы этого компьютера {wrong}. {next_step(CLOCK)}" if wrong else None


def _span(seconds: float) -> str:
    """«5 мин», «1 ч 5 мин», «3 д 2 ч»."""
    minutes = round(seconds / 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(days, "д"), (hours, "ч"), (minutes, "мин")]
    return " ".join(f"{n} {unit}" for n, unit in parts if n)


def carried_text(since: datetime, now: datetime) -> str:
    """«передано на носитель 14:05», with the date when it was another day. Times local."""
    when = f"{since:%H:%M}" if since.date() == now.date() else f"{since:%d.%m}"
    return f"передано на носитель {when}"


def kind_text(kind: str) -> str:
    """Return what an entry of this kind is called."""
    return _KINDS.get(kind, kind)


def reason_text(reason: str | None) -> str | None:
    """Return the centre's reason code in words."""
    return _REASONS.get(reason, reason) if reason else None


def sent_text(count: int, *, by_relay: bool) -> str:
    """Return how many entries went out; a relay only holds them, that is not called sending."""
    return f"{'Отдано ретранслятору' if by_relay else 'Отправлено'} записей: {count}"


def entry_text(
    acked: bool, outcome: str | None, reason: str | None, *, relayed: bool = False
) -> str:
    """Return what is known of one entry: only the centre's own answer counts as confirmed."""
    if outcome is None:
        if relayed and not acked:
            return "на ретрансляторе офиса"
        return "доставлено, ждёт ответа" if acked else "ждёт отправки"
    text = _OUTCOMES.get(outcome, outcome)
    why = reason_text(reason) if outcome in {HELD, REJECTED} else None
    return f"{text}: {why}" if why else text


def batch_text(
    acked: bool,
    count: int,
    confirmed: int,
    totals: Mapping[str, int],
    *,
    relayed: bool = False,
    held: str = "",
) -> str:
    """«42 из 42 подтверждено центром», or what is missing to it; `held`: what stick has a copy."""
    if not acked and relayed:
        return f"{count} на ретрансляторе, не подтверждено"
    if not acked:
        return f"{count} {held}" if held else f"{count} ждут подтверждения"
    text = f"{confirmed} из {count} подтверждено центром"
    left = []
    if totals.get(REJECTED):
        left.append(f"возвращено {totals[REJECTED]}")
    if totals.get(HELD):
        left.append(f"на разборе {totals[HELD]}")
    silent = count - sum(totals.values())
    if silent > 0:
        left.append(f"без ответа {silent}")
    return ", ".join([text, *left])
