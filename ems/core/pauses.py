"""Pauses: time that is not counted (行政许可法 45: 听证、检验、鉴定、专家评审), with who stopped a clock and why."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, case, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ems.core import audit, dates
from ems.core.db import InUnit, Model, by_user, db, pk
from ems.core.duties import Duty
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.rules import PauseKind
from ems.core.workflow import step

RUNNING = text("until_on IS NULL")


class Pause(Model):
    """A clock that stands still: the days after `from_on` up to `until_on` are not counted. Without an end it lasts."""

    __table_args__ = (
        CheckConstraint("until_on IS NULL OR until_on >= from_on", "ends_after_it_begins"),
        Index("ix_pause_subject", "subject_type", "subject_id", "rule", "from_on"),
        Index(
            "uq_pause_running", "subject_type", "subject_id", "rule",
            unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING,
        ),
    )  # fmt: skip

    id: Mapped[pk]
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    rule: Mapped[str] = mapped_column(String(40))
    kind: Mapped[PauseKind]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[by_user] = mapped_column()
    at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    by: Mapped[User] = relationship(foreign_keys=[by_id])


def of(subject: InUnit) -> list[Pause]:
    """Those of one row, the oldest first."""
    mine = (Pause.subject_type == subject.__tablename__, Pause.subject_id == subject.id)
    return list(db.session.scalars(select(Pause).where(*mine).order_by(Pause.from_on, Pause.id)))


def grouped(session: Session, firsts: Collection[int]) -> dict[int, list[Pause]]:
    """Of each of these pauses all of the same row and rule, in order: the first one's id stands for them."""
    if not firsts:
        return {}
    same = select(Pause.subject_type, Pause.subject_id, Pause.rule).where(Pause.id.in_(firsts)).subquery()
    rows = select(Pause).join(
        same,
        (same.c.subject_type == Pause.subject_type)
        & (same.c.subject_id == Pause.subject_id)
        & (same.c.rule == Pause.rule),
    )
    found: defaultdict[tuple[str, int, str], list[Pause]] = defaultdict(list)
    with session.no_autoflush:
        for pause in session.scalars(rows.order_by(Pause.from_on, Pause.id)):
            found[pause.subject_type, pause.subject_id, pause.rule].append(pause)
    return {min(pause.id for pause in pauses): pauses for pauses in found.values()}


def end_with_duties(session: Session, model: type[InUnit], ids: Collection[int] | None) -> bool:
    """A duty that is met needs no pause any more: it ends that day, and the day it was due is known again."""
    same = (Duty.subject_type == Pause.subject_type, Duty.subject_id == Pause.subject_id, Duty.rule == Pause.rule)
    met = select(func.max(Duty.met_on)).where(*same).scalar_subquery()
    standing = [Pause.subject_type == model.__tablename__, Pause.until_on.is_(None), met.isnot(None)]
    standing += [] if ids is None else [Pause.subject_id.in_(ids)]
    table: Any = Pause.__table__
    last = case((met > Pause.from_on, met), else_=Pause.from_on)
    ended = update(table).where(*standing).values(until_on=last).returning(table.c.id)
    found = session.connection().scalars(ended).all()
    for id in found:
        audit.note(session, "pause ended", "pause", id)
    return bool(found)


def running(duty: Duty) -> Pause | None:
    mine = (Pause.subject_type == duty.subject_type, Pause.subject_id == duty.subject_id, Pause.rule == duty.rule)
    return db.session.scalars(select(Pause).where(*mine, Pause.until_on.is_(None))).first()


@dataclass(frozen=True)
class Ask:
    """What somebody wants: from `on` the clock is to stand still, for this."""

    kind: PauseKind
    on: date
    reason: str


def pause(row: InUnit, duty: Duty, ask: Ask, user: User) -> Pause:
    """The clock of `duty`, one of `row`'s, stands still. Raises `Refused` with the reason. Not committed."""
    for no in objections(duty, ask, user):
        raise Refused(no)
    made = Pause(
        subject_type=duty.subject_type, subject_id=duty.subject_id, rule=duty.rule, kind=ask.kind, from_on=ask.on,
        reason=ask.reason, by_id=user.id, at=dates.now(),
    )  # fmt: skip
    db.session.add(made)
    what = {"title": duty.title, "day": ask.on, "kind": ask.kind.label, "why": ask.reason}
    db.session.add(step(row, user, _("“%(title)s”自 %(day)s 起停止计算（%(kind)s）：%(why)s", **what)))
    return made


def objections(duty: Duty, ask: Ask, user: User) -> Iterator[str]:
    if duty.owner_id == user.id:
        yield _("这项期限由您办理，请由他人决定是否暂停。")
    if duty.met_on:
        yield _("这项期限已经完成，不能暂停。")
    if ask.kind not in duty.pausable:
        yield _("%(kind)s的时间依规定计入这项期限，不能暂停。", kind=ask.kind.label)
    if duty.paused or running(duty):
        yield _("这项期限已经暂停，请先恢复计算。")
    if ask.on > dates.today():
        yield _("暂停日期不能晚于今天。")
    if ask.on < duty.start_on:
        yield _("暂停日期不能早于起算日 %(day)s。", day=duty.start_on)
    if max(ask.on + timedelta(days=1), dates.today()) > duty.due_on:
        yield _("期限到 %(day)s 为止，届满之后不能再暂停。", day=duty.due_on)
    last = max((pause.until_on for pause in earlier(duty) if pause.until_on), default=ask.on)
    if ask.on < last:
        yield _("上一次暂停到 %(day)s 为止，不能早于这一天。", day=last)


def earlier(duty: Duty) -> list[Pause]:
    mine = (Pause.subject_type == duty.subject_type, Pause.subject_id == duty.subject_id, Pause.rule == duty.rule)
    return list(db.session.scalars(select(Pause).where(*mine).order_by(Pause.from_on, Pause.id)))


def resume(row: InUnit, duty: Duty, on: date, user: User) -> Pause:
    """The clock goes on: the day after `on` is counted again. Raises `Refused`. Not committed."""
    held = running(duty)
    if held is None:
        raise Refused(_("这项期限没有暂停。"))
    if not held.from_on <= on <= dates.today():
        raise Refused(_("恢复日期应在 %(first)s 与今天之间。", first=held.from_on))
    held.until_on, held.ended_by_id = on, user.id
    said = _("“%(title)s”自 %(day)s 次日起恢复计算（%(kind)s）", title=duty.title, day=on, kind=held.kind.label)
    db.session.add(step(row, user, said))
    return held
