"""Claims what has come near, for whoever must hear of it: one statement, however many rules, leads and people."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from ems.core import dates
from ems.core.db import Utc, db
from ems.core.duties import Duty
from ems.core.people import User
from ems.core.rules import Bearer
from ems.core.sets import as_moment, given, insert
from ems.reminders import hearers, steps
from ems.reminders.models import Reminder, Rung

FIELDS = ("duty_id", "due_on", "due_at", "lead", "rung", "deputy", "person_id", "absent_id", "raised_at")
COUNTED = {"preserve_rowcount": True}  # else an INSERT counts -1 on PostgreSQL


def claim(*, morning: bool = True) -> int:
    """Each open duty at the closest lead it has come to; a second run finds nothing. How many reminders it made.

    A missed day is made up for, and whoever took a duty over or stands in since yesterday hears of it as it is now.
    Without `morning` only what cannot wait for one, and what runs by the hour.
    """
    session = db.session()
    rules, known = steps.spoken(session), hearing(session)
    claimed = put(session, steps.in_days(session, rules, morning=morning), known, hours=False)
    claimed += put(session, steps.in_hours(rules), known, hours=True)
    session.commit()
    return claimed


def hearing(session: Session) -> dict[str, Any]:
    """Who can hear today, as the statement takes it. Whoever is away hears too, before those who stand in."""
    away = hearers.standing_in(session)
    silent = [absent for absent, standing in away.items() if not standing]
    heads = hearers.over(session, silent)
    deputies = [[absent, deputy, absent] for absent, standing in away.items() for deputy in standing]
    return {
        "now": dates.now(),
        "today": dates.today(),
        "over": [hearers.row_of(unit, found) for unit, found in heads.items()],
        "away": [[absent, absent, None] for absent in away] + deputies,
        "silent": [[absent] for absent in silent],
        "bureau_head": hearers.bureau_head(session, heads),
    }


def put(session: Session, found: list[steps.Step], known: dict[str, Any], *, hours: bool) -> int:
    if not found:
        return 0
    first, last = min(step[4] for step in found), max(step[5] for step in found)
    ends = {"first": steps.read(first, hours=hours), "last": steps.read(last, hours=hours)}
    into = near(session.get_bind().dialect.name, hours=hours)
    return int(session.connection().execute(into, known | ends | {"steps": found}, execution_options=COUNTED).rowcount)


@cache  # composing it takes longer than running it on a quiet day
def near(dialect: str, *, hours: bool) -> Any:
    """Duties that have come to a step, each with all who hear of it there.

    In the order of the duties: of two that claim at once the second waits for the first, and never each for the other.
    """
    told = reached(dialect, hours=hours)
    away = table(dialect, "away", absent_id=sa.Integer, person_id=sa.Integer, instead_of=sa.Integer)
    person, absent = sa.func.coalesce(away.c.person_id, told.c.person_id), away.c.instead_of
    raised = sa.bindparam("now", type_=Utc())
    when = (told.c.id, told.c.due_on, told.c.due_at, told.c.lead, told.c.rung)
    fields = (*when, absent.isnot(None), person, absent, raised)
    named = (field.label(name) for name, field in zip(FIELDS, fields, strict=True))
    rows = sa.select(*named).select_from(told).outerjoin(away, away.c.absent_id == told.c.person_id)
    heard = heard_as_near(told, person, hours=hours)
    found = rows.where(sa.or_(told.c.rung == Rung.ALARM, sa.and_(person.isnot(None), ~heard))).subquery("found")
    ordered = sa.select(found).where(sa.true()).order_by(found.c.duty_id, found.c.rung, found.c.lead, found.c.person_id)
    return insert(dialect, Reminder).from_select(FIELDS, ordered).on_conflict_do_nothing()


def heard_as_near(told: Any, person: Any, *, hours: bool) -> Any:
    """That they have been told of it on this rung, as near as this: of other leads since then nobody hears again.

    Those above hear once, at whichever lead.
    """
    at = [Reminder.due_at == told.c.due_at] if hours else [Reminder.due_on == told.c.due_on, Reminder.due_at.is_(None)]
    same = (Reminder.duty_id == told.c.id, *at, Reminder.rung == told.c.rung, Reminder.person_id == person)
    near = sa.or_(Reminder.rung != Rung.PERSON, Reminder.lead <= told.c.lead)
    return sa.select(Reminder.id).where(*same, near).exists()


def reached(dialect: str, *, hours: bool) -> sa.Subquery:
    """The duties at the steps they have come to. Nobody answers: an alarm. Those above hear only of what is ours."""
    duty = climbed(dialect, hours=hours).c
    texts = dict.fromkeys(("code", "since", "rung"), sa.String)
    step = table(dialect, "steps", **texts, lead=sa.Integer, after=sa.String, upto=sa.String)
    rung, since = sa.type_coerce(step.c.rung, Reminder.rung.type), sa.func.date(step.c.since, type_=sa.Date)
    alarm = sa.and_(rung == Rung.PERSON, duty.answers.is_(None))
    person = sa.case(
        (alarm, sa.bindparam("bureau_head", type_=sa.Integer)),
        (rung == Rung.PERSON, duty.answers),
        (rung == Rung.HEAD, duty.head),
        else_=duty.leader,
    )
    heard = sa.case((alarm, sa.literal(Rung.ALARM, Reminder.rung.type)), else_=rung)
    within = (duty.due > end(dialect, step.c.after, hours=hours), duty.due <= end(dialect, step.c.upto, hours=hours))
    return (
        sa.select(duty.id, duty.due_on, duty.due_at, step.c.lead, heard.label("rung"), person.label("person_id"))
        .join(step, sa.and_(step.c.code == duty.rule, since == duty.since, *within))
        .where(sa.or_(rung == Rung.PERSON, duty.bearer == Bearer.OWN))
        .subquery("told")
    )


def climbed(dialect: str, *, hours: bool) -> Any:
    """What is due by the last of all steps, with who hears on each rung: never whoever hears on a lower one.

    Materialized: by its own index and with its people first. What a text of steps will match no planner guesses right.
    """
    due = answered(dialect, hours=hours)
    first, answers = due.c.chief_1, due.c.answers
    head = sa.case((first.is_distinct_from(answers), first), else_=due.c.chief_2)
    rows = sa.select(due, head.label("head")).subquery("headed")
    leader = sa.case(*((free(rows, one), one) for one in (rows.c.leader_1, rows.c.leader_2)), else_=rows.c.leader_3)
    return sa.select(rows, leader.label("leader")).cte("climbed", nesting=True).prefix_with("MATERIALIZED")


def free(rows: Any, one: Any) -> Any:
    """Not one of those who hear already."""
    return sa.and_(one.is_distinct_from(rows.c.answers), one.is_distinct_from(rows.c.head))


def answered(dialect: str, *, hours: bool) -> sa.Subquery:
    """Open duties, with whoever answers for each, the owner or else the nearest chief, and those above."""
    due: Any = Duty.due_at if hours else Duty.due_on
    over = table(dialect, "over", unit_id=sa.Integer, **dict.fromkeys(hearers.HEADS, sa.Integer))
    silent = sa.select(table(dialect, "silent", id=sa.Integer).c.id)
    owner = aliased(User)
    shown = hearers.reaches(owner.id, sa.bindparam("today", type_=sa.Date))
    able = sa.and_(owner.id == Duty.owner_id, hearers.tellable(owner), owner.id.not_in(silent), shown)
    answers = sa.func.coalesce(owner.id, over.c.chief_1).label("answers")
    kept = (Duty.id, Duty.rule, Duty.since, Duty.due_on, Duty.due_at, Duty.bearer, due.label("due"), answers)
    return (
        sa.select(*kept, *(over.c[name] for name in hearers.HEADS))
        .select_from(Duty)
        .outerjoin(owner, able)
        .outerjoin(over, over.c.unit_id == Duty.unit_id)
        .where(Duty.met_on.is_(None), due > edge("first", due), due <= edge("last", due))
        .subquery("answered")
    )


def edge(name: str, due: Any) -> Any:
    """Of all steps together: what the index is walked by."""
    return sa.bindparam(name, type_=due.type)


def end(dialect: str, text: Any, *, hours: bool) -> Any:
    return as_moment(dialect, text) if hours else sa.func.date(text, type_=sa.Date)


def table(dialect: str, name: str, **columns: Any) -> Any:
    """The rows of the parameter `name` as a table.

    Materialized: SQLite else reads the text anew for every duty. Nested: to its driver an INSERT that starts with WITH
    is none; it opens no transaction and counts no rows.
    """
    rows, row = given(dialect, name)
    values = (value(row[n], type).label(column) for n, (column, type) in enumerate(columns.items()))
    return sa.select(*values).select_from(rows).cte(f"{name}_given", nesting=True).prefix_with("MATERIALIZED")


def value(item: Any, type: Any) -> Any:
    return item.as_integer() if type is sa.Integer else item.as_string()
