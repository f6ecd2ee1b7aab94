"""Where the desk puts a tip: at the place of its address, beside what it may repeat, once that is sure."""

import datetime as dt
from typing import Any

import flask
import geopandas as gpd
import pandas as pd
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from layers import gazetteer, write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from layers.profile import CityProfile
from layers.sql import statement
from tests.builders import CODES, communities

from .conftest import signed_in

HEADERS = {"X-CSRF-Token": "the-token", "Accept": "application/json"}
WEST, SOUTH = 118.0, 27.0
HOUSE = (118.005, 27.005)
TOLD = "每天早上有二十多人听课"


@pytest.fixture
def desk(own_app: flask.Flask, own_engine: sa.Engine, demo_profile: CityProfile) -> FlaskClient:
    """The desk of a city with the houses 1, 5 and 9 of a road and twelve old tips about number 5."""
    borders = communities(border=0.01)
    numbers = [1, 5, 9]
    units = pd.DataFrame({"unit_code": [f"U{n}" for n in numbers], "address": [f"桃李路{n}号" for n in numbers]})
    units = units.assign(community_code=CODES[0], identity="no:" + units["unit_code"])
    tips = pd.DataFrame(
        {"tip_no": [f"T{n}" for n in range(12)], "text": "每天早上有二十多人听课", "status": "accepted"}
    )
    received = pd.Timestamp("2023-03-01", tz="UTC") + pd.to_timedelta([30 * n for n in range(12)], unit="D")
    tips = tips.assign(received_at=received.astype("datetime64[us, UTC]"), identity="no:" + tips["tip_no"])
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["communities"], borders.set_geometry(borders.translate(WEST, SOUTH)))
        for key, frame, xs in (("rental_units", units, [118.001, 118.005, 118.009]), ("tips", tips, [HOUSE[0]] * 12)):
            points = gpd.points_from_xy(xs, [HOUSE[1]] * len(xs))
            write.load(connection, LAYERS[key], gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4490"))
    gazetteer.renew(own_engine, LOCAL, demo_profile)
    return signed_in(own_app)


def _kept(desk: FlaskClient, **told: object) -> dict[str, Any]:
    answer = desk.post("/tips", json={"text": "有人上课"} | told, headers=HEADERS)
    assert answer.status_code == 201, answer.text
    return dict(_json(desk.get(f"/tips/{_json(answer)['tip_id']}")))


def _json(answer: TestResponse) -> dict[str, Any]:
    return dict(answer.get_json())


def _looked(desk: FlaskClient, **typed: object) -> dict[str, Any]:
    answer = desk.post("/tips/likely", json=typed, headers=HEADERS)
    assert answer.status_code == 200, answer.text
    return _json(answer)


def test_a_tip_of_a_sure_address_is_stored_where_that_is(desk: FlaskClient) -> None:
    tip = _kept(desk, address="桃李路五号2单元301室")
    assert (round(tip["lon"], 4), round(tip["lat"], 4)) == HOUSE
    assert (tip["place_error_m"], tip["community_code"]) == (30, CODES[0])
    assert (tip["matched"], len(tip["originals"])) == (12, 12)


def test_a_vague_address_gives_no_point_and_a_point_of_ones_own_stays(desk: FlaskClient) -> None:
    cases: tuple[tuple[dict[str, object], float | None], ...] = (
        ({"address": "青山社区"}, None),
        ({"address": "桃李路5号", "lon": 118.002, "lat": 27.002}, 118.002),
        ({"address": "桃李路5号", "lon": 118, "lat": 27.002, "place_error_m": 40}, 118.0),
    )
    for told, lon in cases:
        assert _kept(desk, **told)["lon"] == lon


def test_what_is_typed_shows_what_it_may_repeat_before_it_is_saved(desk: FlaskClient, own_engine: sa.Engine) -> None:
    told = _looked(desk, text=TOLD, address="桃李路5号", lon=HOUSE[0], lat=HOUSE[1])
    assert (told["matched"], told["community_code"], told["doubt"]) == (12, CODES[0], None)
    assert _looked(desk, text="别的事情发生了两回", lon=118.0001, lat=27.0001)["matched"] == 0
    with transaction(own_engine, LOCAL) as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM tips")).scalar_one() == 12


def test_an_address_that_names_another_community_is_doubted(desk: FlaskClient) -> None:
    typed = {"address": "绿水村桃李路5号", "community_code": CODES[0]}
    sentence = "地址写的是“绿水村”,而社区是“青山社区”,请核对"
    assert _looked(desk, **typed)["doubt"] == sentence
    assert _looked(desk, address="青山社区桃李路5号", community_code=CODES[0])["doubt"] is None
    assert _looked(desk, address="桃李路5号", community_code=CODES[0])["doubt"] is None
    assert _kept(desk, **typed)["doubt"] == sentence


@pytest.mark.parametrize(
    "typed",
    [{"lon": 1.0, "lat": 1.0}, {"lon": 118.0}, {"text": "长" * 4001}, {"address": "\0"}, {"place_error_m": 10**400}],
)
def test_what_cannot_be_looked_at_is_refused(desk: FlaskClient, typed: dict[str, object]) -> None:
    assert desk.post("/tips/likely", json=typed, headers=HEADERS).status_code == 400
    refused = desk.post("/tips", json={"text": "有人上课"} | typed, headers=HEADERS)
    assert (refused.status_code, "sentence" in _json(refused)) == (400, True)


TWICE = "团结路3号"


@pytest.fixture
def doubled(desk: FlaskClient, own_engine: sa.Engine, demo_profile: CityProfile) -> FlaskClient:
    """The same desk, where either community has a house of the same road and number."""
    units = pd.DataFrame({"unit_code": ["V0", "V1"], "address": TWICE, "community_code": CODES})
    units = units.assign(identity="no:" + units["unit_code"])
    points = gpd.points_from_xy([118.004, 118.5], [27.002, 27.5])
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["rental_units"], gpd.GeoDataFrame(units, geometry=points, crs="EPSG:4490"))
    gazetteer.renew(own_engine, LOCAL, demo_profile)
    desk.application.extensions["wuchuan"].places._version = None  # read anew, and at once
    desk.application.extensions["wuchuan"].places._known = None
    return desk


