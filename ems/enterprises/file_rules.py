"""What is counted and checked of labels, of merged files, and of those that closed and yet are heard of."""

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, or_, select

from ems.core import dates, module
from ems.core.checks import Check
from ems.core.figures import Figure
from ems.enterprises import pointing
from ems.enterprises.models import Enterprise, Outlet
from ems.enterprises.moves import CLOSED, IN_USE, RELOCATED, STOPPED, VOID
from ems.enterprises.rules import HOUSE, PLACE, outlets
from ems.enterprises.score_models import ScoreSnapshot

E = Enterprise
O = Outlet  # noqa: E741  as in the tables below
LATELY = 60  # days
HEARD = ("complaints.received", "inspections.findings")  # what a closed enterprise ought not to give rise to


def referenced() -> Select[Enterprise]:
    """Merged, and yet something points at it: what the kept file had already was left with it."""
    columns = [c for c in pointing.links(E.__tablename__) if c.table is not ScoreSnapshot.__table__]
    return select(E).where(
        E.merged_into_id.isnot(None), or_(*(E.id.in_(select(c).where(c.isnot(None))) for c in columns))
    )


def heard_of() -> Select[Enterprise]:
    """Stopped or closed, and somebody complained or found something there since: likely it runs again unseen."""
    period = dates.today() - timedelta(days=LATELY), dates.today()
    known = module.figures()
    lately = []
    for figure in (known[code] for code in HEARD if code in known):
        of: Any = figure.model
        day = of.received_on if hasattr(of, "received_on") else of.found_on
        rows = figure.rows(period).with_only_columns(of.enterprise_id).where(of.enterprise_id == E.id, day > E.state_on)
        lately.append(rows.order_by(None).correlate(E).exists())
    return select(E).where(E.state.in_([STOPPED, CLOSED, RELOCATED]), E.relapsed.is_(False), or_(*lately))


FIGURES = (
    Figure("enterprises.merged", _l("合并的重复档案"), HOUSE, lambda p: select(E).where(E.merged_on.between(*p))),
    Figure("outlets.labelled", _l("有二维码标签的排放口"), PLACE,
           lambda p: outlets(p, O.token.isnot(None), or_(O.labelled_on.is_(None), O.labelled_on <= p[1])), state=True),
)  # fmt: skip
CHECKS = (
    Check("enterprises.merged_referenced", _l("已合并的档案仍有记录指向它"), mend="enterprises.detail",
          rows=referenced),
    Check("enterprises.heard_of", _l("停产、关闭、迁出之后又有投诉或检查发现问题"), mend="enterprises.detail",
          rows=heard_of),
    Check("outlets.unplaced", _l("排放口没有经纬度"), mend="enterprises.edit_outlet",
          rows=lambda: select(Outlet).where(O.state == IN_USE, or_(O.longitude.is_(None), O.latitude.is_(None)))),
    Check("enterprises.recheck_missed", _l("停产关闭复查逾期"), mend="enterprises.detail",
          rows=lambda: select(E).where(E.state != VOID, E.recheck_on < dates.today(), E.rechecked_on.is_(None))),
)  # fmt: skip
