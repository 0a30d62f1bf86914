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

from forms.catalogue import FILES, Catalogue, CatalogueError, load
from sync.central.centre import Centre
from sync.central.commands import DONE, answer, opened
from sync.central.errors import CatalogueInvalid
from sync.clock import iso

PUBLISHED = "catalogue.published"
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
    centre.store.blobs.publish(sha, len(data), now)
    told = {"digest": catalogue.digest, "sha256": sha, "size": len(data), "at": iso(now)}
    body = json.dumps(told, separators=(",", ":"))
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
