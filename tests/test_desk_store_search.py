"""Search as you type over the store: what finds a request, in which order, how long it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.number import compose
from forms.number import read as read_number
from mfc_desk.store import exchange, numbers, request_acts, requests, search
from sync import journal
from sync.database import Database, IntegrityError, open_database

KEY = bytes(range(32))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """An encrypted database with the tables of requests."""
    sets = [part.migrations for part in (journal, requests, request_acts, exchange)]
    with open_database(
        tmp_path / "desk.db", key=KEY, migrations=sets, application_id=1, schema_name="test"
    ) as database:
        yield database


def put(db: Database, seq: int, name: str, phone: str = "", snils: str = "") -> str:
    """Register a request of `name` under counter `seq` and return its number."""
    number = compose(317, seq, 51)
    tails = search.number_groups(number.digits)
    with db.atomic():
        numbers.take_counter(db, 317)
        requests.add(
            db,
            requests.StoredRequest(
                id=f"request-{seq}",
                number=number.text,
                service="soc-card",
                service_version=1,
                catalogue_digest="00",
                accepted_at="2026-11-21T12:31:00+09:00",
                register_by="2026-11-23T09:00:00.000Z",
                applicant=name,
                applicant_key=name,
                operator="ivanova",
                entry_id=f"entry-{seq}",
                epoch=1,
                seq=seq,
                head="0badcafe",
                body="{}",
                folded=search.indexed_text([name], [search.phone_digits(phone), snils], tails),
            ),
        )
    return number.text


def found(db: Database, typed: str, **page: int) -> list[str]:
    """Names found by a typed text, in the order they are shown."""
    match = search.expression(typed)
    if match is None:
        return []
    limit, before = page.get("limit", 50), page.get("before")
    lines, complete = search.matching(db, match, limit=limit, before=before)
    assert complete
    begins = search.number_beginning(typed)
    if begins:
        lines += search.by_number_beginning(db, begins, limit=limit, before=before)
    return [line.applicant for line in sorted(set(lines), key=lambda line: -line.rid)]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Ёлкин Пётр Ильич", "елкин петр"),
        ("Елкин Петр Ильич", "Ёлкин"),
        ("Їжакевич Ганна Євгенівна", "ижакевич евген"),
        ("Гнатюк Ґалаґан", "галаган"),
        ("Мар'яненко Сергій", "марьяненко"[:3]),
        ("О’Коннор Анна", "оконнор"),
        ("Петров-Водкин Илья", "водкин"),
        ("Чайкина Алексей", "чаик"),
        ("ОБРАЗЦОВА МАРИЯ", "обр мар"),
        ("Образцова Мария Петровна", "петровна образц"),
    ],
)
def test_a_name_is_found_in_any_spelling_by_the_beginnings_of_its_words(
    db: Database, name: str, typed: str
) -> None:
    """Ё/Е, Ukrainian letters, apostrophes, hyphens, case and order of words do not matter."""
    put(db, 1, "Совсем Другой Человек")
    put(db, 2, name)

    assert found(db, typed) == [name]


def test_all_words_must_be_there(db: Database) -> None:
    """Two words narrow the result, they do not widen it."""
    put(db, 1, "Образцова Мария")
    put(db, 2, "Образцова Анна")

    assert found(db, "образцова анна") == ["Образцова Анна"]
    assert found(db, "образцова олег") == []


@pytest.mark.parametrize(
    "typed",
    [
        "00317-000428-51",
        "428",
        "000428",
        "…000428-51-{c}",
        "51-{c}",
        "428-51",
        "003170004285",
        "№ 428",
    ],
)
def test_a_number_is_found_by_its_beginning_and_by_its_last_digits(
    db: Database, typed: str
) -> None:
    """What an elderly person reads off the receipt by telephone is enough."""
    put(db, 777, "Другая")
    number = put(db, 428, "Образцова")

    assert found(db, typed.format(c=number[-1])) == ["Образцова"]


def test_beginnings_of_a_number_find_the_newest_requests_of_every_desk(db: Database) -> None:
    """Not a digit of a number but narrows the list; a desk enrolled anew shows its new ones."""
    numbers = [put(db, seq, f"Образцова {seq}") for seq in (9, 10, 11, 100)]

    digits = "".join(c for c in numbers[2] if c.isdigit())
    for length in range(1, len(digits) + 1):
        begins = [n for n in numbers if n.replace("-", "").startswith(digits[:length])]
        lines = search.by_number_beginning(db, digits[:length], limit=50, before=None)
        assert [line.number for line in lines] == begins[::-1]
    assert [
        line.seq for line in search.by_number_beginning(db, "003", limit=2, before=lines[0].rid)
    ] == [10, 9]


@pytest.mark.parametrize(
    "typed",
    [
        "+7 900 000-12-34",
        "+7 900 000 1",
        "8 (900) 000-12-34",
        "9000001234",
        "12-34",
        "1234",
        "001234",
    ],
)
def test_a_phone_is_found_whole_or_by_its_tail(db: Database, typed: str) -> None:
    """The phone may be written in any way, or only its end."""
    put(db, 1, "Образцова", phone="+7 900 000-12-34")
    put(db, 2, "Другая", phone="+7 900 000-43-21")

    assert found(db, typed) == ["Образцова"]


def test_a_snils_is_found_by_its_last_four_digits(db: Database) -> None:
    """The last digits of a СНИЛС are what people say."""
    put(db, 1, "Образцова", snils="900-100-200 93")

    assert found(db, "00 93") == ["Образцова"]
    assert found(db, "900-100-200 93") == ["Образцова"]
    assert found(db, "2093x") == []


def test_the_newest_come_first_and_a_page_goes_on_where_the_last_ended(db: Database) -> None:
    """Pages are cut by the row id, so a new request does not shift them."""
    for seq in range(1, 8):
        put(db, seq, f"Образцова {seq}")
    match = search.expression("образцова")
    assert match is not None

    first, _ = search.matching(db, match, limit=3, before=None)
    put(db, 8, "Образцова 8")
    second, _ = search.matching(db, match, limit=3, before=first[-1].rid)

    assert [line.seq for line in first] == [7, 6, 5]
    assert [line.seq for line in second] == [4, 3, 2]


@pytest.mark.parametrize("typed", ["", "   ", "-", "№", '"', "*", "()", "…"])
def test_a_text_that_asks_for_nothing_finds_nothing(typed: str) -> None:
    """Signs alone are not a question."""
    assert search.expression(typed) is None


@given(st.text(max_size=40))
def test_no_typed_text_breaks_the_question(typed: str) -> None:
    """Whatever is typed becomes a question of quoted words only."""
    match = search.expression(typed)

    if match is not None:
        assert match.count('"') % 2 == 0
        bare = "".join(match.split('"')[::2])
        assert set(bare) <= set("*() ANDOR")


@given(st.integers(0, 99999), st.integers(1, 999999), st.integers(0, 99))
def test_every_tail_of_a_number_is_the_beginning_of_an_indexed_word(
    desk_no: int, counter: int, salt: int
) -> None:
    """The index holds each number readable from its end."""
    digits = compose(desk_no, counter, salt).digits
    words = search.indexed_text([], [], search.number_groups(digits)).split()

    assert read_number(digits).digits == digits
    for tail in range(2, len(digits)):
        assert any(word.startswith("r" + digits[-tail:][::-1]) for word in words)


def test_a_long_search_is_interrupted_and_what_it_found_is_kept(db: Database) -> None:
    """The clock decides when it is too long; the answer says that it is not complete."""
    for seq in range(1, 200):
        put(db, seq, f"Образцова {seq}")
    ticks = count()
    match = search.expression("образцова")
    assert match is not None

    lines, complete = search.matching(
        db, match, limit=200, before=None, monotonic=lambda: float(next(ticks))
    )

    assert not complete
    assert [line.seq for line in lines] == sorted((line.seq for line in lines), reverse=True)
    assert search.matching(db, match, limit=500, before=None)[1]


def test_versions_are_append_only(db: Database) -> None:
    """No statement changes or removes a version of a request."""
    put(db, 1, "Образцова")

    for sql in ("UPDATE request_version SET version = 2", "DELETE FROM request_version"):
        with pytest.raises(IntegrityError, match="append-only"):
            db.execute(sql)


def test_counters_of_desks_do_not_mix_and_do_not_repeat(db: Database) -> None:
    """Each desk counts from one; a counter that was rolled back is given again."""
    with db.atomic():
        assert [numbers.take_counter(db, 317) for _ in range(3)] == [1, 2, 3]
        assert numbers.take_counter(db, 0) == 1
    with suppress(ZeroDivisionError), db.atomic():
        numbers.take_counter(db, 317)
        raise ZeroDivisionError
    with db.atomic():
        assert numbers.take_counter(db, 317) == 4
