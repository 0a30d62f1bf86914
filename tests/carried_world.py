"""A desk, a centre and a stick between them, in one process."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from sync.blobs import Blob
from sync.carried import Carried, TakenIn, TakenOut
from sync.carrier import INCOMING, OUTGOING, Carrier
from sync.central.carried import CarriedIn, CentreCarrier
from sync.ids import SeededRandom
from sync.keys import DeviceKeys, encrypt
from tests.centre_world import LocalCentre
from tests.sync_desk import ExchangeDesk


@dataclass
class Round:
    """One desk and its stick; `centre` is where the stick is carried to."""

    folder: Path
    centre: LocalCentre
    desk: ExchangeDesk
    stick: Carrier

    @classmethod
    def begin(cls, folder: Path, centre: LocalCentre, number: int = 317, seed: int = 1) -> Round:
        """A desk with a ticket the centre has never met, and an empty stick."""
        home = folder / f"desk-{number}-{seed}"
        (home / "stick").mkdir(parents=True)
        centre.clock.forward(2)
        ticket, _ = centre.centre.enrolment.issue("0101", number, window="1", urls=("http://x",))
        keys = DeviceKeys.generate(SeededRandom(number * 100 + seed))
        desk = ExchangeDesk(home, ticket, keys)
        return cls(folder, centre, desk, Carrier(home / "stick"))

    def carried(self) -> Carried:
        """The carrying of the desk."""
        desk = self.desk
        return Carried(
            desk.db,
            desk.ticket,
            desk.keys,
            desk.clock,
            desk.random,
            desk.lock,
            apply=lambda events: partial(desk.events.extend, events),
        )

    def out(self, scans: Sequence[Blob] = (), scan_bytes: int = 1 << 30) -> TakenOut:
        """The desk writes."""
        return self.carried().out(self.stick, scans, scan_bytes=scan_bytes)

    def at_centre(self) -> CarriedIn:
        """The centre takes in and answers."""
        return CentreCarrier(self.centre.centre).take(self.stick)

    def back(self) -> TakenIn:
        """The desk takes in."""
        return self.carried().take_in(self.stick)

    @property
    def acked(self) -> int:
        """Up to where the desk holds receipts."""
        kept = self.carried().outbox.kept()
        return kept.acked if kept else 0

    def copy(self, name: str) -> Carrier:
        """The stick as it is now, kept as another one."""
        kept = self.desk.folder / name
        shutil.copytree(self.stick.root, kept)
        return Carrier(kept)

    def scan(self, data: bytes) -> Blob:
        """A sealed scan of the desk."""
        sealed = encrypt(data, [*self.desk.ticket.age_recipients, self.desk.keys.recipient])
        name = sha256(sealed).hexdigest()
        path = self.desk.folder / f"{name}.age"
        path.write_bytes(sealed)
        return Blob(name, len(sealed), path)

    def files(self) -> dict[str, bytes]:
        """Every file of the stick, by `part/name`."""
        return {
            f"{part}/{name}": (self.stick.folder(part) / name).read_bytes()
            for part in (OUTGOING, INCOMING)
            for name in self.stick.names(part)
        }

    def close(self) -> None:
        """Let go of the desk."""
        self.desk.close()
