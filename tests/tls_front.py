"""TLS in front of a plain centre: certificates of a test, and a relay that speaks them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Authority:
    """A CA of a test and a certificate of 127.0.0.1 by it."""

    ca_pem: str
    context: ssl.SSLContext


def certified(folder: Path, valid_from: datetime, valid_to: datetime) -> Authority:
    """Make both, valid between two moments; the files stay in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(valid_from)
        .not_valid_after(valid_to)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "cert.pem").write_bytes(pem)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return Authority(pem.decode(), context)


class TlsFront:
    """A relay on loopback: TLS on this side, the plain centre on `behind`."""

    def __init__(self, context: ssl.SSLContext, behind: int) -> None:
        self._behind = behind
        self._loop = asyncio.new_event_loop()
        starting = asyncio.start_server(self._speak, "127.0.0.1", 0, ssl=context)
        self._server = self._loop.run_until_complete(starting)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> TlsFront:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _speak(self, near: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        """One connection, both ways, until either end is gone."""
        far, asks = await asyncio.open_connection("127.0.0.1", self._behind)
        ways = [asyncio.create_task(_pass(near, asks)), asyncio.create_task(_pass(far, answers))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            asks.close()
            answers.close()


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while block := await source.read(65536):
            target.write(block)
            await target.drain()
