# ruff: noqa: N818  names say what happened
"""What can go wrong between a paper and the tray of a printer, each with the sentence to read.

PrintError
├─ PaperNotWritten(reason)          a folder refused the file; a PDF the spool did not take
├─ PrinterUnreachable               nothing answers: no scheduler, no printing system
│  ├─ PrintingNotInstalled          the programs of the printing system are absent
│  └─ ThermalUnreachable            a thermal printer cannot be opened
├─ PrinterMissing(printer)          the chosen printer is gone
├─ PrintRefused(printer)            the printer is there and takes no jobs
├─ NoNarrowLayout                   the paper does not fit a roll
├─ NotANumber                       a barcode was asked for something that is not digits
├─ PaymentNotCoded(reason)          the details of a payment do not fit the QR of ГОСТ Р 56042
└─ UnknownEdition(paper, edition)   the texts of a paper made by another version are not here

An unknown outcome is not an error but an answer (`spool.SpoolAnswer.state == "unknown"`):
whoever asked must not print again by itself.
"""

from __future__ import annotations

from typing import ClassVar


class PrintError(Exception):
    """Бумага не напечатана."""

    title: ClassVar[str] = "Печать"
    code: ClassVar[str] = "print"
    exit_code: ClassVar[int] = 1

    def __init__(self, sentence: str | None = None) -> None:
        """Carry `sentence`, or the first line of the class docstring when there is none."""
        super().__init__(sentence or (type(self).__doc__ or "").partition("\n")[0])


class PaperNotWritten(PrintError):
    """Файл с бумагой не записан. Проверьте папку в настройках и повторите печать."""

    title = "Файл не записан"
    code = "paper-not-written"

    def __init__(self, reason: str | None = None) -> None:
        """Name the operating system's `reason` when there is one."""
        super().__init__(
            None
            if reason is None
            else f"Файл с бумагой не записан: {reason}. "
            "Проверьте папку в настройках и повторите печать."
        )


class PrinterUnreachable(PrintError):
    """Служба печати не отвечает. Бумага осталась в очереди; проверьте службу печати."""

    title = "Служба печати не отвечает"
    code = "printer-unreachable"


class PrintingNotInstalled(PrinterUnreachable):
    """На компьютере нет службы печати. Установите её или выберите в настройках печать в папку."""

    title = "Нет службы печати"
    code = "printing-not-installed"


class ThermalUnreachable(PrinterUnreachable):
    """Чековый принтер не отвечает. Включите его и проверьте кабель; бумага осталась в очереди."""

    title = "Чековый принтер не отвечает"
    code = "thermal-unreachable"


class NoNarrowLayout(PrintError):
    """На узкой ленте эта бумага не печатается. Выберите для неё другой принтер в настройках."""

    title = "Бумага не для ленты"
    code = "no-narrow-layout"


class PrinterMissing(PrintError):
    """Принтер не найден. Подключите его или выберите другой в настройках и повторите печать."""

    title = "Принтер не найден"
    code = "printer-missing"

    def __init__(self, printer: str | None = None) -> None:
        """Name the `printer` that is gone."""
        super().__init__(
            None
            if printer is None
            else f"Принтер «{printer}» не найден. "
            "Подключите его или выберите другой в настройках и повторите печать."
        )


class PrintRefused(PrintError):
    """Принтер не принимает задания. Включите приём заданий или выберите другой принтер."""

    title = "Принтер не принимает задания"
    code = "print-refused"

    def __init__(self, printer: str | None = None) -> None:
        """Name the `printer` that takes no jobs."""
        super().__init__(
            None
            if printer is None
            else f"Принтер «{printer}» не принимает задания. "
            "Включите приём заданий или выберите другой принтер."
        )


class NotANumber(PrintError):
    """Штрихкод печатается только из цифр номера; номер содержит другие знаки или пуст."""

    title = "Неверный номер"
    code = "not-a-number"


class PaymentNotCoded(PrintError):
    """QR-код платежа не собран. Проверьте реквизиты платежа у оператора центра."""

    title = "QR-код платежа"
    code = "payment-not-coded"

    def __init__(self, reason: str | None = None) -> None:
        """Say what does not fit, never the value: it may be a person's name."""
        super().__init__(
            None
            if reason is None
            else f"QR-код платежа не собран: {reason}. Проверьте реквизиты у оператора центра."
        )


class UnknownEdition(PrintError):
    """Тексты этой бумаги есть в более новой программе. Обновите программу и повторите печать."""

    title = "Тексты бумаги"
    code = "paper-edition-unknown"

    def __init__(self, paper: str = "", edition: int = 0) -> None:
        """Name the `paper` by its code and the `edition` that is not here."""
        super().__init__(
            f"Текстов бумаги «{paper}» издания {edition} в этой программе нет. "
            "Обновите программу и повторите печать."
            if paper
            else f"Текстов бумаг издания {edition} в этой программе нет. "
            "Обновите программу и повторите печать."
        )
