"""An exchange as data: its state, what happens, what is done. `sync.engine` decides over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sync.entries_page import EntriesPage
from sync.feed import FeedPage
from sync.receipt import Receipt

FIRST_SIZE = 500
RELAYED = "relayed"
"""Of an attempt: everything was handed to the office relay, and its answers taken."""


class Ask(StrEnum):
    """What an exchange is waiting for an answer to."""

    NOTHING = "nothing"
    ENROL = "enrol"
    STREAM = "stream"
    ENTRIES = "entries"
    PREPARE = "prepare"
    BATCH = "batch"
    FEED = "feed"


class Frozen(StrEnum):
    """Why uploads stopped until a person acts. Capture goes on."""

    FORK = "fork"
    AHEAD = "ahead"
    REVOKED = "revoked"
    EPOCH_CLOSED = "epoch-closed"
    UNKNOWN_KEY = "unknown-key"
    CODE_USED = "code-used"
    WRONG_SERVER = "wrong-server"
    BAD_FORMAT = "bad-format"
    UNKNOWN_DICTIONARY = "unknown-dictionary"
    BAD_CHAIN = "bad-chain"
    TOO_LARGE = "too-large"


FROZEN_TEXTS = {
    Frozen.FORK: "Журнал этого места и журнал центра разошлись: диск скопирован или возвращён из"
    " копии. Приём продолжается, отправка остановлена, ничего не пропало. Возьмите у оператора"
    " центра новый билет и наберите mfc-desk enrol: место, возвращённое из копии, сохраняет"
    " номер, вторая копия получает другой.",
    Frozen.AHEAD: "У центра больше записей, чем здесь: база возвращена из старой копии. Приём"
    " продолжается, отправка остановлена. Недостающее вернёт сам центр: подключите сеть до него,"
    " ретранслятор отключите в настройках и пустите обмен. Не вернул — сообщите оператору центра.",
    Frozen.REVOKED: "Центр отозвал это рабочее место. Обратитесь к оператору центра.",
    Frozen.EPOCH_CLOSED: "Это место зарегистрировано заново на другом компьютере. Приём"
    " продолжается, отправка остановлена. Обратитесь к оператору центра за новым билетом.",
    Frozen.UNKNOWN_KEY: "Центр не знает это рабочее место. Приём продолжается, отправка"
    " остановлена. Обратитесь к оператору центра за новым билетом.",
    Frozen.CODE_USED: "Билет этого места уже использован или просрочен. Приём продолжается,"
    " отправка остановлена. Обратитесь к оператору центра за новым билетом.",
    Frozen.WRONG_SERVER: "По адресу центра отвечает другой центр. Отправка остановлена. Обратитесь"
    " к оператору центра.",
    Frozen.BAD_FORMAT: "Центр не принимает пакет этой программы. Приём продолжается, отправка"
    " остановлена. Обновите программу или обратитесь к оператору центра.",
    Frozen.UNKNOWN_DICTIONARY: "Центр не умеет распаковать пакет: такого сжатия он не знает."
    " Приём продолжается, отправка остановлена. Обратитесь к оператору центра.",
    Frozen.BAD_CHAIN: "Центр нашёл, что записи пакета не сходятся с его заголовком. Приём"
    " продолжается, отправка остановлена. Проверьте журнал и обратитесь к оператору центра.",
    Frozen.TOO_LARGE: "Центр не принимает даже одну запись: она больше его предела. Обратитесь к"
    " оператору центра.",
}


@dataclass(frozen=True)
class Kept:
    """The durable part: what a restarted exchange knows."""

    server: str
    desk: int
    epoch: int
    bound: bool = False
    """Whether the centre has met this device's keys."""
    acked: int = 0
    """Entries 1…acked are at the centre by its receipt."""
    cursor: int = 0
    """Feed events 1…cursor have been applied."""
    failures: int = 0
    next_try: datetime | None = None
    size: int = FIRST_SIZE
    """Entries a batch should have on this link."""
    frozen: Frozen | None = None
    incarnation: str = ""
    """Which life of the centre's store the feed cursor counts in."""
    relayed: int = 0
    """Entries up to there lie at the office relay, by its own word: shown, never counted."""
    heard: datetime | None = None
    """The centre's time of the last word of it that a relay handed on."""


@dataclass(frozen=True)
class State:
    """The durable part and where one exchange stands."""

    kept: Kept
    ask: Ask = Ask.NOTHING
    end: int = 0
    """Last entry of the journal, as far as was told."""
    sent_to: int = 0
    met: bool = False
    """An enrolment was tried in this exchange."""
    resealed: bool = False
    plain: bool = False
    """Seal without a dictionary: the centre does not know ours."""
    parked: bool = False
    relay: bool = False
    """This exchange goes through the office relay."""
    unasked: bool = False
    """A batch went out without asking first what the centre has of the stream."""
    stopping: Frozen | None = None
    """Why this exchange is the last one: it only leaves what is unsent with the centre."""


# Events: what happened. `end` is the journal's last entry at that moment.


@dataclass(frozen=True)
class Begin:
    """An exchange starts, through the office relay or not.

    `known`: the last one of this process came to its end with the centre, so that a batch's own
    `prev` tells whether anything has changed since.
    """

    end: int
    relay: bool = False
    known: bool = False


