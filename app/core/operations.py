"""What each operation of the HTTP interface takes and answers, for its description: endpoint by endpoint."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from app.core.parameters import LONGEST_SEARCH
from layers.catalog import LAYERS, LEVELS, TIP_STATUSES

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
    "layer": choice(*LAYERS),
    "status": choice(*TIP_STATUSES),
    "start": {"type": "integer", "minimum": 0},
    "next": TEXT,
    "token": TEXT,
    "at": {"type": "integer", "minimum": 0},
    "account": TEXT,
    "action": TEXT,
    "before": {"type": "integer", "minimum": 1},
}
