"""The demo does the main job by itself, and what it leaves behind proves it to a stranger."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

ROOT = Path(__file__).parent.parent


def program(*words: str, module: str = "mfc_desk") -> subprocess.CompletedProcess[str]:
    """One run of a program of ours, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        timeout=280,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one headless demo."""
    folder = tmp_path_factory.mktemp("demo") / "kept"
    done = program("demo", "--headless", "--keep", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def on_desk(kept: Path, operator: str, *words: str) -> subprocess.CompletedProcess[str]:
    """One command on the desk that was left behind."""
    return program(
        *("--home", str(kept / "desk"), "--operator", operator, "--json"),
        *("--password-file", str(kept / "password.txt"), *words),
    )


@pytest.mark.slow
def test_receipt_says_what_was_taken(kept: Path) -> None:
    """The receipt holds applicant, service, documents and deadline; its barcode is the number."""
    line = json.loads((kept / "out" / "export.jsonl").read_text("utf-8").splitlines()[-1])
    pdf = pypdfium2.PdfDocument(kept / "out" / "receipt.pdf")
    text = " ".join(pdf[0].get_textpage().get_text_bounded().split())
    picture = pdf[0].render(scale=150 / 72).to_pil()
    pages = len(pdf)
    pdf.close()

    assert pages == 2
    assert line["number"] in text
    for words in (
        "Печаткина Софья Львовна",
        "Оформление и выдача социальной карты",
        "Документ, удостоверяющий личность заявителя",
        "Документы приняты в автономном режиме",
        "будет присвоен не позднее",
    ):
        assert words in text
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [
        line["number"].replace("-", "")
    ]


@pytest.mark.slow
def test_centre_holds_exactly_the_requests_of_the_desk(kept: Path) -> None:
    """What the centre exports is what the desk has, each once, each with an official number."""
    exported = program("export", "--home", str(kept / "centre"), module="sync.central")
    lines = [json.loads(line) for line in exported.stdout.splitlines()]

    told = json.loads(on_desk(kept, "ivanova", "status").stdout)

    assert len({line["number"] for line in lines}) == len(lines) == 31
    assert all(line["official_no"] and line["outcome"] == "applied" for line in lines)
    assert told["summary"] == "31 из 31 подтверждено центром"


@pytest.mark.slow
def test_kept_desk_is_a_working_one(kept: Path) -> None:
    """The desk left behind opens with its password and finds nothing wrong with itself."""
    done = on_desk(kept, "petrova", "check")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_demo_does_not_write_over_an_earlier_one(kept: Path) -> None:
    """A folder that is not empty is refused with a way on, and left alone."""
    before = (kept / "desk" / "desk.db").read_bytes()

    done = program("demo", "--headless", "--keep", str(kept))

    assert done.returncode == 2
    assert "--keep DIR" in done.stderr
    assert (kept / "desk" / "desk.db").read_bytes() == before
