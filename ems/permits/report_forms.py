"""What a permit's copy asks for, as it is entered, and what the moves of a report and a measurement ask."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.file import FileField
from sqlalchemy import select
from wtforms import BooleanField, Field, IntegerField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from ems.core import attachments, dates
from ems.core.db import db
from ems.core.recurring import Period
from ems.enterprises import work as enterprises
from ems.enterprises.models import Enterprise
from ems.permits.forms import MUST, not_after_today, text
from ems.permits.models import Permit
from ems.permits.move_forms import day
from ems.permits.report_models import (
    EVERY,
    Exemption,
    Frequency,
    MonitoringPlan,
    PermitReport,
    ReportTerm,
    SelfMonitoring,
)
from ems.web.forms import ChoiceField, DateField, Form
from ems.web.session import me

NEXT_YEAR = 12  # months


class Line(NamedTuple):
    """The fields of one kind of report."""

    kind: Frequency
    asked: Field
    months: Field
    day: Field


def asked(label: Any) -> BooleanField:
    return BooleanField(label)


def months() -> IntegerField:
    in_a_year = NumberRange(1, NEXT_YEAR, _l("填 1 到 12。"))
    return IntegerField(_l("期满后第几个月"), [Optional(), in_a_year], default=1)


def day_of_month() -> IntegerField:
    return IntegerField(_l("几日前"), [Optional(), NumberRange(1, 31, _l("填 1 到 31。"))])


class TermsForm(Form):
    """Without a day the rule's day holds."""

    month, quarter, half, year = asked(_l("月报")), asked(_l("季报")), asked(_l("半年报")), asked(_l("年报"))
    month_months, quarter_months, half_months, year_months = months(), months(), months(), months()
    month_day, quarter_day, half_day, year_day = day_of_month(), day_of_month(), day_of_month(), day_of_month()
    merged = BooleanField(_l("第四季度、下半年、十二月的报告并入年报"))

    def lines(self) -> Iterator[Line]:
        for kind in Frequency:
            yield Line(kind, self[kind.value], self[f"{kind.value}_months"], self[f"{kind.value}_day"])

    def validate_merged(self, field: BooleanField) -> None:
        if field.data and not self.year.data:
            raise ValidationError(_("没有年报，无从并入。"))

    def fill(self, terms: list[ReportTerm]) -> None:
        known = {term.kind: term for term in terms}
        for line in self.lines():
            if term := known.get(line.kind):
                line.asked.data, line.months.data, line.day.data = True, term.months, term.day
                self.merged.data = self.merged.data or term.merged

    def keep(self, permit: Permit, terms: list[ReportTerm]) -> None:
        """Make the terms what was ticked."""
        known = {term.kind: term for term in terms}
        for line in self.lines():
            term = known.get(line.kind)
            if not line.asked.data:
                if term:
                    db.session.delete(term)
                continue
            term = term or ReportTerm(permit_id=permit.id, kind=line.kind)
            term.unit_id, term.months, term.day = permit.unit_id, line.months.data or 1, line.day.data
            term.merged = bool(self.merged.data) and line.kind is not Frequency.YEAR
            db.session.add(term)


class PlanForm(Form):
    pollutant = text(_l("污染物"), 80, DataRequired(MUST))
    outlet = text(_l("排放口"), 120, render_kw={"list": "outlets"}, description=_l("编号或名称；留空为全厂。"))
    frequency = ChoiceField(_l("监测频次"), Frequency, [InputRequired(_l("请选择监测频次。"))], blank=_l("请选择"))
    from_on = DateField(_l("自何日起"), [Optional()], description=_l("留空从现在这一期起。"))
    note = text(_l("备注"), 400)

    owner: Enterprise | None = None
    permit: Permit | None = None

    def validate_pollutant(self, field: Field) -> None:
        same = select(MonitoringPlan.id).where(
            MonitoringPlan.permit_id == (self.permit.id if self.permit else 0),
            MonitoringPlan.outlet == (self.outlet.data or ""),
            MonitoringPlan.pollutant == field.data,
            MonitoringPlan.void.is_(False),
        )
        if db.session.scalar(same):
            raise ValidationError(_("这个排放口的这项污染物已有监测要求，请先停止原来的。"))

    def populate_obj(self, plan: MonitoringPlan) -> None:
        for name in ("pollutant", "outlet", "frequency", "note"):
            self[name].populate_obj(plan, name)
        plan.from_on = self.from_on.data or this_one(plan.frequency).first
        found = enterprises.outlet_named(self.owner, plan.outlet) if self.owner and plan.outlet else None
        plan.outlet_id = found.id if found else None


