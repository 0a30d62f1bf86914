"""Bare Textual programs to compare with: `python -m bench.ground.bare label|login|form`."""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Label

FIELDS = 60
FIRST = "Пароль"
"""Stands on the first screen of all of them."""


class BareLabel(App[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        """The line."""
        yield Label(FIRST)


class BareLogin(App[None]):
    """The widgets of a login screen, without any style or behaviour of ours."""

    CSS = "Screen { align: center middle; } Vertical { width: 50; height: auto; border: solid; }"

    def compose(self) -> ComposeResult:
        """Two inputs with labels in a frame."""
        with Vertical():
            yield Label("Имя для входа")
            yield Input(compact=True)
            yield Label(FIRST)
            yield Input(compact=True, password=True)
            yield Label("")


class BareForm(App[None]):
    """Sixty inputs with labels that scroll, and nothing else."""

    CSS = """
    Horizontal { height: 1; margin-bottom: 1; }
    Label { width: 28; }
    Input { width: 40; }
    """

    def compose(self) -> ComposeResult:
        """One line a field."""
        with VerticalScroll(can_focus=False):
            for number in range(1, FIELDS + 1):
                with Horizontal():
                    yield Label(f"Поле {number:02d}")
                    yield Input(compact=True, select_on_focus=False, max_length=100)


if __name__ == "__main__":
    {"label": BareLabel, "login": BareLogin, "form": BareForm}[sys.argv[1]]().run()
