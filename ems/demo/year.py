"""The whole demo year, part after part, in one transaction; what was late or near is then told to everybody."""

from collections.abc import Callable
from datetime import date, datetime, time
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from ems.core import dates, seeds
from ems.core.calendar import calendar
from ems.core.people import Unit, User
from ems.core.settings import Setting
from ems.demo import (
    complaints,
    enterprises,
    hotspots,
    inspections,
    outlets,
    papers,
    people,
    permits,
    plans,
    public,
    reports,
    scores,
    signatures,
    tasks,
    terms,
)
from ems.demo.story import Story
from ems.demo.world import SEED, World
from ems.reminders import work

MARK = "demo"  # the setting that says that this database is a demo, and of which day
BEFORE_WORK, MORNING = time(7, 30), time(8)


def built(session: Session) -> str | None:
    """The day of the demo that is in the database, if one is."""
    mark = session.get(Setting, MARK)
    return str(mark.value) if mark else None


def strangers(session: Session) -> list[str]:
    """Accounts that are not of the demo."""
    ours = {person["username"] for person in seeds.read("demo/names.yaml")["people"]}
    return [name for name in session.scalars(select(User.username).order_by(User.id)) if name not in ours]


def build(session: Session, today: date, say: Callable[[str], None]) -> None:
    """Everything as it stands on the morning of `today`: the same day gives the same rows."""
    with dates.stopped(datetime.combine(today, BEFORE_WORK)):
        world = begin(session, today)
        say(f"  {len(world.people)} 个账号")
        made = enterprises.build(world)
        found = outlets.build(world, made)
        say(f"  {len(made)} 家企业、{len(found)} 个排放口")
        held = permits.build(world, made, found)
        say(f"  {len(held)} 张排污许可证")
        cases = complaints.build(world, made)
        say(f"  {len(cases)} 件投诉")
        say(f"  {len(papers.build(world, cases))} 份投诉文书")
        say(f"  {public.build(world, cases)} 件网上填写")
        inspections.build(world, made, cases)
        plans.build(world, made)
        say("  现场检查、计划和整改")
        say(f"  {len(signatures.build(world))} 个现场签名")
        terms.build(world)
        say(f"  {len(reports.build(world))} 份年终总结")
        say(f"  {len(hotspots.build(world))} 处热点")
        say(f"  {len(tasks.build(world))} 份督办单")
        say(f"  12 个月的信用评分、{scores.build(world, made)} 件评分申诉")
        session.add(Setting(key=MARK, value=f"{today}"))
        session.commit()
    with dates.stopped(datetime.combine(today, MORNING)):
        say(f"  晨间提醒 {work.remind()} 人")


def begin(session: Session, today: date) -> World:
    material, days = seeds.read("demo/names.yaml"), calendar(session)
    who = people.build(session, material, today)
    people.stand_in(session, who, days.roll(today, -1), days.shift(today, 4))
    units = session.scalars(select(Unit).order_by(Unit.id)).all()
    codes, names = {unit.code: unit.id for unit in units}, {unit.code: unit.name for unit in units}
    return World(session, today, material, days, codes, names, who, Story(session, today, Random(SEED)))
