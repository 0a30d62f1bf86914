"""A thermal printer behind the net and behind a device file gets the stream, once a copy."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from mfc_desk.errors import SettingRefused
from mfc_desk.settings import Settings
from printing.errors import ThermalUnreachable
from printing.spool import PrintOptions, Spool, SpoolAnswer, SpoolState
from printing.thermal import ThermalSpool, check_address
from tests.desk_home import set_up_home
from tests.escpos_reader import read
from tests.intake_world import SURNAME, register

PAPER = b"\x1b@paper\n"
PRINTED = SpoolAnswer(None, SpoolState.PRINTED)


class NetPrinter:
    """Something that listens on a port and keeps what it is sent."""

    def __init__(
        self, greeting: bytes = b"", *, rest: Callable[[socket.socket], None] | None = None
    ):
        self._greeting, self._rest = greeting, rest
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.got = b""
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def _take(self) -> None:
        line, _ = self._door.accept()
        with line:
            line.sendall(self._greeting)
            while part := line.recv(65536):
                self.got += part
            if self._rest is not None:
                self._rest(line)

    def finish(self) -> bytes:
        """Everything that came."""
        self._thread.join(20)
        self._door.close()
        return self.got


def test_a_stream_goes_over_the_net_once_a_copy() -> None:
    """Port 9100 is only the usual one."""
    printer = NetPrinter()
    spool: Spool = ThermalSpool(f"net:127.0.0.1:{printer.port}")

    assert spool.submit(PAPER, "job-a", "thermal", PrintOptions(copies=2)) == PRINTED

    assert printer.finish() == 2 * PAPER
    assert spool.lookup("job-a") is None
    assert not spool.cancel("job-a")


@pytest.fixture
def device(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A pipe that stands for /dev/usb/lp0, and its printer's end."""
    path = tmp_path / "lp0"
    os.mkfifo(path)
    end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield path, end
    os.close(end)


def test_a_stream_goes_to_a_device_file(device: tuple[Path, int]) -> None:
    """Nothing of the paper stays on the disk."""
    path, end = device
    assert ThermalSpool(f"file:{path}").submit(PAPER, "job-a") == PRINTED
    assert os.read(end, 65536) == PAPER


