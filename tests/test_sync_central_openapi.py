"""Centre and relay keep to their OpenAPI documents, whatever comes; the centre tells its counts."""

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
from tests.centre_world import HandDesk, LocalCentre, local
from tests.relay_world import serving_relay

__all__ = ["local", "served"]

ROOT = Path(__file__).parent.parent
Serve = Callable[[LocalCentre], str]


def test_the_document_is_in_the_docs_and_served(local: LocalCentre, served: Serve) -> None:
    """docs/openapi.json is what the centre answers."""
    kept = json.loads((ROOT / "docs/openapi.json").read_text("utf-8"))
    assert kept == document()
    assert requests.get(f"{served(local)}/v1/openapi.json", timeout=120).json() == kept


def test_counts_are_told_and_name_nobody(local: LocalCentre, served: Serve) -> None:
    """Requests by address and status, what is behind, what is kept aside; no desk, no number."""
    url = served(local)
    desk = local.desk(4711)
    desk.url = url
    desk.register(1)
    desk.post(desk.seal(1, 1))
    desk.results(1)
    requests.get(f"{url}/v1/made/up", timeout=120)

    text = requests.get(f"{url}/v1/metrics", timeout=120).text

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


BEHIND_A_RELAY = """

class SaysWhoItIs(ByTheDevice):
    def __call__(self, request):
        request.headers["MFC-Device"] = os.environ["TEST_DEVICE_IS"]
        return super().__call__(request)


schemathesis.auth.set_from_requests(SaysWhoItIs())
"""


def found_by_schemathesis(url: str, desk: HandDesk, folder: Path, hooks: str) -> str:
    """What generated requests, good and bad, brought out by all checks; empty for nothing."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG, "utf-8")
    file = folder / "sent_as_bytes.py"
    file.write_text(hooks, "utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
            *("run", f"{url}/v1/openapi.json", "--max-examples", "8"),
            *("--phases", "examples,coverage,fuzzing", "--seed", "1", "--no-color"),
        ],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONUTF8": "1",
            "SCHEMATHESIS_HOOKS": str(file),
            "TEST_DEVICE": desk.keys.dump().decode(),
            "TEST_DEVICE_IS": f"{desk.keys.public.hex()} {desk.desk} {desk.epoch}",
        },
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    return done.stdout[-6000:] + done.stderr[-2000:] if done.returncode else ""


@pytest.mark.full
@pytest.mark.parametrize("hooks", [BYTES, BYTES + SIGNED], ids=["stranger", "device"])
def test_schemathesis_finds_nothing(
    local: LocalCentre, served: Serve, tmp_path: Path, hooks: str
) -> None:
    """No 5xx, no answer the document does not know, to a stranger and to an enrolled device."""
    url = served(local)
    desk = local.desk(4711)
    desk.url = url
    desk.register(1)
    desk.post(desk.seal(1, 1))

    assert found_by_schemathesis(url, desk, tmp_path, hooks) == ""


@pytest.mark.full
@pytest.mark.parametrize(
    "hooks", [BYTES, BYTES + SIGNED + BEHIND_A_RELAY], ids=["stranger", "device"]
)
def test_schemathesis_finds_nothing_at_a_relay(
    local: LocalCentre, served: Serve, tmp_path: Path, hooks: str
) -> None:
    """The same of a relay before that centre, by the relay's own document."""
    desk = local.desk(4711)
    desk.register(1)
    with serving_relay(tmp_path / "relay", served(local)) as (_, address):
        assert found_by_schemathesis(address.url, desk, tmp_path, hooks) == ""
