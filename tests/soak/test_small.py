"""Two weeks with a holiday in them, played as `make soak` plays a year."""

from datetime import date

import pytest

from tests.postgres import emptied, server  # noqa: F401  a fixture among them
from tests.soak.run import soak

FIRST = date(2026, 9, 28)  # 国庆节: off from October 1st to 7th
pytestmark = pytest.mark.xdist_group("soak")  # its processes are enough at a time


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return (
        f"sqlite:///{tmp_path / 'ems.db'}" if request.param == "sqlite" else emptied(request.getfixturevalue("server"))
    )


def test_nothing_is_missed_and_nothing_doubled_though_processes_die(url, tmp_path):
    found = soak(url, tmp_path, FIRST, days=12, cases=100, kills=3, machines=3)
    assert (found.missed, found.wrong) == ([], [])
    assert (found.doubled, found.doubled_inbox) == (0, 0)
    assert found.lost_mails == 0
    assert found.kills == 3
    assert sum(found.repeated.values()) == found.posting >= 1  # sent, and its sender died before it could note that
    assert found.rungs.keys() == {"person", "head", "leader"}
    assert found.told > 100
    assert found.sound
