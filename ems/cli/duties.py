"""flask duties · calendar: what is due, why, and whether the table is true."""

import click
from flask.cli import AppGroup

from ems.core import calendar, duties, module, settle
from ems.core.calendar import Workday
from ems.core.db import db
from ems.core.reckon import ends
from ems.core.rules import Rule, Span

group = AppGroup("duties", help="The duty table.")
days = AppGroup("calendar", help="Working days.")
COMMANDS = (group, days)


@group.command("explain")
@click.argument("subject")
def explain(subject: str) -> None:
    """Each duty of SUBJECT (complaint:12): its due day and the sentence why."""
    kind, _, id = subject.partition(":")
    known = {s.type: s.model for s in module.subjects()}
    if kind not in known or not id.isdecimal():
        raise click.BadParameter(f"{subject}：应为 {'、'.join(f'{k}:12' for k in known)}")
    if db.session.get(known[kind], int(id)) is None:
        raise click.ClickException(f"没有这条记录：{subject}")
    for duty in duties.of(known[kind], [int(id)])[int(id)]:
        met = f"（{duty.met_on} 完成）" if duty.met_on else ""
        click.echo(f"{duty.due_on} {duty.title}{met}：{duty.sentence}")


@group.command("rebuild")
@click.option("--check", is_flag=True, help="Change nothing, say what differs.")
def rebuild(*, check: bool) -> None:
    """Reckon every duty anew."""
    differing = []
    for model in settle.CLOCKS:
        differing += settle.rebuild(db.session(), model, check=check)
    if not check:
        db.session.commit()
    for row in differing:
        click.echo(f"{row.subject_type}:{row.subject_id} {row.rule} {row.start_on} → {row.due_on}")
    click.echo(f"{len(differing)} differences" if check else f"{len(differing)} duties put right")
    if check and differing:
        raise SystemExit(1)


@days.command("add")
@click.argument("start", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("n", type=int)
@click.argument("unit", type=click.Choice([s.value for s in Span]))
def add(start: object, n: int, unit: str) -> None:
    """START plus N UNITs, counted as the law counts."""
    day, days = start.date(), calendar.calendar(db.session())  # type: ignore[attr-defined]
    end = ends(Rule(offset=n, unit=Span(unit)), day, 0, days)
    guess = Span(unit) is Span.WORKING_DAY and days.provisional(day, end)
    click.echo(f"{end}（暂定：放假安排尚未公布）" if guess else end)


@days.command("set")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("works", type=click.Choice(["on", "off"]))
@click.option("--note", default="")
def set_day(day: object, works: str, note: str) -> None:
    """Say that DAY is worked (on) or free (off), and reckon every duty anew."""
    db.session.merge(Workday(day=day.date(), works=works == "on", note=note))  # type: ignore[attr-defined]
    db.session.flush()
    moved = sum(len(settle.rebuild(db.session(), model)) for model in settle.CLOCKS)
    db.session.commit()
    click.echo(f"{moved} duties moved")
