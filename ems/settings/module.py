from flask_babel import lazy_gettext as _l

from ems.core.module import Module
from ems.settings import log, views

LINE = _l("系统")
SETTINGS = Module("settings", _l("系统设置"), views.bp, line=LINE, area="settings")
LOG = Module("log", _l("日志"), log.bp, line=LINE, area="log")
