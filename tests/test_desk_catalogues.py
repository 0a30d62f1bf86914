"""Versions of the catalogue: a switch is whole or not at all, drafts keep their own."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from forms.catalogue import FILES, CatalogueError
from forms.check import visible_fields
from mfc_desk.access.roles import Role
from mfc_desk.catalogues.published import catalogue_of, copy_to, mistakes_of
from mfc_desk.desk import Desk
from mfc_desk.errors import NotAllowed, UsageError
from mfc_desk.intake.drafts import Draft
from mfc_desk.screens.form.form import FormScreen
from mfc_desk.screens.intake.steps import StepWanted
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import SURNAME, TODAY, document
from tests.screen_world import at_work, desk_of

SLUG = "phone-lgota"


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


def edition(made: DeskHome, name: str, version: int) -> Path:
    """A catalogue folder in which one service has another version and one more question."""
    folder = made.home.root.parent / name
    copy_to(made.home, folder)
    head = folder / "catalogue.toml"
    lines = head.read_text("utf-8").splitlines()
    head.write_text(
        "\n".join(f'version = "{name}"' if line.startswith("version") else line for line in lines),
        "utf-8",
    )
    file = folder / "services" / f"{SLUG}.toml"
    text = file.read_text("utf-8")
    before = text.split("version = ", 1)[1].split("\n", 1)[0]
    field = f'[[section.field]]\nname = "asked_{version}"\nlabel = "Вопрос {name}"\ntype = "text"\n'
    place = text.index("[[section.field]]")
    text = text[:place] + field + "\n" + text[place:]
    file.write_text(text.replace(f"version = {before}", f"version = {version}", 1), "utf-8")
    return folder


def spoil(folder: Path) -> None:
    """A mistake in a file of a catalogue."""
    file = folder / "services" / f"{SLUG}.toml"
    file.write_text(file.read_text("utf-8").replace("authority", "autority", 1), "utf-8")


def begun(desk: Desk, name: str) -> Draft:
    """A draft of the service for this person."""
    return desk.intake.begin(SLUG, {"kind": "person", "surname": SURNAME, "name": name})


def questions(desk: Desk, draft: Draft) -> set[str]:
    """Names of the form's own fields that a draft asks."""
    catalogue = desk.intake.catalogue_of(draft)
    fields = visible_fields(catalogue.services[SLUG], catalogue, draft.document, TODAY)
    return {placed.path for placed in fields if placed.path.startswith("answers.asked")}


async def test_three_drafts_of_two_versions_each_open_under_their_own(made: DeskHome) -> None:
    """One person, one service: what was begun under a version is asked by it, on the screen too."""
    with made.login() as desk:
        desk.catalogues.install(edition(made, "2026.12", 7))
        old = [begun(desk, name) for name in ("Анна", "Борис")]
        desk.catalogues.install(edition(made, "2027.01", 8))
        new = begun(desk, "Вера")
        assert [draft.service_version for draft in (*old, new)] == [7, 7, 8]
        assert {row.id: row.current for row in desk.intake.drafts()} == {
            **{draft.id: False for draft in old},
            new.id: True,
        }
    async with at_work(made) as hands:
        desk = desk_of(hands)
        seen = {}
        for draft in (*old, new):
            opened = desk.intake.open(draft.id)
            hands.app.post_message(StepWanted(opened, "form", "answers.asked_7"))
            form = await hands.screen(FormScreen)
            await hands.until(lambda: hands.app.focused, "a focused field")
            seen[draft.id] = {
                placed.path.removeprefix("answers.")
                for section in form.form.sections
                for placed in section.fields
                if "asked" in placed.path
            }
            await hands.press("escape")
            await hands.until(lambda: not isinstance(hands.app.screen, FormScreen), "it left")

    assert [seen[draft.id] for draft in (*old, new)] == [
        {"asked_7"},
        {"asked_7"},
        {"asked_7", "asked_8"},
    ]


def test_a_draft_is_registered_under_its_own_version(made: DeskHome) -> None:
    """The record and the journal name the version and the digest it was taken by."""
    with made.login() as desk:
        first = desk.catalogues.install(edition(made, "2026.12", 7))
        draft = begun(desk, "Анна")
        draft.document |= document(desk, SLUG)
        draft.document["answers"]["asked_7"] = "да"
        desk.intake.save(draft)
        desk.catalogues.install(edition(made, "2027.01", 8))
        found = desk.intake.register(desk.intake.open(draft.id))
        record = desk.db.execute(
            "SELECT catalogue_digest, service_version FROM request WHERE id = ?",
            [found.request_id],
        ).fetchone()

    assert tuple(record) == (first.digest, 7)


