"""flask duties · calendar: what is due, why, and whether the table is true."""

from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup

from ems.core import calendar, dates, duties, marked, module, settle, tables
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.reckon import ends
from ems.core.rules import Rule, Span
from ems.settings import announced, notice_sheet, recount, work as settings
from ems.settings.models import Recount

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
@click.argument("works", type=click.Choice(["on", "off", "plain"]))
@click.option("--note", default="")
def set_day(day: object, works: str, note: str) -> None:
    """Say that DAY is worked (on), free (off) or as its weekday (plain), and reckon every duty anew."""
    on: date = day.date()  # type: ignore[attr-defined]
    if works != "plain" and not announced.is_announced(on.year):
        raise click.ClickException(f"{on.year} 年的放假安排还没有录入，请先用 flask calendar import 录入通知。")
    done(settings.set_days(on.year, {on: ({"on": True, "off": False, "plain": None}[works], note)}, note))


@days.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Read and tell, change nothing.")
@click.option("--whole", is_flag=True, help="The notice is all there is of its year: other exceptions go.")
@click.option("--faults", type=click.Path(dir_okay=False, path_type=Path), help="Where the marked sheet goes.")
def take(file: Path, *, check: bool, whole: bool, faults: Path | None) -> None:
    """Take in the notice of a year, as text (.txt) or as a sheet, and reckon every duty anew. All of it, or nothing."""
    try:
        grids = tables.opened(file.name, file.read_bytes())
    except Refused as error:
        raise click.ClickException(str(error)) from error
    read = notice_sheet.read(file.name, grids, dates.today().year + 1)
    if not read.sound:
        if faults and read.table:
            faults.write_bytes(marked.workbook(read.table, read.findings, "一天也没有录入").getvalue())
        said = [*(finding.sentence for finding in read.findings), *read.notice.faults]
        raise click.ClickException("\n".join(["一天也没有录入。", *said]))
    proposal = announced.proposed(read.notice)
    for line in (*announced.words(proposal.runs), *(f"注意：{warning}" for warning in proposal.warnings)):
        click.echo(line)
    click.echo(f"{proposal.year} 年：{len(proposal.changes)} 天会变动")
    if not check:
        db.session.info.update(actor="flask calendar")
        days = announced.with_others(proposal) if whole else proposal.days
        done(settings.set_days(proposal.year, days, file.name))


def done(made: Recount) -> None:
    """What the clock would do batch by batch is done here and now."""
    db.session.commit()
    while not made.finished_at:
        recount.turn()
        db.session.refresh(made)
    click.echo(f"{made.moved} duties moved")
