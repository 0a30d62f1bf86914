"""Papers of a document: of visits, routes and certification; what of them the journal holds."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

import pytest

from mfc_desk.__main__ import main
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import DONE, USAGE
from mfc_desk.papers.office_papers import PaperDocumentRefused
from mfc_desk.papers.papers import UnknownPaper
from mfc_desk.store import papers
from sync.entries import decode
from tests.desk_home import PASSWORD, DeskHome, set_up_home
from tests.escpos_reader import read
from tests.intake_world import TODAY, register
from tests.paper_world import pages_text, squeezed

VISIT: dict[str, Any] = {
    "visit": "В-17",
    "address": "г. Учебный, ул. Образцовая, д. 7, кв. 4",
    "arrive": "10:05 / 11:20",
    "category": "код 3",
    "fee": "не взимается",
    "services": "Социальная карта",
    "docs": "7 документов, 12 листов",
    "present": "Образцова Мария Петровна",
    "result": "принято 1 заявление",
    "code_word": "да",
}
STOP = {
    "slot": "9:00–10:00",
    "address": "г. Учебный, ул. Образцовая, д. 7",
    "fio": "Образцова М. П.",
    "phone": "+7 900 000-00-00",
    "basis": "код 3",
    "services": "паспорт 99 20 123456",
    "take": "принтер",
}
ROUTE: dict[str, Any] = {"driver": "Учебный И. И.", "stops": [STOP]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path_factory.mktemp("office") / "desk")


@pytest.fixture
def desk(made: DeskHome) -> Iterator[Desk]:
    """It is open."""
    with made.login() as open_:
        yield open_


def said(desk: Desk, number: str, paper: str) -> str:
    return squeezed("".join(pages_text(desk.papers.render(number, paper))))


def test_a_visit_a_route_and_a_mark_come_out(desk: Desk, tmp_path: Path) -> None:
    """What the document says, what the desk knows itself; a number each; reprints are copies."""
    visit = desk.office_papers.take("visit_act", VISIT)
    route = desk.office_papers.take("route_sheet", ROUTE)
    mark = desk.office_papers.take("certify_stamp", {})
    assert desk.papers.of_number(visit) == ("visit_act", "route_sheet", "certify_stamp")
    act = said(desk, visit, "visit_act")
    assert all(squeezed(text) in act for text in VISIT.values())
    assert squeezed(desk.operator.name) in act
    assert squeezed(desk.office.title) in act
    sheet = said(desk, route, "route_sheet")
    assert "00317" in sheet
    assert "99 20 123456" not in sheet  # no number of a document goes along
    assert "21.11.2026" in said(desk, mark, "certify_stamp")
    second = desk.office_papers.take("visit_act", VISIT)
    assert second != visit
    for name in ("1.pdf", "2.pdf"):
        desk.papers.save(visit, "visit_act", tmp_path / name)
    assert "КОПИЯ № 2" in pages_text((tmp_path / "2.pdf").read_bytes())[0]
    with pytest.raises(UnknownPaper):
        desk.office_papers.take("receipt", {})


def test_two_who_take_at_once_have_numbers_of_their_own(desk: Desk) -> None:
    """The second number is chosen anew: nobody gets the act of somebody else."""
    quick: list[str] = []

    class Meanwhile(dict[str, Any]):
        """A document during whose reading another process takes one."""

        def __iter__(self) -> Iterator[str]:
            if not quick:
                with desk.worker_copy() as other:
                    quick.append(other.office_papers.take("visit_act", VISIT))
            return super().__iter__()

    slow = desk.office_papers.take("visit_act", Meanwhile(VISIT | {"visit": "В-18"}))

    assert slow != quick[0]
    assert "В-17" in said(desk, quick[0], "visit_act")
    assert "В-18" in said(desk, slow, "visit_act")


@pytest.mark.parametrize(
    ("paper", "document", "words"),
    [
        ("visit_act", [], "нужен объект"),
        ("visit_act", VISIT | {"diagnosis": "x"}, "незнакомые поля"),
        ("visit_act", {**VISIT, "fee": 5}, "fee: нужен текст"),
        ("visit_act", {"visit": "1"}, "address: нет обязательного поля"),
        ("visit_act", VISIT | {"number": "00317-000428-51-5"}, "number"),
        ("visit_act", VISIT | {"result": "x" * 2001}, "не длиннее 2000"),
        ("route_sheet", ROUTE | {"stops": []}, "stops: нужен список"),
        ("route_sheet", ROUTE | {"stops": [{**STOP, "fio": None}]}, r"stops\[0\].fio"),
        ("edoc_certify", {}, "cert: нет обязательного поля"),
    ],
)
def test_what_does_not_fit_is_named(desk: Desk, paper: str, document: object, words: str) -> None:
    """The field is named, its value never; nothing is kept."""
    before = len(journal(desk))
    with pytest.raises(PaperDocumentRefused, match=words) as raised:
        desk.office_papers.take(paper, document)
    assert "diagnosis" not in str(raised.value)
    assert len(journal(desk)) == before


def journal(desk: Desk) -> list[dict[str, Any]]:
    """The bodies of the snapshots in the journal."""
    rows = [row.data for row in desk.journal.entries(0, 100_000) if row.data is not None]
    return [entry.body for entry in map(decode, rows) if entry.kind == papers.KEPT]


def test_a_desk_that_was_lost_prints_the_same(desk: Desk) -> None:
    """Registers, acts and marks follow from the journal: a replay gives their words again."""
    register(desk)
    (formed,) = desk.day_papers.form(TODAY)
    closing = desk.day_papers.form_closing(TODAY)
    assert "требовалось0,отмечено0да" in said(desk, closing, "day_close")
    assert "возвращеноинаразборе:0да" in said(desk, closing, "day_close")
    visit = desk.office_papers.take("visit_act", VISIT)
    told: dict[tuple[str, str], str] = {}
    for body in journal(desk):
        key = (body["subject"], body["paper"])
        told[key] = told.get(key, "") + body["content"]
    for number, paper in (
        (formed.number, "transfer_register"),
        (closing, "day_close"),
        (visit, "visit_act"),
    ):
        assert told[number, paper] == papers.kept(desk.db, number, paper)
    assert check_desk(desk).clean


def test_a_day_is_closed_once_in_the_journal(tmp_path: Path) -> None:
    """With the totals a reconciliation compares, as they were then, and the chain's head."""
    with set_up_home(tmp_path / "desk").login() as desk:
        register(desk)
        before = desk.journal.position().seq
        number = desk.day_papers.form_closing(TODAY)
        end = desk.journal.position().seq
        assert desk.day_papers.form_closing(TODAY) == number
        assert desk.journal.position().seq == end

        rows = desk.journal.entries(0, end)
        entry = decode(rows[-1].data or b"")
        closed = entry.body
        that_day = [row for row in rows[:-1] if row.data and day_of(desk, row.data) == TODAY]
        leaves = [int.from_bytes(row.leaf, "big") for row in that_day]
        assert (entry.kind, closed["number"], closed["day"]) == ("day.close", number, str(TODAY))
        assert (closed["to"], closed["head"]) == (end - 1, rows[-2].head.hex())
        assert closed["to"] > before
        assert (closed["n"], closed["bytes"]) == (
            len(that_day),
            sum(len(row.data or b"") for row in that_day),
        )
        assert int(closed["xor_leaf"], 16) == reduce(xor, leaves, 0)


