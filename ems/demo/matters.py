"""What people complain of, and who: a text of the material, made particular by place, caller and day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from ems.complaints.models import Channel, Complaint, ComplaintState, Identity, Matter, Medium
from ems.core.people import User
from ems.demo.cases import Plan, Route
from ems.demo.enterprises import STREETS, Made
from ems.demo.world import World

DESK = "keji"
NO_PERMIT = {"catering", "leisure", "construction", "property"}


@dataclass
class Source:
    """Gives out one matter after the other; no text comes twice, but for what is meant to."""

    world: World
    dice: Random
    enterprises: Sequence[Made]
    texts: set[str] = field(default_factory=set)
    orders: dict[date, int] = field(default_factory=dict)

    def pick(self, plan: Plan, unit: str = "") -> tuple[dict[str, Any], Made | None, str, Route]:
        """A text, of whom it speaks, the street, and who works on it; `unit`: one that this unit works on."""
        for _try in range(2000):
            text = self.dice.choice(self.world.material["complaints"])
            whom = self.whom(text["trade"], plan.received)
            street = whom.street if whom else self.dice.choice(STREETS)
            route = self.route(text, whom, street)
            if unit in {"", route.unit}:
                return text, whom, street, route
        raise LookupError(f"nothing in the material goes to {unit}")

    def whom(self, trade: str, day: date) -> Made | None:
        if trade == "none":
            return None
        found = [one for one in self.enterprises if self.fits(one, trade) and one.stood(day)]
        return self.dice.choice(found) if found else None

    @staticmethod
    def fits(one: Made, trade: str) -> bool:
        code = one.trade["code"]
        return code not in NO_PERMIT | {"hospital", "repair", "laundry"} if trade == "industry" else code == trade

    def route(self, text: dict[str, Any], whom: Made | None, street: str) -> Route:
        """The brigade and the bureau answer for works; streets and the units of the zone for the rest."""
        world, unit = self.world, street
        if whom and whom.trade["code"] == "construction":
            unit = self.dice.choice(["jiancha", "chengguan", "guijian"])
        elif whom and whom.trade["code"] not in NO_PERMIT:
            unit = whom.unit
        elif whom is None:
            known = {"waste": "huanwei", "water": "shizheng", "odour": "shizheng", "other": "keji", "air": "chengguan"}
            unit = known.get(text["medium"], street)
        if unit == "jiancha":
            name = whom.officer.username if whom else "wanghaiyan"
            return Route(unit, world.people[name if name != "limin" else "tanghui"])
        return Route(unit, world.people["limin"] if unit == "keji" else world.at(unit, "liaison"))

    def case(self, plan: Plan, clerk: User, unit: str = "", *, phone: bool | None = None) -> tuple[Complaint, Route]:
        """A new case with its caller, at the desk."""
        text, whom, street, route = self.pick(plan, unit)
        road, place = self.place(whom, street)
        case = Complaint(
            query_code=f"{self.dice.randrange(10**6):06d}", channel=plan.channel, state=ComplaintState.REGISTERED,
            matter=Matter.DISPUTE if self.dice.random() < 0.12 else Matter.COMPLAINT, medium=Medium(text["medium"]),
            title=f"{road}{text['title']}", text=self.words(text["text"], place), place=place,
            street_id=self.world.units[street], longitude=whom.row.longitude if whom else None,
            latitude=whom.row.latitude if whom else None, enterprise_id=whom.row.id if whom else None,
            enterprise_name=whom.row.name if whom else "",
            unit_id=self.world.units[DESK], taken_by_id=clerk.id, received_on=plan.received, extended_days=0,
            historical=False, external_no=self.external(plan), document_due_on=plan.document_due,
            document_no=self.document(plan),
        )  # fmt: skip
        self.caller(case, phone=phone)
        return case, route

    def place(self, whom: Made | None, street: str) -> tuple[str, str]:
        """The road, and where on it."""
        if whom:
            road = whom.row.address.rstrip("号").rstrip("0123456789")
            return road, f"{whom.row.address}{self.dice.choice(self.world.material['stands'])}"
        road = self.dice.choice(self.world.material["roads"][street]["names"])
        number, estate = (self.dice.choice(self.world.material[name]) for name in ("numbers", "estates"))
        return road, self.dice.choice([f"{road}{number}号旁", f"{road}与{estate}之间"])

    def words(self, text: str, place: str) -> str:
        opening, ending = (self.dice.choice(self.world.material[name]) for name in ("openings", "endings"))
        said = f"{opening}{place}，{text}{ending}"
        while said in self.texts:
            said += self.dice.choice(["昨晚又是这样。", "今天一早还是老样子。", "邻居们也都有意见。", "已拍了照片。"])
        self.texts.add(said)
        return said

    def external(self, plan: Plan) -> str | None:
        """The platform's own number."""
        if plan.channel not in {Channel.H12345, Channel.H12369}:
            return None
        n = self.orders[plan.received] = self.orders.get(plan.received, self.dice.randrange(100, 700)) + 1
        return f"{'GX' if plan.channel is Channel.H12345 else 'HB'}{plan.received:%Y%m%d}{n:04d}"

    def document(self, plan: Plan) -> str:
        body = {Channel.SUPERIOR: "成环访转", Channel.INSTRUCTION: "成高管批"}.get(plan.channel)
        return f"{body}〔{plan.received.year}〕{self.dice.randrange(1, 180)}号" if body else ""

    def caller(self, case: Complaint, *, phone: bool | None) -> None:
        """`phone`: whether one must be known, or must not."""
        names, throw = self.world.material["complainants"], self.dice.random()
        case.identity = Identity.ANONYMOUS if throw < 0.14 else Identity.CONFIDENTIAL if throw < 0.36 else Identity.OPEN
        if phone is None:
            phone = self.dice.random() < (0.45 if case.identity is Identity.ANONYMOUS else 0.93)
        number = f"1380000{self.dice.randrange(700):04d}" if phone else None
        case.tell_who(self.dice.choice(names["surnames"]) + self.dice.choice(names["styles"]), number)
