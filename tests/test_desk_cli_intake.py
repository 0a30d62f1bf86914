"""`catalogue` and `intake` as processes: JSON lines in, an answer a line, exit codes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mfc_desk.errors import PROBLEMS, USAGE
from tests.command_line import answers, mfc_desk
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import document, ten_mistakes

TODAY = datetime.now(UTC).date()


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


def lines(*documents: object) -> bytes:
    """Documents as JSON lines."""
    return b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in documents)


def numbers_of(made: DeskHome) -> list[str]:
    """The numbers on the desk, oldest first."""
    with made.login() as desk:
        return [row.number for row in desk.find.recent()][::-1]


def test_examples_of_the_catalogue_are_registered_as_they_are(made: DeskHome) -> None:
    """`catalogue example` writes what `intake` reads; all 74 are taken in test_desk_catalogue."""
    home = made.home.root
    listed = json.loads(mfc_desk(home, "catalogue", "list", "--json").stdout)
    usual = ("egrn-info", "reg-residence", "soc-card", "zags-birth", "kad-prava", "edinoe-posobie")
    examples = b"".join(mfc_desk(home, "catalogue", "example", slug).stdout for slug in usual)

    taken = answers(mfc_desk(home, "intake", "-", stdin=examples))

    assert len(listed) == 74
    assert len(taken) == len(usual)
    assert [one["number"] for one in taken] == numbers_of(made)
    assert all(set(one) == {"number", "id"} for one in taken)


def test_ten_mistakes_are_all_named_beside_what_is_registered(made: DeskHome) -> None:
    """Exit 5; one bad document stops none of the others; `ref` comes back; nothing half done."""
    with made.login() as desk:
        spoiled, paths = ten_mistakes(desk)
        good = [document(desk, seed=seed, today=TODAY) for seed in (1, 2)]
    documents = [good[0] | {"ref": "first"}, spoiled | {"ref": 7}, good[1]]
    file = made.home.root.parent / "documents.jsonl"
    file.write_bytes(lines(*documents))

    first, refused, last = answers(mfc_desk(made.home.root, "intake", str(file), code=PROBLEMS))

    assert (first["ref"], refused["ref"]) == ("first", 7)
    assert "number" not in refused
    assert paths <= {problem["path"] for problem in refused["problems"]}
    for problem in refused["problems"]:
        assert set(problem) == {"path", "code", "text", "label", "severity"}
        assert problem["text"]
    assert numbers_of(made) == [first["number"], last["number"]]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"{oops}\n", "не JSON"),
        (b"[1, 2]\n", "не объект"),
        ('{"service": "соц"}\n'.encode("cp1251"), "не UTF-8"),
        (b'{"a": NaN}\n', "не числа"),
        (b'{"service": "soc-card", "service": "egrn-info"}\n', "повторяется"),
        (b"[" * 100_000 + b"\n", "вложенность"),
        (b'"' + b"9" * 100 + b"\n", "не JSON"),
    ],
    ids=["text", "list", "cp1251", "nan", "twice", "deep", "cut"],
)
def test_an_unreadable_line_is_named_and_the_lines_before_it_stay(
    made: DeskHome, bad: bytes, why: str
) -> None:
    """Exit 2 with the line's number; what it held is not repeated."""
    with made.login() as desk:
        good = document(desk, today=TODAY)
    stdin = lines(good) + b"\n" + bad + lines(good)

    done = mfc_desk(made.home.root, "intake", "-", stdin=stdin, code=USAGE)

    assert [one["number"] for one in answers(done)] == numbers_of(made)
    assert len(numbers_of(made)) == 1
    said = done.stderr.decode()
    assert "Строка 3" in said
    assert why in said
    assert "Traceback" not in said


def test_an_unknown_service_is_answered_and_is_a_usage_error(made: DeskHome) -> None:
    """The line says which member is wrong; the others go on."""
    with made.login() as desk:
        good = document(desk, today=TODAY)
    stdin = lines({"service": "no-such", "ref": "a"}, {"ref": "b"}, good)

    told = answers(mfc_desk(made.home.root, "intake", "-", stdin=stdin, code=USAGE))

    assert [one.get("ref") for one in told] == ["a", "b", None]
    assert [one["problems"][0]["path"] for one in told[:2]] == ["service", "service"]
    assert told[2]["number"] == numbers_of(made)[0]


