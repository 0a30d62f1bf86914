"""A proxy of HTTP/1.1 between desk and centre that strips, alters, compresses and cuts up anew.

It takes each request apart and makes one of its own, as forwarding proxies do: hop-by-hop headers
end at it, `Via` is added, names of headers come in another case.
"""

from __future__ import annotations

import gzip
import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

HOP_BY_HOP = frozenset({"connection", "keep-alive", "te", "transfer-encoding", "upgrade"})
TIMEOUT = 120.0
Headers = dict[str, str]
"""By name in lower case."""


def unchanged(_headers: Headers) -> None:
    """Leave the headers as they are."""


@dataclass
class AlteringProxy:
    """A proxy on a port of its own to `target`, a port of 127.0.0.1; a context manager.

    `up` and `down` change the headers of a request and of its answer; `gzipped` compresses
    answers nobody asked to have compressed, `chunked_up` and `chunked_down` send bodies without
    their length, in pieces of 100 bytes. `passed` counts what it handed on, by method and path.
    """

    target: int
    up: Callable[[Headers], None] = unchanged
    down: Callable[[Headers], None] = unchanged
    gzipped: bool = False
    chunked_up: bool = False
    chunked_down: bool = False
    passed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> AlteringProxy:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def hand_on(self, method: str, path: str, headers: Headers, body: bytes) -> _Answer:
        """Make the request anew at the centre."""
        sent = {name: text for name, text in headers.items() if name not in HOP_BY_HOP}
        self.up(sent)
        sent = {name.upper(): text for name, text in sent.items()} | {"VIA": "1.1 proxy"}
        link = http.client.HTTPConnection("127.0.0.1", self.target, timeout=TIMEOUT)
        try:
            if self.chunked_up and body:
                sent.pop("CONTENT-LENGTH", None)
                link.request(method, path, pieces(body), sent, encode_chunked=True)
            else:
                link.request(method, path, body or None, sent)
            answer = link.getresponse()
            found = _Answer(answer.status, answer.read(), dict(answer.getheaders()))
        finally:
            link.close()
        self.passed.append(f"{method} {path}")
        return found

    def alter(self, found: _Answer) -> _Answer:
        """What becomes of an answer on its way back."""
        headers = {name.lower(): text for name, text in found.headers.items()}
        told = {name: text for name, text in headers.items() if name not in HOP_BY_HOP}
        self.down(told)
        body = found.body
        if self.gzipped and body:
            body = gzip.compress(body)
            told |= {"content-encoding": "gzip", "content-length": str(len(body))}
        return _Answer(found.status, body, told | {"via": "1.1 proxy"})


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes
    headers: Headers


def pieces(body: bytes) -> list[bytes]:
    """A body in pieces of 100 bytes."""
    return [body[at : at + 100] for at in range(0, len(body), 100)]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: object, **_kwargs: object) -> None:
        return


def _handler(proxy: AlteringProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): text for name, text in self.headers.items()}
            found = proxy.alter(proxy.hand_on(self.command, self.path, headers, body))
            chunked = proxy.chunked_down and bool(found.body)
            self.send_response_only(found.status)
            for name, text in found.headers.items():
                if not (chunked and name == "content-length"):
                    self.send_header(name, text)
            if chunked:
                self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            if not chunked:
                self.wfile.write(found.body)
                return
            for piece in [*pieces(found.body), b""]:
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")

        do_GET = do_HEAD = do_POST = do_PATCH = answer  # noqa: N815 - names http.server looks for

        def log_message(self, *_args: object, **_kwargs: object) -> None:
            return

    return Handler
