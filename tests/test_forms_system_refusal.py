"""What the operating system refuses is said in Russian."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from forms.system_refusal import reason


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOENT, "нет такой папки или файла"),
        (errno.ENOSPC, "на диске нет места"),
        (errno.EISDIR, "это папка, а нужен файл"),
        (errno.ELOOP, f"система отказала, код {errno.ELOOP}"),
    ],
)
def test_the_reason_is_named_in_words_or_by_number(number: int, said: str) -> None:
    """No English of the system, no path: the sentence around it names that."""
    assert reason(OSError(number, "English words", "/home/person")) == said


def test_a_real_refusal_is_read(tmp_path: Path) -> None:
    """The error of opening a folder as a file has its words."""
    with pytest.raises(OSError, match="directory") as caught:
        tmp_path.read_bytes()

    assert reason(caught.value) == "это папка, а нужен файл"
    assert reason(OSError("no number")) == "система отказала, код 0"
