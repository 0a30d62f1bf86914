"""Reading reasons.toml: the exhaustive list of reasons for a refusal, and the allowances."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from forms.catalogue.table import Table
from forms.refusal import Allowance, Reason, RefusalReasons

_REASON = re.compile(r"R\d\d")
_ALLOWANCE = re.compile(r"[a-z][a-z-]*")


def read_reasons(table: Table) -> RefusalReasons:
    """Read the whole file; every mistake is reported, a code twice among them."""
    reasons: dict[str, Reason] = {}
    for one, code in _coded(table, "reason", _REASON):
        if code in reasons:
            one.wrong("code", f"код «{code}» повторяется")
        reasons[code] = Reason(
            code=code,
            title=one.text("title", required=True),
            ground=one.text("ground", required=True),
            fix=one.text("fix", required=True),
            problems=one.words("problems"),
            insist=one.flag("insist"),
            by_hand=one.flag("by_hand"),
            redirect=one.flag("redirect"),
        )
        one.close()
    allowances: dict[str, Allowance] = {}
    for one, code in _coded(table, "allowance", _ALLOWANCE):
        if code in allowances:
            one.wrong("code", f"код «{code}» повторяется")
        allowances[code] = Allowance(
            code, one.text("title", required=True), one.text("ground", required=True)
        )
        one.close()
    table.close()
    return RefusalReasons(MappingProxyType(reasons), MappingProxyType(allowances))


def _coded(table: Table, key: str, shape: re.Pattern[str]) -> Iterator[tuple[Table, str]]:
    for one in table.tables(key):
        code = one.text("code", required=True)
        if code and not shape.fullmatch(code):
            one.wrong("code", f"«{code}»: код записан не по форме")
        yield one, code
