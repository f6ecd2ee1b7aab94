"""The figures and the table of counties over HTTP."""

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from layers import tips as desk_tips
from layers import write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from tests.builders import communities, tips

from .conftest import COUNTY, EAST_COUNTY, POST, signed_in


def test_the_figures_of_a_period(visitor: FlaskClient) -> None:
    told = visitor.get("/api/figures?since=2026-01-01&until=2026-03-01").get_json()
    # of three tips the rejected one does not stand
    assert {name: told[name] for name in ("since", "until", "tips", "verified", "raids", "dens", "rescued")} == {
        "since": "2026-01-01", "until": "2026-03-01", "tips": 2, "verified": 1, "raids": 1, "dens": 2, "rescued": 3,
    }  # fmt: skip
    assert told["communities"] == 2


def test_an_open_period_is_all_there_is(visitor: FlaskClient) -> None:
    told = visitor.get("/api/figures").get_json()
    assert (told["tips"], told["until"]) == (2, "2026-02-16")


@pytest.mark.parametrize(("until", "standing"), [("", 0), ("&until=2026-02-01", 1)])
def test_figures_and_areas_of_a_period_agree_on_a_tip_rejected_today(
    own_app: flask.Flask, own_engine: sa.Engine, until: str, standing: int
) -> None:
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["communities"], communities())
        write.load(connection, LAYERS["tips"], tips([(0.5, 0.5)]))
        tip_id = desk_tips.numbered(connection, "T0")
        desk_tips.keep_step(connection, tip_id, step="rejected", reason="", post=POST)
        desk_tips.move(connection, tip_id, {"status": "rejected"})
    client = signed_in(own_app)
    figures = client.get(f"/api/figures?since=2026-01-01{until}").get_json()
    areas = client.get(f"/api/layers/communities?since=2026-01-01{until}").get_json()["features"]
    assert (figures["tips"], sum(area["properties"]["tips"] for area in areas)) == (standing, standing)


def test_the_figures_of_one_county(visitor: FlaskClient) -> None:
    assert visitor.get(f"/api/figures?area={COUNTY}").get_json()["dens"] == 0
    assert visitor.get(f"/api/figures?area={EAST_COUNTY}").get_json()["dens"] == 2


def test_the_counties_are_rows_and_add_up(visitor: FlaskClient) -> None:
    rows = visitor.get("/api/counties?since=2026-01-01&until=2026-03-01").get_json()
    assert [(row["code"], row["name"], row["tips"], row["dens"]) for row in rows] == [
        (COUNTY, "西县", 1, 0),
        (EAST_COUNTY, "东县", 1, 2),
    ]


@pytest.mark.parametrize("path", ["/api/figures?since=x", "/api/counties?area=99", "/api/figures?limit=1"])
def test_bad_parameters_are_400(visitor: FlaskClient, path: str) -> None:
    assert visitor.get(path).status_code == 400


def test_an_unknown_area_is_404(visitor: FlaskClient) -> None:
    assert visitor.get("/api/figures?area=990999000000").status_code == 404
