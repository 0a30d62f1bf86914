"""A relay over HTTP: the addresses of the centre, answered for what a relay may answer for."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import ParamSpec, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.central.acceptance import BODY_BYTES
from sync.central.answers import JSON, Answer, Refusal, json_answer
from sync.central.gate import DiskGauge, Stamped
from sync.central.incoming import most_enrolling, read_body
from sync.central.metrics import CONTENT_TYPE
from sync.central.news import News
from sync.central.relay import openapi
from sync.central.relay.callers import device_of, target_of
from sync.central.relay.metrics import RelayMetrics
from sync.central.relay.reception import Link
from sync.central.relay.relay import Relay
from sync.central.relay.rows import Caller
from sync.central.relay.scan_service import ScanService
from sync.central.responses import handlers, respond
from sync.envelope import Form
from sync.errors import Refused, Unreachable
from sync.keys import AGE
from sync.question import MEDIA_TYPE

THREADS = 8
RECEIPT_WAIT = 1.0
PAGE_WAIT = 2.5
GOODBYE_SECONDS = 5.0
RELAY = "MFC-Relay"
PASSED = ("Content-Type", "MFC-Signature", "Range")
BACK = ("Content-Range", "ETag", "Accept-Ranges")

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger("sync.relay")


class RelayService:
    """The running relay: threads for its acts, one more that carries to the centre."""

    def __init__(self, relay: Relay, disk: DiskGauge, stop: Callable[[], None]) -> None:
        self._relay = relay
        self._reception = relay.reception()
        self.metrics = RelayMetrics()
        self._disk = disk
        self._threads = ThreadPoolExecutor(THREADS, "relay-acts")
        self._asking = ThreadPoolExecutor(1, "relay-live")  # one at a time: the link is narrow
        self._news = News()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.forwarder = relay.forwarder(tell=self._told, broken=stop)
        self.scans = ScanService(
            relay.store,
            relay.place,
            relay.parts,
            disk,
            act=self.act,
            now=relay.clock.now,
            wake=self.forwarder.wake,
            live=self.live,
        )

    async def act(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run one act of the relay in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(method, *args, **kwargs))

    def _told(self) -> None:
        """Wake the requests that wait; called by the thread that carries."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._news.tell)

    @asynccontextmanager
    async def running(self, _app: Starlette) -> AsyncIterator[None]:
        """Carry in the background while the application runs."""
        self._loop = asyncio.get_running_loop()
        await self.act(self._relay.parts.sweep)
        carrying = threading.Thread(target=self.forwarder.run, name="relay-forwarder", daemon=True)
        carrying.start()
        try:
            yield
        finally:
            self._loop = None
            self.forwarder.stop()
            self._asking.shutdown(wait=False, cancel_futures=True)
            self._threads.shutdown()
            await asyncio.to_thread(carrying.join, GOODBYE_SECONDS)

    async def health(self, _request: Request) -> Response:
        """Say that the relay is up."""
        return Response(status_code=204)

    async def counts(self, _request: Request) -> Response:
        """Tell Prometheus what is held, and whether the centre is there."""
        custody = await self.act(self._relay.store.custody)
        text = self.metrics.text(custody, online=self.forwarder.online is True)
        return Response(text, media_type=CONTENT_TYPE)

    async def described(self, _request: Request) -> Response:
        """Hand out the OpenAPI document."""
        return respond(json_answer(200, openapi.document()))

    async def _until(self, seconds: float, look: Callable[[], R | None]) -> R | None:
        """Look again whenever something was carried, for so long as the centre can be reached."""
        until = time.monotonic() + seconds
        while True:
            news = self._news.next()
            found = await self.act(look)
            left = until - time.monotonic()
            if found is not None or left <= 0 or self.forwarder.online is False:
                return found
            try:
                await asyncio.wait_for(news.wait(), left)
            except TimeoutError:
                continue

    async def batches(self, request: Request) -> Response:
        """Take a batch into custody; the centre's receipt at once, when it comes at once."""
        if self._disk.nearly_full():
            raise Refusal("server-full", retry_after=600)
        data = await read_body(request, BODY_BYTES)
        most = self.forwarder.most_bytes
        taken = await self.act(self._reception.take, request.headers, data, most)
        self.forwarder.wake()
        found = await self._until(RECEIPT_WAIT, partial(self._reception.receipted, taken))
        if found is None:
            found = await self.act(self._reception.custody, taken)
        return respond(found)

    async def stream(self, request: Request) -> Response:
        """Say what is held of a stream, and hand on what the centre signed about it."""
        caller = device_of(request.headers)
        place = (str(caller.desk), str(caller.epoch))
        if place != (request.path_params["desk"], request.path_params["epoch"]):
            raise Refusal("not-found")
        await self._ask("stream", request)
        await self._until(RECEIPT_WAIT, partial(self._reception.worded, caller))
        link = Link(self.forwarder.online, self.forwarder.since)
        return respond(await self.act(self._reception.standing, caller, link))

    async def feed(self, request: Request) -> Response:
        """Hand out the page fetched for this desk; wait a moment for one that may come."""
        caller = await self._ask("feed", request)
        found = await self._until(PAGE_WAIT, partial(self._reception.page, caller))
        return respond(found or Answer(204))

    async def enrol(self, request: Request) -> Response:
        """Pass on who a desk is: kept when it is sealed to the centre, else only live."""
        data = await read_body(request, most_enrolling(request))
        if not data.startswith(AGE):
            asks = data.startswith(Form.QUESTION.magic)
            kind = {"Content-Type": MEDIA_TYPE if asks else JSON}
            return await self._live("POST", "/v1/enrol", kind, data)
        caller = await self.act(self._reception.enrol, request.headers, data)
        self.forwarder.wake()
        found = await self._until(PAGE_WAIT, partial(self._reception.enrolled, caller))
        return respond(found or json_answer(202, {"held": True}))

    async def _ask(self, act: str, request: Request) -> Caller:
        """Keep a question a desk signed, to be put to the centre when it can be."""
        target = target_of(request)
        caller = await self.act(self._reception.ask, act, request.method, target, request.headers)
        self.forwarder.wake()
        return caller

    async def live(self, request: Request) -> Response:
        """Pass a question through to the centre now, or say that it cannot be reached."""
        headers = {name: request.headers[name] for name in PASSED if name in request.headers}
        body = await read_body(request, BODY_BYTES) if request.method == "POST" else None
        return await self._live(request.method, target_of(request), headers, body)

    async def _live(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None
    ) -> Response:
        try:
            ask = partial(self._relay.ask_now, method, target, headers, body)
            answer = await asyncio.get_running_loop().run_in_executor(self._asking, ask)
        except Unreachable as error:
            raise Refusal("no-upstream", retry_after=30) from error
        except Refused as error:
            problem = {name: one for name, one in error.problem.items() if name != "retry_after"}
            told = json_answer(error.status, problem)
            return Response(told.body, told.status, media_type="application/problem+json")
        kept = {name: answer.headers[name] for name in BACK if name in answer.headers}
        kind = answer.headers.get("Content-Type")
        return Response(answer.body or None, answer.status, kept, media_type=kind)


