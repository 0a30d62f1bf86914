"""Обмен: the link, the two lanes, the last batches; send now, pause."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import ProgressBar, Static

from mfc_desk.screens.exchange.batch import BatchScreen
from mfc_desk.screens.exchange.carrier_acts import CarrierActs
from mfc_desk.screens.exchange.link_facts import link_facts
from mfc_desk.screens.exchange.reconciliation import ReconciliationScreen
from mfc_desk.screens.wording import bytes_text, count_text, moment_text
from mfc_desk.widgets.rows import Cell, Column, Row, RowList

if TYPE_CHECKING:
    from mfc_desk.exchange.desk_exchange import LinkView
    from mfc_desk.recovery.second_place import PlaceView
    from sync.session import Progress

BATCH_TONES = {
    "waiting": "warn",
    "relayed": "warn",
    "stored": "",
    "confirmed": "good",
    "attention": "bad",
}
BATCHES = 20
PAUSE = "Остановить / пустить обмен"


class ExchangeScreen(CarrierActs):
    """What was sent, what waits, and why."""

    HELP = (
        "Обмен с центром идёт сам: программа замечает связь, отправляет и повторяет при сбое. "
        "Слева связь, посередине очередь, справа пакеты: «42 из 42 подтверждено центром» значит, "
        "что центр принял каждую запись. Enter открывает пакет и ответ центра по каждой записи. "
        "«На ретрансляторе офиса» значит, что запечатанные записи лежат там и ждут центра: это ещё "
        "не доставка. Ctrl+S отправляет сейчас, Ctrl+T останавливает и снова пускает, "
        "Ctrl+K сверяет с центром."
    ) + CarrierActs.HELP_CARRIER
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,ctrl+ы", "send", "Отправить сейчас", key_display="Ctrl+S", id="send"),
        Binding("ctrl+t,ctrl+е", "pause", "Пауза", True, "Ctrl+T", tooltip=PAUSE, id="pause"),
        *CarrierActs.BINDINGS,
        Binding("ctrl+k,ctrl+л", "compare", "Сверка", key_display="Ctrl+K", id="compare"),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    def body(self) -> ComposeResult:
        """Link, lanes, batches."""
        with Horizontal(id="exchange"):
            with Vertical(id="exchange-left"):
                with Vertical(classes="panel", id="link") as link:
                    link.border_title = "Связь"
                    yield Static(id="link-text")
                with Vertical(classes="panel", id="lanes") as lanes:
                    lanes.border_title = "Очередь"
                    yield Static(id="data-text")
                    yield ProgressBar(show_eta=False, id="data-bar")
                    yield Static(id="scans-text")
                    yield ProgressBar(show_eta=False, id="scans-bar")
            with Vertical(classes="panel", id="batches-panel") as batches:
                batches.border_title = "Пакеты"
                yield RowList(
                    Column(12),
                    Column(11),
                    Column(),
                    empty="Пакетов ещё не было: первый уйдёт, когда появится связь.",
                    id="batches",
                )

    def on_mount(self) -> None:
        """Stand on the batches; the countdown goes on by itself."""
        batches = self.query_one("#batches", RowList)
        if self.desk.training:
            batches.empty = "Учебный офис ничего не отправляет."
        self.set_focus(batches)
        self.set_interval(1.0, self._facts)

    def redraw(self) -> None:
        """Everything again."""
        super().redraw()
        self._facts()
        now = self.desk.clock.now()
        self.query_one("#batches", RowList).show(
            [
                Row(
                    str(batch.from_seq),
                    (
                        Cell(moment_text(batch.sealed_at, self.tz, now), "muted"),
                        Cell(f"№ {batch.from_seq}–{batch.to_seq}"),
                        Cell(batch.text, BATCH_TONES[batch.state]),
                    ),
                )
                for batch in self.desk.exchange.batches(BATCHES)
            ]
        )

    def _facts(self) -> None:
        if self.is_current:
            view, now = self.desk.exchange.view(), self.desk.clock.now()
            self.query_one("#link-text", Static).update(
                link_facts(
                    view,
                    now,
                    self.tz,
                    training=self.desk.training,
                    second=self._second_place(),
                    restored=None if self.desk.training else self.desk.restored.view(),
                )
            )
            self.show_progress(view.progress, view)

    def _second_place(self) -> PlaceView | None:
        return None if self.desk.training else self.desk.second_place.view()

    def show_progress(self, progress: Progress | None, view: LinkView | None = None) -> None:
        """Both lanes: what waits, or how far the sending is, in items and bytes."""
        view = view or self.desk.exchange.view()
        on_scans = progress is not None and progress.lane == "scans"
        self._show_scans(progress if on_scans else None, view)
        progress = None if on_scans else progress
        bar = self.query_one("#data-bar", ProgressBar)
        text = self.query_one("#data-text", Static)
        bar.display = progress is not None
        if progress is None:
            text.update(f"{_data_text(view)}\n{self.desk.exchange.summary().text}")
            return
        bar.update(total=max(1, progress.total), progress=progress.done)
        text.update(
            f"данные: {progress.done} из {progress.total} · "
            f"{bytes_text(progress.bytes_done)} из {bytes_text(progress.bytes_total)}"
        )

    def _show_scans(self, progress: Progress | None, view: LinkView) -> None:
        """The lane of scans."""
        bar = self.query_one("#scans-bar", ProgressBar)
        bar.display = progress is not None
        text = self.query_one("#scans-text", Static)
        waiting = view.scans
        if progress is not None:
            bar.update(total=max(1, progress.bytes_total), progress=progress.bytes_done)
            text.update(
                f"сканы: {progress.done} из {progress.total} · "
                f"{bytes_text(progress.bytes_done)} из {bytes_text(progress.bytes_total)}"
            )
        elif waiting.count:
            words = count_text(waiting.count, "скан ждёт", "скана ждут", "сканов ждут")
            text.update(f"сканы: {words} · {bytes_text(waiting.size - waiting.sent)}")
        else:
            text.update("сканы: всё отправлено")

    @on(RowList.Chosen, "#batches")
    def _open(self, event: RowList.Chosen) -> None:
        self.app.push_screen(BatchScreen(self.desk.exchange.batch_entries(int(event.key))))

    def action_send(self) -> None:
        """Exchange now, whatever the schedule says."""
        self.post_message(self.Go("send"))

    def action_compare(self) -> None:
        """Both sides compared."""
        self.app.push_screen(ReconciliationScreen(self.desk))

    def action_pause(self) -> None:
        """Stop the exchange, or let it go on."""
        if self.desk.exchange.view().frozen:
            self.desk.exchange.resume()
        else:
            self.desk.exchange.pause()
        self.redraw()


def _data_text(view: LinkView) -> str:
    """What waits on this disk; what only the relay holds is neither sent nor waiting here."""
    here = view.on_this_disk_only
    if here:
        words = count_text(here, "обращение ждёт", "обращения ждут", "обращений ждут")
        held = f"\nиз них на носителе {view.carried}, это ещё не доставка" if view.carried else ""
        return f"данные: {words} отправки{held}"
    return "данные: всё на ретрансляторе офиса" if view.relayed else "данные: всё отправлено"
