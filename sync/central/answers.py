"""What the centre answers over HTTP: typed bodies, and problems by RFC 9457."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RECEIPT = "application/vnd.mfc.receipt"
TICKET = "application/vnd.mfc.ticket"
PAGE = "application/vnd.mfc.feed"
COMPARISON = "application/vnd.mfc.comparison"
ENTRIES = "application/vnd.mfc.entries"
SEALED = "application/age"
JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """Status, body and its type; `headers` besides those every answer has."""

    status: int
    body: bytes = b""
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(status: int, value: Mapping[str, Any]) -> Answer:
    """Make an answer of one JSON object."""
    return Answer(status, _compact(value), JSON)


@dataclass(frozen=True)
class Kind:
    """A kind of refusal: status, what the desk does (`retry`), the sentence a person reads.

    `retry` is `never`, `same` (the same bytes later), `reseal` (other bounds or dictionary) or
    `after-enrol`.
    """

    status: int
    retry: str
    title: str


KINDS = {
    "bad-request": Kind(400, "never", "Запрос не разобрать."),
    "bad-format": Kind(400, "never", "Пакет испорчен или это не пакет."),
    "bad-digest": Kind(400, "same", "Тело запроса повреждено в пути."),
    "unknown-key": Kind(401, "after-enrol", "Ключ этого рабочего места центру не известен."),
    "bad-signature": Kind(401, "after-enrol", "Подпись не сходится."),
    "altered": Kind(
        401, "same", "Подписи рабочего места на запросе нет или она не его: запрос изменён в пути."
    ),
    "revoked": Kind(403, "never", "Рабочее место отозвано. Пакет сохранён для разбора."),
    "restore-refused": Kind(403, "never", "Билет этого места не даёт читать прежние записи."),
    "code-refused": Kind(403, "never", "Код не подходит, использован или истёк. Получите новый."),
    "not-found": Kind(404, "never", "Такого нет."),
    "method-not-allowed": Kind(405, "never", "Так к этому адресу не обращаются."),
    "timeout": Kind(408, "same", "Тело запроса не пришло вовремя."),
    "fork": Kind(409, "after-enrol", "Журнал расходится с тем, что уже есть в центре."),
    "mismatching-upload-offset": Kind(409, "same", "Файл продолжается с другого места."),
    "key-enrolled": Kind(409, "never", "Этот ключ уже закреплён. Создайте новый."),
    "epoch-closed": Kind(410, "after-enrol", "Рабочее место оформлено заново; эта эпоха закрыта."),
    "length-required": Kind(411, "never", "Нужен заголовок Content-Length."),
    "too-large": Kind(413, "reseal", "Тело больше допустимого."),
    "unknown-dictionary": Kind(415, "reseal", "Пакет сжат неизвестным центру словарём."),
    "unsupported-media": Kind(415, "never", "Тело этого вида сюда не отправляют."),
    "bad-range": Kind(416, "never", "Такого отрезка в файле нет."),
    "wrong-server": Kind(421, "never", "Пакет для другого центра."),
    "bad-chain": Kind(422, "never", "Записи пакета не сходятся с его заголовком."),
    "bad-hash": Kind(422, "same", "Файл пришёл не тем, что заявлен. Отправьте его с начала."),
    "blob-busy": Kind(423, "same", "Этот файл сейчас принимается по другому соединению."),
    "too-many": Kind(429, "same", "Слишком много обращений. Повторите позже."),
    "broken": Kind(500, "same", "В центре ошибка. Она записана; повторите позже."),
    "busy": Kind(503, "same", "Центр занят. Повторите позже."),
    "no-upstream": Kind(503, "same", "Ретранслятор сейчас без связи с центром. Повторите позже."),
    "store-failed": Kind(503, "same", "Центр сейчас не может записать. Повторите позже."),
    "server-full": Kind(507, "same", "В центре кончается место. Повторите позже."),
}


class Refusal(Exception):  # noqa: N818 - an answer, not an error of the program
    """Центр отказал; `code` названа в `KINDS`, `members` идут в тело ответа."""

    def __init__(
        self,
        code: str,
        *,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.headers = headers or {}
        self.members = members

    def answer(self) -> Answer:
        """Make the problem+json answer."""
        kind = KINDS[self.code]
        body = {
            "type": f"urn:mfc-desk:{self.code}",
            "title": kind.title,
            "status": kind.status,
            "code": self.code,
            "retry": kind.retry,
            **self.members,
        }
        retry = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return Answer(kind.status, _compact(body), PROBLEM, {**self.headers, **retry})


def _compact(value: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(value), ensure_ascii=False, separators=(",", ":")).encode()
