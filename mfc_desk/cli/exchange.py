"""`sync`: exchange with the centre now, or keep exchanging."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.errors import DONE, NO_LINK, REFUSED, TrainingDesk
from mfc_desk.exchange.words import clock_notice, sent_text
from sync.errors import CarrierFailure, ExchangeRunning

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.exchange.views import ExchangeResult

LOOK_EVERY_S = 1.0


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(commands, "sync", help="обменяться с центром", run=run_sync)
    parser.add_argument(
        "--watch", action="store_true", help="обмениваться, пока не прервут (Ctrl+C)"
    )


def run_sync(call: Call, arguments: argparse.Namespace) -> int:
    """Exchange; 0 when it reached its end, 3 when there was no link or no centre."""
    with call.open_desk() as desk:
        if arguments.watch:
            with suppress(KeyboardInterrupt):
                _watch(call, desk)
            return DONE
        keep_second_place(call, desk)
        return _say(call, desk, desk.exchange.run_once())


def _watch(call: Call, desk: Desk) -> None:
    """Exchange whenever it is due, one line of the result each time, until interrupted."""
    if desk.training:
        raise TrainingDesk
    ended = Event()
    with ThreadPoolExecutor(1) as beside:
        keeping = beside.submit(_keep_on, call, desk, ended)
        try:
            while not keeping.done():
                if desk.exchange.due(desk.clock.now()):
                    try:
                        _say(call, desk, desk.exchange.run_once())
                    except ExchangeRunning as error:
                        call.note(str(error))
                    sys.stdout.flush()
                time.sleep(LOOK_EVERY_S)
        finally:
            ended.set()
        keeping.result()


def _keep_on(call: Call, desk: Desk, ended: Event) -> None:
    """Write the second place whenever it is due: an exchange on a dead link takes minutes."""
    with desk.worker_copy() as copy:
        while not ended.wait(LOOK_EVERY_S):
            if copy.second_place.due(copy.clock.now()):
                keep_second_place(call, copy)


def keep_second_place(call: Call, desk: Desk) -> None:
    """Write the second place first: it needs no link. One that is not there stops nothing."""
    try:
        if not desk.training:
            desk.second_place.keep()
    except CarrierFailure as error:
        call.note(f"Второе место: {error}")


def _say(call: Call, desk: Desk, result: ExchangeResult) -> int:
    told: dict[str, Any] = {
        "sent": result.sent,
        "received": result.confirmed,
        "events": result.feed_events,
        "restored": result.restored,
        "kind": result.kind,
        "error": result.error,
        "step": result.step,
        "clock": clock_notice(desk.exchange.view().clock_skew_s),
    }
    summary = desk.exchange.summary()
    told |= {
        "requests": summary.requests,
        "confirmed": summary.confirmed,
        "returned": summary.returned,
        "unsent": summary.unsent,
        "relayed": summary.relayed,
        "summary": summary.text,
    }
    waiting = desk.exchange.view().scans
    told |= {
        "scans_sent": result.scans,
        "scans_waiting": waiting.count,
        "scan_bytes": waiting.size,
        "scan_bytes_sent": waiting.sent,
        "catalogue": result.catalogue,
    }
    sent = sent_text(result.sent, by_relay=desk.exchange.view().by_relay)
    counts = f"{sent}, ответов центра: {result.feed_events}."
    if result.scans or waiting.count:
        counts += (
            f" Сканов отправлено: {result.scans}, ждут: {waiting.count} "
            f"({waiting.sent} из {waiting.size} байт)."
        )
    if result.catalogue:
        counts += f" Новый каталог услуг от центра: {result.catalogue}."
    if result.restored:
        counts += f" Возвращено из центра записей: {result.restored}."
    custody = ""
    if summary.relayed:
        custody = f"На ретрансляторе офиса, без ответа центра: {summary.relayed}."
    call.answer(told, "\n".join(filter(None, (counts, summary.text.capitalize() + ".", custody))))
    if told["clock"]:
        call.note(told["clock"])
    if result.error is None:
        return DONE
    call.note(f"{result.error}\nЧто делать: {result.step}")
    return NO_LINK if result.unreachable else REFUSED
