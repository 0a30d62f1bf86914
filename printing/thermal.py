"""A thermal printer as a spool: raw bytes to USB, a serial line, the net, or a device file.

Its address says which: `usb:04b8:0e15`, `serial:/dev/ttyUSB0`, `net:192.168.0.7` (port 9100, or
`net:HOST:PORT`), `file:/dev/usb/lp0`. Nothing but this file touches a device. The net and a file
are run in the tests; USB and a serial line need pyusb and pyserial and were not run, and no stream
was sent to a real printer.
"""

from __future__ import annotations

import os
import re
import select
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import ClassVar

from printing.errors import ThermalUnreachable
from printing.spool import ONCE, Printer, PrintOptions, SpoolAnswer, SpoolState

_NET_PORT = 9100
_HIGHEST_PORT = 65535
_PATIENCE_S = 10
_LAST_WORD_S = 2
_ADDRESS = re.compile(
    r"usb:(?P<vendor>[0-9a-fA-F]{4}):(?P<product>[0-9a-fA-F]{4})|serial:(?P<line>/dev/\S+|COM\d+)"
    r"|net:(?P<host>[^:\s]+)(?::(?P<port>\d{1,5}))?|file:(?P<file>/\S+)"
)
ADDRESS_WORDS = "usb:VVVV:PPPP, serial:/dev/ttyUSB0, net:АДРЕС или file:/dev/usb/lp0"


def check_address(typed: str) -> None:
    """Raise ValueError, saying what the address of a thermal printer may be."""
    if _parts(typed) is None:
        raise ValueError(f"адрес чекового принтера: {ADDRESS_WORDS}")


def _parts(typed: str) -> re.Match[str] | None:
    found = _ADDRESS.fullmatch(typed)
    return None if found is None or int(found["port"] or 0) > _HIGHEST_PORT else found


class ThermalSpool:
    """One printer that is sent bytes and remembers nothing of them."""

    NAME: ClassVar[str] = "thermal"

    def __init__(self, address: str) -> None:
        """Nothing is opened before a paper comes."""
        self._address = address

    def printers(self) -> tuple[Printer, ...]:
        """Return the printer of the address; whether it is on is known when it is written to."""
        return (Printer(self.NAME, f"Чековый принтер ({self._address})"),)

    def submit(
        self, pdf: bytes, title: str, printer: str = NAME, options: PrintOptions = ONCE
    ) -> SpoolAnswer:
        """Send an ESC/POS stream `options.copies` times.

        PRINTED means that the printer took every byte. When it fails in between, a part may have
        come out: UNKNOWN.

        Raises:
            ThermalUnreachable: it could not be opened, or takes nothing; nothing was sent.
        """
        del title, printer
        write, close = _opened(self._address)
        try:
            with ExitStack() as opened:
                opened.callback(close)
                for _ in range(options.copies):
                    write(pdf)
        except OSError:
            return SpoolAnswer(None, SpoolState.UNKNOWN)
        return SpoolAnswer(None, SpoolState.PRINTED)

    def lookup(self, title: str) -> SpoolAnswer | None:
        """Return None: such a printer remembers no jobs."""
        del title
        return None

    def cancel(self, title: str) -> bool:
        """Return False: what was sent is on its way out."""
        del title
        return False


def _opened(address: str) -> tuple[Callable[[bytes], object], Callable[[], object]]:
    """Return how to write to the printer and how to close it."""
    parts = _parts(address)
    if parts is None:
        raise ThermalUnreachable
    try:
        if parts["host"]:
            place = (parts["host"], int(parts["port"] or _NET_PORT))
            line = socket.create_connection(place, timeout=_PATIENCE_S)
            return line.sendall, partial(_hang_up, line)
        if parts["file"]:
            device = _Device(parts["file"])
            return device.write, device.close
        return _by_library(parts)
    except OSError as error:
        raise ThermalUnreachable from error


def _hang_up(line: socket.socket) -> None:
    """End a connection when the printer has taken all of it: what it says meanwhile is read.

    A connection closed over unread words is torn down, and with it what was not yet taken. One that
    never falls silent is not listened to for ever. Raises OSError when the printer hangs up before
    it took all.
    """
    until = time.monotonic() + _LAST_WORD_S
    with line:
        try:
            line.shutdown(socket.SHUT_WR)
            while (left := until - time.monotonic()) > 0:
                line.settimeout(left)
                if not line.recv(4096):
                    break
        except TimeoutError:
            pass
        except ConnectionError:
            if not _all_taken(line):
                raise


def _all_taken(line: socket.socket) -> bool:
    """Whether the printer acknowledged every byte; False where the system cannot say (Windows)."""
    if sys.platform == "win32":
        return False
    import fcntl  # noqa: PLC0415  # not on Windows
    import termios  # noqa: PLC0415

    try:
        waiting = fcntl.ioctl(line, termios.TIOCOUTQ, bytes(4))
    except OSError:
        return False
    return int.from_bytes(waiting, sys.byteorder) <= 1  # our own end of the line counts as one


class _Device:
    """A device file that is there already; one that takes nothing is not waited for for ever."""

    def __init__(self, path: str) -> None:
        self._at = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
        self._taken = 0

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            if not select.select([], [self._at], [], _PATIENCE_S)[1]:
                if not self._taken:  # off, or out of paper since before: the paper waits
                    raise ThermalUnreachable
                raise TimeoutError
            count = os.write(self._at, rest)
            self._taken += count
            rest = rest[count:]
        # Closing a printer's device file drops what is still on its way to the printer.
        if not select.select([], [self._at], [], _PATIENCE_S)[1]:
            raise TimeoutError

    def close(self) -> None:
        os.close(self._at)


def _by_library(parts: re.Match[str]) -> tuple[Callable[[bytes], object], Callable[[], object]]:
    """Open a USB or serial printer with python-escpos."""
    from escpos import printer  # noqa: PLC0415  # slow to load, and few desks have such a printer
    from escpos.exceptions import Error  # noqa: PLC0415

    kind = printer.Serial if parts["line"] else printer.Usb
    if not kind.is_usable():  # pyserial or pyusb is not installed
        raise ThermalUnreachable
    try:
        if parts["line"]:
            device = printer.Serial(parts["line"], timeout=_PATIENCE_S)
        else:
            device = printer.Usb(int(parts["vendor"], 16), int(parts["product"], 16))
        device.open()
    except Error as error:
        raise ThermalUnreachable from error
    return device._raw, device.close  # noqa: SLF001  it has no other way for ready bytes
