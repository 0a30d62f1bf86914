"""What is said of a carrying: what stands on the stick, what came from it, what to do next."""

from __future__ import annotations

from sync.carried import Step, TakenIn, TakenOut
from sync.failures import sentence

LANES = {"data": "записи", "scans": "сканы", "answers": "ответы центра"}

BEHIND = (
    "У центра больше записей этого места, чем здесь: база возвращена из старой копии. Остальное с"
    " носителя не взято. Не работайте на этой базе: подключите сеть до центра и пустите обмен, он"
    " вернёт недостающее сам. Сети нет — позвоните оператору центра."
)


def step_text(step: Step) -> str:
    """«записи: 40 из 120»."""
    return f"{LANES[step.lane]}: {step.done} из {step.total}"


def out_lines(out: TakenOut) -> list[str]:
    """Say what stands on the stick now. Custody is never called delivery."""
    lines = []
    if out.entries:
        lines.append(f"На носителе записей: {out.entries}, пакетов: {out.batches}.")
    elif out.failure is None and not out.stopped:
        lines.append("Нового для центра нет; за ответами центра носитель отвезти можно.")
    if out.scans or out.scans_left:
        left = f", не поместилось или не взято: {out.scans_left}" if out.scans_left else ""
        lines.append(f"Сканов на носителе: {out.scans}{left}.")
    if out.damaged:
        lines.append(
            f"Сканов повреждено на этом диске и пропущено: {len(out.damaged)}. Приложите их снова: "
            "обращения названы в «Требуют внимания» (F4)."
        )
    if out.frozen:
        lines.append(sentence(out.frozen))
    if out.stopped:
        lines.append("Остановлено. Что записано, записано целиком; остальное вынесите потом.")
    if out.failure is not None:
        lines.append(str(out.failure))
    elif out.entries or out.scans:
        lines.append(
            "Это ещё не доставка: отвезите носитель в центр, верните его сюда и примите ответы."
        )
    return lines


def in_lines(found: TakenIn) -> list[str]:
    """Say what the stick brought."""
    lines = [f"{one.name} пропущен: {one.text}" for one in found.damaged]
    if found.frozen:
        return [*lines, sentence(found.frozen)]
    if found.behind:
        return [*lines, BEHIND]
    if found.confirmed or found.events or found.scans:
        lines.append(
            f"Центр подтвердил записей: {found.confirmed}, ответов: {found.events}, "
            f"сканов целиком: {len(found.scans)}."
        )
    elif found.files - found.past:
        lines.append("Всё с этого носителя здесь уже есть.")
    elif not found.damaged and not found.past:
        lines.append(
            "Ответов центра для этого места на носителе нет. Его ещё не принимали в центре "
            "(mfc-central carry in) или это другой носитель."
        )
    if found.reconciled:
        lines.append(f"Сверка с центром: {found.reconciled}. Акт: «Обмен» (F5), Ctrl+K.")
    if found.catalogue:
        lines.append(f"Новый каталог услуг {found.catalogue} действует с этой минуты.")
    if found.past:
        lines.append(f"Устаревших файлов: {found.past}; они ничего не изменили.")
    if found.missing:
        lines.append(
            "Части ответов не хватает: вынесите на носитель ещё раз и отвезите его в центр."
        )
    return lines
