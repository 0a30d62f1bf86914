"""Every way an exchange can fail, by its stable code: what a person reads, and what to do next.

Codes are `Unreachable.kind` (the centre was not reached or not understood: tried again by itself),
`Frozen` (uploads stopped until a person acts) and those of the desk's own disk and clock. The table
in docs/reliability.md names the test that brings each of them about.
"""

from __future__ import annotations

from sync.errors import UNREACHABLE_TEXTS, Damaged, DiskFull, ExchangeRunning
from sync.steps import FROZEN_TEXTS, Frozen

CLOCK = "clock"
"""Not a failure of the exchange: this clock is over two minutes from the centre's."""

_WORK_ON = "Приём продолжайте."
_CALL = "Позвоните оператору центра"
NEXT_STEPS: dict[str, str] = {
    "no-network": f"Подключите кабель, Wi-Fi или модем. {_WORK_ON} Отправка начнётся сама.",
    "dns": f"Проверьте модем и оплату связи, откройте любой сайт. {_WORK_ON}",
    "refused": f"Подождите. Если так дольше часа, {_CALL.lower()}.",
    "timeout": f"Подождите: программа попробует снова. Переставьте модем ближе к окну. {_WORK_ON}",
    "no-answer": "Ничего не делайте: тот же пакет уйдёт ещё раз, и центр ответит, если он уже"
    " дошёл. Дважды обращение не запишется.",
    "cut": "Ничего не делайте: отправка пойдёт дальше меньшими частями.",
    "tls": f"Не вводите паролей в этой сети. Смените сеть; не поможет — {_CALL.lower()}:"
    " сертификат мог смениться.",
    "tls-clock": "Сверьте дату и время компьютера. Если они верны, сертификат центра истёк:"
    f" {_CALL.lower()}.",
    "captive-portal": "Откройте браузер, войдите в сеть на её странице, затем отправьте снова.",
    "altered": f"Смените сеть. Не поможет — попросите того, кто ведает сетью, пропускать обмен с"
    f" центром без изменений. {_WORK_ON}",
    "garbage": f"Подождите. Если повторяется, {_CALL.lower()} и назовите код «garbage».",
    "server-error": f"Подождите: центр чинят. Если так дольше часа, {_CALL.lower()}.",
    "server-full": f"{_CALL}: в центре нужно освободить место. {_WORK_ON}",
    "too-many": "Подождите: программа выждет столько, сколько просит центр.",
    "unexpected": f"Обновите программу. Если она новая, {_CALL.lower()}.",
    "parked": f"Подождите: недостающее уйдёт первым. Если повторяется, {_CALL.lower()}.",
    "relay-stranger": "Проверьте адрес ретранслятора в настройках (F9). Пока отправка идёт прямо"
    " в центр, когда он виден.",
    "relay-told": "Ничего не делайте: программа спросит сам центр, когда он виден.",
    "relay-ahead": "Не работайте на этой базе, пока недостающее не вернулось: пустите обмен ещё"
    f" раз, когда у ретранслятора есть сеть до центра. Сети нет — {_CALL.lower()}.",
    "stopped": "Пустите обмен: «Обмен», Ctrl+T, или команда mfc-desk sync.",
    Frozen.FORK: "Возьмите у оператора центра новый код: mfc-desk enrol АДРЕС КОД. Ничего не"
    " пропадёт и не удвоится.",
    Frozen.AHEAD: f"Не работайте на этой базе. {_CALL}: он решит, чья запись верна.",
    Frozen.REVOKED: f"{_CALL}. Неотправленное он получит на разбор; компьютер не выключайте.",
    Frozen.EPOCH_CLOSED: "Работайте на новом компьютере этого окна или возьмите новый код:"
    " mfc-desk enrol АДРЕС КОД.",
    Frozen.UNKNOWN_KEY: "Возьмите у оператора центра новый код: mfc-desk enrol АДРЕС КОД.",
    Frozen.CODE_USED: "Возьмите у оператора центра новый код: mfc-desk enrol АДРЕС КОД.",
    Frozen.WRONG_SERVER: f"{_CALL}: адрес в билете ведёт в другой центр.",
    Frozen.BAD_FORMAT: f"Обновите программу. Если она новая, {_CALL.lower()}.",
    Frozen.UNKNOWN_DICTIONARY: f"{_CALL}: центр старее этой программы, его нужно обновить.",
    Frozen.BAD_CHAIN: f"Выполните mfc-desk check и {_CALL.lower()} с тем, что он показал.",
    Frozen.TOO_LARGE: f"{_CALL}: предел размера в центре (или в прокси перед ним) слишком мал.",
    DiskFull.code: "Освободите место на диске и отправьте снова.",
    Damaged.code: "Закройте программу и позовите администратора: mfc-desk check, затем restore.",
    ExchangeRunning.code: "Дождитесь конца обмена, который уже идёт.",
    CLOCK: "Поставьте верное время на компьютере. Сроки уже считаются по времени центра.",
}


def sentence(code: str) -> str:
    """What a person reads of a failure."""
    if code in set(Frozen):
        return FROZEN_TEXTS[Frozen(code)]
    return UNREACHABLE_TEXTS.get(code, UNREACHABLE_TEXTS["unexpected"])


def next_step(code: str) -> str:
    """What to do about it."""
    return NEXT_STEPS.get(code, NEXT_STEPS["unexpected"])
