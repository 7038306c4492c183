"""HTML to PDF, in a process of its own: a page takes 0.2 s of a core, and a fault there stays there."""

import logging
import subprocess
import sys
from functools import cache
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _

from ems.core.errors import Refused

PRESS = Path(__file__).with_name("press.py")
STYLE = Path(__file__).parents[1] / "static" / "gongwen.css"
PATIENCE = 120  # seconds, waiting for the one before included
KAI = {"KaiTi", "KaiTi_GB2312", "STKaiti", "LXGW WenKai", "AR PL UKai CN"}
log = logging.getLogger(__name__)


@cache
def families() -> frozenset[str]:
    """The Chinese fonts of this machine. Without one, boxes would be printed and nothing said."""
    try:
        asked = ["fc-list", ":lang=zh", "family"]
        listed = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30).stdout  # noqa: S603  our words
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset(name.strip() for line in listed.splitlines() for name in line.split(",") if name.strip())


def no_font() -> str | None:
    """Why nothing can be printed here, if so."""
    return None if families() else _("本机没有中文字体，PDF 会印成方框。请系统管理员安装 fonts-noto-cjk 后重启。")


def printed(html: str) -> bytes:
    """The PDF of a page. Raises `Refused` where it can't be printed, with what to do."""
    if fault := no_font():
        raise Refused(fault)
    lock = Path(current_app.config["FILES"]) / "press.lock"
    asked = [sys.executable, "-I", str(PRESS), str(lock), str(STYLE)]
    try:
        done = subprocess.run(asked, input=html.encode(), capture_output=True, check=True, timeout=PATIENCE)  # noqa: S603  our words
    except subprocess.TimeoutExpired as error:
        log.exception("the press took longer than %s s", PATIENCE)
        raise Refused(_("生成 PDF 超过 %(n)s 秒，已停止。请稍后再试。", n=PATIENCE)) from error
    except subprocess.CalledProcessError as error:
        log.exception("the press failed: %s", error.stderr.decode(errors="replace")[-2000:])
        raise Refused(_("PDF 没有生成，内容没有变动。请把这条提示告诉系统管理员。")) from error
    return done.stdout
