"""A catalogue goes out to the desks: a checked archive as a blob, named in every desk's feed.

A page of the feed is signed by the centre and names the archive by its SHA-256: it is signed so.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from argparse import Namespace
from hashlib import sha256
from pathlib import Path
from typing import Any

from forms.catalogue import FILES, Catalogue, CatalogueError, load
from sync.central import history
from sync.central.centre import Centre
from sync.central.cli.commands import DONE, answer, opened, print_json, say
from sync.central.desks import PUBLISHED
from sync.central.errors import CatalogueInvalid
from sync.clock import iso
from sync.entries import decode

DEFLATED = zipfile.ZIP_DEFLATED
EPOCH_OF_ZIP = (1980, 1, 1, 0, 0, 0)


def publish(arguments: Namespace) -> int:
    """Publish a catalogue folder: its mistakes are named, or all desks hear of it."""
    catalogue = read(arguments.catalogue)
    with opened(arguments) as centre:
        sha, desks = send_out(centre, catalogue)
    answer(
        arguments,
        {"digest": catalogue.digest, "sha256": sha, "desks": desks},
        f"Каталог {catalogue.digest[:12]} опубликован, рабочих мест: {desks}.",
    )
    return DONE


def catalogues(arguments: Namespace) -> int:
    """List the desks with the catalogue each says it works by, and what it turned down."""
    with opened(arguments) as centre:
        last = centre.store.blobs.told_last()
        newest = json.loads(last)["digest"] if last else None
        lines = [_line(centre, desk.desk, newest) for desk in centre.store.desks.desks()]
    if not arguments.json:
        say(f"Опубликован: {newest[:12]}." if newest else "Каталогов ещё не публиковали.")
    for line in lines:
        if arguments.json:
            print_json(line)
        else:
            digest = str(line["digest"] or "—")[:12]
            say(f"{line['desk']:05d}  {digest}  {line['at'] or ''}  {STATES[str(line['state'])]}")
    return DONE


STATES = {
    "newest": "работает по нему",
    "older": "ещё по прежнему",
    "refused": "не принял, работает по прежнему",
    "silent": "не сообщал",
}


def _line(centre: Centre, desk: int, newest: str | None) -> dict[str, Any]:
    row = centre.store.register.catalogue_entry(desk)
    if row is None:
        silent = {"digest": None, "refused": None, "at": None, "state": "silent"}
        return {"desk": desk, **silent}
    (kept,) = centre.store.streams.batches(row.desk, row.epoch, row.seq - 1, 1)
    raw = history.entries(kept, centre.dictionaries)[row.seq - kept.first - kept.skip]
    body = decode(raw).body
    refused = body.get("why") if row.kind == "catalogue.refuse" else None
    digest = body.get("uses") if refused else body.get("digest")
    state = "newest" if digest == newest else "refused" if refused else "older"
    return {
        "desk": desk,
        "digest": digest,
        "refused": refused,
        "at": row.applied_at,
        "state": state,
    }


def read(folder: Path) -> Catalogue:
    """Load and check a catalogue folder; raises CatalogueInvalid with every mistake."""
    try:
        return load(folder)
    except (CatalogueError, OSError) as error:
        raise CatalogueInvalid(str(error) or None) from error


def send_out(centre: Centre, catalogue: Catalogue) -> tuple[str, int]:
    """Keep the archive where all desks may read it, then tell each; its SHA-256 and how many."""
    data = archive(catalogue.folder)
    sha, now = sha256(data).hexdigest(), centre.clock.now()
    if centre.blobs.size(sha) is None:
        with tempfile.TemporaryDirectory(prefix="mfc-") as folder:
            part = Path(folder) / "catalogue.zip"
            part.write_bytes(data)
            centre.blobs.put(sha, part)
    told = {
        "digest": catalogue.digest,
        "version": catalogue.version,
        "sha256": sha,
        "size": len(data),
        "at": iso(now),
    }
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    centre.store.blobs.publish(sha, len(data), body, now)
    desks = centre.store.desks.desks()
    for desk in desks:
        centre.store.notices.tell(desk.desk, PUBLISHED, body, None, now)
    return sha, len(desks)


def archive(folder: Path) -> bytes:
    """Make the .zip of a catalogue folder; the same files give the same bytes."""
    out = io.BytesIO()
    names = sorted(
        path.relative_to(folder).as_posix() for pattern in FILES for path in folder.glob(pattern)
    )
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            packed.writestr(
                zipfile.ZipInfo(name, EPOCH_OF_ZIP), (folder / name).read_bytes(), DEFLATED
            )
    return out.getvalue()
