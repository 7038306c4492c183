"""Raising a nonconformity, from a page or from another module; its actions; and asking other units about the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import force_locale, gettext as _
from sqlalchemy import func, select

from ems.core import dates, module, numbers
from ems.core.db import InUnit, db
from ems.core.people import Post, Role, User
from ems.core.policy import Act, reaching, visible
from ems.core.reckon import add_months
from ems.core.settings import setting
from ems.core.workflow import step
from ems.nonconformities.models import (
    CorrectiveAction,
    Grade,
    NcState,
    Nonconformity,
    Origin,
    SimilarCheck,
)

PREFIX = "BF"
AGAIN = 12  # months in which the same clause at the same unit counts as happening again
DIGITS = 9  # of an id: behind the colon nothing else has bounded it


@dataclass(frozen=True)
class Fault:
    """What is wrong, as another module says it. With a `source_key` it is raised once, however often it is said."""

    title: str
    text: str
    origin: Origin
    unit_id: int
    source: str = ""
    source_key: str | None = None
    grade: Grade = Grade.MINOR
    clause: str = ""
    law: str = ""
    enterprise_id: int | None = None
    owner_id: int | None = None  # nobody: the unit's liaison officer
    verifier_id: int | None = None  # nobody: the unit's head
    found_on: date | None = None  # none: today
    due_on: date | None = None  # none: as the settings say for its grade


def raise_(by: User | None, fault: Fault) -> Nonconformity:
    """The nonconformity of this fault; the one there is, if its key was raised before. Not committed."""
    if fault.source_key:
        numbers.take(db.session(), PREFIX, dates.today().year, 0)  # of two who raise it at once the second waits here
        if known := raised(fault.source_key):
            return known
    found_on = fault.found_on or dates.today()
    row = Nonconformity(
        title=fault.title[:200], text=fault.text, origin=fault.origin, unit_id=fault.unit_id, source=fault.source,
        source_key=fault.source_key, grade=fault.grade, clause=fault.clause, law=fault.law,
        enterprise_id=fault.enterprise_id, found_on=found_on, found_by_id=by.id if by else None,
        owner_id=fault.owner_id or liaison(fault.unit_id), verifier_id=fault.verifier_id,
        due_on=fault.due_on or usual_day(fault.grade),
    )  # fmt: skip
    return enter(row, by)


def raised(source_key: str) -> Nonconformity | None:
    return db.session.scalars(select(Nonconformity).where(Nonconformity.source_key == source_key)).first()


def enter(row: Nonconformity, by: User | None) -> Nonconformity:
    """Give it its number. Not committed."""
    row.no = numbers.take(db.session(), PREFIX, dates.today().year)[0]
    row.raised_on = dates.today()
    row.state = row.state or NcState.OPEN
    db.session.add(row)
    db.session.flush()
    row.repeats_id = last_time(row)
    db.session.add(step(row, by, move="raise", after=row.state))
    return row


def usual_day(grade: Grade) -> date:
    """By when it is to be put right, where nobody says a day."""
    kind = "major" if grade is Grade.MAJOR else "minor"
    return dates.today() + timedelta(days=int(setting(f"nonconformities.days_{kind}")))


def liaison(unit_id: int) -> int | None:
    """The unit's liaison officer, the one who came first; its head answers where there is none."""
    today = dates.today()
    held = (Post.role == Role.LIAISON, Post.since <= today, Post.until.is_(None) | (Post.until >= today))
    asked = select(Post.user_id).join(User, User.id == Post.user_id).where(Post.unit_id == unit_id, User.active, *held)
    return db.session.scalar(asked.order_by(Post.since, Post.id).limit(1))


def add_action(row: Nonconformity, action: CorrectiveAction, by: User) -> CorrectiveAction:
    """One more, with the next number. Not committed."""
    last = select(func.max(CorrectiveAction.number)).where(CorrectiveAction.nonconformity_id == row.id)
    action.number = (db.session.scalar(last) or 0) + 1
    action.no, action.round, action.unit_id = f"{row.no}-{action.number:02d}", row.round, row.unit_id
    row.actions.append(action)
    db.session.flush()
    db.session.add(step(action, by, move="add", after=action.state))
    return action


