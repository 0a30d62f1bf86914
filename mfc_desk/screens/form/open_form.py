"""A draft opened as a form: its sections, where one stands, what is known to be wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from forms.check import Checked, PlacedField, Problem, check_field, visible_fields
from forms.condition import is_given
from forms.facts import Facts, at_path
from forms.names import short_name
from forms.placing import typed_at
from mfc_desk.screens.form.draft_document import OpenSection, is_about_people, open_sections, put_at
from mfc_desk.screens.form.repeat_rules import RepeatRules, told_at
from mfc_desk.widgets.section_rail import Stop

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from forms.spec import Field, Service
    from mfc_desk.handling.returned import Mark
    from mfc_desk.intake.drafts import Draft

ROUNDS = 5
"""Defaults may bring fields with defaults of their own, a few times at most."""
AFTER_FORM = (("documents", "Документы"), ("check", "Проверка"))
"""Steps that stand in the rail below the sections."""


class OpenForm:
    """What the form screen shows; asks `forms` for every rule."""

    def __init__(
        self,
        service: Service,
        catalogue: Catalogue,
        draft: Draft,
        today: date,
        marks: Iterable[Mark] = (),
        accepted_on: date | None = None,
    ) -> None:
        """The draft is changed in place; `marks` stand until their answers are changed.

        `accepted_on` is the day of the request the draft amends.
        """
        self._accepted_on = accepted_on
        self.service = service
        self.draft = draft
        self.today = today
        self._catalogue = catalogue
        self.sections: tuple[OpenSection, ...] = ()
        self._marks = {mark.problem.path: mark for mark in marks}
        self.problems: dict[str, Problem] = self._marked()
        self.checked = False
        self.place()

    def _marked(self) -> dict[str, Problem]:
        """What the centre returned and is not changed yet."""
        return {
            path: mark.problem
            for path, mark in self._marks.items()
            if at_path(self.draft.document, path) == mark.was
        }

    @property
    def title(self) -> str:
        """«Социальная карта · Образцова М. П.»."""
        who = short_name(self.draft.document.get("applicant") or {})
        return " · ".join(part for part in (self.service.short, who) if part)

    @property
    def here(self) -> OpenSection:
        """The open section; the first one when the kept one is not asked any more."""
        for section in self.sections:
            if section.key == self.draft.section:
                return section
        return self.sections[0]

    @property
    def kept(self) -> dict[str, str]:
        """Path to the reason its warning was overridden with."""
        return dict(self.draft.document.get("overrides") or {})

    def place(self) -> None:
        """Ask again which fields there are.

        A default that is shown is an answer: other fields take their shape from it. So is the
        empty box of a flag that must be answered: it says «нет».
        """
        for _ in range(ROUNDS):
            fields = visible_fields(
                self.service, self._catalogue, self.draft.document, self.today, self._accepted_on
            )
            unsaid = [p for p in fields if _says(p.field) and not self._answered(p.path)]
            for placed in unsaid:
                self.put(placed.path, placed.field.default or False)
            if not unsaid:
                break
        self.sections = open_sections(fields)

    def _answered(self, path: str) -> bool:
        return is_given(at_path(self.draft.document, path))

    def open(self, section: OpenSection) -> None:
        """Stand in a section."""
        self.draft.section = section.key
        self.draft.step = "applicant" if is_about_people(section) else "form"

    def value(self, placed: PlacedField) -> object:
        """What the draft holds for a field, or its default."""
        return typed_at(self.draft.document, placed)

    def put(self, path: str, typed: object) -> None:
        """Write an answer."""
        put_at(self.draft.document, path, typed)

    def look(self, placed: PlacedField) -> Problem | None:
        """Check one field as it stands; an empty one is no problem before the whole check."""
        problem = check_field(placed.field, self.value(placed), self.today, path=placed.path)
        if problem is not None and problem.code == "required" and not self.checked:
            problem = None
        problem = told_at(problem, placed) if problem is not None else None
        problem = problem or self._marked().get(placed.path)
        if problem is None:
            self.problems.pop(placed.path, None)
        else:
            self.problems[placed.path] = problem
        return problem

    def take(self, checked: Checked) -> None:
        """Keep the problems of a whole check; the worst one of each path."""
        self.checked = True
        self.problems = self._marked()
        repeats = [one for s in self.sections for one in s.fields if one.field.type == "repeat"]
        for problem in sorted(checked.problems, key=lambda p: p.severity == "error"):
            home = next((one for one in repeats if problem.path.startswith(f"{one.path}.")), None)
            told = told_at(problem, home) if home is not None else problem
            self.problems[told.path] = told

    def rules_of(self, repeat: Field) -> RepeatRules:
        """What the rows of a repeat ask."""
        return RepeatRules(repeat, Facts(self.service, self.draft.document, self.today), self.today)

    def keep_warning(self, path: str, reason: str) -> None:
        """Override a warning with a reason."""
        self.draft.document.setdefault("overrides", {})[path] = reason

    def turn_representative(self) -> bool:
        """Add the representative's sections, or take them away; tells whether they are there."""
        there = self.draft.document.get("representative") is None
        self.draft.document["representative"] = {} if there else None
        self.place()
        return there

    def section_of(self, path: str | None) -> OpenSection | None:
        """The section a path is asked in."""
        for section in self.sections:
            if any(placed.path == path for placed in section.fields):
                return section
        return None

    def first_to_fill(self) -> OpenSection:
        """The first section that lacks a required answer, else the first of the service."""
        for section in self.sections:
            if self._state(section, anywhere=True) == "todo":
                return section
        return next((s for s in self.sections if not is_about_people(s)), self.sections[0])

    def start_of(self, section: OpenSection, path: str | None) -> str:
        """Where to stand in a section: `path` when it is there, else the first field to fill."""
        paths = [placed.path for placed in section.fields]
        if path in paths:
            return str(path)
        empty = [p for p in section.fields if not is_given(self.value(p))]
        needed = [p for p in empty if p.field.required]
        return (needed or empty or list(section.fields))[0].path

    def neighbour(self, step: int) -> OpenSection | None:
        """The section before or after the open one."""
        at = self.sections.index(self.here) + step
        return self.sections[at] if 0 <= at < len(self.sections) else None

    def stops(self) -> tuple[Stop, ...]:
        """Every section and step with its state."""
        form = [Stop(s.key, s.label, self._state(s)) for s in self.sections]
        return (*form, *(Stop(name, label, "todo") for name, label in AFTER_FORM))

    def _state(self, section: OpenSection, *, anywhere: bool = False) -> str:
        if section.key == self.here.key and not anywhere:
            return "open"
        problems = [self.problems.get(placed.path) for placed in section.fields]
        if any(p is not None and p.severity == "error" for p in problems):
            return "faulty"
        missing = any(p.field.required and not is_given(self.value(p)) for p in section.fields)
        return "todo" if missing else "done"


def _says(field: Field) -> bool:
    """Whether a field that nobody touched shows an answer."""
    return bool(field.default) or (field.type == "bool" and field.required)
