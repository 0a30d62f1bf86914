"""`backup` and `restore`: the desk as one file."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mfc_desk.cli.frame import Call, Commands, command

if TYPE_CHECKING:
    from mfc_desk.recovery.rebuild import Rebuilt, Source


def add(commands: Commands) -> None:
    """Add the two commands."""
    backup = command(commands, "backup", help="сохранить копию рабочего места", run=run_backup)
    backup.add_argument("file", metavar="FILE", type=Path, help="файл копии")
    restore = command(commands, "restore", help="вернуть рабочее место из копии", run=run_restore)
    restore.add_argument("file", metavar="FILE", type=Path, nargs="?", help="файл копии")
    restore.add_argument(
        "--replace",
        action="store_true",
        help="вернуться к копии, даже если на месте есть более новые записи (они отложатся рядом)",
    )
    centre = restore.add_argument_group("диска больше нет, копии тоже")
    centre.add_argument(
        "--from-centre",
        action="store_true",
        help="собрать место из центра по билету для восстановления",
    )
    centre.add_argument("--ticket", metavar="FILE", type=Path, help="билет файлом")
    centre.add_argument("--url", metavar="URL", help="адрес центра, если билета файлом нет")
    centre.add_argument("--code", metavar="CODE", help="код XXXXXXXX-YYYY-YYYY к нему")
    centre.add_argument(
        "--second-place", metavar="DIR", type=Path, help="папка второго места прежнего диска"
    )
    centre.add_argument(
        "--recovery-key",
        metavar="FILE",
        type=Path,
        help="ключ восстановления центра: вернёт и черновики, настройки, очередь печати",
    )
    centre.add_argument(
        "--leave-refused",
        action="store_true",
        help="собрать место без пакетов второго места, которых центр не принял",
    )


def run_backup(call: Call, arguments: argparse.Namespace) -> int:
    """Write a copy and read it back."""
    from mfc_desk.recovery.backup import write_backup

    with call.open_desk() as desk:
        manifest = write_backup(desk, arguments.file)
    call.answer(
        {
            "file": str(arguments.file),
            "epoch": manifest.epoch,
            "seq": manifest.seq,
            "head": manifest.head,
            "scans": manifest.scans,
        },
        f"Копия записана и прочитана обратно: {arguments.file} (записей журнала {manifest.seq},"
        f" сканов {manifest.scans})."
        " Она открывается паролями сотрудников на сегодня.",
    )
    return 0


def run_restore(call: Call, arguments: argparse.Namespace) -> int:
    """Put a copy in place; what stood there is moved aside."""
    from mfc_desk.errors import UsageError
    from mfc_desk.recovery.backup import restore

    if arguments.from_centre:
        return _from_centre(call, arguments)
    if arguments.file is None:
        raise UsageError("Нужен файл копии или --from-centre. Справка: mfc-desk restore --help")
    if call.login is None:
        raise UsageError("Кто входит? Добавьте --operator LOGIN: копию открывает пароль.")
    done = restore(
        call.home,
        arguments.file,
        call.login,
        call.password(),
        call.clock,
        call.random,
        replace=arguments.replace,
    )
    aside = f" Прежняя база отложена: {done.moved_to}." if done.moved_to else ""
    call.answer(
        {
            "epoch": done.manifest.epoch,
            "seq": done.manifest.seq,
            "moved_to": str(done.moved_to) if done.moved_to else None,
        },
        f"Рабочее место возвращено из копии, записей журнала {done.manifest.seq}.{aside}",
    )
    return 0


def _from_centre(call: Call, arguments: argparse.Namespace) -> int:
    """Make the desk anew from the centre and the second place, then exchange once."""
    from mfc_desk.errors import DONE, REFUSED, UsageError
    from mfc_desk.recovery.rebuild import rebuild
    from mfc_desk.recovery.taking_over import Person
    from mfc_desk.session import open_desk

    if call.login is None:
        raise UsageError("Кто будет вести место? Добавьте --operator LOGIN.")
    source = _source(arguments)
    name = call.line("Фамилия и инициалы (Enter, если вы уже есть в центре): ")
    password = call.new_password()
    made = rebuild(
        call.home,
        source,
        Person(call.login, name, password),
        call.clock,
        call.random,
        place=arguments.second_place.expanduser().absolute() if arguments.second_place else None,
        replace_desk=arguments.replace,
        leave_refused=arguments.leave_refused,
        recovery=recovery_key(arguments.recovery_key) if arguments.recovery_key else "",
        tell=lambda step, done, of: None if call.as_json else call.note(f"{step}: {done} из {of}"),
    )
    with open_desk(call.home, call.login, password, call.clock, call.random) as desk:
        result = desk.exchange.run_once()
        summary = desk.exchange.summary()
    told = {
        "desk": made.desk_no,
        "entries": made.entries,
        "requests": made.requests,
        "confirmed": summary.confirmed,
        "left_files": list(made.left_files),
        "refused_files": list(made.refused_files),
        "missing_scans": made.missing_scans,
        "damaged_scans": list(made.damaged_scans),
        "left_entries": [str(one) for one in made.left_entries],
        "drafts": made.report.drafts if made.report else 0,
        "papers": made.report.papers if made.report else 0,
        "local": bool(made.report and made.report.local_at),
        "error": result.error,
        "moved_to": str(made.moved_to) if made.moved_to else None,
    }
    lines = [
        f"Рабочее место {made.desk_no:05d} собрано заново: обращений {made.requests},"
        f" {summary.text}. Вход: {call.login}; остальным задайте пароли: mfc-desk users add.",
        _local(made),
    ]
    lines += _not_back(made, arguments.second_place)
    if result.error:
        lines.append(f"Обмен: {result.error}")
    call.answer(told, "\n".join(lines))
    whole = not (made.left_files or made.damaged_scans or made.left_entries)
    return DONE if whole else REFUSED


def _local(made: Rebuilt) -> str:
    """What of drafts, settings and papers came back, or where they are."""
    report = made.report
    if report is not None and report.local_at is not None:
        return (
            f"Вернулись черновики ({report.drafts}), бумаги в очереди, на паузе ({report.papers})"
            " и настройки."
        )
    if made.local_waits:
        return (
            "Черновики, настройки и очередь печати лежат во втором месте; их открывает ключ"
            " восстановления: mfc-desk second-place --bring-back --recovery-key ФАЙЛ."
        )
    return "Черновики, настройки и очередь печати были только на прежнем диске."


def recovery_key(file: Path) -> str:
    """Read the recovery identity out of the centre's `recovery-key.txt`; raises UsageError."""
    from mfc_desk.errors import UsageError

    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Ключ восстановления не читается: {file}. Проверьте путь.") from error
    for line in lines:
        if line.strip().startswith("AGE-SECRET-KEY-"):
            return line.strip()
    raise UsageError(f"В файле нет ключа восстановления: {file}. Нужен recovery-key.txt центра.")


