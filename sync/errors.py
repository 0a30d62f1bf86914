"""Everything sync can raise.

SyncError
├─ StoreFailure ─ WrongKey | ForeignFile | TooNew | Damaged | DiskFull | Busy | UnfitDriver
├─ Unreadable ─ BadFormat | BadSignature | BadChain | TooLarge | UnknownDictionary | EntryInvalid
├─ TicketInvalid ─ TicketExpired
├─ CarrierFailure ─ CarrierGone | CarrierFull | CarrierReadOnly | CarrierDamages
├─ Unreachable      the exchange did not happen: kept, retried later (`kind` says why)
├─ Refused          the centre answered no (`status`, `problem`)
└─ ExchangeRunning  another exchange holds the lock

A class's docstring is the sentence the person reads, `title` its short name, `code` is stable.
"""

# ruff: noqa: N818 - an error is named by what happened, not by being one

from __future__ import annotations

from collections.abc import Mapping


class SyncError(Exception):
    """Обмен с центром не удался."""

    title = "Обмен не удался"
    code = "sync"
    exit_code = 4

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__ or self.title)


class StoreFailure(SyncError):
    """С базой данных не удалось работать."""

    title = "База данных"
    code = "store"


class WrongKey(StoreFailure):
    """Ключ не подходит к базе данных. Проверьте пароль."""

    title = "Ключ не подходит"
    code = "wrong-key"
    exit_code = 1


class ForeignFile(StoreFailure):
    """Это файл другой программы. Укажите другую папку или уберите этот файл."""

    title = "Чужой файл"
    code = "foreign-file"


class TooNew(StoreFailure):
    """База создана более новой версией программы. Обновите программу, данные целы."""

    title = "База новее программы"
    code = "too-new"


class Damaged(StoreFailure):
    """База данных повреждена. Не работайте с ней дальше: восстановите из копии или из центра."""

    title = "База повреждена"
    code = "damaged"


class DiskFull(StoreFailure):
    """На диске нет места. Ничего не записано; освободите место и повторите."""

    title = "Нет места на диске"
    code = "disk-full"


class Busy(StoreFailure):
    """База занята другой программой. Подождите и повторите."""

    title = "База занята"
    code = "busy"


class UnfitDriver(StoreFailure):
    """Библиотека SQLite не подходит. Переустановите программу."""

    title = "Библиотека не подходит"
    code = "unfit-driver"


class Unreadable(SyncError):
    """Прочитанное не разобрать."""

    title = "Не разобрать"
    code = "unreadable"


class BadFormat(Unreadable):
    """Файл обмена испорчен или это не файл обмена."""

    title = "Испорченный файл"
    code = "bad-format"


class BadSignature(Unreadable):
    """Подпись файла обмена не сходится. Файл изменён или подписан не тем."""

    title = "Подпись не сходится"
    code = "bad-signature"


class BadChain(Unreadable):
    """Записи пакета не сходятся с его заголовком."""

    title = "Цепочка не сходится"
    code = "bad-chain"


class TooLarge(Unreadable):
    """Пакет больше допустимого."""

    title = "Слишком большой пакет"
    code = "too-large"


class BadHash(Unreadable):
    """Файл из центра пришёл не тем, каким был назван."""

    title = "Файл повреждён"
    code = "bad-hash"


class UnknownDictionary(Unreadable):
    """Пакет сжат неизвестным словарём."""

    title = "Неизвестный словарь"
    code = "unknown-dictionary"


class EntryInvalid(Unreadable):
    """Запись журнала не по форме."""

    title = "Запись не по форме"
    code = "entry-invalid"


class TicketInvalid(SyncError):
    """Билет рабочего места не читается или подделан. Получите новый у оператора центра."""

    title = "Билет не годится"
    code = "ticket-invalid"
    exit_code = 1


class TicketExpired(TicketInvalid):
    """Срок билета рабочего места истёк. Получите новый у оператора центра."""

    title = "Срок билета истёк"
    code = "ticket-expired"


class CarrierFailure(SyncError):
    """Носитель не пишется или не читается. Данные на рабочем месте целы; возьмите другой."""

    title = "Носитель"
    code = "carrier"


class CarrierGone(CarrierFailure):
    """Носителя нет: его вынули, или он отказал. Вставьте его и повторите; лишнего не запишется."""

    title = "Носителя нет"
    code = "carrier-gone"


class CarrierFull(CarrierFailure):
    """На носителе нет места. Что уместилось, записано целиком; освободите место и повторите."""

    title = "Носитель полон"
    code = "carrier-full"


class CarrierReadOnly(CarrierFailure):
    """На носитель нельзя писать: защита от записи или нет прав. Снимите её или возьмите другой."""

    title = "Носитель только для чтения"
    code = "carrier-read-only"


