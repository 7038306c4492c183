"""How a report moves, what bars its approval and its sealing, and what its list shows."""

from flask_babel import gettext as _, lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import select
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.checks import Check
from ems.core.people import User
from ems.core.policy import Act
from ems.core.register import Column, Register
from ems.core.workflow import Move, Workflow
from ems.reports import text
from ems.reports.models import Report, ReportState
from ems.reports.values import of_report

DRAFT, COUNTERSIGNING, APPROVED, SEALED = ReportState


def own_work(report: Report, user: User) -> str | None:
    """Nobody approves what they wrote."""
    wrote = {report.drafted_by_id, *(section.edited_by_id for section in report.sections)}
    return _("您起草或修改过这份总结，须由另一位负责人审定。") if user.id in wrote else None


def unfit(report: Report, user: User) -> str | None:
    """A text with faults is not approved. A number that isn't there yet may still come."""
    wrong = sum(len(part.faults) + part.unready for part in text.parts(report, of_report(report)))
    return own_work(report, user) or (_("文稿还有 %(n)s 处要处理，不能审定。", n=wrong) if wrong else None)


def unsealable(report: Report, user: User) -> str | None:
    """A blank number, an unready section, or a seal by who approved it."""
    if user.id == report.approved_by_id:
        return _("审定人不能自己签发。")
    barred = sum(part.blanks + part.unready for part in text.parts(report, of_report(report)))
    return _("还有 %(n)s 处空缺或未就绪，不能签发。", n=barred) if barred else None


def approve(report: Report, user: User) -> None:
    report.approved_by_id, report.approved_at = user.id, dates.now()


def send_back(report: Report, _user: User) -> None:
    report.approved_by_id = report.approved_at = None
    report.round += 1


WORKFLOW = Workflow(
    (
        Move("circulate", _l("送会签"), frozenset({DRAFT}), COUNTERSIGNING, Act.EDIT),
        Move("approve", pgettext("move", "审定"), frozenset({COUNTERSIGNING}), APPROVED, Act.APPROVE, unfit, approve,
             form=True,
             waits=lambda me: Report.drafted_by_id != me.id),
        Move("seal", _l("签发封存"), frozenset({APPROVED}), SEALED, Act.SEAL, unsealable, form=True,
             waits=lambda me: Report.approved_by_id != me.id),
        Move(
            "return",
            _l("退回修改"),
            frozenset({COUNTERSIGNING, APPROVED}),
            DRAFT,
            Act.APPROVE,
            then=send_back,
            risk=True,
        ),
        Move("decline", _l("退回重审"), frozenset({APPROVED}), COUNTERSIGNING, Act.SEAL, then=send_back, risk=True),
    ),
    path=(DRAFT, COUNTERSIGNING, APPROVED, SEALED),
)  # fmt: skip

EDITABLE = frozenset({DRAFT, COUNTERSIGNING})
SEALER = aliased(User)

REGISTER = Register(
    name=_l("年终总结"),
    model=Report,
    columns=(
        Column("no", _l("编号"), Report.no),
        Column("year", _l("年度"), Report.year, sort=True),
        Column("title", _l("标题"), Report.title, width=50),
        Column("state", _l("状态"), Report.state, choice=ReportState, kind="state"),
        Column("round", _l("稿次"), Report.round, kind="number"),
        Column("sealed_by", _l("签发人"), SEALER.name),
        Column("digest", _l("校验码"), Report.digest, listed=False, width=66),
    ),
    order="-year",
    join=lambda rows: rows.outerjoin(SEALER, SEALER.id == Report.sealed_by_id),
    searched=False,
)

CHECKS = (
    Check(
        "reports.unsealed",
        _l("上年总结没有签发封存"),
        mend="reports.detail",
        rows=lambda: select(Report).where(Report.year < dates.today().year, Report.state != SEALED),
    ),
)
