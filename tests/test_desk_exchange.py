"""The desk and a real centre: sent, confirmed, and never said to be before both sides prove it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import TrainingDesk
from mfc_desk.exchange.route import route_up
from mfc_desk.exchange.views import ExchangeResult
from mfc_desk.paths import Home
from mfc_desk.session import open_desk
from mfc_desk.setup.setup import set_up
from sync import contacts
from sync.clock import SystemClock
from sync.errors import ExchangeRunning
from sync.ids import SystemRandom
from sync.lock import LockFile
from sync.outbox import Outbox
from sync.steps import Frozen
from tests.centre_process import CentreProcess
from tests.desk_home import CHEAP, IVANOVA, PASSWORD, StandingClock, set_up_home
from tests.faults import LyingCentre
from tests.intake_world import register


@dataclass
class Linked:
    """A desk of a real centre, on the clock of this computer."""

    centre: CentreProcess
    home: Home

    def login(self) -> Desk:
        """Open the desk; whoever opens it closes it."""
        return open_desk(self.home, "ivanova", PASSWORD, SystemClock(), SystemRandom(), CHEAP)


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[Linked]:
    """A centre that runs, and a desk set up from its ticket on a stick."""
    centre = CentreProcess.start(tmp_path / "central")
    home = Home(tmp_path / "desk")
    try:
        ticket = centre.ticket(317, window="3")
        set_up(home, ticket, IVANOVA, PASSWORD, SystemClock(), SystemRandom(), CHEAP)
        yield Linked(centre, home)
    finally:
        centre.kill()


def now_documents(desk: Desk, count: int) -> list[str]:
    """Register so many requests of today, return their numbers."""
    today = desk.clock.now().astimezone(desk.zone).date()
    return [register(desk, seed=seed, today=today).number.text for seed in range(count)]


def exchange(desk: Desk) -> ExchangeResult:
    """Exchange as a worker does, on a connection of its own."""
    with desk.worker_copy() as copy:
        return copy.exchange.run_once()


def test_requests_taken_offline_are_confirmed_and_numbered_when_the_link_returns(
    linked: Linked,
) -> None:
    """The main promise: N из N, the official number on each, the centre has exactly these."""
    linked.centre.kill()
    with linked.login() as desk:
        numbers = now_documents(desk, 3)
        failed = exchange(desk)
        view = desk.exchange.view()
        assert failed.unreachable
        assert failed.error
        assert (view.online, view.unsent, view.on_this_disk_only) == (False, 3, 3)
        assert view.next_try
        assert view.deadline == min(desk.find.card(number).register_by for number in numbers)
        assert desk.exchange.summary().text == "0 из 3 подтверждено центром"

        linked.centre.restart()
        result = exchange(desk)

        assert result.error is None
        rows = {row.number: row for row in desk.find.recent()}
        assert set(rows) == set(numbers)
        assert {row.state for row in rows.values()} == {"confirmed"}
        assert desk.exchange.summary().text == "3 из 3 подтверждено центром"
        view = desk.exchange.view()
        assert (view.online, view.unsent, view.deadline, view.last_error) == (True, 0, None, None)
        exported = {one["number"]: one["official_no"] for one in linked.centre.export()}
        assert exported == {number: row.official_no for number, row in rows.items()}
        assert all(exported.values())
        assert check_desk(desk).faults == ()


def test_a_revoked_desk_leaves_what_it_holds_with_the_centre(linked: Linked) -> None:
    """Nothing accepted is lost with a dismissed clerk or a found laptop: the centre keeps it."""
    with linked.login() as desk:
        assert exchange(desk).error is None
        before = desk.journal.position().seq
        now_documents(desk, 2)
        linked.centre.command("revoke", "317")

        result = exchange(desk)

        assert result.kind == Frozen.REVOKED
        assert desk.exchange.summary().text == "0 из 2 подтверждено центром"
        (kept,) = linked.centre.lines("quarantine")
        held = (kept["why"], kept["desk"], kept["from"], kept["to"])
        assert held == ("revoked", 317, before + 1, desk.journal.position().seq)


def test_a_batch_is_confirmed_only_by_receipt_and_outcomes(linked: Linked) -> None:
    """Sealed is not sent, stored is not applied; each entry shows the centre's own answer."""
    with linked.login() as desk:
        (number,) = now_documents(desk, 1)
        linked.centre.kill()
        assert desk.device.ticket is not None
        Outbox(desk.db, desk.device.ticket).begin(bound=False)
        Outbox(desk.db, desk.device.ticket).sealing.seal(
            1, 100, desk.device.keys, None, desk.clock.now()
        )
        (waiting,) = desk.exchange.batches()
        assert (waiting.state, waiting.confirmed_count) == ("waiting", 0)
        assert {row.outcome_text for row in desk.exchange.batch_entries(1)} == {"ждёт отправки"}

        linked.centre.restart()
        exchange(desk)

        (done,) = desk.exchange.batches()
        assert done.confirmed
        assert done.text == f"{done.count} из {done.count} подтверждено центром"
        entries = desk.exchange.batch_entries(done.from_seq)
        assert len(entries) == done.count
        assert {row.outcome_text for row in entries} == {"подтверждено центром"}
        assert [row.number for row in entries if row.kind == "request.register"] == [number]