def this_one(kind: Frequency) -> Period:
    """The period under way."""
    return EVERY[kind].nth(EVERY[kind].number(dates.today()))


def remark(label: Any, *more: Any) -> TextAreaField:
    return TextAreaField(label, [*more, Length(max=2000)])


class ReceiveForm(Form):
    day = day(_l("收到日期"))
    file = FileField(_l("报告文件"))
    remark = remark(_l("审阅意见"))

    def validate_day(self, field: DateField) -> None:
        not_after_today(field)
        if field.data and self.row and field.data < self.row.first_on:
            raise ValidationError(_("不能早于报告期起 %(day)s。", day=self.row.first_on))

    def populate_obj(self, report: PermitReport) -> None:
        report.received_on, report.note = self.day.data, self.remark.data or report.note
        keep_file(self.file.data, report)


def keep_file(file: Any, row: PermitReport | SelfMonitoring) -> None:
    if file and file.filename:
        attachments.attach(row, file.filename, file.stream, me)


class ChaseReportForm(Form):
    """We asked the enterprise for a report that did not come."""

    day = day(_l("督促日期"))
    remark = remark(_l("督促方式和企业答复"), InputRequired(_l("请写明怎样督促、企业怎样答复。")))

    def validate_day(self, field: DateField) -> None:
        not_after_today(field)
        if field.data and self.row and self.row.missed_on and field.data < self.row.missed_on:
            raise ValidationError(_("不能早于逾期之日 %(day)s。", day=self.row.missed_on))

    def populate_obj(self, report: PermitReport) -> None:
        report.chased_on = self.day.data


class SpareForm(Form):
    """Of a report or a measurement."""

    exemption = ChoiceField(
        _l("原因"), Exemption, [InputRequired(_l("请选择原因。"))], blank=_l("请选择"),
        shown=[Exemption.STOPPED, Exemption.SHORT, Exemption.OTHER],
    )  # fmt: skip
    remark = remark(_l("依据"), InputRequired(_l("请写明依据。")))

    def populate_obj(self, row: PermitReport | SelfMonitoring) -> None:
        row.exemption = self.exemption.data


class DeferForm(Form):
    day = DateField(_l("改定的报送日期"), [InputRequired(MUST)])
    remark = remark(_l("依据"), InputRequired(_l("请写明通知的名称、文号。")))

    def validate_day(self, field: DateField) -> None:
        if field.data and self.row and field.data <= self.row.last_on:
            raise ValidationError(_("应晚于报告期止 %(day)s。", day=self.row.last_on))

    def populate_obj(self, report: PermitReport) -> None:
        report.stated_on = self.day.data


REPORT_FORMS: dict[str, type[Form]] = {
    "receive": ReceiveForm, "chase": ChaseReportForm, "exempt": SpareForm, "defer": DeferForm,
}  # fmt: skip


class MeasureForm(Form):
    day = day(_l("监测日期"))
    file = FileField(_l("监测报告"))
    remark = remark(_l("监测结果"))

    def validate_day(self, field: DateField) -> None:
        not_after_today(field)
        if field.data and self.row and field.data < self.row.first_on:
            raise ValidationError(_("不能早于监测周期起 %(day)s。", day=self.row.first_on))

    def populate_obj(self, run: SelfMonitoring) -> None:
        run.done_on, run.note = self.day.data, self.remark.data or run.note
        keep_file(self.file.data, run)


MONITORING_FORMS: dict[str, type[Form]] = {"measure": MeasureForm, "exempt": SpareForm}
