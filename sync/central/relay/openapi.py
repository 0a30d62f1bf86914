"""The OpenAPI 3.1 document of a relay: the centre's, where a relay answers as it does."""

from __future__ import annotations

from sync.central import openapi as centre
from sync.central.answers import RECEIPT
from sync.central.openapi import BINARY, SHA, WHOLE, Json

SPOKEN_FOR = (
    ("/v1/batches", "post"),
    ("/v1/feed", "get"),
    ("/v1/streams/{desk}/{epoch}", "get"),
    ("/v1/blobs/missing", "post"),
    ("/v1/blobs/{sha256}", "head"),
    ("/v1/blobs/{sha256}", "patch"),
)
"""What the relay answers itself: who asks says so in `MFC-Device`. The rest it passes through."""
DEVICE: Json = {
    "name": "MFC-Device",
    "in": "header",
    "required": True,
    "description": "PUBLIC_KEY DESK EPOCH: the signatures must hold by that key",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{64} [0-9]{1,9} [0-9]{1,18}$"},
}


def document() -> Json:
    """Return the document."""
    told = centre.document()
    told["info"] = {
        "title": "MFC Desk: the office relay",
        "version": "1",
        "description": "Custody of what desks hand in, signed by the relay in MFC-Relay's name;"
        " only what the centre signed confirms anything. In words: docs/protocol.md.",
    }
    paths = told["paths"]
    paths["/v1/batches"]["post"]["parameters"] = []  # no page of the feed comes with its receipts
    for path, method in SPOKEN_FOR:
        paths[path][method].setdefault("parameters", []).append(DEVICE)
    paths["/v1/batches"]["post"]["responses"].pop("200")
    paths["/v1/batches"]["post"]["responses"].update(
        {
            "201": _bytes("the centre's receipt, where it came at once", RECEIPT),
            "202": _json("in custody: the relay's receipt, which confirms nothing", _custody()),
        }
    )
    paths["/v1/streams/{desk}/{epoch}"]["get"]["responses"]["200"] = _json(
        "what is held, and what the centre signed of it", _standing()
    )
    paths["/v1/enrol"]["post"]["responses"]["202"] = _json(
        "held until the centre is reached",
        {"type": "object", "required": ["held"], "properties": {"held": {"const": True}}},
    )
    return told


def _custody() -> Json:
    return {
        "type": "object",
        "required": ["have", "head", "receipt"],
        "properties": {"have": WHOLE, "head": SHA, "receipt": {"type": "string"}},
    }


def _standing() -> Json:
    signed = {"type": ["string", "null"], "description": "as the centre signed it, base64"}
    span = {"type": "array", "prefixItems": [WHOLE, WHOLE, SHA], "minItems": 3, "maxItems": 3}
    properties = {
        "held": {"type": "array", "items": span},
        "receipt": signed,
        "word": signed,
        "refused": {"type": ["object", "null"]},
        "online": {"type": ["boolean", "null"]},
        "since": {"type": ["string", "null"]},
    }
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _json(text: str, schema: Json) -> Json:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _bytes(text: str, media: str) -> Json:
    return {"description": text, "content": {media: {"schema": BINARY}}}
