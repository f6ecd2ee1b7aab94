"""Which datum a row's coordinates are in: what its own cell, a heading or title, or the user states."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis import crs
from layers.intake import lexicon, numbers, survey
from layers.intake.cells import Cells
from layers.intake.options import ReadOptions
from layers.intake.problems import Mask, Problem, refuse, warn, warn_file
from layers.profile import Datum
from layers.words import SHIFTED_POINTS

_Floats = np.typing.NDArray[np.float64]

_WORDS: dict[Datum, str] = {
    "wgs84": "wgs84 wgs1984 84 gps gps84 world epsg4326 4326 国际 天地图",
    "cgcs2000": "cgcs2000 cgcs 国家2000 2000国家 大地2000 国家大地2000 2000 epsg4490 4490",
    "gcj02": "gcj02 gcj 火星 高德 腾讯 国测局 国测局02 amap gaode 谷歌中国 mars",
    "bd09": "bd09 bd09ll 百度 baidu",
}
_MEANT = {word: datum for datum, words in _WORDS.items() for word in words.split()}
_SYSTEM = re.compile("(国家大地|大地)?(坐标系统|坐标系|坐标|地图|经纬度)$")
_UNSAID = ("未知", "不详", "不清楚", "不明")
_IN_TITLE = re.compile(r"wgs84|wgs1984|cgcs2000|国家2000|2000国家|gcj02|火星|高德|腾讯|国测局|bd09|百度")

_UNKNOWN = "坐标系“{value}”没有换算规则,不能当作 WGS84;请换算成 WGS84、CGCS2000、GCJ-02 或 BD-09 再填"
CONTRADICTS = "文件按 WGS84 存,这一行却写着坐标系“{value}”,已按“{value}”换算,请核对位置"
ROUGH = "文件的坐标系建在北京54或西安80上,换算到 CGCS2000 可能差几十米到一百多米,请在图上核对"
ASSUMED = f"没有写明坐标系,按 {{datum}} 处理;若是{SHIFTED_POINTS},请指明坐标系(命令里用 --datum)"


@dataclass(frozen=True, kw_only=True)
class Stated:
    """Each row's datum, None where nobody states one; ``unknown`` rows state one without a rule."""

    names: np.typing.NDArray[np.object_]
    unknown: Mask
    problems: list[Problem]


def stated(cells: Cells, options: ReadOptions, placed: Mask, *, default: str = "") -> Stated:
    """Return the datum of each row; rows that are not ``placed`` need none.

    Geometry whose file states a CRS needs none either. A datum that is assumed is warned about: by row where the sheet
    has a column for it, else once for the file.
    """
    if "datum" not in cells.columns:
        return _unlisted(cells, options, placed, default)
    texts = [
        None if cell is None or numbers.is_empty_mark(cell) or cell.strip() in _UNSAID else cell
        for cell in cells.texts("datum")
    ]
    where, distinct = pd.factorize(np.array(texts, dtype=object))
    read = np.array([*map(meant, distinct), None], dtype=object)
    told = read[where]
    unknown = (where >= 0) & (told == np.array(None)) & placed
    problems = refuse("wrong_datum_warning", "datum", unknown, _UNKNOWN)
    geometry = cells.by_part([part.wkb is not None for part in cells.parts])
    problems += warn("wrong_datum_warning", "datum", geometry & placed & np.isin(told, ("gcj02", "bd09")), CONTRADICTS)
    rest = _unlisted(cells, options, placed & ~unknown & (told == np.array(None)), default)
    return Stated(
        names=np.where(told == np.array(None), rest.names, told), unknown=unknown, problems=problems + rest.problems
    )


def meant(text: str) -> Datum | None:
    """The datum that a cell names (高德, WGS-84, 国家2000 ...), None when there is no rule for it."""
    forms = (lexicon.normal(text), lexicon.bare(text), *lexicon.in_brackets(text))
    return next((_MEANT[form] for told in forms for form in (told, _SYSTEM.sub("", told)) if form in _MEANT), None)


def _unlisted(cells: Cells, options: ReadOptions, placed: Mask, default: str) -> Stated:
    """The datum of rows that no cell states: the user's for the whole file, else what titles and headings say."""
    of_parts = [
        options.datum
        or titled(tuple(part.headings.get(field, "") for field in lexicon.COORDINATES))
        or titled(part.titles)
        or ("wgs84" if part.wkb is not None or options.crs else None)
        for part in cells.parts
    ]
    crs_told = {told for part in cells.parts if (told := options.crs or part.crs) is not None}
    rough = any(map(survey.is_rough, crs_told))
    names = np.repeat(np.array(of_parts, dtype=object), [len(part.rows) for part in cells.parts])
    silent = placed & cells.by_part([datum is None for datum in of_parts])
    column = cells.has("datum")
    problems = warn_file("wrong_datum_warning", "datum", ROUGH) if rough else []
    problems += warn("datum_assumed", "datum", silent & column, ASSUMED.format(datum=default))
    if (silent & ~column).any():
        problems += warn_file("datum_assumed", "datum", ASSUMED.format(datum=default))
    return Stated(names=names, unknown=np.zeros(len(cells), dtype=bool), problems=problems)


def to_wgs84(lon: _Floats, lat: _Floats, names: np.typing.NDArray[np.object_]) -> tuple[_Floats, _Floats]:
    """Degrees in the datum named for each as WGS-84 degrees."""
    lon, lat = lon.copy(), lat.copy()
    for name in ("gcj02", "bd09"):
        at = names == name
        if at.any():
            lon[at], lat[at] = crs.to_wgs84(lon[at], lat[at], name)
    return lon, lat


def titled(titles: tuple[str, ...]) -> Datum | None:
    """The one datum that titles and headings speak of."""
    found = {_MEANT[word] for title in titles for word in _IN_TITLE.findall(lexicon.normal(title))}
    return found.pop() if len(found) == 1 else None