def tell(row: Nonconformity, units: Iterable[int], said: str, by: User) -> list[SimilarCheck]:
    """Ask these units; one that was asked already is not asked again. Not committed."""
    known = {one.unit_id for one in row.told}
    fresh = [id for id in units if id not in known and id != row.unit_id]
    free = iter(numbers.take(db.session(), "JYFS", dates.today().year, len(fresh)))
    made = [asked(row, id, said, by, next(free)) for id in fresh]
    row.told.extend(made)
    db.session.flush()
    for one in made:
        db.session.add(step(one, by, move="ask", after=one.state))
    return made


def asked(row: Nonconformity, unit_id: int, said: str, by: User, no: str) -> SimilarCheck:
    with force_locale("zh_CN"):
        title = _("自查有没有同类问题：%(title)s", title=row.title)[:200]
    about = {"title": title, "text": said, "asked_on": dates.today(), "asked_by_id": by.id}
    return SimilarCheck(no=no, unit_id=unit_id, owner_id=liaison(unit_id), **about)


def own_up(one: SimilarCheck, by: User) -> Nonconformity:
    """What that unit found becomes a nonconformity of its own. Not committed."""
    of = one.nonconformity
    fault = Fault(
        one.answer.splitlines()[0], one.answer, Origin.SIMILAR, one.unit_id, source=f"{one.__tablename__}:{one.id}",
        source_key=f"{one.__tablename__}:{one.id}", grade=of.grade, clause=of.clause, law=of.law, owner_id=one.owner_id,
    )  # fmt: skip
    made = raise_(by, fault)
    one.raised_id = made.id
    return made


def last_time(row: Nonconformity) -> int | None:
    """The same clause at the same unit, not more than twelve months before: what was done then did not help."""
    if not row.clause:
        return None
    same = (Nonconformity.unit_id == row.unit_id, Nonconformity.clause == row.clause, Nonconformity.id != row.id)
    span = Nonconformity.found_on.between(add_months(row.found_on, -AGAIN), row.found_on)
    rows = select(Nonconformity.id).where(*same, span, Nonconformity.state != NcState.VOID, Nonconformity.id < row.id)
    return db.session.scalar(rows.order_by(Nonconformity.found_on.desc(), Nonconformity.id.desc()).limit(1))


@dataclass(frozen=True)
class About:
    """The row it came of, as far as this reader may see it. Of a confidential one the number alone."""

    name: str
    no: str
    title: str
    endpoint: str
    id: int


def about(source: str, user: User) -> About | None:
    """None where it is out of the reader's reach, or of a kind that is no more."""
    type, _colon, id = source.partition(":")
    kind = next((subject for subject in module.subjects() if subject.type == type), None)
    if kind is None or not id.isdecimal() or len(id) > DIGITS:
        return None
    hidden = [] if kind.confidential is None else [kind.confidential]
    rows = visible(kind.model, user).where(kind.model.id == int(id))
    row = db.session.execute(rows.with_only_columns(kind.no, kind.title, *hidden)).first()
    if row is None:
        return None
    title = "" if hidden and row[2] else row[1] or ""
    return About(str(kind.name), row[0] or "", title, kind.endpoint, int(id))


def source_of(row: InUnit) -> str:
    return f"{row.__tablename__}:{row.id}"


def able(unit_id: int | None, act: Act) -> set[int]:
    """Who may `act` on a nonconformity of that unit."""
    return set(db.session.scalars(reaching("nonconformities", act, unit_id)))


def inspection(no: str, user: User) -> str:
    """The inspection of this number, as a subject, if the reader may see it. It lies on a higher floor."""
    kind = next((subject for subject in module.subjects() if subject.type == "inspection"), None)
    if kind is None:
        return ""
    id = db.session.scalar(visible(kind.model, user).where(kind.no == no).with_only_columns(kind.model.id))
    return f"{kind.type}:{id}" if id else ""
