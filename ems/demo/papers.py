"""What was put in writing about the complaints of the year: by the days of each case, in the order of those days.

Most petitions were told in writing; a few of the last were not, or not yet delivered, and a check finds them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from ems.complaints import links, papers
from ems.complaints.models import Channel, Complaint, ComplaintState, Identity
from ems.complaints.moves import WORKFLOW
from ems.complaints.paper_models import CasePaper, Delivery, LinkKind, PaperKind, PaperState, ReplyTemplate
from ems.complaints.paper_moves import named, not_yet, number
from ems.complaints.paper_words import BLANK, filled
from ems.complaints.rules import PETITION
from ems.core import dates, numbers
from ems.core.people import User
from ems.core.workflow import Step
from ems.demo.world import World

CLERK, CHIEF = "liuqian", "zhoujianguo"
WAYS = {Channel.LETTER: Delivery.POST, Channel.VISIT: Delivery.IN_PERSON, Channel.WEB: Delivery.ONLINE}
TAKEN = 4  # merged or repeated cases
GIVEN = {
    "办结期限": "文件载明的日期", "交办要求": "现场核查，依法处理", "反映内容": "详见系统登记，注意为反映人保密",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One paper to be written: of which case, which kind, on which day."""

    day: date
    case: Complaint
    kind: PaperKind


def build(world: World, cases: list[Complaint]) -> list[CasePaper]:
    papers.seed(world.session)
    world.session.flush()
    dice, clerk = world.dice(), world.people[CLERK]
    texts = {t.kind: t for t in reversed(papers.current()) if t.kind}
    told = sorted((one for case in cases for one in due(world, case)), key=lambda one: (one.day, one.case.no, one.kind))
    count: Counter[tuple[PaperKind, int]] = Counter()
    with world.session.no_autoflush:
        made = [paper for one in told if (paper := written(world, dice, one, texts[one.kind], clerk, count))]
    for (kind, year), n in sorted(count.items()):
        numbers.take(world.session, f"WH-{kind.series}", year, n)
    world.session.add_all(made)
    world.session.flush()
    world.session.add_all(step for paper in made for step in steps(paper, clerk))
    drafted(world, cases, texts[PaperKind.OPINION], clerk)
    tied(world, cases)
    world.session.flush()
    return made


def due(world: World, case: Complaint) -> Iterator[Told]:
    """What a case asks for in writing, as far as its days have come."""
    days = {
        PaperKind.ACCEPTANCE: case.accepted_on if case.channel in PETITION else None,
        PaperKind.REFUSAL: case.decided_on if case.state is ComplaintState.REFUSED else None,
        PaperKind.TRANSFER: case.decided_on if case.state is ComplaintState.TRANSFERRED else None,
        PaperKind.ASSIGNMENT: case.assigned_on if case.channel in {Channel.SUPERIOR, Channel.INSTRUCTION} else None,
        PaperKind.OPINION: case.answered_on if case.channel in PETITION else None,
    }
    for kind, day in days.items():
        if day and day < world.today and not_yet(case, kind) is None:
            yield Told(day, case, kind)


def written(  # noqa: PLR0917  what, by what, by whom, and the count kept of it
    world: World, dice: Random, one: Told, template: ReplyTemplate, clerk: User, count: Counter[tuple[PaperKind, int]]
) -> CasePaper | None:
    """Issued on its day; of the last weeks one in eight was forgotten, and some are still on their way."""
    late = one.day >= world.today - timedelta(days=45)
    if late and dice.random() < 1 / 8:
        return None
    with dates.stopped(datetime.combine(one.day, time(15))):
        made = papers.draft(one.case, one.kind, template, clerk)
        made.case = one.case
        made.text = completed(filled(template.text, one.case))
        made.addressee = str(papers.suggested(one.case, one.kind, template)["addressee"])
        made.year, made.issued_on, made.issued_by_id, made.state = one.day.year, one.day, clerk.id, PaperState.ISSUED
        count[one.kind, one.day.year] += 1
        number(made, count[one.kind, one.day.year])
        named(made)
    after = world.work(dice.randint(1, 3), one.day)
    if after < world.today and not (late and dice.random() < 1 / 10):
        internal = Delivery.INTERNAL if not one.kind.to_caller else Delivery.ONLINE
        made.state, made.delivered_on = PaperState.DELIVERED, after
        made.delivery = WAYS.get(one.case.channel, internal) if one.kind.to_caller else internal
    return made


