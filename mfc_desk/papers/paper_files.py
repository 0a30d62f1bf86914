"""Papers as files: written whole or not at all, and over nothing that was not named for it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from forms.system_refusal import reason
from mfc_desk.errors import DeskError
from printing.errors import PaperNotWritten
from printing.spool import sync_folder, write_durably


class PaperFileThere(DeskError):  # noqa: N818 - says what happened
    """Такой файл уже есть: ничего не записано. Назовите другой или добавьте --replace."""

    title = "Файл уже есть"
    code = "paper-file-there"

    def __init__(self, path: Path) -> None:
        """Name the file."""
        super().__init__(
            f"Файл уже есть: {path}. Ничего не записано. Назовите другой файл или добавьте"
            " --replace, чтобы записать поверх."
        )


def write_paper(path: Path, data: bytes, *, replace: bool) -> None:
    """Put a paper into a file whole or not at all. Raises PaperNotWritten, PaperFileThere.

    Without `replace` the name is taken first, so that two writers never share one file.
    """
    made: list[Path] = []
    try:
        if path.exists() and not path.is_file():
            raise PaperNotWritten("это папка или устройство, а нужно имя файла")
        part = path.with_name(f".{path.name}.part")
        if not replace:
            path.open("xb").close()
            made.append(path)
        made.append(part)
        write_durably(part, data)
        part.replace(path)
        sync_folder(path.parent)
        made.clear()
    except FileExistsError as error:
        raise PaperFileThere(path) from error
    except OSError as error:
        raise PaperNotWritten(reason(error)) from error
    finally:
        for one in made:  # cut off by Ctrl+C too: half a paper stays nowhere
            with suppress(OSError):
                one.unlink()
