"""What an applicant showed of having paid: the way, the sum, the day, УИН, the document."""

from __future__ import annotations

from forms.spec import Choice, Field
from mfc_desk.handling.follow_ups import LONGEST_DOCUMENT, WAYS
from mfc_desk.screens.intake.paper_details import PaperDetailsScreen


class PaymentScreen(PaperDetailsScreen):
    """Answers with way, kopecks, paid_on, uin and document as far as they read, None on Esc."""

    FIELDS: tuple[Field, ...] = (
        Field(
            "way",
            "Как оплачено",
            "select_one",
            required=True,
            choices=tuple(Choice(code, words) for code, words in WAYS.items()),
        ),
        Field("kopecks", "Сумма", "money"),
        Field("paid_on", "Дата оплаты", "date", required=True),
        Field("uin", "УИН, если есть", "text", max_length=25),
        Field("document", "Чек или основание льготы", "text", max_length=LONGEST_DOCUMENT),
    )
