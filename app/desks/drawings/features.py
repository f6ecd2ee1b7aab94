"""A drawing as the web speaks of it: GeoJSON read strictly into a Drawing, and what is stored told as GeoJSON.

Every fault is one sentence, its kind the name of the field that it stands beside.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from app.core import texts
from gis.errors import Refused
from gis.repair import repair
from layers import catalog, drawings

Bounds = tuple[float, float, float, float]

#: A tenth of a metre: finer than anybody draws.
DECIMALS = 6
MOST_VERTICES = 5_000
LONGEST = {"name": 60, "note": 500}
LARGEST_RADIUS_M = 20_000.0
TITLES = {"name": "名称", "note": "说明"}

#: How deep the lists of coordinates of each kind of shape lie around its places.
_DEPTHS = {"Point": 0, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def read_drawing(body: bytes, *, bounds: Bounds) -> drawings.Drawing:
    """The drawing that a request's body holds, a GeoJSON Feature in degrees, with personal data in its texts masked.

    A ring that is not closed, touches itself or goes back over itself is repaired; one that crosses itself is not.

    Raises:
        Refused: the body is no such Feature, or one of its parts cannot be kept; ``kind`` is then bad_feature,
            bad_geometry, outside, bad_name, bad_family, bad_note or bad_radius_m.
    """
    feature = _feature(body)
    told = feature.get("properties")
    if not isinstance(told, dict):
        raise Refused("图形缺少属性(properties):名称、类别和说明", kind="bad_feature")
    drawn = _within(_shape(feature.get("geometry")), bounds)
    return drawings.Drawing(
        name=_text(told, "name"),
        family=_family(told.get("family")),
        note=_text(told, "note"),
        radius_m=_radius(told.get("radius_m"), drawn),
        shape=shapely.to_wkb(drawn),
    )


def feature_of(stored: Mapping[str, Any]) -> dict[str, object]:
    """A stored drawing as a GeoJSON Feature with its id and version; moments stand as they are stored."""
    told = {name: value for name, value in stored.items() if name not in ("shape", "account", "area_code")}
    if not told.get("deleted_at"):
        told.pop("deleted_at", None)
    geometry = json.loads(shapely.to_geojson(shapely.from_wkb(bytes(stored["shape"]))))
    head = {"type": "Feature", "id": stored["id"], "version": stored["version"], "geometry": geometry}
    return head | {"properties": told | {"area_code": stored["area_code"]}}


def _feature(body: bytes) -> dict[str, Any]:
    try:
        feature = json.loads(body, parse_constant=_no_number)
    except (
        ValueError,
        RecursionError,
    ):  # a text in another encoding, NaN, a number of ten thousand digits, a deep nest
        feature = None
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise Refused("发来的内容不是一个 GeoJSON 图形(Feature)", kind="bad_feature")
    return feature


def _no_number(word: str) -> None:
    raise ValueError(word)


def _shape(geometry: object) -> BaseGeometry:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or not isinstance(kind, str) or kind not in _DEPTHS:
        raise Refused("图形要是点、线或面", kind="bad_geometry")
    try:
        coordinates = _lists(geometry.get("coordinates"), _DEPTHS[kind])
        drawn = shape({"type": kind, "coordinates": coordinates})
    except (ValueError, OverflowError, shapely.errors.ShapelyError) as error:
        raise Refused("图形是空的,或坐标有误:每个点要写成 [经度, 纬度]", kind="bad_geometry") from error
    if shapely.get_num_coordinates(drawn) > MOST_VERTICES:
        raise Refused(f"图形的顶点太多,最多 {MOST_VERTICES} 个", kind="bad_geometry")
    return _sound(drawn)


def _lists(value: object, depth: int) -> object:
    """Lists nested exactly so deep around places, each a pair of finite numbers rounded; a height is left out.

    Raises:
        ValueError: they are not.
    """
    if not isinstance(value, list) or not value:
        raise ValueError(value)
    if depth:
        return [_lists(part, depth - 1) for part in value]
    if len(value) not in (2, 3) or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in value):
        raise ValueError(value)
    place = [round(float(number), DECIMALS) for number in value[:2]]
    if not all(map(math.isfinite, place)):
        raise ValueError(value)
    return place


def _sound(drawn: BaseGeometry) -> BaseGeometry:
    """The shape, repaired where it is an area and not valid."""
    if shapely.is_valid_reason(drawn).startswith("Self-intersection"):
        raise Refused("边界自己相交了,请拖动顶点,让它不再交叉", kind="bad_geometry")
    sound: BaseGeometry | None = repair([drawn])[0][0] if drawn.geom_type.endswith("Polygon") else drawn
    if sound is None or not sound.is_valid:
        raise Refused("图形是空的:面要有三个不在一条线上的顶点,线要有两个不同的点", kind="bad_geometry")
    return sound


def outside() -> Refused:
    """What is raised for a drawing that no part of the city holds."""
    return Refused("图形画到了本市范围之外", kind="outside")


def _within(drawn: BaseGeometry, bounds: Bounds) -> BaseGeometry:
    if not shapely.box(*bounds).covers(drawn):
        raise outside()
    return drawn


def _text(properties: Mapping[str, object], field: str) -> str:
    """The text of that field, stripped, without personal data; a name must be there, a note may be empty."""
    kind = f"bad_{field}"
    text = texts.take(properties.get(field), TITLES[field], most=LONGEST[field], kind=kind, lines=field == "note")
    if field == "name" and not text:
        raise Refused("请写名称", kind="bad_name")
    return text


def _family(family: object) -> str:
    if not isinstance(family, str) or family not in catalog.DRAWN_FAMILIES:
        choices = "、".join(f"{title}({key})" for key, title in catalog.DRAWN_FAMILIES.items())
        raise Refused(f"类别要是{choices}之一", kind="bad_family")
    return family


def _radius(radius_m: object, drawn: BaseGeometry) -> float | None:
    if radius_m is None:
        return None
    number = isinstance(radius_m, int | float) and not isinstance(radius_m, bool)
    if not number or not 0 < radius_m <= LARGEST_RADIUS_M:  # type: ignore[operator]
        raise Refused(f"半径要是大于 0、不超过 {LARGEST_RADIUS_M:.0f} 米的数", kind="bad_radius_m")
    if drawn.geom_type != "Point":
        raise Refused("只有点可以带半径(圆)", kind="bad_radius_m")
    return round(float(radius_m), 1)  # type: ignore[arg-type]
