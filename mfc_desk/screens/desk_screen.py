"""What every screen of an opened desk has: the header, the keys, help, the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget

from mfc_desk.access.roles import Action, may
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.wording import link_words, place_text
from mfc_desk.widgets.key_line import KeyLine
from mfc_desk.widgets.link_line import LinkLine

if TYPE_CHECKING:
    from mfc_desk.desk import Desk


NEEDED = {
    "intake": Action.INTAKE,
    "bundles": Action.INTAKE,
    "search": Action.FIND,
    "attention": Action.FIND,
    "exchange": Action.EXCHANGE,
    "settings": Action.SETTINGS,
    "print_queue": Action.PRINT,
    "printers": Action.SETTINGS,
    "payees": Action.REQUISITES,
}
"""What an operator must be allowed to go to a place."""


def place_key(key: str, place: str, shown: str, name: str) -> Binding:
    """The key of a place: `shown` in the key line (not at all when empty), `name` elsewhere."""
    return Binding(
        key,
        f"go('{place}')",
        shown or name,
        show=bool(shown),
        key_display=key.partition(",")[0].title(),
        tooltip=name,
        id=f"go-{place}",
    )


class DeskScreen(Screen[ScreenResultType]):
    """A screen that works on a desk. Subclasses give `body`, `HELP` and their keys."""

    BLANK = True  # what is on it covers it: nothing to draw line by line
    HELP: ClassVar[str] = ""
    """What this screen is for and how it is used; F1 shows it above the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
        place_key("f2", "intake", "", "Новое обращение"),
        place_key("f3", "search", "", "Поиск обращений"),
        place_key("f4", "attention", "", "Требуют внимания"),
        place_key("f5", "exchange", "", "Обмен с центром"),
        place_key("f9", "settings", "", "Настройки"),
        place_key("ctrl+q,ctrl+й", "print_queue", "", "Очередь печати"),
    ]

    @dataclass
    class Go(Message):
        """Another place of the program is wanted."""

        place: str

    def __init__(self, desk: Desk) -> None:
        """A screen over this desk."""
        super().__init__()
        self.desk = desk
        self.tz = desk.zone
        self._came_before = self._seen = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A place whose work is not this operator's has no key."""
        needed = NEEDED.get(str(parameters[0])) if action == "go" and parameters else None
        if needed is not None:
            return may(self.desk.operator.role, needed)
        return super().check_action(action, parameters)

    def compose(self) -> ComposeResult:
        """Header, body, keys; of the width there is from the start, not after a first layout."""
        width, breakpoints = self.app.size.width, self.app.HORIZONTAL_BREAKPOINTS or ()
        fitting = max((one for one in breakpoints if one[0] <= width), default=None)
        self.update_classes({name: (at, name) == fitting for at, name in breakpoints}, update=False)
        self.app.stylesheet.update_nodes([self])
        yield LinkLine(place_text(self.desk), self.desk.operator.name)
        yield from self.body()
        yield KeyLine()

    def body(self) -> ComposeResult:
        """What stands between the header and the keys."""
        return iter(())

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Fresh facts whenever the screen comes to the front."""
        if not self._came_before:
            event.refresh_styles = False  # it was styled a moment ago, when it was composed
            self._came_before = True
        with said_on(self):
            self.redraw()

    def _screen_resized(self, size: Size) -> None:
        """Lay out for another size only: the first one is said again after the first layout."""
        if size != self.size:
            super()._screen_resized(size)

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        """Lay out for the first time when everything has come that will, not at the resume."""
        if size is not None and not self._seen:
            self._layout_required = True  # for `on_idle`, or a tick that comes before it
        else:
            super()._refresh_layout(size or self.outer_size or self.app.size, scroll)

    def _update_focus_styles(
        self, focused: Widget | None = None, blurred: Widget | None = None
    ) -> None:
        """Style the frames around the focus anew, not everything within them.

        Nothing inside a frame is styled by the focus of its neighbours, and the editor that has
        it styles itself.
        """
        ends = [one for one in (focused, blurred) if one is not None]
        frames = {
            node for end in ends for node in end.ancestors_with_self if node.has_class("panel")
        }
        self.app.stylesheet.update_nodes(frames, animate=True)

    def on_idle(self) -> None:
        """Paint the first picture when it is whole, not with the next tick of 60 a second."""
        if self._seen or not self.is_current or not self._repaint_required:
            return
        if self.app._batch_count:  # noqa: SLF001  # Textual says it nowhere else
            self.app.call_later(self.check_idle)  # nor does it wake a screen when a batch has ended
        else:
            self._lay_out_first()
            self._on_timer_update()

    def on_screen_suspend(self) -> None:
        """Another screen came over this one before it was painted: it may show through."""
        if not self._seen:
            self._lay_out_first()
            self.app.screen.refresh()

    def _lay_out_first(self) -> None:
        self._seen = True
        self._refresh_layout(self.app.size)
        self._layout_required = False
        if self.focused is not None and not self.can_view_entire(self.focused):
            self.scroll_to_center(self.focused, animate=False, origin_visible=True)

    def _compositor_refresh(self) -> None:
        """Draw nothing that a batch would throw away; it is drawn when the batch ends."""
        if self.app._batch_count:  # noqa: SLF001  # as above
            self.app.call_later(self.refresh)
        else:
            super()._compositor_refresh()

    def redraw(self) -> None:
        """Ask the desk again; the header here, the rest in subclasses."""
        self.draw_link()

    def draw_link(self) -> None:
        """The header's link light and what is not sent."""
        view = self.desk.exchange.view()
        now, centre = self.desk.clock.now(), self.desk.centre_now()
        words = link_words(view, self.tz, now, centre=centre, training=self.desk.training)
        for line in self.query(LinkLine):  # there is none before the screen has composed itself
            line.link = words

    def leaving(self) -> None:
        """Save what is not saved: the screen goes away or is hidden."""

    def heard(self) -> None:
        """Something happened behind: an exchange, a printing."""
        if self.is_current and self.query(LinkLine):
            with said_on(self):
                self.redraw()

    def action_back(self) -> None:
        """One step back."""
        self.dismiss(None)

    def action_go(self, place: str) -> None:
        """Leave for another place."""
        self.post_message(self.Go(place))
