"""Drawn zones over HTTP: kept, changed from the version that was seen, refused with a sentence, never lost."""

import json
import threading
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from layers import drawings, write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from layers.sign_ins import LOCAL_ACCOUNT

from .conftest import WEST, signed_in
from .conftest import _city as city

ALL = "/api/drawn-zones"
SQUARE = [[118.02, 27.02], [118.04, 27.02], [118.04, 27.04], [118.02, 27.04], [118.02, 27.02]]
TOKEN = {"X-CSRF-Token": "the-token"}
NOBODYS = "00000000-0000-4000-8000-000000000000"


def feature(geometry: object = None, **told: object) -> dict[str, Any]:
    shape = geometry or {"type": "Polygon", "coordinates": [SQUARE]}
    return {"type": "Feature", "geometry": shape, "properties": {"name": "东片", "family": "key_area", **told}}


@pytest.fixture
def client(own_app: flask.Flask) -> FlaskClient:
    return signed_in(own_app)


def post(client: FlaskClient, body: object) -> TestResponse:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(ALL, data=data, headers=TOKEN)


def put(client: FlaskClient, drawn_id: str, body: object, tag: str | None) -> TestResponse:
    headers = TOKEN if tag is None else {**TOKEN, "If-Match": tag}
    return client.put(f"{ALL}/{drawn_id}", data=json.dumps(body), headers=headers)


def delete(client: FlaskClient, drawn_id: str, tag: str | None) -> TestResponse:
    return client.delete(f"{ALL}/{drawn_id}", headers=TOKEN if tag is None else {**TOKEN, "If-Match": tag})


def test_a_drawing_is_kept_with_its_id_and_version_and_found_again(client: FlaskClient) -> None:
    answer = post(client, feature(note="先看这里", radius_m=None))
    assert answer.status_code == 201
    stored = answer.get_json()
    assert (stored["version"], answer.headers["ETag"]) == (1, '"1"')
    assert stored["geometry"] == {"type": "Polygon", "coordinates": [SQUARE]}
    told = stored["properties"]
    assert [told[name] for name in ("name", "family", "note", "radius_m", "version")] == [
        "东片", "key_area", "先看这里", None, 1,
    ]  # fmt: skip
    assert client.get(f"{ALL}/{stored['id']}").get_json() == stored
    listed = client.get(ALL).get_json()
    assert (listed["numberMatched"], listed["features"]) == (1, [stored])
    assert answer.headers["Location"] == f"{ALL}/{stored['id']}"


