"""Where the header stands, which rows count, and what is no sheet at all."""

import io
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from ems.core import marked, tables
from ems.core.errors import Refused
from ems.core.marked import Finding
from tests.sheets import book, csv, xlsx

KNOWN = {tables.plain(word): [word] for word in ("市", "企业名称", "信用代码", "受理日期", "标题", "大气", "水")}


def read(content, name="表.xlsx"):
    grids = tables.opened(name, content)
    return tables.table(grids, tables.find(grids, KNOWN))


def test_the_header_is_found_below_merged_titles():
    table = read(
        xlsx(
            ["2019年度办理情况汇总表", *[""] * 11],
            ["填报单位：（盖章）", *[""] * 5, "填报日期：2020年1月6日", *[""] * 5],
            ["序号", "受理日期", "标题"],
            [1, "2019-08-05", "河水发黑"],
            merged=["A1:L1", "A2:F2", "G2:L2"],
        )
    )
    assert (table.head, table.titles, table.headings) == (3, 2, ["序号", "受理日期", "标题"])
    assert [(line.number, line.cells[2]) for line in table.lines] == [(4, "河水发黑")]


def test_line_breaks_and_brackets_in_headings_do_not_matter():
    assert read(xlsx(["企业\n名称", "信用\n代码（18位）"], ["甲厂", "x"])).headings == ["企业名称", "信用代码（18位）"]
    assert tables.meanings("信用\n代码（18位）", KNOWN) == ["信用代码"]
    assert tables.plain("经度\n（°）", whole=False) == tables.plain("经度")


def test_a_header_of_two_rows_names_each_column():
    table = read(
        xlsx(
            ["市", "企业名称", "污染物", ""],
            ["", "", "大气", "水"],
            ["甲市", "甲厂", "烟尘", "氨氮"],
            merged=["A1:A2", "B1:B2", "C1:D1"],
        )
    )
    assert (table.head, table.headings) == (2, ["市", "企业名称", "污染物大气", "污染物水"])
    assert len(table.lines) == 1


def test_a_block_merged_downwards_fills_its_rows_and_one_merged_across_does_not():
    table = read(
        xlsx(
            ["市", "企业名称", "标题"],
            ["甲市", "甲厂", "a"],
            ["", "乙厂", "b"],
            ["", "丙厂", ""],
            ["乙市", "丁厂", ""],
            merged=["A2:A4", "B5:C5"],
        )
    )
    assert [line.cells[0] for line in table.lines] == ["甲市", "甲市", "甲市", "乙市"]
    assert table.lines[3].cells[2] == ""
    assert table.filled == 2


def test_empty_bordered_rows_are_none_even_with_a_blank_or_an_unseen_character_in_them():
    table = read(xlsx(["市", "企业名称"], ["甲市", "甲厂"], ["", ""], [" ", ""], ["\u200b", "\u00a0"], empty=25))
    assert (len(table.lines), table.blank) == (1, 3)  # those at the end with a border alone are not even read


def test_a_city_block_does_not_make_an_empty_row_count():
    table = read(xlsx(["市", "企业名称"], ["甲市", "甲厂"], ["", ""], merged=["A2:A3"]))
    assert (len(table.lines), table.blank) == (1, 1)


@pytest.mark.parametrize("word", ["合计", "合 计", "总计：", "小计", "共计", "本页合计", "石羊小计"])
def test_a_total_row_does_not_count(word):
    table = read(xlsx(["序号", "受理日期", "标题"], [1, "2019-08-05", "a"], [word, "", "1件"]))
    assert (len(table.lines), table.totals) == (1, [3])


def test_a_row_that_only_sounds_like_a_total_counts():
    table = read(xlsx(["企业名称", "信用代码"], ["合计源设备厂", "x"], ["统计设计院", "y"]))
    assert len(table.lines) == 2


def test_who_filled_it_in_and_the_header_once_more_are_left_out():
    table = read(
        xlsx(
            ["受理日期", "标题"],
            ["2019-08-05", "a"],
            ["受理日期", "标题"],
            ["2019-08-06", "b"],
            ["填表人：张三", "审核：李四"],
        )
    )
    assert [line.number for line in table.lines] == [2, 4]
    assert (table.repeated, table.feet) == ([3], [5])


def test_the_sheet_with_most_known_headings_is_read():
    table = read(
        book({"说明": [["填表说明"]], "空": [], "名单": [["市", "企业名称", "信用代码"], ["甲市", "甲厂", "x"]]})
    )
    assert (table.sheet, table.position) == ("名单", 3)


def test_where_no_heading_is_known_the_fullest_row_is_offered():
    grids = tables.opened("x.xlsx", xlsx(["名册"], ["张", "王", "李"], [1, 2, 3]))
    place = tables.find(grids, KNOWN)
    assert (place.first, place.score) == (1, 0)


