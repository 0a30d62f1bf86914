"""What goes out over HTTP, of centre and relay alike: an answer, and how each failure is told."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sync.central.answers import Answer, Refusal
from sync.errors import Damaged, DiskFull, StoreFailure

Handler: TypeAlias = Callable[[Request, Exception], Awaitable[Response]]


def handlers(log: logging.Logger, stop: Callable[[], None]) -> dict[type[Exception], Handler]:
    """Return what Starlette does with each failure; `stop` ends a process its store has failed."""

    async def store_failed(_request: Request, error: Exception) -> Response:
        """Answer that the store failed; after damage nothing more is written by this process."""
        log.error("store failed", extra={"code": getattr(error, "code", "store")})
        if isinstance(error, DiskFull):
            return respond(Refusal("server-full", retry_after=600).answer())
        if isinstance(error, Damaged):
            stop()
        return respond(Refusal("store-failed", retry_after=30).answer())

    return {
        Refusal: _refused,
        HTTPException: _unrouted,
        StoreFailure: store_failed,
        ClientDisconnect: _gone,
        Exception: _broken,
    }


def respond(answer: Answer) -> Response:
    """Make the HTTP response of an answer."""
    return Response(
        answer.body or None,
        status_code=answer.status,
        media_type=answer.media_type,
        headers=dict(answer.headers),
    )


async def _refused(_request: Request, error: Exception) -> Response:
    """Answer a refusal."""
    assert isinstance(error, Refusal)  # noqa: S101 - Starlette types handlers no closer
    response = respond(error.answer())
    if error.code in {"timeout", "too-large", "blob-busy"}:
        response.headers["Connection"] = "close"
    return response


async def _unrouted(_request: Request, error: Exception) -> Response:
    """Answer for what has no address here."""
    status = getattr(error, "status_code", 404)
    codes = {405: "method-not-allowed", 400: "bad-request"}
    allowed = getattr(error, "headers", None)
    return respond(Refusal(codes.get(status, "not-found"), headers=allowed).answer())


async def _gone(_request: Request, _error: Exception) -> Response:
    """Nobody is there to read it: the sender hung up in the middle of a body."""
    return Response(status_code=400)


async def _broken(_request: Request, _error: Exception) -> Response:
    """Answer for a defect."""
    return respond(Refusal("broken", retry_after=60).answer())
