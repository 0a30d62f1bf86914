"""Blobs over HTTP: what is missing, how far a part is, a part goes on, a whole one is read."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sync.central.answers import JSON, Refusal
from sync.central.blobs import MOST_BYTES, BlobParts, BlobPlace, take_in
from sync.central.gate import DiskGauge
from sync.central.incoming import length_of, read_body, whole
from sync.central.store import DeviceRow

FLUSH_BYTES = 256 * 1024
READ_BYTES = 256 * 1024
IDLE_SECONDS = 90.0
LOOK_SECONDS = 1.0
TAKEOVER_SECONDS = 5.0
POLL_SECONDS = 0.05
SETTLE_SECONDS = 1.0
SETTLE_POLL = 0.01
MOST_ASKED = 1000
ASKED_BYTES = 256 * 1024
PART = "application/partial-upload"
RECEIPT = "MFC-Receipt"
SHA = re.compile(r"[0-9a-f]{64}")
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
MISSING = "missing"

Act = Callable[..., Awaitable[Any]]


class BlobRows(Protocol):
    """What the service keeps of blobs, by desk."""

    def expect(self, desk: int, blobs: Sequence[tuple[str, int]]) -> None:
        """Note blobs a desk has (SHA-256 in hex, size); harmless again."""

    def complete(self, desk: int, sha: str, size: int) -> object:
        """Note that a desk's blob is here whole; true when that is news to somebody."""

    def readable(self, desk: int, sha: str) -> bool:
        """Return whether a desk may read a blob."""


