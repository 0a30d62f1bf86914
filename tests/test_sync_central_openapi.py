"""The centre keeps to its OpenAPI document, whatever is thrown at it; its counts are told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from sync.central.openapi import document
from tests.centre_served import served
from tests.centre_world import LocalCentre, local

__all__ = ["local", "served"]

ROOT = Path(__file__).parent.parent
Serve = Callable[[LocalCentre], str]


def test_the_document_is_in_the_docs_and_served(local: LocalCentre, served: Serve) -> None:
    """docs/openapi.json is what the centre answers."""
    kept = json.loads((ROOT / "docs/openapi.json").read_text("utf-8"))
    assert kept == document()
    assert requests.get(f"{served(local)}/v1/openapi.json", timeout=10).json() == kept


def test_counts_are_told_and_name_nobody(local: LocalCentre, served: Serve) -> None:
    """Requests by address and status, what is behind, what is kept aside; no desk, no number."""
    url = served(local)
    desk = local.desk(4711)
    desk.url = url
    desk.register(1)
    desk.post(desk.seal(1, 1))
    desk.results(1)
    requests.get(f"{url}/v1/made/up", timeout=10)

    text = requests.get(f"{url}/v1/metrics", timeout=10).text

    assert 'mfc_requests_total{address="batches",method="POST",status="201"} 1.0' in text
    assert 'address="other"' in text
    assert "mfc_streams_behind 0.0" in text
    assert 'mfc_quarantined{why="fork"} 0.0' in text
    assert "4711" not in text
    assert "made" not in text


# What no schema can say: a signed batch, bytes that fit their offsets, a time zone that exists.
CONFIG = """
[checks.negative_data_rejection]
expected-statuses = ["4xx"]
[[operations]]
include-path-regex = "/v1/(batches|blobs/.sha256.|reconcile)$"
[operations.checks.positive_data_acceptance]
enabled = false
[[operations]]
include-path = "/v1/feed"
parameters = { wait = 0 }
"""
BYTES = """
import schemathesis

schemathesis.serializer.alias("application/partial-upload", "application/octet-stream")
"""
SIGNED = """
import base64
import os

import requests

from sync.http import REQUEST_CONTEXT
from sync.keys import DeviceKeys

KEYS = DeviceKeys.load(os.environ["TEST_DEVICE"].encode())


class ByTheDevice(requests.auth.AuthBase):
    def __call__(self, request):
        signature = KEYS.sign(REQUEST_CONTEXT + f"{request.method} {request.path_url}".encode())
        text = base64.b64encode(signature).decode()
        request.headers["MFC-Signature"] = f"{KEYS.key_id}:{text}"
        return request


schemathesis.auth.set_from_requests(ByTheDevice())
"""


@pytest.mark.full
@pytest.mark.parametrize("hooks", [BYTES, BYTES + SIGNED], ids=["stranger", "device"])
def test_schemathesis_finds_nothing(
    local: LocalCentre, served: Serve, tmp_path: Path, hooks: str
) -> None:
    """Generated requests, good and bad, all checks: no 5xx, no answer the document does not know.

    Sent by a stranger and signed by an enrolled device.
    """
    url = served(local)
    desk = local.desk(4711)
    desk.url = url
    desk.register(1)
    desk.post(desk.seal(1, 1))
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG, "utf-8")
    file = tmp_path / "sent_as_bytes.py"
    file.write_text(hooks, "utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
            *("run", f"{url}/v1/openapi.json", "--max-examples", "8"),
            *("--phases", "examples,coverage,fuzzing", "--seed", "1", "--no-color"),
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONUTF8": "1",
            "SCHEMATHESIS_HOOKS": str(file),
            "TEST_DEVICE": desk.keys.dump().decode(),
        },
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
