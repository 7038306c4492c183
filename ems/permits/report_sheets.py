"""A table of execution reports that came in (已收报告): each row finds its report, by permit and period."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from wtforms import StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from ems.core import dates
from ems.core.db import db
from ems.core.policy import Act, reach
from ems.core.recurring import Key
from ems.core.workflow import carry_out
from ems.permits.forms import MUST, not_after_today, text
from ems.permits.models import Permit
from ems.permits.report_models import Frequency, PermitReport
from ems.permits.report_moves import DUE, RECEIVED, WORKFLOW
from ems.permits.report_registers import REPORTS
from ems.permits.work import IN_FORCE
from ems.web.forms import DateField, Form
from ems.web.kinds import Doubt, Given, ImportKind, Row

AT_ONCE = 500
HANZI = {"一": 1, "二": 2, "三": 3, "四": 4, "上": 1, "下": 2}
#: as people write a period: the year, and which part of it
WRITTEN: dict[Frequency, str] = {
    Frequency.QUARTER: r"(\d{4})年?[-]?(?:第?([1-4一二三四])季度?|Q([1-4]))",
    Frequency.HALF: r"(\d{4})年?[-]?(?:([上下])半年度?|H([12]))",
    Frequency.MONTH: r"(\d{4})(?:年|[-./])(\d{1,2})(?:月份?|-0?1)?",
    Frequency.YEAR: r"(\d{4})年?(?:年?度|全年)?",
}
MONTHS = {Frequency.MONTH: 1, Frequency.QUARTER: 3, Frequency.HALF: 6, Frequency.YEAR: 12}


def read(said: str) -> tuple[Frequency, date] | None:
    """Which report `said` means, and its first day: 2026年第三季度, 2026Q3, 2026年9月, 2026上半年, 2026年度."""
    words = re.sub(r"\s|执行报告|[月季年]?报$", "", said).upper()
    for kind, pattern in WRITTEN.items():
        if found := re.fullmatch(pattern, words):
            parts = [part for part in found.groups()[1:] if part]
            part = HANZI.get(parts[0], 0) or int(parts[0]) if parts else 1
            month = (part - 1) * MONTHS[kind] + 1
            return (kind, date(int(found[1]), month, 1)) if 1 <= month <= 12 else None  # noqa: PLR2004
    return None


class ReceivedForm(Form):
    no = text(_l("许可证编号"), 60, DataRequired(MUST))
    period = text(_l("报告期"), 40, DataRequired(MUST))
    received_on = DateField(_l("收到日期"), [InputRequired(MUST)])
    note = TextAreaField(_l("备注"), [Length(max=2000)])

    def validate_received_on(self, field: DateField) -> None:
        not_after_today(field)

    def validate_period(self, field: StringField) -> None:
        if field.data and read(field.data) is None:
            raise ValidationError(_("不是报告期，请写成 2026年第3季度、2026年10月、2026年上半年或 2026年。"))


def key_of(row: Row, permits: dict[str, int]) -> Key | None:
    period = read(row.data["period"] or "")
    permit_id = permits.get(row.data["no"] or "")
    return (permit_id, *period) if permit_id and period else None


def permits_of(rows: Sequence[Row], given: Given) -> dict[str, int]:
    """Number → permit in force, of those in which the person may take in sheets."""
    numbers = sorted({row.data["no"] for row in rows if row.data["no"]})
    found: dict[str, int] = {}
    mine = Permit.unit_id.in_(reach(given.user, "permits", Act.LOAD))
    for at in range(0, len(numbers), AT_ONCE):
        asked = select(Permit.no, Permit.id).where(Permit.no.in_(numbers[at : at + AT_ONCE]), mine)
        asked = asked.where(Permit.state.in_(sorted(IN_FORCE))).order_by(Permit.id)
        found |= {no: id for no, id in db.session.execute(asked)}  # noqa: C416  a Row is no pair for a type checker
    return found


def reports_of(ids: Sequence[int]) -> dict[Key, PermitReport]:
    found: dict[Key, PermitReport] = {}
    for at in range(0, len(ids), AT_ONCE):
        asked = select(PermitReport).where(PermitReport.permit_id.in_(ids[at : at + AT_ONCE]))
        for one in db.session.scalars(asked.where(PermitReport.first_on <= dates.today()).order_by(PermitReport.id)):
            found[one.permit_id, one.kind, one.first_on] = one
    return found


def judge(rows: Sequence[Row], given: Given) -> Iterator[Doubt]:
    permits = permits_of(rows, given)
    reports, seen = reports_of(sorted(set(permits.values()))), dict[Key, int]()
    for row in rows:
        if row.data["no"] and row.data["no"] not in permits:
            yield Doubt(row, "no", _("没有这个编号的有效许可证"), _("核对编号，或先登记许可证"), fault=True)
        if (key := key_of(row, permits)) is None:
            continue
        if key in seen:
            yield Doubt(row, "period", _("与第 %(n)s 行是同一份报告", n=seen[key]), _("保留一行"), fault=True)
        seen.setdefault(key, row.number)
        yield from judged(row, reports.get(key))


def judged(row: Row, report: PermitReport | None) -> Iterator[Doubt]:
    day = row.data["received_on"]
    if report is None:
        why = _("许可证没有要求这份报告，或报告期还没有开始")
        yield Doubt(row, "period", why, _("先登记执行报告要求"), fault=True)
    elif report.state is RECEIVED:
        why = _("已于 %(day)s 登记收到，这一行不再存入", day=report.received_on)
        yield Doubt(row, "period", why, _("日期不同的，请在报告上撤回后重新登记"))
    elif report.state is not DUE:
        why = _("这份报告是“%(state)s”", state=report.state.label)
        yield Doubt(row, "period", why, _("先恢复应报，再登记收到"), fault=True)
    elif day and day < report.first_on:
        why = _("早于报告期起 %(day)s", day=report.first_on)
        yield Doubt(row, "received_on", why, _("核对收到日期"), fault=True)


def store(rows: Sequence[Row], given: Given) -> int:
    """Each that was waited for is received. Returns how many."""
    permits = permits_of(rows, given)
    reports = reports_of(sorted(set(permits.values())))
    move = next(move for move in WORKFLOW.moves if move.name == "receive")
    open_ = [(row, reports[key]) for row in rows if (key := key_of(row, permits)) and reports[key].state is DUE]
    with db.session.no_autoflush:
        for row, report in open_:
            report.received_on, report.note = row.data["received_on"], row.data["note"] or report.note
            said = _("由表格导入：%(file)s 第 %(n)s 行。", file=given.file, n=row.number)
            carry_out(move, given.user, report, said)
    db.session.flush()
    return len(open_)


def waited_for(row: Row) -> str:
    """A list of all reports names the day of those that came."""
    return "" if row.said.get("received_on") else _("没有收到日期")


RECEIVED_REPORTS = ImportKind(
    name="permit_report",
    title=_l("已收执行报告"),
    form=ReceivedForm,
    columns=REPORTS.columns,
    store=store,
    needs=("no", "period", "received_on"),
    codes=frozenset({"no"}),
    blank=frozenset({"note"}),
    judge=judge,
    skip=waited_for,
)
