"""Three entries of the menu: the figures, the report made of them, and the system check."""

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext

from ems.core.db import InUnit
from ems.core.module import Module, Subject
from ems.reports import catalogue, checkup
from ems.reports.models import Report
from ems.reports.rules import CHECKS, REGISTER, WORKFLOW
from ems.reports.views import bp

LINE = _l("统计")

FIGURES = Module("figures", _l("数据总览"), catalogue.bp, line=LINE, area="reports")

REPORTS = Module(
    "reports",
    _l("年终总结"),
    bp,
    line=LINE,
    area="reports",
    subjects=(
        Subject(Report, pgettext("record", "年终总结"), Report.no, Report.title, "reports.detail", REGISTER, WORKFLOW),
    ),
    checks=CHECKS,
)

CHECKUP = Module("checks", _l("体系体检"), checkup.bp, line=LINE, area="reports")

FOUND: dict[type[InUnit], tuple[str, ...]] = {Report: ("no", "title")}
