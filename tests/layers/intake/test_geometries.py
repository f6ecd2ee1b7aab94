"""Geometries as texts and bytes, each with the true reason where it cannot be read, and zones that contradict a CRS."""

import json
import sqlite3
import struct
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyproj
import pytest
import shapely

from layers.catalog import layer_named
from layers.intake import geometries, survey
from layers.intake.options import ReadOptions
from layers.intake.register import Register, understand
from layers.intake.sandbox import open_file
from tests.layers.intake.builders import CITY, areas, features, grid

BOX = shapely.box(118.15, 26.65, 118.16, 26.66)
RING = shapely.get_coordinates(BOX).tolist()
ESRI = {"rings": [RING[::-1]], "spatialReference": {"wkid": 4490}}
GEOJSON = json.loads(shapely.to_geojson(BOX))
EWKB = shapely.to_wkb(shapely.set_srid(BOX, 4490), include_srid=True)
GRID_BOX = shapely.transform(
    BOX, lambda xy: np.column_stack(pyproj.Transformer.from_crs(4490, 4548, always_xy=True).transform(*xy.T))
)
TEXTS = {
    "WKT": BOX.wkt,
    "EWKT": f"SRID=4490;{BOX.wkt}",
    "EWKT with blanks": f" srid = 4326 ; {BOX.wkt}",
    "EWKT of a grid": f"SRID=4548;{GRID_BOX.wkt}",
    "WKB in hex": BOX.wkb_hex,
    "big-endian WKB": shapely.to_wkb(BOX, hex=True, byte_order=0),
    "EWKB in hex": EWKB.hex(),
    "EWKB of a grid": shapely.to_wkb(shapely.set_srid(GRID_BOX, 4548), hex=True, include_srid=True),
    "bytea": "\\x" + BOX.wkb_hex,
    "0x": "0x" + BOX.wkb_hex,
    "with heights": shapely.force_3d(BOX).wkt,
    "GeoJSON": json.dumps(GEOJSON),
    "feature": json.dumps({"type": "Feature", "properties": {}, "geometry": GEOJSON}),
    "Esri JSON": json.dumps(ESRI),
    "curve without arcs": f"CURVEPOLYGON (({', '.join(f'{x} {y}' for x, y in RING)}))",
    "surface": f"MULTISURFACE ((({', '.join(f'{x} {y}' for x, y in RING)})))",
}


def borders(*texts: Any, **options: Any) -> Register:
    rows = [[f"99010200100{n}", f"新{n}社区", text] for n, text in enumerate(texts, start=3)]
    return understand(
        [grid([["区划代码", "名称", "边界"], *rows])], layer_named("areas"), profile=CITY, codes=areas(),
        options=ReadOptions(**options),
    )  # fmt: skip


@pytest.mark.parametrize("form", TEXTS)
def test_a_border_is_read_from_every_text_that_databases_write(form: str) -> None:
    register = borders(TEXTS[form])
    assert register.refused == ()
    assert shapely.equals_exact(register.frame.geometry[0].geoms[0].normalize(), BOX.normalize(), 1e-7)


def test_a_text_that_states_its_reference_needs_no_assumption() -> None:
    assert [fault.kind for fault in borders(TEXTS["EWKT"]).warnings] == []
    assert [fault.kind for fault in borders(BOX.wkt).warnings] == ["datum_assumed"]


OPEN = shapely.to_wkb(BOX)[:-16] + struct.pack("<2d", 118.2, 26.7)
REASONS = {
    "POLYGON ((118.15 26.65, 118.16 26.65, 118.16 26.66))": geometries.NOT_CLOSED,
    OPEN.hex(): geometries.NOT_CLOSED,
    "LINESTRING (118.15 26.65)": geometries.FEW_POINTS,
    "POLYGON ((118.15 东, 118.16 26.65, 118.16 26.66, 118.15 26.65))": geometries.NO_NUMBER,
    "POLYGON ((118.15 26.65, 118.16 NaN, 118.16 26.66, 118.15 26.65))": geometries.NO_NUMBER,
    "POLYGON EMPTY": geometries.EMPTY,
    BOX.wkb_hex[:-20]: geometries.BAD_WKB,
    BOX.wkb_hex[2:]: geometries.BAD_WKB,
    '{"type": "Polygon", "coordinates": [[[118.15, 26.65]': geometries.BAD_JSON,
    "<gml:Polygon/>": geometries.MARKUP,
    "松测社区东至河": geometries.BAD_WKT,
    "GEOMETRYCOLLECTION (" * 20 + "POINT (1 1)" + ")" * 20: geometries.TOO_DEEP,
}


@pytest.mark.parametrize("text", REASONS)
def test_each_border_that_cannot_be_read_is_refused_for_its_own_reason(text: str) -> None:
    register = borders(text, BOX.wkt)
    assert [fault.sentence for fault in register.refused] == [REASONS[text]]
    assert register.frame["name"].tolist() == ["新4社区"]


def test_an_unknown_srid_refuses_its_row_alone() -> None:
    register = borders(f"SRID=999999;{BOX.wkt}", BOX.wkt)
    assert [(fault.row, fault.kind) for fault in register.refused] == [(2, "bad_coordinate")]
    assert "EPSG:999999" in register.refused[0].sentence


