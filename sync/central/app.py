"""The centre over HTTP: an ASGI application over `Centre` (sync.md, 7)."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import ParamSpec, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.central import metrics, openapi
from sync.central.acceptance import BODY_BYTES
from sync.central.answers import JSON, RECEIPT, Answer, Refusal
from sync.central.blob_service import BlobService
from sync.central.centre import ENTRIES_BYTES, MOST_PAGE_BYTES, PAGE_BYTES, Centre
from sync.central.gate import CodeGuesses, Crowd, DiskGauge, Stamped
from sync.central.incoming import most_enrolling, read_body, whole
from sync.central.news import News
from sync.central.projecting import Projecting
from sync.central.projection import Projector
from sync.central.responses import handlers, respond
from sync.central.store import DeviceRow
from sync.comparison import PATH, QUESTION_BYTES
from sync.errors import Damaged, StoreFailure
from sync.feed import HEAR

THREADS = 4
LONGEST_WAIT = 55.0
GRACE_SECONDS = 2.0
NEWS_SECONDS = 0.5  # another process does not wake those who wait here
DAMAGED_IN_TRANSIT = frozenset({"bad-format", "bad-signature", "unknown-key", "wrong-server"})
"""Refusals that one flipped bit on the way can cause; each of them would freeze a sound desk."""

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger("sync.central")


class Service:
    """The running centre: threads for its acts, and what it says over HTTP."""

    def __init__(
        self, centre: Centre, projector: Projector, disk: DiskGauge, stop: Callable[[], None]
    ) -> None:
        self._centre = centre
        self._stop = stop
        self._shared = centre.store.shared
        self._disk = disk
        self._guesses = CodeGuesses(time.monotonic)
        self._crowd = Crowd(centre.random, time.monotonic)
        self._threads = ThreadPoolExecutor(THREADS, "centre-acts")
        self._news = News()
        self._projecting = Projecting(centre, projector, self._news, stop)
        self.metrics = metrics.Metrics()
        self.blobs = BlobService(
            centre.store.blobs,
            centre.blobs,
            centre.parts,
            disk,
            act=self.act,
            identify=self._device,
            sign=centre.blob_receipt,
            arrived=self._projecting.scan_arrived,
        )

    async def act(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run one act of the centre in a thread."""
        loop = asyncio.get_running_loop()
        with self._crowd:
            return await loop.run_in_executor(self._threads, partial(method, *args, **kwargs))

    @asynccontextmanager
    async def running(self, _app: Starlette) -> AsyncIterator[None]:
        """Project in the background while the application runs."""
        await self.act(self._centre.acceptance.place_parked)
        await self.act(self._centre.parts.sweep)
        self._projecting.start()
        try:
            yield
        finally:
            await self._projecting.end()
            self._threads.shutdown()
            self._projecting.close()

    async def health(self, _request: Request) -> Response:
        """Say that the centre is up."""
        return Response(status_code=204)

    async def counts(self, _request: Request) -> Response:
        """Give the counts of this process, and what waits in the store."""
        text = await self.act(self._counted)
        return Response(text, media_type=metrics.CONTENT_TYPE)

    def _counted(self) -> bytes:
        store = self._centre.store
        waiting = Counter(row.why for row in store.streams.quarantined() if row.settled_at is None)
        behind = len(store.register.behind())
        return self.metrics.text(behind=behind, quarantined=waiting)

    async def described(self, _request: Request) -> Response:
        """Give the OpenAPI document."""
        return Response(json.dumps(openapi.document(), ensure_ascii=False), media_type=JSON)

    async def keys(self, _request: Request) -> Response:
        """Say how the centre's keys have changed."""
        return respond(self._centre.key_changes())

    async def batches(self, request: Request) -> Response:
        """Take a batch."""
        self._crowd.check()
        if self._disk.nearly_full():
            raise Refusal("server-full", retry_after=600)
        hear = request.headers.get(HEAR)
        after = None if hear is None else whole(hear)
        data = await read_body(request, BODY_BYTES)
        try:
            with self._projecting.traffic:
                answer = await self.act(self._centre.acceptance.accept, data)
        except Refusal as refusal:
            if refusal.code in DAMAGED_IN_TRANSIT and not _digest_holds(request, data):
                raise Refusal("bad-digest") from refusal
            raise
        if answer.status == 201:  # noqa: PLR2004 - HTTP
            self._projecting.wake()
        if after is not None and answer.media_type == RECEIPT:
            answer = replace(answer, body=answer.body + await self._outcomes(data, after))
        return respond(answer)

    async def _outcomes(self, data: bytes, after: int) -> bytes:
        """The page of the feed that goes with a receipt: what became of the batch, mostly."""
        try:
            device = await self.act(self._centre.sender, data)
            page = await self._next_page(device, after, PAGE_BYTES) if device else None
        except Refusal:  # replaced since: it will be told when it asks
            return b""
        except (StoreFailure, ValueError) as error:  # the batch is stored: its receipt must go out
            told = getattr(error, "code", type(error).__name__)
            log.error("no outcomes with a receipt", extra={"code": told})  # noqa: TRY400
            if isinstance(error, Damaged):
                self._stop()
            return b""
        return page.body if page else b""

    async def enrol(self, request: Request) -> Response:
        """Bind a device to its ticket."""
        self._crowd.check()
        self._guesses.check()
        data = await read_body(request, most_enrolling(request))
        try:
            return respond(await self.act(self._centre.enrol, data))
        except Refusal as refusal:
            if refusal.code == "code-refused":
                self._guesses.missed()
            raise

    async def stream(self, request: Request) -> Response:
        """Say how far a stream is stored and applied."""
        device = await self._device(request)
        desk, epoch = _place(request)
        signed = request.query_params.get("signed") == "1"
        return respond(await self.act(self._centre.stream, device, desk, epoch, signed=signed))

    async def heads(self, request: Request) -> Response:
        """Say the heads after some sequence numbers."""
        device = await self._device(request)
        desk, epoch = _place(request)
        wanted = [whole(text) for text in request.query_params.get("at", "").split(",")]
        return respond(await self.act(self._centre.heads, device, desk, epoch, wanted))

    async def reconcile(self, request: Request) -> Response:
        """Compare a desk's days with what is here."""
        device = await self._device(request)
        data = await read_body(request, QUESTION_BYTES)
        return respond(await self.act(self._centre.compare, device, data))

    async def entries(self, request: Request) -> Response:
        """Give a desk its own entries back."""
        device = await self._device(request)
        desk, epoch = _place(request)
        query = request.query_params
        after = whole(query.get("after", "0"))
        most = min(whole(query.get("max_bytes", str(ENTRIES_BYTES))), MOST_PAGE_BYTES)
        return respond(await self.act(self._centre.entries, device, desk, epoch, after, most))

    async def feed(self, request: Request) -> Response:
        """Hand out the next page; wait when asked to, or while outcomes are in the making."""
        device = await self._device(request)
        query = request.query_params
        after = whole(query.get("after", "0"))
        most = min(whole(query.get("max_bytes", str(PAGE_BYTES))), MOST_PAGE_BYTES)
        wait = min(float(whole(query.get("wait", "0"))), LONGEST_WAIT)
        return respond(await self._next_page(device, after, most, wait))

    async def _next_page(
        self, device: DeviceRow, after: int, most: int, wait: float = 0.0
    ) -> Answer:
        """The next page of a device's feed, 204 when there is none in so many seconds."""
        began = time.monotonic()
        until, grace = began + wait, began + GRACE_SECONDS
        while True:
            news = self._news.next()
            # asked first: outcomes told meanwhile are news; one full page costs a slow link less
            making = time.monotonic() < grace and await self.act(self._centre.waiting, device)
            answer = await self.act(self._centre.page, device, after, most)
            if answer.status != 204 and not making:  # noqa: PLR2004 - HTTP
                return answer
            left = (max(until, grace) if making else until) - time.monotonic()
            if left <= 0:
                return answer
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    news.wait(), min(left, NEWS_SECONDS) if self._shared else left
                )
            device = await self.act(self._centre.as_now, device)  # revoked meanwhile, perhaps

    async def _device(self, request: Request) -> DeviceRow:
        """The device that signed this request."""
        self._crowd.check()
        scope = request.scope
        target = bytes(scope["raw_path"]).decode("latin-1")
        if scope["query_string"]:
            target += "?" + bytes(scope["query_string"]).decode("latin-1")
        signature = request.headers.get("MFC-Signature")
        return await self.act(self._centre.identify, request.method, target, signature)


