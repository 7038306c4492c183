from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ems.core.db import InUnit
from ems.core.module import Module, Panel, Subject
from ems.hotspots.models import Hotspot, SpotState
from ems.hotspots.moves import LAPSED, PROPOSED, WORKFLOW
from ems.hotspots.rules import CHECKS, CLOCKS, FIGURES, REGISTER
from ems.hotspots.views import bp


def of_enterprise(enterprise: Any) -> Any:
    columns = (Hotspot.id, Hotspot.no, Hotspot.title, Hotspot.state, Hotspot.week_on)
    mine = select(*columns).where(Hotspot.enterprise_id == enterprise.id, Hotspot.state != LAPSED)
    return mine.order_by(Hotspot.week_on.desc(), Hotspot.id.desc())


HOTSPOTS = Module(
    "hotspots",
    _l("热点研判"),
    bp,
    line=_l("日常"),
    area="hotspots",
    subjects=(
        Subject(Hotspot, _l("热点"), Hotspot.no, Hotspot.title, "hotspots.detail", REGISTER, WORKFLOW,
                list="hotspots.register", confidential=Hotspot.hidden),
    ),
    clocks=CLOCKS,
    figures=FIGURES,
    checks=CHECKS,
    panels=(Panel("enterprise", _l("热点"), "hotspots", of_enterprise, "hotspots.detail", states=SpotState),),
    handed_over=(Hotspot.owner_id,),
    count=lambda me: select(Hotspot.id).where(Hotspot.owner_id == me.id, Hotspot.state == PROPOSED),
)  # fmt: skip

FOUND: dict[type[InUnit], tuple[str, ...]] = {Hotspot: ("no", "title", "place")}