def day_of(desk: Desk, data: bytes) -> date:
    """The office's day an entry was made on."""
    return decode(data).stamp.wall.astimezone(desk.zone).date()


def test_a_long_snapshot_goes_in_parts(desk: Desk) -> None:
    """A register of a great day is longer than an entry may be."""
    content = json.dumps([{"fio": "Ґ" * 40, "at": at} for at in range(1500)], ensure_ascii=False)
    with desk.db.atomic():
        desk.papers.fix_in_act("long", "transfer_register", content)
        desk.papers.fix_in_act("long", "transfer_register", "another")
    parts = [body for body in journal(desk) if body["subject"] == "long"]
    assert len(parts) > 2
    assert [body["part"] for body in parts] == list(range(1, parts[0]["of"] + 1))
    assert papers.kept(desk.db, "long", "transfer_register") == content
    assert check_desk(desk).clean


def test_a_visit_act_goes_from_the_queue_to_a_roll(desk: Desk, tmp_path: Path) -> None:
    """Both copies for the applicant's kitchen table; a route sheet is too wide."""
    device = tmp_path / "lp0"
    os.mkfifo(device)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(device.read_bytes()))
    reader.start()
    desk.settings.save(
        replace(desk.settings.load(), thermal=f"file:{device}", thermal_model="TM-T20II")
    )
    visit = desk.office_papers.take("visit_act", VISIT)
    job = desk.papers.enqueue(visit, "visit_act", "thermal")
    done = desk.print_queue.print_job(job.id)
    reader.join(20)
    assert (done.state, done.error) == ("printed", None)
    found = read(got[0]).out
    text = "\n".join(one.text for one in found)
    assert [one.kind for one in found].count("cut") == 2
    for words in ("экземпляр заявителя", "экземпляр МФЦ", "В-17", "принято 1 заявление"):
        assert words in text
    route = desk.office_papers.take("route_sheet", ROUTE)
    waiting = desk.papers.enqueue(route, "route_sheet", "thermal")
    refused = desk.print_queue.print_job(waiting.id)
    assert refused.state == "failed"
    assert "узкой ленте" in (refused.error or "")


def test_the_command_line_takes_documents(
    made: DeskHome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`print --paper visit-act --from`, `print --paper certify`; a number and a document clash."""
    monkeypatch.setenv("MFC_DESK_PASSWORD", PASSWORD)
    document, out = tmp_path / "visit.json", tmp_path / "visit.pdf"
    document.write_text(json.dumps(VISIT), "utf-8")

    def run(*words: str) -> int:
        return main(
            [
                "--home",
                str(made.home.root),
                "print",
                *words,
                *("--out", str(out), "--replace", "--json"),
            ]
        )

    assert run("--paper", "visit-act", "--from", str(document)) == DONE
    number = json.loads(capsys.readouterr().out)["number"]
    first = out.read_bytes()
    assert first.startswith(b"%PDF")
    assert run(number, "--paper", "visit-act") == DONE
    assert "КОПИЯ № 2" in pages_text(out.read_bytes())[0]
    assert run("--paper", "certify") == DONE
    assert run("--paper", "receipt") == USAGE
    assert run(number, "--paper", "visit-act", "--from", str(document)) == USAGE
    document.write_text("{", "utf-8")
    assert run("--paper", "visit-act", "--from", str(document)) == USAGE
