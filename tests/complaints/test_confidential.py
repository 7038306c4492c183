"""Who complained is nobody's business but the named handlers': every output there is, is searched for it."""

import json
import logging
import re
import subprocess
import zipfile
from contextlib import suppress
from datetime import timedelta
from html import unescape
from io import BytesIO
from itertools import product

import pypdf
import pytest
from sqlalchemy import select, text
from werkzeug.exceptions import HTTPException

from ems.complaints.figures import CHECKS
from ems.complaints.models import Complaint, ComplaintState, Identity
from ems.complaints.paper_models import CasePaper, PaperKind
from ems.core import dates, secrets
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.people import Deputy
from ems.reminders import jobs
from ems.reminders.models import Robot
from ems.reminders.work import remind
from ems.web import pdf
from tests.conftest import NOON, TODAY
from tests.factories import complaint, enterprise

NAME, PHONE, NUMBER = "欧阳绝密", "13987654321", "13611229999"  # of the anonymous one only the number was given
SECRETS = (NAME, PHONE, NUMBER, "139 8765 4321")
LEAST = 3  # kinds of paper
CHECK = next(check for check in CHECKS if check.code == "complaints.tells_number")
WORDS = {"kind": ("xlsx", "csv"), "type": ("complaint",), "filename": ("ems.css",), "name": ("x",), "code": ("x",)}


def found(said):
    """What of it stands there, in whatever way it is written down."""
    plain = unescape(said)
    with suppress(UnicodeDecodeError):
        plain += json.loads(f'"{said}"') if "\\u" in said and '"' not in said else ""
    return [word for word in SECRETS if word in plain or word.encode("unicode_escape").decode() in said]


def told(answer):
    """An answer as text: what is packed is unpacked, a PDF is read."""
    body, kind = answer.data, answer.mimetype
    heads = " ".join(f"{name}: {value}" for name, value in answer.headers)
    if kind == "application/pdf":
        return heads + "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(body)).pages).replace("\n", "")
    if body[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(body)) as packed:
            return heads + "".join(packed.read(name).decode(errors="replace") for name in packed.namelist())
    return heads + body.decode(errors="replace")


@pytest.fixture
def cases(units, cast):
    """One whose caller asked for silence, through its whole life, and an anonymous one, both late."""
    firm = enterprise(units, cast)
    known = {"received_on": TODAY - timedelta(days=20), "handler_id": cast["officer"].id, "enterprise_id": firm.id}
    made = [complaint(units, cast, identity=one, **known) for one in (Identity.CONFIDENTIAL, Identity.ANONYMOUS)]
    for case, phone in zip(made, (PHONE, NUMBER), strict=True):
        case.tell_who(NAME, phone)
    db.session.commit()
    return made


@pytest.fixture
def press(monkeypatch):
    """What is given to print: a press of paper takes seconds, and prints what it is given."""
    given, run = [], subprocess.run

    def printed(asked, **how):
        if str(pdf.PRESS) not in asked:
            return run(asked, **how)
        html, out, sheets = how["input"].decode(), BytesIO(), pypdf.PdfWriter()
        given.append(html)
        for _page in range(max(1, html.count("<div></div>"))):
            sheets.add_blank_page(595, 842)
        sheets.write(out)
        return subprocess.CompletedProcess(asked, 0, out.getvalue(), b"")

    monkeypatch.setattr(pdf, "no_font", lambda: None)
    monkeypatch.setattr(pdf.subprocess, "run", printed)
    return given


def post(client, address, **data):
    return told(client.post(address, data=data))


def through(as_, cast, case, unit):
    """Its moves, by those who may, by way of the pages; what the pages answered."""
    at = f"/complaints/{case.id}/moves/"
    steps = (
        ("hotline", "accept", {}), ("hotline", "assign", {"unit_id": unit.id, "handler_id": cast["officer"].id}),
        ("officer", "investigate", {}), ("officer", "ask_extension", {"extension_asked": "2", "remark": "需监测"}),
        ("head", "grant_extension", {"remark": "电话告知"}), ("officer", "handle", {"handling": "现场检查，已整改。"}),
        ("hotline", "answer", {"text": "已整改，感谢监督。", "way": "phone"}),
    )  # fmt: skip
    return [post(as_(cast[who]), at + move, **data) for who, move, data in steps]


