"""A spreadsheet read and accepted by pyxform: rows of its sheets with their numbers."""

from __future__ import annotations

import logging
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

FORMATS = (".xlsx", ".xls", ".xlsm", ".md", ".csv")
_YES = ("yes", "true", "true()")
_ROW = re.compile(r"\[row : (\d+)\]")
_QUOTED = re.compile(r"'([^']+)'")
_UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    OSError,
    RecursionError,
    SyntaxError,  # xml.etree says broken XML with it
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What pyxform and its readers let through for a file that is not what its name says."""

Cell = str | dict[str, Any]
"""A cell, or the cells of one heading by language: `label::Русский`."""


class NotAnXlsForm(Exception):  # noqa: N818 - named for whoever wrote the form
    """Файл не читается как XLSForm."""

    code = "not-an-xlsform"
    exit_code = 5
    title = "XLSForm не принята"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its number in the spreadsheet and its cells by XLSForm's own names."""

    number: int
    cells: Mapping[str, Cell]

    @property
    def off(self) -> bool:
        """Whether pyxform passes it by: `disabled` says yes."""
        return self.text("disabled").lower() in _YES

    def text(self, *path: str) -> str:
        """The text under a heading, `bind`, `relevant`; empty when there is none."""
        found: object = self.cells
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found.strip() if isinstance(found, str) else ""

    def cell(self, *path: str) -> object:
        """What stands under a heading, a text or texts by language."""
        found: object = self.cells
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


@dataclass(frozen=True)
class Workbook:
    """An XLSForm: survey rows in order, choice rows by list, settings, sheets nobody reads."""

    name: str
    survey: tuple[Row, ...]
    choices: Mapping[str, tuple[Row, ...]]
    external: Mapping[str, tuple[Row, ...]]
    settings: Row
    sheets: tuple[str, ...]
    remarks: tuple[str, ...]


def open_workbook(path: Path) -> Workbook:
    """Read an .xlsx, .xls, .md or .csv. Raises NotAnXlsForm with pyxform's words and their row."""
    if path.suffix.lower() not in FORMATS:
        known = ", ".join(FORMATS)
        raise NotAnXlsForm(f"{path.name}: такой вид файла не читается. Нужен один из: {known}")
    if not path.is_file():
        raise NotAnXlsForm(f"{path}: файла нет. Проверьте путь")
    from pyxform.errors import PyXFormError  # noqa: PLC0415 - nothing but an import pays for it

    logging.getLogger("pyxform").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl on extensions of the file it does not keep
            return _read(path)
    except PyXFormError as refusal:
        raise NotAnXlsForm(_refused(path, str(refusal))) from refusal
    except _UNREADABLE as failure:
        words = f"{type(failure).__name__}: {failure}"
        raise NotAnXlsForm(f"{path.name}: файл не читается ({words})") from failure


def _refused(path: Path, said: str) -> str:
    words = " ".join(said.split())
    row = _ROW.search(words)
    number = int(row[1]) if row else _row_named(path, _QUOTED.findall(words))
    place = f", survey, строка {number}" if number else ""
    return f"{path.name}{place}: pyxform не принимает форму: {words}"


def _row_named(path: Path, words: list[str]) -> int:
    """Find the row that holds what pyxform quotes without saying where it stands."""
    from pyxform.errors import PyXFormError  # noqa: PLC0415
    from pyxform.xls2json_backends import get_xlsform  # noqa: PLC0415

    try:
        survey = get_xlsform(str(path)).survey or ()
    except PyXFormError:
        return 0
    for number, row in enumerate(survey, start=2):
        if any(word in str(cell).split() for word in words for cell in row.values()):
            return number
    return 0


def _read(path: Path) -> Workbook:
    from pyxform import aliases  # noqa: PLC0415
    from pyxform.question import MultipleChoiceQuestion, Option  # noqa: PLC0415
    from pyxform.survey import Survey  # noqa: PLC0415
    from pyxform.xls2json_backends import get_xlsform  # noqa: PLC0415
    from pyxform.xls2xform import convert  # noqa: PLC0415

    data = get_xlsform(str(path))
    remarks: list[str] = []
    convert(str(path), warnings=remarks)  # whether it is an XLSForm at all
    settings = _rows("settings", data, aliases.settings_header, Survey.get_slot_names(), "")
    first = settings[0] if settings else Row(0, {})
    language = first.text("default_language") or "default"

    def rows(sheet: str, names: Mapping[str, Any], columns: Iterable[str]) -> tuple[Row, ...]:
        return _rows(sheet, data, names, columns, language)

    options = Option.get_slot_names()
    return Workbook(
        name=path.stem,
        survey=rows("survey", aliases.survey_header, MultipleChoiceQuestion.get_slot_names()),
        choices=_by_list(rows("choices", aliases.list_header, options)),
        external=_by_list(rows("external_choices", aliases.list_header, options)),
        settings=first,
        sheets=tuple(data.sheet_names or ()),
        remarks=tuple(remarks),
    )


def _rows(
    sheet: str, data: Any, names: Mapping[str, Any], columns: Iterable[str], language: str
) -> tuple[Row, ...]:
    """Give the rows of a sheet with pyxform's own names of its columns."""
    from pyxform.parsing.sheet_headers import dealias_and_group_headers  # noqa: PLC0415

    read: Callable[..., Any] = dealias_and_group_headers
    found = read(
        sheet_name=sheet,
        sheet_data=getattr(data, sheet) or (),
        sheet_header=getattr(data, f"{sheet}_header") or (),
        header_aliases=names,
        header_columns=set(columns),
        default_language=language or "default",
        strip_whitespace=sheet == "survey",
        add_row_number=True,
    )
    return tuple(_row(cells) for cells in found.data)


def _row(cells: Mapping[str, Any]) -> Row:
    return Row(int(cells["__row"]), {key: cells[key] for key in cells if key != "__row"})


def _by_list(rows: Sequence[Row]) -> dict[str, tuple[Row, ...]]:
    lists: dict[str, list[Row]] = {}
    for row in rows:
        name = row.text("list name")
        if name:
            lists.setdefault(name, []).append(row)
    return {name: tuple(found) for name, found in lists.items()}
