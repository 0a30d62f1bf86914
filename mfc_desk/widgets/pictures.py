"""Whether this terminal shows pictures, asked before the program takes its keyboard."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from PIL.Image import Image
    from textual.widget import Widget

Picture: TypeAlias = "Callable[[Image], Widget]"
_SHOWN_BY = frozenset({"iTerm.app", "WezTerm", "ghostty", "rio", "contour", "mintty"})
_TERMS = ("kitty", "foot", "mlterm", "sixel", "contour", "ghostty")
_MARKS = ("KITTY_WINDOW_ID", "WEZTERM_PANE", "KONSOLE_VERSION", "WT_SESSION")

_found: list[Picture] = []


def may_show(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether it is worth asking: most terminals cannot, and asking loads a library."""
    if environment.get("TMUX") or environment.get("STY"):
        return False
    term = environment.get("TERM", "")
    return (
        any(name in term for name in _TERMS)
        or environment.get("TERM_PROGRAM") in _SHOWN_BY
        or any(name in environment for name in _MARKS)
    )


def ask_terminal() -> None:
    """Ask the terminal by its own protocol (sixel, kitty's); call before the screens start."""
    from textual_image import renderable, widget  # noqa: PLC0415  # asks while it is imported

    if renderable.Image is renderable.SixelImage:
        _found[:] = [widget.SixelImage]
    elif renderable.Image is renderable.TGPImage:
        _found[:] = [widget.TGPImage]


def picture_widget() -> Picture | None:
    """Return what shows a picture here, None where text must do."""
    return _found[0] if _found else None