def papers(as_, cast, case):
    """Every kind of paper that may be had of the case, issued; what the pages answered."""
    clerk, said = as_(cast["hotline"]), []
    for kind in PaperKind:
        words = {"text": "您反映的事项已经办理。", "addressee": "石羊街道办事处", "due_on": "2026-12-20"}
        said.append(post(clerk, f"/papers/new?complaint={case.id}&kind={kind}", **words))
    ids = db.session.scalars(select(CasePaper.id).where(CasePaper.complaint_id == case.id)).all()
    assert len(ids) >= LEAST
    return said + [post(clerk, f"/papers/{id}/moves/issue") for id in ids]


def addresses(app, rule, ids):
    """Addresses of a rule with what there is in place of its variables."""
    names = sorted(rule.arguments - set(rule.defaults or ()))
    choices = []
    for name in names:
        converter = rule._converters[name]
        if "AnyConverter" in type(converter).__name__:
            choices.append(tuple(re.findall(r"\w+", converter.regex.removeprefix("(?:"))))
        elif "Integer" in type(converter).__name__:
            choices.append((2026,) if name == "year" else ids)
        elif name == "move":
            choices.append(("answer", "revisit"))
        else:
            choices.append(WORDS.get(name, ("1",)))
    with app.test_request_context(), suppress(HTTPException):
        adapter = app.url_map.bind("localhost")
        for values in product(*choices):
            yield adapter.build(rule.endpoint, dict(zip(names, values, strict=True)))


def test_nobody_finds_out_who_complained_from_anything_this_house_puts_out(app, as_, cast, units, cases, caplog, press):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy").setLevel(logging.WARNING)  # asks for rows: it says what is stored, in cipher
    leaks, kinds, broken = [], set(), []
    for case in cases:
        for said in through(as_, cast, case, units["bureau"]) + papers(as_, cast, case):
            leaks += [("moves", case.no, word) for word in found(said)]
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint.endswith("static"):
            continue
        part = rule.endpoint.split(".")[0]
        ids = {"complaints": (1, 2), "papers": range(1, 2 * LEAST + 1)}.get(part, (1,))
        who = {"complaints": ("head", "hotline"), "papers": ("hotline",), "log": ("logadmin",)}.get(part, ("head",))
        for address, name in product(addresses(app, rule, ids), who):
            try:
                answer = as_(cast[name]).get(address)
            except Exception as error:  # noqa: BLE001  the page is another test's; what the others say is asked here
                broken.append((name, address, f"{error!r:.200}"))
                continue
            kinds.add(answer.mimetype)
            leaks += [(name, address, word) for word in found(told(answer))]
            answer.close()
    for query in (NAME, PHONE, PHONE[-4:], "绝密"):
        for address in ("/search?q=", "/complaints/?q=", "/complaints/hints?phone="):
            said = told(as_(cast["hotline"]).get(address + query))
            leaks += [(address, word) for word in found(said.replace(query, ""))]
    leaks += [("press", html[:80], word) for html in press for word in found(html)]
    leaks += [("log", record.getMessage()[:80]) for record in caplog.records if found(record.getMessage())]
    assert leaks == []
    assert broken == []
    assert {"text/html", "application/pdf", "text/csv"} <= kinds
    assert any("sheet" in kind for kind in kinds)
    assert len(press) > LEAST


