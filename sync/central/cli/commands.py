"""The commands of `mfc-central`: each gets its arguments and returns an exit code."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync.central.centre import Centre
from sync.central.desks import read_office
from sync.central.errors import AlreadyServing, NoCentre, UnknownDesk, UsageError
from sync.central.export import requests
from sync.central.home import CentreHome, write_private
from sync.central.logs import set_up as set_up_logs
from sync.central.verify import Verifier
from sync.clock import SystemClock, iso, utc_text
from sync.ids import SystemRandom
from sync.lock import LockFile
from sync.relay_address import RelayAddress

if TYPE_CHECKING:
    from sync.central.serve import Place

SQLITE_URL = "sqlite:///"
POSTGRES_URLS = ("postgresql://", "postgres://")
DATABASE_VARIABLE = "MFC_CENTRAL_DATABASE"
DONE = 0
REFUSED = 1
DAMAGED = 4
SKIPPED_NUMBERS = 10_000


def serve(arguments: Namespace) -> int:
    """Run the centre until it is told to stop."""
    # the web framework is slow to load, and no other command needs it
    from sync.central import serve as server  # noqa: PLC0415

    if (arguments.tls_cert is None) != (arguments.tls_key is None):
        raise UsageError("--tls-cert и --tls-key указывают вместе.")
    set_up_logs(quiet=arguments.quiet)
    place = server.Place(arguments.host, arguments.port, arguments.tls_cert, arguments.tls_key)
    if arguments.workers > 1:
        _serve_together(arguments, place)
        return DONE
    with opened(arguments, new=True) as centre:
        server.serve(
            centre,
            CentreHome(arguments.home),
            place,
            urls=tuple(arguments.url or ()),
            stop_with_stdin=arguments.stop_with_stdin,
        )
    return DONE


def _serve_together(arguments: Namespace, place: Place) -> None:
    """Serve by several processes; raises UsageError where one file cannot be shared by them."""
    from sync.central import workers  # noqa: PLC0415 - it loads the web framework

    database = _database(arguments.database)
    if not isinstance(database, str):
        raise UsageError("--workers: только с базой postgresql://…")
    with opened(arguments, new=True):
        pass  # makes folder, keys and tables once, or says what is wrong
    workers.serve(
        workers.Worker(str(arguments.home), database, arguments.blobs, arguments.quiet),
        place,
        workers=arguments.workers,
        urls=tuple(arguments.url or ()),
        stop_with_stdin=arguments.stop_with_stdin,
    )


def office_add(arguments: Namespace) -> int:
    """Add an office from its file."""
    office = read_office(arguments.file)
    with opened(arguments, new=True) as centre:
        centre.store.desks.put_office(office)
    answer(
        arguments,
        {"office": office.code, "title": office.data["title"]},
        f"Офис {office.code} записан: {office.data['title']}.",
    )
    return DONE


def desk_code(arguments: Namespace) -> int:
    """Issue an enrolment ticket: a file, or an address and a code to dictate."""
    home = CentreHome(arguments.home)
    with opened(arguments) as centre:
        urls = tuple(arguments.url or home.urls())
        if not urls:
            raise UsageError(
                "Центр ещё не запускали, его адрес неизвестен. Укажите его: --url https://…"
            )
        ca_pem = certificate(arguments.ca)
        ticket, data = centre.enrolment.issue(
            arguments.office,
            arguments.desk,
            window=arguments.window,
            urls=urls,
            ca_pem=ca_pem,
            days=arguments.days,
            relay=_relay_address(arguments.relay),
            restore=arguments.restore,
        )
    told: dict[str, Any] = {
        "desk": ticket.desk_no,
        "office": arguments.office,
        "window": ticket.window,
        "epoch": ticket.epoch,
        "url": urls[0],
        "valid_until": iso(ticket.valid_until),
    }
    if arguments.out:
        write_private(arguments.out, data)
        told["file"] = str(arguments.out)
        text = f"Билет записан: {arguments.out}. Передайте его на рабочее место из рук в руки."
    else:
        told["code"] = ticket.spoken_code
        text = f"Адрес: {urls[0]}\nКод:   {ticket.spoken_code}"
    answer(arguments, told, f"{text}\nДействует до {utc_text(ticket.valid_until)}.")
    return DONE


def certificate(path: Path | None) -> str | None:
    """The text of a CA's certificate; raises UsageError."""
    if path is None:
        return None
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Сертификат не читается: {path}.") from error


