"""Duties reckoned anew after a rule or a year changed: at once where that is quick, else in batches, by the clock."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import Select, and_, case, func, or_, select, text, true, update
from sqlalchemy.exc import OperationalError

from ems.core import audit, dates, settle
from ems.core.db import InUnit, db
from ems.core.duties import KEY, Duty
from ems.core.rules import LocalRule
from ems.settings.models import Recount

AT_ONCE = 20_000  # rows of the models concerned: a few seconds, which a person waits for
SHOWN = 50
TURN = 40  # seconds of one turn of the clock: it has other things to do each minute


class Foreseen(NamedTuple):
    """What a change would do to the open duties. Nothing counted (None): they are too many to try."""

    open: int
    moved: int | None = None
    earlier: int = 0
    late: int = 0  # in time now, late then


def concerned(code: str) -> list[type[InUnit]]:
    """The models with a clock of that rule."""
    return [model for model, clocks in settle.CLOCKS.items() if any(clock.rule == code for clock in clocks)]


def rows_of(models: Collection[type[InUnit]]) -> int:
    counted = (select(func.count()).select_from(model).scalar_subquery() for model in models)
    return sum(db.session.execute(select(*counted)).one()) if models else 0


def begin(about: str, models: Collection[type[InUnit]], said: dict[str, Any], reason: str) -> Recount:
    """Note the change that was just made, and reckon: all of it here, or none, for the clock to do. Not committed."""
    who = db.session.info.get("actor_id")
    made = Recount(
        about=about, said=said, reason=reason, by_id=who, at=dates.now(), left=[m.__tablename__ for m in models],
        last=0, total=rows_of(models), done=0, moved=0,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    if made.total <= AT_ONCE:
        while not made.finished_at and advance(made):
            pass
    return made


def advance(recount: Recount) -> bool:
    """The next batch, in a savepoint. False where somebody else holds a row: it is tried again at the next turn."""
    if not recount.left:
        finish(recount)
        return True
    model = next(model for model in settle.CLOCKS if model.__tablename__ == recount.left[0])
    next_ids = select(model.id).where(model.id > recount.last).order_by(model.id).limit(settle.MOST)
    ids = db.session.scalars(next_ids).all()
    if not ids:
        recount.left, recount.last = recount.left[1:], 0
        return True
    if recount.last == 0:
        planned(model)
    try:
        with db.session.begin_nested(), held(model, ids):
            moved = put_right(model, ids)
    except OperationalError as error:
        recount.error = str(error.orig)[:200]
        return False
    recount.moved, recount.done = recount.moved + moved, recount.done + len(ids)
    recount.last, recount.error = ids[-1], ""
    return True


def finish(recount: Recount) -> None:
    recount.finished_at = dates.now()
    what, _sign, name = recount.about.partition(":")
    subject = "rule" if what == "rule" else "workday"
    audit.note(db.session(), "duties recounted", subject, None, **{what: name}, rows=recount.total, moved=recount.moved)


def planned(model: type[InUnit]) -> None:
    """On stale statistics a batch may take ten times as long."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f'ANALYZE duty, "{model.__tablename__}"'))


@contextmanager
def held(model: type[InUnit], ids: Collection[int]) -> Iterator[None]:
    """A row that a flush is about to change would else be read as it was, and its duty written back as it was.

    Who has to wait here gives up soon: a batch waits for the flush and the flush, for another of its rows, for the
    batch, and it is not the person at the desk who shall be turned away.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL jit = off"))  # else it compiles for five seconds what runs for one
        db.session.execute(text("SET LOCAL lock_timeout = '800ms'"))  # before deadlock_timeout, which is a second
        db.session.execute(select(model.id).where(model.id.in_(ids)).order_by(model.id).with_for_update(read=True))
        db.session.execute(text("SET LOCAL lock_timeout = DEFAULT"))
    yield


def put_right(model: type[InUnit], ids: Collection[int]) -> int:
    """Settle these rows. Returns how many duties have another day now, came or went."""
    connection = db.session.connection()
    todo, given = settle.prepared(db.session(), model, ids)
    counted = (select(func.count()).select_from(rows.subquery()) for rows in (todo.stale, displaced(todo.wrong)))
    moved = sum(connection.scalar(count, given) or 0 for count in counted)
    connection.execute(todo.clear, given)
    connection.execute(todo.put, given)
    return moved


def displaced(wrong: Select[Any]) -> Select[Any]:
    """Of the duties as they should be, those that `was` another day, or are not there yet: was, due_on, met_on."""
    should = wrong.subquery("should")
    same = and_(*(getattr(Duty, name) == should.c[name] for name in KEY))
    other = or_(Duty.due_on.is_distinct_from(should.c.due_on), Duty.due_at.is_distinct_from(should.c.due_at))
    found = select(Duty.due_on.label("was"), should.c.due_on, should.c.met_on)
    return found.select_from(should.outerjoin(Duty.__table__, same)).where(or_(Duty.id.is_(None), other))


def foreseen(local: LocalRule) -> Foreseen:
    """Try it, count, and undo it. Ends the transaction: nothing may be pending but what is tried."""
    hanging = select(func.count()).select_from(Duty).where(Duty.rule == local.code, Duty.met_on.is_(None))
    found, models = Foreseen(db.session.scalar(hanging) or 0), concerned(local.code)
    if rows_of(models) > AT_ONCE:
        return found
    try:
        db.session.merge(local)
        db.session.flush()
        tried = [trial(model) for model in models]
    finally:
        db.session.rollback()
    return Foreseen(found.open, *map(sum, zip((0, 0, 0), *tried, strict=True)))


def trial(model: type[InUnit]) -> tuple[int, ...]:
    """Moved, earlier, late: of the open duties of `model`, as the rules in this transaction would have them."""
    todo, given = settle.prepared(db.session(), model, None)
    row = displaced(todo.wrong).subquery().c
    moved = and_(row.met_on.is_(None), row.was.isnot(None))
    each = (true(), row.due_on < row.was, and_(row.due_on < dates.today(), row.was >= dates.today()))
    counted = (func.coalesce(func.sum(case((and_(moved, one), 1), else_=0)), 0) for one in each)
    return tuple(map(int, db.session.connection().execute(select(*counted), given).one()))


def history(about: str) -> list[Recount]:
    """The changes there were, the newest first."""
    asked = select(Recount).where(Recount.about == about).order_by(Recount.id.desc()).limit(SHOWN)
    return list(db.session.scalars(asked).unique())


def under_way() -> Select[Recount]:
    return select(Recount).where(Recount.finished_at.is_(None)).order_by(Recount.id)


def turn() -> int:
    """What the clock does of it each minute: batches, each committed. Returns how many rows were gone through."""
    until, done = monotonic() + TURN, 0
    while monotonic() < until and (recount := claimed()):
        before = recount.done
        went = advance(recount)
        done += recount.done - before
        db.session.commit()
        if not went:
            break
    return done


def job() -> str:
    done = turn()
    return _("重算 %(n)s 行", n=done) if done else _("没有待办")


def claimed() -> Recount | None:
    """The recount under way, if nobody else is at its next batch. Its row is held until the commit."""
    recount = db.session.scalars(under_way().limit(1).execution_options(populate_existing=True)).first()
    if recount is None:
        return None
    mine = (Recount.id == recount.id, Recount.done == recount.done, Recount.last == recount.last)
    hold = update(Recount).where(*mine, Recount.finished_at.is_(None)).values(last=recount.last)
    taken = db.session.execute(hold, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]
    return recount if taken else None
