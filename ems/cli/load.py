"""flask load: a sheet of others taken in, as on screen: all of it or nothing."""

from collections.abc import Iterator
from pathlib import Path

import click
from flask import current_app
from flask_login import login_user
from sqlalchemy import select

from ems.core import marked, policy
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.marked import Finding
from ems.core.people import Unit, User
from ems.core.policy import Act
from ems.web import intake as pages, loading, updating
from ems.web.imports import Judged
from ems.web.kinds import INTAKES, homes

SAID = 40  # findings a terminal shows; the marked sheet has all


@click.command("load")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "username", required=True, help="Who takes it in: needs the right to.")
@click.option("--dry-run", is_flag=True, help="Read and judge it, store nothing.")
@click.option("--faults", type=click.Path(dir_okay=False, path_type=Path), help="Where the marked sheet goes.")
@click.option("--historical/--current", default=None, help="All rows are old, or none is. By their day, if not said.")
@click.option("--unit", "code", help="The unit of rows that name none.")
def load(
    kind: str,
    file: Path,
    username: str,
    *,
    dry_run: bool,
    faults: Path | None,
    historical: bool | None,
    code: str | None,
) -> None:
    """Take in FILE as KIND: enterprises, permits or complaints. All of it, or nothing."""
    if kind not in INTAKES:
        raise click.BadParameter(f"{kind}：应为 {'、'.join(INTAKES)}", param_hint="KIND")
    user = person(username, INTAKES[kind].area)
    with current_app.test_request_context():  # forms ask who fills them in
        login_user(user)
        db.session.info.update(actor_id=user.id, actor=user.name, address="flask load")
        try:
            upload = loading.kept(kind, file.name, file.read_bytes(), user)
            upload.historical, upload.unit_id = historical, home(user, INTAKES[kind].area, code)
            result = loading.judged(upload, user)
        except Refused as error:
            raise click.ClickException(str(error)) from error
        for line in told(result):
            click.echo(line)
        if faults:
            note = pages.heading(upload, result)
            faults.write_bytes(marked.workbook(result.sheet.table, result.findings, note).getvalue())
            click.echo(f"标注好的表：{faults}")
        if result.idle and not result.refusals:
            click.echo(f"无变化：{len(result.rows)} 行与现有档案一致。")
            return
        if not result.sound:
            raise click.ClickException("一行也没有存入。" + "".join(result.refusals))
        if dry_run:
            click.echo(f"试读：{len(result.rows)} 行全部通过，没有存入。")
            return
        rows = loading.taken(upload, result)
        db.session.commit()
        click.echo(f"已存入 {rows} 行。")


def person(username: str, area: str) -> User:
    user = db.session.scalar(select(User).where(User.username == username, User.active))
    if user is None:
        raise click.BadParameter(f"没有这个账号：{username}", param_hint="--as")
    if not policy.holds(user, area, Act.LOAD):
        raise click.ClickException(f"{user.name}没有导入这类表格的权限。")
    return user


def home(user: User, area: str, code: str | None) -> int | None:
    allowed = [id for id, _name in homes(user, area)]
    if code is None:
        return next(iter(allowed), None)
    asked = db.session.scalar(select(Unit.id).where(Unit.code == code))
    if asked not in allowed:
        raise click.BadParameter(f"不能存入这个单位：{code}", param_hint="--unit")
    return asked


def told(result: Judged) -> Iterator[str]:
    """What was understood, what was converted, what was skipped, and what is wrong."""
    sheet, table = result.sheet, result.sheet.table
    size = f"{len(table.lines)} 行，{len(table.headings)} 列"
    yield f"第 {table.position} 张表“{table.sheet}”，表头在第 {table.head} 行，{size}，按“{sheet.kind.title}”读"
    for at, heading in enumerate(table.headings):
        field = sheet.mapping.get(at)
        yield f"  {heading} → {sheet.kind.fields[field] if field else '不导入'}"
    converted = [f"{what.label} {n} 处" for what, n in result.counts.items()]
    converted += [f"合并单元格补入 {table.filled} 格"] * bool(table.filled)
    yield f"已换算：{'，'.join(converted) or '没有'}"
    skipped = [f"标题 {table.titles} 行", f"空行 {table.blank} 行"]
    skipped += [f"合计 {len(table.totals)} 行"] * bool(table.totals)
    skipped += [f"表尾说明 {len(table.feet)} 行"] * bool(table.feet)
    skipped += [f"{why} {n} 行" for why, n in result.left_out.items()]
    yield f"已跳过：{'，'.join(skipped)}"
    if sheet.kind.updates:
        yield f"其中：{updating.summed(result)}"
    yield from (f"  {c.row.target.no} {c.title}：{c.old or '空'} → {c.new or '空'}" for c in result.changes[:SAID])
    yield from result.notes
    yield from listed("错误", result.faults)
    yield from listed("存疑", result.flags)


def listed(title: str, findings: list[Finding]) -> Iterator[str]:
    if findings:
        yield f"{title} {len(findings)} 处："
        yield from (f"  {finding.sentence}" for finding in findings[:SAID])
        if len(findings) > SAID:
            yield f"  ……另有 {len(findings) - SAID} 处，见 --faults 的表"


COMMANDS = (load,)