@dataclass(frozen=True)
class LinkUp:
    """The network came up: waiting has lost its reason."""


@dataclass(frozen=True)
class Enrolled:
    """The centre took this device's keys."""


@dataclass(frozen=True)
class StreamIs:
    """The centre has entries up to `have` with this head; `ours` is our head there, if any."""

    have: int
    head: bytes
    ours: bytes | None
    incarnation: str = ""


@dataclass(frozen=True)
class Held:
    """The relay holds who this device is, sealed to the centre, until it reaches it."""


@dataclass(frozen=True)
class Said:
    """A receipt the centre signed, handed on by a relay; `ours` is our head (hex) at its `to`."""

    receipt: Receipt
    raw: bytes = field(repr=False)
    ours: str | None = None


@dataclass(frozen=True)
class RelayIs:
    """A relay holds these batches of our own chain, as (first, last) entry.

    What the centre said goes by its own signature.
    """

    held: tuple[tuple[int, int], ...] = ()
    said: tuple[Said, ...] = ()
    refused: Refusal | None = None


@dataclass(frozen=True)
class Custody:
    """The relay took the batch that was sent, up to this entry."""

    to: int


@dataclass(frozen=True)
class Given:
    """Entries the centre gave back; `ours` is our head at the page's `after`, if any."""

    page: EntriesPage = field(repr=False)
    ours: bytes | None
    end: int


@dataclass(frozen=True)
class Prepared:
    """A sealed batch lies ready; `to` is below `start` when there is nothing to send."""

    start: int
    to: int
    end: int


@dataclass(frozen=True)
class Stored:
    """A receipt whose signature held. `ours` is our head (hex) at its `to`; `seconds` it took."""

    receipt: Receipt
    raw: bytes = field(repr=False)
    ours: str | None = None
    end: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Parked:
    """The centre keeps the batch aside: entries before it are missing there."""

    have: int


@dataclass(frozen=True)
class Page:
    """A feed page whose signature held; None: nothing new."""

    page: FeedPage | None
    end: int


@dataclass(frozen=True)
class Brought:
    """A receipt came on a carrier; its signature held. `ours` is our head (hex) at its `to`.

    `past`: it is of a life of the centre's store that this desk has left.
    """

    receipt: Receipt
    raw: bytes = field(repr=False)
    ours: str | None = None
    past: bool = False


@dataclass(frozen=True)
class BroughtPage:
    """A feed page came on a carrier; its signature held."""

    page: FeedPage


@dataclass(frozen=True)
class Refusal:
    """The centre answered no, in its own format."""

    status: int
    code: str = ""
    max_bytes: int | None = None
    size: int = 0
    retry_after: float = 0.0
    count: int = 0
    """Entries of the batch, where it is told with the refusal."""


@dataclass(frozen=True)
class Failure:
    """No answer of the centre: `kind` as in sync.errors.Unreachable."""

    kind: str
    retry_after: float = 0.0


Event = (
    Begin
    | LinkUp
    | Enrolled
    | Held
    | StreamIs
    | Given
    | RelayIs
    | Prepared
    | Stored
    | Custody
    | Parked
    | Page
    | Brought
    | BroughtPage
    | Refusal
    | Failure
)

# Effects: what to do. Records first, then one question or Finish.


@dataclass(frozen=True)
class Enrol:
    """Show the ticket's code and the device's keys to the centre."""


@dataclass(frozen=True)
class AskStream:
    """Ask what the centre has of this stream."""


@dataclass(frozen=True)
class AskEntries:
    """Ask the centre for entries of this stream after one: it has what this journal lacks."""

    after: int


@dataclass(frozen=True)
class KeepEntries:
    """Put entries of our own stream back at the end of the journal, if that is where they fit."""

    page: EntriesPage = field(repr=False)


@dataclass(frozen=True)
class Prepare:
    """Have a batch that begins at `start`, of at most `limit` entries.

    One sealed before serves when it is not longer and `anew` is false; else seal again, without
    a dictionary when `plain`.
    """

    start: int
    limit: int
    anew: bool
    plain: bool


@dataclass(frozen=True)
class Send:
    """Send the batch that begins at `start`."""

    start: int


@dataclass(frozen=True)
class KeepReceipt:
    """Record a receipt; entries up to its `to` are acknowledged (T3)."""

    receipt: Receipt
    raw: bytes = field(repr=False)


@dataclass(frozen=True)
class Rewind:
    """Record that the centre has less than it had signed for: acknowledged goes down to `acked`."""

    acked: int


@dataclass(frozen=True)
class AskFeed:
    """Ask for the feed after an event."""

    after: int


@dataclass(frozen=True)
class KeepPage:
    """Record a page and apply its events (T4)."""

    page: FeedPage


@dataclass(frozen=True)
class Finish:
    """The exchange is over; `kind` says why it did not reach its end."""

    kind: str | None = None


Effect = (
    Enrol
    | AskStream
    | AskEntries
    | KeepEntries
    | Prepare
    | Send
    | KeepReceipt
    | Rewind
    | AskFeed
    | KeepPage
    | Finish
)
