from typing import Any

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import literal, null, select

from ems.core.db import InUnit
from ems.core.module import Module, Panel, Subject
from ems.permits.models import Permit, PermitLimit, PermitReview, PermitState
from ems.permits.moves import REVIEW_WORKFLOW, WORKFLOW
from ems.permits.registers import REGISTER, REVIEWS
from ems.permits.rules import CHECKS, CLOCKS, FIGURES
from ems.permits.views import bp


def of_enterprise(enterprise: Any) -> Any:
    columns = (Permit.id, Permit.no, literal(""), Permit.state, Permit.issued_on)
    mine = select(*columns).where(Permit.enterprise_id == enterprise.id, Permit.state != PermitState.VOID)
    return mine.order_by(Permit.id.desc())


def of_outlet(outlet: Any) -> Any:
    said = PermitLimit.value + " " + PermitLimit.unit_of
    columns = (PermitLimit.id, PermitLimit.pollutant, said, PermitLimit.direction, null())
    mine = select(*columns).where(PermitLimit.outlet_id == outlet.id, PermitLimit.void.is_(False))
    return mine.order_by(PermitLimit.pollutant, PermitLimit.id)


PERMITS = Module(
    "permits",
    _l("排污许可"),
    bp,
    line=_l("监督管理"),
    area="permits",
    subjects=(
        Subject(Permit, pgettext("record", "排污许可证"), Permit.no, Permit.title, "permits.detail", REGISTER,
                WORKFLOW),
        Subject(PermitReview, pgettext("record", "许可证年审"), PermitReview.no, PermitReview.title, "permits.review",
                REVIEWS, REVIEW_WORKFLOW, list="permits.reviews"),
    ),
    clocks=CLOCKS,
    figures=FIGURES,
    checks=CHECKS,
    panels=(
        Panel("enterprise", _l("排污许可证"), "permits", of_enterprise, "permits.detail", PermitState,
              ("permits.new", "enterprise")),
        Panel("outlet", _l("许可限值"), "permits", of_outlet, "permits.limit"),
    ),
    handed_over=(Permit.officer_id, PermitReview.reviewer_id),
)  # fmt: skip

FOUND: dict[type[InUnit], tuple[str, ...]] = {Permit: ("no", "title", "note")}
