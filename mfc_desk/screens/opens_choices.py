"""A screen whose choice fields open their list over it."""

from __future__ import annotations

from textual import on, work
from textual.screen import Screen, ScreenResultType

from mfc_desk.screens.choose import ChooseScreen
from mfc_desk.widgets.choice_editor import ChoiceEditor


class OpensChoices(Screen[ScreenResultType]):
    """Puts what was chosen into the field and goes on."""

    @on(ChoiceEditor.Opened)
    @work
    async def open_choices(self, event: ChoiceEditor.Opened) -> None:
        """Show the list of the field; Esc there changes nothing."""
        editor = event.editor
        chosen = await self.app.push_screen_wait(
            ChooseScreen(
                editor.title,
                editor.choices,
                editor.chosen,
                several=editor.several,
                typed=event.typed,
            )
        )
        if chosen is not None:
            editor.choose(chosen)
            await self.after_choice()

    async def after_choice(self) -> None:
        """Go on to the next field."""
        self.focus_next()
