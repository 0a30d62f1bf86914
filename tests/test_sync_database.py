"""The one door to SQLite keeps what it is given, or says in a typed way why not."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import database
from sync.database import (
    Busy,
    Damaged,
    Database,
    DiskFull,
    ForeignFile,
    IntegrityError,
    Migrations,
    OperationalError,
    StoreFailure,
    TooNew,
    UnfitDriver,
    WrongKey,
)

KEY = bytes(range(32))
OURS = 0x4D464344
CANARY = "Образцова"
ROOT = Path(__file__).parent.parent

migrations = Migrations("test")


@migrations()
def m001_word(db: Database) -> None:
    db.execute("CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")


def open_it(path: Path, key: bytes | None = KEY, *sets: Migrations) -> Database:
    return database.open_database(
        path, key=key, migrations=sets or [migrations], application_id=OURS, schema_name="test"
    )


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_it(tmp_path / "desk.db") as opened:
        yield opened


def words(db: Database) -> list[str]:
    return [row["text"] for row in db.rows("SELECT text FROM word ORDER BY id")]


def test_the_driver_is_fit() -> None:
    """SQLCipher, under sqlite-utils, with the WAL-reset fix."""
    database.self_test()


def test_an_old_driver_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that loses data and the withdrawn one are named and refused."""
    for version in ((3, 51, 2), (3, 52, 0)):
        monkeypatch.setattr("sync.database.dbapi2.sqlite_version_info", version)
        with pytest.raises(UnfitDriver):
            database.self_test()


def test_the_plain_driver_is_refused() -> None:
    """Where sqlite-utils was imported before its driver was chosen, nothing is opened."""
    script = "import sqlite_utils; from sync import database; database.self_test()"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, cwd=ROOT, check=False
    )

    assert done.returncode == 1
    assert b"UnfitDriver" in done.stderr


def test_durability_is_set_on_every_connection(db: Database) -> None:
    """WAL, FULL, foreign keys, no checkpoint inside an act, memory for temporary tables."""
    found = {
        name: db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint")
    }

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "wal_autocheckpoint": 0,
    }


def test_nothing_on_disk_is_in_clear(tmp_path: Path) -> None:
    """Neither the file nor its WAL nor the copy before a migration shows a word."""
    later = Migrations("later")
    with open_it(tmp_path / "desk.db") as db:
        db.table("word").insert({"text": CANARY})
        wal = (tmp_path / "desk.db-wal").read_bytes()
        assert len(wal) > 4096
    later()(m001_word_again)
    with open_it(tmp_path / "desk.db", KEY, migrations, later):
        pass

    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == ["desk.db", "desk.db.before-test"]
    for data in [wal, *(path.read_bytes() for path in tmp_path.iterdir())]:
        assert CANARY.encode() not in data
        assert b"CREATE TABLE" not in data
        assert not data.startswith(database.PLAIN_HEADER)


def m001_word_again(db: Database) -> None:
    db.execute("CREATE TABLE word_again (id INTEGER PRIMARY KEY) STRICT")


def test_a_wrong_key_is_a_wrong_key(tmp_path: Path) -> None:
    """Another key, a short one and none at all open nothing and change nothing."""
    open_it(tmp_path / "desk.db").close()
    before = (tmp_path / "desk.db").read_bytes()

    for key in (bytes(32), b"short"):
        with pytest.raises(WrongKey) as caught:
            open_it(tmp_path / "desk.db", key)
        assert caught.value.exit_code == 1
    with pytest.raises(ForeignFile):
        open_it(tmp_path / "desk.db", None)
    assert (tmp_path / "desk.db").read_bytes() == before


@pytest.mark.parametrize(
    "data",
    [
        b"SQLite format 3\0" + bytes(4080),
        b"PK\x03\x04" + bytes(999),
        b"%PDF-1.7 \xff" * 500,
        b"fio;snils\r\n" * 99,
    ],
    ids=["sqlite", "zip", "pdf", "text"],
)
def test_a_file_of_another_program_is_named_as_such(tmp_path: Path, data: bytes) -> None:
    """A foreign file is not taken for a wrong password, and stays as it was."""
    path = tmp_path / "desk.db"
    path.write_bytes(data)

    with pytest.raises(ForeignFile) as caught:
        open_it(path)

    assert caught.value.exit_code == 4
    assert path.read_bytes() == data


