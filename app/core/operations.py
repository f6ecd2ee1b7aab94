"""What each operation of the HTTP interface takes and answers, for its description: endpoint by endpoint."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from app.core.parameters import LONGEST_SEARCH
from app.desks.actions.desk import DOCUMENTS
from app.desks.alerts.desk import RESULTS
from app.desks.imports.views import ORDERS
from app.desks.tips.desk import ENDS
from gis.grades import GRADES
from layers.catalog import DRAWN_FAMILIES, LEVELS, TIP_CATEGORIES, TIP_CHANNELS, TIP_STATUSES
from layers.profile import DATUMS

Schema = Mapping[str, Any]

JSON, FORM, BYTES = "application/json", "application/x-www-form-urlencoded", "application/octet-stream"
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
DAY: Schema = {"type": "string", "format": "date"}


def choice(*values: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(values)}


def listed(items: Schema) -> Schema:
    """Any number of them."""
    return {"type": "array", "items": items}


def fields(properties: Mapping[str, Schema], *required: str) -> Schema:
    """An object of these properties."""
    return {"type": "object", "properties": dict(properties), "required": list(required)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Operation:
    """``query`` parameters, a ``body`` with its media type, the statuses of success, whether the pace is limited."""

    query: tuple[str, ...] = ()
    body: Schema | None = None
    media: str = JSON
    answers: tuple[int, ...] = (200,)
    versioned: bool = False
    paced: bool = False


QUERY: Mapping[str, Schema] = {
    "since": DAY,
    "until": DAY,
    "area": TEXT,
    "level": choice(*LEVELS),
    "bbox": {"type": "string", "description": "west,south,east,north in degrees"},
    "limit": {"type": "integer", "minimum": 1},
    "bandwidth_m": {"type": "integer", "minimum": 500, "maximum": 20_000},
    "peak_per_km2": NUMBER,
    "q": TEXT,
    "placed": choice("yes", "no"),
    "text": {"type": "string", "minLength": 1, "maxLength": LONGEST_SEARCH},
    "zone": TEXT,
    "status": choice(*TIP_STATUSES),
    "start": {"type": "integer", "minimum": 0},
    "next": TEXT,
    "token": TEXT,
    "at": {"type": "integer", "minimum": 0},
}

_DOCUMENTS = dict.fromkeys(DOCUMENTS, TEXT)
_TARGET = fields(
    {"place": TEXT, "lon": NUMBER, "lat": NUMBER, "address": TEXT, "zone_id": TEXT, "dwelling": FLAG, **_DOCUMENTS}
)
_ACTION = fields(
    {"name": TEXT, "date": DAY, "since": TEXT, "until": TEXT, "buffer_minutes": NUMBER, "agencies": listed(TEXT),
     "targets": listed(_TARGET)},
    "name", "date", "since", "agencies", "targets",
)  # fmt: skip
_DRAWING = fields(
    {"type": choice("Feature"), "geometry": {"type": "object"}, "properties": fields(
        {"name": TEXT, "family": choice(*DRAWN_FAMILIES), "note": TEXT, "radius_m": {"type": ["number", "null"]}},
        "name", "family",
    )},
    "type", "geometry", "properties",
)  # fmt: skip
_TIP = fields(
    {"text": TEXT, "channel": choice(*TIP_CHANNELS), "category": choice(*TIP_CATEGORIES), "address": TEXT,
     "source_no": TEXT, "community_code": TEXT, "lon": {"type": ["number", "null"]},
     "lat": {"type": ["number", "null"]}},
    "text",
)  # fmt: skip
_STEP = fields(
    {"step": choice(*ENDS), "version": WHOLE, "reason": TEXT, "original": WHOLE, "transferred_to": TEXT}, "step"
)
_PLACING = fields(
    {"lon": NUMBER, "lat": NUMBER, "place_error_m": NUMBER, "community_code": TEXT, "name": TEXT, "version": WHOLE},
    "lon", "lat", "place_error_m",
)  # fmt: skip
_IMPORT = fields(
    {"layer": TEXT, "name": TEXT, "datum": choice(*DATUMS), "crs": TEXT, "order": choice(*ORDERS), "sheet": TEXT,
     "mapping": {"type": "object", "additionalProperties": TEXT}, "drop": listed(TEXT)},
    "layer",
)  # fmt: skip
_REVIEW = fields(
    {"decision": choice("confirmed", "dismissed"), "grade": choice(*GRADES), "expires_on": DAY, "reason": TEXT,
     "version": TEXT},
    "grade", "expires_on", "reason",
)  # fmt: skip
_DECIDED = Operation(
    body=fields({"analysis": WHOLE, "version": WHOLE}, "analysis"), media=FORM, answers=(303,), versioned=True
)

#: What is not here takes nothing but its path and answers 200.
OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("layers.features", "GET"): Operation(query=("bbox", "since", "until", "area", "level", "limit", "placed")),
    ("drawings.index", "GET"): Operation(query=("area", "bbox", "limit")),
    ("tiles.show", "GET"): Operation(query=("since", "until", "level")),
    ("figures.figures", "GET"): Operation(query=("since", "until", "area")),
    ("figures.counties", "GET"): Operation(query=("since", "until")),
    ("heat.describe", "GET"): Operation(query=("since", "until", "bandwidth_m", "peak_per_km2")),
    ("heat.image", "GET"): Operation(query=("since", "until", "bandwidth_m", "peak_per_km2")),
    ("jobs.newest", "GET"): Operation(query=("limit",)),
    ("places.index", "GET"): Operation(query=("q", "limit")),
    ("names.index", "GET"): Operation(query=("q",), paced=True),
    ("charts.show", "GET"): Operation(query=("area",)),
    ("exports.show", "GET"): Operation(query=("area",)),
    ("actions.premises", "GET"): Operation(query=("zone", "bbox", "text")),
    ("actions.show_new", "GET"): Operation(query=("zone",)),
    ("tips.inbox", "GET"): Operation(query=("status", "text", "start")),
    ("posts.ask", "GET"): Operation(query=("text", "next")),
    ("posts.show", "GET"): Operation(query=("text",)),
    ("posts.index", "GET"): Operation(query=("text",)),
    ("session.enter", "GET"): Operation(query=("token",)),
    ("session.spend", "POST"): Operation(body=fields({"token": TEXT}, "token"), media=FORM, answers=(303,)),
    ("session.leave", "POST"): Operation(answers=(303,)),
    ("posts.choose", "POST"): Operation(
        body=fields({"post": TEXT, "next": TEXT}, "post"), media=FORM, answers=(200, 303)
    ),
    ("posts.add", "POST"): Operation(
        body=fields({"post": TEXT, "area": TEXT, "work_phone": TEXT}, "post"), media=FORM, answers=(303,)
    ),
    ("posts.retire", "POST"): Operation(answers=(303,)),
    ("posts.invite", "POST"): Operation(answers=(200, 201)),
    ("alerts.again", "POST"): Operation(answers=(303,)),
    ("alerts.close", "POST"): Operation(
        body=fields({"result": choice(*RESULTS), "note": TEXT, "post": TEXT, "version": WHOLE}, "result"),
        media=FORM,
        answers=(303,),
        versioned=True,
    ),
    ("alerts.reopen", "POST"): Operation(
        body=fields({"reason": TEXT, "post": TEXT, "version": WHOLE}, "reason"),
        media=FORM,
        answers=(303,),
        versioned=True,
    ),
    ("analyses.confirm", "POST"): _DECIDED,
    ("analyses.exchange", "POST"): _DECIDED,
    ("backtests.again", "POST"): Operation(answers=(303,)),
    ("jobs.analyse", "POST"): Operation(body=fields({"until": DAY}), media=FORM, answers=(202,)),
    ("actions.add", "POST"): Operation(body=_ACTION, answers=(201,)),
    ("actions.draw", "POST"): Operation(answers=(200, 202)),
    ("actions.plan", "POST"): Operation(versioned=True),
    ("actions.agree", "POST"): Operation(versioned=True),
    ("actions.complete", "PUT"): Operation(body=fields({**_DOCUMENTS, "dwelling": FLAG}), versioned=True),
    ("drawings.add", "POST"): Operation(body=_DRAWING, answers=(201,)),
    ("drawings.change", "PUT"): Operation(body=_DRAWING, versioned=True),
    ("drawings.remove", "DELETE"): Operation(versioned=True),
    ("drawings.restore", "POST"): Operation(versioned=True),
    ("reviews.put", "PUT"): Operation(body=_REVIEW, media=FORM, versioned=True),
    ("tips.add", "POST"): Operation(body=_TIP, answers=(201,)),
    ("tips.step", "POST"): Operation(body=_STEP, versioned=True),
    ("tips.put", "POST"): Operation(body=_PLACING, versioned=True),
    ("tips.add_public", "POST"): Operation(
        body=fields({"key": TEXT, "text": TEXT, "address": TEXT, "category": choice(*TIP_CATEGORIES)}, "key", "text"),
        media=FORM,
    ),
    ("imports.begin", "POST"): Operation(body=fields({"size": WHOLE}, "size"), media=FORM, answers=(201,)),
    ("imports.append", "PUT"): Operation(query=("at",), body={"type": "string", "format": "binary"}, media=BYTES),
    ("imports.look", "POST"): Operation(body=_IMPORT),
    ("imports.compare", "POST"): Operation(body=_IMPORT),
    ("imports.start", "POST"): Operation(body=_IMPORT, answers=(200, 202)),
    ("imports.forget", "DELETE"): Operation(answers=(204,)),
    ("health.show", "GET"): Operation(answers=(200, 503)),
}
