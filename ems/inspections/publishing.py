"""What is published of a random draw (一公开): no more than the list of who was drawn, by whom, and the result."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l

from ems.core.register import Column
from ems.inspections.models import Inspection, InspectionState
from ems.inspections.plan_models import Draw, DrawPick

COLUMNS = (
    Column("number", _l("序号"), None, kind="number", width=8),
    Column("enterprise", _l("检查对象"), None, width=36),
    Column("code", _l("统一社会信用代码"), None, width=24),
    Column("type", _l("检查类型"), None, width=18),
    Column("officers", _l("检查人员（执法证号）"), None, width=36),
    Column("planned_on", _l("计划检查日期"), None, kind="date"),
    Column("done_on", _l("实际检查日期"), None, kind="date"),
    Column("result", _l("检查结果"), None, width=30),
)


def published(draw: Draw) -> Iterator[tuple[Any, ...]]:
    for pick in draw.picks:
        made = pick.inspection
        planned, done = (made.planned_on, made.done_on) if made else (None, None)
        yield (
            pick.number, pick.enterprise.name, pick.enterprise.credit_code or "", draw.type, names(pick, made),
            planned, done, result(made),
        )  # fmt: skip


def names(pick: DrawPick, made: Inspection | None) -> str:
    """Who went, where it was done by others than were drawn."""
    people = made.officers if made else [pick.lead, pick.second]
    return _("、").join(_("%(name)s（%(badge)s）", name=one.name, badge=one.badge) for one in people)


def result(made: Inspection | None) -> str:
    if made is None or made.state is InspectionState.VOID:
        return _("未检查")
    if made.state is not InspectionState.DONE:
        return _("待检查")
    found = len(made.findings)
    return _("发现问题 %(n)s 个，已依法处理", n=found) if found else _("未发现问题")
