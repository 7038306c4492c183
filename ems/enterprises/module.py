from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ems.core.db import InUnit
from ems.core.module import Module, Subject
from ems.enterprises import file_rules, file_views, labels, merge_views, score_register, score_views  # noqa: F401  its pages join the blueprint
from ems.enterprises.models import Enterprise, Outlet
from ems.enterprises.moves import OUTLET_WORKFLOW, WORKFLOW
from ems.enterprises.registers import OUTLETS, REGISTER
from ems.enterprises.rules import CHECKS, CLOCKS, FIGURES
from ems.enterprises.views import bp

# Every plant has a DA001: away from its plant's page an outlet is told by the plant's name.
OWNER = select(Enterprise.name).where(Enterprise.id == Outlet.enterprise_id).scalar_subquery()
OUTLET_TITLE = Outlet.name + " · " + OWNER

ENTERPRISES = Module(
    "enterprises",
    _l("一企一档"),
    bp,
    line=_l("监督管理"),
    area="enterprises",
    subjects=(
        Subject(
            Enterprise, _l("企业"), Enterprise.no, Enterprise.name, "enterprises.detail", REGISTER, WORKFLOW
        ),
        Subject(
            Outlet, _l("排放口"), Outlet.code, OUTLET_TITLE, "enterprises.outlet", OUTLETS, OUTLET_WORKFLOW,
            list="enterprises.outlets",
        ),
    ),
    clocks=CLOCKS,
    figures=(*FIGURES, *score_register.FIGURES, *file_rules.FIGURES),
    checks=(*CHECKS, *score_register.CHECKS, *file_rules.CHECKS),
    handed_over=(Enterprise.officer_id,),
)  # fmt: skip

FOUND: dict[type[InUnit], tuple[str, ...]] = {
    Enterprise: ("no", "name", "credit_code", "credit_code_given", "former_names", "address"),
    Outlet: ("code", "name", "pollutants"),
}
