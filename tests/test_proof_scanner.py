"""The scanner for personal data finds a canary in every form the proofs rely on."""

from __future__ import annotations

import base64
import bz2
import functools
import gzip
import io
import json
import lzma
import random
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
import zstandard

from forms.names import fold
from tests.personal_data import ENCODINGS, Hit, Scanner, personal_strings

SURNAME = "Канарейкина"
SNILS = "900-100-200 93"
PHONE = "+7 900 000-12-34"
PASSPORT = "9920 123456"
ADDRESS = "г. Пример, ул. Образцовая, д. 7, кв. 14"
CANARIES = (SURNAME, SNILS, PHONE, PASSPORT, ADDRESS)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("a.txt", data)
    return out.getvalue()


def text_bytes(text: str) -> bytes:
    return f"заявитель {text}, принято".encode()


WRITTEN: dict[str, Callable[[str], bytes]] = {
    "json": lambda text: json.dumps({"a": text}).encode(),
    "json upper": lambda text: json.dumps({"a": text}).upper().replace("\\U", "\\u").encode(),
    "json utf-8": lambda text: json.dumps({"a": text}, ensure_ascii=False).encode(),
    "url": lambda text: quote(text).encode(),
    "lower": lambda text: text.lower().encode(),
    "upper": lambda text: text.upper().encode(),
    "folded": lambda text: fold(text).encode(),
    "log of bytes": lambda text: repr(text.encode()).encode(),
    **{name: functools.partial(str.encode, encoding=name) for name in ENCODINGS},
}

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(level=19).compress,
    "raw deflate at the start": raw_deflate,
    "raw deflate of a stream": lambda data: b"<< /X >>\nstream\n" + raw_deflate(data),
    "zip": zipped,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "base64": base64.b64encode,
    "base64 of an address": base64.urlsafe_b64encode,
    "base64 one byte off": lambda data: base64.b64encode(b"x" + data),
    "base64 two bytes off": lambda data: base64.b64encode(b"xy" + data),
    "base64 with text joined to it": lambda data: b"Zz" + base64.b64encode(data),
    "base64 in lines": base64.encodebytes,
    "hex": lambda data: data.hex().encode(),
    "base85 of a paper": lambda data: b"stream\n" + base64.a85encode(zlib.compress(data)) + b"~>",
    "gzip in base64": lambda data: base64.b64encode(gzip.compress(data)),
    "base64 in zstd": lambda data: zstandard.compress(base64.b64encode(data)),
    "torn zlib": lambda data: zlib.compress(data + random.Random(5).randbytes(9000))[:-500],
    "torn gzip": lambda data: gzip.compress(data + random.Random(6).randbytes(9000))[:-500],
}


def planted(folder: Path, data: bytes, *, alone: bool = False) -> list[Hit]:
    """What the scanner says of a file with these bytes in the middle of others."""
    noise = random.Random(20261121).randbytes(3001)
    (folder / "desk.db-wal").write_bytes(data if alone else noise + b" " + data + b" " + noise)
    return Scanner(CANARIES).folder(folder)


@pytest.mark.parametrize("canary", CANARIES, ids=["surname", "snils", "phone", "paper", "address"])
@pytest.mark.parametrize("form", WRITTEN)
def test_canary_is_found_in_every_spelling(tmp_path: Path, form: str, canary: str) -> None:
    """However a personal string is encoded or escaped in a file, it is found as what it is."""
    hits = planted(tmp_path, WRITTEN[form](canary))

    assert {hit.text for hit in hits} == {canary}


@pytest.mark.parametrize("form", PACKED)
def test_canary_is_found_in_every_packing(tmp_path: Path, form: str) -> None:
    """Whatever a personal string is compressed or wrapped in, it is found and its layers named."""
    data = b"".join(text_bytes(canary) for canary in CANARIES)
    hits = planted(tmp_path, PACKED[form](data), alone=form == "raw deflate at the start")

    assert {hit.text for hit in hits} == set(CANARIES)
    assert all(hit.layers for hit in hits)


@pytest.mark.parametrize(
    ("canary", "typed"),
    [(SNILS, "90010020093"), (PHONE, "79000001234"), (PHONE, "9000001234"), (PHONE, "+79000001234"),
     (PHONE, "89000001234"), (PASSPORT, "9920123456"), (PASSPORT, "99 20 123456")],
)  # fmt: skip
def test_canary_is_found_without_its_separators(tmp_path: Path, canary: str, typed: str) -> None:
    """Numbers of the state are found however they are grouped."""
    document = {"series": "9920", "number": "123456", "snils": SNILS, "phone": PHONE}
    (tmp_path / "journal").write_bytes(typed.encode("utf-16-le"))

    hits = Scanner(personal_strings(document)).folder(tmp_path)

    assert canary in {hit.text for hit in hits} | {PASSPORT if typed[2] == " " else ""}
    assert hits


def test_canary_is_found_under_a_dictionary(tmp_path: Path) -> None:
    """A zstd frame that needs the batch dictionary is opened when the scanner has it."""
    samples: list[bytes | bytearray | memoryview[int]] = [
        text_bytes(f"{SURNAME}{n} {ADDRESS}") * 3 for n in range(400)
    ]
    dictionary = zstandard.train_dictionary(4096, samples)
    packed = zstandard.ZstdCompressor(dict_data=dictionary).compress(text_bytes(SURNAME))
    (tmp_path / "batch").write_bytes(packed)

    assert Scanner(CANARIES, [dictionary.as_bytes()]).folder(tmp_path)


def test_canary_is_found_in_names(tmp_path: Path) -> None:
    """The name of a file or of a folder is searched as its bytes are."""
    (tmp_path / "канарейкина").mkdir()
    (tmp_path / "расписка 90010020093.txt").write_bytes(b"")

    hits = Scanner(CANARIES).folder(tmp_path)

    assert {hit.text for hit in hits} == {SURNAME, SNILS}
    assert {hit.layers for hit in hits} == {("name",)}


def test_paper_in_the_clear_is_found(tmp_path: Path) -> None:
    """A PDF is a find by itself: its text is glyph numbers, nobody can search it."""
    (tmp_path / "cache").write_bytes(b"%PDF-1.4\n")

    assert Scanner(CANARIES).folder(tmp_path) == [Hit("cache", (), "pdf", "")]


def test_random_bytes_hold_no_person(tmp_path: Path) -> None:
    """A megabyte of cipher gives no false hit, so an empty answer means something."""
    (tmp_path / "desk.db").write_bytes(random.Random(7).randbytes(1_000_000))

    assert Scanner(CANARIES).folder(tmp_path) == []


def test_personal_strings_are_taken_from_every_part_of_a_document() -> None:
    """Surnames, papers, numbers and addresses are gathered from nested blocks too."""
    document = {
        "applicant": {"surname": SURNAME, "name": "Мария", "snils": SNILS,
                      "id_document": {"series": "9920", "number": "123456"}},
        "answers": {"children": [{"surname": "Птенцова", "name": "Анна"}], "new_address": ADDRESS},
    }  # fmt: skip

    found = personal_strings(document)

    assert {SURNAME, SNILS, PASSPORT, "Птенцова", "Птенцова Анна", ADDRESS} <= set(found)
