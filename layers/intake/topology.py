"""How borders lie beside each other and beside the ones already stored: overlaps, gaps, files that are off."""

import numpy as np
import pandas as pd
import pyproj
import shapely

from layers.intake.boundaries import Shapes, converted
from layers.intake.problems import Mask, Positions, Problem, warn
from layers.profile import CityProfile
from layers.words import OTHER_DATUM

Names = np.typing.NDArray[np.object_]

_OVERLAP_M2, _OVERLAP_M = 200.0, 0.5  # smaller ones come from rounding
_GAP_M2, _GAP_M = 1000.0, 60.0  # wider gaps are land of somebody else
_BESIDE_M = 1.0
#: of stored borders those are looked at whose box lies within about 110 m; they have no row in the file
_NEAR_DEG, _STORED = 0.001, -1
#: metres between two drawings of one border that another datum would explain
_SHIFT_M = (100.0, 2000.0)

UNDRAWN = "没有边界,已保存并列为待绘边界;再导入边界文件即可补上"


def comparisons(shapes: Shapes, frame: pd.DataFrame, known: pd.DataFrame, profile: CityProfile) -> list[Problem]:
    """Warnings about areas whose border nobody knows, borders of one level beside each other, and those off the stored.

    Beside each other lie the borders of the file and the stored ones that it does not replace, but none of areas that
    are no more. ``shapes`` are None where a row has no border or does not stay.
    """
    stored = np.full(len(frame), None, dtype=object)
    if "geometry" in known:
        at = pd.Index(known["code"]).get_indexer(frame["code"])
        stored = np.array([*known["geometry"], None], dtype=object)[at]
    undrawn = frame["code"].notna().to_numpy() & shapely.is_missing(shapes) & shapely.is_missing(stored)
    problems = warn("no_location", "geometry", undrawn, UNDRAWN)
    shifts = _shifts(shapes, stored, profile)  # borders in another datum lie on all their neighbours
    standing = known.iloc[:0] if shifts else _standing(known, frame[~shapely.is_missing(shapes)])
    for level in frame["level"].dropna().unique():
        rows = np.flatnonzero(frame["level"].eq(level).to_numpy() & ~shapely.is_missing(shapes) & _lasts(frame))
        if len(rows):
            problems += _neighbours(shapes[rows], rows, frame["code"].iloc[rows], standing, str(level), profile)
    return problems + shifts


def _lasts(areas: pd.DataFrame) -> Mask:
    """Areas that nobody has abolished."""
    return areas["valid_to"].isna().to_numpy() if "valid_to" in areas else np.ones(len(areas), dtype=bool)


def _standing(known: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """Stored areas with a border that the ``drawn`` ones neither replace nor are the same under another code."""
    if "geometry" not in known:
        return known.iloc[:0]
    former = drawn["former_code"].dropna() if "former_code" in drawn else drawn["code"].iloc[:0]
    replaced = known["code"].isin([*drawn["code"], *former]) | known["former_code"].isin(drawn["code"])
    return known[~replaced & known["geometry"].notna() & _lasts(known)]


def _neighbours(
    shapes: Shapes, rows: Positions, codes: "pd.Series[str]", standing: pd.DataFrame, level: str, profile: CityProfile
) -> list[Problem]:
    """Overlaps and gaps of the file's borders of one level, among each other and with the stored ones near them."""
    others = standing[standing["level"].eq(level)] if len(standing) else standing
    around = [shapely.box(*bounds) for bounds in shapely.bounds(shapes) + np.array([-1, -1, 1, 1]) * _NEAR_DEG]
    near = np.array(others["geometry"] if len(others) else [], dtype=object)
    at = np.unique(shapely.STRtree(near).query(around)[1])
    metric = _metric(np.concatenate([shapes, near[at]]), profile)
    stored = [f"已存的{name}({code})" for code, name in others[["code", "name"]].iloc[at].itertuples(index=False)]
    if len(metric) < 2:
        return []
    positions = np.concatenate([rows, np.full(len(at), _STORED)])
    names = np.array([*codes, *stored], dtype=object)
    return _overlaps(metric, positions, names) + _gaps(metric, positions, names)


def _overlaps(metric: Shapes, rows: Positions, names: Names) -> list[Problem]:
    one, other = shapely.STRtree(metric).query(metric[rows != _STORED], predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.intersection(metric[one], metric[other])
    area = shapely.area(shared)
    width = 2 * area / np.maximum(shapely.length(shared), 1e-9)
    problems: list[Problem] = []
    for pair in np.flatnonzero((area > _OVERLAP_M2) & (width > _OVERLAP_M)):
        told = f"重叠 {area[pair]:.0f} 平方米"
        problems += _at_both("overlap", int(one[pair]), int(other[pair]), rows, names, told)
    return problems


def _gaps(metric: Shapes, rows: Positions, names: Names) -> list[Problem]:
    """Closing the union by half the widest gap fills the gaps; a piece lies between the two it touches longest."""
    union = shapely.union_all(metric)
    wide = shapely.buffer(union, _GAP_M / 2, join_style="mitre")
    pieces = shapely.get_parts(shapely.difference(shapely.buffer(wide, -_GAP_M / 2, join_style="mitre"), union))
    tree, edges = shapely.STRtree(metric), shapely.boundary(metric)
    problems: list[Problem] = []
    for piece in pieces[shapely.area(pieces) > _GAP_M2]:
        around = shapely.buffer(piece, _BESIDE_M)
        beside = np.sort(tree.query(around, predicate="intersects"))
        touched = shapely.length(shapely.intersection(edges[beside], around))
        longest = beside[np.argsort(-touched, kind="stable")[:2]]
        if len(longest) > 1:
            told = f"之间有 {shapely.area(piece):.0f} 平方米的空隙"
            problems += _at_both("gap", int(longest[0]), int(longest[1]), rows, names, told)
    return problems


def _at_both(kind: str, one: int, other: int, rows: Positions, names: Names, sentence: str) -> list[Problem]:
    problems: list[Problem] = []
    for at, beside in ((one, other), (other, one)):
        if rows[at] != _STORED:
            problems += warn(kind, "geometry", rows[[at]], f"与 {names[beside]} {sentence}")
    return problems


def _shifts(shapes: Shapes, stored: Shapes, profile: CityProfile) -> list[Problem]:
    """Warnings for borders some hundred metres off the stored ones that would meet them in another datum."""
    both = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_missing(stored))
    if not len(both):
        return []
    off = _apart_m(shapes[both], stored[both], profile)
    problems: list[Problem] = []
    for datum in ("gcj02", "bd09"):
        there = converted(shapes[both], np.full(len(both), datum, dtype=object))
        fits = (off > _SHIFT_M[0]) & (off < _SHIFT_M[1]) & (_apart_m(there, stored[both], profile) < off / 10)
        told = f"边界与已存的差几百米,{OTHER_DATUM.format(datum=datum)}"
        problems += warn("wrong_datum_warning", "geometry", both[fits], told)
    return problems


def _apart_m(shapes: Shapes, stored: Shapes, profile: CityProfile) -> np.typing.NDArray[np.float64]:
    here, there = shapely.centroid(_metric(shapes, profile)), shapely.centroid(_metric(stored, profile))
    return np.asarray(shapely.distance(here, there))


def _metric(shapes: Shapes, profile: CityProfile) -> Shapes:
    to_metres = pyproj.Transformer.from_crs("EPSG:4490", profile.metric_crs, always_xy=True)

    def metres(degrees: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
        return np.column_stack(to_metres.transform(degrees[:, 0], degrees[:, 1]))

    return np.asarray(shapely.transform(shapes, metres), dtype=object)
