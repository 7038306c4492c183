from flask_babel import lazy_gettext as _l

from ems.core.checks import Check
from ems.core.module import Module
from ems.settings import announced, log, views

LINE = _l("系统")
CHECKS = (
    Check("calendar.lacking", _l("明年放假安排尚未录入，这些期限是暂定的"), announced.hanging_on_next_year,
          "settings.calendar"),
)  # fmt: skip
SETTINGS = Module("settings", _l("系统设置"), views.bp, line=LINE, area="settings", checks=CHECKS)
LOG = Module("log", _l("日志"), log.bp, line=LINE, area="log")