class BlobService:
    """The addresses under /v1/blobs."""

    def __init__(
        self,
        store: BlobRows,
        place: BlobPlace,
        parts: BlobParts,
        disk: DiskGauge,
        *,
        act: Act,
        identify: Callable[[Request], Awaitable[DeviceRow]],
        sign: Callable[[int, str, int], str],
        arrived: Callable[[int], None] = lambda _desk: None,
    ) -> None:
        self._store = store
        self._place = place
        self._parts = parts
        self._disk = disk
        self._act = act
        self._identify = identify
        self._sign = sign
        self._arrived = arrived
        self._writers: Counter[str] = Counter()

    def routes(self) -> list[Route]:
        """Return the routes."""
        one = "/v1/blobs/{sha}"
        return [
            Route(f"/v1/blobs/{MISSING}", self.missing, methods=["POST"]),
            Route(one, self.blob, methods=["GET", "HEAD", "PATCH"]),
        ]

    async def blob(self, request: Request) -> Response:
        """Answer about one blob; one route, so that a 405 names all its methods."""
        if request.path_params["sha"] == MISSING:  # the address of a question, no blob's
            raise HTTPException(405, headers={"Allow": "POST"})
        if request.method != "PATCH":
            return await (self.head if request.method == "HEAD" else self.get)(request)
        sha = request.path_params["sha"]
        self._writers[sha] += 1  # from its first line on: who asks how far it is waits for it
        try:
            return await self.patch(request)
        finally:
            self._writers[sha] -= 1
            if not self._writers[sha]:
                del self._writers[sha]

    async def missing(self, request: Request) -> Response:
        """Say of each blob a desk has whether it is here, or how far."""
        device = await self._identify(request)
        asked = _asked(await read_body(request, ASKED_BYTES))
        told = await self._act(self.told_missing, device, asked)
        return Response(json.dumps(told, separators=(",", ":")), media_type=JSON)

    def told_missing(self, device: DeviceRow, asked: list[tuple[str, int]]) -> list[dict[str, Any]]:
        """What is here of each blob a desk asks about."""
        self._store.expect(device.desk, asked)
        told: list[dict[str, Any]] = []
        for sha, _ in asked:
            if self._whole(device.desk, sha) is not None:
                told.append({"sha256": sha, "complete": True})
            else:
                told.append({"sha256": sha, "offset": self._parts.offset(sha)})
        return told

    def _whole(self, desk: int, sha: str) -> int | None:
        """The size of a blob that is here whole, noted as delivered by the desk."""
        size = self._place.size(sha)
        if size is not None and self._store.complete(desk, sha, size):
            self._arrived(desk)
        return size

    async def head(self, request: Request) -> Response:
        """Say how far a blob is."""
        device = await self._identify(request)
        sha = sha_of(request)
        size = await self._act(self._whole, device.desk, sha)
        if size is not None:
            return Response(status_code=204, headers=progress_of(size, size))
        await self._settled(sha)
        offset = await self._act(self._parts.offset, sha)
        if not offset:
            raise Refusal("not-found", headers=progress_of(0, None))
        return Response(status_code=204, headers=progress_of(offset, None))

    async def _settled(self, sha: str) -> None:
        """Let a writer whose link has just broken put down what had come by then.

        Its sender asks at once, often before the cut is noticed here; told too little, it would
        send a whole slice in vain.
        """
        until = time.monotonic() + SETTLE_SECONDS
        while self._writers[sha] or not await self._act(self._parts.idle, sha):
            if time.monotonic() > until:
                return
            await asyncio.sleep(SETTLE_POLL)

    async def patch(self, request: Request) -> Response:
        """Add to a part what goes on where it ends; keep what came when the link breaks."""
        device = await self._identify(request)
        sha = sha_of(request)
        if self._disk.nearly_full():
            raise Refusal("server-full", retry_after=600)
        asked = upload_of(request)
        async with self._writing(sha) as token:
            size = await self._act(self._whole, device.desk, sha)
            if size is not None:
                return self._taken(request, device.desk, sha, size)
            have = await self._act(self._parts.offset, sha)
            if have != asked.offset:
                raise Refusal(
                    "mismatching-upload-offset", headers=progress_of(have, None), offset=have
                )
            await self._act(self._store.expect, device.desk, [(sha, asked.total)])
            await self._receive(request, sha, token)
            have = await self._act(self._parts.offset, sha)
            if not asked.last or have < asked.total:  # or the link was cut: nobody reads this
                return Response(status_code=204, headers=progress_of(have, None))
            await self._act(self._finish, device.desk, sha, asked.total)
        return self._taken(request, device.desk, sha, asked.total)

    def _taken(self, request: Request, desk: int, sha: str, size: int) -> Response:
        """Say that a blob is whole here; signed for those that ask for it, relays do."""
        headers = progress_of(size, size)
        if request.headers.get(RECEIPT) == "?1":
            headers[RECEIPT] = self._sign(desk, sha, size)
        return Response(status_code=201, headers=headers)

    @asynccontextmanager
    async def _writing(self, sha: str) -> AsyncIterator[str]:
        """Be the only writer of a part; the one before has five seconds to notice."""
        token = await self._act(self._parts.claim, sha)
        lock = self._parts.lock(sha)
        until = time.monotonic() + TAKEOVER_SECONDS
        while not lock.take():
            if time.monotonic() > until or not self._parts.claimed(sha, token):
                raise Refusal("blob-busy", retry_after=1)
            await asyncio.sleep(POLL_SECONDS)
        try:
            yield token
        finally:
            lock.release()

    async def _receive(self, request: Request, sha: str, token: str) -> None:
        """Write what comes; every byte that came is kept, however it ends."""
        waiting = bytearray()
        chunks = request.stream()
        try:
            while True:
                chunk = await self._next(chunks, sha, token)
                if chunk is None:
                    return
                waiting += chunk
                if len(waiting) >= FLUSH_BYTES:
                    data, waiting = bytes(waiting), bytearray()
                    await asyncio.shield(self._act(self._parts.append, sha, data))
        except ClientDisconnect:
            return  # nobody reads the answer
        finally:
            if waiting:
                self._parts.append(sha, bytes(waiting))

    async def _next(self, chunks: AsyncIterator[bytes], sha: str, token: str) -> bytes | None:
        """Wait for bytes; raises Refusal when a newer writer came or nothing does for long."""
        if not self._parts.claimed(sha, token):
            raise Refusal("blob-busy", retry_after=1)
        task: asyncio.Task[bytes | None] = asyncio.ensure_future(anext(chunks, None))
        until = time.monotonic() + IDLE_SECONDS
        try:
            while not (await asyncio.wait([task], timeout=LOOK_SECONDS))[0]:
                if not self._parts.claimed(sha, token):
                    raise Refusal("blob-busy", retry_after=1)
                if time.monotonic() > until:
                    raise Refusal("timeout", retry_after=1)
            return task.result()
        finally:
            task.cancel()

    def _finish(self, desk: int, sha: str, size: int) -> None:
        """Let the hash decide; raises Refusal."""
        take_in(self._parts, self._place, sha, size)
        if self._store.complete(desk, sha, size):
            self._arrived(desk)
        self._parts.drop(sha)

    async def get(self, request: Request) -> Response:
        """Read a blob or a range of it: one's own, or one the centre has published."""
        device = await self._identify(request)
        sha = sha_of(request)
        size = await self._act(self._readable, device.desk, sha)
        if size is None:
            raise Refusal("not-found")
        start, end = _range(request.headers.get("Range"), size)
        headers = {"Accept-Ranges": "bytes", "ETag": f'"{sha}"', "Content-Length": str(end - start)}
        partial = (start, end) != (0, size) or RANGE.fullmatch(request.headers.get("Range", ""))
        if partial:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        return StreamingResponse(
            self._read(sha, start, end),
            status_code=206 if partial else 200,
            headers=headers,
            media_type="application/octet-stream",
        )

    def _readable(self, desk: int, sha: str) -> int | None:
        return self._place.size(sha) if self._store.readable(desk, sha) else None

    async def _read(self, sha: str, start: int, end: int) -> AsyncIterator[bytes]:
        while start < end:
            data = await self._act(self._place.read, sha, start, min(start + READ_BYTES, end))
            yield data
            start += len(data)


