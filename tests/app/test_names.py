"""The public form knows names that anybody may know, and answers alike whether or not anything is stored of a house."""

from collections.abc import Iterator

import flask
import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.desks.tips import names
from app.desks.tips.gate import MOST_NAMES_FOR_ALL, MOST_NAMES_FOR_ONE, NAMES_SECONDS, Pace
from gis.gazetteer import Gazetteer
from gis.places import Candidate
from gis.suggest import suggestions
from layers import gazetteer, write
from layers.actor import LOCAL
from layers.catalog import LAYERS, VENUE_KINDS
from layers.database import transaction
from layers.profile import CityProfile
from tests.builders import CODES, communities

from .conftest import statements

WEST, SOUTH = 118.0, 27.0
NUMBERS = range(1, 80, 2)
#: roads of the map, and one that only a register knows
ROADS, HIDDEN = ("桃李路", "朝阳街"), "秘园路"
ADDRESSES = [f"青山社区{road}{n}号{tail}" for road in (*ROADS, HIDDEN) for n in NUMBERS for tail in ("", "2单元301室")]


@pytest.fixture
def public(own_app: flask.Flask, own_engine: sa.Engine, demo_profile: CityProfile) -> Iterator[FlaskClient]:
    """A stranger's client, in a city with registered houses, a venue of each kind, and forty tips about one street."""
    own_app.extensions.pop("wuchuan_names", None)
    _store(own_engine)
    gazetteer.renew(own_engine, LOCAL, demo_profile)
    with own_app.test_client() as client:
        yield client


def _store(engine: sa.Engine) -> None:
    borders = communities(border=0.01)
    lines = [shapely.LineString([(WEST, SOUTH + y), (WEST + 0.01, SOUTH + y)]) for y in (0.004, 0.006)]
    roads = pd.DataFrame({"name": ROADS, "identity": ROADS}).astype("str")
    units = pd.DataFrame({"unit_code": [f"U{n}" for n in range(len(ADDRESSES))], "address": ADDRESSES})
    venues = pd.DataFrame({"venue_no": list(VENUE_KINDS), "kind": list(VENUE_KINDS), "address": "青山社区桃李路3号"})
    venues = venues.assign(name=[f"云来{title}" for title in VENUE_KINDS.values()])
    tips = pd.DataFrame({"tip_no": [f"T{n}" for n in range(40)], "address": f"{HIDDEN}5号", "status": "new"})
    tips = tips.assign(received_at=pd.Timestamp("2026-03-01", tz="UTC"), text="有人上课")
    tips["received_at"] = tips["received_at"].astype("datetime64[us, UTC]")
    with transaction(engine, LOCAL) as connection:
        write.load(connection, LAYERS["communities"], borders.set_geometry(borders.translate(WEST, SOUTH)))
        write.load(connection, LAYERS["roads"], gpd.GeoDataFrame(roads, geometry=lines, crs="EPSG:4490"))
        for key, frame, number in (
            ("rental_units", units, "unit_code"),
            ("venues", venues, "venue_no"),
            ("tips", tips, "tip_no"),
        ):
            placed = frame.assign(community_code=CODES[0], identity="no:" + frame[number])
            xs = [WEST + 0.001 + n * 1e-5 for n in range(len(placed))]
            points = gpd.points_from_xy(xs, [SOUTH + 0.004] * len(xs))
            write.load(connection, LAYERS[key], gpd.GeoDataFrame(placed, geometry=points, crs="EPSG:4490"))


def _ask(client: FlaskClient, text: str) -> bytes:
    client.application.extensions.pop("wuchuan_names", None)  # the pace has its own test
    answer = client.get("/tips/names", query_string={"q": text})
    assert answer.status_code == 200
    return answer.get_data()


def test_names_that_anybody_may_know_are_suggested_with_their_areas(public: FlaskClient) -> None:
    road = public.get("/tips/names", query_string={"q": "桃李"}).json
    assert road is not None
    assert {"name": "桃李路", "area": "青山社区"} in road["names"]
    assert {one["name"] for one in road["names"]} == {"桃李路"}
    found = public.get("/tips/names", query_string={"q": "云来"}).json
    assert found is not None
    private = {f"云来{VENUE_KINDS[kind]}" for kind in ("training", "meeting", "office", "other")}
    told = {one["name"] for one in found["names"]}
    assert told
    assert not told & private
    for name in private:
        assert name.encode() not in _ask(public, name)


@pytest.mark.slow
def test_every_registered_address_is_answered_as_one_that_does_not_exist(public: FlaskClient) -> None:
    for road in (*ROADS, HIDDEN):
        made_up = _ask(public, f"青山社区{road}9998号")
        registered = [address for address in ADDRESSES if road in address]
        assert {_ask(public, address) for address in registered} == {made_up}
        short = {_ask(public, address.removeprefix("青山社区")) for address in registered}
        assert short == {_ask(public, f"{road}9998号")}
    assert "号".encode() not in b"".join(_ask(public, address) for address in ADDRESSES)


def test_a_street_with_forty_tips_and_flats_is_answered_as_one_that_nobody_has_heard_of(public: FlaskClient) -> None:
    for text in (HIDDEN, f"{HIDDEN}5号", f"青山社区{HIDDEN}"):
        assert _ask(public, text) == _ask(public, text.replace(HIDDEN, "无闻路"))


def test_the_answer_is_the_same_work_whatever_is_stored(
    public: FlaskClient, own_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def noted(known: Gazetteer, text: str, *, limit: int) -> list[Candidate]:
        asked.append(text)
        return suggestions(known, text, limit=limit)

    monkeypatch.setattr(names, "suggestions", noted)
    _ask(public, "桃李路")
    with statements(own_engine) as seen:
        for text in ("桃李路3号", "桃李路5号2单元301室", "桃李路9998号"):
            _ask(public, text)
    assert set(asked) == {"桃李路"}
    assert not [each for each in seen for table in ("tips", "rental_units", "venues", "zones") if table in each]


def test_what_the_form_stores_or_shows_says_nothing_of_what_is_stored(public: FlaskClient) -> None:
    page = public.get("/tips/new").get_data(as_text=True)
    assert not any(word in page for word in ("可能重复", "热点", HIDDEN))
    for path in ("/api/places?q=桃李路3号", "/tips/likely", "/api/layers/tips"):
        assert public.get(path, headers={"Accept": "application/json"}).status_code in (401, 405)


def test_names_are_asked_for_at_a_persons_pace(public: FlaskClient) -> None:
    pace = Pace(seconds=NAMES_SECONDS, one=MOST_NAMES_FOR_ONE, all_=MOST_NAMES_FOR_ALL)
    assert all(pace.allows("a", now=float(n) / 10) for n in range(MOST_NAMES_FOR_ONE))
    assert not pace.allows("a", now=599.0)
    assert pace.allows("b", now=599.0)
    assert pace.allows("a", now=600.0)
    answers = [public.get("/tips/names", query_string={"q": "桃"}).status_code for _ in range(MOST_NAMES_FOR_ONE + 1)]
    assert (answers[-2], answers[-1]) == (200, 429)


def test_too_long_a_text_and_an_unknown_parameter_are_refused(public: FlaskClient) -> None:
    assert public.get("/tips/names", query_string={"q": "长" * 61}).status_code == 400
    assert public.get("/tips/names", query_string={"name": "长"}).status_code == 400
    assert public.get("/tips/names").json == {"names": []}