def _put(desk: FlaskClient, tip_id: int, version: int, **told: object) -> TestResponse:
    return desk.post(f"/tips/{tip_id}/place", json=told, headers=HEADERS | {"If-Match": f'"{version}"'})


def _chosen(place: dict[str, Any]) -> dict[str, object]:
    names = {"lon": "lon", "lat": "lat", "place_error_m": "radius_m", "community_code": "community_code"}
    return {name: place[key] for name, key in names.items()} | {"name": place["name"]}


def test_a_tip_that_was_not_placed_offers_the_places_its_address_may_mean_and_takes_one(
    doubled: FlaskClient, own_engine: sa.Engine
) -> None:
    tip = _kept(doubled, address=TWICE)
    assert (tip["lon"], tip["places_matched"]) == (None, 2)
    assert [(place["name"], place["community_code"]) for place in tip["places"]] == [(TWICE, code) for code in CODES]
    second = tip["places"][1]
    taken = _put(doubled, tip["tip_id"], tip["version"], **_chosen(second))
    assert (taken.status_code, _json(taken)) == (200, {"tip_id": tip["tip_id"], "status": "new", "version": 2})
    after = _json(doubled.get(f"/tips/{tip['tip_id']}"))
    assert (after["lon"], after["lat"], after["place_error_m"]) == (118.5, 27.5, 30)
    assert (after["community"], after["status"]) == ("绿水村", "new")
    assert (after["steps"][-1]["step"], after["steps"][-1]["post"]) == ("placed", "值班岗")
    assert after["steps"][-1]["reason"] == "团结路3号,误差约 30 米"
    with transaction(own_engine, LOCAL) as connection:
        noted = connection.execute(sa.text("SELECT detail FROM audit WHERE action = 'tip_placed'")).scalar_one()
    assert noted == {"tip_id": tip["tip_id"], "post": "值班岗"}


