"""The OpenAPI 3.1 document of the centre: served, and kept in docs/openapi.json."""

from __future__ import annotations

from typing import Any

from sync.central.answers import COMPARISON, ENTRIES, KINDS, PAGE, PROBLEM, RECEIPT, SEALED, TICKET
from sync.central.blob_service import MOST_ASKED, PART
from sync.central.blobs import MOST_BYTES
from sync.comparison import MOST_DAYS
from sync.feed import HEAR

Json = dict[str, Any]

WHOLE = {"type": "integer", "minimum": 0, "maximum": (1 << 63) - 1}
SHA = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
BINARY = {"type": "string", "format": "binary"}
SIGNED: list[Json] = [{"device": []}]


def document() -> Json:
    """Return the document."""
    desk_epoch = [_path("desk", WHOLE), _path("epoch", WHOLE)]
    stream = {
        "have": WHOLE,
        "head": SHA,
        "applied_to": WHOLE,
        "safe_to": WHOLE,
        "blobs_missing": WHOLE,
        "incarnation": {"type": "string"},
        "server_time": {"type": "string"},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MFC Desk: the centre",
            "version": "1",
            "description": "How desks hand in their journals. In words: docs/protocol.md.",
        },
        "paths": {
            "/v1/health": {"get": _act("Whether it is up", {"204": _plain("it is")})},
            "/v1/metrics": {
                "get": _act("Counts for Prometheus", {"200": _body("counts", "text/plain", {})})
            },
            "/v1/openapi.json": {
                "get": _act(
                    "This document",
                    {"200": _body("it", "application/json", {"type": "object"})},
                )
            },
            "/v1/enrol": {"post": _enrol()},
            "/v1/batches": {"post": _batches()},
            "/v1/streams/{desk}/{epoch}": {
                "get": _act(
                    "How far a stream is stored and applied",
                    {"200": _body("how far", "application/json", _object(stream))},
                    parameters=[*desk_epoch, _query("signed", {"enum": ["0", "1"]})],
                    security=SIGNED,
                )
            },
            "/v1/streams/{desk}/{epoch}/heads": {
                "get": _act(
                    "Heads after some entries",
                    {
                        "200": _body(
                            "heads by sequence number",
                            "application/json",
                            {"type": "object", "additionalProperties": SHA},
                        )
                    },
                    parameters=[
                        *desk_epoch,
                        _query(
                            "at",
                            {"type": "string", "pattern": "^[0-9]{1,18}(,[0-9]{1,18})*$"},
                            required=True,
                        ),
                    ],
                    security=SIGNED,
                )
            },
            "/v1/streams/{desk}/{epoch}/entries": {
                "get": _act(
                    "Entries given back to the desk they came from, sealed to its device",
                    {"200": _body("a page", ENTRIES, BINARY)},
                    parameters=[*desk_epoch, _query("after", WHOLE), _query("max_bytes", WHOLE)],
                    security=SIGNED,
                )
            },
            "/v1/feed": {
                "get": _act(
                    "The next page of a desk's feed, sealed to its device",
                    {"200": _body("a page", PAGE, BINARY), "204": _plain("nothing new")},
                    parameters=[
                        _query("after", WHOLE),
                        _query("max_bytes", WHOLE),
                        _query("wait", WHOLE),
                    ],
                    security=SIGNED,
                )
            },
            "/v1/keys": {
                "get": _act(
                    "How the centre's keys have changed, each change signed by one before it",
                    {
                        "200": _body(
                            "the changes in order",
                            "application/json",
                            {
                                "type": "object",
                                "required": ["changes"],
                                "properties": {
                                    "changes": {"type": "array", "items": {"type": "string"}}
                                },
                            },
                        )
                    },
                )
            },
            "/v1/reconcile": {"post": _reconcile()},
            "/v1/blobs/missing": {"post": _missing()},
            "/v1/blobs/{sha256}": _blob(),
        },
        "components": {
            "securitySchemes": {
                "device": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "MFC-Signature",
                    "description": 'KEY_ID:base64(Ed25519 over "mfcg1\\0METHOD TARGET")',
                }
            },
            "schemas": {"Problem": _problem()},
        },
    }


def _problem() -> Json:
    return {
        "type": "object",
        "required": ["type", "title", "status", "code", "retry"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"enum": sorted(KINDS)},
            "retry": {"enum": ["never", "same", "reseal", "after-enrol"]},
        },
    }


