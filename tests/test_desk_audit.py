"""The check of a desk: clean when it is, and otherwise the place of what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forms.example import example
from mfc_desk.access.roles import Role
from mfc_desk.audit import Audit, check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import WrongPassword
from mfc_desk.intake.intake import Registered
from sync import chain
from sync.entries import decode
from tests.desk_home import DeskHome, set_up_home


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


@pytest.fixture
def registered(made: DeskHome) -> tuple[Registered, ...]:
    """Three registered requests of that desk, a paper printed to a file, and a draft."""
    with made.login() as desk:
        service = desk.catalogue.service("soc-card")
        found = []
        for seed in range(3):
            made.clock.pass_(60)
            today = desk.centre_now().date()
            document = example(service, desk.catalogue, today, seed=seed)
            found.append(desk.intake.register_document(document))
        desk.papers.save(found[0].number.text, "receipt", made.home.root.parent / "receipt.pdf")
        desk.intake.begin("soc-card")
    return tuple(found)


def check(made: DeskHome, change: Callable[[Desk], None] | None = None) -> Audit:
    """Log in, do a mischief, check."""
    with made.login() as desk:
        if change is not None:
            with desk.db.atomic():
                change(desk)
        return check_desk(desk)


def places(audit: Audit) -> str:
    """Everything that was named, on lines."""
    return "\n".join(f"{fault.where}: {fault.text}" for fault in audit.faults)


def sql(*statements: str) -> Callable[[Desk], None]:
    """A mischief done by SQL."""

    def change(desk: Desk) -> None:
        for statement in statements:
            desk.db.execute(statement)

    return change


def test_working_desk_is_clean(made: DeskHome, registered: tuple[Registered, ...]) -> None:
    """A day's work leaves nothing to find, and the replay leaves no files."""
    audit = check(made)

    assert places(audit) == ""
    assert audit.clean
    assert audit.requests == len(registered)
    assert audit.entries == 2 + len(registered) + 1
    assert not list(made.home.root.glob("check.*"))


def test_desk_with_accounts_changed_is_clean(made: DeskHome) -> None:
    """Adding, changing, resetting and locking accounts is all in the journal."""
    with made.login() as desk:
        desk.operators.add("petrov", "Петров П. С.", Role.SPECIALIST, "petrov's words")
        desk.operators.change_role("petrov", Role.SUPERVISOR)
        desk.operators.set_password("petrov", "other words")
        desk.operators.add("sidorov", "Сидоров С. И.", Role.FIELD, "sidorov's words")
        desk.operators.lock_out("sidorov")
    with pytest.raises(WrongPassword):
        made.login("sidorov", "sidorov's words")

    assert places(check(made)) == ""


def test_edited_request_is_named_by_number(
    made: DeskHome, registered: tuple[Registered, ...]
) -> None:
    """A row changed by hand is found by comparing with the replay."""
    number = registered[1].number.text
    audit = check(made, sql(f"UPDATE request SET operator = 'petrov' WHERE number = '{number}'"))

    assert [fault.where for fault in audit.faults] == [f"обращение {number}"]
    assert "не такая" in audit.faults[0].text


def test_removed_request_is_named(made: DeskHome, registered: tuple[Registered, ...]) -> None:
    """A row deleted by hand is missed."""
    number = registered[2].number.text
    audit = check(
        made,
        sql(
            "PRAGMA defer_foreign_keys = ON",
            "DROP TRIGGER request_version_no_delete",
            f"DELETE FROM print_job WHERE request_id = '{registered[2].request_id}'",
            f"DELETE FROM paper_content WHERE request_id = '{registered[2].request_id}'",
            f"DELETE FROM request_version WHERE request_id = '{registered[2].request_id}'",
            f"DELETE FROM request WHERE number = '{number}'",
        ),
    )

    assert f"обращение {number}: строки нет" in places(audit)


def test_added_operator_is_named(made: DeskHome) -> None:
    """An account that was not added by the program is found."""
    audit = check(
        made, sql("INSERT INTO operator VALUES ('ghost', 'Призрак', 'supervisor', 0, 'none')")
    )

    assert "сотрудник ghost: строки в журнале нет" in places(audit)


def test_removed_journal_entry_is_located(
    made: DeskHome, registered: tuple[Registered, ...]
) -> None:
    """An entry taken out of the middle is missed at its place, and so is its request's source."""
    audit = check(made, sql("DROP TRIGGER journal_no_delete", "DELETE FROM journal WHERE seq = 4"))

    assert "запись 4" in places(audit)
    assert "записи удалены" in places(audit)
    assert f"обращение {registered[1].number.text}: строки в журнале нет" in places(audit)


