from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext

from ems.core.db import InUnit
from ems.core.module import Module, Subject
from ems.people import accounts, handovers, units, views
from ems.people.models import Handover

LINE = _l("系统")
OWN = Module("people", _l("我的账户"), views.bp)  # the door and one's own account stand in no menu
PEOPLE = Module("accounts", _l("人员与岗位"), accounts.bp, line=LINE, area="people")
UNITS = Module("units", pgettext("menu", "单位"), units.bp, line=LINE, area="units")
HANDOVERS = Module(
    "handovers", _l("交接单"), handovers.bp, line=LINE, area="people",
    subjects=(Subject(Handover, pgettext("record", "交接单"), Handover.no, Handover.title, "handovers.detail"),),
)  # fmt: skip
FOUND: dict[type[InUnit], tuple[str, ...]] = {Handover: ("no", "title", "remark")}