def test_a_device_file_is_not_closed_over_what_is_on_its_way(
    device: tuple[Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written is not taken: a closed /dev/usb/lp0 drops its last block."""
    path, end = device
    full = fcntl.fcntl(end, fcntl.F_GETPIPE_SZ)
    spool = ThermalSpool(f"file:{path}")
    taking = threading.Timer(0.2, os.read, (end, full))
    taking.start()
    assert spool.submit(bytes(full), "job-a") == PRINTED
    taking.join()
    monkeypatch.setattr("printing.thermal._PATIENCE_S", 0.1)
    assert spool.submit(bytes(full), "job-b").state is SpoolState.UNKNOWN


def test_a_printer_that_takes_nothing_is_not_waited_for(
    device: tuple[Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of paper since before: nothing was sent, it waits. In the middle: nobody knows."""
    monkeypatch.setattr("printing.thermal._PATIENCE_S", 0.1)
    path, end = device
    spool = ThermalSpool(f"file:{path}")

    assert spool.submit(bytes(10**6), "job-a").state is SpoolState.UNKNOWN  # the pipe is full now
    filler = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    try:
        with suppress(BlockingIOError):
            while os.write(filler, b"x"):
                pass
        with pytest.raises(ThermalUnreachable):
            spool.submit(PAPER, "job-b")
    finally:
        os.close(filler)
    assert len(os.read(end, 65536)) > 0


def test_a_device_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A file in its place would keep the paper in the clear."""
    with pytest.raises(ThermalUnreachable):
        ThermalSpool(f"file:{tmp_path / 'lp0'}").submit(PAPER, "job-a")
    assert list(tmp_path.iterdir()) == []


def test_a_talkative_printer_gets_everything() -> None:
    """What a printer says of itself is read: a line closed over it would be torn down."""
    printer = NetPrinter(greeting=b"\x14\x00\x00\x0f" * 100)
    spool = ThermalSpool(f"net:127.0.0.1:{printer.port}")

    assert spool.submit(bytes(10**6), "job-a") == PRINTED

    assert len(printer.finish()) == 10**6


def _reset(line: socket.socket) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_printer_that_hangs_up_rudely_has_taken_it_all_or_not() -> None:
    """Reset after the last byte it is printed, before it nobody knows."""
    printer = NetPrinter(rest=_reset)
    assert ThermalSpool(f"net:127.0.0.1:{printer.port}").submit(PAPER, "job-a") == PRINTED
    assert printer.finish() == PAPER

    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        spool = ThermalSpool(f"net:127.0.0.1:{door.getsockname()[1]}")
        answers: list[SpoolAnswer] = []
        sending = threading.Thread(target=lambda: answers.append(spool.submit(bytes(10**5), "b")))
        sending.start()
        line, _ = door.accept()
        with line:
            line.recv(1)
            _reset(line)
        sending.join()
    assert answers == [SpoolAnswer(None, SpoolState.UNKNOWN)]


def test_a_printer_that_never_falls_silent_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has everything; the queue goes on."""
    monkeypatch.setattr("printing.thermal._LAST_WORD_S", 0.3)
    left = threading.Event()

    def talk(line: socket.socket) -> None:
        for _ in range(2400):  # two minutes
            try:
                line.sendall(b"ready\n")
            except OSError:
                left.set()
                return
            time.sleep(0.05)

    printer = NetPrinter(rest=talk)
    assert ThermalSpool(f"net:127.0.0.1:{printer.port}").submit(PAPER, "job-a") == PRINTED
    assert printer.finish() == PAPER
    assert left.is_set()


@pytest.mark.parametrize(
    "address",
    [
        "file:/nowhere/lp0",
        "net:127.0.0.1:1",
        "usb:ffff:ffff",
        "serial:/dev/none",
        "net:127.0.0.1:99999",
        "",
    ],
)
def test_a_printer_that_cannot_be_opened_was_sent_nothing(address: str) -> None:
    """The paper waits; the sentence says what to look at. USB and serial need a library more."""
    with pytest.raises(ThermalUnreachable, match="кабель"):
        ThermalSpool(address).submit(PAPER, "job-a")


@pytest.mark.parametrize(
    "typed", ["lpt1", "net:", "usb:12:34", "file:lp0", "net:a b", "serial:/x", "net:a:65536"]
)
def test_an_address_that_makes_no_sense_is_refused(typed: str) -> None:
    """With what it may be."""
    with pytest.raises(ValueError, match="net:АДРЕС"):
        check_address(typed)
    with pytest.raises(SettingRefused, match="net:АДРЕС"):
        Settings(thermal=typed)


def test_a_receipt_goes_from_the_queue_to_a_roll(tmp_path: Path) -> None:
    """Both copies, each cut; when the printer is off the paper waits by itself."""
    printer = NetPrinter()
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        chosen = replace(
            desk.settings.load(),
            printer="thermal",
            thermal=f"net:127.0.0.1:{printer.port}",
            thermal_roll=80,
            thermal_model="TM-T20II",
        )
        desk.settings.save(replace(chosen, thermal="file:/nowhere/lp0"))
        number = register(desk).number.text
        desk.print_queue.run()
        (waiting,) = desk.print_queue.open()
        assert (waiting.state, "кабель" in (waiting.error or "")) == ("waiting", True)

        desk.settings.save(chosen)
        (done,) = desk.print_queue.run()

        assert (done.state, done.printer) == ("printed", "thermal")
    found = read(printer.finish()).out
    text = "\n".join(one.text for one in found)
    assert [one.kind for one in found].count("cut") == 2
    assert [one.text for one in found if one.kind == "barcode"] == [number.replace("-", "")] * 2
    for words in ("экземпляр заявителя", "экземпляр дела", SURNAME):
        assert words in text
