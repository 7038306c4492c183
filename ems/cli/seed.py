"""flask seed: the tables that come with the house, and the demo year."""

import click

from ems.core import seeds
from ems.core.db import db


@click.command("seed")
def seed() -> None:
    """Add what is missing of rules, working days and units. What people changed stays."""
    seeds.seed(db.session())
    db.session.commit()
    click.echo("规则、工作日历和单位已载入。")


COMMANDS = (seed,)