def completed(text: str) -> str:
    """What a clerk would have filled in."""
    return BLANK.sub(lambda hit: GIVEN.get(hit[1], "有关情况"), text)


def steps(paper: CasePaper, clerk: User) -> Iterator[Step]:
    on = paper.issued_on or paper.drafted_on
    known = {"subject_type": "case_paper", "subject_id": paper.id, "by_id": clerk.id}
    yield Step(**known, at=at(on, 15, 10), move="draft", after=PaperState.DRAFT)
    yield Step(**known, at=at(on, 15, 30), move="issue", before=PaperState.DRAFT, after=PaperState.ISSUED)
    if paper.delivered_on:
        sent = {"move": "deliver", "before": PaperState.ISSUED, "after": PaperState.DELIVERED}
        yield Step(**known, at=at(paper.delivered_on, 16, 0), **sent)


def at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=dates.HERE)


def drafted(world: World, cases: list[Complaint], template: ReplyTemplate, clerk: User) -> None:
    """One that was begun two weeks ago and forgotten."""
    day = world.work(-10)
    case = next((c for c in reversed(cases) if c.answers and c.answered_on and c.answered_on < day), None)
    if case is not None:
        with dates.stopped(datetime.combine(day, time(16))):
            made = papers.draft(case, PaperKind.OPINION, template, clerk)
            made.text = filled(template.text, case)
        world.session.add(made)
        world.session.flush()
        world.session.add(Step(subject_type="case_paper", subject_id=made.id, by_id=clerk.id, at=at(day, 16, 0),
                               move="draft", after=PaperState.DRAFT))  # fmt: skip


def tied(world: World, cases: list[Complaint]) -> None:
    """Of the same place within a month: repeats, each said on the day after it came; and the last one merged."""
    clerk, pairs = world.people[CLERK], list(twins(cases))
    for case, earlier in pairs[:-1][-TAKEN:]:
        with dates.stopped(datetime.combine(min(world.work(1, case.received_on), world.yesterday), time(10))):
            links.link(case, earlier, LinkKind.REPEAT, clerk, "同一地点再次反映同类问题。")
    merged(world, cases, clerk)


def twins(cases: list[Complaint]) -> Iterator[tuple[Complaint, Complaint]]:
    last: dict[str, Complaint] = {}
    for case in cases:
        before = last.get(case.place)
        if before and (case.received_on - before.received_on).days <= 30 and before.medium is case.medium:
            yield case, before
        last[case.place] = case


SAME = ("title", "place", "medium", "enterprise_id", "enterprise_name", "street_id", "longitude", "latitude")


def merged(world: World, cases: list[Complaint], clerk: User) -> None:
    """A neighbour of who complained rang too; it was merged yesterday."""
    new = next((c for c in reversed(cases) if c.state is ComplaintState.ACCEPTED), None)
    worked = (c for c in cases if c.state is ComplaintState.INVESTIGATING and c.identity is Identity.OPEN)
    main = next((c for c in worked if new and c.received_on <= new.received_on), None)
    if new is not None and main is not None:
        for name in SAME:
            setattr(new, name, getattr(main, name))
        new.text = f"邻居也来反映：{main.text}"
        with dates.stopped(datetime.combine(world.yesterday, time(16, 30))):
            links.link(new, main, LinkKind.MERGED, clerk, "同一时段、同一类问题，现场核查后一并答复。")
            WORKFLOW.fire("merge", clerk, new, "与主件为同一件事，已电话告知反映人并案办理。")
