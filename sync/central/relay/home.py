"""The relay's own folder: sealed bytes on their way, and the key it signs custody with."""

from __future__ import annotations

from pathlib import Path

from sync.central.errors import HomeInvalid
from sync.central.home import OWNER_ONLY_FOLDER, write_private
from sync.errors import BadFormat
from sync.ids import Random
from sync.keys import RelayKeys


class RelayHome:
    """Paths of the folder, made on first use."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "relay.db"
        self.key = root / "key.json"
        self.parts = root / "parts"
        self.blobs = root / "blobs"
        self.lock = root / "relay.lock"

    def prepare(self) -> None:
        """Make the folder, for its owner alone; raises HomeInvalid."""
        try:
            self.root.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
            self.root.chmod(OWNER_ONLY_FOLDER)
        except OSError as error:
            raise HomeInvalid(
                "Папка ретранслятора не годится. Проверьте права на неё или укажите другую: --home."
            ) from error

    def keys(self, random: Random) -> RelayKeys:
        """Read the relay's key, making it the first time; raises HomeInvalid.

        Lost, it is made anew: desks then need the new address, what they sent lies with them.
        """
        if not self.key.exists():
            write_private(self.key, RelayKeys.generate(random).dump())
        try:
            return RelayKeys.load(self.key.read_bytes())
        except (OSError, BadFormat) as error:
            raise HomeInvalid(
                f"Ключ ретранслятора не читается: {self.key}. Удалите файл: будет создан новый, "
                "и рабочим местам понадобится новый адрес."
            ) from error