def _relay_address(text: str | None) -> str:
    """The relay a ticket names; raises UsageError."""
    try:
        return str(RelayAddress.read(text)) if text else ""
    except ValueError as error:
        raise UsageError(f"--relay: {error}") from error


def desks(arguments: Namespace) -> int:
    """List offices, desks, their devices and streams."""
    with opened(arguments) as centre:
        lines = [_desk_line(centre, desk.desk) for desk in centre.store.desks.desks()]
        offices = centre.store.desks.offices()
    if arguments.json:
        for line in lines:
            print_json(line)
        return DONE
    for office in offices:
        say(f"{office.code}  {office.data['title']}")
        for line in lines:
            if line["office"] == office.code:
                say(
                    f"  {line['desk']:05d}  окно {line['window']}  {line['state_text']}  "
                    f"записей {line['have']}, применено {line['applied_to']}"
                )
    return DONE


STATES = {
    "active": "работает",
    "replaced": "оформлено заново",
    "revoked": "отозвано",
    "waiting": "ждёт оформления",
}


def _desk_line(centre: Centre, number: int) -> dict[str, Any]:
    desk = centre.store.desks.desk(number)
    if desk is None:
        raise UnknownDesk
    devices = centre.store.desks.devices(number)
    device = devices[0] if devices else None
    stream = centre.store.streams.stream(number, device.epoch) if device else None
    state = str(device.standing) if device else "waiting"
    return {
        "desk": number,
        "office": desk.office,
        "window": desk.window,
        "state": state,
        "state_text": STATES[state],
        "epoch": device.epoch if device else desk.last_epoch,
        "have": stream.stream.last if stream else 0,
        "applied_to": stream.applied_to if stream else 0,
        "head": stream.stream.head.hex() if stream else None,
    }


def revoke(arguments: Namespace) -> int:
    """Revoke a desk: what it still sends is kept aside, it reads nothing new."""
    with opened(arguments) as centre:
        if centre.store.desks.desk(arguments.desk) is None:
            raise UnknownDesk
        revoked = centre.store.desks.revoke(arguments.desk, centre.clock.now())
    answer(
        arguments,
        {"desk": arguments.desk, "revoked": revoked},
        f"Место {arguments.desk:05d} отозвано, ключей: {revoked}.",
    )
    return DONE


def quarantine(arguments: Namespace) -> int:
    """List what is kept aside, or write one of it to a file."""
    with opened(arguments) as centre:
        if arguments.retry:
            centre.acceptance.review()
        if arguments.take:
            return _take(arguments, centre)
        if arguments.number is not None:
            data = centre.store.streams.quarantined_bytes(arguments.number)
            if data is None or arguments.out is None:
                raise UsageError("Нужны номер из списка и --out FILE.")
            write_private(arguments.out, data)
            return DONE
        rows = centre.store.streams.quarantined()
    for row in rows:
        line = {
            "number": row.number,
            "desk": row.desk,
            "epoch": row.epoch,
            "from": row.first,
            "to": row.to,
            "why": row.why,
            "bytes": row.size,
            "at": iso(row.at),
            "settled_at": iso(row.settled_at) if row.settled_at else None,
        }
        if arguments.json:
            print_json(line)
        else:
            say(
                f"{row.number}  место {row.desk:05d}  записи {row.first}–{row.to}  {row.why}  "
                f"{row.size} байт  {utc_text(row.at)}"
                + (f"  принят {utc_text(row.settled_at)}" if row.settled_at else "")
            )
    if not rows and not arguments.json:
        say("Ничего не отложено.")
    return DONE


