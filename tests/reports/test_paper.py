"""The paper itself: what the press printed is read back and looked at."""

import re
import subprocess
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from pypdf import PdfReader

from ems.core import dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.reports import sealing, work
from ems.reports.models import Report
from ems.web import pdf, press

GOLDEN = Path(__file__).parent / "golden" / "report.txt"
MM = 72 / 25.4
TOP, BOTTOM, LEFT, RIGHT = 37 * MM, (297 - 35) * MM, 28 * MM, (210 - 26) * MM


def poppler(program, paper, *args):
    asked = [program, *args, "-", *(["-"] if program == "pdftotext" else [])]
    return subprocess.run(asked, input=paper, capture_output=True, check=True).stdout


def pages(paper):
    return PdfReader(BytesIO(paper)).pages


def words(paper):
    """Of each page its words: (text, left, top, right, bottom), in points. The watermark, in letters of 96, is none."""
    tree = ET.fromstring(poppler("pdftotext", paper, "-bbox"))  # noqa: S314  our own paper
    space = "{http://www.w3.org/1999/xhtml}"
    sides = ("xMin", "yMin", "xMax", "yMax")
    found = [
        [(word.text, *(float(word.get(side)) for side in sides)) for word in page.iter(f"{space}word")]
        for page in tree.iter(f"{space}page")
    ]
    return [[word for word in page if word[4] - word[2] < 50] for page in found]


def lines(page):
    """The lines of a page's type area, from above: words within half a line of each other stand in one."""
    found = {}
    for word in sorted(page, key=lambda word: (word[2] + word[4]) / 2):
        middle = (word[2] + word[4]) / 2
        if TOP - 5 < middle < BOTTOM:
            key = next((at for at in found if abs(at - middle) < 8), middle)
            found.setdefault(key, []).append(word)
    return ["".join(w[0] for w in sorted(line, key=lambda w: w[1])) for line in found.values()]


@pytest.fixture
def long(cast, units):
    """The report of the house with a section of many pages."""
    report = work.begin(db.session(), 2026, cast["officer"])
    said = "坚持预防为主、防治结合，突出重点企业和敏感区域，逐家建档、逐项整改、逐一复查，压实企业主体责任。"
    problems = next(s for s in report.sections if s.code == "problems")
    problems.text = "\n\n".join(f"第{n}项，{said * 3}" for n in range(1, 25))
    db.session.commit()
    return report


PRINTED = {}


@pytest.fixture
def draft(request):
    """Its paper: printed once, looked at many times."""
    if not PRINTED:
        PRINTED["draft"] = work.preview(request.getfixturevalue("long"))
    return PRINTED["draft"]


def test_without_a_chinese_font_nothing_is_printed(app, monkeypatch):
    monkeypatch.setattr(pdf, "families", frozenset)
    with pytest.raises(Refused, match="没有中文字体"):
        pdf.printed("<p>字</p>")


def test_a_machine_without_a_list_of_fonts_counts_as_without(monkeypatch):
    def missing(*args, **kwargs):
        raise FileNotFoundError

    monkeypatch.setattr(pdf.subprocess, "run", missing)
    assert pdf.families.__wrapped__() == frozenset()


def test_a_press_that_takes_too_long_is_stopped(app, monkeypatch):
    monkeypatch.setattr(pdf, "PATIENCE", 0.01)
    with pytest.raises(Refused, match="已停止"):
        pdf.printed("<p>字</p>")


