"""Row security: what each actor sees and writes, and the ways by which it could be got round."""

import ast
import re
from collections.abc import Iterator

import geopandas as gpd
import pandas as pd
import psycopg
import pytest
import shapely
import sqlalchemy as sa

from gis.errors import Forbidden
from layers import tips, write
from layers.actor import LOCAL, PUBLIC, SERVICE, Actor
from layers.catalog import LAYERS
from layers.database import citywide, make_engine, transaction
from layers.host.embedded import Cluster
from tests.conftest import REPO, NewDatabase

WEST, EAST = "990101001001", "990201001001"
COUNTY = Actor(account="西县受理", scope="990101")
OTHER = Actor(account="东县受理", scope="990201")
#: Views that show what their owner may see.
WITH_ITS_OWNERS_RIGHTS = """
    SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace
      AND NOT coalesce(reloptions::text[] @> ARRAY['security_invoker=true'], false)
      AND relname NOT IN ('geometry_columns', 'geography_columns')"""
#: Tables without a policy, and why everybody may read all of them.
OPEN = {
    "accounts": "who signs in, read before anybody is known",
    "account_posts": "which account holds which post",
    "sign_ins": "as accounts",
    "entry_tokens": "hashes of links, read before anybody is known",
    "receipts": "digests of receipts, read for whoever has one",
    "receipt_salts": "as receipts",
    "desk_keys": "public keys, which the public form seals contacts to",
    "desk_key_copies": "private keys under passphrases that the service never hears",
    "submissions": "answers under a random id of the client's own",
    "city": "its name",
    "posts": "titles of posts on duty",
    "areas": "borders and names are no secret, and neighbours' edges are drawn to",
    "roads": "ground", "rivers": "ground", "jurisdictions": "borders of agencies",
    "agencies": "names of agencies",
    "stations": "where agencies sit", "teams": "which teams there are",
    "gazetteers": "one packed row; what is suggested of it is cut by the scope where it is read",
    "layer_versions": "numbers", "job_progress": "numbers",
    "analyses": "computations of the whole city", "backtests": "as analyses", "watches": "as analyses",
    "count_changes": "read by nobody", "former_rows": "the plain role reads none",
    "target_areas": "the plain role reads none", "alembic_version": "a number",
    "audit_blocks": "hashes", "audit_clock": "a number",
    "spatial_ref_sys": "PostGIS's own",
}  # fmt: skip


@pytest.fixture(scope="module")
def city(new_database: NewDatabase, worker_name: str) -> Iterator[sa.Engine]:
    """Two counties of one community each, with a row of every layer that has a place in both, and one without."""
    with new_database(f"scopes_{worker_name}") as engine:
        with transaction(engine, LOCAL) as connection:
            squares = [shapely.box(118.0, 27.0, 118.1, 27.1), shapely.box(118.1, 27.0, 118.2, 27.1)]
            areas = {
                "code": [WEST, EAST],
                "name": ["青山社区", "绿水村"],
                "level": "community",
                "identity": [WEST, EAST],
            }
            write.load(connection, LAYERS["areas"], gpd.GeoDataFrame(areas, geometry=squares, crs="EPSG:4490"))
            points = [shapely.Point(118.05, 27.05), shapely.Point(118.15, 27.05), None]
            day = pd.to_datetime(["2026-03-01"] * 3)
            for key, columns in {
                "rental_units": {"unit_code": list("ABC"), "address": "某路1号"},
                "venues": {"venue_no": list("ABC"), "kind": "hotel", "name": "某旅馆"},
                "raids": {"action_no": list("ABC"), "date": day.astype("datetime64[s]"), "outcome": "found"},
                "tips": {"tip_no": list("ABC"), "received_at": day.tz_localize("UTC").astype("datetime64[us, UTC]")},
            }.items():
                rows = pd.DataFrame(columns).assign(identity=[f"no:{n}" for n in "ABC"])
                write.load(connection, LAYERS[key], gpd.GeoDataFrame(rows, geometry=points, crs="EPSG:4490"))
        yield engine


def seen(engine: sa.Engine, actor: Actor, table: str = "tips", column: str = "tip_no") -> list[str]:
    with transaction(engine, actor) as connection:
        return list(connection.execute(sa.text(f"SELECT {column} FROM {table} ORDER BY 1")).scalars())


@pytest.mark.parametrize(
    ("table", "column"),
    [("tips", "tip_no"), ("raids", "action_no"), ("rental_units", "unit_code"), ("venues", "venue_no"),
     ("standing_tips", "tip_no"), ("findings", "action_no")],
)  # fmt: skip
def test_rows_are_seen_in_their_own_area_and_those_without_a_place_by_the_city(
    city: sa.Engine, table: str, column: str
) -> None:
    assert seen(city, LOCAL, table, column) == ["A", "B", "C"]
    assert seen(city, SERVICE, table, column) == ["A", "B", "C"]
    assert seen(city, COUNTY, table, column) == ["A"]
    assert seen(city, OTHER, table, column) == ["B"]
    assert seen(city, PUBLIC, table, column) == []


