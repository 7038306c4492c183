"""What the clock does and when. A job is asked every minute; its slot says whether there is anything to do."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import exists, func, select, update

from ems.complaints import attempts
from ems.core import dates
from ems.core.calendar import calendar
from ems.core.db import db
from ems.core.duties import Duty
from ems.enterprises import scoring
from ems.hotspots import work as hotspots
from ems.inspections import self_checks as units
from ems.permits import work as permits
from ems.reminders import ledger, nightly, post, robots, slots, summaries
from ems.reminders.backup import backup
from ems.reminders.claim import claim
from ems.reminders.models import Message
from ems.reminders.standings import monday
from ems.reminders.steps import MORNING
from ems.reminders.work import remind, tell_all, unheard
from ems.settings import recount

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """`slot`: the moment of today, up to the one it is given, at which it was due last. `work` says what it did."""

    name: str
    title: Any
    slot: Callable[[datetime], datetime | None]
    work: Callable[[], str]


def daily(at: time, *, working: bool = False) -> Callable[[datetime], datetime | None]:
    """Once a day from that time on, so that a machine that was off at that time makes up for it."""

    def slot(now: datetime) -> datetime | None:
        if now.time() < at or (working and not calendar(db.session()).works(now.date())):
            return None
        return datetime.combine(now.date(), at)

    return slot


def every_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


def morning() -> str:
    told = remind()
    alarms = db.session.scalar(select(func.count()).select_from(unheard().subquery())) or 0
    said = _("提醒 %(n)s 人", n=told)
    return said + (_("；%(n)s 件无人可通知", n=alarms) if alarms else "")


def at_once() -> str:
    """What cannot wait for a working morning, and what the last one left over."""
    claim(morning=False)
    return _("提醒 %(n)s 人", n=tell_all())


def outbox() -> str:
    """What was done is ticked off in the inboxes, and what leaves the house goes."""
    done = tick_off()
    went, failed = post.deliver()
    counts = ((done, _("消息办结 %(n)s 条", n=done)),
              (went, _("发出 %(n)s 件", n=went)), (failed, _("未成 %(n)s 件", n=failed)))  # fmt: skip
    return _("、").join(words for n, words in counts if n) or _("没有待办")


def tick_off() -> int:
    """Entries whose duty has been met, or is gone: nothing is asked any more."""
    standing = exists().where(ledger.same_duty(Message), Duty.met_on.is_(None))
    done = update(Message).where(Message.acted_at.is_(None), ~standing).values(acted_at=dates.now())
    ticked = db.session.execute(done, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]
    db.session.commit()
    return int(ticked)


def reviews() -> str:
    """What comes round of the permits in force, for all the time they have left; what did not come by its day."""
    added = permits.materialise_all()
    db.session.commit()
    return _("新增年审、执行报告和自行监测 %(n)s 项", n=added)


def self_checks() -> str:
    """The self-checks of each unit, a year ahead."""
    added = len(units.materialise(dates.today()))
    db.session.commit()
    return _("新增自查 %(n)s 项", n=added)


def scores() -> str:
    """Each night the scores of the month under way; its last night leaves what it ended with."""
    scoring.snapshot(dates.today())
    db.session.commit()
    return _("%(month)s 月评分已记", month=dates.today().month)


def gather() -> str:
    """The hot-spots of the week, before people come in."""
    done = hotspots.reckon()
    db.session.commit()
    return str(done)


def night() -> str:
    made = backup()
    slots.tidy()
    attempts.tidy()
    return _("备份 %(file)s", file=made.name) if made else _("数据库由服务器备份")


JOBS = (
    Job("reviews", _l("许可周期事项"), daily(time(1)), reviews),
    Job("self_checks", _l("单位自查"), daily(time(1)), self_checks),
    Job("nightly", _l("期限核对"), daily(time(1, 30)), nightly.job),
    Job("scores", _l("月末评分"), daily(time(1, 45)), scores),
    Job("backup", _l("夜间备份"), daily(time(2)), night),
    Job("morning", _l("晨间扫描"), daily(MORNING), morning),
    Job("at_once", _l("即时提醒"), every_minute, at_once),
    Job("robots", _l("群提醒"), daily(time(8, 10), working=True), robots.morning),
    Job("weekly", _l("周报"), summaries.first_of(monday, time(8, 20)), summaries.weekly),
    Job("monthly", _l("月报"), summaries.first_of(summaries.first, time(8, 30)), summaries.monthly),
    Job("hotspots", _l("热点研判"), summaries.first_of(monday, time(7, 30)), gather),
    Job("ledger", _l("提醒台账"), every_minute, ledger.minute),
    Job("outbox", _l("发件"), every_minute, outbox),
    Job("recount", _l("重算期限"), every_minute, recount.job),
)


def run(job: Job) -> str | None:
    """What it did, if it was due and nobody else had taken the turn. A failure leaves the turn open: it is retaken."""
    moment = job.slot(dates.local(dates.now()))
    id = moment and slots.take(job.name, moment)
    if not id:
        return None
    try:
        with slots.alive(id):
            said = job.work()
    except Exception:
        db.session.rollback()
        log.exception("job %s", job.name)
        return _("失败，稍后再试")
    slots.end(id, said)
    return said


def run_all() -> Iterator[tuple[Job, str | None]]:
    for job in JOBS:
        yield job, run(job)
