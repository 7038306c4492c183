"""What the commands say."""

import json

import pytest

from tests.core.notices import VECTORS
from tests.factories import complaint


def said(app, *words):
    return app.test_cli_runner().invoke(args=[str(word) for word in words])


@pytest.mark.parametrize(("start", "n", "end"), VECTORS)
def test_working_days_are_counted_as_the_notices_have_them(app, start, n, end):
    assert said(app, "calendar", "add", start, n, "working_day").output == f"{end}\n"


def test_a_day_in_a_year_not_announced_is_said_to_be_a_guess(app):
    assert "暂定" in said(app, "calendar", "add", "2026-12-25", 8, "working_day").output


def test_duties_say_why(app, units, cast):
    case = complaint(units, cast)
    told = said(app, "duties", "explain", f"complaint:{case.id}").output
    assert "2026-12-01 12345 工单办结：收单日 2026-11-24 + 5 个工作日 = 2026-12-01" in told


@pytest.mark.parametrize("subject", ["complaint:99", "complaint:x", "nothing:1", "complaint"])
def test_what_is_not_there_gets_a_sentence(app, units, subject):
    answer = said(app, "duties", "explain", subject)
    assert answer.exit_code != 0
    assert "Traceback" not in answer.output


def test_the_table_is_true(app, units, cast):
    complaint(units, cast)
    assert said(app, "duties", "rebuild", "--check").output.endswith("0 differences\n")


def test_the_log_is_whole(app, units, cast):
    complaint(units, cast)
    assert "日志完整" in said(app, "log", "verify").output


def test_who_may_go_where_is_what_the_code_decides(app):
    table = json.loads(said(app, "policy", "--json").output)
    assert set(table) == {name for name in app.view_functions if not name.endswith("static")}
    assert (
        table["complaints.index"] | {"sysadmin": "deny", "anonymous": "deny", "hotline": "allow"}
        == table["complaints.index"]
    )
    assert table["people.login"]["anonymous"] == "allow"
