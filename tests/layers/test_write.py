"""Loading frames: what counts as new, changed and equal, and the communities the database keeps."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from layers import batches, reviews, write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from tests.builders import CODES, communities, tips

TIPS, COMMUNITIES = LAYERS["tips"], LAYERS["communities"]


def _stored(connection: sa.Connection, columns: str, table: str = "tips") -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(sa.text(f"SELECT {columns} FROM {table} ORDER BY 1"))]


def test_new_rows_are_accepted_equal_ones_unchanged_changed_ones_updated(connection: sa.Connection) -> None:
    write.load(connection, TIPS, tips([(0.5, 0.5), (1.5, 0.5)]))
    again = tips([(0.5, 0.5), (1.5, 0.5), (0.1, 0.1)], status=["new", "accepted", "new"])
    assert write.load(connection, TIPS, again) == write.Tally(accepted=1, unchanged=1, updated=1)
    assert _stored(connection, "tip_no, status") == [("T0", "new"), ("T1", "accepted"), ("T2", "new")]


def test_a_column_the_file_lacks_keeps_what_is_stored(connection: sa.Connection) -> None:
    write.load(connection, TIPS, tips([(0.5, 0.5)], channel=["电话"]))
    write.load(connection, TIPS, tips([(0.5, 0.5)], status=["accepted"]))
    assert _stored(connection, "tip_no, channel, status") == [("T0", "电话", "accepted")]


def test_rows_into_an_empty_layer_are_what_a_comparison_makes_of_them(connection: sa.Connection) -> None:
    write.load(connection, COMMUNITIES, communities())
    places = tips([(0.5, 0.5), (1.5, 0.5), (0.1, 0.1), (9, 9)], community_code=[CODES[1], None, None, None])
    places = places.astype({"community_code": "str"}).assign(
        place_error_m=pd.array([40, 50, None, 60], dtype="Float64")
    )
    places.loc[0, "geometry"] = None
    places["identity"] = ["no:T0", f"id:{'ab' * 16}", "at:某处", "no:T3"]
    columns = "tip_no, identity, community_code, place_error_m, ST_AsEWKT(geom), ST_X(geom_3857)"
    with connection.begin_nested() as alone:
        assert write.load(connection, TIPS, places, batch_id=7).accepted == 4
        filled = _stored(connection, columns)
        assert _stored(connection, "batch_id") == [(7,)] * 4
        alone.rollback()
    write.load(connection, TIPS, tips([(3, 3)], tip_no=["Z"]).assign(identity="no:Z"))
    assert write.load(connection, TIPS, places) == write.Tally(accepted=4, unchanged=0, updated=0)
    assert _stored(connection, columns)[:4] == filled
    assert filled[0][2:5] == (CODES[1], None, None)
    assert str(filled[1][1]) == "abababab-abab-abab-abab-abababababab"


def test_a_large_first_import_leaves_the_indexes_it_found(
    own_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexes = sa.text("SELECT indexdef FROM pg_indexes WHERE tablename = 'tips' ORDER BY indexname")
    monkeypatch.setattr(batches, "_MANY_ROWS", 3)
    with transaction(own_engine, LOCAL) as connection:
        before = connection.execute(indexes).scalars().all()
        assert write.load(connection, TIPS, tips([(0.5, 0.5)] * 3)).accepted == 3
    with transaction(own_engine, LOCAL) as connection:
        assert connection.execute(indexes).scalars().all() == before
        assert write.load(connection, TIPS, tips([(0.5, 0.5)] * 4)) == write.Tally(accepted=1, unchanged=3, updated=0)


def test_the_application_strips_only_an_empty_layer_of_points_and_not_for_good(own_engine: sa.Engine) -> None:
    def strip(connection: sa.Connection, layer: str) -> bool:
        return bool(connection.execute(sa.select(sa.func.strip_indexes(layer))).scalar_one())

    def hide(connection: sa.Connection) -> None:
        connection.execute(sa.text("CREATE TEMP TABLE ix_tips_geom ()"))
        strip(connection, "tips")

    with (
        transaction(own_engine, LOCAL) as connection,
        pytest.raises(sa.exc.ProgrammingError, match="no layer of points"),
    ):
        strip(connection, "audit")
    with pytest.raises(sa.exc.DBAPIError, match="has lost its indexes"), transaction(own_engine, LOCAL) as connection:
        strip(connection, "tips")
    with pytest.raises(sa.exc.DBAPIError, match="has lost its indexes"), transaction(own_engine, LOCAL) as connection:
        hide(connection)
    with (
        transaction(own_engine, LOCAL) as connection,
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        connection.execute(sa.text("UPDATE layer_versions SET layer = 'x' WHERE layer = 'tips'"))
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, TIPS, tips([(0.5, 0.5)]))
    with transaction(own_engine, LOCAL) as connection:
        assert not strip(connection, "tips")


@pytest.mark.slow
def test_a_layer_that_somebody_reads_is_filled_with_its_indexes_standing(
    own_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_MANY_ROWS", 3)
    with transaction(own_engine, LOCAL) as reader:
        reader.execute(sa.text("SELECT count(*) FROM tips"))
        with transaction(own_engine, LOCAL) as connection:
            assert write.load(connection, TIPS, tips([(0.5, 0.5)] * 3)).accepted == 3
        assert reader.execute(sa.text("SELECT count(*) FROM tips")).scalar_one() == 3


def test_an_empty_frame_changes_nothing(connection: sa.Connection) -> None:
    assert write.load(connection, TIPS, tips([])) == write.Tally(accepted=0, unchanged=0, updated=0)


def test_rows_get_the_community_they_lie_in_and_the_smaller_code_on_a_border(connection: sa.Connection) -> None:
    write.load(connection, COMMUNITIES, communities())
    write.load(connection, TIPS, tips([(0.5, 0.5), (1.5, 0.5), (1.0, 0.5), (9.0, 9.0)]))
    a, b = communities()["code"]
    assert [code for _, code in _stored(connection, "tip_no, community_code")] == [a, b, a, None]


def test_a_batch_finds_the_communities_that_the_database_finds(connection: sa.Connection) -> None:
    write.load(connection, COMMUNITIES, communities())
    rng = np.random.default_rng(1)
    corners = [(x, y) for x in (-1e-9, 0.0, 1.0, 2.0) for y in (0.0, 0.5, 1.0, 1 + 1e-9)]
    write.load(connection, TIPS, tips([*corners, *map(tuple, rng.uniform(-0.5, 2.5, (300, 2)))]))
    odd = sa.text("SELECT count(*) FROM tips WHERE community_code IS DISTINCT FROM community_at(geom)")
    assert connection.execute(odd).scalar_one() == 0
    assert len({code for (code,) in _stored(connection, "community_code")}) == 3


def test_a_stated_community_is_kept_at_import(connection: sa.Connection) -> None:
    write.load(connection, COMMUNITIES, communities())
    b = communities()["code"][1]
    write.load(connection, TIPS, tips([(0.5, 0.5)], community_code=[b]))
    assert _stored(connection, "community_code") == [(b,)]


def test_a_moved_point_and_a_moved_border_change_the_community(connection: sa.Connection) -> None:
    write.load(connection, COMMUNITIES, communities())
    a, b = communities()["code"]
    write.load(connection, TIPS, tips([(0.5, 0.5)]))
    write.load(connection, TIPS, tips([(1.5, 0.5)]))
    assert _stored(connection, "community_code, area_code") == [(b, b)]
    write.load(connection, COMMUNITIES, communities(border=1.8))
    assert _stored(connection, "community_code, area_code") == [(a, a)]


def test_a_row_written_by_another_program_gets_its_community_too(connection: sa.Connection) -> None:
    write.load(connection, COMMUNITIES, communities())
    connection.execute(sa.text("SELECT set_config('wuchuan.assigned', '', true)"))
    connection.execute(
        sa.text(
            "INSERT INTO venues (name, identity, geom)"
            " VALUES ('店', gen_random_uuid(), ST_SetSRID(ST_Point(0.5, 0.5), 4490))"
        )
    )
    assert _stored(connection, "community_code", "venues") == [(communities()["code"][0],)]


def test_points_without_a_place_are_kept(connection: sa.Connection) -> None:
    frame = tips([(0.5, 0.5)])
    frame.geometry = [None]
    write.load(connection, TIPS, frame)
    assert _stored(connection, "geom IS NULL, area_code") == [(True, "")]


def test_areas_are_recognised_by_code_whatever_their_identity_says(connection: sa.Connection) -> None:
    first, second = communities(), communities().assign(identity=["x", "y"], name=["甲", "乙"])
    write.load(connection, COMMUNITIES, first)
    assert write.load(connection, LAYERS["areas"], second).updated == 2
    assert len(_stored(connection, "code", "areas")) == 2


def test_a_list_without_borders_or_places_keeps_those_that_are_stored(connection: sa.Connection) -> None:
    write.load(connection, COMMUNITIES, communities())
    write.load(connection, TIPS, tips([(0.5, 0.5)]))
    names = communities().assign(name=["甲", "乙"]).set_geometry([None, None])
    assert write.load(connection, LAYERS["areas"], names).updated == 2
    placeless = tips([(0.5, 0.5)], status=["accepted"]).set_geometry([None])
    write.load(connection, TIPS, placeless)
    assert _stored(connection, "geom IS NOT NULL", "areas") == [(True,), (True,)]
    assert _stored(connection, "community_code, ST_X(geom), status") == [(CODES[0], 0.5, "accepted")]


def test_a_blank_community_is_found_again_and_changes_nothing(connection: sa.Connection) -> None:
    write.load(connection, COMMUNITIES, communities())
    frame = tips([(0.5, 0.5), (1.5, 0.5)], community_code=[CODES[1], None]).astype({"community_code": "str"})
    write.load(connection, TIPS, frame)
    assert write.load(connection, TIPS, frame) == write.Tally(accepted=0, unchanged=2, updated=0)
    assert _stored(connection, "tip_no, community_code") == [("T0", CODES[1]), ("T1", CODES[1])]


def test_a_stated_community_outlives_a_border_that_never_held_its_point(connection: sa.Connection) -> None:
    write.load(connection, COMMUNITIES, communities())
    stated = tips([(0.5, 0.5)], community_code=[CODES[1]])
    write.load(connection, TIPS, stated)
    write.load(connection, COMMUNITIES, communities(border=1.2))
    assert _stored(connection, "community_code") == [(CODES[1],)]
    assert write.load(connection, TIPS, stated).unchanged == 1


def test_points_stored_first_get_the_communities_that_come_later(connection: sa.Connection) -> None:
    write.load(connection, TIPS, tips([(0.5, 0.5), (1.5, 0.5), (9, 9)]))
    write.load(connection, COMMUNITIES, communities())
    assert [code for _, code in _stored(connection, "tip_no, community_code")] == [*CODES, None]


def test_points_of_a_community_that_ends_have_none(connection: sa.Connection) -> None:
    write.load(connection, COMMUNITIES, communities())
    write.load(connection, TIPS, tips([(0.5, 0.5)]))
    connection.execute(sa.text("UPDATE areas SET valid_to = '2026-01-01' WHERE code = :code"), {"code": CODES[0]})
    assert _stored(connection, "community_code") == [(None,)]
    connection.execute(sa.text("UPDATE areas SET valid_to = NULL"))
    assert _stored(connection, "community_code") == [(CODES[0],)]


def test_points_of_a_community_that_is_removed_have_none(own_owner: sa.Engine) -> None:
    with transaction(own_owner, LOCAL) as owner:
        write.load(owner, COMMUNITIES, communities())
        write.load(owner, TIPS, tips([(0.5, 0.5)]))
        owner.execute(sa.text("DELETE FROM areas"))
        assert _stored(owner, "community_code") == [(None,)]


def test_points_wait_for_borders_that_are_being_stored(own_engine: sa.Engine) -> None:
    with transaction(own_engine, LOCAL) as first:
        write.load(first, TIPS, tips([(0.5, 0.5)]))
        with transaction(own_engine, LOCAL) as second:
            second.execute(sa.text("SET LOCAL lock_timeout = '200ms'"))
            with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
                write.load(second, COMMUNITIES, communities())


def test_days_moments_and_flags_come_back_as_written(connection: sa.Connection) -> None:
    moment = pd.Timestamp("2026-03-01T15:30:00Z")
    frame = tips([(0.5, 0.5)], received_at=[moment], verified=[True], due_on=[pd.Timestamp("2026-03-20")])
    write.load(connection, TIPS, frame)
    row = connection.execute(sa.text("SELECT received_at, verified, due_on, ST_X(geom) FROM tips")).one()
    assert (row[0], row[1], row[2].isoformat(), row[3]) == (moment, True, "2026-03-20", 0.5)


def test_only_layers_whose_rows_change_get_a_new_version(connection: sa.Connection) -> None:
    write.load(connection, TIPS, tips([(0.5, 0.5)]))
    before = _stored(connection, "layer, version", "layer_versions")
    write.load(connection, TIPS, tips([(0.5, 0.5)]))
    assert _stored(connection, "layer, version", "layer_versions") == before
    write.load(connection, TIPS, tips([(0.6, 0.5)]))
    assert dict(_stored(connection, "layer, version", "layer_versions"))["tips"] > dict(before)["tips"]


def test_a_changed_count_leaves_its_former_value_in_the_history(connection: sa.Connection) -> None:
    month = pd.Series(pd.to_datetime(["2026-05-01"])).astype("datetime64[s]")
    frame = pd.DataFrame({"community_code": ["990101001001"], "month": month, "register": ["rental"]})
    for number in (12, 15):
        counted = frame.assign(count=pd.array([number], dtype="Int64"), identity="k")
        write.load(connection, LAYERS["counts"], counted)
    assert _stored(connection, "count_before, count_after", "count_changes") == [(12, 15)]


def test_lines_of_one_part_are_stored_as_many(connection: sa.Connection) -> None:
    line = shapely.LineString([(0, 0), (1, 1)])
    frame = gpd.GeoDataFrame({"name": ["一路"], "identity": ["r1"]}, geometry=[line], crs="EPSG:4490")
    write.load(connection, LAYERS["roads"], frame)
    assert _stored(connection, "ST_GeometryType(geom)", "roads") == [("ST_MultiLineString",)]


def test_the_owner_makes_a_token_and_the_application_spends_it_once(
    own_engine: sa.Engine, own_owner: sa.Engine
) -> None:
    with transaction(own_owner, LOCAL) as owner:
        for letter, year in (("a", 2100), ("b", 2000)):
            write.add_entry_token(owner, letter * 64, expires_at=dt.datetime(year, 1, 1, tzinfo=dt.UTC))
    with transaction(own_engine, LOCAL) as connection:
        assert [write.spend_entry_token(connection, letter * 64) for letter in "aab"] == [True, False, False]
    with own_engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        write.add_entry_token(connection, "c" * 64, expires_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))


@pytest.mark.parametrize("statement", ["CREATE TABLE x (y int)", "DROP TABLE tips", "DELETE FROM alembic_version"])
def test_the_application_role_cannot_touch_the_schema(connection: sa.Connection, statement: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
        connection.execute(sa.text(statement))


def test_a_second_analysis_of_a_day_takes_no_number_that_a_reviewed_zone_keeps(connection: sa.Connection) -> None:
    run = {"method": "m", "seed": 1, "until": dt.date(2026, 2, 1), "parameters": {}, "incidents": 0}
    far_apart = gpd.GeoDataFrame(
        {"zone_id": [f"20260201-{n:03d}" for n in (1, 2, 3)], "area_code": CODES[0], "grade": "red", "score": 9.0,
         "own_raid_share": 0.0, "tips": 3, "sources": 3, "findings": 0, "radius_m": 1.0, "expected": 1.0,
         "since": run["until"], "until": run["until"], "last_confirmed_on": None, "expires_on": dt.date(2026, 5, 1),
         "reviewed_on": None, "reasons": [[]] * 3, "evidence": [[]] * 3, "method": "m"},
        geometry=[shapely.MultiPolygon([shapely.box(n, 0, n + 0.1, 0.1)]) for n in range(3)],
    )  # fmt: skip
    none = pd.DataFrame({"geometry": []})
    write.store_analysis(connection, run=run, hotspots=none, zones=far_apart)
    connection.execute(sa.text("UPDATE risk_zones SET reviewed_on = '2026-02-01' WHERE zone_id = '20260201-003'"))
    write.store_analysis(connection, run=run, hotspots=none, zones=far_apart)
    assert [name for (name,) in _stored(connection, "zone_id", "risk_zones")][:2] == [
        "20260201-003",
        "20260201-004",
    ]
    fourth = reviews.zone(connection, "20260201-004")
    dismissed = {"decision": "dismissed", "grade": "red", "reason": "误报", "post": "测试县治理办",
                 "reviewed_on": run["until"], "expires_on": dt.date(2026, 5, 1)}  # fmt: skip
    reviews.keep(connection, fourth, dismissed)
    write.store_analysis(connection, run=run, hotspots=none, zones=far_apart.assign(sources=4))
    new = [name for (name,) in _stored(connection, "zone_id", "risk_zones")][1:]
    assert new == ["20260201-005", "20260201-006"]
    assert reviews.history(connection, "20260201-005") == []
