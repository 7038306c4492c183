"""What the person sees when the answer is no: what happened, and what to do next. Never a stack trace."""

import logging
import secrets
from http import HTTPStatus

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from ems.core import dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.web.session import here, me

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, stale)
    app.register_error_handler(HTTPException, known)
    if not app.config["TESTING"]:
        app.register_error_handler(OperationalError, busy)
        app.register_error_handler(Exception, unknown)


def page(code: int, title: str, message: str, hints: tuple[str, ...] = (), incident: str = "") -> ResponseReturnValue:
    db.session.rollback()
    shown = {"code": code, "title": title, "message": message, "hints": hints, "incident": incident}
    return render_template("error.html", **shown), code


def refused(error: Refused) -> ResponseReturnValue:
    """Back to the page it came from, with the reason, if there is one; nothing was changed."""
    db.session.rollback()
    back = request.referrer
    if request.method == "POST" and back and back.startswith(request.host_url) and back != request.url:
        flash(str(error), "bad")
        return redirect(back, 303)
    return page(409, _("现在不能这样办"), str(error))


def stale(_error: CSRFError) -> ResponseReturnValue:
    if expired():
        return to_the_door()
    hint = _("返回上一页，刷新后重新提交；已填写的内容可以先复制下来。")
    return page(400, _("页面已过期，没有提交"), _("为防止他人冒用您的身份，每个页面有一次性标记。"), (hint,))


def expired() -> bool:
    """A page's own form, sent by somebody whose log-in is over. (A script asks for no page, and wants the bare no.)"""
    return "text/html" in request.headers.get("Accept", "") and request.method == "POST" and not me.is_authenticated


def to_the_door() -> ResponseReturnValue:
    """To the log-in page and back to the form: what was typed may wait there."""
    db.session.rollback()
    flash(_("登录已失效，刚才的内容没有保存。请重新登录，会回到刚才的页面。"), "warn")
    return redirect(url_for("people.login", next=here()), 303)


def known(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code == HTTPStatus.UNAUTHORIZED and expired():
        return to_the_door()
    said = {
        400: (_("请求不完整"), _("页面送来的内容不完整，没有保存。"), (_("返回上一页，刷新后再试。"),)),
        401: (_("请先登录"), _("登录已失效，没有保存。"), (_("登录后重新提交；已填写的内容可以先复制下来。"),)),
        403: (
            _("您没有这项权限"),
            _("这一步需要其他岗位办理。"),
            (_("可请本单位负责人办理，或联系安全管理员核对您的岗位。"),),
        ),
        404: (
            _("没有找到这条记录"),
            _("可能是编号有误，记录已作废，或不在您的查看范围内。"),
            (_("核对编号，例如 TS-2026-0938。"), _("需要查看其他单位的记录，请联系本单位负责人。")),
        ),
        405: (_("不能这样打开"), _("这个地址只接收表单。"), (_("从菜单重新进入。"),)),
        413: (_("文件太大"), _("单个文件不超过 20 MB，整个表单不超过 64 MB。"), (_("压缩或拆分后再传。"),)),
        429: (_("操作太频繁"), _("为防止试探，请稍等片刻。"), (_("一分钟后再试。"),)),
    }.get(code, (_("没有成功"), _("请稍后再试。"), ()))
    return page(code, *said)


def busy(error: OperationalError) -> ResponseReturnValue:
    db.session.rollback()
    log.error("database", exc_info=error)
    hint = _("返回上一页，稍等片刻再提交。")
    return page(503, _("系统正忙，没有保存"), _("另一项操作正在写入。"), (hint,), incident())


def unknown(error: Exception) -> ResponseReturnValue:
    db.session.rollback()  # first of all: the words are in the reader's language, and a broken session can't tell it
    number = incident()
    log.error("incident %s %s %s", number, request.method, request.path, exc_info=error)
    return page(500, _("系统出错，没有保存"), _("问题已记入运行日志。"), (_("请把事件号告诉系统管理员。"),), number)


def incident() -> str:
    return f"{secrets.token_hex(2).upper()}-{dates.local(dates.now()):%m%d-%H%M}"
