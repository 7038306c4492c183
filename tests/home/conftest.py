"""Cases with a duty of a known day, in a request of somebody."""

from datetime import timedelta

import pytest

from ems.complaints.models import Channel
from tests import factories
from tests.conftest import TODAY


@pytest.fixture
def case(units, cast):
    def made(left, handler="officer", unit="bureau", **known):
        """An instruction to be answered in `left` days."""
        due = {"channel": Channel.INSTRUCTION, "document_due_on": TODAY + timedelta(days=left)}
        who = {"handler_id": cast[handler].id if handler else None, "unit_id": units[unit].id}
        return factories.complaint(units, cast, **due, **who, **known)

    return made


@pytest.fixture
def seen(as_, cast):
    """The text of a page as this person sees it."""

    def page(name, path="/", status=200):
        answer = as_(cast[name]).get(path, follow_redirects=True)
        assert answer.status_code == status, (name, path, answer.status_code)
        return answer.text

    return page
