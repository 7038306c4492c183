"""Officers at work: they plan an inspection, go, write down what they find, and order what is to be put right."""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from ems.core import numbers
from ems.core.people import User
from ems.demo.agenda import Agenda
from ems.demo.enterprises import Made
from ems.demo.orders import Follow
from ems.demo.world import World
from ems.inspections import work
from ems.inspections.models import (
    Inspection,
    InspectionState,
    InspectionType,
    Refusal,
    Remedy,
    Running,
    Severity,
    Verdict,
)
from ems.inspections.moves import WORKFLOW
from ems.orders.models import Order

T = InspectionType
BRIGADE = ("wanghaiyan", "chengang", "tanghui", "limin")
CLEAN = ("治理设施运行正常，未发现异味和可见烟尘。", "现场整洁，台账齐全，未发现违法排污。", "抽查项目符合要求。")


@dataclass
class Officers:
    """The officers at work: plans, goes, writes down, and hands what was found to `Follow`."""

    world: World
    dice: Random
    enterprises: list[Made]
    agenda: Agenda = field(default_factory=Agenda)
    follow: Follow = field(init=False)

    def __post_init__(self) -> None:
        self.follow = Follow(self.world, self.dice, self.agenda, self.look_again, self.go)

    def user(self, name: str) -> User:
        return self.world.people[name]

    def pair(self) -> tuple[User, User]:
        first, second = self.dice.sample(BRIGADE, 2)
        return self.user(first), self.user(second)

    def plan(self, type: T, day: date, lead: User, second: User | None, **known: Any) -> Inspection:
        made = Inspection(
            type=type, state=InspectionState.PLANNED, planned_on=day, lead=lead, lead_id=lead.id, rights_told=False,
            refusal=Refusal.NONE, separate_orders=False, person_present="", party=known.pop("party", ""),
            place=known.pop("place", ""), source=known.pop("source", ""), summary="",
            unit_id=known.pop("unit_id", self.world.units["jiancha"]), **known,
        )  # fmt: skip
        if second:
            made.second, made.second_id = second, second.id
        made.no = numbers.take(self.world.session, "JC", day.year)[0]
        made.title = work.headline(made)
        return made

    def go(self, made: Inspection, day: date, *, faults: float, due_on: date | None = None) -> list[Order]:
        """On the spot. `due_on`: the term that is set, whatever the checklist says. Returns the orders given."""
        world, lead = self.world, made.lead
        world.story.fire(made, WORKFLOW, "open", lead, day)
        failed = self.answer(made, faults, due_on)
        if made.law:
            made.rights_told = True
            made.facility_running = self.running(made, failed=bool(failed))
            if made.party:
                made.person_present, made.person_title = (
                    self.somebody(),
                    "店长" if made.type is T.CATERING else "安环部经理",
                )
        made.summary = "；".join(line.remark for line in failed)[:300] + "。" if failed else self.dice.choice(CLEAN)
        if failed or made.order_id or made.source:  # what comes of it points at the rows, which `finish` stores
            world.session.add(made)
        world.story.fire(made, WORKFLOW, "finish", lead, day)
        ids = dict.fromkeys(one.order_id for one in made.findings if one.order_id and not made.order_id)
        return [world.session.get_one(Order, id) for id in ids]

    def answer(self, made: Inspection, faults: float, due_on: date | None) -> list[Any]:
        findings = self.world.material["findings"]
        wrong = self.dice.random() < faults or due_on is not None
        able = [line for line in made.lines if line.code in findings and (not made.order_id or line.order_item_id)]
        chosen = self.dice.sample(able, min(len(able), self.dice.choice([1, 1, 2, 3]))) if wrong else []
        for line in made.lines:
            line.verdict = Verdict.FAILS if line in chosen else Verdict.CONFORMS
            if line.verdict is Verdict.CONFORMS and not line.order_item_id and self.dice.random() < 0.07:
                line.verdict = Verdict.NA
            line.remark, line.remedy, line.severity = "", Remedy.ORDER, line.severity or Severity.NORMAL
        for line in chosen:
            line.remark = findings[line.code]["text"]
            line.remedy = self.remedy(line, made) if due_on is None else Remedy.ORDER
            line.due_on = due_on
        return chosen

    def remedy(self, line: Any, made: Inspection) -> Remedy:
        if made.type is T.SELF_CHECK:
            return self.dice.choice([Remedy.ORDER, Remedy.FIXED, Remedy.FIXED])
        some = [Remedy.ORDER] * 7 + [Remedy.FIXED] * 2
        return self.dice.choice(some + ([Remedy.NOTED] if line.severity == "normal" else []))

    def running(self, made: Inspection, *, failed: bool) -> Running:
        if made.type in {T.STRAW, T.PROJECT, T.CLOSED_RECHECK}:
            return Running.NA
        return Running.NO if self.dice.random() < (0.14 if failed else 0.02) else Running.YES

    def somebody(self) -> str:
        surname: str = self.dice.choice(self.world.material["complainants"]["surnames"])
        return surname + self.dice.choice(["工", "师傅"])

    def look_again(self, order: Order, planned: date, day: date) -> Inspection:
        """Planned on `planned` for `day`: two officers, the second of whom did not issue it."""
        lead = next(self.user(name) for name in BRIGADE if self.user(name).id == order.officer_id)
        others = [self.user(name) for name in BRIGADE if self.user(name).id not in {order.issued_by_id, lead.id}]
        known = {"party": order.party, "enterprise_id": order.enterprise_id, "unit_id": order.unit_id}
        made = self.plan(T.ORDER_RECHECK, day, lead, self.dice.choice(others), order=order, order_id=order.id, **known)
        order.recheck_planned_on = day
        self.world.story.begin(made, lead, planned, "plan")
        return made
