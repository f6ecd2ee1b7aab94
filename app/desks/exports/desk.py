"""Write a layer to a file of the kind its name says."""

import csv
import dataclasses
import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj
import shapely
import sqlalchemy as sa

from app.core import files, words
from app.core.workbooks import Column, field_columns, id_column, place_columns, write_register
from app.maps.styles import GRADES
from gis.errors import Refused
from layers import read, write
from layers.actor import Actor
from layers.catalog import LAYERS, Layer
from layers.database import transaction
from layers.intake import report, survey
from layers.intake.readers.separated import GUARDED
from layers.profile import CityProfile

#: The key the database counts; nobody outside knows it.
INNER_KEYS = {f"{layer.singular}_id" for layer in LAYERS.values()} | {"hotspot_id"}
#: The kinds of files that need no places.
PLACELESS = (".csv", ".xlsx", ".parquet")
EAST_NORTH = ("east", "north")
#: What the columns of graded zones are called in a workbook, which people read; other files keep the names of columns.
ZONE_TITLES = {
    "zone_id": "编号", "area_code": "社区代码", "grade": "等级", "score": "分值",
    "own_raid_share": "依据本单位行动的份额", "tips": "线索(条)", "sources": "独立来源(个)", "findings": "发现(次)",
    "radius_m": "半径(米)", "expected": words.EXPECTED_TITLE, "since": "统计起", "until": "统计止(不含)",
    "last_confirmed_on": "最近证实", "expires_on": "失效日期", "reviewed_on": "核定日期(空为未核定)", "reasons": "理由",
    "method": "算法版本", "tips_score": "分值:线索", "checks_score": "分值:检查未发现", "raids_score": "分值:执法发现",
    "priority": "先后", "likely": "今后同期预计来源", "reporting": words.REPORTING_TITLE, "wkt": "范围(WKT)",
}  # fmt: skip


def export_layer(
    engine: sa.Engine, actor: Actor, profile: CityProfile, key: str, path: Path, *, cut: read.Cut = read.ALL,
    area: str | None = None, crs: str = read.SRID,
) -> int:  # fmt: skip
    """How many rows of a layer were written, without private text; a file that cannot be finished is not left.

    The audit notes who took them.

    Raises:
        NotFound: no such layer or area.
        Refused: an extension or a CRS that is not known, one that is no plane or globe, or a map file of what has no
            places.
    """
    write_file = _writer(path)
    target = _on_the_ground(crs)
    with transaction(engine, actor) as connection:
        prefix = read.prefix_of(connection, area, city=profile.city_code) if area else ""
        also = ("identity",) if key in LAYERS and LAYERS[key].family != "areas" else ()
        frame = read.layer(connection, key, dataclasses.replace(cut, prefix=prefix), also=also)
    frame = frame.drop(columns=[name for name in frame.columns if name in INNER_KEYS])
    if "geometry" in frame:
        frame = frame.to_crs(target)
    elif not path.name.lower().endswith(PLACELESS):
        raise Refused(
            f"{LAYERS[key].title}没有位置,不能写成 {path.name},可用的有:{'、'.join(PLACELESS)}", kind="bad_extension"
        )
    for name in frame.select_dtypes("datetimetz"):
        frame[name] = frame[name].dt.tz_convert(profile.zone)
    if also:
        frame["row_id"] = _row_ids(frame, LAYERS[key])
        frame = frame.drop(columns="identity")
    frame.attrs.update(points=read.holds_points(key), layer=key)
    with files.replacing(path) as unfinished:
        write_file(_flat(frame), unfinished)
        with transaction(engine, actor) as connection:  # before the file is there, so that none is without its note
            write.note(connection, actor, action="exported", layer=key, detail={"area": area})
    return len(frame)


def _on_the_ground(crs: str) -> pyproj.CRS:
    """The CRS of that name, which must hold east and north and nothing else: heights would take their place."""
    target = survey.parsed_crs(crs)
    if not (target.is_geographic or target.is_projected) or len(target.axis_info) != len(EAST_NORTH):
        raise Refused(f"{crs} 不是平面或经纬度坐标系,请写成 EPSG:4548 这样", kind="bad_crs")
    return target


def _row_ids(frame: gpd.GeoDataFrame, layer: Layer) -> "pd.Series[str]":
    """The database's name of each row that its own number would not name on a second import; else missing.

    Rows of a table that must have a shape, which a workbook has no room for, are known by it to have theirs.
    """
    ids = frame["identity"].astype("str")
    if layer.number is None or layer.geometry_required:
        return ids
    number = frame[layer.number]
    told = [hashlib.md5(f"no:{one}".encode(), usedforsecurity=False).hexdigest() for one in number]
    needed = [field.name for field in layer.fields if field.name in (layer.number, layer.address, "community_code")]
    return ids.where((ids.str.replace("-", "") != told) | frame[needed].isna().any(axis=1))


