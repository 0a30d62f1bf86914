"""Обращение принято: the number to read out, the papers, and what else can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from forms.names import full_name
from mfc_desk.screens.intake.bundles import bundle_row
from mfc_desk.screens.intake.service import service_row
from mfc_desk.screens.intake.steps import ServiceChosen
from mfc_desk.screens.listing import PAPER_STATES
from mfc_desk.screens.papers.papers_of import PapersOfScreen
from mfc_desk.screens.wording import SCAN_WANTED, full_moment
from mfc_desk.widgets.big_number import BigNumber
from mfc_desk.widgets.rows import Column, RowList

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.drafts import Draft
    from mfc_desk.intake.intake import Registered


class DoneScreen(PapersOfScreen):
    """Shows the number large; Enter on a service starts it for the same applicant."""

    HELP = (
        "Обращение принято. Номер напечатан на расписке и останется тем же после отправки в центр; "
        "рядом с ним появится регистрационный номер центра. «Чем ещё помочь?»: Enter на услуге "
        "начинает её для того же заявителя: его данные, представитель, способ получения и "
        "документы, нужные обеим услугам, переходят сами. Первыми стоят услуги той же жизненной "
        "ситуации."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n,ctrl+т", "again", "Ещё услуга ему же", key_display="Ctrl+N", id="again"),
        Binding("f2", "go('intake')", "Новый заявитель", key_display="F2", id="go-intake"),
        Binding("ctrl+e,ctrl+у", "card", "Карточка", key_display="Ctrl+E", id="card"),
        Binding("ctrl+a,ctrl+ф", "attach", "Вложения", key_display="Ctrl+A", id="attach"),
        Binding("escape", "back", "Рабочий стол", key_display="Esc", id="back"),
    ]

    def __init__(self, desk: Desk, draft: Draft, registered: Registered) -> None:
        """What was registered, and the draft it came from."""
        super().__init__(desk)
        self.draft = draft
        self.registered = registered

    @property
    def applicant(self) -> dict[str, Any]:
        """The applicant to carry over."""
        return dict(self.draft.document.get("applicant") or {})

    @property
    def paper_number(self) -> str:
        """The number that was just given."""
        return self.registered.number.text

    def body(self) -> ComposeResult:
        """Number, facts, what else."""
        with Vertical(classes="panel", id="number-panel") as panel:
            panel.border_title = "Обращение принято"
            yield BigNumber()
            yield Static(id="facts")
        with Vertical(classes="panel") as more:
            more.border_title = f"Чем ещё помочь? {full_name(self.applicant)}"
            yield RowList(
                Column(share=3),
                Column(14),
                Column(share=3),
                empty="",
            )

    def on_mount(self) -> None:
        """Stand on the services."""
        self.query_one(BigNumber).number = self.registered.number.text
        rows = self.query_one(RowList)
        bundle = self.desk.bundles.of_request(self.registered.request_id)
        first = [bundle_row(bundle)] if bundle and bundle.left else []
        rows.show(
            [
                *first,
                *(service_row(row) for row in self.desk.intake.services_beside(self.draft.service)),
            ]
        )
        self.set_focus(rows)

    def redraw(self) -> None:
        """Papers change their state while one looks."""
        super().redraw()
        done = self.registered
        by = full_moment(done.register_by, self.tz)
        if self.desk.training:
            by = "— (учебный офис)"
        lines = [
            Content.assemble(("Принято ", "$muted"), full_moment(done.accepted_at, self.tz)),
            Content.assemble(("Зарегистрировать в центре до ", "$muted"), (by, "bold")),
        ]
        if why := self.desk.attachments.why_wanted(self.paper_number):
            lines.append(Content.assemble((f"{SCAN_WANTED}: ", "bold $warning"), (why, "$warning")))
        for job in self.desk.print_queue.of_request(done.request_id):
            words, tone = PAPER_STATES.get(job.state, (job.state, ""))
            error = f": {job.error}" if job.error else ""
            lines.append(
                Content.assemble((f"{job.title}: ", "$muted"), (words + error, tone or "bold"))
            )
        self.query_one("#facts", Static).update(Content("\n").join(lines))

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        if event.key.startswith("bundle:"):
            self.post_message(self.Go(event.key))
        else:
            self._next(event.key)

    def action_again(self) -> None:
        """Choose a service for the same applicant from the whole catalogue."""
        self._next("")

    def _next(self, slug: str) -> None:
        self.post_message(ServiceChosen(slug, self.applicant, self.draft.document))

    def action_attach(self) -> None:
        """The scans of what was registered, while the applicant's paper still lies here."""
        self.post_message(self.Go(f"attachments:{self.paper_number}"))

    def action_card(self) -> None:
        """The card of what was registered."""
        self.post_message(self.Go(f"card:{self.registered.number.text}"))