def _not_back(made: Rebuilt, place: Path | None) -> list[str]:
    """What did not come back, how much of it and where it lies."""
    from mfc_desk.recovery.handing_in import named

    lines = []
    kept = len(made.left_files) - len(made.refused_files)
    if kept:
        lines.append(
            f"Пакетов второго места, не вошедших в журнал: {kept}. Центр их хранит"
            " отдельно: сообщите его оператору (mfc-central quarantine)."
        )
    if made.refused_files:
        lines.append(
            f"Пакетов второго места, которых центр не принял: {len(made.refused_files)}. Их записей"
            f" нет ни в центре, ни здесь, они лежат только в {place}: {named(made.refused_files)}."
            " Сохраните папку и сообщите оператору центра."
        )
    if made.left_entries:
        places = named([str(one) for one in made.left_entries])
        lines.append(
            "Записей, которые есть в центре и здесь не применены (эпоха/номер):"
            f" {len(made.left_entries)}: {places}. Сообщите оператору центра."
        )
    if made.missing_scans:
        lines.append(f"Сканов, которых нет ни здесь, ни в центре: {made.missing_scans}.")
    if made.damaged_scans:
        lines.append(
            f"Из них во втором месте повреждены: {len(made.damaged_scans)}"
            f" ({named(made.damaged_scans)}). Приложите эти документы заново."
        )
    return lines


def _source(arguments: argparse.Namespace) -> Source:
    from mfc_desk.errors import UsageError
    from mfc_desk.recovery.rebuild import Source

    if arguments.ticket is None:
        if not (arguments.url and arguments.code):
            raise UsageError(
                "Нужен --ticket FILE либо --url URL и --code CODE от оператора центра."
            )
        return Source(None, arguments.url, arguments.code)
    try:
        return Source(arguments.ticket.read_bytes())
    except OSError as error:
        raise UsageError(f"Файл билета не читается: {arguments.ticket}. Проверьте путь.") from error
