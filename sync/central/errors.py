"""Everything the centre's commands can raise.

SyncError
└─ CentreError ─ OfficeFileInvalid | UnknownOffice | UnknownDesk | DeskTaken | HomeInvalid
                 | UnknownRequest | NothingToChoose | NoCentre | AlreadyServing | PortTaken
                 | AddressRefused | ServingStopped | UsageError | BlobPlaceInvalid
                 | CatalogueInvalid | CopyFailed
"""

# ruff: noqa: N818 - an error is named by what happened, not by being one

from __future__ import annotations

from sync.errors import SyncError


class CentreError(SyncError):
    """Центр не может этого сделать."""

    title = "Центр"
    code = "centre"
    exit_code = 1


class OfficeFileInvalid(CentreError):
    """Файл офиса не читается."""

    title = "Файл офиса"
    code = "office-file-invalid"
    exit_code = 5


class UnknownOffice(CentreError):
    """Такого офиса нет. Список: mfc-central desks."""

    title = "Неизвестный офис"
    code = "unknown-office"
    exit_code = 2


class UnknownDesk(CentreError):
    """Такого рабочего места нет. Список: mfc-central desks."""

    title = "Неизвестное рабочее место"
    code = "unknown-desk"
    exit_code = 2


class UnknownRequest(CentreError):
    """Обращения с таким номером в центре нет. Проверьте номер: mfc-central export."""

    title = "Неизвестное обращение"
    code = "unknown-request"
    exit_code = 2


class NothingToChoose(CentreError):
    """У этого обращения нет такой редакции на выбор. Список: mfc-central conflicts."""

    title = "Выбирать не из чего"
    code = "nothing-to-choose"


class DeskTaken(CentreError):
    """Это рабочее место числится за другим офисом. Возьмите другой номер."""

    title = "Номер занят"
    code = "desk-taken"


class HomeInvalid(CentreError):
    """Папка центра не годится. Проверьте права на неё или укажите другую."""

    title = "Папка центра"
    code = "home-invalid"
    exit_code = 4


class NoCentre(CentreError):
    """В этой папке центра нет. Проверьте --home; новый центр начинается с `office add`."""

    title = "Центра нет"
    code = "no-centre"
    exit_code = 2


class AlreadyServing(CentreError):
    """Центр с этой папкой уже запущен. Остановите его или укажите другую папку."""

    title = "Уже запущен"
    code = "already-serving"
    exit_code = 4


class PortTaken(CentreError):
    """Этот порт занят другой программой. Укажите другой: --port."""

    title = "Порт занят"
    code = "port-taken"


class AddressRefused(CentreError):
    """На этом адресе слушать нельзя: чужой, неверный или нужны права. Проверьте --host и --port."""

    title = "Адрес не годится"
    code = "address-refused"


class ServingStopped(CentreError):
    """Центр остановился: записывать дальше нельзя. Причина в его журнале; проверьте диск."""

    title = "Центр остановился"
    code = "serving-stopped"
    exit_code = 4


class UsageError(CentreError):
    """Так команду не вызывают."""

    title = "Ошибка в команде"
    code = "usage"
    exit_code = 2


class BlobPlaceInvalid(CentreError):
    """Хранилище вложений не открыть. Проверьте адрес --blobs."""

    title = "Хранилище вложений"
    code = "blob-place-invalid"
    exit_code = 4


class CatalogueInvalid(CentreError):
    """В каталоге ошибки, он не опубликован. Исправьте их: mfc-desk catalogue check."""

    title = "Каталог"
    code = "catalogue-invalid"
    exit_code = 5


class CopyFailed(CentreError):
    """Копию не записать. Проверьте папку, права и место на её диске; прежние копии целы."""

    title = "Копия центра"
    code = "copy-failed"
    exit_code = 4


class KeysChanging(CentreError):
    """Ключи уже меняются: пар две. Сначала выведите прежнюю: mfc-central keys retire."""

    title = "Ключи центра"
    code = "keys-changing"
    exit_code = 1


class NoKeysToRetire(CentreError):
    """Пара ключей одна, выводить нечего. Сначала заведите новую: mfc-central keys rotate."""

    title = "Ключи центра"
    code = "no-keys-to-retire"
    exit_code = 1
