from typing import Any

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import or_, select

from ems.core.db import InUnit
from ems.core.module import Module, Panel, Subject
from ems.nonconformities import part_views  # noqa: F401  its pages join the blueprint
from ems.nonconformities.models import CorrectiveAction, Nonconformity, SimilarCheck
from ems.nonconformities.moves import DONE, VERIFIED, WORKFLOW, mine_to_judge, mine_to_look_at
from ems.nonconformities.part_moves import ACTIONS, SIMILAR
from ems.nonconformities.rules import CHECKS, CLOCKS, FIGURES, REGISTER, my_work
from ems.nonconformities.views import bp

N = Nonconformity
SHOWN = (N.id, N.no, N.title, N.state, N.ends_on)


def listed(*asked: Any) -> Any:
    return select(*SHOWN).where(*asked).order_by(N.found_on.desc(), N.id.desc())


def came_of(row: Any) -> Any:
    return listed(or_(N.source == f"{row.__tablename__}:{row.id}", N.looked_at == f"{row.__tablename__}:{row.id}"))


def panel(type: str, name: str) -> Panel:
    return Panel(type, pgettext("register", "不符合"), "nonconformities", came_of, "nonconformities.detail",
                 add=("nonconformities.new", name))  # fmt: skip


NONCONFORMITIES = Module(
    "nonconformities",
    pgettext("register", "不符合"),
    bp,
    line=_l("日常"),
    area="nonconformities",
    subjects=(
        Subject(N, pgettext("record", "不符合"), N.no, N.title, "nonconformities.detail", REGISTER, WORKFLOW),
        Subject(CorrectiveAction, _l("纠正措施"), CorrectiveAction.no, CorrectiveAction.text, "nonconformities.action",
                workflow=ACTIONS),
        Subject(SimilarCheck, _l("同类问题自查"), SimilarCheck.no, SimilarCheck.title, "nonconformities.similar",
                workflow=SIMILAR),
    ),
    clocks=CLOCKS,
    figures=FIGURES,
    checks=CHECKS,
    panels=(
        panel("inspection", "inspection"),
        panel("complaint", "complaint"),
        panel("correction_order", "order"),
        panel("permit", "permit"),
        Panel("enterprise", pgettext("register", "不符合"), "nonconformities",
              lambda row: listed(N.enterprise_id == row.id), "nonconformities.detail",
              add=("nonconformities.new", "enterprise")),
    ),
    handed_over=(N.owner_id, N.verifier_id, CorrectiveAction.owner_id, SimilarCheck.owner_id),
    count=lambda me: select(N.id).where(or_(my_work(me), (N.state == DONE) & mine_to_look_at(me),
                                            (N.state == VERIFIED) & mine_to_judge(me))),
)  # fmt: skip

FOUND: dict[type[InUnit], tuple[str, ...]] = {
    Nonconformity: ("no", "title", "text", "correction", "cause"),
}