def test_edited_journal_entry_is_located(
    made: DeskHome, registered: tuple[Registered, ...]
) -> None:
    """Bytes changed in an entry do not match its leaf."""

    def change(desk: Desk) -> None:
        row = desk.journal.entries(2, 1)[0]
        desk.db.execute("DROP TRIGGER journal_no_update")
        desk.db.execute(
            "UPDATE journal SET bytes = ? WHERE seq = 3",
            [(row.data or b"").replace(b"00317", b"00318")],
        )

    audit = check(made, change)

    assert "запись 3: текст записи изменён" in places(audit)


def test_edit_with_the_chain_recomputed_still_differs_from_the_tables(
    made: DeskHome, registered: tuple[Registered, ...]
) -> None:
    """Whoever rewrites an entry and every head after it has not rewritten the request's row."""

    def change(desk: Desk) -> None:
        rows = desk.journal.entries(2, 100)
        head = desk.journal.head_at(2) or b""
        desk.db.execute("DROP TRIGGER journal_no_update")
        for row in rows:
            data = row.data or b""
            if row.seq == 3:
                data = data.replace(b'"operator":"ivanova"', b'"operator":"petrovs"')
                assert decode(data).body["operator"] == "petrovs"
            leaf = chain.leaf(data)
            head = chain.next_head(head, leaf)
            desk.db.execute(
                "UPDATE journal SET bytes = ?, leaf = ?, head = ? WHERE seq = ?",
                [data, leaf, head, row.seq],
            )
        desk.db.execute("UPDATE journal_epoch SET head = ?", [head])

    audit = check(made, change)

    assert f"обращение {registered[0].number.text}: строка не такая" in places(audit)


def test_request_counted_as_delivered_by_its_place_is_named(
    made: DeskHome, registered: tuple[Registered, ...]
) -> None:
    """A request moved to another place of the journal would count as sent: it is found."""
    number = registered[2].number.text
    audit = check(made, sql(f"UPDATE request SET seq = 1 WHERE number = '{number}'"))

    assert f"обращение {number}: стоит не там" in places(audit)


def test_search_index_that_lost_a_request_is_named(
    made: DeskHome, registered: tuple[Registered, ...]
) -> None:
    """A request that search cannot find any more is a fault."""
    audit = check(
        made,
        sql(
            "INSERT INTO request_fts (request_fts, rowid, folded)"
            " SELECT 'delete', rid, folded FROM request WHERE rid = 1"
        ),
    )

    assert "поиск, request_fts" in places(audit)


def test_wrong_day_total_is_named(made: DeskHome, registered: tuple[Registered, ...]) -> None:
    """A day's total that does not follow from its entries is found."""
    audit = check(made, sql("UPDATE day_total SET n = n + 1"))

    assert "итог дня 2026-11-21" in places(audit)


def test_unreadable_draft_is_named(made: DeskHome, registered: tuple[Registered, ...]) -> None:
    """A draft that is not a document any more is found."""
    audit = check(made, sql("UPDATE draft SET document = '{'"))

    assert [fault.text for fault in audit.faults] == ["не читается"]
    assert audit.faults[0].where.startswith("черновик ")


def test_paper_that_is_not_the_journalled_one_is_named(
    made: DeskHome, registered: tuple[Registered, ...]
) -> None:
    """The hash of a printed paper stands in the journal."""
    audit = check(made, sql("UPDATE print_job SET sha256 = '00' WHERE state = 'printed'"))

    assert f"бумага receipt к обращению {registered[0].number.text}" in places(audit)


def test_slot_of_a_locked_out_operator_is_named(made: DeskHome) -> None:
    """An old keys.json put back is found, and so is an operator without a key."""
    with made.login() as desk:
        before = made.home.keyslots.read_bytes()
        desk.operators.add("petrov", "Петров П. С.", Role.SPECIALIST, "petrov's words")
        with_petrov = made.home.keyslots.read_bytes()
    made.home.keyslots.write_bytes(before)
    assert "keys.json, petrov: ключа нет" in places(check(made))
    made.home.keyslots.write_bytes(with_petrov)
    with made.login() as desk:
        desk.operators.lock_out("petrov")
    made.home.keyslots.write_bytes(with_petrov)

    assert "keys.json, petrov: есть ключ" in places(check(made))


def test_damaged_page_is_named(made: DeskHome, registered: tuple[Registered, ...]) -> None:
    """A byte flipped in a page nobody reads at login is found by the pages' HMAC."""
    with made.login() as desk:
        page = desk.db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'paper_content'"
        ).fetchone()[0]
    database = made.home.database
    data = bytearray(database.read_bytes())
    data[(page - 1) * 4096 + 100] ^= 0x01
    database.write_bytes(bytes(data))

    audit = check(made)

    assert audit.faults[0].where == "файл базы"
    assert "restore" in audit.faults[0].text or "восстановите" in audit.faults[0].text