def test_an_encrypted_file_of_another_program_is_foreign(tmp_path: Path) -> None:
    """The right key does not make a file ours: its application id does."""
    database.open_database(
        tmp_path / "x.db", key=KEY, migrations=[migrations], application_id=7, schema_name="x"
    ).close()

    with pytest.raises(ForeignFile):
        open_it(tmp_path / "x.db")


def test_a_newer_file_is_refused_whole(tmp_path: Path) -> None:
    """A migration this program does not know means a newer program wrote the file."""
    newer = Migrations("test")
    newer()(m001_word)
    newer()(m001_word_again)
    open_it(tmp_path / "desk.db", KEY, newer).close()
    other = Migrations("other")
    other()(m001_word_again)

    with pytest.raises(TooNew):
        open_it(tmp_path / "desk.db")
    with pytest.raises(TooNew):
        open_it(tmp_path / "desk.db", KEY, other)


def test_a_failed_migration_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """All sets are applied in one transaction, after a verified copy."""
    with open_it(tmp_path / "desk.db") as db:
        db.table("word").insert({"text": "a"})
    more, broken = Migrations("more"), Migrations("broken")
    more()(m001_word_again)

    @broken()
    def m001_broken(db: Database) -> None:
        db.execute("CREATE TABLE half (id INTEGER) STRICT")
        db.execute("no such SQL")

    with pytest.raises(OperationalError):
        open_it(tmp_path / "desk.db", KEY, migrations, more, broken)

    with open_it(tmp_path / "desk.db") as db:
        assert {"word_again", "half"}.isdisjoint(db.table_names())
    with open_it(tmp_path / "desk.db.before-test") as copy:
        assert words(copy) == ["a"]


def test_a_transaction_is_whole_and_nests(db: Database) -> None:
    """What fails inside is undone, a nested failure undoes only itself."""

    def fail() -> None:
        with db.atomic():
            db.table("word").insert({"text": "lost"})
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with db.atomic():
        db.table("word").insert({"text": "kept"})
        with pytest.raises(KeyError):
            fail()
        with db.atomic():
            db.table("word").insert({"text": "nested"})

    assert words(db) == ["kept", "nested"]


def test_a_constraint_error_keeps_its_name(db: Database) -> None:
    """IntegrityError passes as it is: the use case knows what it means."""
    with pytest.raises(IntegrityError), db.atomic():
        db.table("word").insert({"text": None})


