"""`catalogue copy` and `import`: what people who write forms do beside a desk."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.errors import DONE, PROBLEMS, UnknownService, UsageError

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from forms.xlsform import Imported, Note, NothingToImport

_KINDS = (
    ("lost", "Не имеет соответствия и не взято:"),
    ("changed", "Стоит иначе, чем в форме:"),
    ("fill", "Впишите сами:"),
)


def add_authoring(catalogue: Commands) -> None:
    """Add the commands to the group `catalogue`."""
    copying = command(
        catalogue, "copy", help="положить каталог в папку, чтобы править", run=run_copy
    )
    copying.add_argument("folder", metavar="DIR", type=Path, help="новая или пустая папка")
    showing = command(
        catalogue, "preview", help="открыть форму услуги, ничего не сохраняя", run=run_preview
    )
    showing.add_argument("slug", metavar="SLUG", help="обозначение услуги")
    showing.add_argument(
        "--dir", dest="folder", metavar="DIR", type=Path, help="папка каталога вместо своего"
    )
    installing = command(
        catalogue, "install", help="проверить каталог и перейти на него", run=run_install
    )
    installing.add_argument("source", metavar="DIR|FILE.zip", type=Path, help="папка или архив")
    importing = command(
        catalogue,
        "import",
        help="сделать услугу из XLSForm (.xlsx, .xls, .md, .csv)",
        run=run_import,
    )
    importing.add_argument("file", metavar="FILE", type=Path, help="файл XLSForm")
    importing.add_argument(
        "--dir",
        dest="folder",
        metavar="DIR",
        type=Path,
        help="папка каталога, куда положить файл услуги; без неё текст печатается",
    )
    importing.add_argument("--slug", metavar="SLUG", default="", help="обозначение услуги")
    importing.add_argument("--language", metavar="NAME", default="", help="язык надписей формы")
    importing.add_argument("--authority", metavar="NAME", default="", help="орган услуги")
    importing.add_argument(
        "--strict",
        action="store_true",
        help="не брать форму, если хоть что-то не имеет соответствия",
    )
    importing.add_argument(
        "--replace", action="store_true", help="заменить услугу, которая уже есть в папке"
    )


def run_copy(call: Call, arguments: argparse.Namespace) -> int:
    """Copy the catalogue this desk works by."""
    from mfc_desk.catalogues.published import copy_to

    copied = copy_to(call.home, arguments.folder)
    call.answer(
        {"folder": str(arguments.folder), "version": copied.version},
        f"Каталог версии {copied.version} лежит в {arguments.folder}. Услуги — в папке services; "
        f"проверка: mfc-desk catalogue check {arguments.folder}",
    )
    return DONE


def run_preview(call: Call, arguments: argparse.Namespace) -> int:
    """Open the form of a service on the screen; what is typed is gone when it is closed."""
    from forms.catalogue import load
    from mfc_desk.catalogues.published import catalogue_of

    folder: Path | None = arguments.folder
    if folder is not None and not folder.is_dir():
        raise UsageError(f"Папки нет: {folder}. Проверьте путь.")
    catalogue = catalogue_of(call.home) if folder is None else load(folder)
    if arguments.slug not in catalogue.services:
        raise UnknownService
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("Форма открывается в терминале. Без него: mfc-desk catalogue show SLUG")
    from mfc_desk.screens.form.form_preview import PreviewApp
    from mfc_desk.setup.preview_desk import preview_desk

    with preview_desk(catalogue.folder, call.clock, call.random) as desk:
        app = PreviewApp(desk, arguments.slug)
        app.run()
        if app.fault is not None:
            raise app.fault
    return DONE


def run_install(call: Call, arguments: argparse.Namespace) -> int:
    """Verify a catalogue whole and switch this desk to it; a faulty one changes nothing."""
    from forms.catalogue import CatalogueError

    source: Path = arguments.source
    if not source.exists():
        raise UsageError(f"Нет ни папки, ни файла: {source}. Проверьте путь.")
    with call.open_desk() as desk:
        try:
            done = desk.catalogues.install(source)
        except CatalogueError as error:
            call.note(f"Каталог не установлен, работает прежний. Ошибок: {len(error.mistakes)}.")
            raise
    call.answer(
        {
            "version": done.version,
            "digest": done.digest,
            "services": done.services,
            "before": done.before,
            "removed": done.removed,
        },
        f"Каталог версии {done.version} установлен: услуг {done.services}. "
        f"Был версии {done.before}; черновики остаются при своей.",
    )
    return DONE


def run_import(call: Call, arguments: argparse.Namespace) -> int:
    """Bring an XLSForm into a catalogue file; what it cannot bring is listed with its place."""
    from forms.catalogue.wiring import valid_slug
    from forms.xlsform import NothingToImport, import_xlsform

    folder: Path | None = arguments.folder
    if arguments.slug and not valid_slug(arguments.slug):
        raise UsageError("SLUG — латинские строчные буквы, цифры и дефис, например soc-card.")
    try:
        found = import_xlsform(
            arguments.file,
            _beside(folder),
            call.clock.now().astimezone().date(),
            slug=arguments.slug,
            language=arguments.language,
            authority=arguments.authority,
        )
    except NothingToImport as refusal:
        return _refuse(call, refusal)
    told: dict[str, Any] = {
        "slug": found.slug,
        "language": found.language,
        "fields": found.fields,
        **{kind: [_told(note) for note in getattr(found, kind)] for kind, _ in _KINDS},
    }
    if arguments.strict and found.lost:
        call.answer({"imported": False, **told}, _text(found))
        call.note("Форма не взята: не всё имеет соответствие, а указано --strict.")
        return PROBLEMS
    if folder is None:
        told["toml"] = found.text
        call.answer({"imported": True, **told}, found.text)
        if not call.as_json:
            call.note(_text(found))
        return DONE
    file = _put(folder, found, replace=arguments.replace)
    call.answer(
        {"imported": True, "file": str(file), **told},
        f"{file}: вопросов {found.fields}.\n{_text(found)}\n"
        f"Проверка: mfc-desk catalogue check {folder}\n"
        f"Посмотреть: mfc-desk catalogue preview {found.slug} --dir {folder}",
    )
    return DONE


def _beside(folder: Path | None) -> Catalogue:
    """The catalogue whose blocks and lists the form joins."""
    from forms.catalogue import load

    if folder is None:
        return load()
    if not (folder / "catalogue.toml").is_file():
        raise UsageError(
            f"В папке {folder} нет каталога. Сначала: mfc-desk catalogue copy {folder}"
        )
    return load(folder)


def _put(folder: Path, found: Imported, *, replace: bool) -> Path:
    from mfc_desk.durable import write_durably

    file = folder / "services" / f"{found.slug}.toml"
    if file.exists() and not replace:
        raise UsageError(
            f"Услуга уже есть: {file}. Дайте другое имя, --slug, или замените её, --replace."
        )
    file.parent.mkdir(exist_ok=True)
    write_durably(file, found.text.encode())
    return file


def _refuse(call: Call, refusal: NothingToImport) -> int:
    mistakes = [
        {"file": one.file, "where": one.where, "text": one.text} for one in refusal.mistakes
    ]
    lost = [_told(note) for note in refusal.lost]
    lines = [str(refusal), *(f"  {one}" for one in (*refusal.lost, *refusal.mistakes))]
    call.answer({"imported": False, "lost": lost, "mistakes": mistakes}, "\n".join(lines))
    return PROBLEMS


def _told(note: Note) -> dict[str, Any]:
    return {
        "sheet": note.sheet,
        "rows": list(note.rows),
        "column": note.column,
        "text": note.text,
    }


def _text(found: Imported) -> str:
    lines: list[str] = []
    for kind, heading in _KINDS:
        notes: tuple[Note, ...] = getattr(found, kind)
        if notes:
            lines += [heading, *(f"  {note}" for note in notes)]
    return "\n".join(lines)
