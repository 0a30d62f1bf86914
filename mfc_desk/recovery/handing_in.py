"""A dead desk's second place handed in to the centre for it, under its own signature.

A question that stands there enrols a device the centre has never met; then its batches are taken.
What the centre does not take stays in the folder and is named: nothing of it is passed by unsaid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mfc_desk.errors import RebuildRefused
from mfc_desk.recovery.second_place import QUESTION
from mfc_desk.store import refill
from sync import batch
from sync.carrier import OUTGOING, BatchName, Carrier, OwnName
from sync.clock import Clock
from sync.database import Database
from sync.errors import FileUnread, Refused, TooLarge
from sync.http import KEPT_ASIDE, CentreClient, hand_in

HEADS_AT_ONCE = 64
NAMED = 3
"""So many files are named in a sentence; `--json` has them all."""
_NOT_FOUND = 404
_STRANGER = "unknown-key"
_CARRY = (
    " Есть флешка того места с файлом .mfcq — пусть оператор центра сначала примет её:"
    " mfc-central carry in ПАПКА."
)


@dataclass(frozen=True)
class Way:
    """Where the centre is: its addresses and the CA of its ticket."""

    urls: tuple[str, ...]
    ca_pem: str | None


@dataclass(frozen=True)
class Placed:
    """Batches of a second place by where their entries are.

    `there`: in the stream. `kept`: the centre keeps them aside. `refused`: here alone.
    """

    there: tuple[BatchName, ...]
    kept: tuple[str, ...]
    refused: tuple[str, ...]


def batches_of(carrier: Carrier, desk_no: int | None) -> list[BatchName]:
    """The batches in the second place, oldest first; RebuildRefused where of several desks."""
    found = [BatchName.read(name) for name in carrier.names(OUTGOING)]
    names = sorted(one for one in found if one and desk_no in (None, one.desk))
    if len({one.desk for one in names}) > 1:
        raise RebuildRefused(
            "Во втором месте пакеты нескольких рабочих мест. Возьмите билет файлом: в нём"
            " стоит номер места."
        )
    return names


def hand_in_all(
    db: Database,
    carrier: Carrier,
    names: Sequence[BatchName],
    way: Way,
    clock: Clock,
    tell: Callable[[int, int], None],
    *,
    leave_refused: bool,
) -> None:
    """Hand the second place in, each epoch's question before its batches, and note the answers.

    Raises RebuildRefused where the centre has not taken all (unless `leave_refused`), Unreachable,
    a Refused that passes: nothing is noted then, and the same call hands all in again.
    """
    files = [*((one.epoch, 1, str(one)) for one in names), *_questions(carrier, names)]
    answers, reasons = _hand_in(carrier, [name for *_, name in sorted(files)], way, clock, tell)
    refused = [str(one) for one in names if not _has(answers.get(str(one)))]
    if refused and not leave_refused:
        raise RebuildRefused(_told(carrier, refused, answers, reasons))
    with db.atomic():
        refill.note_handed(db, {str(one): answers[str(one)] for one in names})
        refill.note_done(db, "handed-in")


def place(
    db: Database,
    carrier: Carrier,
    names: Sequence[BatchName],
    client: CentreClient,
    way: Way,
    clock: Clock,
) -> Placed:
    """Ask the centre's heads where the batches are; one never handed in is handed in now."""
    theirs = _heads(client, names)
    there = tuple(one for one in names if (one.epoch, one.to, one.head) in theirs)
    left = [str(one) for one in names if one not in there]
    unasked = [name for name in left if name not in refill.handed(db)]
    if unasked:  # a folder named only after this computer was enrolled: the centre keeps it aside
        answers, _ = _hand_in(carrier, unasked, way, clock, lambda _done, _all: None)
        with db.atomic():
            refill.note_handed(db, answers)
    handed = refill.handed(db)
    kept = tuple(name for name in left if _has(handed.get(name)))
    return Placed(there, kept, tuple(name for name in left if name not in kept))


def named(files: Sequence[str]) -> str:
    """The first of some files, and how many more."""
    more = len(files) - NAMED
    return ", ".join(files[:NAMED]) + (f" и ещё {more}" if more > 0 else "")


def _questions(carrier: Carrier, names: Sequence[BatchName]) -> Iterator[tuple[int, int, str]]:
    """The questions of the epochs whose batches stand there, before those."""
    batches = {(one.desk, one.epoch) for one in names}
    for name in carrier.names(OUTGOING):
        own = OwnName.read(name)
        if own and own.kind == QUESTION and str(own) == name and (own.desk, own.epoch) in batches:
            yield own.epoch, 0, name


def _hand_in(
    carrier: Carrier,
    files: Sequence[str],
    way: Way,
    clock: Clock,
    tell: Callable[[int, int], None],
) -> tuple[dict[str, str], dict[str, str]]:
    """Hand files in; by name the codes of refusals ("" for what was taken), and their sentences."""
    answers: dict[str, str] = {}
    reasons: dict[str, str] = {}

    def read() -> Iterator[tuple[str, bytes]]:
        for n, name in enumerate(files, 1):
            tell(n, len(files))
            try:
                yield name, carrier.read(OUTGOING, name, batch.Limits().sealed)
            except (TooLarge, FileUnread) as error:
                answers[name], reasons[name] = error.code, str(error)

    for name, refused in hand_in(way.urls, way.ca_pem, read(), clock).items():
        answers[name] = refused.reason if refused else ""
        if refused:
            reasons[name] = str(refused)
    return answers, reasons


def _has(answer: str | None) -> bool:
    """Whether the centre has the bytes after this answer: in the stream, parked or aside."""
    return answer == "" or answer in KEPT_ASIDE


def _told(
    carrier: Carrier, refused: Sequence[str], answers: dict[str, str], reasons: dict[str, str]
) -> str:
    carry = _CARRY if any(answers[name] == _STRANGER for name in refused) else ""
    why = " ".join(dict.fromkeys(reasons[name] for name in refused))
    return (
        f"Центр не принял пакетов второго места: {len(refused)} ({named(refused)}). {why}"
        f" Место ещё не собрано, здесь ничего не изменилось.{carry} Когда примет, повторите ту же"
        " команду. Взять эти записи неоткуда — добавьте --leave-refused: место соберётся без них,"
        f" файлы останутся в {carrier.folder(OUTGOING)}."
    )


def _heads(client: CentreClient, names: Sequence[BatchName]) -> set[tuple[int, int, str]]:
    """Where the centre's streams stand after the last entries of these batches."""
    theirs: set[tuple[int, int, str]] = set()
    for epoch in {one.epoch for one in names}:
        wanted = sorted({one.to for one in names if one.epoch == epoch})
        for start in range(0, len(wanted), HEADS_AT_ONCE):
            try:
                told = client.heads(epoch, wanted[start : start + HEADS_AT_ONCE])
            except Refused as refused:
                if refused.status != _NOT_FOUND:
                    raise
                break  # a device the centre has never met: it has no such stream
            theirs |= {(epoch, seq, head[:8]) for seq, head in told.items()}
    return theirs
