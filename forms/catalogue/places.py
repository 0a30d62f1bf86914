"""Reading offices.toml: the kinds of office and what each may take."""

from __future__ import annotations

from forms.availability import OfficeKind
from forms.catalogue.table import Table
from forms.office import KINDS


def read_office_kinds(table: Table) -> dict[str, OfficeKind]:
    """Read the kinds of office; each of the four is described at most once."""
    kinds: dict[str, OfficeKind] = {}
    for one in table.tables("kind"):
        name = one.word("name", KINDS)
        if name in kinds:
            one.wrong("name", f"вид офиса «{name}» повторяется")
        excluded: dict[str, str] = {}
        for group in one.tables("excluded"):
            why = group.text("why", required=True)
            excluded |= dict.fromkeys(group.words("services"), why)
            group.close()
        kinds[name] = OfficeKind(
            name=name,
            title=one.text("title", required=True),
            place=one.text("place", required=True),
            only=one.words("only"),
            excluded=excluded,
        )
        one.close()
    table.close()
    return kinds
