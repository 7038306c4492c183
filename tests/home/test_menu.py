"""The frame of every page: the menu, the tabs and the words of a diary."""

from datetime import date
from enum import Enum

from ems.core.policy import Act
from ems.core.workflow import Move, Step, Workflow
from ems.home.menu import entry_title, weekday


class State(Enum):
    NEW, DONE = "new", "done"

    @property
    def label(self):
        return {"new": "登记", "done": "办结"}[self.value]


FLOW = Workflow((
    Move("close", "办结", frozenset({State.NEW}), State.DONE, Act.EDIT),
    Move("ask", "申请延期", frozenset({State.NEW}), None, Act.EDIT),
))  # fmt: skip


def test_a_move_reads_as_the_way_it_went(app):
    assert entry_title(Step(move="close", before="new", after="done"), FLOW) == "登记 → 办结"


def test_a_move_that_leaves_the_state_reads_as_its_verb(app):
    assert entry_title(Step(move="ask", before="new", after="new"), FLOW) == "申请延期"


def test_the_first_entry_has_nothing_before_it(app):
    assert entry_title(Step(move="register", before="", after="new"), FLOW) == "登记"


def test_a_note_is_a_note(app):
    assert entry_title(Step(remark="补充材料"), None) == "备注"


def test_days_of_the_week_have_one_character(app):
    assert [weekday(date(2026, 11, n)) for n in (23, 24, 28, 29)] == ["一", "二", "六", "日"]


def test_a_stranger_is_sent_to_the_door(app):
    assert [app.test_client().get(page).status_code for page in ("/", "/search", "/inbox")] == [302] * 3


def test_everybody_has_a_start_page(cast, as_):
    for user in cast.values():
        page = as_(user).get("/", follow_redirects=True)
        assert (page.status_code, page.text.count('aria-current="page"')) == (200, 3)  # both menus and the tab