def build(
    centre: Centre, projector: Projector, disk: DiskGauge, stop: Callable[[], None]
) -> Stamped:
    """Make the ASGI application; start it and stop it by the lifespan protocol.

    `stop` is called when the centre must not go on: its disk or its database failed it.
    """
    service = Service(centre, projector, disk, stop)
    stream = "/v1/streams/{desk}/{epoch}"
    routes = [
        Route("/v1/health", service.health, methods=["GET"]),
        Route("/v1/metrics", service.counts, methods=["GET"]),
        Route("/v1/openapi.json", service.described, methods=["GET"]),
        Route("/v1/keys", service.keys, methods=["GET"]),
        Route("/v1/batches", service.batches, methods=["POST"]),
        Route("/v1/enrol", service.enrol, methods=["POST"]),
        Route("/v1/feed", service.feed, methods=["GET"]),
        Route(PATH, service.reconcile, methods=["POST"]),
        Route(stream, service.stream, methods=["GET"]),
        Route(f"{stream}/heads", service.heads, methods=["GET"]),
        Route(f"{stream}/entries", service.entries, methods=["GET"]),
        *service.blobs.routes(),
    ]
    app = Starlette(
        routes=routes,
        lifespan=service.running,
        exception_handlers=handlers(log, stop),
    )
    return Stamped(app, centre.clock, service.metrics)


def _digest_holds(request: Request, data: bytes) -> bool:
    """Whether the body is what its sender hashed (RFC 9530), where the sender said."""
    said = request.headers.get("Content-Digest")
    if said is None:
        return True
    return said.strip() == f"sha-256=:{base64.b64encode(sha256(data).digest()).decode()}:"


def _place(request: Request) -> tuple[int, int]:
    """Desk and epoch of the path."""
    return whole(request.path_params["desk"]), whole(request.path_params["epoch"])
