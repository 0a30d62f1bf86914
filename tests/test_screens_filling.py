"""Whole forms filled by keys alone: every answer of an example, its papers, the check, a number."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.screen import Screen

from forms.catalogue import load
from forms.check import Checked, check
from forms.example import example
from forms.facts import at_path
from forms.names import fold
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.form.repeat_row import RepeatRowScreen
from mfc_desk.screens.form.repeat_rows import RepeatRowsScreen
from mfc_desk.screens.intake.applicant import ApplicantScreen
from mfc_desk.screens.intake.check import CheckScreen
from mfc_desk.screens.intake.documents import DocumentsScreen
from mfc_desk.screens.intake.done import DoneScreen
from mfc_desk.screens.intake.steps import ServiceChosen
from mfc_desk.widgets.check_editor import CheckEditor
from mfc_desk.widgets.choice_editor import ChoiceEditor
from mfc_desk.widgets.field_row import FieldRow, shown_value
from mfc_desk.widgets.form_section import FormSection
from mfc_desk.widgets.rows import RowList
from mfc_desk.widgets.rows_editor import RowsEditor
from tests.desk_home import OFFICE, set_up_home, ticket_file
from tests.screen_world import SMALL, STEP_S, TODAY, WAIT_S, Hands, at_work, desk_of

CATALOGUE = load()
ROUNDS = 6
"""An answer may open a field of a section already passed: the check names it, Enter leads back."""
FIELDS = 200
"""More than any form has: a walk that does not end is a mistake."""
FEW = {"kad-prava": 0, "driver-license": 3, "bankruptcy": 3}
"""Lines, masks, dates, sums, one choice, several, flags, rows, a representative."""
FLAGSHIP = ticket_file(office={**OFFICE, "kind": "flagship"})
PARTS = ("applicant", "representative", "answers", "delivery")


async def soon(wanted: Callable[[], object], what: str) -> None:
    """Wait until something is so, asking nothing of the program meanwhile: forms are long."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        if wanted():
            return
        await asyncio.sleep(STEP_S)
    raise AssertionError(f"still not so: {what}")


@dataclass
class Filler:
    """Types the answers of one document into the form, whatever field comes next."""

    hands: Hands
    document: Mapping[str, Any]

    async def form(self, form: FormScreen) -> None:
        """From the first field to the documents, field by field."""
        for _ in range(FIELDS):
            row = await self._row(form)
            await self._fill(row, at_path(self.document, row.path))
            if self.hands.app.screen is not form:
                return
        raise AssertionError(f"the walk does not end; at {row.path}")

    async def papers(self, screen: DocumentsScreen) -> None:
        """Take in each paper of the document that is not there yet."""
        wanted = {paper["name"] for paper in self.document["documents"]}
        rows = screen.query_one(RowList)
        await self.hands.press("home")
        for row in list(rows.rows):
            assert rows.key == row.key
            here = screen.papers.entry(row.key) is not None
            await self.hands.press("space" if row.key in wanted and not here else "down")
        taken = {entry["name"] for entry in screen.draft.document["documents"]}
        assert taken == wanted

    async def _row(self, screen: Screen[Any]) -> FieldRow:
        """The row that has the focus, once it stands still."""

        def there() -> bool:
            focused = screen.focused
            return focused is not None and isinstance(focused.parent, FieldRow)

        await soon(there, "a field")
        assert screen.focused is not None
        row = screen.focused.parent
        assert isinstance(row, FieldRow)
        return row

    async def _fill(self, row: FieldRow, wanted: object) -> None:
        """Answer one field and go on from it."""
        hands, screen, editor = self.hands, row.screen, row.editor
        if isinstance(editor, RowsEditor):
            if wanted and not editor.rows:
                await self._rows(editor, wanted)  # type: ignore[arg-type]  # an example's rows
        elif isinstance(editor, ChoiceEditor):
            codes = tuple(wanted) if isinstance(wanted, list) else (wanted,) if wanted else ()
            if codes and codes != editor.chosen:
                await self._choose(editor, codes)
                await soon(lambda: editor.chosen == codes, f"the choice of {row.path}")
                await self._gone(screen, row)  # a choice goes on by itself
                return
        elif isinstance(editor, CheckEditor):
            if (wanted is True) != editor.checked:
                hands.app.post_message(events.Key("space", " "))
        elif wanted is not None:
            if row.typed:
                await hands.press("end", "ctrl+u")
            hands.burst(shown_value(row.placed, wanted))
        hands.app.post_message(events.Key("tab", None))
        await self._gone(screen, row)

    async def _gone(self, screen: Screen[Any], row: FieldRow) -> None:
        """Wait until something else has the focus."""
        app = self.hands.app
        await soon(
            lambda: app.screen is not screen or app.focused not in (None, row.editor),
            f"the way on from {row.path}",
        )

    async def _choose(self, editor: ChoiceEditor, codes: tuple[Any, ...]) -> None:
        """Open the list, filter it by the label, choose; among several mark each."""
        hands, labels = self.hands, dict(editor.choices)
        await hands.press("space")
        chooser = await hands.screen(ChooseScreen)
        rows = chooser.query_one(RowList)
        for code in codes:
            await hands.press("end", "ctrl+u")
            await hands.write(labels[code])
            words = fold(labels[code]).split()
            fitting = [one for one, label in labels.items() if all(w in fold(label) for w in words)]
            await soon(lambda: [one.key for one in rows.rows] == fitting, labels[code])  # noqa: B023
            for _ in rows.rows:
                if rows.key != code:
                    await hands.press("down")
            assert rows.key == code
            await hands.press("enter")
        if editor.several:
            await hands.press("escape")
        await soon(lambda: hands.app.screen is not chooser, "a closed list")

    async def _rows(self, editor: RowsEditor, wanted: list[Mapping[str, Any]]) -> None:
        """Open the rows, fill each, close them."""
        hands, form = self.hands, editor.screen
        await hands.press("enter")
        for number, answers in enumerate(wanted):
            if number:
                await hands.press("insert")
            row = await hands.screen(RepeatRowScreen)
            for _ in range(FIELDS):
                cell = await self._row(row)
                await self._fill(cell, answers.get(cell.path))
                if hands.app.screen is not row:
                    break
            rows = await hands.screen(RepeatRowsScreen)
            assert len(rows.rows) == number + 1
        await hands.press("escape")
        await soon(lambda: hands.app.screen is form, "the form")


