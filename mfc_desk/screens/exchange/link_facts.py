"""What «Обмен» says of the link: its state, the tries, the clock, where the requests lie."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from textual.content import Content

from mfc_desk.exchange.words import clock_text
from mfc_desk.recovery.second_place import TROUBLE
from mfc_desk.screens.wording import moment_text, span_text
from sync.failures import CLOCK, next_step

if TYPE_CHECKING:
    from mfc_desk.exchange.desk_exchange import LinkView
    from mfc_desk.recovery.restored import RestoredView
    from mfc_desk.recovery.second_place import PlaceView


def link_facts(
    view: LinkView,
    now: datetime,
    tz: tzinfo,
    *,
    training: bool,
    second: PlaceView | None = None,
    restored: RestoredView | None = None,
) -> Content:
    """The panel «Связь»; `tz` is the office's, `second` and `restored` of a desk that sends."""
    pairs = [
        ("Последняя связь", moment_text(view.last_contact, tz, now))
        if view.last_contact
        else ("Последняя связь", "ещё не было"),
        ("Следующая попытка", _next(view, now)),
        ("Часы", _skew(view)),
        ("Только на этом диске", str(view.on_this_disk_only)),
    ]
    if view.relayed:
        pairs.append(("На ретрансляторе", f"{view.relayed}, не подтверждено"))
    if second is not None:
        pairs.append(("Второе место", second.short))
    lines = [Content.styled(*_state(view, training=training))]
    lines += [Content.assemble((f"{name:<21}", "$muted"), words) for name, words in pairs]
    if clock_text(view.clock_skew_s):
        lines.append(Content.styled(next_step(CLOCK), "$warning"))
    if view.frozen or view.last_error:
        lines.append(Content.styled(view.frozen or view.last_error or "", "$error"))
    if view.step:
        lines.append(Content.assemble(("Что делать: ", "bold"), view.step))
    if restored is not None and restored.lacks:
        words = f"Место собрано заново, не вернулось: {len(restored.lacks)}. Ctrl+K покажет"
        lines.append(Content.styled(words, "$warning"))
    if second is not None and second.state == TROUBLE:
        lines.append(Content.styled(second.text, "$warning"))
    return Content("\n").join(lines)


def _state(view: LinkView, *, training: bool) -> tuple[str, str]:
    if training:
        return "учебный офис: центра нет", "bold $muted"
    if view.frozen:
        return "обмен остановлен", "bold $warning"
    if view.online is None:
        return "связи ещё не было", "bold $muted"
    if not view.online:
        return "связи нет", "bold $error"
    words = "через ретранслятор офиса" if view.by_relay else "связь есть"
    return words, "bold $success"


def _next(view: LinkView, now: datetime) -> str:
    if view.frozen or view.next_try is None:
        return "—"
    left = view.next_try - now
    return f"через {span_text(left)}" if left.total_seconds() > 0 else "сейчас"


def _skew(view: LinkView) -> str:
    if view.clock_skew_s is None:
        return "ещё не сверены"
    return clock_text(view.clock_skew_s) or "совпадают с центром"
