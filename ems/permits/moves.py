"""How a permit and its annual review move on, what stands against it, and what each move writes down."""

from flask_babel import gettext as _, lazy_gettext as _l

from ems.core import dates
from ems.core.people import User
from ems.core.policy import Act, may
from ems.core.workflow import Move, Workflow
from ems.permits import work
from ems.permits.models import Authority, Permit, PermitReview, PermitState, ReviewState

VALID, RENEWING, RENEWED, CHANGED, EXPIRED, REVOKED, VOID = PermitState
IN_FORCE = work.IN_FORCE
OURS = frozenset({Authority.OWN, Authority.ENTRUSTED})


def validity_unknown(permit: Permit, _user: User) -> str | None:
    if permit.registration:
        return _("登记管理不办理延续申请，请直接办理变更。")
    return None if permit.valid_to else _("有效期不明，请先补录有效期。")


def not_over(permit: Permit, user: User) -> str | None:
    if permit.valid_to is None:
        return _("有效期不明，请先补录有效期。")
    if permit.valid_to >= dates.today():
        return _("有效期至 %(day)s，尚未届满。", day=permit.valid_to)
    applied = permit.renewal_applied_on
    if permit.state is RENEWING and applied and applied <= permit.valid_to and not may(user, Act.APPROVE, permit):
        return _("届满前已申请延续，逾期未作决定的视为准予延续（行政许可法第五十条）；不予延续的，由负责人登记。")
    return None


def not_ours_to_accept(permit: Permit, _user: User) -> str | None:
    if permit.authority not in OURS:
        return _("延续申请由发证机关受理和决定，本局不计办理期限；由本局或受委托办理的，先在许可证上注明发证机关。")
    if permit.renewal_accepted_on:
        return _("已于 %(day)s 受理。", day=permit.renewal_accepted_on)
    return None


def applied(permit: Permit, _user: User) -> None:
    permit.renewal_applied_on = permit.renewal_applied_on or dates.today()
    permit.chased_on = permit.chased_on or permit.renewal_applied_on
    permit.renewal_accepted_on = permit.renewal_decided_on = None  # of an application before this one


def accepted(permit: Permit, _user: User) -> None:
    permit.renewal_accepted_on = permit.renewal_accepted_on or dates.today()


def decided(permit: Permit, _user: User) -> None:
    permit.renewal_decided_on = permit.renewal_decided_on or dates.today()


def chased(permit: Permit, _user: User) -> None:
    permit.chased_on = permit.chased_on or dates.today()


def expired(permit: Permit, _user: User) -> None:
    permit.ended_on = permit.valid_to
    if permit.renewal_accepted_on:
        decided(permit, _user)
    work.materialise(permit)


def revoked(permit: Permit, _user: User) -> None:
    permit.ended_on = permit.ended_on or dates.today()
    work.materialise(permit)


def voided(permit: Permit, user: User) -> None:
    work.materialise(permit)
    work.revive(permit, user)


F = frozenset
WORKFLOW = Workflow(
    moves=(
        Move(
            "apply_renewal", _l("登记延续申请"), F({VALID}), RENEWING, Act.HANDLE, validity_unknown, applied, form=True
        ),
        Move(
            "accept_renewal", _l("登记受理"), F({RENEWING}), None, Act.HANDLE, not_ours_to_accept, accepted, form=True
        ),
        Move("renew", _l("办理延续"), F({RENEWING}), RENEWED, Act.HANDLE, form=True),
        Move("refuse_renewal", _l("不予延续"), F({RENEWING}), VALID, Act.APPROVE, then=decided, risk=True),
        Move("chase", _l("登记查问"), F({VALID}), None, Act.HANDLE, validity_unknown, chased, form=True),
        Move("change", _l("办理变更"), F({VALID}), CHANGED, Act.HANDLE, form=True),
        Move("expire", _l("登记失效"), IN_FORCE, EXPIRED, Act.HANDLE, not_over, expired, risk=True),
        Move("revoke", _l("撤销、注销"), IN_FORCE, REVOKED, Act.APPROVE, then=revoked, risk=True),
        Move("void", _l("作废"), IN_FORCE | {EXPIRED, REVOKED}, VOID, Act.APPROVE, then=voided, risk=True),
    ),
    path=(VALID, RENEWING, RENEWED),
)

OPEN, DONE, WITHDRAWN = ReviewState


def excused(review: PermitReview, _user: User) -> None:
    review.excused = True


REVIEW_WORKFLOW = Workflow(
    moves=(
        Move("review", _l("登记年审"), F({OPEN}), DONE, Act.HANDLE, form=True),
        Move("withdraw", _l("免审"), F({OPEN}), WITHDRAWN, Act.APPROVE, then=excused, risk=True),
    ),
    path=(OPEN, DONE),
)
