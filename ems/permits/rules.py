"""The clocks of a permit and its review, and what is counted and checked."""

from typing import Any

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select

from ems.core import dates
from ems.core.checks import Check
from ems.core.duties import Also, Clock, Duty, having, late
from ems.core.figures import Figure, Period
from ems.core.reckon import add_months
from ems.enterprises.models import Enterprise, EnterpriseState
from ems.permits.models import Origin, Permit, PermitClass, PermitReview
from ems.permits.moves import DONE, EXPIRED, IN_FORCE, OURS, RENEWING, VALID, VOID, WITHDRAWN
from ems.permits.registers import in_force

P, R, E = Permit, PermitReview, Enterprise
NUMBER = 22  # characters: the credit code, three digits, a letter (HJ 608-2017)
CODE = 18


def of_a_permit(c: Any) -> ColumnElement[bool]:
    """Not of a registration (登记管理)."""
    return or_(c.permit_class.is_(None), c.permit_class != PermitClass.REGISTERED)


def operating(c: Any) -> ColumnElement[bool]:
    runs: ColumnElement[bool] = c.enterprise_id.in_(select(E.id).where(E.state == EnterpriseState.OPERATING))
    return runs


def while_it_matters(met: str) -> Any:
    """Of a permit in force of a running enterprise; and what was met stays on record."""

    def when(c: Any) -> ColumnElement[bool]:
        kept = and_(c[met].isnot(None), c.state != VOID)
        return and_(of_a_permit(c), or_(kept, and_(c.state.in_(sorted(IN_FORCE)), operating(c))))

    return when


def while_we_decide(c: Any) -> ColumnElement[bool]:
    """The decision is ours where we issue permits, or were entrusted with it; what was decided stays on record."""
    open_ = or_(and_(c.renewal_decided_on.isnot(None), c.state != VOID), c.state == RENEWING)
    return and_(of_a_permit(c), c.authority.in_(sorted(OURS)), open_)


STOPPED = (Also(changed=E.state, link=P.enterprise_id),)
CLOCKS = (
    Clock("PERMIT_RENEW", start=P.valid_to, met=P.renewal_applied_on, owner=P.officer_id,
          when=while_it_matters("renewal_applied_on"), also=STOPPED),
    Clock("PERMIT_RENEW_CHASE", start=P.valid_to, met=P.chased_on, owner=P.officer_id,
          when=while_it_matters("chased_on"), also=STOPPED),
    Clock("PERMIT_RENEW_DECIDE", start=P.renewal_accepted_on, met=P.renewal_decided_on, owner=P.officer_id,
          when=while_we_decide),
    Clock("PERMIT_REVIEW", start=R.from_on, met=R.reviewed_on, owner=R.reviewer_id,
          when=lambda c: c.state != WITHDRAWN),
)  # fmt: skip


def permits(*asked: ColumnElement[bool]) -> Select[Permit]:
    return select(Permit).where(P.state != VOID, of_a_permit(P), *asked)


def holding(period: Period) -> Select[Permit]:
    """Those that held on the period's last day; one whose validity is unknown holds until it is ended."""
    day = period[1]
    begins = case((P.origin == Origin.CHANGE, P.issued_on), else_=func.coalesce(P.valid_from, P.issued_on))
    lasting = and_(P.ended_on.is_(None), or_(P.valid_to.is_(None), P.valid_to >= day, P.state == RENEWING))
    return permits(or_(begins.is_(None), begins <= day), or_(lasting, P.ended_on >= day))


def issued(period: Period, *origins: Origin) -> Select[Permit]:
    return permits(P.issued_on.between(*period), P.origin.in_(origins))


def lapsed(period: Period) -> Select[Permit]:
    """Ran out in the period, and nobody had applied to renew, or it was not granted."""
    return permits(P.state.in_([VALID, EXPIRED]), P.valid_to.between(*period), P.valid_to < dates.today())


def reviewed(period: Period) -> Select[PermitReview]:
    return select(PermitReview).where(R.state == DONE, R.reviewed_on.between(*period))


