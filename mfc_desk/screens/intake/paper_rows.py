"""How a paper of a request stands in the list of documents."""

from __future__ import annotations

from forms.doubt import doubt
from forms.papers import DEFECTS
from forms.spec import DocumentSpec
from mfc_desk.screens.handling.request_text import FORM_WORDS, promised_text
from mfc_desk.screens.intake.open_papers import OpenPapers
from mfc_desk.widgets.rows import Cell, Row


def paper_row(spec: DocumentSpec, papers: OpenPapers) -> Row:
    """Mark, title, form, copies, sheets, what becomes of it."""
    entry = papers.entry(spec.name)
    if spec.by == "smev":
        return _row(spec, Cell("≈", "muted"), ("", "", ""), Cell("запросит МФЦ (СМЭВ)", "muted"))
    if entry is None:
        tone = "bad" if spec.required else "muted"
        fate = "нужен, не представлен" if spec.required else "если есть"
        mark = "✗" if spec.required else "○"
        return _row(spec, Cell(mark, tone), (FORM_WORDS[spec.form], "", ""), Cell(fate, tone))
    words = (
        FORM_WORDS.get(str(entry.get("form")), "?"),
        str(entry.get("copies", 1)),
        str(entry.get("sheets", 1)),
    )
    if entry.get("promised"):
        fate = f"донесёт до {promised_text(entry['promised'])}"
        return _row(spec, Cell("…", "warn"), words, Cell(fate, "warn"))
    if entry.get("defect"):
        words_of_it = DEFECTS.get(str(entry["defect"]), "?")
        return _row(spec, Cell("✗", "bad"), words, Cell(words_of_it, "bad"))
    fate = "возвращён" if entry.get("returned") else "в деле"
    return _row(spec, Cell("✓", "good"), words, Cell(fate))


def _row(spec: DocumentSpec, mark: Cell, words: tuple[str, str, str], fate: Cell) -> Row:
    form, copies, sheets = words
    title = Cell(spec.title + doubt(spec.verify), "muted" if spec.by == "smev" else "")
    cells = (mark, title, Cell(form, "muted"), Cell(copies), Cell(sheets), fate)
    return Row(key=spec.name, cells=cells)
