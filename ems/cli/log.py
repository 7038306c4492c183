"""flask log: whether the log is whole."""

import click
from flask.cli import AppGroup

from ems.core import audit
from ems.core.db import db

group = AppGroup("log", help="The log of changes.")
COMMANDS = (group,)


@group.command("verify")
def verify() -> None:
    """Follow the chain of hashes from the first entry to the last."""
    read, broken = audit.verify(db.session())
    if broken is not None:
        raise click.ClickException(f"日志在第 {broken} 号记录处断开（共读 {read} 条）。")
    click.echo(f"日志完整：{read} 条，逐条相连。")
