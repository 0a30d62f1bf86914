"""Questions to a CUPS scheduler in its own protocol: which printers, which jobs (RFC 8011).

`lp` hands the paper over; asking goes this way because `lpstat` never tells a job's title, and its
other answers are sentences in the language of the machine.
"""

from __future__ import annotations

import http.client
import socket
import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from printing.errors import PrinterUnreachable

_CANCEL_JOB = 0x0008
_GET_JOBS = 0x000A
_GET_DEFAULT = 0x4001
_GET_PRINTERS = 0x4002

_OPERATION, _END = 0x01, 0x03
_JOB, _PRINTER = 0x02, 0x04
_INTEGER, _BOOLEAN, _ENUM = 0x21, 0x22, 0x23
_NAME, _KEYWORD, _URI, _CHARSET, _LANGUAGE = 0x42, 0x44, 0x45, 0x47, 0x48
_FIRST_VALUE_TAG = 0x10
_CLIENT_ERROR = 0x0400
_NOT_FOUND = 0x0406

Value = int | bool | str
Attributes = Mapping[str, list[Value]]
Attribute = tuple[int, str, bytes]
"""Tag, name and value as they travel; an empty name continues the one before."""


class JobState(IntEnum):
    """The states of a job, RFC 8011, 5.3.7."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


@dataclass(frozen=True, slots=True)
class Job:
    """A job the scheduler remembers; `number` is its own, `title` what `lp -t` gave it.

    `begun`: whether a printer ever took it up, also one that was cancelled since.
    """

    number: int
    title: str
    printer: str
    state: JobState
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """A printer the scheduler knows."""

    name: str
    text: str
    accepting: bool
    stopped: bool
    trays: tuple[str, ...] = ()
    duplex: bool = False


class Scheduler:
    """One CUPS scheduler, by the address `lpstat -H` prints: a socket's path or host:port."""

    def __init__(self, address: str, user: str, timeout_s: float) -> None:
        """Remember where it listens and whose jobs `user`'s are; nothing is opened yet."""
        self._address = address
        self._user = user
        self._timeout_s = timeout_s

    def destinations(self) -> list[Destination]:
        """Return the printers, in the scheduler's order.

        Raises:
            PrinterUnreachable: nothing answers at the address.
        """
        wanted = (
            *("printer-name", "printer-info", "printer-is-accepting-jobs", "printer-state"),
            *("media-source-supported", "sides-supported"),
        )
        stopped = 5
        return [
            Destination(
                str(found["printer-name"][0]),
                str(found.get("printer-info", [""])[0]),
                bool(found.get("printer-is-accepting-jobs", [True])[0]),
                found.get("printer-state", [0])[0] == stopped,
                tuple(str(tray) for tray in found.get("media-source-supported", [])),
                "two-sided-long-edge" in found.get("sides-supported", []),
            )
            for found in self._ask(_GET_PRINTERS, _PRINTER, wanted)
            if "printer-name" in found
        ]

    def default(self) -> str | None:
        """Return the name of the default printer, when there is one."""
        for found in self._ask(_GET_DEFAULT, _PRINTER, ("printer-name",)):
            return str(found["printer-name"][0])
        return None

    def jobs(self) -> list[Job]:
        """Return the jobs it remembers, finished ones too, in no particular order."""
        # asked for names alone, cupsd 2.4 leaves out those of jobs it has unloaded (a second after
        # they are done); asked for a uuid too, it loads them first
        wanted = (
            *("job-id", "job-name", "job-state", "job-printer-uri", "job-uuid"),
            "time-at-processing",  # without a value until a printer takes it up: RFC 8011, 5.3.14
        )
        return [
            Job(
                int(found["job-id"][0]),
                str(found.get("job-name", [""])[0]),
                str(found.get("job-printer-uri", [""])[0]).rpartition("/")[2],
                JobState(int(found["job-state"][0])),
                isinstance(found.get("time-at-processing", [""])[0], int),
            )
            for found in self._ask(_GET_JOBS, _JOB, wanted, [(_KEYWORD, "which-jobs", b"all")])
            if "job-id" in found and "job-state" in found
        ]

    def cancel(self, number: int) -> bool:
        """Take a job back; False when the scheduler does not do it any more.

        Raises:
            PrinterUnreachable: nothing answers at the address.
        """
        job = [(_INTEGER, "job-id", struct.pack(">i", number))]
        user = [(_NAME, "requesting-user-name", self._user.encode())]
        answer = self._post(_request(_CANCEL_JOB, (), [*job, *user], "ipp://localhost/printers/"))
        try:
            return _status(answer) < _CLIENT_ERROR
        except struct.error as error:
            raise PrinterUnreachable from error

    def _ask(
        self,
        operation: int,
        group: int,
        wanted: Sequence[str],
        more: Sequence[Attribute] = (),
    ) -> list[Attributes]:
        user = (_NAME, "requesting-user-name", self._user.encode())
        answer = self._post(_request(operation, wanted, [user, *more]))
        try:
            return [found for tag, found in _groups(answer) if tag == group]
        except (struct.error, IndexError, UnicodeDecodeError) as error:
            raise PrinterUnreachable from error

    def _post(self, request: bytes) -> bytes:
        connection = self._connection()
        try:
            connection.request(
                "POST", "/", body=request, headers={"Content-Type": "application/ipp"}
            )
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise PrinterUnreachable from error
        finally:
            connection.close()
        if answer.status != http.client.OK:  # a page that refuses says nothing of jobs
            raise PrinterUnreachable
        return data

    def _connection(self) -> http.client.HTTPConnection:
        if self._address.startswith("/"):
            return _LocalConnection(self._address, self._timeout_s)
        host, _, port = self._address.rpartition(":")
        if not port.isdecimal():
            host, port = self._address, "631"
        return http.client.HTTPConnection(host.strip("[]"), int(port), timeout=self._timeout_s)


