"""The start pages, as the house sees them."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, exists, select

from ems.core import dates
from ems.core.checks import Check
from ems.core.duties import Duty
from ems.core.module import Module
from ems.core.pauses import Pause
from ems.home.views import bp
from ems.home.work import near

LONG = timedelta(days=30)


def standing_still() -> Select[Duty]:
    """Clocks that somebody stopped a while ago, and perhaps forgot."""
    same = (Pause.subject_type == Duty.subject_type, Pause.subject_id == Duty.subject_id, Pause.rule == Duty.rule)
    long = exists().where(*same, Pause.until_on.is_(None), Pause.from_on <= dates.today() - LONG)
    return select(Duty).where(Duty.met_on.is_(None), Duty.due_on == dates.NEVER, long)


CHECKS = (Check("duties.paused_long", _l("暂停计算超过 30 天的期限"), standing_still, "home.duties"),)
HOME = Module(name="home", title=_l("今日"), blueprint=bp, line=_l("日常"), area="home", count=near, checks=CHECKS)
