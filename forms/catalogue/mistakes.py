"""What is wrong with a folder of catalogue files, all of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake: the file, the table and key inside it, what is wrong and how to write it."""

    file: str
    where: str
    text: str

    def __str__(self) -> str:
        return (
            f"{self.file}: {self.where}: {self.text}" if self.where else f"{self.file}: {self.text}"
        )


class CatalogueError(Exception):
    """Каталог услуг не загружен: в его файлах ошибки."""

    code = "catalogue-mistakes"
    exit_code = 5
    title = "Ошибки в каталоге услуг"

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


class UnknownService(LookupError):  # noqa: N818 - named as the desk names it
    """Такой услуги в каталоге нет."""

    code = "unknown-service"
    exit_code = 2
    title = "Услуга не найдена"

    def __init__(self, slug: str) -> None:
        super().__init__(f"услуги «{slug}» в каталоге нет")
        self.slug = slug
