"""XLSForms come into the catalogue, or it is said exactly what of them cannot and where."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forms.catalogue import load
from forms.check import check
from forms.example import example
from forms.xlsform import Imported, NotAnXlsForm, NothingToImport, import_xlsform, proving
from forms.xlsform.expression import Inexpressible, parse
from mfc_desk.__main__ import main

TODAY = date(2026, 11, 21)
CATALOGUE = load()
OURS = Path(__file__).parent / "data" / "xlsforms.md"
REAL = Path(__file__).parent.parent.parent / "shared" / "xlsforms"
REAL_FORMS = sorted(REAL.glob("*.xls*")) if REAL.is_dir() else []
ENOUGH = 0.7

EXPECTED = re.compile(r"^- (has|lost|nothing|refused) ?(.*)$", re.MULTILINE)
FORMS = {
    part.partition("\n")[0]: part.partition("\n")[2]
    for part in OURS.read_text("utf-8").split("\n## ")[1:]
}


def written(folder: Path, form: str) -> Path:
    """The table of a form of ours as a file."""
    path = folder / "form.md"
    path.write_text("\n".join(re.findall(r"^\|.*$", form, re.MULTILINE)) + "\n", "utf-8")
    return path


def places(found: tuple[Any, ...]) -> list[str]:
    """The remarks of a kind as `survey 2-3 type`."""
    return sorted(
        f"{note.sheet} {note.rows[0]}{f'-{note.rows[-1]}' if len(note.rows) > 1 else ''}"
        f" {note.column}"
        for note in found
    )


def passes(found: Imported) -> None:
    """What was imported loads beside the packaged blocks, and its examples have no problem."""
    service, alone, mistakes = proving.read(tomllib.loads(found.text), CATALOGUE)
    assert mistakes == ()
    for seed in range(4):
        made = example(service, alone, TODAY, seed)
        assert check(service, alone, made, TODAY).problems == ()


@pytest.mark.parametrize("name", FORMS)
def test_each_construct_imports_or_says_why_not(tmp_path: Path, name: str) -> None:
    """A form of one construct: what comes of it, and every place that has no counterpart."""
    expected = EXPECTED.findall(FORMS[name])
    lost = [place for word, place in expected if word == "lost"]
    kinds = {word for word, _ in expected}
    assert expected
    path = written(tmp_path, FORMS[name])
    if kinds & {"nothing", "refused"}:
        with pytest.raises((NothingToImport, NotAnXlsForm)) as refusal:
            import_xlsform(path, CATALOGUE, TODAY)
        assert all(words in str(refusal.value) for word, words in expected if word == "refused")
        assert places(getattr(refusal.value, "lost", ())) == sorted(lost)
        return

    found = import_xlsform(path, CATALOGUE, TODAY)

    assert places(found.lost) == sorted(lost)
    assert [words for word, words in expected if word == "has" and words not in found.text] == []
    assert not [note for note in found.fill if "example" in note.text]
    passes(found)


def test_there_are_forty_forms_of_ours_and_one_of_300_rows() -> None:
    """The list is as long as it was promised."""
    assert len(FORMS) >= 40
    assert FORMS["300 rows"].count("\n| |") > 300


def refusal_of(path: Path) -> NotAnXlsForm | NothingToImport | None:
    """Why a form does not import; None when it does, and its example registers."""
    try:
        found = import_xlsform(path, CATALOGUE, TODAY)
    except (NotAnXlsForm, NothingToImport) as refusal:
        return refusal
    passes(found)
    notes = (*found.lost, *found.changed)
    return None if all(note.sheet for note in notes) else NothingToImport("без места", notes)


@pytest.mark.skipif(not REAL_FORMS, reason="../shared/xlsforms is not there: real forms not run")
def test_real_forms_import_or_say_why_not() -> None:
    """Of those that pyxform accepts at least 70 % import and register an example."""
    refusals = {path.name: refusal_of(path) for path in REAL_FORMS}
    accepted = {
        name: refusal for name, refusal in refusals.items() if not isinstance(refusal, NotAnXlsForm)
    }
    unsaid = [name for name, refusal in refusals.items() if refusal and name not in str(refusal)]
    unplaced = [
        name
        for name, refusal in accepted.items()
        if refusal and not (refusal.lost and all(note.rows for note in refusal.lost))
    ]

    assert (unsaid, unplaced) == ([], [])
    assert list(accepted.values()).count(None) / len(accepted) >= ENOUGH


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04" + b"garbage" * 40, b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"| survey |\n"],
)
@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".md", ".csv", ".txt"])
def test_a_file_that_is_no_form_is_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    """Whatever stands in the file: a sentence that names it, never a crash."""
    path = tmp_path / f"form{suffix}"
    path.write_bytes(content)

    with pytest.raises(NotAnXlsForm) as refusal:
        import_xlsform(path, CATALOGUE, TODAY)

    assert path.name in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    ["", "${a} =", "= 1", "(${a}", "../x = 1", "/data/x", "${a} = #", "f(,)", "(" * 200 + "1"],
)
def test_what_is_no_expression_is_said(text: str) -> None:
    """The parser refuses in words; it neither crashes nor guesses."""
    with pytest.raises(Inexpressible):
        parse(text)


def test_the_language_is_chosen(tmp_path: Path) -> None:
    """By its name or code; one that the form has not is refused with those it has."""
    path = written(tmp_path, FORMS["languages"])

    assert 'label = "Town"' in import_xlsform(path, CATALOGUE, TODAY, language="en").text
    with pytest.raises(NotAnXlsForm, match=r"Есть: English \(en\), Русский \(ru\)"):
        import_xlsform(path, CATALOGUE, TODAY, language="fr")


def test_the_commands_take_a_stranger_from_a_spreadsheet_to_a_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """copy, import, check, example, one after the other, as docs/forms.md says."""
    folder, form = tmp_path / "catalogue", written(tmp_path, FORMS["settings"])

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["--home", str(tmp_path / "home"), "catalogue", *words])
        return code, *capsys.readouterr()

    assert run("copy", str(folder))[0] == 0
    code, out, _ = run("import", str(form), "--dir", str(folder), "--json")
    told = json.loads(out)
    assert (code, told["imported"], told["slug"]) == (0, True, "club-form")
    assert [(one["sheet"], one["rows"], one["column"]) for one in told["lost"]] == [
        ("settings", [2], "style")
    ]
    assert run("check", str(folder))[0] == 0
    made = json.loads(run("example", "club-form", "--dir", str(folder))[1])
    loaded = load(folder)
    assert check(loaded.service("club-form"), loaded, made, TODAY).errors == ()
    code, _, err = run("import", str(form), "--dir", str(folder))
    assert (code, "--replace" in err) == (2, True)
    assert run("import", str(form), "--dir", str(folder), "--replace")[0] == 0
    code, out, _ = run("import", str(form), "--strict")
    assert (code, "settings, строка 2, style" in out) == (5, True)
    assert run("import", str(tmp_path / "none.xlsx"))[0] == 5
    assert run("import", str(form), "--dir", str(tmp_path))[0] == 2


def test_an_open_desk_never_loads_the_import() -> None:
    """pyxform and what it needs are imported by `catalogue import` alone."""
    heavy = ("pyxform", "openpyxl", "lark", "tomlkit", "rstr", "forms.xlsform")
    code = (
        "import sys, mfc_desk.app, mfc_desk.screens.work_day, mfc_desk.cli.catalogue;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("pattern", [r"[^\x00-\x7f]{2}", r"(а)?(?(1)б|в)", r"а++б", r"(а)|б\1"])
def test_a_pattern_nobody_can_spell_does_not_end_the_import(tmp_path: Path, pattern: str) -> None:
    """It is told that an example is missing, or one of the other candidates passes."""
    cell = f"regex(., '{pattern}')".replace("|", "\\|")
    form = (
        "| survey | | | | |\n"
        "| | type | name | label | constraint |\n"
        f"| | text | word | Слово | {cell} |\n"
    )
    path = tmp_path / "form.md"
    path.write_text(form, "utf-8")
    found = import_xlsform(path, CATALOGUE, TODAY, slug="word")

    assert tomllib.loads(found.text)["section"][0]["field"][0]["name"] == "word"


def test_a_mistake_of_ours_is_not_taken_for_a_pattern_rstr_cannot_spell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only what rstr itself raises is caught."""

    def broken(_self: object, _pattern: str) -> str:
        raise TypeError

    monkeypatch.setattr("rstr.Rstr.xeger", broken)
    with pytest.raises(TypeError):
        proving._spelled("а+")