def test_an_empty_file_has_no_header():
    assert tables.find(tables.opened("x.xlsx", book({"空": []})), KNOWN) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_is_read_in_every_encoding_that_is_met(encoding):
    table = read(csv(["受理日期", "标题"], ["2019-08-05", "河水发黑，请处理"], encoding=encoding), "表.csv")
    assert table.lines[0].cells == ["2019-08-05", "河水发黑，请处理"]


def test_tabs_and_semicolons_divide_too():
    for sign in ("\t", ";"):
        assert read(csv(["受理日期", "标题"], ["2019-08-05", "a"], sign=sign), "表.txt").headings == [
            "受理日期",
            "标题",
        ]


def test_a_row_with_line_breaks_is_one_row_with_the_number_excel_gives_it():
    table = read(csv(["受理日期", "标题"], ["2019-08-05", "第一行\n第二行"], ["2019-08-06", "b"]), "表.csv")
    assert [line.number for line in table.lines] == [2, 3]
    assert table.lines[0].cells[1] == "第一行\n第二行"


def test_a_text_our_own_export_has_quoted_comes_back_as_it_was():
    assert read(csv(["受理日期", "标题"], ["2019-08-05", "'=1+1"]), "表.csv").lines[0].cells[1] == "=1+1"


def test_a_file_encrypted_by_the_company_is_refused_in_words_a_clerk_understands():
    with pytest.raises(Refused, match=r"可能被单位加密软件加密，请另存为未加密的 \.xlsx 再上传"):
        tables.opened("模板.xlsx", bytes(range(255, 0, -1)) * 40)
    with pytest.raises(Refused, match="文字编码"):
        tables.opened("表.csv", b"\x17\xda\x5f\xa0\x16\x33\xcd\x9a" * 40)


def test_a_web_page_named_xls_a_zip_and_a_broken_workbook_are_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("a.txt", "x")
    for content, word in (
        (b"<html><table></table></html>", "网页"),
        (packed.getvalue(), "不是 Excel"),
        (xlsx(["市"])[:900], "打不开"),
    ):
        with pytest.raises(Refused, match=word):
            tables.opened("表.xls", content)


def test_a_workbook_that_would_fill_the_memory_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(tables, "UNPACKED", 100)
    with pytest.raises(Refused, match="展开后太大"):
        tables.opened("表.xlsx", xlsx(["市"]))


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(tables, "MANY", 2)
    with pytest.raises(Refused, match="不超过 2 行"):
        read(xlsx(["市", "企业名称"], ["a", "b"], ["c", "d"]))


def test_cells_have_the_names_excel_gives_them():
    assert [tables.address(17, n) for n in (0, 3, 25, 26, 701, 702)] == ["A17", "D17", "Z17", "AA17", "ZZ17", "AAA17"]


def test_the_marked_sheet_has_the_rows_in_their_order_and_what_is_wrong_in_front(app):
    table = read(xlsx(["受理日期", "标题"], ["2026-13-02", "=HYPERLINK(1)"], [43682, "b"], ["2019-08-05", "c"]))
    wrong = [
        Finding(2, 0, "受理日期", "2026-13-02", "不是有效日期", "改为 2026-12-03 这样的年月日", fault=True),
        Finding(3, 1, "标题", "b", "与第 2 行相同", "删去一行", fault=False),
    ]
    file = CalamineWorkbook.from_filelike(marked.workbook(table, wrong, "一行也没有存入"))
    rows = file.get_sheet_by_name("标注").to_python()
    assert rows[0] == ["问题", "受理日期", "标题"]
    assert [row[1:] for row in rows[1:]] == [["2026-13-02", "=HYPERLINK(1)"], [43682.0, "b"], ["2019-08-05", "c"]]
    assert rows[1][0] == "A2 受理日期：不是有效日期。改为 2026-12-03 这样的年月日"
    assert rows[3][0] == ""
    told = [line[0] for line in file.get_sheet_by_name("说明").to_python()]
    assert told[0] == "一行也没有存入"
    assert any("红色" in str(words) for words in told)
    assert "A2" in told


def test_faults_are_red_and_doubts_yellow(app):
    table = read(xlsx(["受理日期", "标题"], ["x", "y"]))
    wrong = [Finding(2, 0, "受理日期", "x", "a", "b", fault=True), Finding(2, 1, "标题", "y", "a", "b", fault=False)]
    with zipfile.ZipFile(marked.workbook(table, wrong, "")) as file:
        styles, sheet = file.read("xl/styles.xml").decode(), file.read("xl/worksheets/sheet1.xml").decode()
    assert "FFFDE7E5" in styles
    assert "FFFFF6D6" in styles
    looks = {at: sheet.split(f'r="{at}" s="')[1].split('"')[0] for at in ("B2", "C2")}
    assert looks["B2"] != looks["C2"]
