"""`mfc-desk papers`: every paper in every variant, without a desk."""

from __future__ import annotations

import json
from pathlib import Path

import pypdfium2
import pytest

from mfc_desk.__main__ import main
from mfc_desk.errors import DONE
from printing.kinds import KINDS


def test_the_gallery_holds_every_paper_in_every_variant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Usual and long, at 12 and 16 pt, marked, and the narrow ones; each is a PDF with a title."""
    out = tmp_path / "gallery"

    assert main(["papers", "--out", str(out), "--json"]) == DONE

    told = json.loads(capsys.readouterr().out)
    files = {file.name for file in out.iterdir()}
    assert set(told["files"]) == files
    for code in KINDS:
        for variant in ("usual-12pt", "usual-16pt", "long-12pt", "long-16pt", "usual-copy-2"):
            assert f"{code}-{variant}.pdf" in files
    for roll in ("58mm", "80mm"):
        assert f"receipt-usual-{roll}.pdf" in files
        assert f"visit_act-long-{roll}.pdf" in files
    for name in sorted(files)[::9]:
        document = pypdfium2.PdfDocument(out / name)
        try:
            assert len(document) >= 1
            assert document.get_metadata_dict()["Title"]
        finally:
            document.close()


def test_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file where the folder should be: one sentence, nothing written."""
    wall = tmp_path / "wall"
    wall.write_text("a file", "utf-8")

    assert main(["papers", "--out", str(wall)]) != DONE

    assert "не записан" in capsys.readouterr().err
    assert wall.read_text("utf-8") == "a file"
