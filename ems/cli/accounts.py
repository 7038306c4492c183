"""flask create-admin: the first administrator of a house, and those after. No account comes with a password of ours."""

import sys
from typing import Any

import click
from sqlalchemy import func, select

from ems.core import audit, dates
from ems.core.db import db
from ems.core.people import Post, Role, Unit, User
from ems.people import passwords

ROLES = [Role.SYSADMIN.value, Role.SECADMIN.value, Role.LOGADMIN.value]


def ask(ctx: click.Context, _param: Any, given: bool) -> str:
    """The password: from standard input for a script, else asked twice and not shown."""
    if given:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("密码", hide_input=True, confirmation_prompt="再输入一次"))


@click.command("create-admin")
@click.argument("username")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--password-stdin", "password", is_flag=True, callback=ask, help="Read it from standard input.")
def create_admin(username: str, name: str, role: str, password: str) -> None:
    """Make an administrator's account at the root of the units. Of the three roles nobody holds two."""
    if db.session.scalar(select(User.id).where(func.lower(User.username) == username.lower())):
        raise click.ClickException(f"已有账号 {username}。岗位由安全管理员在“人员与岗位”中安排。")
    root = db.session.scalars(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id)).first()
    if root is None:
        raise click.ClickException("还没有单位，请先运行 flask seed。")
    user = User(username=username, name=name, password_hash="")
    if why := passwords.weakness(password, user, frozenset({Role(role)})):
        raise click.ClickException(f"密码{why}")
    passwords.give(user, password, own=True)
    user.posts = [Post(unit_id=root.id, role=Role(role), since=dates.today())]
    db.session.add(user)
    db.session.flush()
    audit.note(db.session(), "administrator made", "user", user.id, role=role)
    db.session.commit()
    click.echo(f"已建立{Role(role).label}账号 {username}（{name}）。")


COMMANDS = (create_admin,)
