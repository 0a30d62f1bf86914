"""Whatever bytes an entry holds, they are stored and judged alone; the neighbours are applied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.batch import Limits
from tests.centre_world import HandDesk, LocalCentre, record

NUMBERS = count(1)
TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=()),  # lone surrogates are among them
        st.sampled_from("\0\u202e\ufeff\ud800\udfff\r\n'\"\\"),
    ),
    max_size=40,
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.just("x" * 60_000)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
PLACES = st.sampled_from(
    [
        *[(name,) for name in ("v", "id", "kind", "req", "base", "stamp", "op", "body", "more")],
        *[("body", name) for name in ("number", "service", "service_version", "accepted_at")],
        *[("body", "record", name) for name in ("service", "applicant", "answers", "documents")],
        ("body", "record", "applicant", "surname"),
        ("body", "record", "applicant", "birth"),
        ("body", "record", "applicant", "identity"),
    ]
)
CHANGES = st.lists(st.tuples(PLACES, VALUES), min_size=1, max_size=4)
POISON = st.one_of(
    st.binary(max_size=300).map(lambda raw: raw.replace(b"\n", b" ")),
    st.binary(max_size=40).map(lambda raw: b'{"id":"' + raw.replace(b"\n", b" ")),
    CHANGES,
)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCentre]:
    """One centre for all of it: poison of one desk is nothing to the next."""
    centre = LocalCentre(tmp_path_factory.mktemp("centre"))
    yield centre
    centre.close()


def changed(desk: HandDesk, changes: list[tuple[tuple[str, ...], object]]) -> bytes:
    """A registration with some of its values replaced; small enough to be an entry."""
    entry = json.loads(desk.registration(record(1)))
    for path, value in changes:
        place = entry
        for name in path[:-1]:
            inner = place.get(name)
            place = inner if isinstance(inner, dict) else {}
        place[path[-1]] = value
    data = json.dumps(entry).encode()
    return data if len(data) <= Limits().entry else data[: Limits().entry]


def judged(local: LocalCentre, given: list[object]) -> None:
    """A batch of one good request after each poisoned entry: all is kept, the good are applied."""
    desk = local.desk(next(NUMBERS))
    for one in given:
        desk.journal.append(one if isinstance(one, bytes) else changed(desk, one))  # type: ignore[arg-type]
        desk.journal.append(desk.registration(record(desk.counter)))

    assert local.accept(desk.seal(1, len(desk.journal))).status == 201

    rows = local.rows(desk)
    assert len(rows) == len(desk.journal)
    assert [row.outcome for row in rows[1::2]] == ["applied"] * len(given)
    assert all(row.outcome for row in rows[::2])
    assert local.kept(desk) == desk.journal
    events = local.centre.store.register.events(desk.desk, 0, 1000)
    assert [json.loads(one.body)["seq"] for one in events] == list(range(1, len(rows) + 1))
    assert local.projector.run_all() == 0


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(given=st.lists(POISON, min_size=1, max_size=4))
def test_any_poison_is_judged_alone(local: LocalCentre, given: list[object]) -> None:
    """A few dozen entries."""
    judged(local, given)


@pytest.mark.full
@pytest.mark.timeout(1800)
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(given=st.lists(POISON, min_size=1, max_size=4))
def test_thousands_of_poisons_are_judged_alone(local: LocalCentre, given: list[object]) -> None:
    """Some five thousand."""
    judged(local, given)
