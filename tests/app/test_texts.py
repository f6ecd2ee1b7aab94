"""Every text that people type, of every noun, against one table of inputs."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from app.desks.actions import form
from app.desks.alerts import desk as alerts
from app.desks.drawings.features import read_drawing
from app.desks.posts import desk as posts
from app.desks.tips import desk as tips
from app.desks.zones import desk as zones
from gis.errors import Refused
from layers.actor import LOCAL
from layers.profile import CityProfile

Patch = pytest.MonkeyPatch
Take = Callable[[sa.Connection, CityProfile, str, Patch], Any]
TELEPHONE = "13812345678"


def of_tip(field: str) -> Take:
    def take(connection: sa.Connection, profile: CityProfile, value: str, _: Patch) -> Any:
        tips.add_tip(connection, LOCAL, profile, tips.NewTip(**{"text": "传销"} | {field: value}))  # type: ignore[arg-type]
        return connection.execute(sa.text(f"SELECT {field} FROM tips")).scalar_one()

    return take


def of_step(step: str, field: str, table: str) -> Take:
    def take(connection: sa.Connection, profile: CityProfile, value: str, _: Patch) -> Any:
        tip_id = tips.add_tip(connection, LOCAL, profile, tips.NewTip(text="传销"))["tip_id"]
        taken: dict[str, Any] = {"step": step, "version": 1, field: value}
        tips.take_step(connection, LOCAL, tip_id, tips.Step(**taken))
        return connection.execute(sa.text(f"SELECT max({field}) FROM {table}")).scalar_one()

    return take


def of_closing(connection: sa.Connection, _: CityProfile, value: str, patch: Patch) -> Any:
    given: dict[str, Any] = {}
    patch.setattr(alerts.alerts, "close", lambda *_, **named: given.update(named))
    patch.setattr(alerts.alerts, "one", lambda *_: {})
    alerts.close_alert(connection, LOCAL, 1, alerts.Closing(result="nothing", note=value))
    return given["note"]


def of_reopening(connection: sa.Connection, profile: CityProfile, value: str, patch: Patch) -> Any:
    given: dict[str, Any] = {}
    patch.setattr(alerts.alerts, "reopen", lambda *_, **named: given.update(named))
    patch.setattr(alerts.alerts, "one", lambda *_: {})
    alerts.reopen_alert(connection, LOCAL, profile, 1, alerts.Reopening(reason=value))
    return given["reason"]


def of_review(connection: sa.Connection, _: CityProfile, value: str, patch: Patch) -> Any:
    given: dict[str, Any] = {}
    today: dt.date = connection.execute(sa.text("SELECT current_date")).scalar_one()
    soon = today + dt.timedelta(days=30)
    patch.setattr(zones.reviews, "zone", lambda *_, **__: {"expires_on": soon, "analysis_id": 1})
    patch.setattr(zones.reviews, "keep", lambda _connection, _zone, review: given.update(review))
    review = zones.Review(reason=value, expires_on=soon, grade="red", decision="dismissed")
    zones.review_zone(connection, LOCAL, "Z1", review)
    return given["reason"]


def of_action(field: str) -> Take:
    return lambda _connection, _profile, value, _: form.text({field: value}, field, longest=60)


def of_documents(field: str) -> Take:
    return lambda _connection, _profile, value, _: form.read_documents({field: value})[field]


def of_drawing(field: str) -> Take:
    def take(_connection: sa.Connection, _profile: CityProfile, value: str, _: Patch) -> Any:
        told = {"name": "甲区", "family": "note", field: value}
        feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 1]}, "properties": told}
        return getattr(read_drawing(json.dumps(feature).encode(), bounds=(0, 0, 2, 2)), field)

    return take


def of_post(connection: sa.Connection, profile: CityProfile, value: str, _: Patch) -> Any:
    posts.add_post(connection, LOCAL, profile, value)
    return connection.execute(sa.text("SELECT post FROM posts")).scalar_one()


class Field(NamedTuple):
    """Its name on the page, whether it has several lines, how to take a value in."""

    title: str
    lines: bool
    take: Take


#: By noun and field.
FIELDS = {
    "tip text": Field("内容", True, of_tip("text")),
    "tip address": Field("地址", False, of_tip("address")),
    "tip source": Field("来源编号", False, of_tip("source_no")),
    "step reason": Field("理由", True, of_step("rejected", "reason", "tip_steps")),
    "step receiver": Field("移送单位", False, of_step("transferred", "transferred_to", "tips")),
    "alert note": Field("说明", True, of_closing),
    "alert reason": Field("理由", True, of_reopening),
    "zone reason": Field("理由", True, of_review),
    "action name": Field("行动名称", False, of_action("name")),
    "target address": Field("目标名称", False, of_action("address")),
    "target evidence": Field("证据依据", True, of_documents("evidence")),
    "target legal basis": Field("法律依据", True, of_documents("legal_basis")),
    "target authority": Field("批准机关", True, of_documents("authority")),
    "target number": Field("文号", True, of_documents("document_no")),
    "drawing name": Field("名称", False, of_drawing("name")),
    "drawing note": Field("说明", True, of_drawing("note")),
    "post title": Field("岗位", False, of_post),
}
HIDDEN = {
    "control": "东\x07街",
    "NUL": "东\0街",
    "right to left": "东\u202e街",
    "isolate": "东\u2066街",
    "zero width": "东\u200b街",
    "line separator": "东\u2028街",
}
each_field = pytest.mark.parametrize("field", FIELDS.values(), ids=list(FIELDS))


@each_field
def test_space_around_it_goes_and_wide_space_within_it_stays(
    connection: sa.Connection, demo_profile: CityProfile, monkeypatch: Patch, field: Field
) -> None:
    assert field.take(connection, demo_profile, " \u3000东街\u3000三号\t\n", monkeypatch) == "东街\u3000三号"


@each_field
def test_a_telephone_is_never_stored(
    connection: sa.Connection, demo_profile: CityProfile, monkeypatch: Patch, field: Field
) -> None:
    if field.title == "岗位":  # a post with a number is refused
        with pytest.raises(Refused, match="不带号码"):
            field.take(connection, demo_profile, f"值班{TELEPHONE}", monkeypatch)
    else:
        assert field.take(connection, demo_profile, f"值班{TELEPHONE}", monkeypatch) == "值班[已隐去]"


@each_field
@pytest.mark.parametrize("value", HIDDEN.values(), ids=list(HIDDEN))
def test_what_cannot_be_seen_is_refused_by_the_name_of_its_field(
    connection: sa.Connection, demo_profile: CityProfile, monkeypatch: Patch, field: Field,
    value: str,
) -> None:  # fmt: skip
    with pytest.raises(Refused, match=field.title):
        field.take(connection, demo_profile, value, monkeypatch)


@each_field
def test_what_is_too_long_is_refused_by_the_name_of_its_field(
    connection: sa.Connection, demo_profile: CityProfile, monkeypatch: Patch, field: Field
) -> None:
    with pytest.raises(Refused, match=rf"{field.title}.*\d 字"):
        field.take(connection, demo_profile, "长" * 4001, monkeypatch)


@each_field
def test_only_a_field_of_several_lines_takes_them(
    connection: sa.Connection, demo_profile: CityProfile, monkeypatch: Patch, field: Field
) -> None:
    if field.lines:
        assert field.take(connection, demo_profile, "东街\r\n西街", monkeypatch) == "东街\n西街"
    else:
        with pytest.raises(Refused, match=field.title):
            field.take(connection, demo_profile, "东街\n西街", monkeypatch)
