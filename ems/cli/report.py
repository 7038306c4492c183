"""flask figures · report: the numbers of a year, the report made of them, and whether what was sealed still stands."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select

from ems.core import module
from ems.core.db import db
from ems.core.errors import Refused
from ems.reports import sealing, text, work
from ems.reports.models import Report
from ems.reports.values import Value, of_report, values

group = AppGroup("report", help="The year-end report.")


@click.command("figures")
@click.argument("year", type=click.IntRange(1990, 2100))
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def figures(*, year: int, as_json: bool) -> None:
    """Every figure of YEAR over the whole zone, the year before, and how many rows stand behind it."""
    found = values(module.figures().values(), year).values()
    if as_json:
        click.echo(json.dumps([told(value) for value in found], ensure_ascii=False, indent=1))
        return
    for value in found:
        said = f"{text.written(value.value)} {value.unit}"
        click.echo(f"{value.code:28}{value.title}：{said}（上年 {text.written(value.last_year)}，{value.rows} 行）")


def told(value: Value) -> dict[str, Any]:
    numbers = {"value": bare(value.value), "last_year": bare(value.last_year)}
    about = {"code": value.code, "title": value.title, "unit": value.unit}
    return about | numbers | {"rows": value.rows, "of": bare(value.of)}


def bare(number: Any) -> Any:
    return float(number) if isinstance(number, Decimal) else number


def report_of(year: int) -> Report | None:
    return db.session.scalar(select(Report).where(Report.year == year))


@group.command("make")
@click.argument("year", type=click.IntRange(2004, 2100))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The PDF.")
def make(*, year: int, out: Path) -> None:
    """The report of YEAR as a PDF: the sealed one, else a draft as it would be now. Begins it if there is none."""
    try:
        report = report_of(year) or work.begin(db.session(), year, None)
        db.session.commit()
        out.write_bytes(work.preview(report))
    except Refused as no:
        raise click.ClickException(str(no)) from no
    click.echo(f"{out}：{report.title}（{report.state.label}）")
    if not report.sealed:
        standing = text.standing(text.parts(report, of_report(report)))
        click.echo(f"{standing.figures} 个数字，{standing.blanks} 个空缺，{standing.unready} 节未就绪")


@group.command("verify")
@click.argument("year", type=click.IntRange(2004, 2100))
def verify(year: int) -> None:
    """Reckons the digest of YEAR's sealed report anew, from its words, numbers, rows and paper."""
    report = report_of(year)
    if report is None or not report.sealed:
        raise click.ClickException(f"{year} 年没有已签发封存的总结。")
    faults = list(sealing.faults(report))
    for fault in faults:
        click.echo(fault)
    if faults:
        raise click.ClickException(f"{report.title}：封存内容已被改动。")
    click.echo(f"封存完好：{len(report.figures)} 个数字，校验码 {report.digest}")


COMMANDS = (figures, group)
