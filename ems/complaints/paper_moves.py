"""How a paper goes: drafted, issued under its number, brought to whom it is for; or voided, number and all."""

from flask_babel import gettext as _, lazy_gettext as _l, lazy_pgettext as pgettext

from ems.complaints.models import Complaint, ComplaintState, Identity
from ems.complaints.paper_models import CasePaper, PaperKind, PaperState
from ems.complaints.paper_words import heading, left_blank, tells_who
from ems.core import dates, numbers
from ems.core.db import db
from ems.core.people import User
from ems.core.policy import Act, acts
from ems.core.settings import setting
from ems.core.workflow import Move, Workflow, step

S = ComplaintState
DRAFT, ISSUED, DELIVERED, VOID = PaperState
#: said by who says who works on what; the others by who speaks to the caller
DISPATCHED = frozenset({PaperKind.ACCEPTANCE, PaperKind.REFUSAL, PaperKind.ASSIGNMENT, PaperKind.TRANSFER})


def speaks(kind: PaperKind) -> Act:
    return Act.DISPATCH if kind in DISPATCHED else Act.ANSWER


def not_yet(case: Complaint, kind: PaperKind) -> str | None:
    """Why there can be no such paper of the case now."""
    there, said = {
        PaperKind.ACCEPTANCE: (case.accepted_on, _("尚未受理，不能出具受理告知书。")),
        PaperKind.REFUSAL: (case.state is S.REFUSED, _("没有作出不予受理的决定，不能出具不予受理告知书。")),
        PaperKind.TRANSFER: (case.state is S.TRANSFERRED, _("没有转送，不能出具转送函。")),
        PaperKind.ASSIGNMENT: (case.assigned_on, _("尚未交办，不能出具交办单。")),
        PaperKind.EXTENSION: (case.extended_days, _("没有批准延期，不能出具延期告知书。")),
        PaperKind.OPINION: (case.answers, _("尚未答复，不能出具答复意见书。")),
    }[kind]
    return None if there else said


def standing(case: Complaint, kind: PaperKind) -> CasePaper | None:
    """The paper of this kind that is drafted or holds; of those that may be given again, only a draft."""
    again = kind in {PaperKind.ASSIGNMENT, PaperKind.EXTENSION, PaperKind.OPINION}
    counted = {DRAFT} if again else {DRAFT, ISSUED, DELIVERED}
    return next((paper for paper in case.papers if paper.kind is kind and paper.state in counted), None)


def offered(case: Complaint) -> list[PaperKind]:
    """What could be written now and has not been: for the buttons of the case's page."""
    have = {paper.kind for paper in case.papers if paper.state is not VOID}
    return [kind for kind in PaperKind if kind not in have and not_yet(case, kind) is None]


def unfit(paper: CasePaper, user: User) -> str | None:
    if speaks(paper.kind) not in acts(user, paper):
        return _("交办、转送和受理的文书由负责受理交办的人出具。")
    if blanks := left_blank(paper.text):
        return _("正文里还有没有填写的内容：%(blanks)s。", blanks="、".join(blanks))
    if not paper.kind.to_caller and not paper.addressee:
        return _("请填写主送单位。")
    if tells_who(paper.case, *told(paper)):
        return _("正文里出现了反映人的姓名或电话。请删去；给反映人的文书，称谓由系统按身份要求另印。")
    return not_yet(paper.case, paper.kind)


def told(paper: CasePaper) -> tuple[str, str]:
    return paper.text, paper.addressee


def issue(paper: CasePaper, user: User) -> None:
    """Give it its number and its day: from now on it does not change.

    The number is taken here and not when it is drafted: a draft that is never issued would leave a gap. Its row stays
    locked until the commit, so nothing slow (the press) may run in this transaction.
    """
    paper.year, paper.issued_on, paper.issued_by_id = dates.today().year, dates.today(), user.id
    taken = numbers.take(db.session(), f"WH-{paper.kind.series}", paper.year)[0]
    number(paper, int(taken.rsplit("-", 1)[1]))
    named(paper)
    db.session.add(step(paper.case, user, _("出具%(kind)s %(no)s", kind=paper.kind.label, no=paper.no)))


def number(paper: CasePaper, serial: int) -> None:
    paper.serial = serial
    paper.no = f"{setting('bureau_short')}{paper.kind.series}〔{paper.year}〕{serial}号"
    paper.title = heading(paper.kind, paper.case)


def named(paper: CasePaper) -> None:
    """To whom and by whom, as it is on this day."""
    paper.bureau = setting("bureau")
    open_to_all = paper.case.identity is Identity.OPEN and paper.kind.to_caller
    paper.caller = paper.case.complainant if open_to_all else None


def deliver(paper: CasePaper, user: User) -> None:
    words = {"kind": paper.kind.label, "no": paper.no, "way": paper.delivery.label if paper.delivery else ""}
    words["day"] = paper.delivered_on or dates.today()
    db.session.add(step(paper.case, user, _("%(kind)s %(no)s 于 %(day)s 送达（%(way)s）", **words)))


def void(paper: CasePaper, user: User) -> None:
    words = {"kind": paper.kind.label, "no": paper.no}
    db.session.add(step(paper.case, user, _("%(kind)s %(no)s 作废，文号不再使用。", **words), alarm=True))


def under_review(paper: CasePaper, _user: User) -> str | None:
    """What a review looks at must stand as it was given (信访工作条例 35)."""
    if paper.kind is PaperKind.OPINION and paper.case.review_asked_on:
        return _("反映人已请求复查，原答复意见书不能作废；需要补充的，另出一份。")
    return None


F = frozenset
WORKFLOW = Workflow(
    moves=(
        Move("issue", pgettext("move", "出具"), F({DRAFT}), ISSUED, Act.ANSWER, unfit, issue),
        Move("deliver", pgettext("move", "登记送达"), F({ISSUED}), DELIVERED, Act.ANSWER, then=deliver, form=True),
        Move("discard", _l("删去拟稿"), F({DRAFT}), VOID, Act.ANSWER, risk=True),
        Move("void", _l("作废"), F({ISSUED, DELIVERED}), VOID, Act.APPROVE, under_review, void, risk=True),
    ),
    path=(DRAFT, ISSUED, DELIVERED),
)  # fmt: skip
