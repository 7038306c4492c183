"""What should be told to whom on which day, worked out the slow way: no SQL, no JSON, nothing of the product's.

One rule (DOC_DUE), its leads and ladder as they stand here; the working days are the product's table.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

LEADS = (7, 3, 1, 0, -1, -3)
HEAD, LEADER = -1, -7
LOWEST = {"person": 0, "head": 1, "leader": 2}
DAY = timedelta(days=1)

Told: TypeAlias = tuple[int, date, int, str, int]  # case, due day, lead, rung, person


@dataclass
class Case:
    id: int
    unit: str
    due: date
    owner: int | None
    open: bool = True


@dataclass
class World:
    """Who is who, and who was told. `chiefs` are those over each unit, the nearest first."""

    works: Callable[[date], bool]
    chiefs: dict[str, list[int]]
    leaders: list[int]
    cases: dict[int, Case] = field(default_factory=dict)
    barred: set[int] = field(default_factory=set)
    standing: list[tuple[int, int, date, date]] = field(default_factory=list)  # absent, deputy, since, until
    known: set[Told] = field(default_factory=set)
    expected: dict[Told, date] = field(default_factory=dict)

    def turn(self, today: date, *, morning: bool) -> None:
        """What this turn of the clock is to tell."""
        fresh: dict[tuple[int, int], tuple[tuple[bool, int], Told]] = {}
        for case in self.cases.values():
            if not case.open:
                continue
            for lead, rung, person in self.near(case, today, whole=morning and self.works(today)):
                for hearer, deputy in self.hearers(person, today):
                    told = (case.id, case.due, lead, rung, hearer)
                    if told not in self.known:
                        self.known.add(told)
                        one = ((deputy, LOWEST[rung]), told)
                        fresh[case.id, hearer] = min(one, fresh.get((case.id, hearer), one))
        self.expected |= {told: today for _order, told in fresh.values()}

    def near(self, case: Case, today: date, *, whole: bool) -> Iterator[tuple[int, str, int]]:
        following = today + DAY
        while not self.works(following):
            following += DAY
        pressing = today <= case.due < following
        left = 0 if pressing else (case.due - today).days
        answers = case.owner if case.owner and case.owner not in self.barred else self.chiefs[case.unit][0]
        head = next(chief for chief in self.chiefs[case.unit] if chief != answers)
        if (reached := [lead for lead in LEADS if lead >= left]) and (whole or pressing):
            yield min(reached), "person", answers
        if whole and left <= HEAD:
            yield HEAD, "head", head
        if whole and left <= LEADER:
            yield LEADER, "leader", next(one for one in self.leaders if one not in {answers, head})

    def hearers(self, person: int, today: date) -> Iterator[tuple[int, bool]]:
        yield person, False
        standing = [who for absent, who, since, until in self.standing if absent == person and since <= today <= until]
        yield from ((who, True) for who in sorted(standing)[:1])
