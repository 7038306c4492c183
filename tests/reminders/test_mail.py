"""The mail: what stands in it, and its way to a real server and back."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import func, select

from ems.complaints.models import Identity
from ems.core import dates
from ems.core.calendar import calendar
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Deputy
from ems.core.reckon import reckon
from ems.core.rules import Bearer, Rule
from ems.reminders import mail, post as outbox
from ems.reminders.models import Message, OutboxState
from ems.reminders.notices import Notice
from ems.reminders.post import BACKOFF, deliver
from ems.reminders.work import remind
from tests.conftest import NOON, TODAY
from tests.reminders.conftest import day
from tests.reminders.office import Office, golden, letters, opened


@pytest.fixture
def office():
    office = Office()
    with opened(office) as office.port:
        yield office


@pytest.fixture
def config(config, office):
    return replace(config, MAIL_HOST="127.0.0.1", MAIL_PORT=office.port, MAIL_FROM="ems@gaoxin.example")


@pytest.fixture
def reader(cast):
    cast["officer"].email = "officer@gaoxin.example"
    db.session.commit()
    return cast["officer"]


@pytest.fixture
def full(cast, case, reader):
    """A day with some of everything."""
    case(-1, no="TS-2026-1187", title="中和街道夜间噪声")
    case(0, no="TS-2026-1203", title="天府三街餐饮油烟 <b>")
    case(0, no="TS-2026-1204", title="不该出现的事项", identity=Identity.CONFIDENTIAL)
    case(3, no="TS-2026-0938", title="肖家河沿街异味")


def test_a_digest_in_chinese(full):
    remind()
    [letter] = letters()
    assert letter.subject == "11月24日：1 件逾期、2 件今日到期、1 件将到期"
    golden("digest.txt", letter.text)
    golden("digest.html", letter.html)


def test_what_a_head_is_told_of_others(full, cast):
    cast["chief"].email = "chief@gaoxin.example"
    db.session.commit()
    remind()
    letter = next(letter for letter in letters() if letter.to == "chief@gaoxin.example")
    assert letter.subject == "11月24日：1 件逾期上报"
    golden("escalated.txt", letter.text)


def test_no_text_no_identity_and_of_confidential_cases_no_headline(full):
    remind()
    [letter] = letters()
    for secret in ("张女士", "13800000162", "饭时段油烟", "不该出现的事项"):
        assert secret not in letter.text + letter.html + letter.subject
    assert "投诉 TS-2026-1204 · " in letter.text


def test_a_headline_is_text_and_not_markup(full):
    remind()
    assert "餐饮油烟 &lt;b&gt;" in letters()[0].html


def test_who_has_no_address_has_the_inbox(cast, case):
    case(1)
    remind()
    assert letters() == []
    assert db.session.scalar(select(func.count()).select_from(Message)) == 1


def test_where_no_mail_leaves_the_house_none_is_written(app, full):
    app.config["MAIL_HOST"] = ""
    remind()
    assert letters() == []


def test_one_mail_a_day_however_often_something_is_told(case, reader):
    case(1)
    remind()
    case(0)
    remind()
    assert len(letters()) == 1
    assert db.session.scalar(select(func.count()).select_from(Message)) == 2
    with day(1):
        remind()
    assert [letter.key for letter in letters()] == [
        f"digest:{reader.id}:2026-11-24",
        f"digest:{reader.id}:2026-11-25",
    ]


def test_a_deputy_is_written_to_once_for_both(cast, case, reader):
    cast["auditor"].email = "auditor@gaoxin.example"
    days = {"since": TODAY, "until": TODAY + timedelta(days=1)}
    db.session.add(Deputy(absent_id=reader.id, deputy_id=cast["auditor"].id, **days))
    db.session.commit()
    case(1)
    case(1, handler="auditor")
    remind()
    [theirs] = [letter for letter in letters() if letter.to == "auditor@gaoxin.example"]
    assert theirs.subject == "11月24日：2 件将到期"
    assert theirs.text.count("代 officer 收到") == 1


def test_it_arrives_as_sent(full, office):
    remind()
    assert deliver() == (1, 0)
    [letter] = office.letters
    assert letter["Subject"] == letters()[0].subject
    assert letter["From"].addresses[0].addr_spec == "ems@gaoxin.example"
    assert letter["To"] == "officer@gaoxin.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_body(("plain",)).get_content().replace("\r\n", "\n") == letters()[0].text
    assert "TS-2026-1187" in letter.get_body(("html",)).get_content()


def test_it_is_sent_once(full, office):
    remind()
    assert (deliver(), deliver()) == ((1, 0), (0, 0))
    assert len(office.letters) == 1
    assert letters()[0].state is OutboxState.SENT


def test_a_mail_sent_twice_by_a_crash_has_one_message_id(full, office):
    remind()
    deliver()
    letters()[0].state = OutboxState.WAITING  # as if the process had died between the server's answer and the mark
    db.session.commit()
    with day(1):
        deliver()
    assert len(office.letters) == 2
    assert len({letter["Message-ID"] for letter in office.letters}) == 1


def tried():
    [letter] = letters()
    return letter.state, letter.tries, letter.next_try_at - dates.now()


def test_after_a_failure_it_waits_longer_each_time_and_is_given_up_in_the_end(full, office):
    remind()
    moment, waits = NOON, []
    for _n in range(len(BACKOFF) + 1):
        office.answers = ["451 try later"]
        with dates.stopped(moment):
            assert deliver() == (0, 1)
            assert deliver() == (0, 0)  # not before its time
            waits.append(tried())
            moment += tried()[2]
    assert [(state, wait) for state, _tries, wait in waits[:-1]] == [
        (OutboxState.WAITING, timedelta(minutes=n)) for n in BACKOFF
    ]
    assert waits[-1][0] is OutboxState.DEAD
    with dates.stopped(moment + timedelta(days=1)):
        assert deliver() == (0, 0)
    assert "451" in letters()[0].error


def test_what_failed_goes_the_next_time(full, office):
    remind()
    office.answers = ["451 try later"]
    deliver()
    with dates.stopped(NOON + timedelta(minutes=BACKOFF[0])):
        assert deliver() == (1, 0)
    assert letters()[0].error == ""


def test_an_address_that_is_not_there_is_not_tried_again(full, office):
    remind()
    office.answers = ["rcpt 550 no such user"]
    assert deliver() == (0, 1)
    assert tried()[:2] == (OutboxState.DEAD, 1)
    assert letters()[0].error == "550 no such user"  # and no address: those refused alike are sent again together


def test_an_address_that_is_busy_is_tried_again(full, office):
    remind()
    office.answers = ["rcpt 450 greylisted"]
    assert deliver() == (0, 1)
    assert tried()[:2] == (OutboxState.WAITING, 1)


def test_one_refused_mail_does_not_keep_the_next_back(full, cast, case, office):
    cast["chief"].email = "chief@gaoxin.example"
    db.session.commit()
    remind()
    office.answers = ["rcpt 550 no such user"]
    assert deliver() == (1, 1)


def test_a_server_that_is_away_is_asked_once_a_turn(app, full, cast):
    cast["chief"].email = "chief@gaoxin.example"
    db.session.commit()
    remind()
    app.config["MAIL_PORT"] = 1
    assert deliver() == (0, 1)
    assert sorted(letter.tries for letter in letters()) == [0, 1]
    assert "ConnectionRefused" in "".join(letter.error for letter in letters())


def test_whoever_took_a_mail_and_died_gives_it_back(full, office):
    remind()
    assert outbox.take() is not None
    assert outbox.take() is None
    with dates.stopped(NOON + outbox.LEASE):
        assert deliver() == (1, 0)


@pytest.fixture
def certificate(tmp_path):
    """Of 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime(2050, 1, 1))
    here = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    made = made.add_extension(here, critical=False).sign(key, SHA256())
    file, plain = tmp_path / "server.pem", (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(key.private_bytes(*plain) + made.public_bytes(Encoding.PEM))
    return str(file)


@pytest.fixture
def guarded(app, certificate):
    """A post office that takes letters over an encrypted line, from those who log in. What it was told as passwords."""
    guarded, seen = Office(), []

    def authenticator(server, session, envelope, mechanism, data):
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    line = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    line.load_cert_chain(certificate)
    with opened(guarded, authenticator=authenticator, auth_required=True, tls_context=line) as port:
        app.config.update(MAIL_PORT=port, MAIL_USER="ems", MAIL_PASSWORD="right", MAIL_STARTTLS=True)
        yield guarded, seen


def test_it_encrypts_and_logs_in_where_the_server_asks(guarded, full, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    remind()
    assert deliver() == (1, 0)
    office, seen = guarded
    assert (len(office.letters), seen) == (1, [(b"ems", b"right")])


def test_a_wrong_password_is_kept_as_the_reason(app, guarded, full, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    app.config["MAIL_PASSWORD"] = "wrong"
    remind()
    assert deliver() == (0, 1)
    assert tried()[0] is OutboxState.WAITING
    assert "535" in letters()[0].error


def test_to_a_server_that_is_not_who_it_says_no_password_goes(guarded, full):
    remind()
    assert deliver() == (0, 1)
    assert guarded[1] == []
    assert "CERTIFICATE_VERIFY_FAILED" in letters()[0].error


def test_a_server_that_offers_no_encryption_gets_nothing_where_it_is_asked_for(app, full, office):
    app.config["MAIL_STARTTLS"] = True
    remind()
    assert deliver() == (0, 1)
    assert office.letters == []
    assert "STARTTLS" in letters()[0].error


@pytest.mark.parametrize("database", ["file", "postgresql"], indirect=True)
def test_four_postmen_carry_each_mail_once(app, cast, case, office):
    for name, user in cast.items():
        user.email = f"{name}@gaoxin.example"
    db.session.commit()
    for name in ("officer", "chief", "head", "auditor", "hotline"):
        case(1, handler=name)
    case(1, handler="liaison", unit="street")
    assert remind() == 6

    def run(_postman):
        with app.app_context(), dates.stopped(NOON):
            return deliver()

    with ThreadPoolExecutor(4) as postmen:
        done = list(postmen.map(run, range(4)))
    assert sum(went for went, _failed in done) == 6
    assert sorted(letter["To"] for letter in office.letters) == sorted(
        f"{name}@gaoxin.example" for name in ("officer", "chief", "head", "liaison", "auditor", "hotline")
    )


def test_in_english_for_who_reads_english(full, reader):
    reader.language = "en"
    db.session.commit()
    remind()
    [letter] = letters()
    assert 'lang="en"' in letter.html
    golden("digest.en.txt", letter.text)


def test_what_a_deputy_is_told_says_for_whom(cast, case, reader):
    cast["auditor"].email = "auditor@gaoxin.example"
    days = {"since": TODAY, "until": TODAY + timedelta(days=1)}
    db.session.add(Deputy(absent_id=reader.id, deputy_id=cast["auditor"].id, **days))
    db.session.commit()
    case(1, no="TS-2026-0938", title="肖家河沿街异味")
    remind()
    [theirs] = [letter for letter in letters() if letter.to == "auditor@gaoxin.example"]
    golden("deputy.txt", theirs.text)


def test_a_case_nobody_answers_for_does_not_wait_for_the_digest(cast, case):
    cast["head"].active = False
    cast["chief"].email = "chief@gaoxin.example"
    db.session.commit()
    case(1, no="TS-2026-0938", title="肖家河沿街异味", handler=None, unit="street")
    case(1, no="TS-2026-0939", title="玉林路夜宵油烟", handler="chief")
    remind()
    urgent, digest = sorted(letters(), key=lambda letter: letter.key, reverse=True)
    assert (urgent.subject, digest.subject) == ("【请即办理】11月24日：1 件无人负责", "11月24日：1 件将到期")
    golden("alarm.txt", urgent.text)
    golden("alarm.html", urgent.html)


@pytest.fixture
def report(cast, case):
    """An emergency at the officer's, to be reported by four o'clock in the afternoon."""

    def made(**known):
        row = case(30, **known)
        rule = db.session.scalars(select(Rule).where(Rule.code == "EMG_REPORT_4H")).one()
        due = reckon(rule, NOON, 0, calendar(db.session()))
        about = {"subject_type": "complaint", "subject_id": row.id, "unit_id": row.unit_id, "bearer": Bearer.OWN}
        when = {"start_at": NOON, "start_on": TODAY, "due_at": due.at, "due_on": due.on, "why": due.why}
        db.session.add(Duty(rule=rule.code, since=rule.since, owner_id=cast["officer"].id, **about, **when))
        db.session.commit()

    return made


def test_nor_does_what_counts_in_hours(case, reader, report):
    case(0)
    remind()
    report(no="TS-2026-1205", title="酸液泄漏")
    with dates.stopped(NOON + timedelta(hours=3, minutes=10)):
        remind()
    _digest, urgent = letters()
    assert urgent.subject == "【请即办理】11月24日：1 件今日到期"
    golden("urgent.txt", urgent.text)
    with dates.stopped(NOON + timedelta(hours=4, minutes=10)):
        remind()
    assert letters()[2].subject == "【请即办理】11月24日：1 件逾期"


def test_everything_pressing_at_once(cast, case, reader):
    """One mail with each of its groups."""
    cast["chief"].email = "chief@gaoxin.example"
    db.session.commit()
    for left, no in ((-2, "TS-2026-1101"), (0, "TS-2026-1102"), (1, "TS-2026-1103")):
        case(left, handler="chief", no=no, title="锦城湖夜间施工噪声")
    case(-1, no="TS-2026-1187", title="中和街道夜间噪声")
    remind()
    [letter] = [letter for letter in letters() if letter.to == "chief@gaoxin.example"]
    assert letter.subject == "11月24日：1 件逾期、1 件今日到期、1 件将到期、1 件逾期上报"
    golden("groups.txt", letter.text)
    golden("groups.html", letter.html)


def test_a_mail_names_fifty_of_a_kind_and_counts_the_rest(case, reader):
    for _n in range(53):
        case(1)
    remind()
    [letter] = letters()
    assert letter.subject == "11月24日：53 件将到期"
    assert letter.text.count("剩 1 天") == letter.html.count("剩 1 天") == 50
    assert "另有 3 件" in letter.text
    assert "另有 3 件" in letter.html
    mailed = select(func.count()).select_from(Notice).where(Notice.outbox_id == letter.id)
    assert db.session.scalar(mailed) == 50


def test_nobody_away_on_holiday_answers_us(full):
    remind()
    made = mail.message(letters()[0])
    assert (made["Auto-Submitted"], made["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
