"""A thermal printer as a spool: raw bytes to USB, a serial line, the net, or a device file.

Its address says which: `usb:04b8:0e15`, `serial:/dev/ttyUSB0`, `net:192.168.0.7` (port 9100, or
`net:HOST:PORT`), `file:/dev/usb/lp0`. Nothing but this file touches a device. The net and a file
are run in the tests; USB and a serial line need pyusb and pyserial and were not run, and no stream
was sent to a real printer.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from typing import ClassVar

from printing.errors import ThermalUnreachable
from printing.spool import ONCE, Printer, PrintOptions, SpoolAnswer, SpoolState

_NET_PORT = 9100
_PATIENCE_S = 10
_ADDRESS = re.compile(
    r"usb:(?P<vendor>[0-9a-fA-F]{4}):(?P<product>[0-9a-fA-F]{4})|serial:(?P<line>/dev/\S+|COM\d+)"
    r"|net:(?P<host>[^:\s]+)(?::(?P<port>\d{1,5}))?|file:(?P<file>/\S+)"
)
ADDRESS_WORDS = "usb:VVVV:PPPP, serial:/dev/ttyUSB0, net:АДРЕС или file:/dev/usb/lp0"


def check_address(typed: str) -> None:
    """Raise ValueError, saying what the address of a thermal printer may be."""
    if not _ADDRESS.fullmatch(typed):
        raise ValueError(f"адрес чекового принтера: {ADDRESS_WORDS}")


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
            ThermalUnreachable: it could not be opened; nothing was sent.
        """
        del title, printer
        write, close = _opened(self._address)
        try:
            for _ in range(options.copies):
                write(pdf)
            close()
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
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise ThermalUnreachable
    try:
        if parts["host"]:
            place = (parts["host"], int(parts["port"] or _NET_PORT))
            line = socket.create_connection(place, timeout=_PATIENCE_S)
            return line.sendall, line.close
        if parts["file"]:
            device = open(parts["file"], "wb")  # noqa: SIM115, PTH123  closed later
            return device.write, device.close
        return _by_library(parts)
    except OSError as error:
        raise ThermalUnreachable from error


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