TAKEN = {
    "stored": "Пакет принят: записи, которые уже есть, не повторятся.",
    "known": "Эти записи уже приняты.",
    "unknown": "Такого номера нет: mfc-central quarantine.",
    "parked": "Перед этим пакетом есть ещё не принятый: примите сначала его.",
    "fork": "Это другая ветвь журнала: место надо оформить заново (desk-code --restore), "
    "записи придут под новой эпохой.",
}


def _take(arguments: Namespace, centre: Centre) -> int:
    """Let a batch of a revoked or replaced device count."""
    if arguments.number is None:
        raise UsageError("Нужен номер из списка: mfc-central quarantine N --take")
    became = centre.acceptance.take(arguments.number)
    if became == "stored":
        _apply(centre)
    answer(
        arguments,
        {"number": arguments.number, "became": became},
        TAKEN.get(became, f"Пакет не принять: {became}."),
    )
    return DONE if became in {"stored", "known"} else REFUSED


def _apply(centre: Centre) -> None:
    """Apply what was stored here: nothing tells a centre that serves of it."""
    projector = centre.projector()
    try:
        projector.run_all()
    finally:
        projector.close()


def verify(arguments: Namespace) -> int:
    """Check everything stored; exit code 4 when something is not as it was received."""
    with opened(arguments) as centre:
        found = Verifier(centre.store, centre.dictionaries).run()
    told = {
        "streams": found.streams,
        "entries": found.entries,
        "requests": found.requests,
        "faults": [{"where": fault.where, "text": fault.text} for fault in found.faults],
    }
    words = [f"{fault.where}: {fault.text}" for fault in found.faults]
    words.append(
        f"Потоков {found.streams}, записей {found.entries}, обращений {found.requests}, "
        f"расхождений {len(found.faults)}."
    )
    answer(arguments, told, "\n".join(words))
    return DAMAGED if found.faults else DONE


def restored(arguments: Namespace) -> int:
    """Tell the centre that its database is a restored copy; desks will send the rest again."""
    with opened(arguments) as centre, LockFile(CentreHome(arguments.home).serve_lock) as lock:
        if not lock.take():
            raise AlreadyServing
        centre.store.begin_new_life(centre.random, SKIPPED_NUMBERS)
    answer(
        arguments,
        {"skipped": SKIPPED_NUMBERS},
        "Записано. Рабочие места дошлют недостающее сами; номера центра продолжатся "
        f"через {SKIPPED_NUMBERS}, чтобы не повторить выданные после копии.",
    )
    return DONE


def export(arguments: Namespace) -> int:
    """Print every request as JSON lines."""
    with opened(arguments) as centre:
        for line in requests(centre.store, full=arguments.full):
            print_json(line)
    return DONE


@contextmanager
def opened(arguments: Namespace, *, new: bool = False) -> Iterator[Centre]:
    """Open the centre of the folder the command names; only a `new` one is made, else NoCentre."""
    home = CentreHome(arguments.home)
    if not (new or home.keys.exists() or home.database.exists()):
        raise NoCentre
    centre = Centre.open(
        home, SystemClock(), SystemRandom(), _database(arguments.database), arguments.blobs
    )
    try:
        yield centre
    finally:
        centre.close()


def _database(url: str | None) -> Path | str | None:
    """A file, a postgresql:// URL, or None for the folder's own; raises UsageError."""
    url = url or os.environ.get(DATABASE_VARIABLE)  # a password is not for the list of processes
    if url is None:
        return None
    if url.startswith(POSTGRES_URLS):
        return url
    if not url.startswith(SQLITE_URL):
        raise UsageError("База: sqlite:///ФАЙЛ или postgresql://…")
    return Path(url.removeprefix(SQLITE_URL))


def answer(arguments: Namespace, told: dict[str, Any], words: str) -> None:
    """Print the result: JSON when asked, else words."""
    if arguments.json:
        print_json(told)
    else:
        say(words)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object on a line."""
    say(json.dumps(value, ensure_ascii=False))


def say(text: str) -> None:
    """Print to stdout."""
    sys.stdout.write(text + "\n")