@pytest.mark.parametrize("scope", ["%", "_", "99010_", "990101%", "*", "!", " ", "990101' OR '1'='1", "", "99"])
def test_a_scope_that_is_none_or_a_pattern_shows_no_row(city: sa.Engine, scope: str) -> None:
    shown = seen(city, Actor(account="x", scope=scope))
    assert shown == {"": ["A", "B", "C"], "99": ["A", "B"]}.get(scope, [])


@pytest.mark.parametrize("setting", ["", "%", "99010_", "*%"])
def test_an_empty_or_odd_setting_shows_no_row(city: sa.Engine, setting: str) -> None:
    with city.begin() as connection:
        connection.execute(sa.text("SELECT set_config('wuchuan.scope', :scope, true)"), {"scope": setting})
        assert connection.execute(sa.text("SELECT count(*) FROM tips")).scalar_one() == 0


def test_a_connection_to_which_nobody_was_handed_over_sees_and_writes_nothing(city: sa.Engine) -> None:
    with city.connect() as connection:  # as one of the queue's own would
        assert connection.execute(sa.text("SELECT count(*) FROM rental_units")).scalar_one() == 0
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            connection.execute(
                sa.text("INSERT INTO tips (tip_no, identity, received_at) VALUES ('X', gen_random_uuid(), now())")
            )


def test_a_setting_for_the_whole_session_does_not_outlive_the_next_transaction(city: sa.Engine) -> None:
    with city.connect() as connection:
        connection.execute(sa.text("SET wuchuan.scope = '*'"))
        connection.commit()
    assert [seen(city, COUNTY) for _ in range(5)] == [["A"]] * 5  # the pool hands the same connection out again
    source = [path.read_text("utf-8") for room in ("app", "layers") for path in (REPO / room).rglob("*.py")]
    assert not [text for text in source if re.search(r"SET\s+(SESSION\s+)?wuchuan", text, re.IGNORECASE)]
    with city.connect() as connection:
        connection.execute(sa.text("RESET ALL"))
        connection.commit()


def test_many_transactions_of_several_actors_over_one_pool_mix_nothing(city: sa.Engine) -> None:
    for number in range(200):
        actor, rows = [(COUNTY, ["A"]), (OTHER, ["B"]), (LOCAL, ["A", "B", "C"]), (PUBLIC, [])][number % 4]
        assert seen(city, actor) == rows


def test_every_view_asks_with_the_rights_of_whoever_reads_it(connection: sa.Connection) -> None:
    assert list(connection.execute(sa.text(WITH_ITS_OWNERS_RIGHTS)).scalars()) == []


def test_a_view_that_asked_with_its_owners_rights_would_show_every_row(city: sa.Engine, cluster: Cluster) -> None:
    with psycopg.connect(cluster.conninfo("superuser", str(city.url.database))) as server:
        server.execute("CREATE VIEW all_tips AS SELECT * FROM tips")
        server.execute("GRANT SELECT ON all_tips TO PUBLIC")
    assert seen(city, COUNTY, "all_tips") == ["A", "B", "C"]
    with transaction(city, LOCAL) as connection:
        assert list(connection.execute(sa.text(WITH_ITS_OWNERS_RIGHTS)).scalars()) == ["all_tips"]
    with psycopg.connect(cluster.conninfo("superuser", str(city.url.database))) as server:
        server.execute("DROP VIEW all_tips")


def test_every_table_has_a_policy_that_binds_its_owner_too_or_is_known_to_need_none(connection: sa.Connection) -> None:
    query = """
        SELECT relname, relrowsecurity AND relforcerowsecurity
               AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid)
        FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
          AND relname NOT LIKE 'procrastinate%'"""
    guarded: dict[str, bool] = dict(connection.execute(sa.text(query)).all())
    assert {table for table, is_guarded in guarded.items() if not is_guarded} == set(OPEN)


def test_the_owner_of_the_tables_is_bound_too(city: sa.Engine, cluster: Cluster) -> None:
    owner = make_engine(cluster.url("owner", str(city.url.database)))
    with owner.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM tips")).scalar_one() == 0
    assert seen(owner, COUNTY) == ["A"]
    owner.dispose()


def test_copy_hands_out_the_own_area_alone_and_takes_nothing_past_the_policy(city: sa.Engine) -> None:
    with transaction(city, COUNTY) as connection:
        driver = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy("COPY (SELECT tip_no FROM tips) TO STDOUT") as stream:
            assert b"".join(bytes(part) for part in stream) == b"A\n"
        with (
            pytest.raises(Exception, match="COPY FROM not supported with row-level security"),
            driver.cursor() as cursor,
        ):
            cursor.copy("COPY tips (tip_no) FROM STDIN").__enter__()


def test_rows_outside_the_area_are_not_written_and_a_sentence_says_so(city: sa.Engine) -> None:
    rows = pd.DataFrame({"unit_code": ["D"], "address": "某路2号", "identity": ["no:D"]})
    frame = gpd.GeoDataFrame(rows, geometry=[shapely.Point(118.16, 27.05)], crs="EPSG:4490")
    with pytest.raises(Forbidden, match="编号已用或不在您管辖范围内"), transaction(city, COUNTY) as connection:
        write.load(connection, LAYERS["rental_units"], frame)
    with transaction(city, COUNTY) as connection:
        gone = connection.execute(sa.text("UPDATE tips SET status = 'rejected' WHERE tip_no = 'B'")).rowcount
    assert gone == 0
    assert seen(city, LOCAL, "rental_units", "unit_code") == ["A", "B", "C"]


