"""Scans on their way to the centre: sealed files that go on where a cut left them (sync.md, 6).

Smallest first, in slices that take seconds, so that whoever calls can send new entries in between.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import file_digest
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sync.clock import Clock
from sync.errors import BadHash, Refused, ScanDamaged, Unreachable

if TYPE_CHECKING:  # requests costs 180 ms: it is loaded when something is sent
    from collections.abc import Mapping

    from sync.wire import Answer, Progress

SLICE_SECONDS = 20.0
FIRST_SLICE = 128 * 1024
LEAST_SLICE, MOST_SLICE = 32 * 1024, 4 << 20
"""A link that is cut may lose a whole slice; each slice costs half a kilobyte besides."""
LEAST_FETCHED = 8 * 1024
ASKED_AT_ONCE = 500
MOST_DIGITS = 18
CUTS = frozenset({"cut", "timeout", "no-answer", "no-network", "refused"})
"""Failures after which a scan goes on by itself, as long as each try brings it further."""
OWN_TROUBLE = frozenset(
    {
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.LOCKED,
    }
)
"""Refusals said of one scan; the others go on."""
FRUITLESS = 3
"""Tries in a row that bring nothing end the sending for now."""


class Asking(Protocol):
    """Who asks in a desk's name: a client of the centre, or of a relay that passes it on."""

    def signed(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        progress: Progress = ...,
    ) -> Answer:
        """Make one request signed by the device's key; raises Unreachable, Refused."""
        ...


@dataclass(frozen=True)
class Blob:
    """A sealed file: its SHA-256 in hex, its size in bytes, where it lies."""

    sha256: str
    size: int
    path: Path

    def whole(self) -> bool:
        """Whether the file is there and is what its name says; reads all of it."""
        try:
            with self.path.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
                return digest == self.sha256 and file.tell() == self.size
        except OSError:  # gone, or a sector that cannot be read
            return False


