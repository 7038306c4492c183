"""What happened to a record, told move by move, as the house itself would have it: state, right and objection count."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from ems.core import dates
from ems.core.db import InUnit
from ems.core.people import User
from ems.core.policy import Act, may
from ems.core.workflow import Move, Step, Workflow

OPENS, EARLY = 9, 7  # o'clock; of today only the early morning is over


class Story:
    """Rows stay out of the session, and their diaries here, until `keep` stores them all: thousands at a time."""

    def __init__(self, session: Session, today: date, dice: Random) -> None:
        self.session, self.today, self.dice = session, today, dice
        self.rows: dict[int, InUnit] = {}
        self.steps: list[tuple[InUnit, Step]] = []
        self.last: dict[int, datetime] = {}
        self.rights: dict[tuple[int, str, int, Act], bool] = {}

    def begin(self, row: Any, user: User, day: date, move: str = "register", remark: str = "") -> None:
        self.rows[id(row)] = row
        state = getattr(row, "state", None)
        self.tell(row, user, self.moment(row, day), move=move, after=state or "", remark=remark)

    def note(self, row: Any, user: User, day: date, remark: str) -> None:
        self.tell(row, user, self.moment(row, day), remark=remark)

    def fire(  # noqa: PLR0917  read as a sentence: what, by whom, when and why
        self, row: Any, flow: Workflow, name: str, user: User, day: date, remark: str = "", **asked: Any
    ) -> None:
        """Make the move as on `day`. `asked` is what its form would have filled in."""
        move = next(move for move in flow.moves if move.name == name)
        at, before = self.moment(row, day), row.state
        with dates.stopped(at), self.session.no_autoflush:
            if fault := self.fault(row, move, user):
                raise ValueError(f"{type(row).__name__} {before} → {name}, {user.username}, {day}: {fault}")
            for key, value in asked.items():
                setattr(row, key, value)
            if move.after is not None:
                row.state = move.after
            move.then(row, user)
        self.tell(row, user, at, move=name, before=before, after=row.state, remark=remark, alarm=move.risk)

    def fault(self, row: Any, move: Move, user: User) -> str | None:
        """Why the house would not let `user` do it."""
        if row.state not in move.before:
            return "not from this state"
        right = (user.id, row.area, row.unit_id, move.act)
        if right not in self.rights:
            self.rights[right] = may(user, move.act, row)
        return move.objection(row, user) if self.rights[right] else "no right"

    def moment(self, row: Any, day: date) -> datetime:
        """A time of that day in office hours, after all that has been told of the row."""
        if day > self.today:
            raise ValueError(f"{day} is yet to come")
        early, last = day == self.today, self.last.get(id(row))
        if last and dates.local(last).date() > day:
            raise ValueError(f"{type(row).__name__}: {day} lies before {last}")
        if last and dates.local(last).date() == day:
            return last + timedelta(minutes=self.dice.randint(3, 9 if early else 25))
        opens = datetime(day.year, day.month, day.day, EARLY if early else OPENS, tzinfo=dates.HERE)
        return opens + timedelta(minutes=self.dice.randint(1, 20 if early else 330))

    def tell(self, row: Any, user: User, at: datetime, **known: Any) -> None:
        self.rows[id(row)], self.last[id(row)] = row, at
        self.steps.append((row, Step(subject_type=row.__tablename__, at=at, by_id=user.id, **known)))

    def keep(self, *more: Any) -> None:
        """Store the rows in the order they were begun in, `more` behind them, and then what is told of them."""
        self.session.add_all(self.rows.values())
        self.session.add_all(more)
        self.session.flush()
        for row, step in self.steps:
            step.subject_id = row.id
        self.session.add_all(step for _row, step in sorted(self.steps, key=lambda told: (told[1].at, told[0].id)))
        self.session.flush()
        self.rows, self.steps, self.last = {}, [], {}