def test_a_missing_answer_is_named_and_never_counted(linked: Linked) -> None:
    """With one outcome not known the batch says which part is without an answer."""
    with linked.login() as desk:
        now_documents(desk, 2)
        exchange(desk)
        with desk.db.atomic():
            desk.db.execute("DELETE FROM entry_outcome WHERE seq = 3")
            desk.db.execute("UPDATE entry_outcome SET outcome = 'rejected' WHERE seq = 4")

        (row,) = desk.exchange.batches()

        assert row.state == "attention"
        assert row.text == (
            f"{row.count - 2} из {row.count} подтверждено центром, возвращено 1, без ответа 1"
        )


def test_the_receipt_printed_again_carries_the_official_number(linked: Linked) -> None:
    """Before the answer the same bytes each time; after it the number and no offline clause."""
    with linked.login() as desk:
        (number,) = now_documents(desk, 1)
        before = desk.papers.render(number)
        assert desk.papers.render(number) == before
        exchange(desk)

        after = desk.papers.render(number)

        assert after != before
        assert desk.papers.render(number) == after


def test_two_exchanges_do_not_run_at_once(linked: Linked) -> None:
    """The lock file of the home says that one is on its way."""
    with linked.login() as desk, LockFile(desk.home.exchange_lock) as lock:
        assert lock.take()
        with pytest.raises(ExchangeRunning):
            desk.exchange.run_once()


def test_a_training_desk_never_sends(tmp_path: Path) -> None:
    """It says so instead of failing in some other way."""
    clock = SystemClock()
    home = Home(tmp_path / "desk")
    set_up(home, None, IVANOVA, PASSWORD, clock, SystemRandom(), CHEAP)
    with open_desk(home, "ivanova", PASSWORD, clock, SystemRandom(), CHEAP) as desk:
        now_documents(desk, 1)
        assert not desk.exchange.due(clock.now())
        assert desk.exchange.view().unsent == 0
        assert desk.exchange.batches() == ()
        assert desk.find.recent()[0].state_text == "учебное, не отправляется"
        with pytest.raises(TrainingDesk):
            desk.exchange.run_once()


def test_a_request_makes_an_exchange_due_and_a_failure_makes_it_wait(tmp_path: Path) -> None:
    """Sent at once, then with growing pauses; a centre that is back ends the pause."""
    made = set_up_home(tmp_path / "desk")
    clock = made.clock
    with made.login() as desk:
        assert desk.exchange.due(clock.now())
        assert exchange(desk).kind == "refused"
        kept = desk.exchange.view()
        assert kept.next_try is not None
        register(desk)
        clock.set(kept.next_try - timedelta(milliseconds=1))
        assert not desk.exchange.due(clock.now())
        clock.set(kept.next_try)
        assert desk.exchange.due(clock.now())


