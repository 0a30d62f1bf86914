"""What one request of a visit gives the next: the applicant is entered once, papers given once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from forms.duty import EXEMPTION
from forms.names import fold
from forms.spec import Service

if TYPE_CHECKING:
    from mfc_desk.store.requests import StoredRequest

BLOCKS = ("applicant", "representative", "delivery")
_OF_ONE_DUTY = EXEMPTION.rpartition(".")[2]
_ANEW = "заявление"
"""A paper of this word is written for each service; all others serve several."""


def carried_over(
    given: Mapping[str, Any], services: Mapping[str, Service], service: Service
) -> dict[str, Any]:
    """Return the members of a document for `service` that `given` has filled already.

    People and delivery go over as they are, but not the exemption from one service's duty; of the
    papers those both services call the same, but not applications.
    """
    document: dict[str, Any] = {
        block: deepcopy(given[block]) for block in BLOCKS if given.get(block)
    }
    if isinstance(document.get("delivery"), dict):
        document["delivery"].pop(_OF_ONE_DUTY, None)
    source = services.get(str(given.get("service")))
    if source is not None:
        document["documents"] = papers_over(given, source, service)
    return document


def papers_over(
    given: Mapping[str, Any], source: Service, service: Service
) -> list[dict[str, Any]]:
    """Return the papers of a document of `source` that `service` asks for too, by its names."""
    titles = {one.name: fold(one.title) for one in source.documents}
    own = {fold(one.title): one.name for one in service.documents if one.by == "applicant"}
    papers = []
    brought = given.get("documents")
    for paper in brought if isinstance(brought, list) else ():
        if not isinstance(paper, Mapping):
            continue
        title = titles.get(str(paper.get("name")), "")
        if title in own and not title.startswith(_ANEW):
            papers.append(deepcopy(dict(paper)) | {"name": own[title]})
    return papers


def request_document(stored: StoredRequest) -> dict[str, Any]:
    """Return a registered request as a document to carry over from."""
    record: dict[str, Any] = json.loads(stored.body)["record"]
    return record | {"service": stored.service}
