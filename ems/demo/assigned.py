"""Matters that a leader, a meeting or another office gave (督办事项), each at another point of its way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from ems.core import dates
from ems.core.people import User
from ems.core.workflow import carry_out
from ems.demo.world import World
from ems.tasks import matters
from ems.tasks.matters import Step
from ems.tasks.models import SourceKind, Task, Urgency
from ems.tasks.moves import PARTS, STAGES, WORKFLOW

LEADER, CHIEF, DRAFTS = "zhenglixin", "zhoujianguo", "limin"


@dataclass(frozen=True)
class Told:
    """Days are working days from today; `owner` is the liaison of the unit unless it says who."""

    unit: str
    title: str
    demand: str
    kind: SourceKind
    source: str
    sender: str
    issued: int
    due: int
    play: Callable[[World, Task], None]
    urgency: Urgency = Urgency.ROUTINE
    stages: tuple[tuple[str, int], ...] = ()
    partners: tuple[str, ...] = ()
    by: str = LEADER
    owner: str = ""


def at(world: World, n: int, hour: int = 10) -> Any:
    """The clock stands at that hour of the working day; of today only the early morning is over."""
    day = world.work(n)
    return dates.stopped(datetime.combine(day, time(7 if day >= world.today else hour, 35)))


def fire(world: World, flow: Any, name: str, who: User, row: Any, n: int, remark: str = "", **asked: Any) -> None:  # noqa: PLR0917  as in a story
    with at(world, n, 15):
        move = flow.find(name, who, row)
        for key, value in asked.items():
            setattr(row, key, value)
        carry_out(move, who, row, remark)
        world.session.flush()


def noted(world: World, task: Task, n: int, text: str, percent: int) -> None:
    with at(world, n):
        matters.progress(task, owner(world, task), text, percent)
        world.session.flush()


def owner(world: World, task: Task) -> User:
    return next(user for user in world.people.values() if user.id == task.owner_id)


def issuer(world: World, task: Task) -> User:
    return next(user for user in world.people.values() if user.id == task.issued_by_id)


def under_way(world: World, task: Task) -> None:
    """One stage done, another unit's part given, noted week by week."""
    noted(world, task, -9, "已完成沿线排口摸排，登记排口 14 个，其中雨污混接 3 个。", 30)
    fire(world, STAGES, "finish", owner(world, task), task.stages[0], -6, result="摸排结束，台账已建立。")
    part = task.parts[0]
    fire(world, PARTS, "give", world.at("zhonghe", "liaison"), part, -5, text="中和段排口 5 个，未发现混接。")
    noted(world, task, -3, "混接点 3 个已开挖 2 个，商户配合。", 60)


def finished(world: World, task: Task) -> None:
    noted(world, task, -12, "已印制宣传册并进社区。", 50)
    part = task.parts[0]  # given on the day before its last
    fire(world, PARTS, "give", world.at("guixi", "liaison"), part, -8, text="桂溪片区 2 个社区已张贴海报、发放宣传册。")
    said = {"report": "活动于月中结束，参加群众三百余人，信息已上网。", "no_evidence": "照片在局门户网站专栏，未另附。"}
    fire(world, WORKFLOW, "report", owner(world, task), task, -8, **said)
    fire(world, WORKFLOW, "close", issuer(world, task), task, -6, "完成较好，同意办结。")


def silent(world: World, task: Task) -> None:
    """Past its day, and nobody answered."""
    noted(world, task, -14, "已约谈两家商户，等待整改。", 20)


def answered(world: World, task: Task) -> None:
    noted(world, task, -7, "已与代表电话沟通，说明噪声监测安排。", 40)
    said = {
        "report": "夜间噪声监测两次均达标，已书面答复代表，代表表示满意。",
        "no_evidence": "监测报告随答复函原件归档。",
    }
    fire(world, WORKFLOW, "report", owner(world, task), task, -1, **said)


def asks_for_time(world: World, task: Task) -> None:
    noted(world, task, -4, "第一批 6 家已签承诺书。", 35)
    fire(world, WORKFLOW, "wish", owner(world, task), task, -1, "两家正在装修，集中整治要等复业。",
         extension_to=world.work(20))  # fmt: skip


def nothing(_world: World, _task: Task) -> None:
    pass


S = SourceKind
TOLD = (
    Told("guixi", "锦江沿线入河排口排查整治", "一月内查清排口、封堵混接，建立台账。", S.LEADER, "关于锦江水质的批示",
         "管委会分管领导", -14, 8, under_way, Urgency.URGENT, (("摸排登记", -5), ("封堵混接", 6)), ("zhonghe",)),
    Told("fangcao", "“六五”环境日后续宣传进社区", "组织一次进社区宣传，报送信息。", S.MEETING,
         "局长办公会第 21 次会议纪要", "局长办公会", -20, -7, finished, partners=("guixi",)),
    Told("xiaojiahe", "家园北路餐饮油烟集中整治", "对投诉集中的商户逐户核查，督促安装并正常使用净化设施。", S.SUPERIOR,
         "市生态环境局转办函", "市生态环境局", -19, -3, silent),
    Told("jiancha", "关于治理施工夜间噪声的建议", "调查核实，按期书面答复代表。", S.PROPOSAL, "人大代表建议第 37 号",
         "区人大代表", -15, 2, answered, by=CHIEF, owner="wanghaiyan"),
    Told("zhonghe", "和顺里路露天烧烤整治", "会同城管部门集中整治，防止反弹。", S.OFFICE, "城管部门转办单",
         "城市管理局", -12, 3, asks_for_time),
    Told("shiyang", "冬季大气污染防治任务分解落实", "按任务分解表逐项落实，分阶段报告。", S.MEETING,
         "大气污染防治专题会议纪要", "专题会议", 0, 25, nothing,
         stages=(("报送方案", 5), ("中期检查", 15), ("总结", 24)), by=DRAFTS),
)  # fmt: skip


def build(world: World) -> list[Task]:
    return [told(world, one) for one in TOLD]


def told(world: World, one: Told) -> Task:
    """Drawn up and issued on its day; what an officer drew up this morning waits for a chief."""
    by = world.people[one.by]
    day: Callable[[int], date] = world.work
    task = Task(
        title=one.title, demand=one.demand, source_kind=one.kind, source=one.source, source_from=one.sender,
        source_on=day(one.issued - 2), urgency=one.urgency, unit_id=world.units[one.unit], due_on=day(one.due),
        owner_id=(world.people[one.owner] if one.owner else world.at(one.unit, "liaison")).id,
    )  # fmt: skip
    with at(world, one.issued, 9):
        steps = [Step(title, day(n)) for title, n in one.stages]
        matters.draw_up(task, by, steps, [world.units[code] for code in one.partners])
        if one.by != DRAFTS:
            matters.issue(task, by)
        world.session.flush()
    one.play(world, task)
    return task