def test_one_document_over_many_lines_is_read(made: DeskHome) -> None:
    """A person edits an example in an editor that breaks lines."""
    with made.login() as desk:
        good = document(desk, today=TODAY)

    told = answers(
        mfc_desk(made.home.root, "intake", "-", stdin=json.dumps(good, indent=2).encode())
    )

    assert [one["number"] for one in told] == numbers_of(made)


@pytest.mark.parametrize(
    "change",
    [
        {"applicant": []},
        {"applicant": None},
        {"answers": "text"},
        {"documents": {"0": 1}},
        {"documents": [1, None, "x"]},
        {"delivery": 5},
        {"overrides": [1]},
        {"representative": "x"},
        {"ref": {"a": 1}},
        {"unknown": True},
    ],
)
def test_a_document_of_the_wrong_shape_has_problems_and_no_crash(
    made: DeskHome, change: dict[str, object]
) -> None:
    """Whatever JSON can hold is answered by problems."""
    with made.login() as desk:
        good = document(desk, today=TODAY)

    (told,) = answers(
        mfc_desk(made.home.root, "intake", "-", stdin=lines(good | change), code=PROBLEMS)
    )

    assert told["problems"]
    assert numbers_of(made) == []


def test_text_that_is_no_unicode_is_refused_and_nothing_is_kept(made: DeskHome) -> None:
    """A lone surrogate escapes JSON and must not escape us."""
    with made.login() as desk:
        good = document(desk, today=TODAY)
    good["answers"]["code_word"] = "слово"
    stdin = json.dumps(good).encode().replace(b"\\u0441\\u043b", b"\\ud800\\u043b")

    (told,) = answers(mfc_desk(made.home.root, "intake", "-", stdin=stdin, code=PROBLEMS))

    assert told["problems"]
    assert numbers_of(made) == []


def test_a_file_that_is_not_there_is_a_usage_error(made: DeskHome) -> None:
    """With its name and no trace."""
    done = mfc_desk(made.home.root, "intake", "/no/such/file", code=USAGE)

    assert "/no/such/file" in done.stderr.decode()


def test_the_catalogue_is_shown_checked_and_described_without_a_desk(tmp_path: Path) -> None:
    """No login is needed to read the catalogue."""
    home = tmp_path / "nowhere"

    shown = json.loads(mfc_desk(home, "catalogue", "show", "soc-card", "--json").stdout)
    schema = json.loads(mfc_desk(home, "catalogue", "schema", "soc-card").stdout)
    text = mfc_desk(home, "catalogue", "show", "passport-rf").stdout.decode()
    checked = mfc_desk(home, "catalogue", "check").stdout.decode()

    assert shown["slug"] == "soc-card"
    assert {one["name"] for one in shown["documents"]} >= {"application", "identity", "snils"}
    assert schema["properties"]["service"]
    assert "Госпошлина" in text or "Плата" in text
    assert "Ошибок нет" in checked
    assert not home.exists()
    for words in (("show", "no-such"), ("schema", "no-such"), ("example", "no-such")):
        assert "catalogue list" in mfc_desk(home, "catalogue", *words, code=USAGE).stderr.decode()


def test_every_mistake_of_a_catalogue_folder_is_listed(tmp_path: Path) -> None:
    """Exit 5, a line a mistake, machine-readable under --json."""
    folder = tmp_path / "catalogue"
    (folder / "services").mkdir(parents=True)
    (folder / "services" / "one.toml").write_text("title = 7\ncolour = 'red'\n", "utf-8")
    (folder / "services" / "two.toml").write_text("= broken", "utf-8")

    text = mfc_desk(tmp_path, "catalogue", "check", str(folder), code=PROBLEMS).stdout.decode()
    told = json.loads(
        mfc_desk(tmp_path, "catalogue", "check", str(folder), "--json", code=PROBLEMS).stdout
    )

    assert "one.toml" in text
    assert "two.toml" in text
    files = {mistake["file"] for mistake in told["mistakes"]}
    assert {"services/one.toml", "services/two.toml", "catalogue.toml"} <= files
    assert "нет" in mfc_desk(tmp_path, "catalogue", "check", "/nowhere", code=USAGE).stderr.decode()
