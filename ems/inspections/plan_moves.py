"""How a plan and a draw move: nobody approves a plan of their own, nobody witnesses a draw of their own."""

from flask_babel import gettext as _, lazy_gettext as _l

from ems.core import dates
from ems.core.people import User
from ems.core.policy import Act
from ems.core.workflow import Move, Workflow
from ems.inspections import draws, plans
from ems.inspections.plan_models import Draw, DrawState, InspectionPlan, PlanKind, PlanState

DRAFT, APPROVED, DONE, VOID = PlanState
PREPARED, DRAWN, CONFIRMED, DROPPED = DrawState
F = frozenset


def not_to_be_approved(plan: InspectionPlan, user: User) -> str | None:
    if plan.author_id == user.id:
        return _("计划由您拟订，请由其他负责人批准。")
    if plan.until_on < dates.today():
        return _("计划的时间已经过去，请先修改。")
    if plan.kind is not PlanKind.DRAW and not plans.targets(plan):
        return _("没有选出任何企业，请先修改计划。")
    return None


def approve(plan: InspectionPlan, user: User) -> None:
    plan.approved_by_id, plan.approved_on = user.id, dates.today()
    plans.make(plan, user)


def refill(plan: InspectionPlan, user: User) -> None:
    plans.make(plan, user)


def nothing_to_refill(plan: InspectionPlan, _user: User) -> str | None:
    if plan.kind is PlanKind.DRAW:
        return _("双随机的检查由抽取产生，请新建抽取。")
    return _("计划的时间已经过去。") if plan.until_on < dates.today() else None


def unfinished(plan: InspectionPlan, _user: User) -> str | None:
    so_far = plans.progress(plan)
    left = so_far.all - so_far.done
    if not so_far.done:
        return _("还没有完成任何检查。")
    return _("还有 %(n)s 次检查没有完成；不再开展的请逐次作废。", n=left) if left else None


def end(plan: InspectionPlan, _user: User) -> None:
    plan.done_on = dates.today()


PLAN_WORKFLOW = Workflow(
    moves=(
        Move("approve", _l("批准并安排检查"), F({DRAFT}), APPROVED, Act.APPROVE, not_to_be_approved, approve,
             waits=lambda me: InspectionPlan.author_id != me.id),
        Move("refill", _l("补充安排"), F({APPROVED}), None, Act.HANDLE, nothing_to_refill, refill),
        Move("finish", _l("计划完成"), F({APPROVED}), DONE, Act.APPROVE, unfinished, end),
        Move("void", _l("作废"), F({DRAFT, APPROVED}), VOID, Act.APPROVE, then=plans.give_up, risk=True),
    ),
    path=(DRAFT, APPROVED, DONE),
)  # fmt: skip


def cannot_draw(draw: Draw, _user: User) -> str | None:
    if draw.until_on < dates.today():
        return _("检查时间已经过去，请先修改。")
    return draws.too_small(draw, draws.pool_of(draw))


def not_the_witness(draw: Draw, user: User) -> str | None:
    if draw.witness_id != user.id:
        return _("请由监督人 %(name)s 确认。", name=draw.witness.name if draw.witness else "")
    return " ".join(draws.faults(draw)) or None


def confirm(draw: Draw, user: User) -> None:
    draw.confirmed_at = dates.now()
    draws.arrange(draw, user)


DRAW_WORKFLOW = Workflow(
    moves=(
        Move("draw", _l("现场抽取"), F({PREPARED}), DRAWN, Act.APPROVE, cannot_draw, draws.hold, form=True),
        Move("confirm", _l("监督确认"), F({DRAWN}), CONFIRMED, Act.VIEW, not_the_witness, confirm,
             waits=lambda me: Draw.witness_id == me.id),
        Move("void", _l("作废"), F({PREPARED, DRAWN, CONFIRMED}), DROPPED, Act.APPROVE, then=draws.give_up, risk=True),
    ),
    path=(PREPARED, DRAWN, CONFIRMED),
)  # fmt: skip
