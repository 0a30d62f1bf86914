"""The payment's QR code gives the same fields back, whatever the treasury is called."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pypdfium2
import pytest
import zxingcpp

from printing import fonts
from printing.duty_slip import SMALLEST_MODULE, SMALLEST_SIDE, code_piece, lay_out, render
from printing.errors import PaymentNotCoded
from printing.page import paginate
from printing.payment_qr import BLOCK_BYTES, Coding, Payment, fields_of, payload
from printing.sample_papers import PAYMENT
from printing.samples import USUAL
from printing.sheet import Copy, draw

CODECS = {"1": "cp1251", "2": "utf-8", "3": "koi8-r"}
MUST = ["Name", "PersonalAcc", "BankName", "BIC", "CorrespAcc"]
WORDS = tuple(
    "Управление Федерального казначейства по области, краю и республике (УФК) Отдел МВД России "  # noqa: SIM905
    "по г. Учебному л/с 04000000000 Межрайонная инспекция | ~ № «Учебная» № 7".split()
)


def parsed(data: bytes) -> tuple[str, list[tuple[str, str]]]:
    """Read a code as a bank does: the eighth byte parts the fields, the seventh names letters."""
    assert data.startswith(b"ST0001")
    coding = data[6:7].decode()
    text = data.decode(CODECS[coding])
    fields = [part.partition("=") for part in text[8:].split(text[7])]
    return coding, [(key, value) for key, _, value in fields]


def digits(random: Random, count: int) -> str:
    return "".join(random.choice("0123456789") for _ in range(count))


def named(random: Random, words: int, longest: int) -> str:
    return " ".join(random.choice(WORDS) for _ in range(random.randint(2, words)))[:longest].strip()


def payment_of(random: Random, coding: Coding) -> Payment:
    made = Payment(
        payee=named(random, 26, 160),
        account="03100643" + digits(random, 12),
        bank=named(random, 8, 45),
        bic="01" + digits(random, 7),
        corr="40102810" + digits(random, 12),
        kopecks=random.randint(1, 10**9),
        purpose=named(random, 30, 210),
        inn="99" + digits(random, 8),
        kpp="99" + digits(random, 7),
        kbk=digits(random, 20),
        oktmo=digits(random, 8),
        uin=random.choice(["", digits(random, 20)]),
        last_name=random.choice(["Образцова", "Ґалаґан-Їжакевич", "д’Учебный"]),
        first_name="Мария",
        middle_name=random.choice(["", "Петровна"]),
    )
    if coding is Coding.KOI8_R:  # it has neither № nor guillemets nor Ukrainian letters
        plain = str.maketrans("№«»’", 'N"" ')
        made = replace(
            made,
            payee=made.payee.translate(plain),
            bank=made.bank.translate(plain),
            purpose=made.purpose.translate(plain),
            last_name="Образцова",
        )
    return made


def check_payment(random: Random, coding: Coding) -> str:
    """Print a payment, read its code from a 150 dpi rendering, compare; return the encoding."""
    payment = payment_of(random, coding)
    fallback = coding is Coding.UTF_8
    try:
        data = payload(payment, None if fallback else coding)
    except PaymentNotCoded:
        first = "|".join(f"{key}={value}" for key, value in list(fields_of(payment))[:5])
        assert len(first.encode("cp1251")) + 8 > BLOCK_BYTES
        return ""
    used, fields = parsed(data)
    assert fields == list(fields_of(payment))
    assert [key for key, _ in fields[:5]] == MUST
    assert dict(fields)["Sum"] == str(payment.kopecks)
    assert all(chr(data[7]) not in value for _, value in fields)
    block = data[7:8].join(data.split(data[7:8])[:6])
    assert len(block) <= BLOCK_BYTES
    if fallback:
        pdf = render(replace(USUAL["duty_slip"], payment=payment))
    else:  # the desk itself chooses no KOI8-R: the same code on a sheet of its own
        pdf = draw(paginate([code_piece(data)]), [Copy("", "")], title="")
    assert read_at(pdf, 150) == data
    return used


def read_at(pdf: bytes, dpi: int) -> bytes:
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture = document[0].render(scale=dpi / 72).to_pil().convert("L")
    finally:
        document.close()
    # one code in some hundred also looks like a linear barcode to the decoder
    only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    (found,) = zxingcpp.read_barcodes(picture, formats=only)
    return bytes(found.bytes)


def check_many(count: int) -> None:
    fonts.register()
    random = Random(17)
    used = {check_payment(random, list(Coding)[at % 3]) for at in range(count)}
    assert used >= {"1", "2", "3"}


def test_random_payments_are_read_back() -> None:
    """Eighteen payments, six in each encoding: printed, read as bytes from the rendering."""
    check_many(18)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_random_payments_are_read_back_in_full() -> None:
    """The same for five hundred."""
    check_many(500)


def test_a_long_name_falls_back_to_one_byte_letters() -> None:
    """UTF-8 while the five fields fit into 300 bytes, Windows-1251 beyond."""
    assert payload(PAYMENT).startswith(b"ST00012|Name=")
    long = replace(PAYMENT, payee="Управление Федерального казначейства " * 4)
    assert payload(long).startswith(b"ST00011|Name=")
    assert parsed(payload(long))[1] == list(fields_of(long))


def test_a_bar_in_a_value_changes_the_separator() -> None:
    """The eighth byte says which one; all taken is an error."""
    barred = replace(PAYMENT, purpose="Пошлина | за паспорт")
    assert payload(barred).startswith(b"ST00012~")
    assert parsed(payload(barred))[1] == list(fields_of(barred))
    with pytest.raises(PaymentNotCoded, match="разделители"):
        payload(replace(PAYMENT, purpose="|~^#$&*!;%@{}"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bic": ""}, "нет обязательного поля BIC"),
        ({"payee": "У" * 161}, "Name длиннее 160"),
        ({"kopecks": 0}, "больше нуля"),
        ({"payee": "Ѱ" * 160}, "нет в кодировке"),
        ({"payee": "У" * 160, "bank": "Б" * 45, "corr": "4" * 20}, "длиннее 300 байтов"),
    ],
)
def test_what_cannot_be_coded_is_refused(changes: dict[str, object], words: str) -> None:
    """The sentence names the field, never its value."""
    with pytest.raises(PaymentNotCoded, match=words) as raised:
        payload(replace(PAYMENT, **changes))  # type: ignore[arg-type]
    assert "УУУ" not in str(raised.value)


def test_the_code_is_large_enough_to_be_read() -> None:
    """35 mm and 0.45 mm a module at least, with four blank modules around."""
    for paper in (USUAL["duty_slip"], replace(USUAL["duty_slip"], payment=PAYMENT)):
        piece = next(p.piece for page in lay_out(paper) for p in page if len(p.piece.rules) > 100)
        module = min(rule.weight for rule in piece.rules)
        left = min(rule.x0 for rule in piece.rules)
        right = max(rule.x1 for rule in piece.rules)
        assert module >= SMALLEST_MODULE - 1e-6
        assert right - left >= SMALLEST_SIDE - 1e-6
        assert left >= 4 * module - 1e-6