def test_a_held_write_lock_is_busy(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second writer is told that the base is busy, after waiting its turn."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with open_it(db.path) as other, db.atomic():
        with pytest.raises(Busy), other.atomic():
            pass
        assert words(other) == []


def test_a_full_disk_is_named_and_leaves_no_half(db: Database) -> None:
    """When pages run out the act is refused whole; with room again it goes through."""
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count={pages + 2}").fetchone()

    with pytest.raises(DiskFull), db.atomic():
        db.table("word").insert_all([{"text": "first"}, {"text": "x" * 99_999}])
    db.execute("PRAGMA max_page_count=99999").fetchone()
    with db.atomic():
        db.table("word").insert({"text": "after"})

    assert words(db) == ["after"]
    assert db.faults() == ()


LIMITED = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.test_sync_database import open_it
from sync.database import Damaged, DiskFull
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
db = open_it(Path({path!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for n in range(999):
    try:
        with db.atomic():
            db.table("word").insert({{"text": "x" * 3000}})
    except (Damaged, DiskFull) as error:
        print(n, error.code)
        break
try:
    with db.atomic():
        db.table("word").insert({{"text": "after"}})
except Exception as error:
    print(type(error).__name__)
"""


def test_a_write_the_system_refuses_loses_no_told_act(tmp_path: Path) -> None:
    """When the WAL may not grow every act that returned is there and no half one."""
    path = tmp_path / "desk.db"
    script = LIMITED.format(root=str(ROOT), path=str(path))

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    told, code = done.stdout.decode().splitlines()[0].split()
    assert code in {"damaged", "disk-full"}
    with open_it(path) as db:
        assert [len(text) for text in words(db) if text != "after"] == [3000] * int(told)
        assert db.faults() == ()


ADD = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.test_sync_database import open_it
with open_it(Path({path!r})) as db:
    for _ in range(25):
        with db.atomic():
            last = db.execute("SELECT count(*) FROM word").fetchone()[0]
            db.table("word").insert({{"id": last + 1, "text": str(last)}})
"""


def test_four_processes_read_and_write_without_losing_one(tmp_path: Path) -> None:
    """Read-modify-writes of four processes, first opening included, all take effect once."""
    path = tmp_path / "desk.db"
    script = ADD.format(root=str(ROOT), path=str(path))

    running = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(4)]

    assert [process.wait(240) for process in running] == [0] * 4
    with open_it(path) as db:
        assert words(db) == [str(n) for n in range(100)]


def test_threads_with_their_own_connections_wait_for_each_other(tmp_path: Path) -> None:
    """Two threads, a connection each, count together without an error."""
    open_it(tmp_path / "desk.db").close()

    def add() -> None:
        with open_it(tmp_path / "desk.db") as db:
            for _ in range(20):
                with db.atomic():
                    db.table("word").insert({"text": "x"})

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with open_it(tmp_path / "desk.db") as db:
        assert len(words(db)) == 40


def test_a_flipped_byte_is_found(tmp_path: Path) -> None:
    """Damage of any page is noticed when it is read or checked, never passed over."""
    path = tmp_path / "desk.db"
    with open_it(path) as db:
        db.table("word").insert_all({"text": "x" * 2000} for _ in range(40))
        db.checkpoint(truncate=True)
    data = bytearray(path.read_bytes())
    data[-3000] ^= 1
    path.write_bytes(data)

    with open_it(path) as db:
        assert db.faults()
        with pytest.raises(Damaged):
            words(db)


def damaged_at(data: bytes, place: int, path: Path) -> bool:
    """Whether a file with one byte changed is refused, or found at its check; nothing is read."""
    path.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
    try:
        with open_it(path) as db:
            return bool(db.faults())
    except StoreFailure:
        return True


@pytest.mark.parametrize("rows", [2, pytest.param(200, marks=pytest.mark.full)])
def test_every_flipped_byte_is_found(tmp_path: Path, rows: int) -> None:
    """One byte of every 97th of the whole file, each alone, and then all of them together."""
    path = tmp_path / "desk.db"
    with open_it(path) as db:
        db.table("word").insert_all({"text": "x" * 2000} for _ in range(rows))
        db.checkpoint(truncate=True)
    data = path.read_bytes()
    places = range(0, len(data), 97)

    assert [at for at in places if not damaged_at(data, at, tmp_path / "spoiled.db")] == []
    for place in places:
        data = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    path.write_bytes(data)
    with pytest.raises(StoreFailure):
        open_it(path)


def test_a_missing_folder_and_a_folder_in_place_are_named(tmp_path: Path) -> None:
    """Nothing to open is a failure of the store with a way on, not a bare driver error."""
    for path in (tmp_path / "no" / "desk.db", tmp_path):
        with pytest.raises(StoreFailure):
            open_it(path)


def test_the_wal_goes_into_the_file(db: Database) -> None:
    """A checkpoint moves all of it, truncating leaves an empty WAL."""
    db.table("word").insert({"text": "x"})

    assert db.checkpoint()
    assert db.checkpoint(truncate=True)
    assert Path(f"{db.path}-wal").stat().st_size == 0


def test_an_io_error_at_commit_closes_the_connection(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After EIO nothing more is written by this connection: a second fsync would lie."""

    class Failing:
        """The connection, whose COMMIT meets an I/O error."""

        def __init__(self, real: object) -> None:
            self._real = real

        def __getattr__(self, name: str) -> object:
            return getattr(self._real, name)

        def execute(self, sql: str, *params: object) -> object:
            if sql == "COMMIT":
                error = OperationalError("disk I/O error")
                error.sqlite_errorcode = 10 | 4 << 8
                raise error
            return self._real.execute(sql, *params)  # type: ignore[attr-defined]

    monkeypatch.setattr(db, "conn", Failing(db.conn))

    with pytest.raises(Damaged), db.atomic():
        db.table("word").insert({"text": "unknown"})
    with pytest.raises(StoreFailure, match="База закрыта"):
        db.execute("SELECT 1")
    with open_it(db.path) as again:
        assert words(again) == []