def _enrol() -> Json:
    text = {"type": "string", "maxLength": 100}
    asked = {
        "code": text,
        "signing_public": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "age_recipient": text,
        "hw_hint": {"type": "string", "maxLength": 200},
        "prev": {"type": ["object", "null"]},
    }
    needed = ["code", "signing_public", "age_recipient"]
    return _act(
        "Bind a device to the ticket of its one-time code",
        {
            "201": {
                "description": "the ticket; sealed to the device where it was asked for sealed",
                "content": {TICKET: {"schema": BINARY}, SEALED: {"schema": BINARY}},
            }
        },
        body=("application/json", {"type": "object", "properties": asked, "required": needed}),
    )


def _batches() -> Json:
    custody = _object({"have": WHOLE, "head": SHA, "receipt": {"type": "string"}})
    return _act(
        "Hand in a sealed batch; its signature says who does",
        {
            "200": _body("stored before: the same receipt", RECEIPT, BINARY),
            "201": _body("stored: the receipt", RECEIPT, BINARY),
            "202": _body("kept until earlier entries come", "application/json", custody),
        },
        body=("application/octet-stream", BINARY),
        parameters=[_header(HEAR, WHOLE, required=False)],
    )


def _reconcile() -> Json:
    day = {"type": "string", "format": "date"}
    totals = _object({"day": day, "n": WHOLE, "bytes": WHOLE, "xor_leaf": SHA})
    asked = _object(
        {
            "epoch": WHOLE,
            "zone": {"type": "string", "minLength": 1, "description": "IANA time zone"},
            "nonce": {"type": "string", "pattern": "^[0-9a-f]{16,64}$"},
            "after": WHOLE,
            "days": {"type": "array", "maxItems": MOST_DAYS, "items": totals},
        }
    )
    asked["properties"] |= {
        "only": {**day, "type": ["string", "null"]},
        "to": {**WHOLE, "description": "the last entry asked about; 0: no end"},
        "listed": {**WHOLE, "description": "of so many newest days that differ, the entries"},
    }
    return _act(
        "Compare the totals of a desk's days with what is here",
        {"200": _body("which match and which differ, sealed to the device", COMPARISON, BINARY)},
        body=("application/json", asked),
        security=SIGNED,
    )


def _missing() -> Json:
    size = {"type": "integer", "minimum": 1, "maximum": MOST_BYTES}
    asked = _object({"sha256": SHA, "size": size})
    told = {"type": "array", "items": {"type": "object", "required": ["sha256"]}}
    return _act(
        "Which scans of a desk are here, and how far",
        {"200": _body("one answer for each", "application/json", told)},
        body=("application/json", {"type": "array", "maxItems": MOST_ASKED, "items": asked}),
        security=SIGNED,
    )


def _blob() -> Json:
    whole = [_path("sha256", SHA)]
    upload = [
        _header("Upload-Offset", WHOLE),
        _header("Upload-Length", WHOLE),
        _header("Upload-Complete", {"enum": ["?0", "?1"]}),
    ]
    return {
        "head": _act(
            "How far a scan is",
            {"204": _plain("so far: Upload-Offset, Upload-Complete")},
            parameters=whole,
            security=SIGNED,
        ),
        "patch": _act(
            "Go on with a scan where it ended",
            {"201": _plain("whole, its hash holds"), "204": _plain("more is wanted")},
            parameters=[*whole, *upload],
            body=(PART, BINARY),
            security=SIGNED,
        ),
        "get": _act(
            "Read a scan, or a range of it",
            {
                "200": _body("all of it", "application/octet-stream", BINARY),
                "206": _body("the range", "application/octet-stream", BINARY),
            },
            parameters=whole,
            security=SIGNED,
        ),
    }


def _act(
    summary: str,
    answers: Json,
    *,
    parameters: list[Json] | None = None,
    body: tuple[str, Json] | None = None,
    security: list[Json] | None = None,
) -> Json:
    problem = _body("a problem (RFC 9457)", PROBLEM, {"$ref": "#/components/schemas/Problem"})
    act: Json = {"summary": summary, "responses": {**answers, "default": problem}}
    if parameters:
        act["parameters"] = parameters
    if body:
        act["requestBody"] = {"required": True, "content": {body[0]: {"schema": body[1]}}}
    if security:
        act["security"] = security
    return act


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _plain(text: str) -> Json:
    return {"description": text}


def _body(text: str, media: str, schema: Json) -> Json:
    return {"description": text, "content": {media: {"schema": schema}}}


def _path(name: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query(name: str, schema: Json, *, required: bool = False) -> Json:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def _header(name: str, schema: Json, *, required: bool = True) -> Json:
    return {"name": name, "in": "header", "required": required, "schema": schema}
