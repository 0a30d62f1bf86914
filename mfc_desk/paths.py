"""Where one desk keeps its files. Nothing here touches the disk when imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True)
class Home:
    """The folder of one desk and the names inside it; none of them holds personal data."""

    root: Path

    @property
    def database(self) -> Path:
        """The encrypted database."""
        return self.root / "desk.db"

    @property
    def keyslots(self) -> Path:
        """The database key, wrapped once for each operator and once for recovery."""
        return self.root / "keys.json"

    @property
    def attempts(self) -> Path:
        """Failed logins and the delay they cost: counted before the database can be opened."""
        return self.root / "attempts.json"

    @property
    def vault_lock(self) -> Path:
        """Held while one password is tried and while key slots are rewritten."""
        return self.root / "vault.lock"

    @property
    def catalogue(self) -> Path:
        """A catalogue folder put here by hand; it goes before the installed ones."""
        return self.root / "catalogue"

    @property
    def catalogues(self) -> Path:
        """Versions of the catalogue, each verified and in a folder named by its digest."""
        return self.root / "catalogues"

    @property
    def current_catalogue(self) -> Path:
        """Digests of installed versions, the one in use first."""
        return self.catalogues / "current"

    @property
    def log(self) -> Path:
        """Crashes of the program: type and place, never a value."""
        return self.root / "crash.log"

    @property
    def desk_lock(self) -> Path:
        """Held by the one screen program."""
        return self.root / "desk.lock"

    @property
    def exchange_lock(self) -> Path:
        """Held by the one exchange."""
        return self.root / "exchange.lock"

    @property
    def ballast(self) -> Path:
        """16 MB given up so that the current save ends well on a full disk."""
        return self.root / "ballast"

    @property
    def blobs(self) -> Path:
        """Sealed scans, each in a folder by the first two digits of its SHA-256."""
        return self.root / "blobs"

    def blob(self, sha256: str) -> Path:
        """One sealed scan, named by the SHA-256 (hex) of the file as it is."""
        return self.blobs / sha256[:2] / f"{sha256}.age"

    @property
    def setup_part(self) -> Path:
        """A set-up that has not finished; a new one starts by removing it."""
        return self.root / "setup.part"

    @property
    def is_set_up(self) -> bool:
        """Whether a database stands here; it is renamed into place as the last step of a set-up."""
        return self.database.exists()

    @property
    def is_robbed(self) -> bool:
        """Whether the keys of a finished set-up stand here without their database."""
        return self.keyslots.exists() and not self.is_set_up and not self.setup_part.exists()


def default_home() -> Home:
    """The home of this user of this computer, as the system names it."""
    return Home(Path(platformdirs.user_data_dir("mfc-desk", appauthor=False)))
