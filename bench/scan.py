"""How many bytes a scan of 5 MB takes over a link that is cut every 200 KB (speed.md, `scan`)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.ground.linked import LinkedDesk, linked_desk
from bench.report import Row, goal, row
from sync.ids import SystemRandom

SIZE = 5 << 20
CUT_EVERY = 200 * 1024
ROUNDS = 5
MOST_TRIES = 60


def run(rounds: int = ROUNDS, size: int = SIZE, cut_every: int = CUT_EVERY) -> Row:
    """Return bytes up through the link to the sealed size, all headers included, and the cuts.

    The goal allows a window a cut besides, for what was under way; none is taken off here: what
    the link has passed on, the centre keeps.
    """
    shares, cuts = [], []
    with tempfile.TemporaryDirectory() as folder, linked_desk(Path(folder)) as linked:
        for number in range(rounds):
            sent, sealed, cut = _send(linked, Path(folder), number, size, cut_every)
            shares.append(sent / sealed)
            cuts.append(float(cut))
    return {
        "rows": [
            row("bytes up to the sealed size", shares, "×"),
            row("cuts", cuts, "cuts"),
        ],
        "goals": [goal("≤ 1.02 × in every round, no window a cut taken off", max(shares), 1.02)],
    }


def _send(
    linked: LinkedDesk, folder: Path, number: int, size: int, cut_every: int
) -> tuple[int, int, int]:
    """Send one scan; bytes up through the link, sealed size, cuts."""
    desk, link = linked.desk, linked.link
    linked.exchange(1, seed=100 + number)
    request = desk.find.recent(1)[0].number
    file = folder / "scan.pdf"
    file.write_bytes(b"%PDF-1.7\n" + SystemRandom().bytes(size - 9))
    scan = desk.attachments.add(request, file)
    if desk.exchange.run_once(stop=lambda: True).kind not in (None, "stopped"):
        raise RuntimeError("the link is not there")
    up, cut = link.passed.up, link.passed.cuts
    link.cut_after(up=cut_every)
    for _ in range(MOST_TRIES):
        desk.exchange.run_once()
        if all(one.state == "stored" for one in desk.attachments.of_request(request)):
            break
    else:
        raise RuntimeError("the scan did not arrive")
    link.bring_up()
    return link.passed.up - up, scan.size, link.passed.cuts - cut