def _flat(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Lists as one text, days as dates."""
    for name in frame.select_dtypes("datetime").columns:
        days = [None if pd.isna(day) else day.date() for day in frame[name]]
        frame[name] = pd.Series(days, index=frame.index, dtype=object)
    for name in frame.select_dtypes(object, exclude="str").columns:
        if frame[name].map(lambda value: isinstance(value, list)).any():
            frame[name] = frame[name].str.join(";")
    return frame


def _table(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Points as lon and lat (or x and y), other shapes as WKT; moments as people read them."""
    plain = pd.DataFrame(_moments_as_text(frame).drop(columns="geometry", errors="ignore"))
    if "geometry" not in frame:
        return plain
    if not _in_degrees(frame):
        points = frame.attrs["points"]
        return plain.assign(x=frame.geometry.x, y=frame.geometry.y) if points else plain.assign(wkt=_wkt(frame))
    datum = pd.Series("cgcs2000", index=frame.index).where(frame.geometry.notna())
    if frame.attrs["points"]:
        return plain.assign(lon=frame.geometry.x, lat=frame.geometry.y, datum=datum)
    told = plain.assign(wkt=_wkt(frame))
    return told.assign(datum=datum) if frame.attrs["layer"] in LAYERS else told


def _wkt(frame: gpd.GeoDataFrame) -> Any:
    """Shapes to their last digit."""
    return shapely.to_wkt(frame.geometry.to_numpy(), rounding_precision=-1)


def _in_degrees(frame: gpd.GeoDataFrame) -> bool:
    return frame.crs is None or bool(frame.crs.is_geographic)


def _moments_as_text(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    moments = frame.select_dtypes("datetimetz").columns
    return frame.assign(**{name: _clock(frame[name]) for name in moments})


def _clock(moments: "pd.Series[Any]") -> "pd.Series[str]":
    """Moments to the second, and finer where one is."""
    plain, fine = (moments.dt.strftime(f"%Y-%m-%d %H:%M:%S{rest}") for rest in ("", ".%f"))
    told: pd.Series[str] = plain.where(~moments.dt.microsecond.gt(0), fine)
    return told


def _to_gpkg(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Moments in UTC: GeoPackage knows no other zone."""
    moments = frame.select_dtypes("datetimetz").columns
    utc = frame.assign(**{name: frame[name].dt.tz_convert("UTC") for name in moments})
    utc.to_file(path, driver="GPKG", layer="layer")


def _to_csv(frame: gpd.GeoDataFrame, path: Path) -> None:
    """UTF-8 with a BOM, for Excel; text quoted, and never the start of a formula."""
    table = _table(frame)
    for name in table.select_dtypes(["str", "object"]):
        text = table[name].astype("str")
        table[name] = table[name].where(~text.str.match(GUARDED), "'" + text)
    table.to_csv(path, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_NONNUMERIC)


def _to_xlsx(frame: gpd.GeoDataFrame, path: Path) -> None:
    """A register as it is filled in; what no register is, such as risk zones, as a plain table."""
    if (layer := LAYERS.get(frame.attrs["layer"])) is not None:
        write_register(path, layer, _columns(frame, layer), exported=True)
        return
    table = _table(frame)
    if frame.attrs["layer"] == "risk_zones":
        grades = {grade: look.title for grade, look in GRADES.items()}
        table = table.assign(grade=table["grade"].map(grades)).rename(columns=ZONE_TITLES)
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": report.TEXT_AS_TEXT}) as book:
        table.to_excel(book, index=False, sheet_name="数据", freeze_panes=(1, 0))


def _columns(frame: gpd.GeoDataFrame, layer: Layer) -> list[Column]:
    """The fields, the place of points, room for the shapes that new rows need, and what names a row."""
    for name in frame.select_dtypes("datetimetz"):
        frame[name] = frame[name].dt.tz_localize(None)
    cells = {name: _cells(frame[name]) for name in frame.columns.drop("geometry", errors="ignore")}
    columns = field_columns(layer, cells)
    if frame.attrs["points"]:
        names = ("lon", "lat") if _in_degrees(frame) else ("x", "y")
        columns += place_columns(dict(zip(names, map(_cells, (frame.geometry.x, frame.geometry.y)), strict=True)))
    elif layer.geometry_required:
        columns += place_columns({"wkt": [None] * len(frame)})
    return [*columns, id_column(cells["row_id"])] if "row_id" in cells else columns


def _cells(values: "pd.Series[Any]") -> list[Any]:
    """Plain values, None where one is missing."""
    plain = values.dt.to_pydatetime() if values.dtype.kind == "M" else values.astype(object)
    return [None if pd.isna(value) else value for value in plain]


def _to_shapefile(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Field names cut to the ten letters a dbf holds, told apart by a number where they then fall together."""
    short: dict[str, str] = {}
    for name in frame.columns.drop("geometry"):
        taken = [kept for kept in short.values() if kept.startswith(name[:8])]
        short[name] = name[:10] if name[:10] not in taken else f"{name[:8]}_{len(taken)}"
    frame = _moments_as_text(frame).rename(columns=short)
    with tempfile.TemporaryDirectory() as folder:
        frame.to_file(Path(folder) / f"{path.name.strip('.').split('.')[0]}.shp", encoding="utf-8")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(folder).iterdir()):
                archive.write(part, part.name)


_WRITERS: Mapping[str, Callable[[gpd.GeoDataFrame, Path], None]] = {
    ".gpkg": _to_gpkg,
    ".geojson": lambda frame, path: frame.to_file(path, driver="GeoJSON"),
    ".kml": lambda frame, path: frame.to_crs(4326).to_file(path, driver="KML"),
    ".parquet": lambda frame, path: frame.to_parquet(path, index=False),
    ".shp.zip": _to_shapefile,
    ".csv": _to_csv,
    ".xlsx": _to_xlsx,
}


def _writer(path: Path) -> Callable[[gpd.GeoDataFrame, Path], None]:
    for extension, writer in _WRITERS.items():
        if path.name.lower().endswith(extension):
            return writer
    raise Refused(f"不认识文件类型 {path.name},可用的有:{'、'.join(_WRITERS)}", kind="bad_extension")
