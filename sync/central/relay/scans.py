"""Scans on their way from a relay to the centre, by the signature of their desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus

from sync.blobs import Blob, told_offset, unfinished
from sync.central.blob_service import PART, RECEIPT
from sync.central.blobs import BlobPlace
from sync.central.relay.rows import Scan
from sync.errors import Refused
from sync.wire import Progress, Wire, silent


def as_blob(scan: Scan, place: BlobPlace) -> Blob:
    """A scan that is here whole, as what `sync.blobs.Sender` sends."""
    return Blob(scan.sha256, scan.size, place.path(scan.sha256))


class Upstream:
    """A `sync.blobs.Way` that speaks for one desk; `receipt` is the centre's word at the end."""

    def __init__(self, wire: Callable[[], Wire]) -> None:
        self._wire = wire
        self.scan: Scan
        self.receipt: str | None = None

    def carry(self, scan: Scan) -> None:
        """Speak for the desk of this scan from now on."""
        self.scan, self.receipt = scan, None

    def missing(self, blobs: Iterable[Blob]) -> dict[str, int]:
        """Return how many bytes the centre has of each."""
        return {blob.sha256: self.offset(blob) for blob in blobs}

    def offset(self, blob: Blob) -> int:
        """Return how many bytes the centre has: an empty PATCH is answered with that."""
        return self._patch(blob, 0, None, silent)

    def append(self, blob: Blob, offset: int, data: bytes, progress: Progress) -> int:
        """Send the bytes from an offset; return how many the centre has now."""
        return self._patch(blob, offset, data, progress)

    def confirmed(self, _blob: Blob) -> bool:
        """Whether the centre has signed for it."""
        return self.receipt is not None

    def _patch(self, blob: Blob, offset: int, data: bytes | None, progress: Progress) -> int:
        last = offset + len(data or b"") == blob.size
        headers = {
            "Content-Type": PART,
            "Upload-Offset": str(offset),
            "Upload-Length": str(blob.size),
            "Upload-Complete": "?1" if last else "?0",
            "MFC-Signature": self.scan.signature,
            RECEIPT: "?1",
        }
        target = f"/v1/blobs/{blob.sha256}"
        try:
            answer = self._wire().exchange("PATCH", target, headers, data, progress)
        except Refused as error:
            there = error.problem.get("offset")
            if error.status != HTTPStatus.CONFLICT or not isinstance(there, int):
                raise
            if data and there == blob.size:  # all came, and it died before it looked at the hash
                return self._patch(blob, there, b"", progress)
            return unfinished(blob, there)
        self.receipt = answer.headers.get(RECEIPT, self.receipt)
        return told_offset(blob, answer)