def said(record: object) -> object:
    """A part of a record without its flags that say no: an untouched box is one."""
    if isinstance(record, Mapping):
        return {key: said(value) for key, value in record.items() if value is not False}
    return [said(one) for one in record] if isinstance(record, list) else record


def in_force(slug: str) -> date:
    """Today, or the last day a service that has ended was rendered."""
    return min(TODAY, CATALOGUE.service(slug).valid_to or TODAY)


async def begun(hands: Hands, slug: str, document: Mapping[str, Any]) -> FormScreen:
    """The form of a new request at its first field, with a representative when there is one."""
    hands.app.post_message(ServiceChosen(slug, agreed=True))
    await hands.screen(ApplicantScreen)
    await hands.press("ctrl+n")
    form = await hands.screen(FormScreen)
    await hands.until(lambda: form.focused, "a focused field")
    if document["representative"] is not None:
        await hands.press("ctrl+r")
        await hands.until(lambda: form.form.draft.document["representative"] is not None, "them")
    for _ in form.form.sections:
        if form.form.here.key != form.form.sections[0].key:
            await hands.press("ctrl+pageup")
    await hands.until(lambda: form.form.here == form.form.sections[0], "the first section")
    first = form.form.here.fields[0].path
    for _ in form.form.here.fields:
        if form.query_one(FormSection).rows[0].editor is not form.focused:
            await hands.press("shift+tab")
    await hands.until(lambda: form.focused_row() and form.focused_row().path == first, "the top")  # type: ignore[union-attr]
    return form


async def walked(filler: Filler, form: FormScreen) -> Checked:
    """Through form and papers to the check, and again from the field it names."""
    hands = filler.hands
    for _ in range(ROUNDS):
        await filler.form(form)
        await filler.papers(await hands.screen(DocumentsScreen))
        await hands.press("ctrl+pagedown")
        checking = await hands.screen(CheckScreen)
        checked = checking.checked
        assert checked is not None
        if checked.ok:
            return checked
        if [problem.path for problem in checked.problems] == ["service"]:
            return await vouched(hands, checking)
        found = [problem.sentence for problem in checked.problems]
        await hands.press("enter")
        form = await hands.screen(FormScreen)
    raise AssertionError(found)


async def vouched(hands: Hands, checking: CheckScreen) -> Checked:
    """Say that the link a service needs is there: the only warning left, kept with a reason."""
    await hands.press("ctrl+o")
    await hands.screen(AskLineScreen)
    await hands.write("связь есть")
    await hands.press("enter")
    await hands.until(lambda: checking.checked and checking.checked.ok, "a kept warning")
    assert checking.checked is not None
    return checking.checked


async def fill_and_register(place: Path, slug: str, seed: int) -> None:
    """Type an example of a service; what is registered is what the example says."""
    today = in_force(slug)
    document = example(CATALOGUE.service(slug), CATALOGUE, today, seed=seed)
    morning = datetime(today.year, today.month, today.day, 3, 0, tzinfo=UTC)
    made = set_up_home(place, ticket=FLAGSHIP, now=morning)  # it takes all of them
    async with at_work(made, SMALL) as hands:
        form = await begun(hands, slug, document)
        checked = await walked(Filler(hands, document), form)
        assert {problem.code for problem in checked.problems} <= {"service.needs-link"}
        wanted = check(CATALOGUE.service(slug), CATALOGUE, document, today).record
        for part in PARTS:
            assert said(checked.record[part]) == said(wanted[part])
        await hands.press("ctrl+s")
        done = await hands.screen(DoneScreen)
        number = done.registered.number.text
        assert desk_of(hands).find.card(number).row.number == number


@pytest.mark.slow
@pytest.mark.parametrize("slug", FEW)
async def test_a_form_is_filled_by_keyboard_alone(tmp_path: Path, slug: str) -> None:
    """Between them every editor there is, rows and a representative too, at 80×24."""
    await fill_and_register(tmp_path / "desk", slug, FEW[slug])


@pytest.mark.full
@pytest.mark.parametrize("slug", sorted(CATALOGUE.services))
async def test_every_form_is_filled_by_keyboard_alone(tmp_path: Path, slug: str) -> None:
    """Every service of the catalogue, with about half of what need not be answered."""
    await fill_and_register(tmp_path / "desk", slug, 3)
