"""A relay as a whole, without HTTP: what `serve` and the tests hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sync.central.blobs import BlobParts, BlobPlace
from sync.central.relay.forward import Forwarder
from sync.central.relay.home import RelayHome
from sync.central.relay.reception import Reception
from sync.central.relay.store import RelayStore
from sync.clock import Clock
from sync.ids import Random
from sync.keys import RelayKeys
from sync.ticket import fingerprint
from sync.wire import TIMEOUT, Answer, Wire

LIVE_TIMEOUT = (5.0, 60.0)


@dataclass(frozen=True)
class Relay:
    """Store, key and the way to the centre. Methods may be called from several threads."""

    store: RelayStore
    keys: RelayKeys
    place: BlobPlace
    parts: BlobParts
    clock: Clock
    random: Random
    upstream: tuple[str, ...]
    ca_pem: str | None = None

    @classmethod
    def open(
        cls,
        home: RelayHome,
        clock: Clock,
        random: Random,
        upstream: tuple[str, ...],
        ca_pem: str | None = None,
    ) -> Relay:
        """Open the relay of a folder, making it on first use; raises SyncError."""
        home.prepare()
        keys = home.keys(random)
        store = RelayStore.open(home.database)
        place, parts = BlobPlace(str(home.blobs)), BlobParts(home.parts)
        return cls(store, keys, place, parts, clock, random, upstream, ca_pem)

    def close(self) -> None:
        """Fold the log and close the store."""
        self.store.close()

    @property
    def code(self) -> str:
        """What follows # in the relay's address at a desk: eight characters of its key's hash."""
        return fingerprint(self.keys.public)

    def reception(self) -> Reception:
        """Make what answers the desks."""
        return Reception(self.store, self.keys, self.clock)

    def forwarder(
        self, *, tell: Callable[[], None] = lambda: None, broken: Callable[[], None] = lambda: None
    ) -> Forwarder:
        """Make what carries to the centre and back."""
        return Forwarder(
            self.store,
            self.place,
            lambda: self._wire(TIMEOUT),
            self.clock,
            self.random,
            tell=tell,
            broken=broken,
        )

    def ask_now(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Pass one request through to the centre; raises Unreachable, Refused."""
        wire = self._wire(LIVE_TIMEOUT)
        try:
            return wire.exchange(method, target, headers, body)
        finally:
            wire.close()

    def _wire(self, timeout: tuple[float, float]) -> Wire:
        return Wire(self.upstream, self.ca_pem, self.clock, timeout)
