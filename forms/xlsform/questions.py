"""Which type of the catalogue a question of an XLSForm is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from forms.xlsform.rules import Rule
from forms.xlsform.workbook import Row

_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
_DAY = r"(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])\.\d{4}"
_POINT = r"-?\d{1,2}(?:\.\d+)?, ?-?\d{1,3}(?:\.\d+)?"
_OTHER = re.compile(r"\s+(or_other|or other|or specify other)$")
_SELECTS = (
    ("select_multiple_from_file", "file"),
    ("select multiple from file", "file"),
    ("select_one_from_file", "file"),
    ("select one from file", "file"),
    ("select_one_external", "external"),
    ("select one external", "external"),
    ("add select multiple prompt using", "several"),
    ("add select one prompt using", "one"),
    ("select all that apply from", "several"),
    ("select all that apply", "several"),
    ("select multiple from", "several"),
    ("select multiple using", "several"),
    ("select_multiple", "several"),
    ("select multiple", "several"),
    ("select one from", "one"),
    ("select one using", "one"),
    ("select_one", "one"),
    ("select one", "one"),
    ("select1", "one"),
    ("rank", "rank"),
)
_TYPES = {
    "text": ("string", "q string", "add text prompt"),
    "integer": ("int", "q int", "add integer prompt"),
    "decimal": ("q decimal", "add decimal prompt"),
    "date": ("q date", "add date prompt"),
    "time": (),
    "datetime": ("date time", "q date time", "q datetime", "add date time prompt"),
    "barcode": ("q barcode", "add barcode prompt"),
    "phone": ("phone number",),
    "geopoint": ("gps", "location", "q geopoint", "q location", "add location prompt"),
    "percentage": (),
    "range": (),
    "acknowledge": ("trigger", "q acknowledge", "add acknowledge prompt"),
    "note": ("q note", "add note prompt"),
    "calculate": ("q calculate", "add calculate prompt"),
    "hidden": (),
    "image": ("photo", "q picture", "q image", "add image prompt", "add photo prompt"),
    "file": ("add file prompt",),
    "today": ("get today",),
    "number of days in last month": (),
    "number of days in last six months": (),
    "number of days in last year": (),
}
_NAMES = {name: kind for kind, names in _TYPES.items() for name in (kind, *names)}
_LOST = (
    (("geotrace", "geoshape", "q geotrace", "q geoshape"), "линий и областей каталог не берёт"),
    (("audio", "video", "q audio", "q video", "add audio", "add video"), "звука и видео не берут"),
    (("osm",), "объектов OpenStreetMap каталог не берёт"),
    (("csv-external", "xml-external"), "данных из внешнего файла каталог не берёт"),
    (("background-", "start-geopoint", "audit"), "скрытой записи рабочее место не ведёт"),
)
_OWN_RECORD = "служебное: время, сотрудника и место рабочее место пишет само"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a row becomes.

    kind: a type of the catalogue, or note, calculate, document, none. list_name: of a select.
    pattern: the shape of a text with its words and an example. why: why nothing comes of it.
    """

    kind: str
    list_name: str = ""
    source: str = ""
    or_other: bool = False
    rules: tuple[Rule, ...] = ()
    pattern: tuple[str, str, str] | None = None
    changed: str = ""
    why: str = ""


_SHAPES = {
    "time": Shape("text", pattern=(_CLOCK, "время пишется так: 14:05", "14:05")),
    "datetime": Shape(
        "text",
        pattern=(
            f"{_DAY} {_CLOCK}",
            "дата и время пишутся так: 21.11.2026 14:05",
            "21.11.2026 14:05",
        ),
    ),
    "geopoint": Shape(
        "text",
        pattern=(_POINT, "координаты пишутся так: 48.0159, 37.8028", "48.0159, 37.8028"),
        changed="координаты вводятся как текст, прибор их не снимает",
    ),
    "barcode": Shape("text", changed="штрих-код вводится как текст"),
    "percentage": Shape("integer", rules=(("min", 0), ("max", 100))),
    "number of days in last month": Shape("integer", rules=(("min", 0), ("max", 31))),
    "number of days in last six months": Shape("integer", rules=(("min", 0), ("max", 183))),
    "number of days in last year": Shape("integer", rules=(("min", 0), ("max", 365))),
    "acknowledge": Shape("select_one", source="acknowledge"),
    "image": Shape("document", changed="снимок стал документом, который приносит заявитель"),
    "file": Shape("document", changed="файл стал документом, который приносит заявитель"),
    "hidden": Shape("none", why="тип «hidden»: скрытых ответов каталог не хранит"),
    "today": Shape("today", why=f"тип «today»: {_OWN_RECORD}"),
}


def shape_of(row: Row) -> Shape:
    """Tell what a question becomes in the catalogue."""
    said = " ".join(row.text("type").split())
    folded = said.lower()
    for command, source in _SELECTS:
        if folded.startswith(f"{command} "):
            return _select(said[len(command) :].strip(), source)
    kind = _NAMES.get(folded)
    if kind is not None:
        return _plain(kind, row)
    for beginnings, why in _LOST:
        if folded.startswith(beginnings):
            return Shape("none", why=f"тип «{said}»: {why}")
    return Shape("none", why=f"тип «{said}»: {_OWN_RECORD}")


def _select(rest: str, source: str) -> Shape:
    other = _OTHER.search(rest)
    name = rest[: other.start()] if other else rest
    if source == "file":
        return Shape("none", why=f"варианты стоят в другом файле, «{name}»")
    if name.startswith("${"):
        return Shape("none", why=f"варианты берутся из ответов, «{name}»")
    kind = "select_multiple" if source in ("several", "rank") else "select_one"
    changed = "порядок выбранных вариантов не хранится" if source == "rank" else ""
    sheet = "external_choices" if source == "external" else "choices"
    return Shape(kind, name, sheet, other is not None, changed=changed)


def _plain(kind: str, row: Row) -> Shape:
    return _range(row) if kind == "range" else _SHAPES.get(kind, Shape(kind))


def _range(row: Row) -> Shape:
    """`parameters` of a range: start=1 end=10 step=1."""
    given = dict(re.findall(r"(\w+)\s*=\s*([-\d.]+)", row.text("parameters")))
    texts = [given.get("start", "1"), given.get("end", "10"), given.get("step", "1")]
    whole = all("." not in text for text in texts)
    bounds: list[int | str] = [int(text) if "." not in text else text for text in texts[:2]]
    low, high = sorted(bounds, key=Decimal)  # a scale may be drawn from its upper end
    rules: tuple[Rule, ...] = (("min", low), ("max", high))
    lost = "" if texts[2].lstrip("-") in ("1", "1.0") else f"шаг {texts[2]} не проверяется"
    return Shape("integer" if whole else "decimal", rules=rules, changed=lost)
