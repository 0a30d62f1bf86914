"""One line of typing: plain, or laid out by a mask while digits are typed."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import set_cell_size
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input

SLOT = "0"
"""A mask's place for one digit; every other character of a mask stands for itself."""

KNOWN_CLASSES = "-textual-compact -valid"
"""What an Input finds out about itself later, for which it would be styled all over again."""


def lay_out(mask: str, typed: str) -> str:
    """Put the digits of `typed` into the mask as far as they go: 12031956 -> 12.03.1956.

    What does not fit the mask (letters, too many digits) is given back as typed.
    """
    digits = [c for c in typed if c.isdigit()]
    literals = set(mask) - {SLOT}
    if len(digits) > mask.count(SLOT) or any(not c.isdigit() and c not in literals for c in typed):
        return typed
    laid: list[str] = []
    rest = iter(digits)
    left = len(digits)
    for place in mask:
        if not left:
            break
        if place == SLOT:
            laid.append(next(rest))
            left -= 1
        else:
            laid.append(place)
    return "".join(laid)


class LineEditor(Input, inherit_bindings=False):
    """An Input without a frame whose Ctrl keys also work in the Russian layout."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *Input.BINDINGS,  # not those of a scrolling container, which take Ctrl+PgUp and Ctrl+PgDn
        Binding("up", "app.focus_previous", "Поле выше", show=False),
        Binding("down", "app.focus_next", "Поле ниже", show=False),
        Binding("ctrl+ф", "home", "В начало", show=False),
        Binding("ctrl+у", "end", "В конец", show=False),
        Binding("ctrl+в", "delete_right", "Удалить справа", show=False),
        Binding("ctrl+ц", "delete_left_word", "Удалить слово слева", show=False),
        Binding("ctrl+г", "delete_left_all", "Очистить слева", show=False),
        Binding("ctrl+л", "delete_right_all", "Очистить справа", show=False),
        Binding("ctrl+ч", "cut", "Вырезать", show=False),
        Binding("ctrl+с", "copy", "Копировать", show=False),
        Binding("ctrl+м", "paste", "Вставить", show=False),
        Binding("ctrl+shift+ф", "select_all", "Выделить всё", show=False),
    ]

    compact = Reactive(True, init=False)
    """Always so: the class says it from the start, and nothing is styled twice for it."""

    virtual_size = Reactive(Size(0, 0), layout=False)
    """How wide the text is: the editor's own width never follows it, so a key lays nothing out."""

    def __init__(
        self,
        value: str = "",
        *,
        mask: str = "",
        placeholder: str = "",
        max_length: int = 0,
        password: bool = False,
        id: str | None = None,  # noqa: A002  # Textual's word
        classes: str | None = None,
    ) -> None:
        """`mask` like 00.00.0000; the mask is also the placeholder when none is given."""
        super().__init__(
            value,
            placeholder=placeholder,
            password=password,
            compact=True,
            select_on_focus=False,
            max_length=max_length,
            id=id,
            classes=f"{KNOWN_CLASSES} {classes or ''}",
        )
        self._mask = mask

    def drawn(self, width: int) -> Content:
        """What it shows in `width` columns while nobody types into it."""
        text, tone = (self.value, "") if self.value else (self.placeholder, "$text-disabled")
        shown = set_cell_size(text, width)
        return Content.assemble((shown, tone))

    def insert(self, text: str, index: int) -> None:
        """Type or paste; at the end of a masked field digits fall into their places."""
        at_end = index == len(self.value)
        super().insert(text, index)
        if self._mask and at_end:
            laid = lay_out(self._mask, self.value)
            if laid != self.value:
                self.value = laid
                self.cursor_position = len(laid)