class Upload:
    """What a PATCH says of itself."""

    def __init__(self, offset: int, total: int, *, last: bool) -> None:
        self.offset = offset
        self.total = total
        self.last = last


def upload_of(request: Request) -> Upload:
    """What a PATCH says of itself; raises Refusal."""
    headers = request.headers
    if headers.get("Content-Type", "").partition(";")[0].strip().lower() != PART:
        raise Refusal("unsupported-media", detail=f"Content-Type: {PART}")
    length = length_of(request)
    offset = whole(headers.get("Upload-Offset", ""))
    total = whole(headers.get("Upload-Length", ""))
    last = headers.get("Upload-Complete", "?0").strip() == "?1"
    if total > MOST_BYTES:
        raise Refusal("too-large", max_bytes=MOST_BYTES)
    end = offset + length
    if end > total or (last and end != total):
        raise Refusal("bad-request", detail="Upload-Offset, Upload-Length и тело не сходятся.")
    return Upload(offset, total, last=last)


def _asked(data: bytes) -> list[tuple[str, int]]:
    """Hashes and sizes a desk asks about; raises Refusal."""
    try:
        asked = json.loads(data, parse_float=_number)
        found = [(one["sha256"], one["size"]) for one in _list(asked)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refusal("bad-request", detail="Нужен список {sha256, size}.") from error
    if len(found) > MOST_ASKED:
        raise Refusal("too-large", max_blobs=MOST_ASKED)
    for sha, size in found:
        if not isinstance(sha, str) or not SHA.fullmatch(sha) or not _is_whole(size):
            raise Refusal("bad-request", detail="sha256: 64 цифры hex, size: целое число.")
        if not 0 < size <= MOST_BYTES:
            raise Refusal("too-large", max_bytes=MOST_BYTES)
    return found


def _list(asked: Any) -> list[Any]:
    if not isinstance(asked, list):
        raise TypeError
    return asked


def _number(text: str) -> int | float:
    """A JSON number; 1.0 is an integer there (JSON Schema, 4.2.3)."""
    number = float(text)
    return int(number) if number.is_integer() else number


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def sha_of(request: Request) -> str:
    """The hash in the path; raises Refusal."""
    sha = str(request.path_params["sha"])
    if not SHA.fullmatch(sha):
        raise Refusal("not-found")
    return sha


def progress_of(offset: int, size: int | None) -> dict[str, str]:
    """The headers that say how far a blob is; `size` once it is whole."""
    told = {"Upload-Offset": str(offset), "Upload-Complete": "?0" if size is None else "?1"}
    return told if size is None else {**told, "Upload-Length": str(size)}


def _range(asked: str | None, size: int) -> tuple[int, int]:
    """Start and end of the asked range; all of it for what is no single range (RFC 9110)."""
    match = RANGE.fullmatch(asked or "")
    if match is None or not any(match.groups()):
        return 0, size
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last) + 1, size) if last else size
    else:
        start, end = max(size - int(last), 0), size
    if start >= end:
        raise Refusal("bad-range", headers={"Content-Range": f"bytes */{size}"})
    return start, end