def test_what_is_told_and_sent_and_kept_holds_no_name_and_no_number(app, as_, cast, units, cases, tmp_path):
    for user in cast.values():
        user.email = f"{user.username}@ems.test"
    app.config["MAIL_HOST"] = "mail.example"  # written and laid ready; nothing is sent here
    db.session.add(Robot(name="工作群", channel="wecom", unit_id=units["zone"].id, url="https://qyapi.weixin.qq.com/x"))
    address = as_(cast["head"]).post("/account/feed").text
    assert found(as_(cast["head"]).get(re.search(r"/feed/[\w-]+\.ics", address)[0]).text) == []
    db.session.commit()
    through(as_, cast, cases[0], units["bureau"])
    post(as_(cast["hotline"]), f"/complaints/{cases[0].id}/identity", remark="联系反映人")
    for day in range(0, 70, 7):
        with dates.stopped(NOON + timedelta(days=day)):
            remind()
            for job in jobs.JOBS:
                if job.name != "outbox":
                    job.work()
    run = app.test_cli_runner()
    for asked in ("duties explain complaint:1", "log verify"):
        said = run.invoke(args=asked.split()).output
        assert "Usage" not in said
        assert found(said) == []
    assert [
        (table.name, word)
        for table in db.metadata.sorted_tables
        for row in db.session.execute(text(f'SELECT * FROM "{table.name}"'))
        for word in found(" ".join(map(str, row)))
    ] == []
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in kept if any(word.encode() in path.read_bytes() for word in SECRETS)] == []
    assert db.session.scalars(select(LogEntry).where(LogEntry.act == "unmasked")).all()


def test_only_those_named_are_told_whatever_the_role_of_others(as_, cast, units, cases):
    case, ask = cases[0], f"/complaints/{cases[0].id}/identity"

    def seen(who):
        return NAME in as_(cast[who]).post(ask, data={"remark": "核实"}).text

    assert [who for who in ("leader", "auditor", "liaison", "outsider", "sysadmin", "secadmin") if seen(who)] == []
    assert not seen("head")  # a head, but of others: the bureau has its own
    refused = as_(cast["head"]).post(ask, data={"remark": "核实"}).text
    assert "只有本件的经办人、受理人、承办单位负责人和热线受理员可以查看" in refused
    assert "请找：hotline、chief、officer" in refused
    assert seen("officer")
    case.handler_id = None
    db.session.commit()
    assert not seen("officer")
    assert "请找：hotline、chief" in as_(cast["officer"]).get(f"/complaints/{case.id}").text
    assert seen("hotline")
    assert seen("chief")
    away = {"absent_id": cast["chief"].id, "deputy_id": cast["officer"].id}
    db.session.add(Deputy(**away, since=TODAY, until=TODAY))
    db.session.commit()
    assert seen("officer")  # who stands in for the head
    looks = db.session.scalars(select(LogEntry).where(LogEntry.act == "unmasked").order_by(LogEntry.id)).all()
    assert [entry.actor for entry in looks] == ["officer", "hotline", "chief", "officer"]


def test_the_form_that_corrects_a_case_is_no_way_round(as_, cast, units, cases):
    case = cases[0]
    page = as_(cast["officer"]).get(f"/complaints/{case.id}/edit").text
    assert found(page) == []
    data = {
        "channel": "12345", "place": "改过的地点", "text": case.text, "title": case.title, "medium": "fume",
        "identity": "confidential", "matter": "complaint", "received_on": f"{case.received_on}",
        "unit_id": units["bureau"].id,
    }  # fmt: skip
    assert as_(cast["head"]).post(f"/complaints/{case.id}/edit", data=data).status_code == 303
    case = db.session.get(Complaint, case.id)
    assert (case.place, case.complainant, case.phone) == ("改过的地点", NAME, PHONE)
    opened = as_(cast["head"]).post(f"/complaints/{case.id}/edit", data=data | {"identity": "open"})
    assert (opened.status_code, "请找：" in opened.text) == (422, True)


