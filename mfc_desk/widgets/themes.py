"""The two looks of the program: calm, high contrast, readable when a terminal has 16 colours."""

from __future__ import annotations

from textual.theme import Theme

LIGHT = Theme(
    name="mfc-light",
    primary="#0b4f9e",
    secondary="#3d4f63",
    accent="#0b4f9e",
    warning="#8a5200",
    error="#b00020",
    success="#0a6b2d",
    foreground="#12171d",
    background="#ffffff",
    surface="#ffffff",
    panel="#e4eaf1",
    dark=False,
    variables={
        "muted": "#55626f",
        "line": "#8b99a8",
        "line-focus": "#0b4f9e",
        "bar": "#0b4f9e",
        "bar-text": "#ffffff",
        "bar-muted": "#d5e3f4",
        "bar-warning": "#ffe08a",
        "bar-good": "#a8f0bd",
        "field": "#f1f4f8",
        "field-focus": "#d9e8fb",
        "mark": "#0b4f9e",
        "entry": "#c6d0db",
        "mark-text": "#ffffff",
        "mark-dim": "#d9e3ef",
        "scrollbar": "#8b99a8",
        "scrollbar-background": "#eef2f6",
        "input-selection-background": "#7fb2ee",
        "input-selection-foreground": "#12171d",
        "input-cursor-background": "#12171d",
        "input-cursor-foreground": "#ffffff",
        "text": "#12171d",
        "text-muted": "#55626f",
        "text-disabled": "#77838f",
    },
)
"""Dark letters on white, for a lit office."""

DARK = Theme(
    name="mfc-dark",
    primary="#6cb4ff",
    secondary="#a9bccf",
    accent="#6cb4ff",
    warning="#ffcf5c",
    error="#ff7b72",
    success="#6fdc8c",
    foreground="#edf1f5",
    background="#0e1318",
    surface="#0e1318",
    panel="#1d2630",
    dark=True,
    variables={
        "muted": "#9fadbb",
        "line": "#56677a",
        "line-focus": "#6cb4ff",
        "bar": "#04306f",
        "bar-text": "#ffffff",
        "bar-muted": "#b7cbe0",
        "bar-warning": "#ffcf5c",
        "bar-good": "#6fdc8c",
        "field": "#1a222b",
        "field-focus": "#053387",
        "mark": "#0849a8",
        "entry": "#414e5d",
        "mark-text": "#ffffff",
        "mark-dim": "#1b2835",
        "scrollbar": "#56677a",
        "scrollbar-background": "#161d25",
        "input-selection-background": "#2f6fb5",
        "input-selection-foreground": "#ffffff",
        "input-cursor-background": "#edf1f5",
        "input-cursor-foreground": "#0e1318",
        "text": "#edf1f5",
        "text-muted": "#9fadbb",
        "text-disabled": "#7d8a97",
    },
)
"""Light letters on near black, for a van at night."""

THEMES = {"light": LIGHT, "dark": DARK}
"""Settings name (light, dark) to theme."""
