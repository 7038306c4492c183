"""A case that somebody files on the public page: nobody took it, it waits at the desk, and its clocks run."""

import re
import secrets
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select

from ems.complaints import firms
from ems.complaints.attempts import give_back, one_more, place_of
from ems.complaints.forms import headline
from ems.complaints.models import Channel, Complaint
from ems.complaints.public_forms import FilingForm
from ems.core import attachments, dates, numbers
from ems.core.db import db
from ems.core.people import Unit
from ems.core.secrets import masked, without
from ems.core.settings import setting
from ems.core.workflow import step

OF_ADDRESS = 5  # a day
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def kept(form: FilingForm, address: str) -> tuple[Complaint | None, str]:
    """The case, or none and why not. What was sent twice is kept once. To be committed only where there is a case."""
    today, place = dates.today(), place_of(address)
    asked = {"filing": place, "filings": ""}
    mine, all_of_us = (one_more(kind, value, f"{today}", today) for kind, value in asked.items())
    if case := db.session.scalar(select(Complaint).where(Complaint.filing_key == form.key)):
        give_back(asked, f"{today}")
        return case, ""
    if mine > OF_ADDRESS or all_of_us > setting("complaints.public_filing_daily"):
        return None, _("今天网上登记的件数已满，没有收下。请拨打值班电话，或明天再来；内容可以先复制下来。")
    return added(form), ""


def added(form: FilingForm) -> Complaint:
    case = Complaint(channel=Channel.WEB, filed_online=True, filing_key=form.key, unit_id=desk())
    case.query_code, case.received_on = f"{secrets.randbelow(10**6):06d}", dates.today()
    case.text = (form.text.data or "").strip()
    if form.happened.data:
        case.text += "\n" + _("发生时间：%(when)s", when=form.happened.data)
    for name in ("place", "enterprise_name", "medium", "identity"):
        getattr(form, name).populate_obj(case, name)
    case.enterprise_id = firms.named(case.enterprise_name)
    case.title = headline(unnamed(form, case.text))
    case.tell_who(form.complainant.data, form.phone.data)
    case.no = numbers.take(db.session(), "TS", case.received_on.year)[0]
    db.session.add(case)
    db.session.flush()
    db.session.add(step(case, None, _("反映人在网上填写。"), move="register", after=case.state))
    for n, file in enumerate(form.sent_files, start=1):  # under no name of theirs: it may be their own
        kind = Path(file.filename).suffix.lower()
        attachments.attach(case, _("反映人提供的附件 %(n)s", n=n) + kind, file.stream, None)
    return case


def unnamed(form: FilingForm, text: str) -> str:
    """A headline goes into lists and mails: it holds no name and no number."""
    return MOBILE.sub(lambda hit: masked(hit[0]), without(text, form.complainant.data, form.phone.data))


def desk() -> int:
    """Where what nobody took waits: the desk of the settings, or, if there is no such unit, the zone."""
    asked = select(Unit.id).order_by((Unit.code == setting("complaints.desk")).desc(), Unit.path, Unit.id)
    return db.session.scalars(asked).first() or 0
