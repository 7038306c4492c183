"""An administrator's start page: the state of the house, and nothing of a case."""

from datetime import timedelta

from ems.core import dates
from ems.core.db import db
from ems.reminders import jobs
from ems.reminders.models import Outbox, OutboxState
from ems.reminders.work import remind
from tests.home.test_start import plain


def test_the_alarm_names_rule_unit_and_day_and_nothing_of_the_case(cast, case, seen):
    row = case(1, handler=None, unit="street", title="不该看到的事项")
    for name in ("chief", "head"):
        cast[name].active = False
    db.session.commit()
    remind()
    page = plain(seen("sysadmin"))
    assert "1 件事项无人可通知" in page
    assert "按文件载明期限办理 石羊街道办事处 2026-11-25 止" in page
    for secret in (row.no, row.title, row.text):
        assert secret not in page


def test_the_alarm_is_the_system_administrators(cast, case, seen):
    case(1, handler=None)
    for name in ("chief", "head"):
        cast[name].active = False
    db.session.commit()
    remind()
    for name in ("secadmin", "logadmin", "officer", "leader"):
        assert "无人可通知" not in seen(name)


def test_mails_given_up_are_counted(cast, seen):
    made = {"to": "a@b.example", "subject": "x", "html": "x", "text": "x"}
    times = {"made_at": dates.now(), "next_try_at": dates.now() - timedelta(days=1)}
    db.session.add_all([Outbox(key=f"k{n}", state=OutboxState.DEAD, **made, **times) for n in range(2)])
    db.session.commit()
    assert "2 封邮件多次发送未成" in seen("sysadmin")


def test_the_last_turns_of_the_clock_are_shown(cast, seen):
    assert plain(seen("sysadmin")).count("还没有") == 2
    for _job in jobs.run_all():
        pass
    page = plain(seen("sysadmin"))
    assert "最近一次备份 2026-11-24 12:00" in page
    assert "最近一次晨间扫描 2026-11-24 12:00" in page


def test_the_log_administrator_sees_the_chain(cast, seen):
    assert "逐条相连" in seen("logadmin")
    assert "逐条相连" not in seen("sysadmin")
