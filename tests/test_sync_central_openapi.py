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
    assert "mfc_quarantined 0.0" in text
    assert "4711" not in text
    assert "made" not in text


@pytest.mark.full
def test_schemathesis_finds_nothing(local: LocalCentre, served: Serve, tmp_path: Path) -> None:
    """Generated requests, good and bad, all checks: no 5xx, no answer the document does not know.

    Random bytes are never a signed batch, so that address is left out of one check.
    """
    url = served(local)
    config = tmp_path / "schemathesis.toml"
    config.write_text(
        "[[operations]]\n"
        'include-path = "/v1/batches"\n'
        "[operations.checks.positive_data_acceptance]\n"
        "enabled = false\n",
        "utf-8",
    )
    hooks = tmp_path / "sent_as_bytes.py"
    hooks.write_text(
        "import schemathesis\n"
        "schemathesis.serializer.alias("
        "'application/partial-upload', 'application/octet-stream')\n",
        "utf-8",
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
            *("run", f"{url}/v1/openapi.json", "--max-examples", "8"),
            *("--phases", "examples,coverage,fuzzing", "--seed", "1", "--no-color"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUTF8": "1", "SCHEMATHESIS_HOOKS": str(hooks)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
