"""Reads an ESC/POS stream as a printer would, by Epson's command reference; knows nothing of ours.

Only the commands a plain receipt printer has; an unknown one is an error, as it would print junk.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PAGE_NAMES = {
    0: "cp437",
    7: "cp866",
    17: "cp866",
    44: "cp1125",
    46: "cp1251",
    73: "cp1251",
    59: "cp866",
}


@dataclass(frozen=True)
class Printed:
    """One thing on the roll: kind is text | barcode | qr | picture | cut.

    `dots` are a picture's rows, eight dots a byte, 1 for black.
    """

    kind: str
    text: str = ""
    bold: bool = False
    tall: bool = False
    align: int = 0
    size: tuple[int, int] = (0, 0)
    ink: int = 0
    dots: bytes = field(default=b"", repr=False)


@dataclass
class Reader:
    """The state of a printer while it reads."""

    data: bytes
    at: int = 0
    page: str = "ascii"
    bold: bool = False
    tall: bool = False
    align: int = 0
    font: int = 0
    line: bytearray = field(default_factory=bytearray)
    decoded: str = ""
    qr: str = ""
    out: list[Printed] = field(default_factory=list)
    feeds: int = 0

    def take(self, count: int = 1) -> bytes:
        """The next bytes."""
        part = self.data[self.at : self.at + count]
        assert len(part) == count, "the stream ends inside a command"
        self.at += count
        return part

    def flush(self) -> None:
        """What was collected in the old code page becomes letters."""
        self.decoded += bytes(self.line).decode(self.page)
        self.line.clear()


def read(data: bytes) -> Reader:
    """Print the stream."""
    reader = Reader(data)
    while reader.at < len(data):
        byte = reader.take()
        if byte == b"\x1b":
            _esc(reader)
        elif byte == b"\x1d":
            _gs(reader)
        elif byte == b"\n":
            reader.flush()
            if reader.decoded:
                reader.out.append(
                    Printed("text", reader.decoded, reader.bold, reader.tall, reader.align)
                )
            else:
                reader.feeds += 1
            reader.decoded = ""
        else:
            assert byte >= b" ", byte
            reader.line += byte
    assert not reader.line
    return reader


def _esc(reader: Reader) -> None:
    command = reader.take()
    if command == b"@":
        reader.bold = reader.tall = False
        reader.align = 0
    elif command == b"t":
        reader.flush()
        reader.page = PAGE_NAMES[reader.take()[0]]
    elif command == b"E":
        reader.bold = bool(reader.take()[0] & 1)
    elif command == b"a":
        reader.align = reader.take()[0] % 48
    elif command == b"M":
        reader.font = reader.take()[0] % 48
    elif command == b"!":
        mode = reader.take()[0]
        reader.bold, reader.tall, reader.font = bool(mode & 8), bool(mode & 16), mode & 1
    elif command in {b"J", b"d"}:
        reader.take()
        reader.feeds += 1
    elif command in {b"-", b"{", b"3", b"G"}:
        reader.take()
    elif command == b"2":
        pass
    else:
        raise AssertionError(f"ESC {command!r}")


def _gs(reader: Reader) -> None:
    command = reader.take()
    if command == b"!":
        reader.tall = bool(reader.take()[0] & 7)
    elif command in {b"h", b"w", b"H", b"f", b"B", b"b"}:
        reader.take()
    elif command == b"k":
        kind, count = reader.take(2)
        assert kind == 73, "Code 128 in its second form"
        reader.out.append(Printed("barcode", _code128(reader.take(count)), align=reader.align))
    elif command == b"(":
        assert reader.take() == b"k"
        low, high = reader.take(2)
        _qr(reader, reader.take(low + 256 * high))
    elif command == b"v":
        assert reader.take() == b"0"
        _, xl, xh, yl, yh = reader.take(5)
        wide, high = xl + 256 * xh, yl + 256 * yh
        dots = reader.take(wide * high)
        ink = sum(byte.bit_count() for byte in dots)
        size = (wide * 8, high)
        reader.out.append(Printed("picture", size=size, ink=ink, align=reader.align, dots=dots))
    elif command == b"V":
        mode = reader.take()[0]
        if mode in {65, 66}:
            reader.take()
        reader.out.append(Printed("cut"))
    else:
        raise AssertionError(f"GS {command!r}")


def _code128(data: bytes) -> str:
    """Digits of a Code 128 in sets B and C."""
    said, kind, at = "", "", 0
    while at < len(data):
        if data[at : at + 1] == b"{":
            kind, at = chr(data[at + 1]), at + 2
            continue
        said += f"{data[at]:02d}" if kind == "C" else chr(data[at])
        at += 1
    return said


def _qr(reader: Reader, data: bytes) -> None:
    assert data[0] == 49
    if data[1] == 80:
        reader.qr = data[3:].decode("utf-8")
    elif data[1] == 81:
        reader.out.append(Printed("qr", reader.qr, align=reader.align))