@pytest.mark.parametrize("packed", [False, True])
def test_a_faulty_catalogue_changes_nothing(made: DeskHome, packed: bool) -> None:
    """Every mistake is told; the desk works by the version before, now and after a restart."""
    source = edition(made, "2027.01", 8)
    spoil(source)
    if packed:
        source = zipped(source)
    with made.login() as desk:
        desk.catalogues.install(edition(made, "2026.12", 7))
        with pytest.raises(CatalogueError) as refusal:
            desk.catalogues.install(source)
        assert {mistake.file for mistake in refusal.value.mistakes} == {f"services/{SLUG}.toml"}
        assert desk.catalogue.version == "2026.12"
    assert catalogue_of(made.home).version == "2026.12"
    assert not list(made.home.catalogues.glob("*.part"))


def zipped(folder: Path) -> Path:
    """The catalogue as an archive, inside a folder of it."""
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as packing:
        for pattern in FILES:
            for file in folder.glob(pattern):
                packing.write(file, Path("catalogue") / file.relative_to(folder))
        packing.writestr("../outside.toml", "version = 1")
    return archive


def test_an_archive_is_installed_and_writes_nowhere_else(made: DeskHome) -> None:
    """A .zip from a stick; names that lead out of it are not followed."""
    archive = zipped(edition(made, "2026.12", 7))
    with made.login() as desk:
        assert desk.catalogues.install(archive).version == "2026.12"
    assert not list(made.home.root.parent.rglob("outside.toml"))
    for bad in (b"", b"not an archive"):
        archive.write_bytes(bad)
        with made.login() as desk, pytest.raises(UsageError, match="архив"):
            desk.catalogues.install(archive)


def test_a_damaged_version_gives_way_to_the_last_good_one(made: DeskHome) -> None:
    """Not to the packaged one: the desk keeps what it worked by."""
    with made.login() as desk:
        desk.catalogues.install(edition(made, "2026.12", 7))
        newest = desk.catalogues.install(edition(made, "2027.01", 8))
        damaged = made.home.catalogues / newest.digest
        spoil(damaged)
    home = made.home.__class__(shutil.copytree(made.home.root, made.home.root.parent / "later"))

    assert catalogue_of(home).version == "2026.12"
    assert mistakes_of(home)
    shutil.copytree(damaged, home.catalogue)
    assert catalogue_of(home).version == "2026.12"


def test_versions_that_nothing_needs_are_removed(made: DeskHome) -> None:
    """Kept: the one in use, the last good one, those of drafts."""
    with made.login() as desk:
        with_draft = desk.catalogues.install(edition(made, "2026.12", 7))
        draft = begun(desk, "Анна")
        others = [desk.catalogues.install(edition(made, f"2027.0{n}", 7 + n)) for n in (1, 2, 3)]
        kept = {folder.name for folder in made.home.catalogues.iterdir() if folder.is_dir()}
        assert kept == {with_draft.digest, others[1].digest, others[2].digest}
        desk.intake.discard(draft.id)
        last = desk.catalogues.install(edition(made, "2027.04", 11))
        kept = {folder.name for folder in made.home.catalogues.iterdir() if folder.is_dir()}
        assert kept == {others[2].digest, last.digest}


def test_a_draft_under_the_packaged_catalogue_outlives_a_new_one(made: DeskHome) -> None:
    """The version that came with the program is kept too: the program may be updated."""
    with made.login() as desk:
        draft = begun(desk, "Анна")
        packaged = desk.catalogue.digest
        desk.catalogues.install(edition(made, "2026.12", 7))
        assert desk.intake.open(draft.id).catalogue_digest == packaged
        assert questions(desk, draft) == set()
    assert (made.home.catalogues / packaged / "catalogue.toml").is_file()


def test_who_may_not_change_the_catalogue_may_not_install(made: DeskHome) -> None:
    """The right is asked before anything is read."""
    source = edition(made, "2026.12", 7)
    with made.login() as desk:
        desk.operator = replace(desk.operator, role=Role.SPECIALIST)
        with pytest.raises(NotAllowed):
            desk.catalogues.install(source)
    assert catalogue_of(made.home).version != "2026.12"
