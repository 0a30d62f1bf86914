"""The papers of a draft: what the answers require, and what lies on the table."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from forms.check import documents_for
from forms.spec import DocumentSpec

if TYPE_CHECKING:
    from forms.spec import Service
    from mfc_desk.intake.drafts import Draft

Entry = dict[str, Any]
"""One paper of an intake document: name, form, copies, sheets, returned, details, promised."""


class OpenPapers:
    """Reads and changes the draft's list of documents; knows no rule about them."""

    def __init__(self, service: Service, draft: Draft, today: date) -> None:
        """The draft is changed in place."""
        self._draft = draft
        self.asked: tuple[DocumentSpec, ...] = documents_for(service, draft.document, today)

    @property
    def _entries(self) -> list[Entry]:
        entries: list[Entry] = self._draft.document.setdefault("documents", [])
        return entries

    def spec(self, name: str) -> DocumentSpec:
        """What the catalogue says of a paper."""
        return next(spec for spec in self.asked if spec.name == name)

    def entry(self, name: str) -> Entry | None:
        """What the draft holds of a paper."""
        return next((entry for entry in self._entries if entry.get("name") == name), None)

    def name_at(self, place: str) -> str:
        """The name of the paper a problem's place tells: a name, or a number in the list."""
        number, _, _ = place.partition(".")
        if number.isdecimal() and int(number) < len(self._entries):
            return str(self._entries[int(number)].get("name"))
        return number

    def accept(self, name: str) -> Entry:
        """The paper lies on the table: the catalogue's form, one copy, one sheet."""
        spec = self.spec(name)
        self.drop(name)
        entry: Entry = {
            "name": name,
            "form": spec.form,
            "copies": 1,
            "sheets": 1,
            "returned": spec.returned,
        }
        self._entries.append(entry)
        return entry

    def promise(self, name: str, day: str) -> None:
        """The applicant brings it by `day`, as typed."""
        self.accept(name)["promised"] = day

    def drop(self, name: str) -> None:
        """The paper is not here."""
        self._draft.document["documents"] = [e for e in self._entries if e.get("name") != name]

    def add_sheets(self, name: str, step: int) -> None:
        """More or fewer sheets, never below one."""
        entry = self.entry(name)
        if entry is not None and isinstance(entry.get("sheets"), int):
            entry["sheets"] = max(1, entry["sheets"] + step)
