"""The catalogue's flags and what the database does for each layer say the same."""

import re

import pytest
import sqlalchemy as sa

from layers.catalog import CATALOG, EARLIEST_DAY, Layer, tables
from layers.schema.tables import METADATA
from layers.sql import statement

#: Rows of these are written by a review as well.
REWRITTEN = {"risk_zones"}
#: Of these rows are removed and kept as former ones, and all but their name is changed.
LEAVING = {key for key, layer in CATALOG.items() if layer.leaves}
BY_TABLE = {CATALOG[key].table: CATALOG[key] for key in reversed(CATALOG)}


def columns(layer: Layer) -> set[str]:
    return {column.name for column in METADATA.tables[layer.table].c}


@pytest.mark.parametrize("layer", CATALOG.values(), ids=list(CATALOG))
def test_the_flags_are_those_of_the_table(layer: Layer) -> None:
    assert layer.tiled == ("geom_3857" in columns(layer))
    assert layer.scoped == bool({"area_code", "code"} & columns(layer))
    assert layer.importable == ("identity" in columns(layer)) == bool(layer.fields)
    assert layer.premises == ({"rooms", "address"} <= columns(layer))
    assert layer.internal <= layer.scoped
    assert layer.dwelling <= layer.premises
    assert {*layer.shown, *layer.former, *layer.needs} <= columns(layer)


@pytest.mark.parametrize("table", tables())
def test_the_triggers_are_those_of_the_flags(connection: sa.Connection, table: str) -> None:
    query = "SELECT tgname, pg_get_triggerdef(oid) AS made FROM pg_trigger WHERE tgrelid = to_regclass(:table)"
    rows = connection.execute(sa.text(f"{query} AND NOT tgisinternal"), {"table": table})
    found = {str(row.tgname): str(row.made) for row in rows}
    layer = BY_TABLE[table]
    is_point = {"community_code", "geom"} <= columns(layer)
    assert ("version_raised" in found, {"community_found", "community_kept"} <= set(found)) == (True, is_point)
    if layer.stays:
        assert re.findall(r"old\.(\w+)", found.get("former_kept", "")) == list(layer.former)


@pytest.mark.parametrize("table", tables())
def test_the_rights_are_those_of_the_flags(connection: sa.Connection, table: str) -> None:
    query = (
        "SELECT array_agg(kind ORDER BY kind) FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS kind"
        " WHERE has_table_privilege('wuchuan_app', :table, kind)"
    )
    rights = set(connection.execute(sa.text(query), {"table": table}).scalar_one())
    stays = BY_TABLE[table].stays
    assert rights == {"SELECT", "INSERT"} | (set() if stays else {"DELETE"}) | (
        {"UPDATE"} if table in REWRITTEN else set()
    )
    named = "SELECT has_any_column_privilege('wuchuan_app', :table, 'UPDATE')"
    assert connection.execute(sa.text(named), {"table": table}).scalar_one() == (stays or table in REWRITTEN | LEAVING)


def test_each_layer_has_a_version_and_no_version_lacks_its_layer(connection: sa.Connection) -> None:
    stored = set(connection.execute(sa.text("SELECT layer FROM layer_versions")).scalars())
    assert stored - {"backtests", "gazetteers"} == set(tables())


def test_the_counted_are_the_measured(connection: sa.Connection) -> None:
    asked = {"digits": 6, "since": EARLIEST_DAY, "until": EARLIEST_DAY, "known": None}
    counted = set(connection.execute(statement("measures"), asked).keys()) - {"scope"}
    assert counted == {layer.measured for layer in CATALOG.values() if layer.measured}
