"""The tip desk over HTTP: taken in, masked, stepped, contested; and the public form that reads nothing."""

import datetime as dt
import re
import uuid
from contextlib import nullcontext

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.desks.tips import desk as tip_desk
from app.desks.tips.gate import USED
from gis.errors import Refused
from layers.actor import LOCAL
from layers.database import transaction
from layers.profile import CityProfile
from layers.schema.tables import places
from layers.tips import today
from tests.app.conftest import PRIVATE, signed_in

PHONE = "13800138000"
HEADERS = {"X-CSRF-Token": "the-token", "Accept": "application/json"}
NEAR = {"lon": 118.02, "lat": 27.02}


def tell(client: FlaskClient, **told: object) -> dict[str, object]:
    answer = client.post("/tips", json={"text": "三楼出租屋每天早上有二十多人听课", **told}, headers=HEADERS)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def step(client: FlaskClient, tip_id: object, **told: object) -> tuple[int, dict[str, str]]:
    answer = client.post(f"/tips/{tip_id}/steps", json={"version": 1, "reason": "", **told}, headers=HEADERS)
    return answer.status_code, dict(answer.json)


def test_a_tip_is_kept_with_its_personal_data_masked_and_its_source_number_whole(own_app: flask.Flask) -> None:
    client = signed_in(own_app)
    kept = tell(client, text=f"房东电话{PHONE},每天早上有人听课", source_no="12315-2026-0077")
    shown = client.get(f"/tips/{kept['tip_id']}").json
    assert PHONE not in shown["text"]
    assert "[已隐去]" in shown["text"]
    assert kept["masked"]
    assert (shown["source_no"], shown["days_left"], shown["steps"][0]["step"]) == ("12315-2026-0077", 15, "added")


@pytest.mark.parametrize(("days", "is_in_time"), [(1, True), (2, False), (-366 * 47, False)])
def test_a_tip_is_received_between_1980_and_tomorrow(
    own_engine: sa.Engine, demo_profile: CityProfile, days: int, *, is_in_time: bool
) -> None:
    with transaction(own_engine, LOCAL) as connection:
        day = today(connection) + dt.timedelta(days=days)
        received = dt.datetime.combine(day, dt.time(0, 30), demo_profile.zone)
        told = tip_desk.NewTip(text="三楼有人听课")
        expected = nullcontext() if is_in_time else pytest.raises(Refused, match=f"不能是 {day}")
        with expected:
            tip_desk.add_tip(connection, LOCAL, demo_profile, told, received=received)
    with transaction(own_engine, LOCAL) as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM tips")).scalar_one() == is_in_time


def test_a_repeated_call_shows_its_original_beside_it_with_distance_and_words(own_app: flask.Flask) -> None:
    client = signed_in(own_app)
    first, second = tell(client, **NEAR), tell(client, lon=118.021, lat=27.02)
    tell(client, text="另外一个地方有人发传单拉人", lon=118.2, lat=27.1)
    shown = client.get(f"/tips/{second['tip_id']}").json
    assert [row["tip_id"] for row in shown["originals"]] == [first["tip_id"]]
    assert shown["originals"][0]["distance_m"] == pytest.approx(99.0, abs=1)
    assert shown["originals"][0]["alike"] == 1
    assert step(client, second["tip_id"], step="duplicate", original=first["tip_id"])[0] == 200
    with transaction(own_app.extensions["wuchuan"].engine, LOCAL) as connection:
        standing = connection.execute(sa.text("SELECT tip_id FROM standing_tips ORDER BY tip_id")).scalars().all()
    assert second["tip_id"] not in standing
    assert len(standing) == 2