class _LocalConnection(http.client.HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Open the local socket instead of a TCP one."""
        if sys.platform == "win32":
            raise OSError("no local sockets here")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _request(
    operation: int,
    wanted: Sequence[str],
    more: Sequence[Attribute],
    target: str = "ipp://localhost/",
) -> bytes:
    attributes: list[Attribute] = [
        (_CHARSET, "attributes-charset", b"utf-8"),
        (_LANGUAGE, "attributes-natural-language", b"en"),
        (_URI, "printer-uri", target.encode()),
        *more,
        *(
            (_KEYWORD, "" if at else "requested-attributes", name.encode())
            for at, name in enumerate(wanted)
        ),
    ]
    body = b"".join(
        struct.pack(f">BH{len(name)}sH", tag, len(name), name.encode(), len(value)) + value
        for tag, name, value in attributes
    )
    return struct.pack(">BBHIB", 2, 0, operation, 1, _OPERATION) + body + bytes([_END])


def _status(answer: bytes) -> int:
    return int(struct.unpack_from(">H", answer, 2)[0])


def _groups(answer: bytes) -> Iterator[tuple[int, Attributes]]:
    """Yield the tag and the attributes of each group of an answer, each with all its values."""
    status = _status(answer)
    if status == _NOT_FOUND:  # no printers, no jobs
        return
    if status >= _CLIENT_ERROR:  # forbidden, busy: whether there is such a job nobody has said
        raise PrinterUnreachable
    at, group = 8, 0
    found: dict[str, list[Value]] = {}
    known = ""
    while answer[at] != _END:
        tag = answer[at]
        at += 1
        if tag < _FIRST_VALUE_TAG:
            if group:
                yield group, found
            group, found = tag, {}
            continue
        (size,) = struct.unpack_from(">H", answer, at)
        name = answer[at + 2 : at + 2 + size].decode()
        at += 2 + size
        (size,) = struct.unpack_from(">H", answer, at)
        value = answer[at + 2 : at + 2 + size]
        at += 2 + size
        known = name or known
        found.setdefault(known, []).append(_value(tag, value))
    if group:
        yield group, found


def _value(tag: int, value: bytes) -> Value:
    if tag in {_INTEGER, _ENUM}:
        return int(struct.unpack(">i", value)[0])
    if tag == _BOOLEAN:
        return value != b"\0"
    return value.decode(errors="replace")
