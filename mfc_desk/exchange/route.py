"""Whether this computer has a way out at all: asked of the system, no packet is sent."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

DISCARD = 9
_ANYWHERE = ("192.0.2.1", "2001:db8::1")
"""Addresses of documentation: behind the default route wherever there is one."""


def route_up(urls: Iterable[str]) -> bool:
    """Whether the system knows a route to one of these centres (by name: a default route).

    Connecting a datagram socket asks the routing table and sends nothing.
    """
    return any(_has_route(address) for url in urls for address in _addresses(url))


def _addresses(url: str) -> tuple[str, ...]:
    host = urlsplit(url).hostname or ""
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        return ("127.0.0.1",) if host == "localhost" else _ANYWHERE


def _has_route(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, DISCARD))
    except OSError:
        return False
    return True
