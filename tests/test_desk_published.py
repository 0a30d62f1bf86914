"""A catalogue the centre publishes comes to a desk: over a cut link, whole or not at all."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from mfc_desk.published import catalogue_of
from mfc_desk.store import published_catalogues
from sync.central.centre import Centre
from sync.central.desks import PUBLISHED
from sync.central.home import CentreHome
from sync.clock import SystemClock, iso
from sync.entries import decode
from sync.ids import SystemRandom
from tests.centre_process import CentreProcess
from tests.intake_world import document
from tests.linked_desk import LinkedDesk, linked_desk
from tests.test_desk_catalogues import SLUG, begun, edition, questions

OTHER = "soc-card"


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentreProcess]:
    """One centre process for the tests of this file."""
    process = CentreProcess.start(tmp_path_factory.mktemp("publishing"))
    yield process
    process.stop()


def publish_as_is(centre: CentreProcess, desk: int, data: bytes, digest: str) -> None:
    """What a centre with a fault would send out: these bytes under this digest, to one desk."""
    at_hand = Centre.open(CentreHome(centre.home), SystemClock(), SystemRandom())
    try:
        sha, now = sha256(data).hexdigest(), SystemClock().now()
        part = centre.folder / "archive"
        part.write_bytes(data)
        at_hand.blobs.put(sha, part)
        told = {"digest": digest, "sha256": sha, "size": len(data), "at": iso(now)}
        at_hand.store.blobs.publish(sha, len(data), json.dumps(told), now)
        at_hand.store.notices.tell(desk, PUBLISHED, json.dumps(told), None, now)
    finally:
        at_hand.close()


def messages(linked: LinkedDesk) -> list[str]:
    """What the operator reads under «Требуют внимания»."""
    return [row.text for row in linked.desk.board.attention() if row.kind == "message"]


def journalled(linked: LinkedDesk, kind: str) -> list[dict[str, object]]:
    """Bodies of the journal's entries of a kind."""
    rows = linked.desk.journal.entries(0, 1000)
    return [decode(one.data).body for one in rows if one.kind == kind and one.data]


def test_a_published_catalogue_comes_over_a_cut_link_and_drafts_keep_theirs(
    centre: CentreProcess, tmp_path: Path
) -> None:
    """Fetched on from each cut, switched to whole; old draft by the old one, both registered.

    The centre, running all the while, checks each request by the edition it was taken by.
    """
    with linked_desk(tmp_path, centre, 11) as linked:
        desk = linked.desk
        assert linked.exchange().kind is None
        before = desk.catalogue.version
        draft = begun(desk, "Анна")
        folder = edition(linked.made, "2027.01", 8)
        told = json.loads(centre.command("publish", str(folder), "--json").stdout)

        linked.link.cut_after(down=40_000)
        tries = 0
        while linked.exchange().catalogue is None:
            tries += 1
            assert tries < 20
            assert desk.catalogue.version == before
        linked.link.bring_up()

        assert linked.link.passed.cuts >= 2
        assert (desk.catalogue.version, desk.catalogue.digest) == ("2027.01", told["digest"])
        assert catalogue_of(linked.made.home).digest == told["digest"]
        assert questions(desk, desk.intake.open(draft.id)) == set()
        draft.document |= document(desk, SLUG)
        desk.intake.save(draft)
        desk.intake.register(desk.intake.open(draft.id))
        fresh = begun(desk, "Вера")
        assert questions(desk, fresh) == {"answers.asked_8"}
        fresh.document |= document(desk, SLUG)
        fresh.document["answers"]["asked_8"] = "да"
        desk.intake.save(fresh)
        desk.intake.register(fresh)
        assert linked.exchange().kind is None

        assert desk.exchange.summary().text == "2 из 2 подтверждено центром"
        said = messages(linked)[0]
        assert "Новый каталог услуг 2027.01 действует с " in said
        assert journalled(linked, "catalogue.switch") == [
            {"digest": told["digest"], "version": "2027.01", "before": before}
        ]
        assert not list(linked.made.home.catalogues.glob("*.part"))
        assert linked.exchange().catalogue is None


def test_faulty_publications_change_nothing_and_are_reported(
    centre: CentreProcess, tmp_path: Path
) -> None:
    """The last good catalogue stays, the operator reads why, the centre gets an entry of each."""
    with linked_desk(tmp_path, centre, 21) as linked:
        desk = linked.desk
        linked.exchange()
        before = desk.catalogue.digest
        whole = edition(linked.made, "2027.02", 9)
        other = packed(whole)
        (whole / "services" / f"{OTHER}.toml").write_text("title = 1", "utf-8")
        faults = {
            "mistakes": (packed(whole), "faulty"),
            "another digest": (other, "faulty"),
            "no archive": (b"no archive", "faulty"),
            "damaged at the centre": (other + b"1", "damaged"),
            "gone from the centre": (other + b"2", "missing"),
        }
        for name, (data, why) in faults.items():
            publish_as_is(centre, 21, data, "0" * 64)
            (at,) = centre.home.rglob(sha256(data).hexdigest())
            if why == "damaged":
                at.write_bytes(data[:-1] + b"\0")
            elif why == "missing":
                at.unlink()

            assert linked.exchange().catalogue is None, name

            assert desk.catalogue.digest == catalogue_of(linked.made.home).digest == before
            said = messages(linked)[0]
            assert "не принят" in said
            assert desk.catalogue.version in said
            body = journalled(linked, "catalogue.refuse")[-1]
            assert (body["why"], body["uses"]) == (why, before), name
            assert published_catalogues.wanted(desk.db) is None
        assert len(journalled(linked, "catalogue.refuse")) == len(faults)
        assert desk.exchange.summary().entries_unsent == 0
        assert not list(linked.made.home.catalogues.glob("*.part"))
    row = next(one for one in centre.lines("catalogues") if one["desk"] == 21)
    assert (row["refused"], row["digest"], row["state"]) == ("missing", before, "refused")


def packed(folder: Path) -> bytes:
    """A folder as an archive, mistakes and all."""
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as packing:
        for file in sorted(folder.rglob("*.toml")):
            packing.write(file, file.relative_to(folder))
    return archive.read_bytes()
