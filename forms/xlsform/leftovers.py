"""What stands in the cells of an XLSForm that nothing of a catalogue corresponds to."""

from __future__ import annotations

from collections.abc import Mapping

from forms.xlsform.notes import Notes
from forms.xlsform.workbook import Row, Workbook

_READ = frozenset(
    {"type", "name", "label", "hint", "guidance_hint", "bind", "control", "default"}
    | {"choice_filter", "disabled"}
)
_BIND = frozenset(
    {"relevant", "required", "constraint", "jr:constraintMsg", "jr:requiredMsg", "calculate"}
)
_WORDS = {
    "appearance": "вид поля каталог не задаёт",
    "media": "картинок и звука у вопроса не бывает",
    "parameters": "параметры не имеют соответствия",
    "trigger": "пересчёта по другому ответу не бывает",
    "readonly": "поле только для чтения стало обычным",
    "calculate": "вычисляемый ответ вводит специалист",
    "instance": "свойства XForm не имеют соответствия",
    "jr:count": "",
}
_SETTINGS = frozenset({"title", "id_string", "version", "default_language", "name"})
_SHEETS = frozenset({"survey", "choices", "settings", "external_choices"})
_CALCULATED = "вычисление подставлено в условия, сам ответ не хранится"


def tell_leftovers(workbook: Workbook, notes: Notes) -> None:
    """Remark on every cell that was not read, one remark a column."""
    used = _used_names(workbook)
    for row in workbook.survey:
        if row.text("type") and not row.off:
            _tell_row(row, used, notes)
    for key in workbook.settings.cells:
        if key not in _SETTINGS:
            number = workbook.settings.number
            notes.lost(number, str(key), "настройка не имеет соответствия", "settings")
    for sheet in workbook.sheets:
        if sheet.lower() in ("entities", "osm"):
            notes.lost(0, "", "лист не имеет соответствия", sheet)


def _tell_row(row: Row, used: frozenset[str], notes: Notes) -> None:
    kind = row.text("type").lower()
    if kind.endswith("calculate") or kind == "calculate prompt":
        if row.text("name") in used:
            notes.changed(row.number, "calculation", _CALCULATED)
            if row.text("bind", "relevant"):
                notes.lost(row.number, "relevant", "условие вычисления не учитывается")
        else:
            notes.lost(row.number, "calculation", "вычисления не имеют соответствия")
        return
    for key in row.cells:
        if key == "parameters" and kind == "range":
            continue
        if key not in _READ:
            notes.lost(row.number, key, _WORDS.get(key, "столбец не имеет соответствия"))
    for holder, read in (("bind", _BIND), ("control", frozenset[str]())):
        cells = row.cell(holder)
        for key in cells if isinstance(cells, Mapping) else ():
            words = _WORDS.get(str(key), "свойство XForm не имеет соответствия")
            if words and (str(key) not in read or key == "calculate"):
                notes.lost(row.number, str(key), words)


def _used_names(workbook: Workbook) -> frozenset[str]:
    """Names of calculations that conditions look at, through other calculations too."""
    texts = [
        row.text("bind", key)
        for row in workbook.survey
        for key in ("relevant", "required", "constraint")
    ]
    calculations = {
        row.text("name"): row.text("bind", "calculate")
        for row in workbook.survey
        if row.text("type").lower().endswith("calculate")
    }
    used: set[str] = set()
    while texts:
        text = texts.pop()
        for name in calculations.keys() - used:
            if f"${{{name}}}" in text:
                used.add(name)
                texts.append(calculations[name])
    return frozenset(used)
