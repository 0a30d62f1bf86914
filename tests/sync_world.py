"""A desk and a centre of tests: fixed keys, a clock that is set by hand, entries to seal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sync import entries
from sync.ids import SeededRandom, UuidV7
from sync.keys import CentreKeys, DeviceKeys
from sync.ticket import Ticket

SERVER = "s-7f3a"
DESK = 317
EPOCH = 217_123_200
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

# made once for these tests; they open nothing else
AGE_DEVICE = "AGE-SECRET-KEY-1VWPFDUR5WF27EDXGJLVD0EGRTW4PNME9NTP5SHZ09RQJ72SS3QLQMYNWJK"
DEVICE = DeviceKeys(b"\x01" * 32, AGE_DEVICE)
CENTRE = CentreKeys.generate(SeededRandom(7))
PUBLICS = {CENTRE.key_id: CENTRE.public}


class HandClock:
    """A clock that stands until it is moved; `now` may be set apart from `monotonic`."""

    def __init__(self, now: datetime = NOON) -> None:
        self.wall = now
        self.up = 1000.0
        self.boot = "boot-1"

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.up

    def boot_id(self) -> str:
        return self.boot

    def forward(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.up += seconds


_ids = UuidV7(lambda: int(NOON.timestamp() * 1000), SeededRandom(1))


def entry(text: str = "", kind: str = "request.register") -> bytes:
    """Entry bytes with a new id and `text` in the body."""
    return entries.encode(
        entry_id=_ids.next(),
        kind=kind,
        request_id=_ids.next(),
        stamp=entries.Stamp(NOON, "boot-1", 1000),
        operator="op-1",
        body={"text": text},
    )


def entry_id(data: bytes) -> str:
    return entries.decode(data).entry_id


def ticket(**changes: object) -> Ticket:
    """A ticket of desk 317, valid for a day after NOON."""
    members: dict[str, object] = {
        "server_id": SERVER,
        "signing_keys": (CENTRE.public,),
        "age_recipients": (CENTRE.recipient,),
        "recovery_recipient": CENTRE.recipient,
        "ca_pem": None,
        "urls": ("http://127.0.0.1:8317",),
        "desk_no": DESK,
        "epoch": EPOCH,
        "desk_title": "Окно 3",
        "window": "3",
        "office": {"code": "mfc-90-001", "title": "МФЦ учебный"},
        "code": "ABCD-1234",
        "valid_until": NOON + timedelta(days=1),
    }
    return Ticket(**{**members, **changes})  # type: ignore[arg-type]
