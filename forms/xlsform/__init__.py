"""XLSForms, the spreadsheets of ODK, Kobo and CommCare, brought into a catalogue file.

`pyxform` reads the spreadsheet and says whether it is an XLSForm; what it means in the catalogue
is decided here. Nothing of this is imported before an import is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from forms.catalogue import Catalogue, Mistake
from forms.xlsform import proving
from forms.xlsform.fields import FieldWriter
from forms.xlsform.leftovers import tell_leftovers
from forms.xlsform.notes import Note, Notes
from forms.xlsform.survey import Question, Survey
from forms.xlsform.words import choose_language, languages_of, plain_name, slug_of
from forms.xlsform.workbook import FORMATS, NotAnXlsForm, Workbook, open_workbook
from forms.xlsform.writing import toml_text

__all__ = ["FORMATS", "Imported", "NotAnXlsForm", "Note", "NothingToImport", "import_xlsform"]

_SHORT = 60
_UNKNOWN = "не указан"
_VERIFY = "ввезено из XLSForm: орган, срок, результат и документы там не указаны"
_FILL = (
    "authority: орган, который оказывает услугу (--authority)",
    "result: что получает заявитель",
    "[term]: срок и от какого дня он считается",
    "[[duty]]: пошлина, если она есть; без неё услуга бесплатная",
    "[[document]]: документы, которые приносит заявитель",
    "keywords: слова, по которым услугу ищут",
)


class NothingToImport(Exception):  # noqa: N818 - named for whoever wrote the form
    """В форме не осталось ни одного вопроса, который каталог может задать."""

    code = "nothing-to-import"
    exit_code = 5
    title = "Импорт не удался"

    def __init__(
        self, said: str, lost: tuple[Note, ...], mistakes: tuple[Mistake, ...] = ()
    ) -> None:
        super().__init__(said)
        self.lost = lost
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Imported:
    """A catalogue file made of an XLSForm, and all that its author has to know about it."""

    slug: str
    language: str
    text: str
    fields: int
    lost: tuple[Note, ...]
    changed: tuple[Note, ...]
    fill: tuple[Note, ...]


def import_xlsform(
    path: Path,
    catalogue: Catalogue,
    today: date,
    *,
    slug: str = "",
    language: str = "",
    authority: str = "",
) -> Imported:
    """Bring an XLSForm into a catalogue file that loads beside `catalogue`'s blocks.

    today: the day on which made-up answers are tried. Raises NotAnXlsForm for what pyxform does
    not accept, NothingToImport when no question is left or the file would not load.
    """
    workbook = open_workbook(path)
    notes = Notes()
    chosen = _language(workbook, language, path)
    survey = Survey(workbook, chosen, notes)
    data = _service(workbook, survey, chosen, notes, slug or slug_of(_name(workbook)), authority)
    tell_leftovers(workbook, notes)
    if not data["section"]:
        raise NothingToImport(f"{path.name}: {NothingToImport.__doc__}", notes.of("lost"))
    _, _, mistakes = proving.read(data, catalogue)
    if mistakes:
        words = f"{path.name}: из формы не получается услуга каталога"
        raise NothingToImport(words, notes.of("lost"), mistakes)
    dropped, without = proving.give_examples(data, catalogue, today)
    for name in dropped:
        row = next((one.row.number for one in survey.questions if one.asked.name == name), 0)
        notes.lost(row, "default", "значение не проходит ограничения самой формы")
    for name in without:
        notes.fill(f"example поля «{name}»: пример ответа, который проходит его проверку")
    for words in _FILL:
        if not (authority and words.startswith("authority")):
            notes.fill(words)
    text = toml_text(data, _remark(path, notes))
    return Imported(
        slug=data["slug"],
        language=chosen,
        text=text,
        fields=sum(len(section["field"]) for section in data["section"]),
        lost=notes.of("lost"),
        changed=notes.of("changed"),
        fill=notes.of("fill"),
    )


def _language(workbook: Workbook, wanted: str, path: Path) -> str:
    languages = languages_of(workbook)
    chosen = choose_language(languages, wanted, workbook.settings.text("default_language"))
    if not chosen:
        known = ", ".join(one for one in languages if one != "default") or "один, без названия"
        raise NotAnXlsForm(f"{path.name}: языка «{wanted}» в форме нет. Есть: {known}")
    return chosen


def _name(workbook: Workbook) -> str:
    return workbook.settings.text("id_string") or workbook.name


def _service(
    workbook: Workbook, survey: Survey, language: str, notes: Notes, slug: str, authority: str
) -> dict[str, Any]:
    title = workbook.settings.text("title") or workbook.name
    version = workbook.settings.text("version")
    writer = FieldWriter(survey, language, notes)
    asked = [one for one in survey.questions if one.asked.kind != "document"]
    papers = [writer.document(one) for one in survey.questions if one.asked.kind == "document"]
    return {
        "slug": slug,
        "version": int(version) if version.isdigit() and 0 < int(version) < 10**12 else 1,
        "title": title,
        "short": title if len(title) <= _SHORT else f"{title[: _SHORT - 1].rstrip()}…",
        "authority": authority or _UNKNOWN,
        "applicants": ["person", "representative"],
        "offline": "full",
        "result": _UNKNOWN,
        "verify": _VERIFY,
        "term": {
            "days": 30,
            "unit": "calendar",
            "starts": "registration",
            "verify": "срок в XLSForm не указан, здесь общий срок 59-ФЗ",
        },
        "section": _sections(asked, writer),
        "document": papers
        or [{"name": "application", "title": "Заявление", "verify": "перечень не указан"}],
    }


def _sections(questions: Sequence[Question], writer: FieldWriter) -> list[dict[str, Any]]:
    """Questions that follow each other under one heading are a section."""
    taken: set[str] = set()
    return [
        {
            "name": plain_name(label, taken, "section"),
            "label": label,
            "field": [writer.field(question) for question in found],
        }
        for label, found in groupby(questions, key=lambda question: question.section)
    ]


def _remark(path: Path, notes: Notes) -> list[str]:
    lines = [f"Из {path.name}, mfc-desk catalogue import."]
    lost = notes.of("lost")
    if lost:
        lines += ["", "Не имеет соответствия:", *(f"  {note}" for note in lost)]
    return [" ".join(line.splitlines()) for line in lines]
