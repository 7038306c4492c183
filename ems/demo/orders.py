"""What becomes of an order: it is put right in time or not, looked at again, and ended or given a new term."""

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from ems.core.people import User
from ems.demo.agenda import Agenda, Deed
from ems.demo.world import World
from ems.inspections.models import Inspection
from ems.orders import work
from ems.orders.models import Order, OrderKind, OrderState
from ems.orders.moves import CLOSED, WORKFLOW
from ems.orders.work import Point

DONE = (
    "已按要求整改完成，更换了活性炭和密封件，附照片和票据。", "已清运完毕并补齐台账，现场已恢复。",
    "已完成设备检修，治理设施恢复正常运行，附维修单。", "已重新设置标志牌并核对编号。",
)  # fmt: skip
SEEN = ("已核对整改照片和材料，现场查看属实。", "电话核实并查看视频，整改到位。")


class Follow:
    """`look_again` plans a re-inspection, `go` does it."""

    def __init__(
        self, world: World, dice: Random, agenda: Agenda, look_again: Callable[..., Inspection], go: Callable[..., Any]
    ) -> None:
        self.world, self.dice, self.agenda, self.look_again, self.go = world, dice, agenda, look_again, go

    def officer(self, order: Order) -> User:
        return next(user for user in self.world.people.values() if user.id == order.officer_id)

    def span(self, order: Order) -> tuple[date, date]:
        """The first day after it was given, and the last working day of its term."""
        ends = order.ends_on or self.world.today
        begins = order.issued_on or self.world.today
        return self.world.work(1, begins), self.world.before(ends)

    def within(self, first: date, last: date, share: float) -> date:
        if last <= first:
            return first
        return self.world.before(first + (last - first) * share) if share else first

    def issued(self, order: Order) -> None:
        """As most go: put right in time; some ask for more time, some are late and fail."""
        throw, (first, last) = self.dice.random(), self.span(order)
        if throw < 0.08:
            day = self.world.work(self.dice.randint(2, 4), order.ends_on)
            self.agenda.put(self.world.work(1, order.ends_on), self.planned(order, day, passes=throw < 0.03))
            return
        if throw < 0.16 and last > first:
            self.agenda.put(first, self.asks(order))
        day = max(first, self.within(first, last, self.dice.uniform(0.4, 1)))
        self.agenda.put(min(day, max(last, first)), self.reported(order))

    def asks(self, order: Order) -> Deed:
        def done(day: date) -> None:
            reason = "更换的设备到货推迟，申请延期。"
            self.world.story.fire(
                order, WORKFLOW, "ask_extension", self.officer(order), day, reason, extension_asked=10
            )
            chief = self.world.at("keji", "chief")
            self.world.story.fire(order, WORKFLOW, "grant_extension", chief, day, "情况属实，同意延期。")

        return done

    def reported(self, order: Order) -> Deed:
        def done(day: date) -> None:
            said = self.dice.choice(DONE)
            self.world.story.fire(order, WORKFLOW, "report", self.officer(order), day, corrected_on=day, report=said)
            if self.dice.random() < 0.2:
                self.agenda.put(self.world.work(self.dice.randint(1, 3), day), self.confirmed(order))
            else:
                when = self.world.work(self.dice.randint(1, 4), day)
                self.agenda.put(day, self.planned(order, when, passes=self.dice.random() < 0.92))

        return done

    def confirmed(self, order: Order) -> Deed:
        def done(day: date) -> None:
            chief = self.world.at("jiancha", "chief")
            self.world.story.fire(order, WORKFLOW, "confirm", chief, day, self.dice.choice(SEEN))

        return done

    def planned(self, order: Order, when: date, *, passes: bool) -> Deed:
        """A re-inspection on `when`; one that fails sets a new term."""

        def put_down(day: date) -> None:
            made = self.look_again(order, day, when)

            def done(on: date) -> None:
                self.go(made, on, faults=0 if passes else 1)
                if order.state is not CLOSED:
                    self.agenda.put(self.world.work(1, on), self.reissued(order))

            self.agenda.put(when, done)

        return put_down

    def reissued(self, order: Order) -> Deed:
        def done(day: date) -> None:
            term = {"due_on": self.world.work(8, day)}
            self.world.story.fire(order, WORKFLOW, "reissue", self.officer(order), day, "仍未到位，再给期限。", **term)
            self.agenda.put(self.world.work(self.dice.randint(4, 8), day), self.reported(order))

        return done

    def stand(self, order: Order, how: str) -> None:
        """For an order that is to stand in a certain way this morning."""
        officer, story, yesterday = self.officer(order), self.world.story, self.world.before(self.world.yesterday)

        def reported(day: date) -> None:
            story.fire(order, WORKFLOW, "report", officer, day, corrected_on=day, report=self.dice.choice(DONE))

        def asks(day: date) -> None:
            reason = "更换的设备到货推迟，申请延期。"
            story.fire(order, WORKFLOW, "ask_extension", officer, day, reason, extension_asked=10)

        def failed(day: date) -> None:
            self.go(self.look_again(order, day, day), day, faults=1)

        last = self.world.before(min(order.ends_on or yesterday, yesterday))
        match how:
            case "reported":
                self.agenda.put(last, reported)
            case "asks":
                self.agenda.put(yesterday, asks)
            case "failed":
                self.agenda.put(last, reported)
                self.agenda.put(self.world.work(3, last), failed)


def drafts(world: World) -> None:
    """One that is being written, and one that was given to the wrong party."""
    officer, chief = world.people["wanghaiyan"], world.at("keji", "chief")
    point = Point("危险废物暂存间标志不全，废油桶与一般固废混放")
    for day, ends in ((world.before(world.yesterday), 15), (world.work(-12), 4)):
        order = Order(
            kind=OrderKind.SUPERVISION, party="高新区织染厂", unit_id=world.units["jiancha"], state=OrderState.DRAFT,
            officer_id=officer.id, checker_id=officer.id, due_on=world.work(ends), extended_days=0,
            demand="限期改正，并书面报告结果。",
        )  # fmt: skip
        work.enter(order, [point])
        world.story.begin(order, officer, day, "draft")
        if ends < 15:
            world.story.fire(order, WORKFLOW, "issue", officer, world.work(-11))
            world.story.fire(order, WORKFLOW, "void", chief, world.work(-10), "被整改单位有误，另行下达。")