def test_the_second_of_two_people_is_told_who_was_quicker_and_changes_nothing(own_app: flask.Flask) -> None:
    client = signed_in(own_app)
    tip_id = tell(client)["tip_id"]
    assert step(client, tip_id, step="accepted")[0] == 200
    status, told = step(client, tip_id, step="rejected", reason="不属实")
    assert status == 412
    assert "刚才已把这条线索受理" in told["sentence"]
    shown = client.get(f"/tips/{tip_id}").json
    assert shown["status"] == "accepted"
    assert [row["step"] for row in shown["steps"]] == ["added", "accepted"]


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"step": "rejected"}, "理由"),
        ({"step": "transferred"}, "移送给哪个单位"),
        ({"step": "duplicate"}, "重复了哪一条"),
        ({"step": "burnt"}, "没有这种处理"),
        ({"step": "accepted", "reason": "长" * 501}, "最多 500 字"),
    ],
)
def test_a_step_that_lacks_what_it_needs_is_refused(
    own_app: flask.Flask, told: dict[str, object], sentence: str
) -> None:
    client = signed_in(own_app)
    tip_id = tell(client)["tip_id"]
    status, refused = step(client, tip_id, **told)
    assert (status, sentence in refused["sentence"]) == (400, True)
    assert client.get(f"/tips/{tip_id}").json["status"] == "new"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"text": " "}, "请写明线索内容"),
        ({"text": "长" * 4001}, "最多 4000 字"),
        ({"text": "a\0b"}, "不能保存"),
        ({"text": "有人听课", "lon": 100.0, "lat": 27.0}, "不在"),
        ({"text": "有人听课", "community_code": "990000000000"}, "没有代码"),
        ({"text": "有人听课", "community_code": "99\0"}, "不能保存"),
        ({"text": "有人听课", "lon": 118.0}, "经度和纬度"),
        ({"text": "有人听课\ud800"}, "要是 JSON"),
        ({"text": "有人听课", "channel": "风闻"}, "渠道或类别"),
        ({"text": 7}, "text 的值不对"),
        ({"text": "有人听课", "post": "别的岗位"}, "不是这里要的"),
        ({}, "不是这里要的"),
    ],
)
def test_a_bad_tip_is_refused_in_one_sentence(visitor: FlaskClient, told: dict[str, object], sentence: str) -> None:
    answer = visitor.post("/tips", json=told, headers=HEADERS)
    assert answer.status_code == 400
    assert sentence in answer.json["sentence"]


def test_what_is_no_status_and_no_post_is_refused(visitor: FlaskClient) -> None:
    assert visitor.get("/tips/inbox?status=burnt").status_code == 400
    assert visitor.post("/tips/post", data={"post": "岗\0位"}, headers=HEADERS).status_code == 400


def test_nothing_of_a_tip_is_told_to_strangers_nor_its_text_to_anyone_but_the_desk(
    stranger: FlaskClient, visitor: FlaskClient
) -> None:
    assert [stranger.get(path).status_code for path in ("/tips", "/tips/inbox", "/tips/1")] == [302, 302, 302]
    assert visitor.post("/tips", json={"text": "没有校验码"}).status_code == 403
    assert PRIVATE not in visitor.get("/tips/inbox?status=new").text
    assert PRIVATE not in visitor.get("/api/layers/tips").text
    assert PRIVATE in visitor.get("/tips/1").json["text"]


def test_the_public_form_gives_a_receipt_and_takes_each_form_once(own_app: flask.Flask) -> None:
    anyone = own_app.test_client()
    key = re.search('name="key" value="([^"]+)"', anyone.get("/tips/new").text)
    assert key is not None
    form = {"key": key[1], "text": f"电话{PHONE}叫人去听课", "address": "新安路1号", "category": "聚集式传销"}
    first = anyone.post("/tips/new", data=form).text
    assert re.search(r"(\d{4} ){3}\d{4}", first)
    assert not re.search("X[0-9]{8}", first)
    other = anyone.post("/tips/new", data=form | {"text": "改了几个字"})
    assert other.status_code == 403
    assert USED in other.text
    assert "改了几个字" in other.text
    rows = signed_in(own_app).get("/tips/inbox").json["tips"]
    assert [row["channel"] for row in rows] == ["网上举报"]
    assert PHONE not in signed_in(own_app).get(f"/tips/{rows[0]['tip_id']}").text


