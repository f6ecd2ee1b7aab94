"""The layers over HTTP."""

import contextlib
import gzip

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.current import seated
from app.desks.workbench.layers import KEYS
from app.server import THREADS
from layers.actor import LOCAL
from layers.database import transaction

from .conftest import COUNTY, EAST, HOSTILE, PRIVATE, WEST, signed_in, statements
from .test_access import addresses


def features(client: FlaskClient, address: str) -> list[dict[str, object]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    collection = answer.get_json()
    assert collection["type"] == "FeatureCollection"
    assert collection["numberReturned"] == len(collection["features"])
    found: list[dict[str, object]] = collection["features"]
    return found


def numbers(client: FlaskClient, address: str, name: str = "tip_no") -> list[str]:
    return sorted(str(f["properties"][name]) for f in features(client, address))  # type: ignore[index]


def test_the_list_names_every_layer_its_rows_and_its_public_fields(visitor: FlaskClient) -> None:
    listed = {layer["key"]: layer for layer in visitor.get("/api/layers").get_json()}
    assert set(listed) == set(KEYS)
    assert (listed["tips"]["rows"], listed["tips"]["title"], listed["tips"]["tiles"]) == (3, "举报线索", True)
    assert (listed["communities"]["rows"], listed["areas"]["rows"]) == (2, 4)
    assert "text" not in [field["name"] for field in listed["tips"]["fields"]]
    assert listed["risk_zones"]["rows"] == 0


@pytest.mark.parametrize("key", KEYS)
def test_every_layer_answers(visitor: FlaskClient, key: str) -> None:
    features(visitor, f"/api/layers/{key}")


def test_a_feature_is_its_place_in_degrees_and_its_fields(visitor: FlaskClient) -> None:
    (first,) = features(visitor, "/api/layers/tips?bbox=118.01,27.01,118.025,27.025")
    assert first["geometry"] == {"type": "Point", "coordinates": [118.02, 27.02]}
    told = first["properties"]
    assert isinstance(told, dict)
    assert told["received_at"] == "2026-01-10T12:00:00+08:00"
    assert (told["verified"], told["status"], told["community_code"]) == (False, "new", WEST)
    assert "due_on" not in told


def test_days_begin_in_the_city_and_periods_end_before_until(visitor: FlaskClient) -> None:
    assert numbers(visitor, "/api/layers/tips?since=2026-02-01") == ["T2", "T3"]
    assert numbers(visitor, "/api/layers/tips?until=2026-02-01") == ["T1"]
    assert numbers(visitor, "/api/layers/tips?since=2026-02-01&until=2026-02-02") == ["T2"]
    assert numbers(visitor, "/api/layers/raids?until=2026-02-15", "action_no") == []


def test_bounds_and_areas_narrow(visitor: FlaskClient) -> None:
    assert numbers(visitor, "/api/layers/tips?bbox=118.1,27,118.2,27.1") == ["T2"]
    assert numbers(visitor, f"/api/layers/tips?area={COUNTY}") == ["T1", "T3"]
    assert numbers(visitor, f"/api/layers/areas?area={EAST}", "code") == [EAST]
    assert visitor.get("/api/layers/tips?area=990999000000").status_code == 404


def test_communities_are_the_community_level_of_areas(visitor: FlaskClient) -> None:
    assert numbers(visitor, "/api/layers/communities", "code") == [WEST, EAST]
    assert numbers(visitor, "/api/layers/areas?level=community", "code") == [WEST, EAST]
    assert len(numbers(visitor, "/api/layers/areas?level=county", "code")) == 2


def test_number_matched_tells_what_the_limit_left_out(visitor: FlaskClient) -> None:
    answer = visitor.get("/api/layers/rental_units?limit=7").get_json()
    assert (answer["numberMatched"], answer["numberReturned"], len(answer["features"])) == (40, 7, 7)
    narrowed = visitor.get("/api/layers/tips?limit=1&since=2026-02-01").get_json()
    assert (narrowed["numberMatched"], narrowed["numberReturned"]) == (2, 1)


def test_areas_asked_for_with_a_period_carry_what_happened_in_them(visitor: FlaskClient) -> None:
    address = "/api/layers/areas?level=community&since=2026-01-01&until=2027-01-01"
    west, east = [f["properties"] for f in features(visitor, address)]
    names = ("tips", "findings", "rental_units", "venues", "rate_per_100")
    # the rejected tip does not stand; 100 × 1 / 40, and no rate over one venue
    assert [west[name] for name in names] == [1, 0, 40, 0, 2.5]  # type: ignore[index]
    assert [east.get(name) for name in names] == [1, 1, 0, 1, None]  # type: ignore[attr-defined]
    early = features(visitor, "/api/layers/communities?until=2026-01-02")
    assert [f["properties"]["tips"] for f in early] == [0, 0]  # type: ignore[index]


@pytest.mark.parametrize(
    "query",
    [
        "bbox=1,2,3",
        "bbox=119,27,118,28",
        "bbox=118,27,118,28",
        "bbox=nan,27,119,28",
        "bbox=118,27,119,91",
        "bbox=118,27,119,1e999",
        "bbox=118;27;119;28",
        "since=2026-2-1",
        "since=2026-02-30",
        "since=20260201",
        "since=0001-01-01",
        "since=today",
        "since=2026-02-01&until=2026-02-01",
        "until=9999-12-31",
        "limit=0",
        "limit=-1",
        "limit=1.5",
        "limit=50001",
        "limit=1_000",
        "limit=٣",
        "limit=1&limit=2",
        "level=street",
        "area=%00",
        "area=99%25",
        "area='%20OR%201=1",
        "untill=2026-01-01",
    ],
)
@pytest.mark.parametrize("layer", ["areas", "tips"])
def test_a_bad_parameter_is_400_and_a_sentence(visitor: FlaskClient, layer: str, query: str) -> None:
    answer = visitor.get(f"/api/layers/{layer}?{query}")
    assert answer.status_code == 400, answer.get_data(as_text=True)
    told = answer.get_json()
    assert told["error"] == "bad_parameter"
    assert told["sentence"].startswith("参数有误:")


def test_all_bad_parameters_are_named_at_once(visitor: FlaskClient) -> None:
    sentence = visitor.get("/api/layers/tips?bbox=1&since=x&limit=y&z=1").get_json()["sentence"]
    for name in ("bbox", "since", "limit", "这里只用"):
        assert name in sentence


def test_an_unknown_layer_is_404_and_names_those_there_are(visitor: FlaskClient) -> None:
    answer = visitor.get("/api/layers/people")
    assert (answer.status_code, answer.get_json()["error"]) == (404, "unknown_layer")
    assert "rental_units" in answer.get_json()["sentence"]


@pytest.mark.slow
def test_private_text_is_in_no_answer_but_the_tip_desks(app: flask.Flask, visitor: FlaskClient) -> None:
    paths = [path for end, _, path in addresses(app, {"GET"}) if end != "tips.one"]
    paths += [f"/api/layers/{key}" for key in KEYS]
    paths += [
        f"/tiles/{key}/{z}/{x}/{y}.mvt" for key in ("tips", "raids") for z, x, y in ((0, 0, 0), (15, 27140, 13827))
    ]
    for path in paths:
        assert PRIVATE.encode() not in visitor.get(path, buffered=True).data, path


def test_markup_in_a_name_comes_back_as_text_that_no_page_can_run(visitor: FlaskClient) -> None:
    for path in ("/api/layers/venues", "/api/layers/communities", "/api/layers/areas?level=community&since=2026-01-01"):
        answer = visitor.get(path)
        assert answer.mimetype == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert b"<" not in answer.data, path
        assert HOSTILE in [f["properties"]["name"] for f in answer.get_json()["features"]]
    assert b"alert(1)" not in visitor.get("/").data


def test_a_kept_answer_costs_no_statement_while_its_versions_are_fresh(
    visitor: FlaskClient, city_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.answers.FRESH_SECONDS", 60)
    for path in ("/api/layers/communities", "/api/layers/tips?limit=1", "/tiles/tips/7/105/54.mvt", "/api/figures"):
        visitor.get(path)
        with statements(city_engine) as seen:
            assert visitor.get(path).status_code == 200
        assert seen == [], path


def test_a_client_that_has_the_answer_is_told_so_in_no_bytes(visitor: FlaskClient) -> None:
    first = visitor.get("/api/layers/rental_units")
    tag = first.headers["ETag"]
    again = visitor.get("/api/layers/rental_units", headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert visitor.get("/api/layers/rental_units", headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_gzip_is_for_those_who_take_it_and_both_forms_are_the_same(visitor: FlaskClient) -> None:
    plain = visitor.get("/api/layers/rental_units", headers={"Accept-Encoding": "gzip;q=0"})
    packed = visitor.get("/api/layers/rental_units", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    assert packed.headers["ETag"] == plain.headers["ETag"]
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_written_layer_is_answered_anew(
    own_app: flask.Flask, own_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.answers.FRESH_SECONDS", 0)
    client = signed_in(own_app)
    before = client.get("/api/layers/rivers")
    with transaction(own_engine, LOCAL) as connection:
        line = "INSERT INTO rivers (name, geom, identity) VALUES ('青溪', :shape, gen_random_uuid())"
        connection.execute(sa.text(line), {"shape": "SRID=4490;MULTILINESTRING((118 27, 118.1 27))"})
    after = client.get("/api/layers/rivers")
    assert (before.get_json()["numberMatched"], after.get_json()["numberMatched"]) == (0, 1)
    assert before.headers["ETag"] != after.headers["ETag"]


def test_a_very_large_answer_takes_a_seat_and_one_that_only_might_be_takes_none(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.desks.workbench.layers.MANY_ROWS", 20)
    with contextlib.ExitStack() as taken:
        for _ in range(THREADS - 1):
            taken.enter_context(seated())
        busy = visitor.get("/api/layers/rental_units?limit=40000")
        assert (busy.status_code, busy.json["error"]) == (503, "busy")
        assert visitor.get("/api/layers/tips?limit=40000").status_code == 200  # three rows
        assert visitor.get("/api/layers/rental_units?limit=20").status_code == 200
    assert visitor.get("/api/layers/rental_units?limit=40000").json["numberReturned"] == 40
