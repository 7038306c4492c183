from typing import Any

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import or_, select

from ems.core.db import InUnit
from ems.core.module import Module, Panel, Subject
from ems.inspections import (  # noqa: F401  their pages join the blueprint
    checklist_views,
    draw_views,
    field_views,
    offline,
    paper_views,
    plan_rules,
    plan_views,
)
from ems.inspections.models import Finding, Inspection
from ems.inspections.moves import OPEN, PLANNED, WORKFLOW
from ems.inspections.plan_models import Draw, InspectionPlan
from ems.inspections.plan_moves import DRAW_WORKFLOW, PLAN_WORKFLOW
from ems.inspections.rules import CHECKS, CLOCKS, FIGURES, FINDINGS, REGISTER, day, far_ahead
from ems.inspections.signals import SIGNALS
from ems.inspections.views import bp

SHOWN = (Inspection.id, Inspection.no, Inspection.title, Inspection.state, day())


def listed(*asked: Any) -> Any:
    return select(*SHOWN).where(*asked).order_by(day().desc(), Inspection.id.desc())


INSPECTIONS = Module(
    "inspections",
    _l("现场检查"),
    bp,
    line=_l("日常"),
    area="inspections",
    subjects=(
        Subject(Inspection, _l("检查"), Inspection.no, Inspection.title, "inspections.detail", REGISTER, WORKFLOW),
        Subject(Finding, pgettext("record", "检查问题"), Finding.no, Finding.text, "inspections.finding", FINDINGS,
                list="inspections.findings"),
        Subject(InspectionPlan, _l("检查计划"), InspectionPlan.no, InspectionPlan.title, "inspections.plan",
                plan_rules.PLANS, PLAN_WORKFLOW, list="inspections.plan_index"),
        Subject(Draw, _l("双随机抽查"), Draw.no, Draw.title, "inspections.draw", plan_rules.DRAWS, DRAW_WORKFLOW,
                list="inspections.draw_index"),
    ),
    clocks=CLOCKS,
    figures=(*FIGURES, *plan_rules.FIGURES),
    checks=(*CHECKS, *plan_rules.CHECKS),
    panels=(
        Panel("enterprise", _l("现场检查"), "inspections", lambda row: listed(Inspection.enterprise_id == row.id),
              "inspections.detail", add=("inspections.new", "enterprise"), all=("inspections.index", "enterprise")),
        Panel("complaint", _l("现场检查"), "inspections",
              lambda row: listed(Inspection.source == f"complaint:{row.id}"), "inspections.detail",
              add=("inspections.new", "complaint")),
        Panel("correction_order", _l("整改复查"), "inspections", lambda row: listed(Inspection.order_id == row.id),
              "inspections.detail", add=("inspections.new", "order")),
    ),
    signals=SIGNALS,
    handed_over=(Inspection.lead_id, Inspection.second_id),
    count=lambda me: select(Inspection.id).where(or_(Inspection.lead_id == me.id, Inspection.second_id == me.id),
                                                 Inspection.state.in_([PLANNED, OPEN]), ~far_ahead()),
)  # fmt: skip

FOUND: dict[type[InUnit], tuple[str, ...]] = {
    Inspection: ("no", "title", "party", "place", "summary"),
    Finding: ("no", "text"),
    InspectionPlan: ("no", "title", "note"),
    Draw: ("no", "title"),
}