def waiting_long(desk: Desk, clock: StandingClock, error: str = "refused") -> None:
    """Put the next try half an hour away, after a failure of this kind."""
    ticket = desk.device.ticket
    assert ticket is not None
    outbox = Outbox(desk.db, ticket)
    kept = outbox.begin(bound=False)
    outbox.save(replace(kept, failures=9, next_try=clock.now() + timedelta(minutes=30)))
    contacts.note(desk.db, contacts.Attempt(clock.now(), error, 0, 0, 1), None, error)


def test_a_centre_that_answers_again_is_noticed_within_half_a_minute(linked: Linked) -> None:
    """While waiting the desk asks now and then whether the centre is there, and goes on if so."""
    clock = StandingClock(SystemClock().now())
    with open_desk(linked.home, "ivanova", PASSWORD, clock, SystemRandom(), CHEAP) as desk:
        number = register(desk, today=clock.now().date()).number.text
        waiting_long(desk, clock)
        assert not desk.exchange.due(clock.now())
        clock.pass_(31)
        assert desk.exchange.due(clock.now())

        assert exchange(desk).error is None

        assert desk.find.row(number).state == "confirmed"
        assert desk.exchange.view().next_try is None


def test_asking_whether_the_centre_is_there_does_not_lengthen_the_pause(tmp_path: Path) -> None:
    """A probe that fails leaves the state of the exchange as it was."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        waiting_long(desk, made.clock)
        before = desk.exchange.view().next_try

        result = exchange(desk)

        assert (result.kind, result.unreachable) == ("refused", True)
        assert desk.exchange.view().next_try == before


def test_a_centre_that_asked_to_come_later_is_left_alone(tmp_path: Path) -> None:
    """«503, Retry-After» is an answer of the centre: no question before the time it named."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        waiting_long(desk, made.clock, "server-error")
        for _ in range(10):
            made.clock.pass_(60)
            assert not desk.exchange.due(made.clock.now())


def test_a_paused_exchange_is_not_due_and_says_so(tmp_path: Path) -> None:
    """The specialist may stop it; what was taken stays and is counted."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        desk.exchange.pause()
        assert not desk.exchange.due(made.clock.now())
        assert "остановлен" in (desk.exchange.view().frozen or "")
        desk.exchange.resume()
        assert desk.exchange.view().frozen is None
        assert desk.exchange.due(made.clock.now())


def test_a_frozen_exchange_waits_for_a_person(tmp_path: Path) -> None:
    """It says why and is not tried again until somebody lets it."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        ticket = desk.device.ticket
        assert ticket is not None
        outbox = Outbox(desk.db, ticket)
        outbox.save(replace(outbox.begin(bound=True), frozen=Frozen.FORK))
        assert not desk.exchange.due(made.clock.now())
        assert "разошлись" in (desk.exchange.view().frozen or "")
        desk.exchange.resume()
        assert desk.exchange.view().frozen is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
            "captive-portal",
        ),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "server-error"),
        (b"\x00\x01\x02 not http\r\n\r\n", "garbage"),
        (None, "cut"),
    ],
    ids=["html", "500", "garbage", "nothing"],
)
def test_whatever_answers_instead_of_the_centre_nothing_is_lost_or_said_to_be_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes | None, kind: str
) -> None:
    """A sentence for the person, the requests wait, the state says so."""
    made = set_up_home(tmp_path / "desk")
    with LyingCentre(answer) as liar, made.login() as desk:
        assert desk.device.ticket is not None
        led_astray = replace(desk.device.ticket, urls=(f"http://127.0.0.1:{liar.port}",))
        monkeypatch.setattr(type(desk.device), "ticket", led_astray)
        number = register(desk).number.text

        result = desk.exchange.run_once()

        assert (result.kind, result.sent, result.confirmed) == (kind, 0, 0)
        assert result.error
        assert desk.find.row(number).state == "accepted"
        assert desk.exchange.view().unsent == 1
        assert desk.exchange.view().last_error == result.error


def test_the_route_is_asked_of_the_system() -> None:
    """Loopback is always there; an address nobody may send to is not."""
    assert route_up(["http://127.0.0.1:8317"])
    assert route_up(["https://localhost"])
    assert not route_up(["http://255.255.255.255:1"])
    assert not route_up([])
