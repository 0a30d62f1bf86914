"""Counts for Prometheus: requests by address and status, seconds, what became of batches."""

from __future__ import annotations

import os
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder the workers of one centre count in; read by prometheus_client itself."""
CONTENT_TYPE = CONTENT_TYPE_LATEST
ADDRESSES = frozenset(
    {
        "health",
        "batches",
        "enrol",
        "feed",
        "streams",
        "blobs",
        "metrics",
        "openapi.json",
        "reconcile",
    }
)
REASONS = (
    "bad-chain",
    "bad-format",
    "epoch-closed",
    "fork",
    "revoked",
    "too-large",
    "unknown-dictionary",
    "wrong-server",
)
"""Why batches are kept aside; each is told also while none is, so that alarms see it come."""
SECONDS = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0)


class RequestCounts:
    """Requests answered by one process; nothing in them names a desk or a person."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "mfc_requests_total",
            "Requests answered",
            ["method", "address", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "mfc_request_seconds",
            "Time to answer",
            ["address"],
            buckets=SECONDS,
            registry=registry,
        )

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count one answer."""
        address = path.removeprefix("/v1/").partition("/")[0]
        address = address if path.startswith("/v1/") and address in ADDRESSES else "other"
        known = method if method in {"GET", "HEAD", "POST", "PATCH"} else "other"
        self._requests.labels(known, address, str(status)).inc()
        self._seconds.labels(address).observe(seconds)


class Metrics(RequestCounts):
    """The counts of one process of the centre."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        super().__init__(self._registry)
        self._behind = Gauge(
            "mfc_streams_behind",
            "Streams with entries not applied yet",
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )
        self._quarantined = Gauge(
            "mfc_quarantined",
            "Batches kept aside and not settled, by why",
            ["why"],
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )

    def text(self, *, behind: int, quarantined: Mapping[str, int]) -> bytes:
        """Return everything as Prometheus reads it."""
        self._behind.set(behind)
        for why in REASONS:
            self._quarantined.labels(why).set(quarantined.get(why, 0))
        return generate_latest(_whole() if SHARED in os.environ else self._registry)


def _whole() -> CollectorRegistry:
    """The counts of all processes of this machine together, those that have ended too."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
