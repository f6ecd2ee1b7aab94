"""Role × route × row: what an account of one county is answered, against every row of the other county.

The rows of the two counties bear marks, one in each text that a page, an answer, a tile or a workbook could show. Each
safe route is asked as each role; ten faults that would let a mark through are planted one by one, and each is seen.
"""

import dataclasses
import io
import itertools
import re
import zipfile
from collections.abc import Iterator

import flask
import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import acting, permissions
from app.core.answers import Answers
from app.desks.exports import desk as exports
from app.desks.service import jobs
from app.desks.workbench import places
from app.settings import Settings
from layers import gazetteer, posts, read, write
from layers.actor import LOCAL, SERVICE, WHOLE_CITY, Actor
from layers.catalog import LAYERS
from layers.database import transaction
from layers.host.embedded import Cluster
from layers.profile import CityProfile
from layers.schema.tables import METADATA
from tests.builders import as_owner, slow
from tests.conftest import NewDatabase

from .conftest import POST, application, signed_in
from .test_access import addresses

WEST, EAST = "990101", "990201"
MARKS = {WEST: "西记", EAST: "东记"}
CORNER = {WEST: (118.0, 27.0), EAST: (118.1, 27.0)}
EACH = 20
ROLES = ("tip_desk", "editor", "planner", "viewer")
#: Pictures and sheets hold no text that can be looked for; what they are made from is asked of the layers.
DRAWN = (".png", ".pdf", ".svg")
TILES = [
    (9, 423, 216), (12, 3391, 1728), (12, 3392, 1728), (14, 13565, 6912), (14, 13567, 6912), (14, 13568, 6912),
]  # fmt: skip


@pytest.fixture(scope="module")
def pairs(new_database: NewDatabase, worker_name: str, demo_profile: CityProfile) -> Iterator[sa.Engine]:
    """Two counties alike but for their marks: rows of every layer, drawings, zones, an alert, and the gazetteer."""
    with new_database(f"pairs_{worker_name}") as engine:
        with transaction(engine, LOCAL) as connection:
            posts.add(connection, POST, area_code="99")
            _fill(connection)
        gazetteer.renew(engine, LOCAL, demo_profile)
        yield engine


@pytest.fixture
def house_(settings: Settings, pairs: sa.Engine) -> flask.Flask:
    url = pairs.url.render_as_string(hide_password=False)
    return application("pairs", dataclasses.replace(settings, database_url=url), pairs)