def test_points_with_a_radius_and_lines_and_parts_are_kept_as_drawn(client: FlaskClient) -> None:
    shapes = [
        {"type": "Point", "coordinates": [118.03, 27.03]},
        {"type": "LineString", "coordinates": [[118.03, 27.03], [118.05, 27.05]]},
        {"type": "MultiLineString", "coordinates": [[[118.03, 27.03], [118.05, 27.05]]]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
    ]
    assert [post(client, feature(shape)).get_json()["geometry"] for shape in shapes] == shapes
    circle = post(client, feature(shapes[0], radius_m=250.04)).get_json()
    assert circle["properties"]["radius_m"] == 250


def test_a_change_needs_the_version_it_was_made_from(client: FlaskClient) -> None:
    stored = post(client, feature()).get_json()
    drawn_id = stored["id"]
    missing = put(client, drawn_id, feature(name="西片"), None)
    assert (missing.status_code, missing.get_json()["error"]) == (428, "no_version")
    assert delete(client, drawn_id, None).status_code == 428
    changed = put(client, drawn_id, feature(name="西片"), '"1"')
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    for tag in ('"1"', '"3"', "2", 'W/"2"', '"x"', '"1", "2"'):
        stale = put(client, drawn_id, feature(name="北片"), tag)
        told = stale.get_json()
        assert (stale.status_code, told["error"], stale.headers["ETag"]) == (412, "stale", '"2"'), tag
        assert (told["current"], told["yours"]["properties"]["name"]) == (changed.get_json(), "北片")
        assert delete(client, drawn_id, tag).status_code == 412
    half = put(client, drawn_id, feature(more="\ud800"), '"1"')
    assert (half.status_code, half.get_json()["yours"]["properties"]["more"]) == (412, "?")
    assert client.get(f"{ALL}/{drawn_id}").get_json()["properties"]["name"] == "西片"
    assert put(client, drawn_id, feature(name="随便"), "*").status_code == 200


def test_what_is_removed_is_kept_and_can_be_put_back(client: FlaskClient, own_engine: sa.Engine) -> None:
    drawn_id = post(client, feature()).get_json()["id"]
    removed = delete(client, drawn_id, '"1"')
    assert (removed.status_code, removed.headers["ETag"]) == (200, '"2"')
    assert removed.get_json()["properties"]["deleted_at"]
    assert client.get(f"{ALL}/{drawn_id}").status_code == 404
    assert delete(client, drawn_id, '"2"').status_code == 404
    assert client.get(ALL).get_json()["features"] == []
    assert client.get("/api/layers/drawn_zones").get_json()["features"] == []
    late = put(client, drawn_id, feature(name="迟了"), '"1"')
    assert (late.status_code, "删除" in late.get_json()["sentence"]) == (412, True)
    assert put(client, drawn_id, feature(), '"2"').get_json()["version"] == 3
    assert len(client.get(ALL).get_json()["features"]) == 1
    with transaction(own_engine, LOCAL) as connection:
        kept = drawings.versions(connection, drawn_id)
    assert [(row["version"], row["account"], bool(row["deleted_at"])) for row in kept] == [
        (1, LOCAL_ACCOUNT, False), (2, LOCAL_ACCOUNT, True), (3, LOCAL_ACCOUNT, False),
    ]  # fmt: skip


def test_unknown_drawings_are_404_whatever_their_id(client: FlaskClient) -> None:
    for drawn_id in ("00000000-0000-4000-8000-000000000000", "abc", "%00", "'; DROP"):
        assert client.get(f"{ALL}/{drawn_id}").status_code == 404
        assert put(client, drawn_id, feature(), '"1"').status_code == 404
        assert delete(client, drawn_id, '"1"').status_code == 404


def test_nothing_is_changed_without_the_sessions_token(client: FlaskClient) -> None:
    drawn_id = post(client, feature()).get_json()["id"]
    body = json.dumps(feature(name="别人"))
    assert client.post(ALL, data=body).status_code == 403
    assert client.put(f"{ALL}/{drawn_id}", data=body, headers={"If-Match": '"1"'}).status_code == 403
    assert client.delete(f"{ALL}/{drawn_id}", headers={"If-Match": '"1"'}).status_code == 403
    assert client.get(f"{ALL}/{drawn_id}").get_json()["version"] == 1


BOW = [[118.02, 27.02], [118.04, 27.04], [118.04, 27.02], [118.02, 27.04], [118.02, 27.02]]
DEEP = '{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":' + "[" * 2_000 + "]" * 2_000
BAD = {
    "self_crossing": (feature({"type": "Polygon", "coordinates": [BOW]}), "bad_geometry"),
    "empty_polygon": (feature({"type": "Polygon", "coordinates": []}), "bad_geometry"),
    "empty_ring": (feature({"type": "Polygon", "coordinates": [[]]}), "bad_geometry"),
    "flat": (feature({"type": "Polygon", "coordinates": [[[118, 27], [118.1, 27], [118, 27]]]}), "bad_geometry"),
    "two_vertices": (feature({"type": "Polygon", "coordinates": [[[118, 27], [118.1, 27]]]}), "bad_geometry"),
    "one_place_line": (feature({"type": "LineString", "coordinates": [[118, 27], [118, 27]]}), "bad_geometry"),
    "no_geometry": (feature() | {"geometry": None}, "bad_geometry"),
    "collection": (feature({"type": "GeometryCollection", "geometries": []}), "bad_geometry"),
    "wrong_kind": (feature({"type": ["Point"], "coordinates": [118, 27]}), "bad_geometry"),
    "wrong_depth": (feature({"type": "Point", "coordinates": [[118, 27]]}), "bad_geometry"),
    "words": (feature({"type": "Point", "coordinates": ["118", "27"]}), "bad_geometry"),
    "flags": (feature({"type": "Point", "coordinates": [True, False]}), "bad_geometry"),
    "huge_whole": (feature({"type": "Point", "coordinates": [10**400, 27]}), "bad_geometry"),
    "infinite": (
        json.dumps(feature({"type": "Point", "coordinates": [1, 27]})).replace("[1,", "[1e999,"),
        "bad_geometry",
    ),
    "nan": (json.dumps(feature({"type": "Point", "coordinates": [float("nan"), 27]})), "bad_feature"),
    "swapped": (feature({"type": "Point", "coordinates": [27.03, 118.03]}), "outside"),
    "partly_outside": (feature({"type": "LineString", "coordinates": [[118, 27], [120, 27]]}), "outside"),
    "too_many": (
        feature({"type": "LineString", "coordinates": [[118 + n * 1e-5, 27.01] for n in range(5001)]}),
        "bad_geometry",
    ),
    "deep": (DEEP, "bad_feature"),
    "no_json": ("{", "bad_feature"),
    "no_body": (b"", "bad_feature"),
    "bytes": (b"\xff\xfe\x00", "bad_feature"),
    "a_list": ([feature()], "bad_feature"),
    "a_geometry": ({"type": "Point", "coordinates": [118, 27]}, "bad_feature"),
    "no_properties": (feature() | {"properties": None}, "bad_feature"),
    "no_name": (feature(name=" "), "bad_name"),
    "null_name": (feature(name=None), "bad_name"),
    "number_name": (feature(name=5), "bad_name"),
    "long_name": (feature(name="长" * 61), "bad_name"),
    "zero_byte": (feature(name="a\x00b"), "bad_name"),
    "half_character": (feature(name="\ud800"), "bad_name"),
    "turned_text": (feature(name="a\u202eb"), "bad_name"),
    "long_note": (feature(note="长" * 501), "bad_note"),
    "note_list": (feature(note=["a"]), "bad_note"),
    "unknown_family": (feature(family="red"), "bad_family"),
    "no_family": (feature(family=None), "bad_family"),
    "list_family": (feature(family=[]), "bad_family"),
    "radius_of_area": (feature(radius_m=100), "bad_radius_m"),
    "no_radius": (feature({"type": "Point", "coordinates": [118.03, 27.03]}, radius_m=0), "bad_radius_m"),
    "wide": (feature({"type": "Point", "coordinates": [118.03, 27.03]}, radius_m=20_001), "bad_radius_m"),
    "word_radius": (feature({"type": "Point", "coordinates": [118.03, 27.03]}, radius_m="9"), "bad_radius_m"),
}


def test_what_cannot_be_kept_is_refused_with_one_sentence_and_nothing_is_saved(client: FlaskClient) -> None:
    drawn_id = post(client, feature()).get_json()["id"]
    for name, (body, kind) in BAD.items():
        answer = post(client, body)
        assert (answer.status_code, answer.get_json()["error"]) == (400, kind), name
        assert len(answer.get_json()["sentence"]) > 3
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        again = client.put(f"{ALL}/{drawn_id}", data=data, headers={**TOKEN, "If-Match": '"1"'})
        assert (again.status_code, again.get_json()["error"]) == (400, kind), name
    (kept,) = client.get(ALL).get_json()["features"]
    assert (kept["id"], kept["version"]) == (drawn_id, 1)


def test_an_open_ring_a_height_and_a_touching_ring_are_mended(client: FlaskClient) -> None:
    open_ring = [[*place, 12.5] for place in SQUARE[:-1]]
    assert post(client, feature({"type": "Polygon", "coordinates": [open_ring]})).get_json()["geometry"] == {
        "type": "Polygon",
        "coordinates": [SQUARE],
    }
    middle = [118.03, 27.03]
    hourglass = [*SQUARE[:2], middle, *SQUARE[2:4], middle, SQUARE[0]]
    mended = post(client, feature({"type": "Polygon", "coordinates": [hourglass]})).get_json()
    assert (mended["geometry"]["type"], len(mended["geometry"]["coordinates"])) == ("MultiPolygon", 2)


def test_personal_data_are_masked_before_they_are_kept(client: FlaskClient) -> None:
    stored = post(client, feature(name="找 13812345678", note="微信号 zhang_abc123")).get_json()
    assert stored["properties"]["name"] == "找 [已隐去]"
    assert "zhang_abc123" not in json.dumps(stored)


def test_the_area_of_a_drawing_scopes_it_and_drawings_beyond_the_border_are_refused(
    client: FlaskClient, own_engine: sa.Engine
) -> None:
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["areas"], city()["areas"])
    stored = post(client, feature()).get_json()
    assert stored["properties"]["area_code"] == WEST
    assert len(client.get(f"{ALL}?area={WEST}").get_json()["features"]) == 1
    assert len(client.get(f"/api/layers/drawn_zones?area={WEST}").get_json()["features"]) == 1
    assert client.get(f"{ALL}?area=990201000000").get_json()["features"] == []
    assert client.get(f"{ALL}?bbox=118.05,27,119,28").get_json()["features"] == []
    beyond = post(client, feature({"type": "Point", "coordinates": [118.5, 27.5]}))
    assert (beyond.status_code, beyond.get_json()["error"]) == (400, "outside")


