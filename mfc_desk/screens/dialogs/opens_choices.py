"""A screen whose choice fields open their list over it."""

from __future__ import annotations

from textual import on, work
from textual.screen import Screen, ScreenResultType

from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.widgets.choice_editor import ChoiceEditor


class OpensChoices(Screen[ScreenResultType]):
    """Puts what was chosen into the field and goes on."""

    chooser: ChooseScreen | None = None
    """The list that is open, or about to be."""

    @on(ChoiceEditor.Opened)
    def open_choices(self, event: ChoiceEditor.Opened) -> None:
        """Open the list of the field; a letter typed before it stands there is passed to it."""
        if self.chooser is not None:
            self.chooser.add_typed(event.typed)
            return
        editor = event.editor
        self.chooser = ChooseScreen(
            editor.title,
            editor.choices,
            editor.chosen,
            several=editor.several,
            typed=event.typed,
        )
        self._await_choice(editor, self.chooser)

    @work
    async def _await_choice(self, editor: ChoiceEditor, chooser: ChooseScreen) -> None:
        chosen = await self.app.push_screen_wait(chooser)
        self.chooser = None
        if chosen is not None:
            editor.choose(chosen)
            await self.after_choice()

    async def after_choice(self) -> None:
        """Go on to the next field."""
        self.focus_next()
