"""What `catalogue import` wrote is installed on a desk, and its examples are taken by `intake`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from forms.catalogue import Catalogue
from forms.example import example
from forms.xlsform import NotAnXlsForm, NothingToImport, import_xlsform
from mfc_desk.catalogues.published import copy_to, install
from tests.command_line import answers, mfc_desk
from tests.desk_home import DeskHome, set_up_home
from tests.test_forms_xlsform import CATALOGUE, FORMS, REAL_FORMS, TODAY, written

SEEDS = (0, 1)
FEW = 8
"""Every eighth form of ours by default; all of them and the real ones in the full run."""


def installed(made: DeskHome, forms: list[Path]) -> tuple[Catalogue, list[str]]:
    """Import forms into one catalogue folder, as a writer of forms does, and switch to it.

    A form that does not import says why in test_forms_xlsform and is passed by here.
    """
    folder = made.home.root.parent / "catalogue"
    copy_to(made.home, folder)
    slugs = []
    for number, path in enumerate(forms):
        try:
            found = import_xlsform(path, CATALOGUE, TODAY)
        except (NotAnXlsForm, NothingToImport):
            continue
        slugs.append(f"imported-{number}")  # two forms may be called the same
        text = re.sub(r'(?m)^slug = ".*"$', f'slug = "{slugs[-1]}"', found.text, count=1)
        (folder / "services" / f"{slugs[-1]}.toml").write_text(text, "utf-8")
    return install(made.home, folder), slugs


def taken(folder: Path, forms: list[Path]) -> int:
    """Register two examples of each imported form by the command; how many forms there were."""
    made = set_up_home(folder / "desk")
    catalogue, slugs = installed(made, forms)
    documents = [
        example(catalogue.service(slug), catalogue, TODAY, seed) for slug in slugs for seed in SEEDS
    ]
    file = folder / "documents.jsonl"
    file.write_text("".join(f"{json.dumps(one)}\n" for one in documents), "utf-8")

    told = answers(mfc_desk(made.home.root, "intake", str(file)))

    assert [one for one in told if "number" not in one] == []
    assert len({one["number"] for one in told}) == len(documents)
    with made.login() as desk:
        registered = {desk.find.card(one["number"]).service for one in told}
    assert registered == set(slugs)
    return len(slugs)


def ours(folder: Path) -> list[Path]:
    """The tables of ours as files."""
    files = []
    for number, form in enumerate(FORMS.values()):
        (folder / str(number)).mkdir()
        files.append(written(folder / str(number), form))
    return files


def test_imported_forms_of_ours_are_registered_by_intake(tmp_path: Path) -> None:
    """A few of our tables; each that imports is a service of the desk from then on."""
    assert taken(tmp_path, ours(tmp_path)[::FEW]) >= len(FORMS) // FEW // 2


@pytest.mark.full
def test_all_imported_forms_of_ours_are_registered_by_intake(tmp_path: Path) -> None:
    """Every table of ours that imports, one of 300 rows among them."""
    unimported = sum("- nothing" in form or "- refused" in form for form in FORMS.values())
    assert taken(tmp_path, ours(tmp_path)) == len(FORMS) - unimported


@pytest.mark.full
@pytest.mark.skipif(not REAL_FORMS, reason="../shared/xlsforms is not there: real forms not run")
def test_imported_real_forms_are_registered_by_intake(tmp_path: Path) -> None:
    """The real XLSForms, those that import."""
    assert taken(tmp_path, REAL_FORMS) > len(REAL_FORMS) // 2