EDITORS, ZONES = 8, 4


@pytest.mark.slow
@pytest.mark.parametrize("edits_each", [10, pytest.param(50, marks=pytest.mark.slow)])
def test_eight_editors_lose_none_of_their_edits(own_app: flask.Flask, own_engine: sa.Engine, edits_each: int) -> None:
    first = signed_in(own_app)
    ids = [post(first, feature(name="起点", note="0")).get_json()["id"] for _ in range(ZONES)]
    accepted: list[tuple[str, int]] = []
    refused: list[int] = []

    def edit(number: int) -> None:
        client = signed_in(own_app)
        for turn in range(edits_each):
            drawn_id = ids[(number + turn) % ZONES]
            seen = client.get(f"{ALL}/{drawn_id}")
            while True:
                note = str(int(seen.get_json()["properties"]["note"]) + 1)
                answer = put(client, drawn_id, feature(name=f"{number}-{turn}", note=note), seen.headers["ETag"])
                if answer.status_code == 200:
                    accepted.append((drawn_id, answer.get_json()["version"]))
                    break
                assert answer.status_code == 412
                refused.append(number)
                seen = client.get(f"{ALL}/{drawn_id}")

    editors = [threading.Thread(target=edit, args=(number,)) for number in range(EDITORS)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert len(accepted) == len(set(accepted)) == EDITORS * edits_each
    assert refused  # they did meet
    with transaction(own_engine, LOCAL) as connection:
        for drawn_id in ids:
            kept = drawings.versions(connection, drawn_id)
            edits = sum(1 for edited, _ in accepted if edited == drawn_id)
            assert [row["version"] for row in kept] == list(range(1, edits + 2))
            assert [int(row["note"]) for row in kept] == list(range(edits + 1))  # each built on the one before


def test_every_version_is_read_and_any_of_them_comes_back(client: FlaskClient) -> None:
    first = post(client, feature(note="甲")).json
    address = f"{ALL}/{first['id']}"
    put(client, first["id"], feature({"type": "Point", "coordinates": [118.03, 27.03]}, note="乙", radius_m=50), '"1"')
    delete(client, first["id"], '"2"')
    told = client.get(f"{address}/versions")
    assert told.headers["ETag"] == '"3"'
    kept = [(f["version"], f["geometry"]["type"], f["properties"]["note"]) for f in told.json["features"]]
    assert kept == [(1, "Polygon", "甲"), (2, "Point", "乙"), (3, "Point", "乙")]
    assert [bool(f["properties"].get("deleted_at")) for f in told.json["features"]] == [False, False, True]
    back = client.post(f"{address}/versions/1/restore", headers={**TOKEN, "If-Match": '"3"'})
    assert (back.status_code, back.headers["ETag"], back.json["version"]) == (200, '"4"', 4)
    assert (back.json["geometry"], back.json["properties"]["note"]) == (first["geometry"], "甲")
    assert client.get(ALL).json["numberMatched"] == 1
    assert [f["version"] for f in client.get(f"{address}/versions").json["features"]] == [1, 2, 3, 4]


def test_a_version_comes_back_from_the_one_that_was_seen_only(client: FlaskClient) -> None:
    drawn_id = post(client, feature()).json["id"]
    restore = f"{ALL}/{drawn_id}/versions/1/restore"
    assert client.post(restore, headers=TOKEN).status_code == 428
    put(client, drawn_id, feature(note="乙"), '"1"')
    stale = client.post(restore, headers={**TOKEN, "If-Match": '"1"'})
    assert (stale.status_code, stale.json["current"]["version"]) == (412, 2)
    for address in (f"{ALL}/{drawn_id}/versions/9/restore", f"{ALL}/{NOBODYS}/versions/1/restore"):
        assert client.post(address, headers={**TOKEN, "If-Match": '"2"'}).status_code == 404
    assert client.get(f"{ALL}/{NOBODYS}/versions").status_code == 404
