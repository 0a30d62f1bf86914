"""Nothing personal in clear: the desk's folder, temporary files, logs, batches and the wire."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from forms.catalogue import PACKAGED
from mfc_desk.paths import Home
from mfc_desk.session import open_desk
from sync.batch import packaged_dictionaries
from sync.clock import SystemClock
from sync.entries import decode
from sync.ids import SystemRandom
from tests.centre_process import OFFICE, CentreProcess, centre
from tests.desk_home import PASSWORD
from tests.faults import LyingCentre
from tests.linked_desk import LinkedDesk, linked_desk
from tests.personal_data import Hit, Scanner, personal_strings
from tests.taking_requests import SERVICES, document_of, killed_after

__all__ = ["centre"]
ROOT = Path(__file__).parent.parent
REQUESTS = 30
"""As many as the demo has."""
CRASH = """
import sys
from pathlib import Path
from mfc_desk.__main__ import crash_hook
from mfc_desk.paths import Home
sys.excepthook = crash_hook(Home(Path(sys.argv[1])))
document = {"applicant": sys.stdin.read()}
try:
    {}[document["applicant"]]
except KeyError as error:
    raise ValueError(document) from error
"""


@dataclass
class Day:
    """A day at a linked desk: what was typed, and where its files lie."""

    linked: LinkedDesk
    folder: Path
    documents: list[dict[str, Any]] = field(default_factory=list)
    said: bytearray = field(default_factory=bytearray)

    @property
    def temporary(self) -> Path:
        """The folder the desk's processes were given for temporary files."""
        return self.folder / "tmp"

    @property
    def out(self) -> Path:
        """Where papers are printed to, outside the desk's folder."""
        return self.folder / "out"

    def run(self, *words: str, told: bytes = b"", code: int = 0) -> bytes:
        """Run `mfc-desk` with its temporary files here; keeps what it said on stderr."""
        home = str(self.linked.made.home.root)
        return self._python(
            ["-m", "mfc_desk", *words, "--home", home, "--operator", "ivanova"], told, code
        )

    def crash(self, text: str) -> None:
        """A bug whose exception, locals and input hold personal data."""
        self._python(["-c", CRASH, str(self.linked.made.home.root)], text.encode(), 70)

    def _python(self, words: Sequence[str], told: bytes, code: int) -> bytes:
        self.temporary.mkdir(exist_ok=True)
        place = {"TMPDIR": str(self.temporary), "MFC_DESK_PASSWORD": PASSWORD, "PYTHONUTF8": "1"}
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, **place},
            input=told,
            capture_output=True,
            check=False,
            timeout=280,
        )
        assert done.returncode == code, done.stderr.decode()
        self.said += done.stderr
        return done.stdout

    def live(self) -> None:
        """Thirty requests, drafts, papers, a killed process, a crash; the batch goes out last."""
        desk = self.linked.desk
        self.documents = [
            document_of(desk, SERVICES[n % len(SERVICES)], n) for n in range(REQUESTS)
        ]
        lines = [json.dumps(one, ensure_ascii=n % 2 == 0) for n, one in enumerate(self.documents)]
        answers = self.run("intake", "-", told="\n".join(lines[: REQUESTS // 2]).encode())
        numbers = [json.loads(line)["number"] for line in answers.splitlines()]
        spoiled = {**self.documents[0], "applicant": {**self.documents[0]["applicant"]}}
        spoiled["applicant"]["snils"] = "900-100-200 99"
        self.run("intake", "-", told=json.dumps(spoiled).encode(), code=5)
        for document in self.documents[REQUESTS // 2 :]:
            draft = desk.intake.begin(document["service"], document["applicant"])
            draft.document = document
            desk.intake.save(draft)
            if document is not self.documents[-1]:
                desk.intake.register(draft)
        desk.settings.save(replace(desk.settings.load(), out_folder=str(self.out)))
        desk.print_queue.run()
        self.run("print", numbers[0], "--out", str(self.out / "one.pdf"))
        self.attach(numbers[0])
        self.run("check")
        self.run("backup", str(self.folder / "backup.mfc"))
        killed_after(self.linked.made.home.root, 0, random.Random(1), timedelta(seconds=0.2))
        self.crash(" ".join(personal_strings({"all": self.documents})))

    def attach(self, number: str) -> None:
        """A scan that is called by the applicant's name and holds it, as scans do."""
        applicant = self.documents[0]["applicant"]
        scanner = self.folder / "scanner"
        scanner.mkdir()
        scan = scanner / f"{applicant.get('surname') or applicant.get('name')}.pdf"
        scan.write_bytes(b"%PDF-1.7\n" + " ".join(personal_strings(applicant)).encode())
        self.run("attach", number, str(scan))

    def strings(self) -> list[str]:
        """Everything personal that was typed today, and what the killed process typed first."""
        killed = document_of(self.linked.desk, SERVICES[0], 0)
        return personal_strings({"all": [*self.documents, killed]})


def in_home(scanner: Scanner, home: Home) -> list[Hit]:
    """What stands in the desk's folder, but for the catalogue: the package's own, byte for byte."""
    for file in home.catalogues.glob("*/**/*"):
        if file.is_file():
            own = PACKAGED / Path(*file.relative_to(home.catalogues).parts[1:])
            assert file.read_bytes() == own.read_bytes()
    return scanner.folder(home.root, besides=home.catalogues)


@pytest.mark.slow
def test_nothing_personal_in_clear(tmp_path: Path, centre: CentreProcess) -> None:
    """Files, WAL, logs, backup, batches and HTTP hold nobody; a canary among them is found."""
    # the ticket travels in clear with the office's own name and phone: like nobody's
    centre.add_office(OFFICE.replace("Образцов", "Приозёрн").replace("00-00", "99-99"))
    with LyingCentre(None, centre.port, b"\0never") as wire:
        tapped = replace(centre, port=wire.port)
        with linked_desk(tmp_path, tapped, 801) as linked:
            day = Day(linked, tmp_path)
            (tmp_path / "out").mkdir()
            day.live()
            dictionaries = [one.data for one in packaged_dictionaries().values()]
            scanner = Scanner(day.strings(), dictionaries)
            home = linked.made.home
            home.ballast.unlink()

            assert (home.root / "desk.db-wal").stat().st_size > 100_000
            assert home.log.stat().st_size > 100
            assert in_home(scanner, home) == []
            assert scanner.folder(day.temporary) == []
            assert scanner.data("stderr", bytes(day.said)) == []
            assert scanner.data("backup", (tmp_path / "backup.mfc").read_bytes()) == []
            assert linked.exchange().error is None
            assert linked.desk.exchange.view().unsent == 0
            assert len(wire.heard) > 5000
            assert scanner.data("wire", bytes(wire.heard)) == []
            assert scanner.data("log", centre.log.read_bytes()) == []
            assert in_home(scanner, home) == []

            papers = scanner.folder(day.out)
            assert {hit.layers for hit in papers} == {()}
            assert {hit.spelling for hit in papers} == {"pdf"}

            (home.root / "canary").write_bytes(day.strings()[-1].encode("cp1251"))
            (day.temporary / "canary").write_bytes(day.strings()[0].encode())
            assert in_home(scanner, home)
            assert scanner.folder(day.temporary)


def people_of(home: Path, password: str) -> list[str]:
    """Everything personal in the journal of a desk."""
    with open_desk(Home(home), "ivanova", password, SystemClock(), SystemRandom()) as desk:
        entries = [decode(row.data or b"") for row in desk.journal.entries(0, 1_000_000)]
    records = [one.body["record"] for one in entries if one.kind == "request.register"]
    return personal_strings({"all": records})


@pytest.mark.slow
def test_nobody_of_the_demo_in_clear(tmp_path: Path) -> None:
    """The desk a demo leaves behind, and its temporary files, hold nobody in clear."""
    (tmp_path / "tmp").mkdir()
    kept = tmp_path / "kept"
    subprocess.run(
        [sys.executable, "-m", "mfc_desk", "demo", "--headless", "--keep", str(kept)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp"), "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=200,
    )
    people = people_of(kept / "desk", (kept / "password.txt").read_text("utf-8").strip())
    (kept / "desk" / "ballast").unlink()
    scanner = Scanner(people)

    assert len(people) > 100
    assert in_home(scanner, Home(kept / "desk")) == []
    assert scanner.folder(tmp_path / "tmp") == []
    (kept / "desk" / "canary").write_bytes(people[0].encode("utf-16-le"))
    assert in_home(scanner, Home(kept / "desk"))