def test_a_press_that_fails_says_so_clearly(app, monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(pdf, "STYLE", tmp_path / "gone.css")
    with pytest.raises(Refused, match="PDF 没有生成"):
        pdf.printed("<p>字</p>")
    assert "gone.css" in caplog.text


def test_the_press_is_had_alone(monkeypatch, tmp_path):
    """One at a time: it draws only with the lock in hand."""
    done, out = [], SimpleNamespace(buffer=BytesIO())
    drawn = SimpleNamespace(write_pdf=lambda **_: done.append("drawn") or b"%PDF")
    monkeypatch.setattr(press.fcntl, "flock", lambda _file, how: done.append(how))
    monkeypatch.setattr(press, "HTML", lambda **_: drawn)
    monkeypatch.setattr(press.os, "nice", lambda n: done.append("nice"))
    monkeypatch.setattr(press.sys, "stdin", SimpleNamespace(buffer=BytesIO(b"<p>")))
    monkeypatch.setattr(press.sys, "stdout", out)
    press.main(str(tmp_path / "lock"), str(pdf.STYLE))
    assert done == ["nice", press.fcntl.LOCK_EX, "drawn"]
    assert out.buffer.getvalue() == b"%PDF"


def test_nothing_is_fetched_from_disk_or_net(app, tmp_path):
    (tmp_path / "secret.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><text y="9">secret</text></svg>')
    paper = pdf.printed(f'<img src="file://{tmp_path}/secret.svg"><p>字</p>')
    assert "secret" not in poppler("pdftotext", paper).decode()


def test_the_paper_is_a4(draft):
    for page in pages(draft):
        assert [round(float(side) / MM) for side in page.mediabox[2:]] == [210, 297]


def test_the_text_stays_in_its_area(draft):
    for page in words(draft):
        inside = [word for word in page if word[4] < BOTTOM]
        assert min(word[1] for word in inside) >= LEFT - 1
        assert max(word[3] for word in inside) <= RIGHT + 1


def test_no_page_has_more_than_22_lines_and_a_full_one_has_them(draft):
    text = [lines(page) for page in words(draft)]
    body = text[: next(n for n, page in enumerate(text) if page[0].startswith("附件"))]
    assert max(map(len, body)) == 22


def test_a_full_line_has_28_characters(draft):
    full = max((line for page in words(draft) for line in lines(page) if re.fullmatch(r"[^\x00-\xff]+", line)), key=len)
    assert len(full) == 28


def test_page_numbers_stand_outside_between_dashes(draft):
    for number, page in enumerate(words(draft), start=1):
        below = [word for word in page if word[2] > BOTTOM]
        assert "".join(word[0] for word in below) == f"—{number}—"
        middle = (below[0][1] + below[-1][3]) / 2
        assert (middle > 150 * MM) if number % 2 else (middle < 60 * MM)


def test_no_heading_ends_a_page(draft):
    heading = re.compile(r"^(（[一二三四五六七八九十]+）|[一二三四五六七八九十]+、)")
    for page in words(draft):
        last = lines(page)[-1]
        assert not heading.match(last), last


def test_a_long_title_breaks_before_the_year(draft):
    first, second = lines(words(draft)[0])[:2]
    assert (first, second) == ("高新区科技局（环保处）", "2026年工作总结和2027年工作思路")


def test_the_table_repeats_its_head(draft):
    annexed = [page for page in words(draft) if any(word[0] == "明细行数" for word in page)]
    first = next(n for n, page in enumerate(words(draft)) if lines(page)[0].startswith("附件"))
    assert len(annexed) == len(words(draft)) - first


def test_a_draft_says_on_every_page_that_it_is_one(draft):
    for page in pages(draft):
        assert "未签发" in re.sub(r"\s", "", page.extract_text())


def test_the_characters_are_drawn_and_are_no_boxes(app):
    """Without glyphs every character is the same box, and the text still reads right."""
    shapes = set()
    for character in "环境保护":
        paper = pdf.printed(f'<p style="font-size: 60pt; line-height: 1; text-indent: 0">{character}</p>')
        drawn = poppler("pdftoppm", paper, "-r", "50", "-gray", "-x", "50", "-y", "68", "-W", "60", "-H", "60")
        assert len(set(drawn[20:])) > 2
        shapes.add(drawn)
    assert len(shapes) == 4


def test_the_sealed_paper_reads_as_it_should(approved, cast):
    """Word for word. To write it anew: see what the failure shows, and judge it."""
    held, paper = sealing.sealable(approved)
    sealing.seal(approved, held, paper, cast["leader"])
    db.session.commit()
    text = "\n".join(page.extract_text() for page in pages(work.preview(approved)))
    told = re.sub(r"[ 　]", "", text)
    annex = told.index("附件\n")
    assert told[:annex].strip() == GOLDEN.read_text(encoding="utf-8").strip()
    assert "标*的未经签发封存" in told[annex:]
    assert "收到投诉和纠纷件32*+50.0%3" in re.sub(r"\s", "", told[annex:])
    assert approved.content_digest[:32] in told


def test_the_day_has_no_leading_zeros(report, press):
    with dates.stopped(dates.now().replace(month=12, day=5)):
        work.preview(report)
    assert "2026年12月5日" in press[0]


def test_a_reader_of_english_gets_the_chinese_paper(report, cast, as_, press):
    cast["leader"].language = "en"
    db.session.commit()
    answer = as_(cast["leader"]).get(f"/reports/{report.id}/report.pdf")
    assert answer.mimetype == "application/pdf"
    assert "附件：2026年主要数据表" in press[0]


def test_a_report_of_one_line_has_one():
    assert work.title_lines(Report(year=2026, title="2026年工作总结")) == ["2026年工作总结"]