def _fill(connection: sa.Connection) -> None:
    areas, squares = [], []
    for county, mark in MARKS.items():
        x, y = CORNER[county]
        for code, name, level in (
            (f"{county}000000", f"{mark}县", "county"),
            (f"{county}001001", f"{mark}社区", "community"),
        ):
            areas.append({"code": code, "name": name, "level": level, "identity": code})
            squares.append(shapely.box(x, y, x + 0.1, y + 0.1))
    write.load(connection, LAYERS["areas"], gpd.GeoDataFrame(pd.DataFrame(areas), geometry=squares, crs="EPSG:4490"))
    for key in ("rental_units", "venues", "tips", "raids"):
        rows, points = [], []
        for county, number in itertools.product(MARKS, range(EACH)):
            x, y = CORNER[county]
            rows.append(_row(key, f"{MARKS[county]}{key[:2]}{number}"))
            points.append(shapely.Point(x + 0.02 + number * 1e-3, y + 0.05))
        frame = pd.DataFrame(rows)
        write.load(connection, LAYERS[key], gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4490"))
    for county, mark in MARKS.items():
        x, y = CORNER[county]
        shape = f"SRID=4490;MULTIPOLYGON((({x} {y}, {x + 0.05} {y}, {x + 0.05} {y + 0.05}, {x} {y + 0.05}, {x} {y})))"
        drawn = METADATA.tables["drawn_zones"]
        connection.execute(
            drawn.insert().values(
                id=sa.func.gen_random_uuid(), name=f"{mark}路口", family="note", note=f"{mark}注记", geom=shape,
                area_code=f"{county}001001", version=1, account="甲",
            )
        )  # fmt: skip


def _row(key: str, mark: str) -> dict[str, object]:
    day = pd.Timestamp("2026-01-10")
    texts: dict[str, dict[str, object]] = {
        "rental_units": {"unit_code": mark, "address": f"{mark}路1号"},
        "venues": {"venue_no": mark, "kind": "hotel", "name": f"{mark}旅馆", "address": f"{mark}街2号"},
        "tips": {"tip_no": mark, "received_at": day.tz_localize("UTC").as_unit("us"), "text": f"{mark}内容",
                 "address": f"{mark}巷3号", "status": "new"},
        "raids": {"action_no": mark, "date": day.as_unit("s"), "place": f"{mark}处", "outcome": "found", "text": mark},
    }  # fmt: skip
    return {"identity": f"no:{mark}", **texts[key]}


def questions(app: flask.Flask) -> list[str]:
    """Every safe route, with what can be asked for by name, number, text and place."""
    paths = {path for _, _, path in addresses(app, {"GET"}) if not path.startswith("/static")}
    layers = [*LAYERS, "drawn_zones", "risk_zones", "hotspots", "forecast_cells", "alerts"]
    paths |= {f"/api/layers/{layer}?limit=500" for layer in layers}
    paths |= {f"/exports/{layer}.xlsx" for layer in ("rental_units", "venues", "tips", "raids", "risk_zones")}
    paths |= {f"/api/layers/areas?level={level}" for level in ("county", "community")}
    tiled = ("rental_units", "venues", "tips", "raids")
    paths |= {f"/tiles/{layer}/{z}/{x}/{y}.mvt" for layer in tiled for z, x, y in TILES}
    paths |= {f"/api/places?q={MARKS[EAST]}{word}&limit=20" for word in ("", "re0路1号", "ve1旅馆", "ve1街2号")}
    paths |= {f"/maps/{name}" for name in ("zones", "heat", "community", "raid")}
    paths |= {f"/tips/{number}" for number in range(1, 2 * EACH + 1)}
    paths |= {f"/tips/inbox?status=new&text={MARKS[EAST]}", f"/api/drawn-zones?area={EAST}000000"}
    paths |= {f"/api/figures?area={EAST}000000", f"/exports/venues.xlsx?area={EAST}000000"}
    return sorted(path for path in paths if not path.endswith(DRAWN))


def shown(client: FlaskClient, path: str) -> str:
    """All the text of an answer; of a workbook that of its parts."""
    answer = client.get(path, buffered=True)
    assert answer.status_code < 500 or answer.status_code == 503, (path, answer.status_code)
    body = answer.data
    if zipfile.is_zipfile(io.BytesIO(body)):
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            body = b"\n".join(parts.read(name) for name in parts.namelist())
    text = body.decode("utf-8", "replace")
    return text.encode().decode("unicode_escape", "replace") if "\\u" in text else text


#: The names and borders of areas are no secret, and everybody may look for them.
KNOWN = {f"{MARKS[EAST]}县", f"{MARKS[EAST]}社区"}
#: Hotels stand by name in what the public form suggests to anybody.
PUBLIC_PREMISES = re.compile(rf"{MARKS[EAST]}ve\d+旅馆")
#: What was typed comes back to whoever typed it.
ECHOED = "/tips/inbox"


def leaks(client: FlaskClient, paths: list[str]) -> list[str]:
    """The routes that show a mark of the other county to this client."""
    found = []
    for path in paths:
        text = shown(client, path)
        for name in KNOWN:
            text = text.replace(name, "")
        if path.startswith("/api/places"):
            text = PUBLIC_PREMISES.sub("", text)
        if MARKS[EAST] in text and not path.startswith(ECHOED):
            found.append(path)
    return found


@pytest.mark.parametrize("role", [ROLES[0], *slow(*ROLES[1:])])
def test_no_row_of_the_other_county_is_answered_to_a_role(house_: flask.Flask, role: str) -> None:
    paths = questions(house_)
    other = signed_in(house_, account=f"东县{role}", role=role, area=f"{EAST}000000")
    for path in paths:
        shown(other, path)  # what is cached for the one county is there before the other asks
    own = signed_in(house_, account=f"西县{role}", role=role, area=f"{WEST}000000")
    assert leaks(own, paths) == []
    assert len(paths) * 4 * EACH * len(ROLES) >= 10_000
    assert any(MARKS[WEST] in shown(own, path) for path in paths)


def test_an_account_of_the_whole_city_is_answered_the_rows_of_both(house_: flask.Flask) -> None:
    client = signed_in(house_, account="全市受理", role="tip_desk")
    found = leaks(client, questions(house_))
    tiles = {"/tiles/venues/14/13568/6912.mvt", "/tiles/rental_units/14/13567/6912.mvt"}
    assert {"/api/layers/venues?limit=500", "/exports/tips.xlsx", "/tips/30", *tiles} <= set(found)


def _policy_dropped(cluster: Cluster, engine: sa.Engine, _: pytest.MonkeyPatch) -> None:
    with as_owner(cluster, engine) as owner:
        owner.execute(sa.text("ALTER TABLE venues DISABLE ROW LEVEL SECURITY"))


def _policy_for_all(cluster: Cluster, engine: sa.Engine, _: pytest.MonkeyPatch) -> None:
    with as_owner(cluster, engine) as owner:
        owner.execute(sa.text("CREATE POLICY everything ON rental_units USING (true)"))


def _scope_unset(_: Cluster, __: sa.Engine, patch: pytest.MonkeyPatch) -> None:
    whole = Actor.settings
    patch.setattr(Actor, "settings", lambda actor: whole(actor) | {"scope": WHOLE_CITY})


def _settings_of_the_session(_: Cluster, __: sa.Engine, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("layers.database._ACTOR", sa.text("SELECT set_config('wuchuan.scope', '*', false)"))


def _cache_without_scope(_: Cluster, __: sa.Engine, patch: pytest.MonkeyPatch) -> None:
    get, build = Answers.get, Answers._build
    unscoped = Actor(account="x")
    patch.setattr(
        Answers, "get", lambda self, question, _actor, *told, **how: get(self, question, unscoped, *told, **how)
    )
    patch.setattr(Answers, "_build", lambda self, _actor, wanted: build(self, acting.requester(), wanted))


def _export_by_the_service(_: Cluster, __: sa.Engine, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(exports, "transaction", lambda engine, _actor: transaction(engine, SERVICE))


def _search_in_everything(_: Cluster, __: sa.Engine, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(places, "_own", lambda _known, _text, found: found)


def _figures_without_scope(_: Cluster, __: sa.Engine, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(read, "own_prefix", lambda _connection: "")


def _job_results_for_all(_: Cluster, engine: sa.Engine, patch: pytest.MonkeyPatch) -> None:
    with transaction(engine, LOCAL) as connection:
        number = connection.execute(
            sa.text("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'analyse') RETURNING id")
        ).scalar_one()
        write.set_progress(connection, number, done=1, total=1, note="", result={"county": f"{MARKS[EAST]}分局"})
    patch.setattr(jobs, "requester", lambda: LOCAL)


#: Where each of them shows.
PLANTED_AT = [
    "/api/layers/venues?limit=500", "/exports/venues.xlsx", "/exports/rental_units.xlsx", "/exports/tips.xlsx",
    "/api/jobs", f"/api/places?q={MARKS[EAST]}re0路1号&limit=20", "/tiles/venues/14/13568/6912.mvt",
]  # fmt: skip
FAULTS = {
    "a policy dropped": (_policy_dropped, "ALTER TABLE venues ENABLE ROW LEVEL SECURITY"),
    "a policy for all": (_policy_for_all, "DROP POLICY everything ON rental_units"),
    "the scope not handed over": (_scope_unset, ""),
    "a setting of the session": (_settings_of_the_session, ""),
    "an unscoped cache key": (_cache_without_scope, ""),
    "an export by the service": (_export_by_the_service, ""),
    "a search in everything": (_search_in_everything, ""),
    "figures without scope": (_figures_without_scope, ""),
    "results of jobs for all": (_job_results_for_all, ""),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(
    house_: flask.Flask, cluster: Cluster, pairs: sa.Engine, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    paths = PLANTED_AT
    own = signed_in(house_, account="西县受理", role="tip_desk", area=f"{WEST}000000")
    other = signed_in(house_, account="东县受理", role="tip_desk", area=f"{EAST}000000")
    plant, undo = FAULTS[fault]
    plant(cluster, pairs, monkeypatch)
    try:
        for path in paths:
            shown(other, path)
        counted = own.get("/api/counties").text + own.get("/api/figures").text
        assert leaks(own, paths) or f"{MARKS[EAST]}县" in counted
    finally:
        if undo:
            with as_owner(cluster, pairs) as owner:
                owner.execute(sa.text(undo))


def test_a_permission_for_all_is_seen(house_: flask.Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = dataclasses.replace(permissions.PERMISSIONS["tips.read"], roles="VEPTAM")
    own = signed_in(house_, account="西县看图的", role="viewer", area=f"{WEST}000000")
    assert own.get("/tips/1").status_code == 403
    monkeypatch.setattr(permissions, "PERMISSIONS", {**permissions.PERMISSIONS, "tips.read": everybody})
    assert own.get("/tips/1").status_code == 200
