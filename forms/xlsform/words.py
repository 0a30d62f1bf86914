"""Names, labels and choices of an XLSForm as a catalogue file may hold them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from forms.spec import Choice
from forms.xlsform.notes import Notes
from forms.xlsform.workbook import Row, Workbook

RESERVED = frozenset({"applicant", "representative"})
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|\*\*|__|^#{1,6}\s+", re.MULTILINE)
_REFERENCE = re.compile(r"\$\{\s*([^}]+?)\s*\}")
_LETTERS = {"ё": "e", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ж": "zh"}
_LETTERS |= {"ъ": "", "ь": "", "ю": "iu", "я": "ia", "э": "e", "ї": "i", "є": "ie"}
_LETTERS |= dict(zip("абвгдезийклмнопрстуфыіґ", "abvgdeziiklmnoprstufyig", strict=True))
_RUSSIAN = ("ru", "рус", "rus")


def plain_name(name: str, taken: set[str], fallback: str = "q") -> str:
    """Give a name of the catalogue: Latin lower-case letters, digits, _; never one of `taken`."""
    spelled = "".join(_LETTERS.get(sign, sign) for sign in name.lower())
    made = re.sub(r"[^a-z0-9_]+", "_", spelled).strip("_")
    if not made or not made[0].isalpha():
        made = f"{fallback}_{made}".strip("_")
    found, number = made, 1
    while found in taken or found in RESERVED:
        number += 1
        found = f"{made}_{number}"
    taken.add(found)
    return found


def slug_of(text: str) -> str:
    """Give a slug: Latin lower-case words joined by hyphens."""
    made = plain_name(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text), set(), "form")
    return re.sub(r"_+", "-", made)


def languages_of(workbook: Workbook) -> tuple[str, ...]:
    """The languages in which labels are given, in their order; none when there is but one."""
    found: dict[str, None] = {}
    lists = (row for rows in workbook.choices.values() for row in rows)
    for row in (*workbook.survey, *lists):
        for column in ("label", "hint"):
            cell = row.cell(column)
            if isinstance(cell, Mapping):
                found |= dict.fromkeys(map(str, cell))
    return tuple(found)


def choose_language(languages: Sequence[str], wanted: str, preset: str) -> str:
    """Choose the language asked for, else Russian, else the form's own, else the first."""
    folded = wanted.casefold()
    if not languages:
        return preset or "default"
    for one in languages:
        if folded and (one.casefold() == folded or f"({folded})" in one.casefold()):
            return one
    if wanted:
        return ""
    russian = [one for one in languages if one.casefold().startswith(_RUSSIAN) or "(ru" in one]
    return (russian or [one for one in languages if one == preset] or [*languages, "default"])[0]


def said(cell: object, language: str) -> str:
    """Give a cell in a language; when it has none, in the first that is there."""
    if isinstance(cell, Mapping):
        texts = [cell.get(language), cell.get("default"), *cell.values()]
        cell = next((one for one in texts if isinstance(one, str) and one.strip()), "")
    return " ".join(cell.split()) if isinstance(cell, str) else ""


def without_markup(text: str) -> str:
    """Take Markdown and HTML out of a label."""
    return " ".join(_MARKUP.sub("", text).split())


def without_references(text: str, labels: Mapping[str, str]) -> str:
    """Put the label of a question where a label quotes its answer: «ответ на «Имя»»."""
    return _REFERENCE.sub(lambda found: f"[{labels.get(found[1], found[1])}]", text)


def choices_of(rows: Sequence[Row], language: str, sheet: str, notes: Notes) -> tuple[Choice, ...]:
    """Read a choice list; codes and labels come out unique and without a semicolon."""
    found: dict[str, str] = {}
    labels: set[str] = set()
    for row in rows:
        code = row.text("name")
        if not code:
            continue
        if code in found:
            notes.lost(row.number, "name", f"код «{code}» в списке уже есть", sheet)
            continue
        label = without_markup(said(row.cell("label"), language)) or code
        if ";" in label:
            label = label.replace(";", ",")
            notes.changed(row.number, "label", "точка с запятой заменена запятой", sheet)
        if label.casefold() in labels:
            label = f"{label} ({code})"
            notes.changed(row.number, "label", "название повторялось, добавлен код", sheet)
        found[code] = label
        labels.add(label.casefold())
        if row.cell("media") is not None:
            notes.lost(row.number, "media", "картинок и звука у варианта не бывает", sheet)
    return tuple(Choice(code, label) for code, label in found.items())
