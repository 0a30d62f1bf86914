"""Counts of a relay for Prometheus: requests answered, what is held, whether it has the centre."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from sync.central.metrics import RequestCounts
from sync.central.relay.rows import Custody


class RelayMetrics(RequestCounts):
    """The counts of one relay; nothing in them names a desk or a person."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        super().__init__(self._registry)
        self._held = self._gauge("mfc_relay_batches", "Batches the centre has not confirmed")
        self._bytes = self._gauge("mfc_relay_batch_bytes", "Their bytes")
        self._refused = self._gauge("mfc_relay_batches_refused", "Those the centre refused")
        self._scans = self._gauge("mfc_relay_scans", "Whole scans the centre has not confirmed")
        self._scan_bytes = self._gauge("mfc_relay_scan_bytes", "Their bytes")
        self._online = self._gauge("mfc_relay_online", "Whether the centre was reached last")

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self._registry)

    def text(self, custody: Custody, *, online: bool) -> bytes:
        """Return everything as Prometheus reads it."""
        self._held.set(custody.batches)
        self._bytes.set(custody.batch_bytes)
        self._refused.set(custody.refused)
        self._scans.set(custody.scans)
        self._scan_bytes.set(custody.scan_bytes)
        self._online.set(online)
        return generate_latest(self._registry)