def test_arcs_become_lines_with_a_warning_in_text_and_bytes() -> None:
    half = "CIRCULARSTRING (118.15 26.65, 118.155 26.655, 118.16 26.65)"
    register = borders(f"CURVEPOLYGON (COMPOUNDCURVE ({half}, (118.16 26.65, 118.15 26.65)))")
    (shape,) = register.frame.geometry
    assert shape.area == pytest.approx(np.pi * 0.005**2 / 2, rel=0.01)
    assert [fault.sentence for fault in register.warnings if fault.kind == "geometry_repaired"] == [
        "图形里有曲线,已化成折线"
    ]
    arc = struct.pack("<BII6d", 1, 8, 3, 118.15, 26.65, 118.16, 26.65, 118.15, 26.65)
    whole = struct.pack("<BII", 1, 12, 1) + struct.pack("<BII", 1, 10, 1) + arc
    (read,) = geometries.of_wkb(pa.array([whole], pa.binary()))
    assert read.curved
    assert read.shape.area == pytest.approx(np.pi * 0.005**2, rel=0.01)


def test_a_geopackage_of_curves_is_read(tmp_path: Path) -> None:
    named = gpd.GeoDataFrame({"code": ["990102001003"], "name": ["新社区"]}, geometry=[BOX], crs=4490)
    named.to_file(tmp_path / "a.gpkg")
    arc = struct.pack("<BII6d", 1, 8, 3, 118.15, 26.65, 118.16, 26.65, 118.15, 26.65)
    curve = struct.pack("<BII", 1, 10, 1) + arc
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE a SET geom = ?", [b"GP\0\1" + struct.pack("<i", 4490) + curve])
        database.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = 'CURVEPOLYGON'")
    database.close()
    register = understand(open_file(tmp_path / "a.gpkg"), layer_named("areas"), profile=CITY, codes=areas())
    assert register.frame.geometry[0].area == pytest.approx(np.pi * 0.005**2, rel=0.01)
    assert "geometry_repaired" in {fault.kind for fault in register.warnings}


def test_a_border_of_less_than_a_square_metre_is_warned_about() -> None:
    tiny, small = (shapely.box(118.15, 26.65, 118.15 + side, 26.65 + side) for side in (0.000005, 0.00002))
    register = borders(tiny.wkt, small.wkt)
    assert [(fault.kind, fault.row) for fault in register.warnings if fault.kind == "tiny_area"] == [("tiny_area", 2)]


@pytest.mark.parametrize(
    ("shift_m", "crs", "cure"),
    [
        (39_000_000, "EPSG:4548", "EPSG:4527"),
        (40_000_000, "EPSG:4549", "EPSG:4528"),
        (20_000_000, "EPSG:4509", "EPSG:4498"),
        (39_000_000, "EPSG:2384", "EPSG:2363"),
        (0, "EPSG:4527", "EPSG:4548"),
        (0, "EPSG:4498", "EPSG:4509"),
        (38_000_000, "EPSG:4527", "EPSG:4526"),
    ],
)
@pytest.mark.parametrize("layer", ["areas", "tips"])
def test_a_zone_that_the_reference_contradicts_is_named_with_the_cure(
    shift_m: int, crs: str, cure: str, layer: str
) -> None:
    moved = shapely.transform(GRID_BOX, lambda xy: xy + np.array([shift_m, 0]))
    shape = moved if layer == "areas" else moved.centroid
    values = {"code": ["990102001003"], "name": ["新社区"]}
    if layer == "tips":
        values = {"tip_no": ["N1"], "received_at": ["2026-03-01 10:00"], "address": ["一路"]}
    register = understand([features(values, [shape], crs=crs)], layer_named(layer), profile=CITY, codes=areas())
    assert [fault.kind for fault in register.refused] == ["bad_coordinate"]
    assert f"--crs {cure})" in register.refused[0].sentence
    right = {"EPSG:4527": "EPSG:4548", "EPSG:4548": "EPSG:4548"}.get(cure)
    if right and shift_m in (0, 39_000_000):
        again = understand(
            [features(values, [shape], crs=crs)], layer_named(layer), profile=CITY, codes=areas(),
            options=ReadOptions(crs=cure),
        )  # fmt: skip
        assert again.refused == ()


def test_zones_that_agree_are_no_conflict() -> None:
    eastings = np.array([39_500_000.0, np.nan])
    assert survey.zone_conflicts(eastings, "EPSG:4527") == {}
    assert survey.zone_conflicts(eastings - 39_000_000, "EPSG:4548") == {}
    assert survey.zone_conflicts(eastings, "EPSG:3857") == {}
    assert survey.zone_conflicts(eastings, "EPSG:4490") == {}


@pytest.mark.parametrize(
    "text",
    [
        "POINT (118.11 26.61)",
        "SRID=4490;POINT(118.11 26.61)",
        shapely.Point(118.11, 26.61).wkb_hex,
        '{"type":"Point","coordinates":[118.11,26.61]}',
        '{"x":118.11,"y":26.61}',
    ],
)
def test_a_point_may_be_a_text_too(text: str) -> None:
    rows = [["编号", "地址", "社区", "geom"], ["H1", "一路1号", "松测社区", text]]
    register = understand([grid(rows)], layer_named("rental_units"), profile=CITY, codes=areas())
    assert [(point.x, point.y) for point in register.frame.geometry] == [(118.11, 26.61)]
