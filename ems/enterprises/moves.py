"""How an enterprise's standing changes, what stands against it, and what each move writes down."""

from datetime import date

from flask_babel import gettext as _, lazy_gettext as _l, lazy_pgettext as pgettext

from ems.core import dates
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.policy import Act, may
from ems.core.workflow import Move, Workflow
from ems.enterprises.models import Enterprise, EnterpriseState, OutletState

OPERATING, STOPPED, CLOSED, CONVERTED, RELOCATED, VOID = EnterpriseState
#: no longer doing what it was watched for: may come back unseen (死灰复燃)
OUT = frozenset({STOPPED, CLOSED, CONVERTED, RELOCATED})
#: the column that keeps the day of the last such turn
TURNED = {
    OPERATING: "resumed_on", STOPPED: "stopped_on", CLOSED: "closed_on", CONVERTED: "converted_on",
    RELOCATED: "relocated_on",
}  # fmt: skip


def only_a_head_reopens(enterprise: Enterprise, user: User) -> str | None:
    if enterprise.state in {CLOSED, RELOCATED} and not may(user, Act.APPROVE, enterprise):
        return _("已关闭、迁出的企业恢复运行，须由负责人登记。")
    return None


def has_outlets(enterprise: Enterprise, _user: User) -> str | None:
    if any(outlet.state is not OutletState.VOID for outlet in enterprise.outlets):
        return _("名下还有排放口，请先作废排放口。")
    return None


def turned(enterprise: Enterprise, _user: User) -> None:
    """The day it turned stands in `state_on` (its form asks); without one it is today."""
    enterprise.state_on = enterprise.state_on or dates.today()
    setattr(enterprise, TURNED[enterprise.state], enterprise.state_on)


def resumed(enterprise: Enterprise, user: User) -> None:
    """It runs again and may: nothing is left to re-check."""
    turned(enterprise, user)
    enterprise.recheck_on = enterprise.rechecked_on = None
    enterprise.relapsed = False


def plan_recheck(enterprise: Enterprise, day: date | None) -> None:
    enterprise.recheck_on, enterprise.rechecked_on = day, None


def recheck(enterprise: Enterprise, day: date, *, relapsed: bool, next_on: date | None) -> None:
    """What the re-check of `day` found. The next one replaces the plan it met; without one the plan stays, met."""
    if relapsed and next_on is None:
        raise Refused(_("发现反弹，必须安排下次复查。"))
    enterprise.last_rechecked_on = enterprise.rechecked_on = day
    enterprise.relapsed = relapsed
    if relapsed:
        enterprise.relapsed_on = day
    if next_on:
        plan_recheck(enterprise, next_on)


F = frozenset
WORKFLOW = Workflow(
    moves=(
        Move("recheck", _l("登记复查"), OUT, form=True),
        Move("stop", _l("登记停产"), F({OPERATING, CONVERTED}), STOPPED, then=turned, form=True),
        Move("convert", _l("登记转产"), F({OPERATING, STOPPED}), CONVERTED, then=turned, form=True),
        Move("relocate", _l("登记迁出"), F({OPERATING, STOPPED, CONVERTED}), RELOCATED, then=turned, form=True),
        Move("close", _l("登记关闭"), F({OPERATING, STOPPED, CONVERTED}), CLOSED, then=turned, form=True),
        Move("resume", _l("恢复运行"), OUT, OPERATING, Act.EDIT, only_a_head_reopens, resumed, form=True),
        Move("void", _l("作废"), OUT | {OPERATING}, VOID, Act.APPROVE, has_outlets, risk=True),
    ),
)

IN_USE, IDLE, DROPPED = OutletState


OUTLET_WORKFLOW = Workflow(
    moves=(
        Move("idle", pgettext("move", "停用"), F({IN_USE}), IDLE, form=True),
        Move("use", _l("启用"), F({IDLE}), IN_USE, form=True),
        Move("void", _l("作废"), F({IN_USE, IDLE}), DROPPED, risk=True),
    ),
)
