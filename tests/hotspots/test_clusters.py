from datetime import timedelta

import pytest

from ems.hotspots.clusters import Sight, alike, by_week, clusters, distance, rises
from tests.conftest import TODAY

HERE = (104.0600, 30.5900)


def seen(n, ago=1, **known):
    return Sight(f"complaint:{n}", f"complaints:{known.pop('occasion', n)}", 2, TODAY - timedelta(days=ago), **known)


def found(sights, fewest=3, fewest_rise=5):
    return {c.key: c.cases for c in clusters(sights, TODAY, 30, fewest, fewest_rise)}


def test_three_of_one_enterprise_are_a_cluster_and_two_are_not():
    assert found([seen(n, enterprise_id=7) for n in range(3)]) == {"enterprise:7": 3}
    assert found([seen(n, enterprise_id=7) for n in range(2)]) == {}
    assert found([seen(n, enterprise_id=7, ago=31) for n in range(3)]) == {}


def test_the_faults_of_one_visit_count_once():
    assert found([seen(n, enterprise_id=7, occasion=1) for n in range(5)]) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [("石羚路 88 号", "成都市高新区石羚路88号附近"), ("石羚路８８号", "石羚路88号旁"), ("ABC广场", "abc广场对面")],
)
def test_a_place_is_known_however_it_is_written(one, other):
    assert alike(one) == alike(other) != ""


def test_places_that_say_nothing_or_differ_are_not_alike():
    assert (alike("附近"), alike(""), alike("路口")) == ("", "", "")
    assert alike("石羚路88号") != alike("石羚路8号")
    places = ("石羚路 88 号", "石羚路88号附近", "高新区石羚路88号")
    assert found([seen(n, place=place) for n, place in enumerate(places)]) == {"place:石羚路88号": 3}


def test_points_within_three_hundred_metres_gather_and_none_is_counted_twice():
    step = 0.0018  # some 200 m of latitude
    line = [seen(n, point=(HERE[0], HERE[1] + n * step)) for n in range(6)]
    assert 190 < distance(line[0].point, line[1].point) < 210
    assert list(found(line).values()) == [3, 3]
    assert found([seen(n, point=(HERE[0] + n * 0.01, HERE[1])) for n in range(5)]) == {}


def test_a_row_of_an_enterprises_cluster_is_in_no_places():
    rows = [seen(n, enterprise_id=7, place="石羚路88号", point=HERE) for n in range(3)]
    assert list(found(rows)) == ["enterprise:7"]
    assert list(found([*rows, seen(9, place="石羚路88号", point=HERE)])) == ["enterprise:7"]


def test_a_rise_is_more_than_chance():
    before = [seen(n, ago=40 + 20 * n, street_id=3, medium="noise") for n in range(3)]
    now = [seen(10 + n, street_id=3, medium="noise") for n in range(5)]
    assert found([*before, *now]) == {"rise:3:noise": 5}
    assert found([*before, *now[:4]]) == {}
    busy = [seen(100 + n, ago=31 + n, street_id=3, medium="noise") for n in range(60)]
    assert found([*busy, *now]) == {}
    assert [rises(n, 4.0, 5) for n in (10, 11)] == [False, True]


def test_the_bars_count_occasions_by_week():
    rows = [seen(1, ago=0), seen(2, ago=0, occasion=1), seen(3, ago=7), seen(4, ago=90)]
    assert by_week(rows, TODAY - timedelta(days=TODAY.weekday()), 3) == [0, 1, 1]
