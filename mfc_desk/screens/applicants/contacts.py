"""Contacts of an applicant in a dialog: phone, e-mail, addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forms.spec import Field
from mfc_desk.screens.intake.paper_details import Entry, PaperDetailsScreen


class ContactsScreen(PaperDetailsScreen):
    """Answers with every contact by name, None for one left empty; None on Esc."""

    def __init__(self, fields: Sequence[Field], now: Mapping[str, str]) -> None:
        """`now` are the contacts in force."""
        super().__init__("Контакты заявителя", dict(now))
        self.FIELDS = tuple(fields)

    def dismiss_with(self, entry: Entry) -> None:
        """Give the empty ones too: they are taken away."""
        super().dismiss_with({field.name: entry.get(field.name) for field in self.FIELDS})
