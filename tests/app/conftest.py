"""A small committed city on real PostGIS, the application on it, and visitors signed in and not."""

import dataclasses
import datetime as dt
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask
import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import create_app
from app.core import acting
from app.core.apart import Lingering
from app.factory import house_of
from app.settings import Settings
from gis.errors import NotFound
from layers import accounts, gazetteer, posts, sign_ins, write
from layers.actor import LOCAL, Actor
from layers.catalog import LAYERS
from layers.database import transaction
from layers.profile import CityProfile
from tests.conftest import NewDatabase

HERE = Path(__file__).parent
COUNTY, EAST_COUNTY = "990101000000", "990201000000"
WEST, EAST = "990101001001", "990201001001"
PRIVATE = "私密内容不得外传"
#: The one post on duty, as which those who are signed in act.
POST = "值班岗"
HOSTILE = "</script><script>alert(1)</script>`${1}"
_APPLICATIONS: dict[str, flask.Flask] = {}
#: One for all tests: what draws takes seconds to load.
_DRAWER = Lingering()


@pytest.fixture(scope="session")
def city_engine(new_database: NewDatabase, worker_name: str, demo_profile: CityProfile) -> Iterator[sa.Engine]:
    """Two counties of one community each, and a few rows of every kind. Tests read it only."""
    with new_database(f"city_{worker_name}") as engine:
        with transaction(engine, LOCAL) as connection:
            for key, frame in _city().items():
                write.load(connection, LAYERS[key], frame)
            posts.add(connection, POST, area_code="99")
        gazetteer.renew(engine, LOCAL, demo_profile)
        yield engine


@pytest.fixture
def settings(tmp_path: Path, demo_profile: CityProfile) -> Settings:
    return Settings(
        database_url="postgresql://nobody@localhost/none",
        migration_url="",
        data=tmp_path,
        port=5050,
        host="127.0.0.1",
        profile=demo_profile,
        engine="local",
        language="zh",
    )


@pytest.fixture
def app(settings: Settings, city_engine: sa.Engine) -> flask.Flask:
    return application("the city", settings, city_engine)


@pytest.fixture
def own_app(settings: Settings, own_engine: sa.Engine) -> flask.Flask:
    """The application on a database of its own, for tests that write."""
    with transaction(own_engine, LOCAL) as connection:
        posts.add(connection, POST, area_code="99")
    url = own_engine.url.render_as_string(hide_password=False)
    return application("its own", dataclasses.replace(settings, database_url=url), own_engine)


def application(use: str, settings: Settings, engine: sa.Engine) -> flask.Flask:
    """The application on that engine; its routes and pages, a tenth of a second's work, are made once a use."""
    if use not in _APPLICATIONS:
        _APPLICATIONS[use] = create_app(settings, engine)
    house = dataclasses.replace(house_of(settings, engine), drawer=_DRAWER)
    _APPLICATIONS[use].extensions["wuchuan"] = house
    return _APPLICATIONS[use]


@pytest.fixture
def stranger(app: flask.Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def visitor(app: flask.Flask) -> FlaskClient:
    return signed_in(app)


def signed_in(
    app: flask.Flask, *, post: str = POST, account: str = "", role: str = "administrator", area: str = ""
) -> FlaskClient:
    """A client that is signed in and acts as that post, its unsafe requests left to carry their token themselves.

    By this machine's link, or by an account of that role and area, which is added where it is not there yet.
    """
    token, engine = secrets.token_hex(8), app.extensions["wuchuan"].database
    with transaction(engine, LOCAL) as connection:
        account_id = _account(connection, account, role, area, post) if account else None
        sign_ins.admit(connection, acting.digest(token), account_id)
        if post and posts.is_on_duty(connection, post):
            sign_ins.act_as(connection, Actor(account=account, sign_in=acting.digest(token)), post)
    client = app.test_client()
    with client.session_transaction() as session:
        session.update({acting.TOKEN: token, acting.CSRF: "the-token"})
    return client


def _account(connection: sa.Connection, account: str, role: str, area: str, post: str) -> int:
    try:
        account_id = accounts.by_name(connection, account).account_id
    except NotFound:
        scope = area.rstrip("0")
        account_id = accounts.add(connection, account, role=role, area_code=area or "990000000000", scope=scope)
    accounts.change(connection, account_id, role=role, password_hash="-")  # noqa: S106
    if post and posts.is_on_duty(connection, post):
        accounts.give(connection, account_id, post)
    return account_id


def token_for(owner: sa.Engine, *, life: dt.timedelta = dt.timedelta(hours=1)) -> str:
    """A one-time token that this database knows."""
    token = f"token-{life}"
    with transaction(owner, LOCAL) as connection:
        now = connection.execute(sa.select(sa.func.now())).scalar_one()
        write.add_entry_token(connection, hashlib.sha256(token.encode()).hexdigest(), expires_at=now + life)
    return token


@contextmanager
def statements(engine: sa.Engine) -> Iterator[list[str]]:
    """The SQL that runs meanwhile, without the pool's own pings."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def _city() -> dict[str, pd.DataFrame]:
    areas = pd.DataFrame(
        {
            "code": [COUNTY, EAST_COUNTY, WEST, EAST],
            "name": ["西县", "东县", "青山社区", HOSTILE],
            "level": ["county", "county", "community", "community"],
        }
    )
    squares = [shapely.box(118.0, 27.0, 118.1, 27.1), shapely.box(118.1, 27.0, 118.2, 27.1)]
    tips = pd.DataFrame(
        {
            "tip_no": ["T1", "T2", "T3"],
            # the second falls on 1 February in the city and on 31 January in UTC
            "received_at": pd.to_datetime(
                ["2026-01-10T04:00Z", "2026-01-31T16:30Z", "2026-02-10T04:00Z"], utc=True
            ).astype("datetime64[us, UTC]"),
            "status": ["new", "accepted", "rejected"],
            "verified": pd.array([False, True, False], dtype="boolean"),
            "text": PRIVATE,
        }
    )
    raids = pd.DataFrame(
        {
            "action_no": ["R1"],
            "date": pd.to_datetime(["2026-02-15"]).astype("datetime64[s]"),
            "outcome": ["found"],
            "dens": pd.array([2], dtype="Int64"),
            "rescued": pd.array([3], dtype="Int64"),
            "text": PRIVATE,
        }
    )
    units = pd.DataFrame({"unit_code": [f"U{n}" for n in range(40)], "address": "某路1号"})
    venues = pd.DataFrame({"venue_no": ["V1"], "kind": ["hotel"], "name": [HOSTILE]})
    near = [(118.05 + n * 1e-4, 27.05) for n in range(40)]
    return {
        "areas": _frame(areas, squares * 2, "code"),
        "tips": _frame(tips, shapely.points([(118.02, 27.02), (118.15, 27.05), (118.03, 27.03)]), "tip_no"),
        "raids": _frame(raids, shapely.points([(118.15, 27.05)]), "action_no"),
        "rental_units": _frame(units, shapely.points(near), "unit_code"),
        "venues": _frame(venues, shapely.points([(118.15, 27.06)]), "venue_no"),
    }


def _frame(rows: pd.DataFrame, shapes: object, number: str) -> gpd.GeoDataFrame:
    rows = rows.assign(identity="no:" + rows[number])
    return gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4490")