def test_a_robot_that_fills_the_hidden_field_or_brings_no_key_leaves_nothing(own_app: flask.Flask) -> None:
    anyone = own_app.test_client()
    assert anyone.post("/tips/new", data={"text": "垃圾", "website": "x"}).status_code == 403
    assert anyone.post("/tips/new", data={"text": "垃圾", "key": "1.x.y"}).status_code == 403
    assert signed_in(own_app).get("/tips/inbox").json["tips"] == []


def test_the_desk_acts_as_the_post_it_chose(own_app: flask.Flask) -> None:
    with transaction(own_app.extensions["wuchuan"].engine, LOCAL) as connection:
        connection.execute(sa.text("INSERT INTO posts (title, area_code) VALUES ('甲岗', '99'), ('乙岗', '990101')"))
    client = signed_in(own_app)
    chosen = client.post("/tips/post", data={"post": "乙岗", "csrf_token": "the-token"})
    assert chosen.json == {"post": "乙岗"}
    assert client.post("/tips/post", data={"post": "丙岗", "csrf_token": "the-token"}).status_code == 400
    assert client.get(f"/tips/{tell(client)['tip_id']}").json["steps"][0]["post"] == "乙岗"


def test_the_inbox_goes_by_days_left_then_by_the_grade_of_the_zone(own_app: flask.Flask) -> None:
    client = signed_in(own_app)
    ids = [tell(client, **NEAR)["tip_id"] for _ in range(3)]
    with transaction(own_app.extensions["wuchuan"].engine, LOCAL) as connection:
        days = "UPDATE tips SET due_on = current_date + :days WHERE tip_id = :tip_id"
        connection.execute(sa.text(days), [{"days": 20 - 9 * n, "tip_id": i} for n, i in enumerate(ids)])
    told = client.get("/tips/inbox").json
    assert [row["tip_id"] for row in told["tips"]] == ids[::-1]
    assert told["counts"] == {"new": 3, "accepted": 0, "duplicate": 0, "transferred": 0, "rejected": 0}


def test_a_long_inbox_comes_page_by_page_and_says_how_many_there_are(
    own_app: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tip_desk, "PAGE", 2)
    client = signed_in(own_app)
    ids = [tell(client)["tip_id"] for _ in range(5)]
    with transaction(own_app.extensions["wuchuan"].engine, LOCAL) as connection:
        undated = "UPDATE tips SET due_on = NULL, received_at = now() - interval '1 year' WHERE tip_id = :tip_id"
        connection.execute(sa.text(undated), {"tip_id": ids[3]})
    pages = [client.get(f"/tips/inbox?start={start}").json for start in (0, 2, 4)]
    assert [page["counts"]["new"] for page in pages] == [5, 5, 5]
    assert [len(page["tips"]) for page in pages] == [2, 2, 1]
    assert sorted(row["tip_id"] for page in pages for row in page["tips"]) == ids
    assert pages[0]["tips"][0]["tip_id"] == ids[3]  # its due day is told by nobody and passed long ago
    assert [page["overdue"] for page in pages] == [1, 1, 1]


def test_a_tip_is_found_by_its_address_number_or_community_but_not_by_its_words(own_app: flask.Flask) -> None:
    client = signed_in(own_app)
    with transaction(own_app.extensions["wuchuan"].engine, LOCAL) as connection:
        row = {"code": "990101001001", "name": "青山社区", "level": "community", "identity": uuid.uuid4()}
        connection.execute(places.areas.insert(), row)
    flat, village = tell(client, address="滨河路8号100%楼"), tell(client, community_code="990101001001")
    numbered = tell(client, source_no="JQ-2026_7")
    asked = {"8号100%": [flat], "青山": [village], "jq-2026_7": [numbered], flat["tip_no"]: [flat], "_": [numbered]}
    for text, wanted in (asked | {"听课": [], "没有": []}).items():
        told = client.get("/tips/inbox", query_string={"text": text}).json
        assert [row["tip_id"] for row in told["tips"]] == [tip["tip_id"] for tip in wanted], text
        assert told["counts"]["new"] == len(wanted)
