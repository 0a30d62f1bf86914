"""Scans over HTTP at a relay: taken as the centre takes them, told apart from delivered ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sync.central.answers import Refusal
from sync.central.blob_service import RECEIPT, Act, BlobService, progress_of, sha_of, upload_of
from sync.central.blobs import BlobParts, BlobPlace
from sync.central.gate import DiskGauge
from sync.central.intake import Standing
from sync.central.relay.callers import signed_by, target_of
from sync.central.relay.reception import FULL_PAUSE
from sync.central.relay.rows import Scan
from sync.central.relay.store import RelayStore
from sync.central.store import DeviceRow

MOST_SCANS = 4 << 30
"""Bytes of scans held for one device."""
DISBELIEVED = "?0"
"""As `MFC-Receipt` of a PATCH: the receipt here does not hold for the desk, the scan comes anew."""
CUSTODY = "MFC-Custody"
"""On an answer about a scan that is whole here, and not known to be at the centre."""


class ScanRows:
    """The rows for `BlobService`: which scans are here, by desk."""

    def __init__(self, store: RelayStore) -> None:
        self._store = store

    def expect(self, desk: int, blobs: Sequence[tuple[str, int]]) -> None:
        """Scans are noted with the PATCH, which bears the signature to pass them on by."""

    def complete(self, desk: int, sha: str, size: int) -> None:
        """Note that a scan is here whole."""
        self._store.scan_whole(desk, sha, size)

    def readable(self, _desk: int, _sha: str) -> bool:
        """Nobody reads scans from a relay."""
        return False


class ScanService(BlobService):
    """The addresses under /v1/blobs of a relay: HEAD, PATCH, missing; GET is passed through."""

    def __init__(
        self,
        store: RelayStore,
        place: BlobPlace,
        parts: BlobParts,
        disk: DiskGauge,
        *,
        act: Act,
        now: Callable[[], datetime],
        wake: Callable[[], None],
        live: Callable[[Request], Awaitable[Response]],
    ) -> None:
        super().__init__(
            ScanRows(store),
            place,
            parts,
            disk,
            act=act,
            identify=self._caller,
            sign=lambda _desk, _sha, _size: "",
        )
        self._run = act
        self._rows = store
        self._now = now
        self._wake = wake
        self._live = live

    async def _caller(self, request: Request) -> DeviceRow:
        """The desk that signed; a relay knows of it what it says."""
        caller, _ = signed_by(request.method, target_of(request), request.headers)
        return DeviceRow(
            caller.key,
            caller.desk,
            caller.epoch,
            caller.public,
            "",
            Standing.ACTIVE,
            self._now(),
        )

    async def get(self, request: Request) -> Response:
        """Read what the centre published; it is not kept here."""
        return await self._live(request)

    def told_missing(self, device: DeviceRow, asked: list[tuple[str, int]]) -> list[dict[str, Any]]:
        """What is here of each scan, and the centre's word for those it has."""
        told = []
        for sha, size in asked:
            known = self._rows.scan(device.desk, sha)
            if known is not None and known.receipt is not None:
                told.append({"sha256": sha, "complete": True, "receipt": known.receipt})
                continue
            (one,) = super().told_missing(device, [(sha, size)])
            told.append({"sha256": sha, "custody": True} if one.get("complete") else one)
        return told

    async def patch(self, request: Request) -> Response:
        """Take a scan as the centre does, and keep the signature it is passed on by."""
        caller, signature = signed_by(request.method, target_of(request), request.headers)
        sha, upload = sha_of(request), upload_of(request)
        scan = Scan(caller.desk, sha, caller.key, upload.total, signature)
        if request.headers.get(RECEIPT) == DISBELIEVED:
            await self._run(self._rows.take_back, scan, self._now())
        known = await self._run(self._rows.scan, caller.desk, sha)
        if known is not None and known.receipt is not None:
            headers = {**progress_of(known.size, known.size), RECEIPT: known.receipt}
            return Response(status_code=HTTPStatus.CREATED, headers=headers)
        if known is None:
            waiting = await self._run(self._rows.scan_bytes, scan.key, sha)
            if waiting + upload.total > MOST_SCANS:
                raise Refusal("too-many", retry_after=FULL_PAUSE)
        await self._run(self._rows.expect_scan, scan, self._now())
        response = await super().patch(request)
        if response.status_code == HTTPStatus.CREATED:
            response.headers[CUSTODY] = "?1"
            self._wake()
        return response
