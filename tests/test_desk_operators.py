"""Accounts and settings: who may change them, what each change leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mfc_desk.access.roles import Action, Role, may
from mfc_desk.desk import Desk
from mfc_desk.errors import (
    LastOperator,
    LoginRefused,
    NotAllowed,
    OperatorExists,
    PasswordTooWeak,
    SettingRefused,
    UnknownOperator,
    WrongPassword,
)
from mfc_desk.settings import Settings
from mfc_desk.store import settings as stored_settings
from sync.entries import decode
from tests.desk_home import PASSWORD, DeskHome, set_up_home

WORDS = "petrov's words"


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


@pytest.fixture
def desk(made: DeskHome) -> Iterator[Desk]:
    """That desk, opened by the supervisor, with a specialist petrov."""
    with made.login() as opened:
        opened.operators.add("petrov", "Петров П. С.", Role.SPECIALIST, WORDS)
        yield opened


def test_every_role_has_a_row_of_rights() -> None:
    """The table answers for each role and action; nobody may nothing."""
    for role in Role:
        assert any(may(role, action) for action in Action)
        assert may(role, Action.OWN_PASSWORD)
        assert role.caption
    assert not may(Role.ADMINISTRATOR, Action.VIEW)
    assert not may(Role.SPECIALIST, Action.OPERATORS)


def test_added_operator_logs_in_with_their_role(made: DeskHome, desk: Desk) -> None:
    """A new operator has a slot, a row and an entry."""
    with made.login("petrov", WORDS) as theirs:
        assert theirs.operator.role is Role.SPECIALIST
        assert theirs.operator.name == "Петров П. С."
    end = desk.journal.position().seq
    last = decode(desk.journal.entries(end - 1, 1)[0].data or b"")
    assert last.kind == "operator.add"
    assert last.operator == "ivanova"


def test_specialist_manages_no_accounts(made: DeskHome, desk: Desk) -> None:
    """The table of rights is asked by every act on accounts."""
    with made.login("petrov", WORDS) as theirs:
        with pytest.raises(NotAllowed):
            theirs.operators.add("other", "Другой Д. Д.", Role.SPECIALIST, WORDS)
        with pytest.raises(NotAllowed):
            theirs.operators.change_role("petrov", Role.SUPERVISOR)
        with pytest.raises(NotAllowed):
            theirs.operators.set_password("ivanova", WORDS)
        with pytest.raises(NotAllowed):
            theirs.operators.lock_out("ivanova")
        theirs.operators.change_password(WORDS, "new petrov words")
    made.login("petrov", "new petrov words").close()


def test_bad_accounts_are_refused_and_leave_nothing(desk: Desk) -> None:
    """A login taken, a login in Cyrillic, an empty name, a short password: no row, no entry."""
    before = desk.journal.position().seq
    with pytest.raises(OperatorExists):
        desk.operators.add("petrov", "Петров П. С.", Role.SPECIALIST, WORDS)
    with pytest.raises(LoginRefused):
        desk.operators.add("сидоров", "Сидоров С. И.", Role.SPECIALIST, WORDS)
    with pytest.raises(LoginRefused):
        desk.operators.add("sidorov", " ", Role.SPECIALIST, WORDS)
    with pytest.raises(PasswordTooWeak):
        desk.operators.add("sidorov", "Сидоров С. И.", Role.SPECIALIST, "short")
    with pytest.raises(UnknownOperator):
        desk.operators.lock_out("sidorov")

    assert desk.journal.position().seq == before
    assert [one.login for one in desk.operators.list()] == ["ivanova", "petrov"]


def test_locked_out_operator_can_come_back(made: DeskHome, desk: Desk) -> None:
    """Lock-out takes the slot and keeps the row; adding again gives a new slot."""
    desk.operators.lock_out("petrov")
    assert [one.locked for one in desk.operators.list()] == [False, True]
    with pytest.raises(WrongPassword):
        made.login("petrov", WORDS)
    desk.operators.add("petrov", "Петров П. С.", Role.FIELD, "second words")

    with made.login("petrov", "second words") as theirs:
        assert theirs.operator.role is Role.FIELD


def test_operator_whose_slot_was_not_written_is_added_again(made: DeskHome, desk: Desk) -> None:
    """A crash between the row and the slot is mended by doing it again."""
    desk.vault.remove_slot("petrov")

    desk.operators.add("petrov", "Петров П. С.", Role.SPECIALIST, "second words")

    made.login("petrov", "second words").close()


def test_somebody_always_keeps_the_accounts(desk: Desk) -> None:
    """The last one with that right is neither demoted nor locked out; nobody locks themselves."""
    with pytest.raises(LastOperator):
        desk.operators.change_role("ivanova", Role.SPECIALIST)
    with pytest.raises(NotAllowed):
        desk.operators.lock_out("ivanova")
    desk.operators.change_role("petrov", Role.ADMINISTRATOR)
    desk.operators.change_role("ivanova", Role.SPECIALIST)


def test_wrong_old_password_changes_nothing(made: DeskHome, desk: Desk) -> None:
    """Changing one's password needs the old one, and counts as an attempt."""
    with pytest.raises(WrongPassword):
        desk.operators.change_password("not it at all", "new words here")
    made.login(password=PASSWORD).close()
    assert desk.vault.unreported() == {}


def test_settings_are_kept_and_validated(made: DeskHome, desk: Desk) -> None:
    """Settings come back after a restart; each value out of its range is refused by name."""
    wanted = replace(Settings(), theme="dark", autolock_minutes=5, printer="Касса 1")
    desk.settings.save(wanted)
    with made.login() as again:
        assert again.settings.load() == wanted

    for change, name in (
        ({"theme": "pink"}, "Оформление"),
        ({"autolock_minutes": 0}, "Блокировка"),
        ({"exchange_every_s": 5}, "Обмен"),
        ({"out_folder": "relative/folder"}, "Папка"),
        ({"printer": "П" * 1001}, "Принтер"),
    ):
        with pytest.raises(SettingRefused, match=name):
            replace(wanted, **change)


def test_setting_of_another_version_gives_way_to_its_default(desk: Desk) -> None:
    """A stored value this program does not take, or does not know, is passed over."""
    with desk.db.atomic():
        stored_settings.save(desk.db, {"theme": "neon", "future": 1, "autolock_minutes": 3})

    assert desk.settings.load() == Settings(autolock_minutes=3)
