"""Reading a request: its body within limits of size and patience, numbers in its path."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from sync.central.answers import Refusal
from sync.question import LARGEST, MEDIA_TYPE

ENROL_BYTES = 16 * 1024
DRAIN_BYTES = 16 << 20
IDLE_SECONDS = 90.0
BODY_SECONDS = 600.0
MOST_DIGITS = 19


def most_enrolling(request: Request) -> int:
    """Return how many bytes may say who a desk is: a carrier's question names its scans too."""
    asked = request.headers.get("Content-Type") == MEDIA_TYPE
    return LARGEST if asked else ENROL_BYTES


async def read_body(request: Request, most: int) -> bytes:
    """Read the whole body; raises Refusal when it is too big, too slow or says not how it ends.

    Nothing is done for a request before its last byte is here.
    """
    headers = request.headers
    chunked = "Transfer-Encoding" in headers and "Content-Length" not in headers
    length = 0 if chunked else length_of(request)  # of chunks, as a proxy cuts them, at the end
    too_large = length > most
    if length > DRAIN_BYTES:
        raise Refusal("too-large", max_bytes=most)
    parts: list[bytes] = []
    came = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            chunks = request.stream()
            while True:
                async with asyncio.timeout(IDLE_SECONDS):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    break
                came += len(chunk)
                if came > DRAIN_BYTES:
                    raise Refusal("too-large", max_bytes=most)
                too_large = too_large or came > most
                if not too_large:  # a body somewhat too big is read to its end, then refused
                    parts.append(chunk)
    except TimeoutError as error:
        raise Refusal("timeout", retry_after=1) from error
    if too_large:
        raise Refusal("too-large", max_bytes=most)
    return b"".join(parts)


def length_of(request: Request) -> int:
    """How long the body is, as its sender said; raises Refusal where he did not, or said it twice.

    Chunks beat Content-Length in HTTP: a body that has both may be of any length.
    """
    length = request.headers.get("Content-Length")
    if length is None or not length.isdecimal() or "Transfer-Encoding" in request.headers:
        raise Refusal("length-required")
    return int(length)


def whole(text: str) -> int:
    """Read a whole number of a path, query or header; raises Refusal."""
    sound = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    if not sound or int(text) >= 1 << 63:
        raise Refusal("bad-request", detail="Нужно целое число.")
    return int(text)
