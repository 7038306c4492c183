"""The start pages, as the house sees them."""

from flask_babel import lazy_gettext as _l

from ems.core.module import Module
from ems.home.views import bp
from ems.home.work import near

HOME = Module(name="home", title=_l("今日"), blueprint=bp, line=_l("日常"), area="home", count=near)