def review_due(period: Period) -> Select[PermitReview]:
    """Those whose twelve months ended in the period, and those reviewed in it, early or late."""
    start, end = (add_months(day, -12) for day in period)
    ended = and_(R.state != WITHDRAWN, R.from_on.between(start, end))
    return select(PermitReview).where(or_(ended, and_(R.state == DONE, R.reviewed_on.between(*period))))


SHEET, TIMES = _l("张"), _l("张次")
FIGURES = (
    Figure("permits.valid", _l("有效排污许可证"), SHEET, holding, state=True),
    Figure("permits.issued", _l("新核发排污许可证"), SHEET, lambda p: issued(p, Origin.FIRST, Origin.REAPPLIED)),
    Figure("permits.renewed", pgettext("figure", "办理延续"), SHEET, lambda p: issued(p, Origin.RENEWAL)),
    Figure("permits.expired", _l("到期未延续"), SHEET, lapsed),
    Figure("permits.review_due", _l("应开展年审"), TIMES, review_due),
    Figure("permits.reviewed", _l("完成年审"), TIMES, reviewed),
    Figure("permits.reviewed_rate", _l("年审完成率"), "%", reviewed, whole="permits.review_due"),
)


def active(*asked: ColumnElement[bool]) -> Select[Permit]:
    return select(Permit).where(in_force(), *asked)


def odd_number() -> ColumnElement[bool]:
    return or_(func.length(P.no) != NUMBER, func.upper(P.no) != P.no)


def of_another() -> ColumnElement[bool]:
    """Its number begins with the credit code of somebody else."""
    code = select(E.credit_code).where(E.id == P.enterprise_id).scalar_subquery()
    sound = and_(func.length(code) == CODE, func.length(P.no) == NUMBER)
    return and_(sound, func.upper(func.substr(P.no, 1, CODE)) != code)


def without_permit() -> Select[Enterprise]:
    """Key and operating, and no permit in force. (Registration is not for key enterprises.)"""
    held = exists().where(P.enterprise_id == E.id, in_force())
    return select(Enterprise).where(E.key.is_(True), E.state == EnterpriseState.OPERATING, ~held)


def overdue(rule: str) -> ColumnElement[bool]:
    return having(P, Duty.rule == rule, Duty.due_on < dates.today())


GONE = (EnterpriseState.CLOSED, EnterpriseState.RELOCATED)
CHECKS = (
    Check("permits.no_validity", _l("许可证有效期不明"), mend="permits.edit",
          rows=lambda: active(P.valid_to.is_(None))),
    Check("permits.expired_valid", _l("有效期已过而状态仍为有效"), mend="permits.detail",
          rows=lambda: active(P.state == VALID, P.valid_to < dates.today())),
    Check("permits.renewal_missed", _l("企业逾期未申请延续"), mend="permits.detail",
          rows=lambda: active(overdue("PERMIT_RENEW"))),
    Check("permits.review_overdue", _l("年审逾期"), mend="permits.review",
          rows=lambda: select(PermitReview).where(late(R))),
    Check("permits.key_unpermitted", _l("运行中的重点企业没有有效许可证"), mend="enterprises.detail",
          rows=without_permit),
    Check("permits.enterprise_gone", _l("企业已关闭、迁出而许可证仍有效"), mend="permits.detail",
          rows=lambda: active(P.enterprise_id.in_(select(E.id).where(E.state.in_(GONE))))),
    Check("permits.odd_number", _l("许可证编号格式不符"), mend="permits.edit", rows=lambda: active(odd_number())),
    Check("permits.other_code", _l("许可证编号与企业信用代码不一致"), mend="permits.detail",
          rows=lambda: active(of_another())),
    Check("permits.no_class", _l("许可证没有注明管理类别"), mend="permits.edit",
          rows=lambda: active(P.permit_class.is_(None))),
    Check("permits.no_officer", _l("许可证没有经办人"), mend="permits.edit",
          rows=lambda: active(P.officer_id.is_(None))),
)  # fmt: skip
