"""flask clock · serve: what happens by itself, in a process of its own or beside the pages."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
import waitress.server
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from flask import Flask, current_app
from sqlalchemy import select

from ems.cli.simulate import simulate
from ems.core import dates
from ems.core.db import db
from ems.core.people import Post, Role, User
from ems.people.passwords import DEMO_PASSWORD
from ems.reminders import jobs
from ems.reminders.jobs import Job

THREADS = 8


@click.group("clock", invoke_without_command=True)
@click.option("--once", is_flag=True, help="Do what is due and stop.")
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="As if it were this moment (the bureau's time).")
@click.pass_context
def clock(context: click.Context, *, once: bool, at: datetime | None) -> None:
    """Keep the clock: reminders, mails, backup. Any number of processes may."""
    if context.invoked_subcommand:
        return
    if at and not once:
        raise click.UsageError("--at goes with --once.")
    if once:
        with dates.stopped(at or dates.now()):
            report(dates.local(dates.now()))
        return
    scheduler = BlockingScheduler(timezone=dates.HERE)
    keep(scheduler)
    click.echo("时钟已启动：晨间扫描、即时提醒、发件、夜间备份。Ctrl+C 停止。")
    scheduler.start()


def report(now: datetime) -> None:
    click.echo(f"{now:%Y-%m-%d %H:%M}")
    for job, said in jobs.run_all():
        click.echo(f"{job.title}：{'没有到时间，或已经做过' if said is None else said}")


def keep(scheduler: BaseScheduler) -> None:
    """Every job is asked every minute; one that is still busy is not asked again, and what was missed is asked once."""
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    app = whole_app()
    for job in jobs.JOBS:
        scheduler.add_job(
            turn(app, job), CronTrigger(minute="*", timezone=dates.HERE), id=job.name, max_instances=1, coalesce=True,
            misfire_grace_time=None,
        )  # fmt: skip


def whole_app() -> Flask:
    """The application itself, for threads that have no context."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  Flask's documented way
    return app


def turn(app: Flask, job: Job) -> Callable[[], Any]:
    def asked() -> None:
        with app.app_context():
            jobs.run(job)

    return asked


@click.command("serve")
def serve() -> None:
    """Serve on 127.0.0.1, with the clock inside."""
    port = current_app.config["PORT"]
    try:
        server = waitress.server.create_server(whole_app(), host="127.0.0.1", port=port, threads=THREADS)
    except OSError as error:
        raise click.ClickException(f"端口 {port} 用不了（{error.strerror}）。请换：EMS_PORT={port + 1}") from error
    scheduler = BackgroundScheduler(timezone=dates.HERE)
    keep(scheduler)
    scheduler.start()
    greet(f"http://127.0.0.1:{port}")
    try:
        server.run()
    finally:
        scheduler.shutdown(wait=False)


def greet(address: str) -> None:
    click.echo(f"系统已启动：{address}   Ctrl+C 停止。")
    if current_app.config["DEMO"]:
        click.echo(f"演示账号（密码都是 {DEMO_PASSWORD}）：")
        for role, user in accounts().items():
            click.echo(f"  {user.username:<12}{role.label}  {user.name}")


def accounts() -> dict[Role, User]:
    """The first account of each role."""
    held = select(Post.role, User).join(User, User.id == Post.user_id).where(User.active).order_by(User.id, Post.id)
    found: dict[Role, User] = {}
    for role, user in db.session.execute(held):
        found.setdefault(role, user)
    return {role: found[role] for role in Role if role in found}


clock.add_command(simulate)
COMMANDS = (clock, serve)
