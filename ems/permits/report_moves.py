"""How an execution report and a time of self-monitoring are dealt with, and what stands against it."""

from flask_babel import gettext as _, lazy_gettext as _l, lazy_pgettext as pgettext

from ems.core import dates
from ems.core.people import User
from ems.core.policy import Act
from ems.core.workflow import Move, Workflow
from ems.permits import reporting
from ems.permits.report_models import Exemption, MonitoringState, PermitReport, ReportState, SelfMonitoring

DUE, RECEIVED, EXEMPT, WITHDRAWN = ReportState


def not_begun(row: PermitReport | SelfMonitoring, _user: User) -> str | None:
    return None if row.first_on <= dates.today() else _("%(period)s还没有开始。", period=row.period)


def not_late(report: PermitReport, _user: User) -> str | None:
    if report.chased_on:
        return _("已于 %(day)s 督促；仍不提交的，可以开具整改通知。", day=report.chased_on)
    return None if reporting.overdue(report) else _("还没有逾期，不需要督促。")


def by_the_system(row: PermitReport | SelfMonitoring, _user: User) -> str | None:
    """What follows from the permit and its enterprise changes with them, and not by hand."""
    if row.by_id is None:
        return _("这是按许可证和企业现状自动判定的，请更改许可证或企业登记。")
    return None


def received(report: PermitReport, user: User) -> None:
    """In time after all: it was no violation. Late: it needs no asking any more."""
    report.received_on, report.by_id = report.received_on or dates.today(), user.id
    if report.missed_on and report.received_on < report.missed_on:
        report.missed_on = None
    answered(report)


def answered(report: PermitReport) -> None:
    if report.missed_on and report.chased_on is None:
        report.chased_on = max(report.missed_on, report.received_on or dates.today())


def chased(report: PermitReport, _user: User) -> None:
    report.chased_on = report.chased_on or dates.today()


def exempted(report: PermitReport, user: User) -> None:
    report.exemption, report.by_id = report.exemption or Exemption.OTHER, user.id
    answered(report)


def deferred(report: PermitReport, _user: User) -> None:
    """Another day than the copy has, by a notice: what was missed by the old one was not missed by the new."""
    report.deferred = True
    if report.stated_on and report.stated_on >= dates.today():
        report.missed_on = None


def withdrawn(report: PermitReport, user: User) -> None:
    report.by_id = user.id


def taken_back(report: PermitReport, _user: User) -> None:
    """As if nobody had dealt with it."""
    report.received_on = report.exemption = report.by_id = None
    reporting.materialise([report.permit_id])


F = frozenset
WORKFLOW = Workflow(
    moves=(
        Move("receive", _l("登记收到"), F({DUE}), RECEIVED, Act.HANDLE, not_begun, received, form=True),
        Move("chase", _l("登记督促"), F({DUE}), None, Act.HANDLE, not_late, chased, form=True),
        Move("exempt", pgettext("move", "免报"), F({DUE}), EXEMPT, Act.APPROVE, then=exempted, form=True),
        Move("defer", _l("改定报送日期"), F({DUE}), None, Act.APPROVE, then=deferred, form=True),
        Move("take_back", _l("撤回登记"), F({RECEIVED}), DUE, Act.HANDLE, then=taken_back, risk=True),
        Move("ask_again", _l("恢复应报"), F({EXEMPT, WITHDRAWN}), DUE, Act.APPROVE, by_the_system, taken_back,
             risk=True),
        Move("withdraw", pgettext("move", "不再要求"), F({DUE}), WITHDRAWN, Act.APPROVE, then=withdrawn, risk=True),
    ),
    path=(DUE, RECEIVED),
)  # fmt: skip

TO_DO, DONE, SPARED, DROPPED = MonitoringState


def measured(run: SelfMonitoring, user: User) -> None:
    run.done_on, run.by_id = run.done_on or dates.today(), user.id


def spared(run: SelfMonitoring, user: User) -> None:
    run.exemption, run.by_id = run.exemption or Exemption.OTHER, user.id


def dropped(run: SelfMonitoring, user: User) -> None:
    run.by_id = user.id


def undone(run: SelfMonitoring, _user: User) -> None:
    run.done_on = run.exemption = run.by_id = None
    reporting.materialise([run.plan.permit_id])


MONITORING_WORKFLOW = Workflow(
    moves=(
        Move("measure", _l("登记监测"), F({TO_DO}), DONE, Act.HANDLE, not_begun, measured, form=True),
        Move("exempt", pgettext("move", "免测"), F({TO_DO}), SPARED, Act.APPROVE, then=spared, form=True),
        Move("take_back", _l("撤回登记"), F({DONE}), TO_DO, Act.HANDLE, then=undone, risk=True),
        Move("ask_again", _l("恢复监测"), F({SPARED, DROPPED}), TO_DO, Act.APPROVE, by_the_system, undone, risk=True),
        Move("withdraw", pgettext("move", "不再要求"), F({TO_DO}), DROPPED, Act.APPROVE, then=dropped, risk=True),
    ),
    path=(TO_DO, DONE),
)
