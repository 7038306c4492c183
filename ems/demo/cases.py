"""One complaint from the call to the close, told by the days of its stages; what would lie ahead has not happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from ems.complaints.models import Answer, Channel, Complaint, Satisfaction, Way
from ems.complaints.moves import WORKFLOW
from ems.core.people import User
from ems.demo.world import World

CHIEF = "zhoujianguo"
NEVER = date.max
WAYS = {
    Channel.H12345: Way.PLATFORM, Channel.WEB: Way.PLATFORM, Channel.LETTER: Way.WRITTEN, Channel.SUPERIOR: Way.WRITTEN,
    Channel.VISIT: Way.IN_PERSON,
}  # fmt: skip


@dataclass
class Plan:
    """The days of a case. `twist`: what did not go the usual way."""

    channel: Channel
    received: date
    decided: date = NEVER
    assigned: date = NEVER
    investigated: date = NEVER
    handled: date = NEVER
    answered: date = NEVER
    revisited: date = NEVER
    closed: date = NEVER
    twist: str = ""
    document_due: date | None = None
    more: Mapping[str, date] = field(default_factory=dict)  # the days of the twist, by move

    @property
    def over(self) -> date:
        """The day on which nothing is left to do."""
        return max(self.closed, *self.more.values()) if self.more else self.closed


@dataclass(frozen=True)
class Route:
    """Who works on it."""

    unit: str
    handler: User


class Tale:
    """Fires the moves until the first that lies ahead of today; from then on it fires nothing."""

    def __init__(self, world: World, dice: Random, case: Complaint, clerk: User, route: Route) -> None:
        self.world, self.dice, self.case, self.clerk, self.route = world, dice, case, clerk, route
        self.ended = False
        media = [r for r in world.material["replies"] if case.medium.value in r["media"]]
        usual = [reply for reply in media if reply["outcome"] == "confirmed"]
        self.reply = dice.choice(usual * 2 + media)

    def say(self, what: str) -> str:
        said: str = self.dice.choice(self.world.material["phrases"][what])
        return said

    def move(self, name: str, user: User, day: date, remark: str = "", **asked: Any) -> bool:
        self.ended = self.ended or day >= self.world.today
        if not self.ended:
            self.world.story.fire(self.case, WORKFLOW, name, user, day, remark, **asked)
        return not self.ended

    def answer(self, name: str, day: date, text: str) -> None:
        """By the officer who worked on it, or by the clerk where a liaison officer did."""
        case, handler = self.case, self.route.handler
        by = handler if handler.username in {"wanghaiyan", "limin"} else self.clerk
        if self.move(name, by, day):
            known = {"unit_id": case.unit_id, "number": len(case.answers) + 1, "given_on": day, "by_id": by.id}
            case.answers.append(Answer(text=text, way=WAYS.get(case.channel, Way.PHONE), **known))

    def tell(self, plan: Plan) -> None:
        clerk, chief = self.clerk, self.world.people[CHIEF]
        match plan.twist:
            case "void":
                self.move("void", chief, plan.decided, "与另一件重复登记，合并办理。")
                return
            case "refuse":
                self.move("refuse", clerk, plan.decided, self.say("refuse"))
                return
            case "transfer":
                to = self.dice.choice(self.world.material["bodies"])
                self.move("transfer", clerk, plan.decided, "不属本局职责，转有权机关办理。", transferred_to=to)
                return
            case "object":
                self.move("object", clerk, plan.decided, self.say("object"))
                return
        self.move("accept", clerk, plan.decided, self.say("accept"))
        self.sent(plan)
        self.worked(plan)
        self.told(plan)

    def sent(self, plan: Plan) -> None:
        if plan.twist == "return":
            wrong = Route("chengguan", self.world.at("chengguan", "liaison"))
            if wrong.unit == self.route.unit:
                wrong = Route("shizheng", self.world.at("shizheng", "liaison"))
            self.assign("assign", plan.decided, wrong)
            self.move("return_order", wrong.handler, plan.decided, self.say("return"))
        if plan.twist == "reassign":
            self.assign("assign", plan.assigned, Route("keji", self.world.people["limin"]))
            self.assign("reassign", plan.investigated, self.route)
        else:
            self.assign("assign", plan.assigned, self.route)

    def assign(self, move: str, day: date, route: Route) -> None:
        to = {"unit_id": self.world.units[route.unit], "handler_id": route.handler.id}
        self.move(move, self.clerk, day, self.say("assign"), **to)

    def worked(self, plan: Plan) -> None:
        handler, more = self.route.handler, plan.more
        self.move("investigate", handler, plan.investigated, self.say("investigate"))
        if "ask_extension" in more:
            reason = self.say("extend")
            self.move("ask_extension", handler, more["ask_extension"], reason, extension_asked=5)
            granted = self.dice.choice(self.world.material["granted"])
            self.move("grant_extension", self.world.people[CHIEF], more["grant_extension"], granted)
        found = f"{self.say('investigate')}。{self.reply['text'].split('。')[0]}。"
        self.move("handle", handler, plan.handled, handling=found)
        if plan.twist == "more":
            self.move("investigate_more", handler, plan.handled, "夜间情况还要再看一次。")
            self.move("handle", handler, plan.answered, handling=f"{found}{self.say('investigate')}。")

    def told(self, plan: Plan) -> None:
        self.answer("answer", plan.answered, self.reply["text"])
        if self.case.phone_key:
            self.revisit(plan.revisited, happy=plan.twist != "reopen")
        self.move("close", self.clerk, plan.closed, "")
        if plan.twist == "supplement":
            self.answer(
                "supplement", plan.more["supplement"], "补充答复：复测已经完成，结果符合标准，现将情况再次告知您。"
            )
        if plan.twist == "reopen":
            self.again(plan.more)
        if "ask_review" in plan.more:
            self.review(plan.more)

    def revisit(self, day: date, *, happy: bool = True) -> None:
        said = (
            ["satisfied"] * 13 + ["fair"] * 4 + ["unreached"] + (["dissatisfied"] if self.dice.random() < 0.3 else [])
        )
        result = Satisfaction(self.dice.choice(said)) if happy else Satisfaction.DISSATISFIED
        phrases = self.world.material["phrases"]["revisit"]
        n = {"satisfied": self.dice.choice([0, 2]), "fair": 1, "unreached": 3, "dissatisfied": 4}[result.value]
        self.move("revisit", self.clerk, day, phrases[n], satisfaction=result)

    def again(self, days: Mapping[str, date]) -> None:
        """Opened anew because it was no better."""
        reason = self.dice.choice(self.world.material["reopened"])
        self.move("reopen", self.world.people[CHIEF], days["reopen"], reason)
        self.move("investigate", self.route.handler, days["investigate"], self.say("investigate"))
        self.move("handle", self.route.handler, days["handle"], handling=f"再次核查。{self.case.handling}")
        self.answer("answer", days["answer"], "经再次核查，已督促责任单位更换设备并约定复测，现场情况已经改善。")
        if self.case.phone_key:
            self.revisit(days["revisit"])
        self.move("close", self.clerk, days["close"], "")

    def review(self, days: Mapping[str, date]) -> None:
        self.move("ask_review", self.clerk, days["ask_review"], "投诉人对答复不服，向上级请求复查。")
        if "decide_review" in days:
            self.move("decide_review", self.clerk, days["decide_review"], "上级复查意见：维持原处理意见。")
        if "ask_recheck" in days:
            self.move("ask_recheck", self.clerk, days["ask_recheck"], "投诉人对复查意见不服，请求复核。")
