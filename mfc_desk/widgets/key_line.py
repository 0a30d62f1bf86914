"""The line of keys at the foot of every screen, drawn from the bindings that work right now."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import RenderResult
from textual.binding import ActiveBinding, Binding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

NARROW = 100
"""Below this width the line holds five keys and F1."""


def working_bindings(screen: Screen[object]) -> list[ActiveBinding]:
    """Bindings of our screens and program that do something now, one per action, in their order.

    Keys of input fields themselves (cursor, delete) have no id and are left out.
    """
    found: dict[str, ActiveBinding] = {}
    for active in screen.active_bindings.values():
        if active.binding.id and active.enabled and active.binding.description:
            found.setdefault(active.binding.action, active)
    own = [b.action for b in type(screen).BINDINGS if isinstance(b, Binding)]
    places = {action: place for place, action in reversed(list(enumerate(own)))}
    return sorted(found.values(), key=lambda a: places.get(a.binding.action, len(own)))


class KeyLine(Widget):
    """One line of keys; follows the focus; a click on a key does what the key does."""

    def on_mount(self) -> None:
        """Redraw when the screen's bindings change."""
        self._drawn: list[Binding] | None = None
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        painted = screen is self.screen and self._drawn is not None
        if painted and self._shown() != self._drawn:
            self.refresh()

    def _shown(self) -> list[Binding]:
        return [a.binding for a in working_bindings(self.screen) if a.binding.show]

    def render(self) -> RenderResult:
        """Keys left to right as long as they fit; F1 is never dropped."""
        self._drawn = bindings = self._shown()
        width = self.content_size.width
        help_keys = [b for b in bindings if b.key == "f1"]
        others = [b for b in bindings if b.key != "f1"]
        if width < NARROW:
            others = others[:5]
        parts: list[Content] = []
        used = sum(self._width(b) for b in help_keys)
        for binding in others:
            if used + self._width(binding) <= width:
                used += self._width(binding)
                parts.append(self._part(binding))
        parts.extend(self._part(b) for b in help_keys)
        return Content("").join(parts)

    def _label(self, binding: Binding) -> tuple[str, str]:
        return binding.key_display or binding.key.upper(), binding.description

    def _width(self, binding: Binding) -> int:
        key, text = self._label(binding)
        return cell_len(key) + cell_len(text) + 3

    def _part(self, binding: Binding) -> Content:
        key, text = self._label(binding)
        action = binding.action if "." in binding.action else f"screen.{binding.action}"
        words = Content.assemble((f" {key}", "bold $bar-text"), (f" {text} ", "$bar-muted"))
        return words.stylize(Style.from_meta({"@click": action}))
