"""flask seed: the tables that come with the house, and the demo year."""

from datetime import date
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlalchemy import select

from ems.complaints import papers
from ems.core import dates, seeds, settle
from ems.core.db import db
from ems.core.people import User
from ems.demo import year
from ems.enterprises import scoring
from ems.inspections import work as inspections

NOT_A_DEMO = (
    "这个数据库里已有不属于演示的账号，不能装入演示数据。请另用一个空的数据库：把 EMS_DATA 指向空目录，"
    "或把 EMS_DATABASE_URL 指向空库。"
)
LEFT_OVER = "这个数据库里有演示账号，但演示数据没有装完。请用 flask seed --demo --force 重新装入，现有数据会全部清除。"


@click.command("seed")
@click.option("--demo", is_flag=True, help="Build the demo year, if there is none yet.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day the demo year ends on; default: today.")
@click.option("--force", is_flag=True, help="Clear a database that holds nothing but a demo, and build it anew.")
def seed(*, demo: bool, today: Any, force: bool) -> None:
    """Add what is missing of rules, working days, units and checklists. What people changed stays."""
    if not demo and (today or force):
        raise click.UsageError("--today and --force go with --demo.")
    if demo and there_is_one(force=force):
        return
    base()
    if demo:
        play(today.date() if today else dates.today())


def there_is_one(*, force: bool) -> bool:
    """Whether the demo year stands already. With `force` it is cleared; of anything else nothing is touched."""
    known = year.built(db.session())
    people = db.session.scalar(select(User.id).limit(1))
    others = year.strangers(db.session())
    db.session.remove()
    if known and not force:  # whatever accounts were added to it since
        mark().touch()
        click.echo(f"演示数据已在库中（截至 {known}），未作改动。")
        return True
    if others:
        raise click.ClickException(NOT_A_DEMO)
    if people and not force:
        raise click.ClickException(LEFT_OVER)
    if people:
        db.drop_all()
        db.create_all()
    return False


def base() -> None:
    changed = seeds.seed(db.session())
    inspections.seed(db.session())
    papers.seed(db.session())
    scoring.seed()
    db.session.flush()
    moved = sum(len(settle.rebuild(db.session(), model)) for model in settle.CLOCKS) if changed else 0
    db.session.commit()
    click.echo("规则、工作日历、单位和检查表已载入。" + (f"规则有更新，{moved} 项期限已重算。" if changed else ""))


def play(today: date) -> None:
    click.echo(f"正在生成演示年度（截至 {today}）：")
    year.build(db.session(), today, click.echo)
    mark().touch()
    click.echo("演示数据已生成。登录页列出演示账号。")


def mark() -> Path:
    """The file that tells the log-in page to name the demo's accounts: beside the other data of this house."""
    return Path(current_app.config["FILES"]).parent / "demo"


COMMANDS = (seed,)
