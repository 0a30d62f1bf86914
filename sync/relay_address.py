"""Where an office relay is and which one it is: URL#XXXXXXXX, as the relay names itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from sync.ticket import ALPHABET, FINGERPRINT_CHARS, MISREAD, fingerprint

SCHEMES = frozenset({"http", "https"})
WANTED = "адрес ретранслятора: http://адрес:порт#КОД, как его назвал сам ретранслятор"


@dataclass(frozen=True)
class RelayAddress:
    """A relay's URL and eight characters of its key's hash."""

    url: str
    code: str

    @classmethod
    def read(cls, text: str) -> RelayAddress:
        """Read URL#CODE, the code in any case; raises ValueError with the words for a person."""
        url, _, typed = text.strip().partition("#")
        code = typed.strip().upper().translate(MISREAD)
        try:
            parts = urlsplit(url)
            named = bool(parts.hostname) and parts.port != 0
        except ValueError as error:
            raise ValueError(WANTED) from error
        if parts.scheme not in SCHEMES or not named or parts.query:
            raise ValueError(WANTED)
        if len(code) != FINGERPRINT_CHARS or not set(code) <= set(ALPHABET):
            raise ValueError(WANTED)
        return cls(url.rstrip("/"), code)

    def __str__(self) -> str:
        return f"{self.url}#{self.code}"

    def is_of(self, public: bytes) -> bool:
        """Whether this is the code of that signing key."""
        return fingerprint(public) == self.code
