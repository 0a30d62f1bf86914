"""The centre's folder: database, keys, recovery key. Nobody but its owner may look inside."""

from __future__ import annotations

import base64
import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sync.carrier import sync_folder
from sync.central.errors import HomeInvalid
from sync.errors import BadFormat, Busy
from sync.ids import Random
from sync.keys import CentreKeys, DeviceKeys
from sync.lock import LockFile

OWNER_ONLY_FOLDER = 0o700
OWNER_ONLY = 0o600

RECOVERY_TEXT = """\
# Ключ восстановления центра {server}
#
# Этим ключом открывают базу рабочего места, пароль которого забыт.
# 1. Перенесите этот файл на носитель, который хранится в сейфе, и ещё на один запасной.
# 2. Проверьте, что обе копии читаются.
# 3. Удалите файл отсюда: центру для работы он не нужен и второй раз он не создаётся.
#
# Открытая часть: {recipient}
{identity}
"""


@dataclass(frozen=True)
class Secrets:
    """The centre's own keys, and whom desks seal their recovery slot to.

    `keys` sign. While a change of keys runs, `following` are trusted and sealed to as well;
    `retired` ones open what was sealed to them before. `changes` say it to desks, in order.
    """

    keys: CentreKeys = field(repr=False)
    recovery_recipient: str
    following: CentreKeys | None = field(default=None, repr=False)
    retired: tuple[CentreKeys, ...] = field(default=(), repr=False)
    changes: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def active(self) -> tuple[CentreKeys, ...]:
        """The pairs desks trust and seal to, the one that signs first."""
        return (self.keys, self.following) if self.following else (self.keys,)

    @property
    def identities(self) -> list[str]:
        """What opens whatever was ever sealed to this centre."""
        return [one.identity for one in (*self.active, *self.retired)]


class CentreHome:
    """Paths of the centre's folder, made on first use."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "centre.db"
        self.keys = root / "keys.json"
        self.recovery = root / "recovery-key.txt"
        self.address = root / "address.json"
        self.parts = root / "parts"
        self.blobs = root / "blobs"
        self.serve_lock = root / "serve.lock"
        self.keys_lock = root / "keys.lock"
        self.copy_lock = root / "copy.lock"
        self.unsealed = root / "copy"

    def prepare(self) -> None:
        """Make the folder, for its owner alone; raises HomeInvalid."""
        try:
            self.root.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
            self.root.chmod(OWNER_ONLY_FOLDER)
        except OSError as error:
            raise HomeInvalid from error

    def secrets(self, server: str, random: Random) -> Secrets:
        """Read the centre's keys, making them the first time; raises HomeInvalid, Busy."""
        if not self.keys.exists():
            with LockFile(self.keys_lock) as lock:
                if not lock.take():
                    raise Busy
                if not self.keys.exists():
                    self._make_secrets(server, random)
        return self._read_secrets()

    def _make_secrets(self, server: str, random: Random) -> None:
        """Write the recovery key first: keys without it would lock desks out for good."""
        recovery = DeviceKeys.generate(random)
        text = RECOVERY_TEXT.format(
            server=server, recipient=recovery.recipient, identity=recovery.identity
        )
        write_private(self.recovery, text.encode())
        kept = {
            "keys": json.loads(CentreKeys.generate(random).dump()),
            "recovery_recipient": recovery.recipient,
        }
        write_private(self.keys, json.dumps(kept).encode())

    def keep_secrets(self, secrets: Secrets) -> None:
        """Write changed keys down, whole or not at all; raises HomeInvalid."""
        kept = {
            "keys": json.loads(secrets.keys.dump()),
            "recovery_recipient": secrets.recovery_recipient,
            "following": json.loads(secrets.following.dump()) if secrets.following else None,
            "retired": [json.loads(one.dump()) for one in secrets.retired],
            "changes": [base64.b64encode(one).decode() for one in secrets.changes],
        }
        write_private(self.keys, json.dumps(kept).encode())

    def _read_secrets(self) -> Secrets:
        try:
            kept = json.loads(self.keys.read_bytes())
            keys = CentreKeys.load(json.dumps(kept["keys"]).encode())
            following = kept.get("following")
            return Secrets(
                keys,
                str(kept["recovery_recipient"]),
                CentreKeys.load(json.dumps(following).encode()) if following else None,
                tuple(CentreKeys.load(json.dumps(one).encode()) for one in kept.get("retired", ())),
                tuple(base64.b64decode(text) for text in kept.get("changes", ())),
            )
        except (OSError, ValueError, KeyError, TypeError, BadFormat) as error:
            raise HomeInvalid(
                f"Ключи центра не читаются: {self.keys}. Верните файл из копии; "
                "без него рабочие места придётся оформить заново."
            ) from error

    def urls(self) -> tuple[str, ...]:
        """Addresses desks reach the centre at, as `serve` was last told; empty before that."""
        try:
            kept = json.loads(self.address.read_bytes())
            return tuple(str(url) for url in kept["urls"])
        except (OSError, ValueError, KeyError, TypeError):
            return ()

    def keep_urls(self, urls: tuple[str, ...]) -> None:
        """Remember the addresses for later tickets; raises HomeInvalid."""
        write_private(self.address, json.dumps({"urls": urls}).encode())


class KeyRing:
    """The centre's keys as they are now: a running centre notices that a command changed them."""

    def __init__(self, home: CentreHome, server: str, random: Random) -> None:
        self._home = home
        self._server = server
        self._random = random
        self._mark: tuple[int, int, int] | None = None
        self._secrets = home.secrets(server, random)

    @property
    def secrets(self) -> Secrets:
        """The keys; those known last while the file cannot be read."""
        try:
            stat = self._home.keys.stat()
        except OSError:
            return self._secrets
        mark = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if mark != self._mark:
            with suppress(HomeInvalid):
                self._secrets = self._home.secrets(self._server, self._random)
                self._mark = mark
        return self._secrets


def write_private(path: Path, data: bytes) -> None:
    """Put a whole file in place, readable by its owner alone, durably; raises HomeInvalid."""
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise HomeInvalid(f"Файл не записать: {path}. Проверьте права и место на диске.") from error
