"""The layers as GeoJSON, and their list."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import flask
import sqlalchemy as sa

from app.core import access, answers, geojson, periods
from app.core.current import answer, fetch, house, seated
from app.core.parameters import DEFAULT_LIMIT, Query, read_query
from gis.errors import NotFound
from layers import measures, read
from layers.catalog import CATALOG, Field, flagged, title_of

blueprint = flask.Blueprint("layers", __name__)

#: Rendering more takes seconds.
MANY_ROWS = 10_000
KEYS = tuple(CATALOG)


@blueprint.get("/api/layers")
@access.needs("map.read")
def index() -> flask.Response:
    """Every layer: key, title, rows, newest change, whether it has tiles, and its fields."""
    return answer("layers", lambda connection: answers.render_json(_listed(connection)))


@blueprint.get("/api/layers/<layer>")
@access.needs("map.read", query=("bbox", "since", "until", "area", "level", "limit", "placed"))
def features(layer: str) -> flask.Response:
    """The features of a layer in degrees, within bounds, period and area, at most ``limit`` of them."""
    if layer not in KEYS:
        raise NotFound(f"没有名为“{layer}”的图层,可用的有:{'、'.join(KEYS)}", kind="unknown_layer")
    asked = read_query(flask.request.args, "area", "bbox", "limit", "placed", *(["level"] if layer == "areas" else []))
    return answer(
        (layer, asked),
        lambda connection: answers.render(collection(connection, layer, asked), "application/json"),
        layers=(table_of(layer), *_spoken_of(layer, asked)),
        room=lambda: _room(layer, asked),
    )


def _room(layer: str, query: Query) -> AbstractContextManager[None]:
    """A seat for an answer of very many rows; one that may have many and has few goes without."""
    if (query.cut.limit or DEFAULT_LIMIT) <= MANY_ROWS:
        return nullcontext()
    cut = fetch(query.cut_in, city=house().settings.profile.city_code)
    return seated() if fetch(read.count, layer, cut) > MANY_ROWS else nullcontext()


def collection(connection: sa.Connection, layer: str, query: Query) -> bytes:
    """That cut of the layer as GeoJSON text."""
    zone = house().zone
    limit = query.cut.limit or DEFAULT_LIMIT
    cut = replace(query.cut_in(connection, city=house().settings.profile.city_code), limit=limit)
    if _is_measured(layer, query):
        since, until = periods.closed(connection, cut, zone)
        level = "community" if layer == "communities" else cut.level
        period = replace(cut, since=since, until=until, level=level)
        frame = measures.areas_measured(connection, period, is_open=cut.until is None)
    elif layer == "risk_zones":
        frame = read.risk_zones(connection, cut)
    else:
        frame = read.layer(connection, layer, cut)
    matched = len(frame) if len(frame) < limit else read.count(connection, layer, cut)
    return geojson.feature_collection(frame, matched=matched, zone=zone)


def table_of(layer: str) -> str:
    """The table whose version says whether the layer changed."""
    return CATALOG[layer].table


def _is_measured(layer: str, query: Query) -> bool:
    """Whether areas are asked for with a period, and so with what happened in them."""
    return table_of(layer) == "areas" and bool(query.cut.since or query.cut.until)


def _spoken_of(layer: str, query: Query) -> tuple[str, ...]:
    """The other tables that the answer is made from."""
    if _is_measured(layer, query):
        return flagged("measured")
    return ("areas",) if query.area else ()


def _listed(connection: sa.Connection) -> list[dict[str, object]]:
    versions = read.versions(connection)
    return [
        {
            "key": key,
            "title": title_of(key),
            "rows": read.count(connection, key),
            "changed_at": versions[table_of(key)][1],
            "tiles": CATALOG[key].tiled,
            "fields": [_field(f) for f in CATALOG[key].fields if not f.private],
        }
        for key in KEYS
    ]


def _field(field: Field) -> dict[str, object]:
    told = {"name": field.name, "title": field.title, "kind": field.kind, "unit": field.unit}
    return told | {"choices": dict(field.choices)}
