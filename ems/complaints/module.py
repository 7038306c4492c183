from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ems.complaints.models import Complaint, Identity
from ems.complaints.moves import WORKFLOW
from ems.complaints.rules import CHECKS, CLOCKS, FIGURES, REGISTER
from ems.complaints.views import bp
from ems.core.db import InUnit
from ems.core.module import Module, Panel, Subject


def of_enterprise(enterprise: object) -> object:
    columns = (Complaint.id, Complaint.no, Complaint.title, Complaint.state, Complaint.received_on)
    mine = select(*columns).where(Complaint.enterprise_id == enterprise.id)  # type: ignore[attr-defined]
    return mine.order_by(Complaint.received_on.desc(), Complaint.id.desc())


COMPLAINTS = Module(
    "complaints",
    _l("投诉举报"),
    bp,
    line=_l("日常"),
    area="complaints",
    subjects=(
        Subject(
            Complaint,
            _l("投诉"),
            Complaint.no,
            Complaint.title,
            "complaints.detail",
            REGISTER,
            WORKFLOW,
            confidential=Complaint.identity == Identity.CONFIDENTIAL,
        ),
    ),
    clocks=CLOCKS,
    figures=FIGURES,
    checks=CHECKS,
    panels=(Panel("enterprise", _l("投诉"), "complaints", of_enterprise, "complaints.detail"),),
    handed_over=(Complaint.handler_id, Complaint.taken_by_id),
)

FOUND: dict[type[InUnit], tuple[str, ...]] = {
    Complaint: ("no", "external_no", "title", "place", "enterprise_name", "text")
}
