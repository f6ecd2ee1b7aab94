"""Drawn zones: list, add, change from the version that was seen, take off the map."""

import json
import uuid
from collections.abc import Callable

import flask

from app.core import access
from app.core.current import act, fetch, house, json_response
from app.core.errors import status_of
from app.core.operations import TEXT, choice, fields
from app.core.parameters import DEFAULT_LIMIT, RULES, Parameters
from app.core.versions import number_seen
from app.desks.drawings import desk, features
from gis.errors import Conflict
from layers import catalog, drawings, read

LAST_VERSION = 10**9 - 1

blueprint = flask.Blueprint("drawings", __name__)

_DRAWING = fields(
    {"type": choice("Feature"), "geometry": {"type": "object"}, "properties": fields(
        {"name": TEXT, "family": choice(*catalog.DRAWN_FAMILIES), "note": TEXT,
         "radius_m": {"type": ["number", "null"]}},
        "name", "family",
    )},
    "type", "geometry", "properties",
)  # fmt: skip


@blueprint.get("/api/drawn-zones")
@access.needs("map.read", query=("area", "bbox", "limit"))
def index() -> flask.Response:
    """Every drawing on the map as a GeoJSON Feature with id and version."""
    with Parameters(flask.request.args) as parameters:
        area, bbox, limit = (parameters.take(name, *RULES[name]) for name in ("area", "bbox", "limit"))
    prefix = fetch(read.prefix_of, area, city=house().settings.profile.city_code) if area else ""
    cut = read.Cut(bbox=bbox, prefix=prefix, limit=limit or DEFAULT_LIMIT)
    found, matched = fetch(drawings.listed, cut), fetch(read.count, "drawn_zones", cut)
    told = {"type": "FeatureCollection", "numberMatched": matched, "numberReturned": len(found)}
    return json_response(told | {"features": [features.feature_of(each) for each in found]})


@blueprint.post("/api/drawn-zones")
@access.needs("drawings.write", body=_DRAWING, answers=(201,))
def add() -> flask.Response:
    """Keep a new drawing; answers the stored Feature with its ETag."""
    stored = act(desk.draw, house().settings.profile, flask.request.get_data())
    response = _answer(stored, 201)
    response.headers["Location"] = flask.url_for("drawings.show", drawn_id=stored["id"])
    return response


@blueprint.get("/api/drawn-zones/<drawn_id>")
@access.needs("map.read")
def show(drawn_id: str) -> flask.Response:
    """One drawing with its ETag, by which a change says what it was made from."""
    return _answer(fetch(drawings.find, _known(drawn_id)))


@blueprint.put("/api/drawn-zones/<drawn_id>")
@access.needs("drawings.write", body=_DRAWING, versioned=True)
def change(drawn_id: str) -> flask.Response:
    """Change a drawing, or put back one that was removed; If-Match carries the ETag of the version seen."""
    body, profile = flask.request.get_data(), house().settings.profile
    return _changed(lambda: act(desk.redraw, _known(drawn_id), body, profile=profile, seen=number_seen()), yours=body)


@blueprint.delete("/api/drawn-zones/<drawn_id>")
@access.needs("drawings.write", versioned=True)
def remove(drawn_id: str) -> flask.Response:
    """Take a drawing off the map; answers it, with the ETag that puts it back."""
    return _changed(lambda: act(desk.erase, _known(drawn_id), seen=number_seen()))


@blueprint.get("/api/drawn-zones/<drawn_id>/versions")
@access.needs("map.read")
def history(drawn_id: str) -> flask.Response:
    """Every version of a drawing as a Feature, the first one first; the present one's ETag."""
    versions = fetch(drawings.versions, _known(drawn_id))
    response = json_response(
        {"type": "FeatureCollection", "features": [features.feature_of(each) for each in versions]}
    )
    response.set_etag(str(versions[-1]["version"]))
    return response


@blueprint.post(f"/api/drawn-zones/<drawn_id>/versions/<int(max={LAST_VERSION}):version>/restore")
@access.needs("drawings.write", versioned=True)
def restore(drawn_id: str, version: int) -> flask.Response:
    """Make it again what it was at that version; If-Match carries the ETag of the present one."""
    return _changed(lambda: act(desk.restore, _known(drawn_id), version, seen=number_seen()))


def _known(drawn_id: str) -> str:
    try:
        return str(uuid.UUID(drawn_id))
    except ValueError as error:
        raise drawings.unknown() from error


def _answer(stored: drawings.Stored, status: int = 200) -> flask.Response:
    response = json_response(features.feature_of(stored), status)
    response.headers["ETag"] = f'"{stored["version"]}"'
    return response


def _changed(change: Callable[[], drawings.Stored], *, yours: bytes = b"null") -> flask.Response:
    """The drawing once it is changed; both where another version is stored by now, for a person to choose."""
    try:
        return _answer(change())
    except Conflict as stale:
        if stale.current is None:
            raise
        both = {"current": features.feature_of(stale.current), "yours": json.loads(yours)}
        response = json_response({"error": stale.kind, "sentence": stale.sentence} | both, status_of(stale))
        response.headers["ETag"] = f'"{stale.current["version"]}"'
        return response
