from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ems.complaints import board, call, case_rules, dossier_views, link_views, paper_moves, paper_rules, wording_views  # noqa: F401  their pages join
from ems.complaints.figures import CHECKS, FIGURES
from ems.complaints.models import Complaint, Identity
from ems.complaints.moves import REGISTERED, WORKFLOW
from ems.complaints.paper_models import CasePaper
from ems.complaints.paper_views import bp as papers
from ems.complaints.public import bp as public
from ems.complaints.rules import CLOCKS, REGISTER
from ems.complaints.signals import SIGNALS
from ems.complaints.views import bp
from ems.core.db import InUnit
from ems.core.module import Module, Panel, Subject
from ems.core.people import User
from ems.core.policy import Act, reach


def of_enterprise(enterprise: object) -> object:
    columns = (Complaint.id, Complaint.no, Complaint.title, Complaint.state, Complaint.received_on)
    mine = select(*columns).where(Complaint.enterprise_id == enterprise.id)  # type: ignore[attr-defined]
    return mine.order_by(Complaint.received_on.desc(), Complaint.id.desc())


def untaken(me: User) -> object:
    """What came over the public page and nobody has decided on: nobody took it, so nobody else tells the desk."""
    mine = Complaint.unit_id.in_(reach(me, "complaints", Act.DISPATCH))
    return select(Complaint.id).where(Complaint.state == REGISTERED, Complaint.filed_online, mine)


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
    figures=(*FIGURES, *case_rules.FIGURES),
    checks=(*CHECKS, *case_rules.CHECKS),
    panels=(
        Panel(
            "enterprise",
            _l("投诉"),
            "complaints",
            of_enterprise,
            "complaints.detail",
            all=("complaints.index", "enterprise"),
        ),
    ),
    signals=SIGNALS,
    handed_over=(Complaint.handler_id, Complaint.taken_by_id),
    count=untaken,
)
PAPERS = Module(
    "papers",
    _l("投诉文书"),
    papers,
    area="complaints",
    subjects=(
        Subject(CasePaper, _l("投诉文书"), CasePaper.no, CasePaper.title, "papers.detail", paper_rules.REGISTER,
                paper_moves.WORKFLOW),
    ),
    figures=paper_rules.FIGURES,
    checks=paper_rules.CHECKS,
)  # fmt: skip
PUBLIC = Module("public", _l("公众查询"), public, area="complaints", index="look")

FOUND: dict[type[InUnit], tuple[str, ...]] = {
    Complaint: ("no", "external_no", "title", "place", "enterprise_name", "text"),
    CasePaper: ("no", "title", "addressee"),
}
