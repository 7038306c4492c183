"""A bureau's year: cases arise, change hands, are put off and are done; people are away, or barred for a while."""

from datetime import date, timedelta
from random import Random

from sqlalchemy import select

from ems.complaints.models import Channel, Complaint
from ems.core import dates, seeds
from ems.core.calendar import calendar
from ems.core.db import db
from ems.core.people import Deputy, Post, Role, Unit, UnitKind, User
from ems.core.rules import Rule
from tests.soak.truth import DAY, HEAD, LEADER, LEADS, Case, World

TREE = (("zone", None), ("keji", "zone"), ("brigade", "keji"), *((f"street{n}", "zone") for n in range(6)))
OFFICERS, SPARE = 12, 4
SINCE = date(2020, 1, 1)


class Life:
    """Does to the database what people would, and tells the `world` the same."""

    def __init__(self, dice: Random, first: date) -> None:
        self.dice, self.number = dice, 0
        seeds.rules(db.session())
        seeds.workdays(db.session())
        rule = db.session.scalars(select(Rule).where(Rule.code == "DOC_DUE")).one()
        rule.leads, rule.ladder = list(LEADS), [["head", HEAD], ["leader", LEADER]]
        self.units: dict[str, Unit] = {}
        for code, parent in TREE:
            unit = Unit(code=code, name=code, kind=UnitKind.DEPARTMENT)
            self.units[code] = seeds.plant(db.session(), unit, self.units.get(parent or ""))
        self.officers = [self.person(f"officer{n}", Role.OFFICER, "zone") for n in range(OFFICERS)]
        self.spare = [self.person(f"spare{n}", Role.OFFICER, "zone") for n in range(SPARE)]
        chief, head, higher = (self.person(f"chief{n}", Role.CHIEF, "keji" if n == 0 else "zone") for n in range(3))
        leader = self.person("leader", Role.LEADER, "zone")
        db.session.commit()
        over = {code: [head, higher] for code in self.units}
        over |= {code: [chief, head, higher] for code in ("keji", "brigade")}
        self.world = World(calendar(db.session()).works, over, [leader])

    def person(self, name: str, role: Role, unit: str) -> int:
        user = User(username=name, name=name, email=f"{name}@example.org", must_change=False)
        user.posts = [Post(unit_id=self.units[unit].id, role=role, since=SINCE)]
        db.session.add(user)
        db.session.flush()
        return user.id

    def day(self, today: date, arising: int) -> None:
        """At one in the afternoon."""
        with dates.stopped(dates.at_noon(today) + timedelta(hours=1)):
            for _n in range(arising):
                self.arise(today)
            for case in [case for case in self.world.cases.values() if case.open]:
                self.happen(case, today)
            if self.world.works(today):
                self.people(today)
            db.session.commit()

    def arise(self, today: date) -> None:
        self.number += 1
        unit = self.dice.choice(list(self.units))
        owner = self.dice.choice(self.officers) if self.dice.random() < 0.95 else None
        due = today + self.dice.choice((0, 0, 1, 2, 3, 5, 8, 13, 21, 30)) * DAY
        row = Complaint(
            no=f"TS-{self.number:06d}", query_code="123456", channel=Channel.INSTRUCTION, title="油烟直排", text="油烟",
            place="天府三街", unit_id=self.units[unit].id, taken_by_id=self.spare[0], handler_id=owner,
            received_on=today, document_due_on=due,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        self.world.cases[row.id] = Case(row.id, unit, due, owner)

    def happen(self, case: Case, today: date) -> None:
        left, chance = (case.due - today).days, self.dice.random()
        if chance < (0.4 if left < -10 else 0.12 if left < 0 else 0.2 if left < 2 else 0.03):
            self.row(case).answered_on = today
            case.open = False
        elif chance > 0.985:
            case.owner = self.dice.choice(self.officers)
            self.row(case).handler_id = case.owner
        elif chance > 0.98:
            case.due += self.dice.randint(1, 12) * DAY
            self.row(case).document_due_on = case.due

    def row(self, case: Case) -> Complaint:
        return db.session.get_one(Complaint, case.id)

    def people(self, today: date) -> None:
        """Now and then somebody goes on leave from tomorrow, or is barred, or let in again."""
        away = {absent for absent, _who, _since, until in self.world.standing if until > today}
        if self.dice.random() < 0.15 and (free := [one for one in self.officers if one not in away]):
            absent, who = self.dice.choice(free), self.dice.choice(self.spare)
            span = (today + DAY, today + self.dice.randint(1, 10) * DAY)
            db.session.add(Deputy(absent_id=absent, deputy_id=who, since=span[0], until=span[1]))
            self.world.standing.append((absent, who, *span))
        if self.dice.random() < 0.1:
            who = self.dice.choice(self.officers)
            user = db.session.get_one(User, who)
            user.barred = not user.barred
            self.world.barred ^= {who}
