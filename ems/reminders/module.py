from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext

from ems.core.module import Module, Subject
from ems.reminders import channels, feeds, views
from ems.reminders.notices import Notice
from ems.reminders.rules import CHECKS, FIGURES, REGISTER

LINE = _l("系统")
LEDGER = Module(
    "ledger", _l("提醒台账"), views.bp, line=LINE, area="ledger", figures=FIGURES, checks=CHECKS,
    subjects=(Subject(Notice, pgettext("record", "提醒"), Notice.no, Notice.asked, "ledger.detail", REGISTER),),
)  # fmt: skip
CHANNELS = Module("channels", _l("发件与机器人"), channels.bp, line=LINE, area="channels")
FEEDS = Module("feeds", _l("日历订阅"), feeds.bp)  # asked for by calendars; kept on one's own account's page
