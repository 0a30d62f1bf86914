"""Which program this is: the versions a report of a fault must name."""

# ruff: noqa: PLC0415  # only asked for by --version and at set-up

from __future__ import annotations

from importlib import metadata

JOURNAL_FORMAT = "mfcb1"


def program_version() -> str:
    """The version of the installed distribution."""
    try:
        return metadata.version("mfc-desk")
    except metadata.PackageNotFoundError:
        return "0+source"


def versions() -> dict[str, str]:
    """Versions of the program, the journal format, the schema and the packaged catalogue."""
    from forms.catalogue import load
    from mfc_desk.store.connection import schema_version

    return {
        "mfc-desk": program_version(),
        "journal": JOURNAL_FORMAT,
        "schema": str(schema_version()),
        "catalogue": load().version,
    }
