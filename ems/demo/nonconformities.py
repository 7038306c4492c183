"""Three years of nonconformities: what units found at themselves, what auditors found, and how each was put right."""

from datetime import date, timedelta
from typing import Any

from ems.core import dates
from ems.core.people import User
from ems.demo.officers import Officers
from ems.demo.world import World
from ems.inspections.models import Inspection
from ems.nonconformities import work
from ems.nonconformities.models import CorrectiveAction, Elsewhere, Factor, Grade, Method, Nonconformity, Origin
from ems.nonconformities.moves import WORKFLOW
from ems.nonconformities.part_moves import ACTIONS
from ems.nonconformities.work import Fault

CAUSES = (
    (Factor.PEOPLE, "为什么没有记录—因为顶班的人不知道要记；为什么不知道—因为交接单上没有这一项。",
     "在交接单上增加环保事项一栏，并对轮岗人员讲解一次。"),
    (Factor.PROCEDURE, "为什么混放—因为没有固定位置；为什么没有—因为变更后没有人负责更新现场布置图。",
     "更新现场布置图，指定专人每季度核对。"),
    (Factor.EQUIPMENT, "为什么渗漏—因为密封件老化；为什么没有更换—因为保养计划里没有这一台。",
     "把这台设备列入保养计划，按季度检查密封件。"),
)  # fmt: skip
#: what auditors and others found: unit, origin, grade, clause, working days ago, title, how far it came
RAISED = (
    ("guixi", Origin.AUDIT, Grade.MINOR, "7.2", -170, "联络员没有上岗培训记录", "closed"),
    ("mudu", Origin.AUDIT, Grade.MAJOR, "6.1.2", -165, "新增危废暂存间未识别环境因素", "closed"),
    ("zhonghe", Origin.AUDIT, Grade.MINOR, "7.5", -164, "环境记录保存期限未作规定", "closed"),
    ("fuhua", Origin.COMPLIANCE, Grade.MINOR, "9.1.2", -120, "食堂油烟净化器未按期清洗", "closed"),
    ("guixi", Origin.AUDIT, Grade.MINOR, "7.2", -62, "新任联络员没有培训就上岗", "verified"),
    ("zhonghe", Origin.TARGET, Grade.MINOR, "6.2.2", -14, "三季度节水指标没有完成", "done"),
    ("mudu", Origin.INCIDENT, Grade.MAJOR, "8.2", -15, "化学品洒漏后没有启动应急预案", "acting"),
    ("zhonghe", Origin.AUDIT, Grade.MINOR, "7.2", -58, "联络员培训记录缺签名", "void"),
    ("fuhua", Origin.AUDIT, Grade.OBSERVATION, "7.4", -6, "对外信息公开栏更新不及时", "open"),
    ("keji", Origin.CHECK, Grade.MINOR, "9.1.1", -22, "监测计划没有列明责任人", "returned"),
)  # fmt: skip
AUDITOR = "zhaolei"


def owner(world: World, row: Nonconformity) -> User:
    return next(user for user in world.people.values() if user.id == row.owner_id)


def found(officers: Officers, made: Inspection, unit: str) -> None:
    """What a unit's own check left to be put right goes its way."""
    for one in made.findings:
        if one.nonconformity_id:
            row = officers.world.session.get_one(Nonconformity, one.nonconformity_id)
            Way(officers, row, officers.world.at(unit, "chief")).plan()


class Way:
    """How one is put right: by its owner, and looked at by `judge`."""

    def __init__(self, officers: Officers, row: Nonconformity, judge: User) -> None:
        self.officers, self.row, self.judge = officers, row, judge
        self.world, self.dice, self.story = officers.world, officers.dice, officers.world.story

    def fire(self, name: str, user: User, day: date, remark: str = "", **asked: Any) -> None:
        self.story.fire(self.row, WORKFLOW, name, user, day, remark, **asked)

    def plan(self) -> None:
        first = self.world.work(self.dice.randint(1, 2), self.row.found_on)
        self.officers.agenda.put(min(first, self.world.before(self.row.ends_on)), self.analysed)

    def analysed(self, day: date) -> None:
        by, (factor, cause, measure) = owner(self.world, self.row), self.dice.choice(CAUSES)
        self.fire(
            "analyse", by, day, correction="已当场改好，并拍照留存。", corrected_on=day, method=Method.WHYS,
            factor=factor, cause=cause, elsewhere=Elsewhere.NO, elsewhere_note="查看了本单位其他科室，没有同样的问题。",
        )  # fmt: skip
        last = self.world.before(self.row.ends_on)
        when = max(day, min(last, self.world.work(self.dice.randint(2, 8), day)))
        moment = self.story.moment(self.row, day)
        with dates.stopped(moment):
            action = CorrectiveAction(text=measure, due_on=self.row.ends_on, owner_id=by.id)
            work.add_action(self.row, action, by)
        self.story.last[id(action)] = moment  # it may be done on the same day
        self.officers.agenda.put(when, lambda on: self.acted(action, on))

    def acted(self, action: CorrectiveAction, day: date) -> None:
        by = owner(self.world, self.row)
        self.story.fire(action, ACTIONS, "done", by, day, done_on=day, result="已完成，记录附后。")
        self.fire("report", by, day, "纠正和纠正措施都已完成。")
        self.officers.agenda.put(self.world.work(self.dice.randint(1, 4), day), self.verified)

    def verified(self, day: date) -> None:
        self.fire("verify", self.judge, day, verification="查看了现场和交接记录，措施已经落实。")
        self.officers.agenda.put(self.world.work(self.dice.randint(25, 45), day), self.effective)

    def effective(self, day: date) -> None:
        self.fire("effective", self.judge, day, effect_note="此后各次自查没有再发现同样的问题。")


class Stop(Way):
    """Goes as far as `last` and waits there."""

    last = ""

    def acted(self, action: CorrectiveAction, day: date) -> None:
        if self.last != "acting":
            super().acted(action, day)

    def verified(self, day: date) -> None:
        if self.last == "returned":
            term = {"due_on": self.world.work(12)}
            self.fire("send_back", self.judge, day, "只改了文件，现场没有按新的规定做。", **term)
        elif self.last != "done":
            super().verified(day)

    def effective(self, day: date) -> None:
        if self.last == "closed":
            super().effective(day)


def raised(officers: Officers) -> None:
    """Put down by the auditor; what is to stand open this morning goes so far and no further."""
    auditor = officers.world.people[AUDITOR]
    for unit, origin, grade, clause, ago, title, last in RAISED:
        day = officers.world.work(ago)
        fault = Fault(
            title, f"{title}。现场查看和询问时未能提供有效证据。", origin, officers.world.units[unit], grade=grade,
            clause=clause, verifier_id=auditor.id, due_on=due(officers.world, day, last),
        )  # fmt: skip
        officers.agenda.put(day, put_down(officers, fault, auditor, last))


def due(world: World, day: date, last: str) -> date:
    return world.work(8) if last in {"acting", "open"} else day + timedelta(days=30)


def put_down(officers: Officers, fault: Fault, auditor: User, last: str) -> Any:
    def done(day: date) -> None:
        with dates.stopped(officers.world.story.moment(object(), day)):
            row = work.raise_(auditor, fault)
        way = Stop(officers, row, auditor)
        way.last = last
        if last == "void":
            officers.agenda.put(
                officers.world.work(1, day), lambda on: way.fire("void", auditor, on, "记录已当场找到。")
            )
        elif last != "open":
            way.plan()

    return done