def build(relay: Relay, disk: DiskGauge, stop: Callable[[], None]) -> Stamped:
    """Make the ASGI application; start it and stop it by the lifespan protocol."""
    service = RelayService(relay, disk, stop)
    stream = "/v1/streams/{desk}/{epoch}"
    routes = [
        Route("/v1/health", service.health, methods=["GET"]),
        Route("/v1/metrics", service.counts, methods=["GET"]),
        Route("/v1/openapi.json", service.described, methods=["GET"]),
        Route("/v1/batches", service.batches, methods=["POST"]),
        Route("/v1/enrol", service.enrol, methods=["POST"]),
        Route("/v1/feed", service.feed, methods=["GET"]),
        Route(stream, service.stream, methods=["GET"]),
        Route(f"{stream}/heads", service.live, methods=["GET"]),
        Route(f"{stream}/entries", service.live, methods=["GET"]),
        Route("/v1/keys", service.live, methods=["GET"]),
        Route("/v1/reconcile", service.live, methods=["POST"]),
        *service.scans.routes(),
    ]
    app = Starlette(
        routes=routes,
        lifespan=service.running,
        exception_handlers=handlers(log, stop),
    )
    named = (RELAY.lower().encode(), relay.keys.public.hex().encode())
    return Stamped(app, relay.clock, service.metrics, (named,))
