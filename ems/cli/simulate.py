"""flask clock simulate: a year of reminders, played through on a copy."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from time import monotonic
from unicodedata import east_asian_width

import click
from flask import current_app
from sqlalchemy import select

from ems.core.db import db
from ems.core.rules import Rule
from ems.reminders import simulation, truth, verdict
from ems.reminders.models import Rung
from ems.reminders.verdict import Case, Line, Verdict

HEADS = ("规则", "事项", "到期", "提醒", "漏提醒", "误提醒", "提前", "逾期", "报负责人", "报局领导", "无人可通知")
TOTALS = {
    "due": ("到期", "件"), "reminders": ("提醒", "次"), "misses": ("漏提醒", "件"), "false_alarms": ("误提醒", "次"),
    "late": ("逾期", "件"), "alarms": ("无人可通知", "件"), "silent": ("到期前不提醒", "件"),
}  # fmt: skip
TITLE = 30  # columns of the terminal
CASES = 20  # of each kind on a terminal; the JSON has more
UNITS = {"day": "天", "hour": "小时"}
WHY = {"withdrawn": "事项已撤销", "not_begun": "尚未开始", "met": "已经完成", "other_day": "不是当时的期限，或当时暂停"}


@click.command("simulate")
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--rule", help="Only the duties of this rule.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def simulate(*, year: int, rule: str | None, as_json: bool) -> None:
    """Play YEAR through on a copy: who was told, by which lead, who was not, who for nothing. 1 if somebody was not.

    The database is read only. As JSON: `Verdict.as_data`.
    """
    if rule and not db.session.scalar(select(Rule.code).where(Rule.code == rule).limit(1)):
        raise click.BadParameter(f"没有这条规则：{rule}", param_hint="--rule")
    began = monotonic()
    found = played(year, rule)
    if as_json:
        click.echo(json.dumps(found.as_data(), ensure_ascii=False, indent=1))
    else:
        for line in told(found):
            click.echo(line)
        click.echo(f"用时 {monotonic() - began:.0f} 秒", err=True)
    if found.totals["misses"]:
        raise SystemExit(1)


def played(year: int, rule: str | None) -> Verdict:
    with simulation.copied(current_app.extensions["create_app"]):
        truth.lay_aside(rule)
        days = simulation.days(year)
        lived = simulation.replay(days)
        with click.progressbar(lived, len(days), file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
            for _day in bar:
                pass
        return verdict.judged(year)


def told(found: Verdict) -> Iterator[str]:
    yield f"{found.year} 年提醒推演（{found.known_to} 以后按无人办理推演，不计逾期）"
    yield ""
    yield from table([HEADS, *map(row, found.rules)])
    yield ""
    yield "提醒构成（数字为次数）"
    yield from (f"  {line.code}：{composed(line)}" for line in found.rules if line.reminders)
    yield from listed("到期前不提醒的规则", [f"{r.code} {r.title}：{r.silent} 件" for r in found.rules if r.silent])
    yield from listed("漏提醒", map(case, found.misses[:CASES]))
    yield from listed("误提醒", map(case, found.false_alarms[:CASES]))
    yield ""
    yield "合计：" + "，".join(f"{words} {found.totals[name]} {unit}" for name, (words, unit) in TOTALS.items())


def row(line: Line) -> Sequence[str]:
    ahead = "—" if line.ahead is None else f"{line.ahead:g} {UNITS[line.unit]}"
    numbers = (line.due, line.reminders, line.misses, line.false_alarms)
    heard = (line.late, line.climbed["head"], line.climbed["leader"], line.alarms)
    return [line.code, cut(line.title), *map(str, numbers), ahead, *map(str, heard)]


def composed(line: Line) -> str:
    """提前 7 天 12、当天 5、逾期 1 天 2；单位负责人：逾期 1 天 1"""
    rungs = [(Rung(code), by_lead) for code, by_lead in line.leads.items()]
    rungs.sort(key=lambda one: list(Rung).index(one[0]))
    return "；".join(
        ("" if rung is Rung.PERSON else f"{rung.label}：")
        + "、".join(f"{left(int(lead), UNITS[line.unit])} {n}" for lead, n in by_lead.items())
        for rung, by_lead in rungs
    )


def left(lead: int, unit: str) -> str:
    if lead == 0:
        return "当天" if unit == UNITS["day"] else "到时"
    return f"{'提前' if lead > 0 else '逾期'} {abs(lead)} {unit}"


def listed(head: str, cases: Iterable[str]) -> Iterator[str]:
    if found := list(cases):
        yield ""
        yield head
        yield from (f"  {one}" for one in found)


def case(one: Case) -> str:
    return f"{one.rule} {one.subject}，期限 {one.due_on}" + (f"，{one.at} 提醒：{WHY[one.why]}" if one.at else "")


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """In columns: words to the left, from the third on numbers to the right."""
    widths = [max(map(wide, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        gaps = [" " * (width - wide(cell)) for cell, width in zip(cells, widths, strict=True)]
        words = (cell + gap if n < 2 else gap + cell for n, (cell, gap) in enumerate(zip(cells, gaps, strict=True)))  # noqa: PLR2004
        yield "  ".join(words).rstrip()


def wide(text: str) -> int:
    """In columns of a terminal: a Chinese character takes two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def cut(text: str) -> str:
    while wide(text) > TITLE:
        text = text.removesuffix("…")[:-1] + "…"
    return text
