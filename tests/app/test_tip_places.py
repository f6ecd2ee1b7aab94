"""Where the desk puts a tip: at the place of its address, beside what it may repeat, once that is sure."""

from typing import Any

import flask
import geopandas as gpd
import pandas as pd
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from layers import gazetteer, write
from layers.catalog import LAYERS
from layers.database import transaction
from layers.profile import CityProfile
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
    with transaction(own_engine) as connection:
        write.load(connection, LAYERS["communities"], borders.set_geometry(borders.translate(WEST, SOUTH)))
        for key, frame, xs in (("rental_units", units, [118.001, 118.005, 118.009]), ("tips", tips, [HOUSE[0]] * 12)):
            points = gpd.points_from_xy(xs, [HOUSE[1]] * len(xs))
            write.load(connection, LAYERS[key], gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4490"))
    gazetteer.renew(own_engine, demo_profile)
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
    with transaction(own_engine) as connection:
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
