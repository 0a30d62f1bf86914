"""Why a request did not get through, in the words of `sync.errors.UNREACHABLE_TEXTS`; and TLS."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

NOT_REACHED = frozenset(
    {"no-network", "dns", "refused", "tls", "tls-clock", "timeout", "no-answer"}
)
"""Kinds where another address of the centre is worth trying at once."""
NO_ANSWER = "no-answer"
NO_NETWORK = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})
NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME
DATE_ERRORS = frozenset({9, 10})  # certificate is not yet valid, has expired
NAMED = {
    "NameResolutionError": "dns",
    "ConnectTimeoutError": "timeout",
    "ReadTimeoutError": "no-answer",
    "ConnectTimeout": "timeout",
    "ReadTimeout": "no-answer",
    "InvalidURL": "dns",
    "LocationParseError": "dns",
    "LocationValueError": "dns",
    "MissingSchema": "dns",
    "InvalidSchema": "dns",
    "InvalidHeader": "garbage",
    "BadStatusLine": "garbage",
    "LineTooLong": "garbage",
    "HeaderParsingError": "garbage",
    "DecodeError": "garbage",
    "RemoteDisconnected": "cut",
    "IncompleteRead": "cut",
    "InvalidChunkLength": "garbage",
}


def pinned(ca_pem: str, *, ignore_dates: bool) -> ssl.SSLContext:
    """A client context that trusts one CA; `ignore_dates` when our clock is known to be wrong."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata=ca_pem)
    if ignore_dates:
        context.verify_flags |= NO_CHECK_TIME
    return context


def kind_of(error: BaseException) -> str:
    """The kind of a failed request, from what lies deepest in the error."""
    found = list(_causes(error))
    if any(_by_name(cause) == NO_ANSWER for cause in found):  # whoever waited says it, not why
        return NO_ANSWER
    for cause in reversed(found):
        kind = _by_type(cause) or _by_name(cause)
        if kind:
            return kind
    return "cut"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what lies in it: requests and urllib3 wrap by cause, reason and argument."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
        waiting += [cause for cause in inner if isinstance(cause, BaseException)]


def _by_type(error: BaseException) -> str | None:
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (socket.gaierror, "dns"),
        (ConnectionRefusedError, "refused"),
        (ConnectionError, "cut"),
        (TimeoutError, "timeout"),
    )
    if isinstance(error, ssl.SSLCertVerificationError):
        return "tls-clock" if error.verify_code in DATE_ERRORS else "tls"
    if isinstance(error, ssl.SSLError):
        return "cut" if isinstance(error, ssl.SSLEOFError) else "tls"
    for kind, name in kinds:
        if isinstance(error, kind):
            return name
    if isinstance(error, OSError) and error.errno in NO_NETWORK:
        return "no-network"
    return None


def _by_name(error: BaseException) -> str | None:
    for kind in type(error).__mro__:
        if kind.__name__ in NAMED:
            return NAMED[kind.__name__]
    return None
