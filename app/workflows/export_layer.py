"""Write a layer to a file of the kind its name says."""

import csv
import dataclasses
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
import sqlalchemy as sa

from app.workflows.files import replacing
from gis.errors import Refused
from layers import read
from layers.catalog import LAYERS
from layers.database import transaction
from layers.intake.survey import parsed_crs
from layers.profile import CityProfile

#: The key the database counts; nobody outside knows it.
#: How a cell begins that a spreadsheet would run, half-width or full-width.
FORMULA = "\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]"
INNER_KEYS = {f"{layer.singular}_id" for layer in LAYERS.values()} | {"hotspot_id", "jurisdiction_id", "river_id"}


def export_layer(
    engine: sa.Engine, profile: CityProfile, key: str, path: Path, *, cut: read.Cut = read.ALL, area: str | None = None,
    crs: str = read.SRID,
) -> int:  # fmt: skip
    """How many rows of a layer were written, without private text; a file that cannot be finished is not left.

    Raises:
        NotFound: no such layer or area.
        Refused: an extension or a CRS that is not known.
    """
    write = _writer(path)
    target = parsed_crs(crs)
    with transaction(engine) as connection:
        prefix = read.prefix_of(connection, area) if area else ""
        frame = read.layer(connection, key, dataclasses.replace(cut, prefix=prefix))
    frame = frame.drop(columns=[name for name in frame.columns if name in INNER_KEYS])
    if "geometry" in frame:
        frame = frame.to_crs(target)
    for name in frame.select_dtypes("datetimetz"):
        frame[name] = frame[name].dt.tz_convert(profile.zone)
    frame.attrs["points"] = read.holds_points(key)
    with replacing(path) as unfinished:
        write(_flat(frame), unfinished)
    return len(frame)


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
    if frame.attrs["points"]:
        names = ("lon", "lat") if frame.crs is None or frame.crs.is_geographic else ("x", "y")
        return plain.assign(**{names[0]: frame.geometry.x, names[1]: frame.geometry.y})
    return plain.assign(wkt=shapely.to_wkt(frame.geometry.to_numpy(), rounding_precision=8))


def _moments_as_text(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    moments = frame.select_dtypes("datetimetz").columns
    return frame.assign(**{name: frame[name].dt.strftime("%Y-%m-%d %H:%M:%S") for name in moments})


def _to_gpkg(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Moments in UTC: GeoPackage knows no other zone."""
    moments = frame.select_dtypes("datetimetz").columns
    utc = frame.assign(**{name: frame[name].dt.tz_convert("UTC") for name in moments})
    utc.to_file(path, driver="GPKG", layer="layer")


def _to_csv(frame: gpd.GeoDataFrame, path: Path) -> None:
    """UTF-8 with a BOM, for Excel; text quoted, and never the start of a formula."""
    table = _table(frame)
    for name in table.select_dtypes(["str", "object"]):
        table[name] = table[name].where(~table[name].astype("str").str.match(FORMULA), "'" + table[name].astype("str"))
    table.to_csv(path, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_NONNUMERIC)


def _to_xlsx(frame: gpd.GeoDataFrame, path: Path) -> None:
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs=options) as book:
        _table(frame).to_excel(book, index=False, sheet_name="数据", freeze_panes=(1, 0))


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