def test_an_answer_does_not_name_who_asked_not_to_be_named_and_a_number_told_is_found_and_taken_out(
    as_, cast, units, cases
):
    case = cases[0]
    case.text, case.title, case.tells_number = "楼下油烟，请打 139 8765 4321。", "楼下油烟", True  # kept of old
    case.state = ComplaintState.HANDLED
    db.session.commit()
    answer = as_(cast["hotline"]).post(
        f"/complaints/{case.id}/moves/answer", data={"text": f"{NAME}您好", "way": "phone"}
    )
    assert (answer.status_code, "答复里却写有其称呼或电话" in answer.text) == (422, True)
    assert db.session.scalars(CHECK.found(cast["head"])).all() == [case]
    edit = f"/complaints/{case.id}/edit"
    data = {"title": "楼下油烟", "place": "天府三街", "medium": "fume", "text": "楼下油烟，请打电话。"}
    assert as_(cast["hotline"]).post(edit, data=data).status_code == 303
    assert db.session.scalars(CHECK.found(cast["head"])).all() == []
    as_(cast["hotline"]).post(edit, data=data | {"text": "改写的内容"})
    assert db.session.get(Complaint, case.id).text == "楼下油烟，请打电话。"


def test_another_key_gives_a_sentence_and_loses_nothing(app, as_, cast, units, cases):
    ask = f"/complaints/{cases[0].id}"
    app.config["IDENTITY_KEY"] = "another"
    db.session.expire_all()
    clerk = as_(cast["hotline"])
    for said in (clerk.get(ask), clerk.post(f"{ask}/identity", data={"remark": "核实"})):
        assert "密钥不符，无法读出" in said.text
    data = {
        "channel": "12345", "place": "甲", "text": "乙", "identity": "confidential", "medium": "air",
        "matter": "complaint", "received_on": "2026-11-04", "unit_id": units["bureau"].id, "phone": "1380000000",
    }  # fmt: skip
    assert "另一把密钥" in as_(cast["hotline"]).post(f"{ask}/edit", data=data).text
    app.config["IDENTITY_KEY"] = "identity"
    db.session.expire_all()
    assert db.session.get(Complaint, cases[0].id).phone == PHONE


@pytest.mark.parametrize(
    "said", ["13987654321", "139-8765-4321", "１３９ ８７６５ ４３２１", "(139) 8765 4321", "欧阳绝密"]
)
def test_a_name_or_number_is_masked_however_it_is_written(said):
    hidden = secrets.without(f"请回 {said}，谢谢", NAME, PHONE)
    assert said not in hidden
    assert "**" in hidden
    assert secrets.without("周边居民反映", "居民", None) == "周边居民反映"


def test_a_caller_who_is_not_to_be_known_is_taken_out_of_what_is_written_wherever_it_is_written(
    as_, cast, units, cases
):
    clerk, said = as_(cast["hotline"]), f"我叫{NAME}，电话 139 8765 4321，楼下油烟直排"
    data = {
        "channel": "12345", "place": f"{NAME}家楼下", "text": said, "medium": "fume", "identity": "confidential",
        "matter": "complaint", "received_on": f"{TODAY}", "unit_id": units["bureau"].id, "phone": PHONE,
        "complainant": NAME,
    }  # fmt: skip
    at = clerk.post("/complaints/new", data=data).location.removesuffix("/taken")
    assert clerk.post(f"{at}/edit", data=data | {"text": said + "，每晚"}).status_code == 303
    clerk.post(f"{at}/notes", data={"remark": f"已致电{NAME}"})
    file = {"file": (BytesIO(b"a,b"), f"{NAME}{PHONE}.txt")}
    assert clerk.post(at.replace("/complaints", "/files/complaint"), data=file).status_code == 303
    other = {"no": cases[0].no, "how": "related", "remark": f"{PHONE} 也说过"}
    assert clerk.post(f"{at}/links/new", data=other).status_code == 303
    clerk.post(f"{at}/identity", data={"remark": f"联系{NAME}"})
    kept = db.session.scalars(select(Complaint).order_by(Complaint.id.desc())).first()
    assert (kept.complainant, kept.phone, kept.tells_number) == (NAME, PHONE, False)
    assert kept.text == "我叫欧**，电话 139****4321，楼下油烟直排，每晚"
    for page in (at, "/complaints/", "/complaints/export.csv", "/search?q=油烟"):
        assert found(told(as_(cast["auditor"]).get(page))) == []
    rows = [
        row for table in db.metadata.sorted_tables for row in db.session.execute(text(f'SELECT * FROM "{table.name}"'))
    ]
    assert [row for row in rows if found(" ".join(map(str, row)))] == []