class CarrierDamages(CarrierFailure):
    """Носитель портит записанное. Возьмите другой: этому верить нельзя."""

    title = "Носитель портит файлы"
    code = "carrier-damages"


class FileUnread(Unreadable):
    """Файл не читается. Запишите его на другой носитель и повторите: остальное принято."""

    title = "Файл не читается"
    code = "file-unread"

    def __init__(self, name: str, why: str) -> None:
        """A file of a carrier by its name, `why` the system does not give it."""
        self.text = (
            f"не читается с носителя, {why}; остальное принято, этот запишите на другой носитель"
        )
        super().__init__(f"{name} {self.text}.")


class ScanDamaged(SyncError):
    """Скан повреждён на этом диске или пропал с него. Приложите его к обращению снова."""

    title = "Скан повреждён"
    code = "scan-damaged"


KEPT = " Данные сохранены, отправка повторится сама."
NOT_ENROLLED = " Здесь ничего не изменилось: повторите с тем же кодом, когда связь будет."
"""Instead of KEPT where there is nothing to be sent yet."""
NOT_COMPARED = " Сверка не сделана, данные целы: повторите её, когда связь будет."
"""Instead of KEPT where nothing was to be sent."""
UNREACHABLE_TEXTS = {
    "no-network": "Нет сети: не подключён кабель, Wi-Fi или модем." + KEPT,
    "dns": "Адрес центра не находится: сеть есть, но без выхода наружу." + KEPT,
    "refused": "Центр не принимает соединение: он выключен или закрыт." + KEPT,
    "timeout": "Центр не ответил вовремя." + KEPT,
    "no-answer": "Центр не ответил на отправленное: неизвестно, дошло ли оно." + KEPT,
    "cut": "Связь оборвалась во время передачи." + KEPT,
    "tls": "Защищённое соединение не установлено: сертификат центра не подходит." + KEPT,
    "tls-clock": "Сертификат центра не действует по часам этого компьютера. Проверьте дату." + KEPT,
    "captive-portal": "Вместо центра ответил другой сайт, например страница входа в Wi-Fi. Войдите"
    " в сеть через браузер." + KEPT,
    "altered": "Запрос или ответ изменён в пути: прокси или фильтр сети снимает с него заголовки,"
    " без них его не признать." + KEPT,
    "garbage": "Ответ центра не разобрать." + KEPT,
    "server-error": "В центре неполадка." + KEPT,
    "too-many": "Центр просит подождать: к нему обращаются слишком часто." + KEPT,
    "server-full": "В центре кончилось место." + KEPT,
    "unexpected": "Центр ответил непонятно: возможно, программу пора обновить." + KEPT,
    "parked": "Центр отложил пакет: более ранних записей у него нет." + KEPT,
    "relay-stranger": "По адресу ретранслятора офиса отвечает кто-то другой: код не сходится."
    " Сверьте адрес в настройках с тем, что показывает ретранслятор." + KEPT,
    "relay-told": "Ретранслятор офиса передал отказ центра, но подписи центра на отказе нет."
    " Подключите место к сети напрямую или позвоните оператору центра." + KEPT,
    "relay-ahead": "У центра больше записей, чем здесь, — это его подпись, её передал ретранслятор"
    " офиса: база возвращена из старой копии. Недостающее вернёт сам центр, когда с ним свяжется"
    " ретранслятор или это место." + KEPT,
    "stopped": "Обмен прерван." + KEPT,
}


class Unreachable(SyncError):
    """Центр недоступен. Ничего не потеряно, отправка повторится сама."""

    title = "Нет связи с центром"
    code = "unreachable"
    exit_code = 3

    def __init__(self, kind: str, message: str | None = None, *, retry_after: float = 0.0) -> None:
        super().__init__(message or UNREACHABLE_TEXTS.get(kind))
        self.kind = kind
        self.retry_after = retry_after


_PASSING = frozenset({408, 423, 425, 429})
_SERVER_ERROR = 500


class Refused(SyncError):
    """Центр отказал."""

    title = "Центр отказал"
    code = "refused"
    exit_code = 1

    def __init__(
        self, status: int, problem: Mapping[str, object], message: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem

    @property
    def reason(self) -> str:
        """The stable code of the refusal, the status where none was given."""
        return str(self.problem.get("code") or self.status)

    @property
    def passing(self) -> bool:
        """Whether the trouble goes by itself: the same bytes are to be sent later."""
        return (
            self.status >= _SERVER_ERROR
            or self.status in _PASSING
            or self.problem.get("retry") == "same"
        )


class ExchangeRunning(SyncError):
    """Обмен уже идёт в другом окне программы."""

    title = "Обмен уже идёт"
    code = "exchange-running"
    exit_code = 1
