"""The list of a request's sections: a column when there is room, one line when there is not."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

MARKS = {"done": "✓", "open": "●", "todo": "○", "faulty": "✗"}
"""States by shape; colour only repeats it."""
TONES = {"done": "$success", "open": "$primary bold", "todo": "$muted", "faulty": "$error"}


@dataclass(frozen=True)
class Stop:
    """One section: its name, label and state done, open, todo or faulty."""

    name: str
    label: str
    state: str


class SectionRail(Widget):
    """Shows the stops; in a narrow terminal only «Льгота 2/5» and what stands around it."""

    BORDER_TITLE = "Разделы"

    stops: reactive[tuple[Stop, ...]] = reactive(())

    @dataclass
    class Clicked(Message):
        """A section was clicked."""

        name: str

    def render(self) -> RenderResult:
        """Column or line, by the height there is."""
        if self.content_size.height <= 1:
            return self._line()
        lines = [self._stop(stop) for stop in self.stops]
        return Content("\n").join(lines)

    def _stop(self, stop: Stop) -> Content:
        return Content.styled(f"{MARKS[stop.state]} {stop.label}", TONES[stop.state])

    def _line(self) -> Content:
        total = len(self.stops)
        here = next((i for i, s in enumerate(self.stops) if s.state == "open"), 0)
        if not total:
            return Content("")
        marks = "".join(MARKS[stop.state] for stop in self.stops)
        label = f"{self.stops[here].label} {here + 1}/{total}"
        return Content.assemble((label, "bold $primary"), (f"   {marks}", "$muted"))

    def on_click(self, event: events.Click) -> None:
        """Tell which section was clicked."""
        at = event.get_content_offset(self)
        if self.content_size.height > 1 and at is not None and at.y < len(self.stops):
            self.post_message(self.Clicked(self.stops[at.y].name))
