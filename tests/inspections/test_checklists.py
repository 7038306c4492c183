"""New versions of a checklist: a draft of the zone's chief, published from a day on; what was asked stays."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ems.core.db import db
from ems.inspections import checklists, work
from ems.inspections.models import Checklist, InspectionType, Severity
from ems.inspections.moves import WORKFLOW
from tests.conftest import TODAY
from tests.factories import inspection
from tests.sheets import xlsx

KEY = InspectionType.KEY_INDUSTRY
TOMORROW = TODAY + timedelta(days=1)


def begun(as_, cast):
    answer = as_(cast["head"]).post("/inspections/checklists/key_industry/draft")
    assert answer.status_code == 303
    return checklists.draft_of(KEY)


def sent(row, go="save", **changed):
    """The form as a browser sends it."""
    data = {"title": row.title, "title_en": row.title_en, "go": go}
    for n, item in enumerate(row.items):
        for name in ("code", *checklists.SAID):
            value = getattr(item, name)
            data[f"items-{n}-{name}"] = "" if value is None else getattr(value, "value", value)
    return data | changed


@pytest.mark.parametrize("who", ["officer", "chief", "leader", "liaison"])
def test_nobody_but_the_zones_chief_writes_a_list(as_, cast, units, who):
    row = begun(as_, cast)
    for page in ("key_industry/draft", f"{row.id}/edit", f"{row.id}/publish", f"{row.id}/drop", f"{row.id}/load"):
        assert as_(cast[who]).post(f"/inspections/checklists/{page}").status_code == 403
    assert as_(cast[who]).get(f"/inspections/checklists/{row.id}").status_code == 200
    assert as_(cast["hotline"]).get("/inspections/checklists/").status_code == 403


def test_a_draft_is_in_force_on_no_day_and_there_is_one(as_, cast, units):
    row = begun(as_, cast)
    assert (row.version, row.draft, begun(as_, cast).id) == (3, True, row.id)
    assert [item.code for item in row.items] == [item.code for item in work.in_force(KEY, TODAY).items]
    assert work.in_force(KEY, date(2030, 1, 1)).version == 2
    db.session.add(Checklist(type=KEY, version=9, title="又一份", since=TODAY, draft=True))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_from_a_draft_to_the_version_in_force(as_, cast, units):
    old = inspection(units, cast)
    WORKFLOW.fire("open", cast["officer"], old)
    db.session.commit()
    asked = [line.text for line in old.lines]
    row, mine = begun(as_, cast), as_(cast["head"])
    page = f"/inspections/checklists/{row.id}"
    data = sent(row, **{"items-0-text": "排污许可证在有效期内", "items-1-days": "45", "items-2-article": "99"})
    assert mine.post(f"{page}/edit", data=data).status_code == 303
    assert row.items[0].text == "排污许可证在有效期内"
    assert (row.items[0].status, row.items[2].status) == ("checked", "local")
    changed = {change.item.code: change.fields for change in checklists.compared(row, checklists.before(row))}
    assert changed == {"KI01": ("text",), "KI02": ("days",), "KI03": ("article",)}
    assert "3 处不同" in mine.get(page).text
    for day in (TODAY, date(2026, 8, 15)):
        assert mine.post(f"{page}/publish", data={"since": f"{day}"}).status_code == 409
    assert mine.post(f"{page}/publish", data={"since": f"{TOMORROW}"}).status_code == 303
    assert [work.in_force(KEY, day).version for day in (TODAY, TOMORROW)] == [2, 3]
    assert [line.text for line in old.lines] == asked
    assert mine.post(f"{page}/edit", data=sent(row)).status_code == 409
    assert mine.post(f"{page}/take-back").status_code == 303
    assert row.draft
    assert mine.post(f"/inspections/checklists/{work.in_force(KEY, TODAY).id}/take-back").status_code == 409


def test_items_move_come_and_go_and_no_word_is_lost(as_, cast, units):
    row, mine = begun(as_, cast), as_(cast["head"])
    page, codes = f"/inspections/checklists/{row.id}/edit", [item.code for item in row.items]
    mine.post(page, data=sent(row, "down:0", **{"items-3-text": "改过的话"}))
    assert [item.code for item in row.items] == [codes[1], codes[0], *codes[2:]]
    assert row.items[3].text == "改过的话"
    mine.post(page, data=sent(row, "up:0"))
    assert row.items[0].code == codes[1]
    mine.post(page, data=sent(row, f"drop:{len(codes) - 1}"))
    assert len(row.items) == len(codes) - 1
    answer = mine.post(page, data=sent(row, "add"))
    n = len(codes) - 1
    assert (answer.status_code, f'name="items-{n}-text"' in answer.text) == (200, True)
    new = {f"items-{n}-text": "新增的一项", f"items-{n}-severity": "serious", f"items-{n}-code": ""}
    by_keyboard = {name: value for name, value in sent(row, **new).items() if name != "go"}
    assert mine.post(page, data=by_keyboard).location == f"/inspections/checklists/{row.id}"
    last = row.items[-1]
    assert (last.code, last.text, last.severity, last.number) == ("KI13", "新增的一项", Severity.SERIOUS, n + 1)
    answer = mine.post(page, data=sent(row, **{"items-1-text": " ", "items-0-text": "留住这句"}))
    assert (answer.status_code, "请填写，或者删除这一项。" in answer.text, "留住这句" in answer.text) == (
        422,
        True,
        True,
    )


def test_a_draft_not_wanted_goes_and_a_published_version_does_not(as_, cast, units):
    row, mine = begun(as_, cast), as_(cast["head"])
    assert mine.post(f"/inspections/checklists/{row.id}/drop").status_code == 303
    assert checklists.draft_of(KEY) is None
    assert mine.post(f"/inspections/checklists/{work.in_force(KEY, TODAY).id}/drop").status_code == 409


def test_a_list_goes_out_and_comes_back(as_, cast, units):
    row, mine = begun(as_, cast), as_(cast["head"])
    book = mine.get(f"/inspections/checklists/{row.id}/export.xlsx").data
    before = [[getattr(item, field) for field in ("code", *checklists.SAID)] for item in row.items]
    load = f"/inspections/checklists/{row.id}/load"
    assert mine.post(load, data={"file": (BytesIO(book), "表.xlsx")}).status_code == 303
    assert [[getattr(item, field) for field in ("code", *checklists.SAID)] for item in row.items] == before
    bad = xlsx(["序号", "检查内容", "程度", "整改天数"], [1, "有证", "很重", 10], [2, "", "一般", "0"])
    answer = mine.post(load, data={"file": (BytesIO(bad), "表.xlsx")})
    assert answer.status_code == 409
    for sentence in ("第 2 行：程度“很重”", "第 3 行：没有检查内容。", "第 3 行：整改天数“0”"):
        assert sentence in answer.text
    assert len(row.items) == len(before)
    good = xlsx(["重点企业检查表"], ["检查内容", "依据", "程度"], ["有证", "排污许可管理条例", "严重"])
    assert mine.post(load, data={"file": (BytesIO(good), "表.xlsx")}).status_code == 303
    assert [(item.code, item.text, item.severity, item.days) for item in row.items] == [
        ("KI13", "有证", "serious", None)
    ]
    assert db.session.scalars(select(Checklist.version).where(Checklist.type == KEY)).all() == [1, 2, 3]