def fetch(client: Asking, sha: str, size: int, part: Path, stop: Callable[[], bool]) -> bool:
    """Bring a blob of the centre into a file, on from where the file ends; whether it is whole.

    `stop` is asked between slices. Raises Unreachable (what came is kept), Refused, BadHash (the
    file is gone: the next try begins anew), OSError.
    """
    asked, fruitless = FIRST_SLICE, 0
    with part.open("ab") as file:
        while (have := file.tell()) < size:
            if stop():
                return False
            end = min(have + asked, size)
            try:
                answer = client.signed(
                    "GET", f"/v1/blobs/{sha}", {"Range": f"bytes={have}-{end - 1}"}
                )
            except Unreachable as error:
                fruitless += 1
                if error.kind not in CUTS or fruitless >= FRUITLESS:
                    raise
                asked = max(asked // 2, LEAST_FETCHED)
                continue
            if answer.status == HTTPStatus.OK and len(answer.body) == size:
                file.truncate(0)  # the range was lost on the way: here is the whole of it
                end, have = size, 0
            if len(answer.body) != end - have:  # the whole of it, or another length than named
                break
            fruitless = 0
            file.write(answer.body)
            file.flush()
    with part.open("rb") as written:
        whole = file_digest(written, "sha256").hexdigest() == sha
    if not whole:
        part.unlink()
        raise BadHash
    return True


class Way(Protocol):
    """How blobs reach the centre: `CentreBlobs`, or what a test puts in its place."""

    def missing(self, blobs: Iterable[Blob]) -> dict[str, int]:
        """Return how many bytes the centre has of each; its size only when it is there whole."""
        ...

    def offset(self, blob: Blob) -> int:
        """Return how many bytes the centre has of one; as `missing`."""
        ...

    def append(self, blob: Blob, offset: int, data: bytes, progress: Progress) -> int:
        """Send the bytes from an offset; return how many the centre has now, as `missing`."""
        ...

    def confirmed(self, blob: Blob) -> bool:
        """Return whether a blob that is whole there is so by the centre's own word."""
        ...


class CentreBlobs:
    """The addresses under /v1/blobs. Raises Unreachable, Refused."""

    def __init__(self, client: Asking) -> None:
        self._client = client

    def confirmed(self, _blob: Blob) -> bool:
        """Return whether the centre says so itself: it does."""
        return True

    def missing(self, blobs: Iterable[Blob]) -> dict[str, int]:
        """Return how many bytes the centre has of each; its size when it is there whole."""
        known = {blob.sha256: blob for blob in blobs}
        asked = [{"sha256": sha, "size": blob.size} for sha, blob in known.items()]
        headers = {"Content-Type": "application/json"}
        answer = self._client.signed(
            "POST", "/v1/blobs/missing", headers, json.dumps(asked).encode()
        )
        try:
            told = json.loads(answer.body)
            return {
                one["sha256"]: known[one["sha256"]].size
                if one.get("complete")
                else unfinished(known[one["sha256"]], int(one["offset"]))
                for one in told
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreachable("garbage") from error

    def offset(self, blob: Blob) -> int:
        """Return how many bytes the centre has of one."""
        return offset_of(self._client, blob)

    def append(self, blob: Blob, offset: int, data: bytes, progress: Progress) -> int:
        """Send the bytes from an offset; return how many the centre has now."""
        return append_to(self._client, blob, offset, data, {}, progress)[0]


def offset_of(client: Asking, blob: Blob) -> int:
    """Ask how many bytes of a blob are there."""
    try:
        answer = client.signed("HEAD", f"/v1/blobs/{blob.sha256}")
    except Refused as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return 0
        raise
    return told_offset(blob, answer)


def append_to(
    client: Asking,
    blob: Blob,
    offset: int,
    data: bytes,
    besides: Mapping[str, str],
    progress: Progress,
) -> tuple[int, Mapping[str, str]]:
    """Send the bytes from an offset, `besides` being further headers.

    Returns how many bytes are there now, and the headers of the answer, none where the place was
    another one.
    """
    headers = {
        "Content-Type": "application/partial-upload",
        "Upload-Offset": str(offset),
        "Upload-Length": str(blob.size),
        "Upload-Complete": "?1" if offset + len(data) == blob.size else "?0",
        **besides,
    }
    try:
        answer = client.signed("PATCH", f"/v1/blobs/{blob.sha256}", headers, data, progress)
    except Refused as error:
        there = error.problem.get("offset")
        if error.status != HTTPStatus.CONFLICT or not isinstance(there, int):
            raise
        if data and there == blob.size:  # all came, and it died before it could look at the hash
            return append_to(client, blob, there, b"", besides, progress)
        return unfinished(blob, there), {}
    return told_offset(blob, answer), answer.headers


def unfinished(blob: Blob, offset: int) -> int:
    """How much counts of what is not said to be whole: never all of it.

    A place that died, or whose disk was full, after the last byte has not looked at the hash.
    """
    return max(0, min(offset, blob.size - 1))


def told_offset(blob: Blob, answer: Answer) -> int:
    """The bytes an answer says are there, all of them only where it says «whole»."""
    offset = upload_offset(answer)
    return offset if answer.headers.get("Upload-Complete") == "?1" else unfinished(blob, offset)


def upload_offset(answer: Answer) -> int:
    """The whole number of an `Upload-Offset`; raises Unreachable."""
    text = answer.headers.get("Upload-Offset")
    if text is None:
        raise Unreachable("altered")
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise Unreachable("garbage")
    return int(text)


@dataclass(frozen=True)
class Sent:
    """One step of a blob: `offset` bytes of it are at the centre, all of them when `whole`."""

    blob: Blob
    offset: int

    @property
    def whole(self) -> bool:
        """Whether the centre has checked the hash of all of it."""
        return self.offset >= self.blob.size


class Sender:
    """Sends blobs; `limit` is bytes a second, 0 for as fast as the link goes.

    `damaged` hears of a blob that is not on the disk as its name says, and the next one is sent;
    without it that is raised.
    """

    def __init__(
        self,
        way: Way,
        clock: Clock,
        *,
        sleep: Callable[[float], None],
        limit: int = 0,
        progress: Callable[[int], None] = lambda _bytes: None,
        damaged: Callable[[Blob], None] | None = None,
    ) -> None:
        self._damaged = damaged
        self._way = way
        self._clock = clock
        self._sleep = sleep
        self._limit = limit
        self._tell = progress
        self._slice = FIRST_SLICE
        self._since_cut = 0
        self._calm = 0
        """Bytes that must go through without a cut before slices grow again."""

    def run(self, blobs: Iterable[Blob]) -> Iterator[Sent]:
        """Send blobs, smallest first; yields after every slice, and each once it is whole.

        Raises Unreachable when tries bring nothing any more, Refused, ScanDamaged when nobody
        else hears of it. What arrived stays at the centre. A refusal said of one scan is raised
        when the others have been sent.
        """
        refused: Refused | None = None
        waiting = sorted(blobs, key=lambda blob: (blob.size, blob.sha256))
        for start in range(0, len(waiting), ASKED_AT_ONCE):
            some = waiting[start : start + ASKED_AT_ONCE]
            have = self._way.missing(some)
            for blob in some:
                try:
                    yield from self._one(blob, have.get(blob.sha256, 0))
                except ScanDamaged:
                    if self._damaged is None:
                        raise
                    self._damaged(blob)
                except Refused as error:
                    if error.status not in OWN_TROUBLE:
                        raise
                    refused = refused or error
        if refused is not None:
            raise refused

    def _one(self, blob: Blob, offset: int) -> Iterator[Sent]:
        if offset < blob.size and not blob.whole():
            raise ScanDamaged
        yield Sent(blob, offset)
        fruitless = restarts = 0
        while offset < blob.size:
            before = offset
            try:
                offset = self._append(blob, offset)
            except Unreachable as error:
                if error.kind not in CUTS:
                    raise
                offset = self._way.offset(blob)
                self._was_cut(in_vain=offset == before)
            except Refused as error:
                bad_hash = error.problem.get("code") == "bad-hash"
                restarts += 1
                if bad_hash and not blob.whole():
                    raise ScanDamaged from error
                if not bad_hash or restarts > 1:  # dropped there: once more from the start
                    raise
                offset = 0
                yield Sent(blob, offset)
                continue
            fruitless = 0 if offset > before else fruitless + 1
            if fruitless >= FRUITLESS:
                raise Unreachable("cut")
            yield Sent(blob, offset)

    def _was_cut(self, *, in_vain: bool) -> None:
        """Half of what passed between two cuts, three quarters of the last slice at most.

        So it is where a slice was sent `in_vain`, as by a proxy that passes on nothing but whole
        ones. Where part of it arrived, a short one would spare nothing, and each costs headers and
        a long way there and back.
        """
        if in_vain:
            half = self._since_cut // 2 or self._slice // 2
            self._slice = max(LEAST_SLICE, min(self._slice * 3 // 4, half))
        self._calm, self._since_cut = 2 * self._since_cut, 0

    def _append(self, blob: Blob, offset: int) -> int:
        try:
            with blob.path.open("rb") as file:
                file.seek(offset)
                data = file.read(min(self._slice, blob.size - offset))
        except OSError as error:
            raise ScanDamaged from error
        if not data:  # shorter than it was a moment ago
            raise ScanDamaged
        began = self._clock.monotonic()

        def told(sent: int, _whole: int) -> None:
            self._tell(offset + sent)
            if self._limit:
                ahead = sent / self._limit - (self._clock.monotonic() - began)
                if ahead > 0:
                    self._sleep(min(ahead, SLICE_SECONDS))

        now = self._way.append(blob, offset, data, told)
        took = max(self._clock.monotonic() - began, 0.001)
        self._since_cut += len(data)
        if self._since_cut > self._calm:
            self._slice += self._slice // 4
        most = min(MOST_SLICE, int(len(data) / took * SLICE_SECONDS))
        self._slice = max(LEAST_SLICE, min(self._slice, most))
        return now
