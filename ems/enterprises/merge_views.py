"""The pages on which a second file of one enterprise is found, held against the first, and merged into it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act
from ems.enterprises import merging, work
from ems.enterprises.forms import MUST, stripped
from ems.enterprises.models import Enterprise
from ems.enterprises.views import bp, twins
from ems.web.forms import Form
from ems.web.session import fetch, me, needs


class OtherForm(Form):
    other = StringField(
        _l("重复的档案"), [DataRequired(MUST), Length(max=200)], filters=[stripped],
        description=_l("企业编号、全称或信用代码。合并之后它作废，名下的记录都转到这里。"),
    )  # fmt: skip


class MergeForm(Form):
    reason = StringField(_l("合并理由"), [DataRequired(MUST), Length(max=200)], filters=[stripped])
    sure = BooleanField(_l("两个代码都有效而不同，已核实确为同一家企业"))


@bp.route("/<int:id>/merge", methods=["GET", "POST"])
@needs("enterprises", Act.APPROVE)
def merge_with(id: int) -> ResponseReturnValue:
    kept, form = fetch(Enterprise, id, Act.APPROVE), OtherForm()
    if form.sent():
        other = work.named(form.other.data or "", me, act=Act.APPROVE)
        return redirect(url_for(".merge", id=id, other=other.id), 303)
    page = {"row": kept, "form": form, "twins": twins(kept)}
    return render_template("enterprises/merge_with.html", **page), 422 if form.errors else 200


@bp.route("/<int:id>/merge/<int:other>", methods=["GET", "POST"])
@needs("enterprises", Act.APPROVE)
def merge(id: int, other: int) -> ResponseReturnValue:
    kept, double, form = fetch(Enterprise, id, Act.APPROVE), fetch(Enterprise, other, Act.APPROVE), MergeForm()
    if no := merging.objection(kept, double, me):
        raise Refused(no)
    if form.sent():
        told = merging.merge(kept, double, chosen(form), me)
        db.session.commit()
        flash(_("已合并 %(no)s，移入 %(n)s 类记录，清单见办理日志。", no=double.no, n=len(told)), "good")
        return redirect(url_for(".detail", id=id), 303)
    page = {"lines": merging.differing(kept, double), "twice": merging.twice(kept, double)}
    page |= {"clash": merging.clash(kept, double), "kept": kept, "double": double, "form": form}
    return render_template("enterprises/merge.html", **page), 422 if form.errors else 200


def chosen(form: MergeForm) -> merging.Choice:
    picked = {key: value for key, value in request.form.items() if key.startswith(("pick_", "outlet_"))}
    taken = frozenset(key.removeprefix("pick_") for key, value in picked.items() if value == "other")
    numbers = (key.removeprefix("outlet_") for key, value in picked.items() if value == "renumber")
    renumbered = frozenset(int(n) for n in numbers if n.isdecimal())
    return merging.Choice(form.reason.data or "", taken, renumbered, sure=bool(form.sure.data))