def test_a_tip_that_stands_by_its_address_may_be_put_elsewhere_and_a_marked_point_stays(doubled: FlaskClient) -> None:
    tip = _kept(doubled, address="桃李路5号")
    there = {"lon": 118.009, "lat": 27.005, "place_error_m": 30, "name": "桃李路9号"}
    assert _put(doubled, tip["tip_id"], 1, **there).status_code == 200
    moved = _json(doubled.get(f"/tips/{tip['tip_id']}"))
    assert (moved["lon"], moved["community_code"], moved["places_matched"]) == (118.009, CODES[0], 1)
    marked = _kept(doubled, address="桃李路5号", lon=118.002, lat=27.002)
    assert marked["places"] == []
    refused = _put(doubled, marked["tip_id"], 1, **there)
    assert (refused.status_code, _json(refused)["error"]) == (409, "has_place")


def test_a_place_is_refused_from_a_version_that_has_passed_and_outside_the_city(doubled: FlaskClient) -> None:
    tip = _kept(doubled, address=TWICE)
    there = _chosen(tip["places"][0])
    bad: tuple[dict[str, object], ...] = (
        {"lon": 10.0}, {"place_error_m": -1}, {"community_code": "990101001099"}, {"name": "长" * 201}, {"lat": None},
    )  # fmt: skip
    for wrong in bad:
        refused = _put(doubled, tip["tip_id"], 1, **(there | wrong))
        assert (refused.status_code, "sentence" in _json(refused)) == (400, True), wrong
    assert _put(doubled, tip["tip_id"], 1, **there).status_code == 200
    stale = _put(doubled, tip["tip_id"], 1, **there)
    assert (stale.status_code, _json(stale)["sentence"][:13]) == (412, "值班岗刚才已把这条线索定位")


def test_a_rejected_tip_that_is_placed_later_is_still_thrown_out(doubled: FlaskClient, own_engine: sa.Engine) -> None:
    tip = _kept(doubled, address=TWICE, text="查无此事的一条")
    step = {"step": "rejected", "reason": "查无此事", "version": 1}
    assert doubled.post(f"/tips/{tip['tip_id']}/steps", json=step, headers=HEADERS).status_code == 200
    assert _put(doubled, tip["tip_id"], 2, **_chosen(tip["places"][0])).status_code == 200
    tomorrow = dt.date.today() + dt.timedelta(days=2)  # noqa: DTZ011 - past today in any zone
    with transaction(own_engine, LOCAL) as connection:
        known = connection.execute(
            statement("tips_known"), {"since": tomorrow - dt.timedelta(days=9), "until": tomorrow}
        ).mappings()
        assert [row["lon"] for row in known] == []


def test_a_distance_comes_with_how_far_off_it_may_be(desk: FlaskClient, own_engine: sa.Engine) -> None:
    with transaction(own_engine, LOCAL) as connection:
        connection.execute(sa.text("UPDATE tips SET place_error_m = 230"))
    told = _looked(desk, text=TOLD, lon=HOUSE[0], lat=HOUSE[1], place_error_m=40)
    assert {(row["distance_m"], row["distance_error_m"]) for row in told["originals"]} == {(0, 270)}
    assert _looked(desk, text=TOLD, lon=HOUSE[0], lat=HOUSE[1])["originals"][0]["distance_error_m"] == 230


def test_a_text_says_how_many_places_it_may_mean(doubled: FlaskClient) -> None:
    for text, meant, sure in (
        (TWICE, 2, False),
        ("桃李路5号", 1, True),
        ("青山社区团结路3号", 1, True),
        ("没有的路", 0, False),
    ):
        told = _json(doubled.get("/api/places", query_string={"q": text}))
        assert (told["meant"], told["sure"]) == (meant, sure), text