def test_the_number_of_a_row_elsewhere_is_refused_like_any_row_elsewhere(city: sa.Engine) -> None:
    """So that trying numbers tells no more than that the row is not one's own."""
    told = set()
    for code, x in (("B", 118.05), ("E", 118.16)):
        rows = pd.DataFrame({"unit_code": [code], "address": "某路2号", "identity": [f"no:{code}"]})
        frame = gpd.GeoDataFrame(rows, geometry=[shapely.Point(x, 27.05)], crs="EPSG:4490")
        with pytest.raises(Forbidden) as refused, transaction(city, COUNTY) as connection:
            write.load(connection, LAYERS["rental_units"], frame)
        told.add((refused.value.kind, refused.value.sentence))
    assert len(told) == 1


def test_the_boundaries_of_a_query_use_the_index_under_the_policy(city: sa.Engine) -> None:
    box = "geom && ST_MakeEnvelope(118.04, 27.04, 118.06, 27.06, 4490)"
    for query in (
        f"SELECT * FROM rental_units WHERE {box}",
        f"SELECT * FROM rental_units WHERE {box} AND ST_Intersects(geom, ST_MakePoint(118, 27)::geometry)",
    ):
        with transaction(city, COUNTY) as connection:
            connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
            plan = "\n".join(connection.execute(sa.text(f"EXPLAIN {query}")).scalars())
        assert re.search(r"Index (Only )?Scan.*ix_rental_units_geom|Bitmap Index Scan on ix_rental_units_geom", plan), (
            plan
        )


def test_a_tip_without_a_place_is_the_citys_until_it_is_handed_on(own_engine: sa.Engine) -> None:
    with transaction(own_engine, COUNTY) as connection:
        values = {"tip_no": "T1", "received_at": pd.Timestamp("2026-03-01T00:00Z"), "status": "new",
                  "lon": None, "lat": None}  # fmt: skip
        tip_id = tips.add(connection, values, post="西县岗")
    assert seen(own_engine, COUNTY) == []
    assert seen(own_engine, LOCAL) == ["T1"]
    with transaction(own_engine, LOCAL) as connection:
        tips.keep_step(connection, tip_id, step="transferred", reason="", post="市局岗")
        tips.hand_on(connection, tip_id, "990101000000", to="西县")
    assert seen(own_engine, COUNTY) == ["T1"]
    assert seen(own_engine, OTHER) == []
    with transaction(own_engine, COUNTY) as connection:
        assert [step["step"] for step in tips.steps(connection, tip_id)] == ["added", "transferred"]
        tips.keep_step(connection, tip_id, step="transferred", reason="", post="西县岗")
        tips.hand_on(connection, tip_id, "990201000000", to="东县")
    assert seen(own_engine, COUNTY) == []
    assert seen(own_engine, OTHER) == ["T1"]
    with transaction(own_engine, COUNTY) as connection:  # its own step stays with whoever gave it away
        assert [step["post"] for step in tips.steps(connection, tip_id)] == ["西县岗"]


def test_who_reaches_the_whole_city_in_the_course_of_somebodys_act_is_listed() -> None:
    uses: set[str] = set()
    for room in ("app", "layers"):
        for path in (REPO / room).rglob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
                named = {
                    n.func.id for n in ast.walk(function) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
                }
                if "citywide" in named:
                    uses.add(f"{path.relative_to(REPO).as_posix()}:{function.name}")
    assert uses == {
        "layers/contacts.py:keep", "layers/tips.py:add", "layers/tips.py:hand_on", "app/desks/tips/receipts.py:look_up",
    }  # fmt: skip


def test_an_actor_from_the_queue_without_a_scope_sees_nothing(city: sa.Engine) -> None:
    assert seen(city, Actor.from_json({"account": "x"})) == []
    assert seen(city, Actor.from_json(COUNTY.to_json())) == ["A"]


def test_a_text_that_would_set_the_scope_is_a_text(city: sa.Engine) -> None:
    text = "x', true), set_config('wuchuan.scope', '*"
    assert seen(city, Actor(account=text, post=text, sign_in=text, scope="990101")) == ["A"]
    with transaction(city, Actor(account=text, scope="990101")) as connection:
        assert connection.execute(sa.text("SELECT acting('account'), acting('scope')")).one() == (text, "990101")


def test_the_whole_city_is_open_within_the_block_alone(city: sa.Engine) -> None:
    with transaction(city, COUNTY) as connection:
        with citywide(connection):
            assert connection.execute(sa.text("SELECT count(*) FROM tips")).scalar_one() == 3
        assert connection.execute(sa.text("SELECT count(*) FROM tips")).scalar_one() == 1
    assert seen(city, COUNTY) == ["A"]
