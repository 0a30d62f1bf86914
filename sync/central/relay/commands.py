"""The commands of the relay: `mfc-central relay`, `mfc-central relay --status`."""

from __future__ import annotations

import time
from argparse import Namespace
from dataclasses import asdict

from sync.central.cli.commands import DONE, answer, certificate
from sync.central.errors import AlreadyServing, NoCentre, UsageError
from sync.central.gate import DiskGauge
from sync.central.logs import set_up as set_up_logs
from sync.central.relay.home import RelayHome
from sync.central.relay.relay import Relay
from sync.central.relay.store import RelayStore
from sync.clock import SystemClock, utc_text
from sync.ids import SystemRandom
from sync.lock import LockFile


def relay(arguments: Namespace) -> int:
    """Run the relay until it is told to stop, or say what lies in it."""
    home = RelayHome(arguments.home)
    return _status(arguments, home) if arguments.status else _serve(arguments, home)


def _serve(arguments: Namespace, home: RelayHome) -> int:
    # the web framework is slow to load
    from sync.central import serve as server  # noqa: PLC0415
    from sync.central.relay.app import build  # noqa: PLC0415

    if not arguments.upstream:
        raise UsageError("Укажите адрес центра: --upstream https://…")
    if (arguments.tls_cert is None) != (arguments.tls_key is None):
        raise UsageError("--tls-cert и --tls-key указывают вместе.")
    set_up_logs(quiet=arguments.quiet)
    home.prepare()
    place = server.Place(arguments.host, arguments.port, arguments.tls_cert, arguments.tls_key)
    with LockFile(home.lock) as lock, server.listen(place) as listener:
        if not lock.take():
            raise AlreadyServing("Ретранслятор с этой папкой уже запущен.")
        opened = Relay.open(
            home,
            SystemClock(),
            SystemRandom(),
            tuple(arguments.upstream),
            certificate(arguments.ca),
        )
        try:
            url = arguments.url or server.address_of(place, listener)
            server.run(
                lambda stop: build(opened, DiskGauge(home.root, time.monotonic), stop),
                place,
                listener,
                stop_with_stdin=arguments.stop_with_stdin,
                besides={"relay": f"{url}#{opened.code}"},
            )
        finally:
            opened.close()
    return DONE


def _status(arguments: Namespace, home: RelayHome) -> int:
    """Say how much waits for the centre; beside a running relay too."""
    if not home.database.exists():
        raise NoCentre("В этой папке ретранслятора нет. Проверьте --home.")
    store = RelayStore.open(home.database)
    try:
        custody = store.custody()
    finally:
        store.close()
    answer(
        arguments,
        asdict(custody),
        f"Пакетов: {custody.batches} ({custody.batch_bytes} байт), из них отказано центром: "
        f"{custody.refused}. Сканов: {custody.scans} ({custody.scan_bytes} байт)."
        + (f" Самый старый лежит с {utc_text(custody.oldest)}." if custody.oldest else ""),
    )
    return DONE
