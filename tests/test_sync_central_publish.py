"""A catalogue goes out: checked, readable by every desk, named in its feed; or nothing does."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from forms.catalogue import PACKAGED, load
from mfc_desk.catalogues import published
from mfc_desk.paths import Home
from sync.central import publishing
from sync.central.editions import published_in
from sync.central.errors import CatalogueInvalid
from tests.centre_stores import local
from tests.centre_world import LocalCentre

__all__ = ["local"]


def test_every_desk_hears_of_a_catalogue_and_can_install_it(
    local: LocalCentre, tmp_path: Path
) -> None:
    """The archive named in the feed is readable by both desks, and the desk's program takes it."""
    desks = [local.desk(1), local.desk(2)]
    catalogue = load(PACKAGED)

    sha, count = publishing.send_out(local.centre, catalogue)
    again, _ = publishing.send_out(local.centre, catalogue)

    assert (count, again) == (2, sha)
    for desk in desks:
        event = local.centre.store.register.events(desk.desk, 0, 10)[0]
        told = json.loads(event.body)
        assert (event.kind, told["sha256"], told["digest"]) == (
            "catalogue.published",
            sha,
            catalogue.digest,
        )
        assert local.centre.store.blobs.readable(desk.desk, sha)
    data = local.centre.blobs.read(sha, 0, told["size"])
    assert sha256(data).hexdigest() == sha
    file = tmp_path / "catalogue.zip"
    file.write_bytes(data)
    assert published.install(Home(tmp_path / "desk"), file).digest == catalogue.digest


def test_a_desk_enrolled_later_hears_of_the_last_catalogue_first(local: LocalCentre) -> None:
    """And once: a second ticket of the desk tells nothing anew."""
    sha, _ = publishing.send_out(local.centre, load(PACKAGED))
    desk = local.desk(3)
    local.desk(3)

    (event,) = local.centre.store.register.events(desk.desk, 0, 10)
    assert (event.kind, json.loads(event.body)["sha256"]) == ("catalogue.published", sha)


def test_an_archive_the_disk_has_spoilt_stops_nobody(local: LocalCentre) -> None:
    """Its requests wait; the centre goes on, and reads it again once it is put back."""
    sha, _ = publishing.send_out(local.centre, load(PACKAGED))
    file = local.centre.blobs.path(sha)
    whole = file.read_bytes()
    half = len(whole) // 2
    file.write_bytes(bytes(byte ^ 0x55 for byte in whole[:half]) + whole[half:])
    spoilt = published_in(local.centre.store.blobs, local.centre.blobs)(frozenset())
    file.write_bytes(whole[:200] + bytes(byte ^ 0x55 for byte in whole[200:half]) + whole[half:])
    within = published_in(local.centre.store.blobs, local.centre.blobs)(frozenset())
    file.write_bytes(whole)

    assert (spoilt, within) == ({}, {})
    assert set(published_in(local.centre.store.blobs, local.centre.blobs)(frozenset())) == {sha}


def test_a_catalogue_with_mistakes_does_not_go_out(tmp_path: Path) -> None:
    """Its mistakes are named, and no desk hears of it."""
    folder = tmp_path / "catalogue"
    shutil.copytree(PACKAGED, folder)
    (next(folder.glob("services/*.toml"))).write_text("title = 1", "utf-8")
    with pytest.raises(CatalogueInvalid):
        publishing.read(folder)
