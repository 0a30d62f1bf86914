"""Requests over one kept connection: the one file that knows `requests`; typed failures out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import SKIP_HEADER

from sync import link
from sync.clock import CentreTime, Clock, from_iso, measure
from sync.errors import BadFormat, Refused, Unreachable

TIMEOUT = (20.0, 90.0)  # to connect, between two reads; the whole may take as long as it takes
ANSWER_BYTES = 10 << 20
BLOCK = 1 << 16
PROBLEM = "application/problem+json"
JSON = "application/json"
OURS = "application/vnd.mfc."
ALTERED = frozenset({"altered", "length-required"})
"""Refusals of a request that did not come as it was sent: whole, with its length and signature."""

Progress = Callable[[int, int], None]
"""Told (bytes sent, bytes in all) while a body goes out."""


def silent(_done: int, _total: int) -> None:
    """Tell nobody how far a body is."""


@dataclass(frozen=True)
class Answer:
    """What the centre answered: status, body, headers whatever their case."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@contextmanager
def unaltered() -> Iterator[None]:
    """Tell a request that was altered on its way from one the centre says no to.

    Whatever has altered it may be gone at the next try: raises Unreachable, which stops nothing.
    """
    try:
        yield
    except Refused as error:
        if error.problem.get("code") in ALTERED:
            raise Unreachable("altered") from error
        raise


class Wire:
    """Requests over one kept connection; the first address that answers is used from then on."""

    def __init__(
        self,
        urls: tuple[str, ...],
        ca_pem: str | None,
        clock: Clock,
        timeout: tuple[float, float],
        *,
        clock_behind: bool = False,
    ) -> None:
        self._urls = [url.rstrip("/") for url in urls]
        self._clock = clock
        self._timeout = timeout
        self._session = requests.Session()
        self._session.trust_env = False  # REQUESTS_CA_BUNDLE would silently replace the CA
        self._session.headers.clear()  # what requests sends besides costs bytes and says nothing
        self._session.headers.update(dict.fromkeys(("User-Agent", "Accept-Encoding"), SKIP_HEADER))
        if ca_pem is not None:
            self._session.mount("https://", _PinnedAdapter(ca_pem, ignore_dates=clock_behind))
        self.centre_time: CentreTime | None = None
        self.bytes_up = 0
        self.bytes_down = 0

    def close(self) -> None:
        """Drop the connection."""
        self._session.close()

    def exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        progress: Progress = silent,
    ) -> Answer:
        """One request and its answer; other addresses are tried while none is reached at all."""
        for place, url in enumerate(self._urls):
            try:
                answer = self._once(method, url + target, headers or {}, body, progress)
            except Unreachable as error:
                if error.kind not in link.NOT_REACHED or place == len(self._urls) - 1:
                    raise
            else:
                self._urls.insert(0, self._urls.pop(place))
                return answer
        raise Unreachable("dns")

    def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        progress: Progress,
    ) -> Answer:
        started = self._clock.monotonic()
        data = _Body(body, progress) if body else body  # an empty one has a length too: 0
        try:
            with self._session.request(
                method,
                url,
                data=data,
                headers=dict(headers),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                self.bytes_up += len(body or b"")
                found = self._read(response)
        except (requests.RequestException, OSError) as error:
            raise Unreachable(link.kind_of(error)) from error
        self._learn_time(started, response.headers.get("Server-Time"))
        return self._judge(response, found)

    def _read(self, response: requests.Response) -> bytes:
        """The body, up to what an answer of the centre can have."""
        found = bytearray()
        for block in response.iter_content(BLOCK):
            found += block
            if len(found) > ANSWER_BYTES:
                raise Unreachable("garbage")
        self.bytes_down += len(found)
        return bytes(found)

    def _learn_time(self, started: float, told: str | None) -> None:
        """Measure the centre's clock; how long it took is not asked of a clock that may jump."""
        if told is None:
            return
        received = self._clock.now()
        sent = received - timedelta(seconds=self._clock.monotonic() - started)
        try:
            found = measure(sent, received, from_iso(told))
        except BadFormat:
            return
        if self.centre_time is None or found.uncertainty <= self.centre_time.uncertainty:
            self.centre_time = found

    def _judge(self, response: requests.Response, body: bytes) -> Answer:
        """Tell an answer of the centre from its refusal and from what others put in between."""
        status = response.status_code
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        after = _seconds(response.headers.get("Retry-After"))
        if media_type == PROBLEM:
            told = json_of(body) if body else {}  # HEAD has none
            problem = {**told, "retry_after": after}
            raise Refused(status, problem, str(problem.get("title") or "") or None)
        if status >= 500:  # noqa: PLR2004 - HTTP
            raise Unreachable("server-error", retry_after=after)
        marked_up = "html" in media_type or (status != 206 and body.lstrip()[:1] == b"<")  # noqa: PLR2004
        strange = marked_up or status >= 300  # noqa: PLR2004
        if strange:
            raise Unreachable("captive-portal")
        if "Server-Time" not in response.headers:
            ours = media_type == JSON or media_type.startswith(OURS)
            raise Unreachable("altered" if ours else "captive-portal")
        return Answer(status, body, response.headers)


class _Body:
    """A body that tells how much of it has gone out; requests reads it block by block."""

    def __init__(self, data: bytes, progress: Progress) -> None:
        self._data = data
        self._sent = 0
        self._progress = progress

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK):
            yield block

    def read(self, size: int = -1) -> bytes:
        """The next block, at most 16 KiB: a slow link shows how it goes."""
        end = len(self._data) if size < 0 else self._sent + min(size, 1 << 14)
        block = self._data[self._sent : end]
        self._sent += len(block)
        self._progress(self._sent, len(self._data))
        return block


class _PinnedAdapter(HTTPAdapter):
    """HTTPS that trusts the ticket's CA and nobody else.

    `ignore_dates` is for a clock known to be behind: TLS alone, receipts are signed besides.
    """

    def __init__(self, ca_pem: str, *, ignore_dates: bool) -> None:
        self._context = link.pinned(ca_pem, ignore_dates=ignore_dates)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002
        conn.cert_reqs = "CERT_REQUIRED"


def json_of(body: bytes) -> dict[str, Any]:
    """The JSON object of an answer; raises Unreachable for anything else."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreachable("garbage") from error
    if not isinstance(told, dict):
        raise Unreachable("garbage")
    return told


def _seconds(text: str | None) -> float:
    """`Retry-After` in seconds; 0 when there is none or it is a date, which ours never sends."""
    return float(text) if text and text.isdecimal() else 0.0
