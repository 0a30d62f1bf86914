"""The vault: who gets the key, how slowly others are answered, what damage is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfc_desk.access.attempts import delay_after
from mfc_desk.access.keyslots import Cost, KeySlots, from_bytes, to_bytes, unwrap, wrap
from mfc_desk.access.vault import Vault
from mfc_desk.errors import (
    KeySlotsDamaged,
    KeySlotsMissing,
    LoginDelayed,
    LoginRefused,
    NotSetUp,
    PasswordTooWeak,
    RecoveryRefused,
    UnknownOperator,
    WrongPassword,
)
from mfc_desk.paths import Home
from sync.ids import SeededRandom
from tests.desk_home import CHEAP, NOON, PASSWORD, StandingClock

RECOVERY = pyrage.x25519.Identity.generate()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path)


@pytest.fixture
def clock() -> StandingClock:
    """A clock of our own."""
    return StandingClock()


@pytest.fixture
def vault(home: Home, clock: StandingClock) -> Vault:
    """A vault with the slot of ivanova."""
    made = Vault(home, clock, SeededRandom(1), CHEAP)
    made.create("ivanova", PASSWORD, str(RECOVERY.to_public()))
    return made


def again(home: Home, clock: StandingClock) -> Vault:
    """The same home after a restart of the program."""
    return Vault(home, clock, SeededRandom(2), CHEAP)


def fail(vault: Vault, clock: StandingClock, times: int, login: str = "ivanova") -> int:
    """Fail so many times, each after its delay; the wait the last one cost."""
    wait = 0
    for _ in range(times):
        clock.pass_(wait)
        with pytest.raises(WrongPassword) as refused:
            vault.unlock(login, "wrong password")
        wait = refused.value.wait_s
    return wait


def test_password_opens_the_same_key(vault: Vault, home: Home, clock: StandingClock) -> None:
    """The key made at set-up comes back for the password, and after a restart too."""
    key = vault.unlock("ivanova", PASSWORD)

    assert len(key) == 32
    assert again(home, clock).unlock("ivanova", PASSWORD) == key


def test_password_may_be_typed_composed_or_not(home: Home, clock: StandingClock) -> None:
    """Й as one character and as two is the same password."""
    vault = Vault(home, clock, SeededRandom(1), CHEAP)
    key = vault.create("ivanova", "мой пароль", "")

    assert vault.unlock("ivanova", "мои\u0306 пароль") == key


def test_key_is_nowhere_in_the_files(vault: Vault, home: Home) -> None:
    """Neither the key nor the password stands in the home, raw, hex or base64."""
    key = vault.unlock("ivanova", PASSWORD)
    everything = b"".join(file.read_bytes() for file in home.root.iterdir())

    assert key not in everything
    assert key.hex().encode() not in everything
    assert PASSWORD.encode() not in everything


def test_delay_grows_and_is_bounded() -> None:
    """0, 0, 0, then 2, 4, 8 … and never over a quarter of an hour."""
    assert [delay_after(n) for n in range(8)] == [0, 0, 0, 0, 2, 4, 8, 16]
    assert max(delay_after(n) for n in range(200)) == 900


def test_wrong_passwords_cost_time_across_restarts(
    vault: Vault, home: Home, clock: StandingClock
) -> None:
    """The fourth failure makes the next wait, also in another process; then it opens."""
    assert fail(vault, clock, 3) == 0
    assert fail(again(home, clock), clock, 1) == 2

    with pytest.raises(LoginDelayed) as refused:
        again(home, clock).unlock("ivanova", PASSWORD)
    assert refused.value.wait_s == 2
    clock.pass_(2)
    assert again(home, clock).unlock("ivanova", PASSWORD)


def test_asking_during_the_delay_does_not_lengthen_it(vault: Vault, clock: StandingClock) -> None:
    """An attempt that is not looked at is not counted."""
    fail(vault, clock, 5)
    for _ in range(10):
        with pytest.raises(LoginDelayed):
            vault.unlock("ivanova", PASSWORD)
    clock.pass_(4)

    assert vault.unlock("ivanova", PASSWORD)


def test_success_ends_the_row_of_failures(vault: Vault, clock: StandingClock) -> None:
    """After a good password the delays start from nothing."""
    fail(vault, clock, 3)
    vault.unlock("ivanova", PASSWORD)

    assert fail(vault, clock, 3) == 0


def test_setting_the_clock_forward_does_not_shorten_the_delay(
    vault: Vault, clock: StandingClock
) -> None:
    """While the computer stays on, the uptime counts."""
    fail(vault, clock, 6)
    clock.set(NOON + timedelta(days=365))

    with pytest.raises(LoginDelayed):
        vault.unlock("ivanova", PASSWORD)


def test_setting_the_clock_back_does_not_lock_for_years(
    vault: Vault, home: Home, clock: StandingClock
) -> None:
    """After a restart with a clock set back the delay starts anew and ends in its own time."""
    assert fail(vault, clock, 6) == 8
    clock.reboot()
    clock.set(NOON - timedelta(days=3650))

    with pytest.raises(LoginDelayed) as refused:
        again(home, clock).unlock("ivanova", PASSWORD)
    assert refused.value.wait_s == 8
    clock.pass_(8)
    assert again(home, clock).unlock("ivanova", PASSWORD)


def test_nobodys_login_is_slowed_and_not_written(
    vault: Vault, home: Home, clock: StandingClock
) -> None:
    """What is typed in the place of a login may be a password: it is counted, not kept."""
    fail(vault, clock, 4, login="моя тайна")

    assert "тайна" not in home.attempts.read_text("utf-8")
    with pytest.raises(LoginDelayed):
        vault.unlock("другое имя", "wrong password")
    assert vault.unlock("ivanova", PASSWORD)


def test_failures_wait_to_be_reported(vault: Vault, home: Home, clock: StandingClock) -> None:
    """Failures are kept for the journal until it says that it has them."""
    fail(vault, clock, 2)
    fail(vault, clock, 1, login="somebody")
    vault.unlock("ivanova", PASSWORD)

    assert again(home, clock).unreported() == {"ivanova": 2, "": 1}
    vault.reported({"ivanova": 2, "": 1})
    assert vault.unreported() == {}


def test_attempt_is_counted_before_it_is_tried(
    vault: Vault, home: Home, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killing the program while a password is tried does not give the attempt back."""

    def killed(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr("mfc_desk.access.vault.unwrap", killed)
    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            vault.unlock("ivanova", PASSWORD)
    monkeypatch.undo()

    with pytest.raises(LoginDelayed):
        again(home, clock).unlock("ivanova", PASSWORD)


def test_damaged_count_starts_anew_and_is_reported(vault: Vault, home: Home) -> None:
    """A count file that cannot be read locks nobody out, and the journal will tell."""
    home.attempts.write_text('{"ivanova": {"up": NaN}}')

    assert vault.unreported() == {"": 1}
    assert vault.unlock("ivanova", PASSWORD)


def test_change_of_password(vault: Vault) -> None:
    """The new password opens the same key and the old one nothing."""
    key = vault.unlock("ivanova", PASSWORD)
    vault.change_password("ivanova", PASSWORD, "another horse")

    assert vault.unlock("ivanova", "another horse") == key
    with pytest.raises(WrongPassword):
        vault.unlock("ivanova", PASSWORD)


def test_slots_are_added_and_removed(vault: Vault) -> None:
    """Each operator has a slot of their own for the one key."""
    key = vault.unlock("ivanova", PASSWORD)
    vault.add_slot(key, "petrov", "petrov's words")

    assert vault.unlock("petrov", "petrov's words") == key
    assert vault.logins() == ("ivanova", "petrov")
    vault.remove_slot("petrov")
    with pytest.raises(WrongPassword):
        vault.unlock("petrov", "petrov's words")
    with pytest.raises(UnknownOperator):
        vault.remove_slot("petrov")


def test_recovery_key_opens_what_a_forgotten_password_closed(vault: Vault) -> None:
    """The identity of the ticket's recovery recipient opens the key; another one does not."""
    assert vault.recover(f"{RECOVERY}\n") == vault.unlock("ivanova", PASSWORD)
    with pytest.raises(RecoveryRefused):
        vault.recover(str(pyrage.x25519.Identity.generate()))
    with pytest.raises(RecoveryRefused):
        vault.recover("not an identity")


@pytest.mark.parametrize("login", ["", "a", "Ivanova", "иванова", "a/b", "a" * 33, "-ab", "a b"])
def test_logins_are_short_latin_names(vault: Vault, login: str) -> None:
    """A login stands in clear, so it may not be a person's name as written."""
    with pytest.raises(LoginRefused):
        vault.add_slot(bytes(32), login, PASSWORD)


def test_short_password_is_refused(vault: Vault) -> None:
    """Seven characters are too few, and the sentence says how many are enough."""
    with pytest.raises(PasswordTooWeak, match="8"):
        vault.change_password("ivanova", PASSWORD, "seven77")


def test_missing_file_says_which_case_it_is(vault: Vault, home: Home) -> None:
    """No keys and no database: not set up. No keys beside a database: bring the keys back."""
    home.keyslots.unlink()
    with pytest.raises(NotSetUp):
        vault.unlock("ivanova", PASSWORD)
    home.database.write_bytes(b"x")
    with pytest.raises(KeySlotsMissing):
        vault.unlock("ivanova", PASSWORD)


def test_every_damaged_byte_is_noticed(vault: Vault, home: Home) -> None:
    """A byte changed anywhere is called damage, or changes nothing that is read."""
    sound = home.keyslots.read_bytes()
    meant = from_bytes(sound)
    for place in range(len(sound)):
        damaged = bytearray(sound)
        damaged[place] ^= 0x01
        try:
            assert from_bytes(bytes(damaged)) == meant
        except KeySlotsDamaged:
            continue


@given(st.integers(0, 700))
def test_cut_file_is_damage(length: int) -> None:
    """A file cut anywhere is damage."""
    slots = from_bytes(b"") if length < 0 else None
    data = _example()
    with pytest.raises(KeySlotsDamaged):
        slots = from_bytes(data[: min(length, len(data) - 3)])
    assert slots is None


def _example() -> bytes:
    slot = wrap(bytes(32), "ivanova", PASSWORD, CHEAP, SeededRandom(3))
    return to_bytes(KeySlots((slot,), "", b""))


def test_slot_of_another_login_does_not_open(vault: Vault, home: Home) -> None:
    """A slot renamed by hand, its digest made good, does not open for the other login."""
    slots = from_bytes(home.keyslots.read_bytes())
    stolen = slots.slots[0]
    renamed = type(stolen)("petrov", stolen.cost, stolen.salt, stolen.nonce, stolen.sealed)
    home.keyslots.write_bytes(to_bytes(slots.with_slot(renamed)))

    with pytest.raises(WrongPassword):
        vault.unlock("petrov", PASSWORD)


def test_cost_of_terabytes_is_damage(vault: Vault, home: Home) -> None:
    """A cost this computer would not survive is refused before it is tried."""
    content = json.loads(home.keyslots.read_text("utf-8"))
    content["slots"][0]["argon2id"]["memory_kib"] = 1 << 40
    home.keyslots.write_text(json.dumps(content), "utf-8")

    with pytest.raises(KeySlotsDamaged):
        vault.unlock("ivanova", PASSWORD)


def test_default_cost_is_that_of_the_design() -> None:
    """64 MiB and three passes, and such a slot opens."""
    slot = wrap(bytes(32), "ivanova", PASSWORD, Cost(), SeededRandom(4))

    assert (slot.cost.memory_kib, slot.cost.passes) == (65536, 3)
    assert unwrap(slot, PASSWORD) == bytes(32)


def test_two_programs_do_not_guess_at_once(vault: Vault, home: Home) -> None:
    """Attempts of several processes are counted one after another: none slips between."""
    program = (
        "import sys; from pathlib import Path; "
        "from tests.desk_home import CHEAP, StandingClock; from mfc_desk.access.vault import Vault;"
        "from mfc_desk.paths import Home; from mfc_desk.errors import LoginDelayed, WrongPassword;"
        "from sync.ids import SeededRandom\n"
        "vault = Vault(Home(Path(sys.argv[1])), StandingClock(), SeededRandom(1), CHEAP)\n"
        "tried = 0\n"
        "for _ in range(4):\n"
        "    try: vault.unlock('ivanova', 'wrong password')\n"
        "    except LoginDelayed: pass\n"
        "    except WrongPassword: tried += 1\n"
        "print(tried)"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(home.root)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
            env=dict(os.environ),
        )
        for _ in range(3)
    ]
    tried = sum(int(process.communicate(timeout=240)[0]) for process in running)

    assert tried == 4
