"""A catalogue the centre publishes comes to a desk: over a cut link, whole or not at all."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from forms.catalogue import load
from mfc_desk.catalogues.published import catalogue_of
from mfc_desk.desk import Desk
from mfc_desk.exchange.catalogue_lane import Renewal, renew
from mfc_desk.store import published_catalogues
from sync.central.centre import Centre
from sync.central.desks import PUBLISHED
from sync.central.home import CentreHome
from sync.clock import SystemClock, iso
from sync.entries import decode
from sync.errors import Refused
from sync.ids import SystemRandom
from sync.wire import Answer, Progress, silent
from tests.centre_process import CentreProcess
from tests.desk_home import DeskHome, set_up_home
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
        }
        for name, (data, why) in faults.items():
            publish_as_is(centre, 21, data, "0" * 64)
            (at,) = centre.home.rglob(sha256(data).hexdigest())
            if why == "damaged":
                at.write_bytes(data[:-1] + b"\0")

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
        publish_as_is(centre, 21, other + b"2", "0" * 64)
        (at,) = centre.home.rglob(sha256(other + b"2").hexdigest())
        at.unlink()
        assert linked.exchange().kind is None
        assert published_catalogues.wanted(desk.db), "gone from the centre: it may come back"
    row = next(one for one in centre.lines("catalogues") if one["desk"] == 21)
    assert (row["refused"], row["digest"], row["state"]) == ("damaged", before, "refused")


class Answering:
    """A client of a centre that gives these bytes, or the status it is told to answer with."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.status: int | None = None
        self.ranges: list[str] = []

    def signed(
        self,
        _method: str,
        _target: str,
        headers: Mapping[str, str] | None = None,
        _body: bytes | None = None,
        _progress: Progress = silent,
    ) -> Answer:
        """The range that is asked for, as the centre answers it."""
        asked = (headers or {})["Range"]
        self.ranges.append(asked)
        start, end = (int(one) for one in asked.removeprefix("bytes=").split("-"))
        if self.status is not None or start >= len(self.data):
            raise Refused(self.status or 416, {})
        return Answer(206, self.data[start : end + 1])


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk on a standing clock."""
    return set_up_home(tmp_path / "desk")


def told_of(desk: Desk, folder: Path) -> Answering:
    """The desk has heard of this catalogue; who gives its archive."""
    data = packed(folder)
    with desk.db.atomic():
        published_catalogues.hear_of(
            desk.db,
            key="1",
            digest=load(folder).digest,
            sha256=sha256(data).hexdigest(),
            size=len(data),
            at=iso(desk.clock.now()),
        )
    return Answering(data)


def test_an_archive_that_is_away_for_a_while_comes_later(made: DeskHome) -> None:
    """A proxy's 403, a centre being restored: asked for again at every exchange, nobody is told."""
    with made.login() as desk:
        client = told_of(desk, edition(made, "2027.03", 9))
        for status in (403, 404, 410, 416):
            for _ in range(3):
                client.status = status
                assert renew(desk, client, lambda: False) == Renewal()
        client.status = None

        assert renew(desk, client, lambda: False).version == "2027.03"


def test_an_archive_that_is_away_for_days_is_told_as_missing(made: DeskHome) -> None:
    """Not by tries alone, nor by days without any; then once, and it is not asked for again."""
    with made.login() as desk:
        client = told_of(desk, edition(made, "2027.03", 9))
        client.status = 404
        assert renew(desk, client, lambda: False).why is None
        made.clock.pass_(4 * 86400)
        tries = [renew(desk, client, lambda: False).why for _ in range(5)]

        assert tries == [None, None, None, "missing", None]
        (said,) = [row.text for row in desk.board.attention() if row.kind == "message"]
        assert "в центре его нет" in said
        assert published_catalogues.wanted(desk.db) is None


def test_a_part_that_reaches_beyond_the_archive_is_begun_anew(made: DeskHome) -> None:
    """A 416 says the centre has nothing from there on: the whole is fetched from the start."""
    with made.login() as desk:
        client = told_of(desk, edition(made, "2027.03", 9))
        wanted = published_catalogues.wanted(desk.db)
        assert wanted is not None
        part = made.home.catalogues / f"{wanted.sha256}.zip.part"
        part.parent.mkdir(exist_ok=True)
        part.write_bytes(b"?" * 1000)
        client.status = 416

        def answered() -> bool:
            client.status = 416 if not client.ranges else None
            return False

        assert renew(desk, client, answered).version == "2027.03"
        assert client.ranges[0].startswith("bytes=1000-")
        assert client.ranges[1].startswith("bytes=0-")


def packed(folder: Path) -> bytes:
    """A folder as an archive, mistakes and all."""
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as packing:
        for file in sorted(folder.rglob("*.toml")):
            packing.write(file, file.relative_to(folder))
    return archive.read_bytes()
