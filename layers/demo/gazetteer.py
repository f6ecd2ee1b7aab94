"""Codes and names of the demo city's areas, its police and market-supervision districts, and the posts on duty."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.demo.areas import Division
from layers.demo.borders import Shapes, union_by
from layers.demo.frames import geo_frame, layer_frame, layer_geo_frame
from layers.demo.names import Texts, community_names, county_names, township_names
from layers.demo.terrain import Flags, Floats, Ints, length
from layers.demo.towns import COUNTIES, Ground

CITY = "演示市"
CITY_CODE = "990000000000"
SMALL_TOWNSHIP = 8


@dataclass(frozen=True, kw_only=True)
class Gazetteer:
    """Codes, full and short names by position, and where each township's seat lies in metres."""

    county_code: Texts
    county: Texts
    township_code: Texts
    township: Texts
    community_code: Texts
    community: Texts
    rank: Ints
    seats: Floats

    def addresses(self, division: Division) -> Texts:
        """City, county, township and community in one, by community."""
        parts = self.county[division.county][division.township], self.township[division.township], self.community
        return np.array([CITY + "".join(part) for part in zip(*parts, strict=True)])


#: kinds of township, by ``Gazetteer.rank``
STREET, TOWN, COUNTRY = range(3)
ENDINGS = ("街道", "镇", "乡")


def name_areas(ground: Ground, division: Division, rng: np.random.Generator) -> Gazetteer:
    """Codes as statisticians give them: 区, 县 and 市 from 02, 21 and 81; 街道, 镇 and 乡 from 001, 100 and 200."""
    seats = ground.mesh.xy[division.seats]
    kind = _county_kinds(seats[:COUNTIES])
    county_code = np.array([f"9900{n:02d}000000" for n in _numbers(kind, np.zeros_like(kind), (2, 21, 81))])
    county = np.char.add(county_names(rng, COUNTIES), np.array(["区", "县", "市"])[kind])
    rank = _township_ranks(ground, division)
    number = _numbers(rank, division.county, (1, 100, 200))
    township_code = np.array([f"{county_code[c][:6]}{n:03d}000" for c, n in zip(division.county, number, strict=True)])
    township = np.char.add(township_names(rng, len(rank)), np.array(ENDINGS)[rank])
    urban = ground.town[division.seeds] >= 0
    number = _numbers((~urban).astype(np.int64), division.township, (1, 201))
    code = np.array([f"{township_code[t][:9]}{n:03d}" for t, n in zip(division.township, number, strict=True)])
    community = community_names(rng, division.township, urban)
    return Gazetteer(
        county_code=county_code,
        county=county,
        township_code=township_code,
        township=township,
        community_code=code,
        community=np.char.add(community, np.where(urban, "社区", "村")),
        rank=rank,
        seats=seats,
    )


def area_frame(names: Gazetteer, division: Division, communities: Shapes) -> gpd.GeoDataFrame:
    """All areas from the city to the communities, by code; each is the exact union of its children."""
    townships = union_by(communities, division.township)
    counties = union_by(townships, division.county)
    levels = (
        ("city", [CITY_CODE], [CITY + "(虚构)"], [None], union_by(counties, np.zeros(len(counties), dtype=np.int64))),
        ("county", names.county_code, names.county, np.full(COUNTIES, CITY_CODE), counties),
        ("township", names.township_code, names.township, names.county_code[division.county], townships),
        ("community", names.community_code, names.community, names.township_code[division.township], communities),
    )
    parts = [
        pd.DataFrame({"code": code, "name": name, "level": level, "parent_code": parent, "geometry": shapes})
        for level, code, name, parent, shapes in levels
    ]
    columns = pd.concat(parts).sort_values("code", ignore_index=True)
    return layer_geo_frame("areas", columns, columns["geometry"].to_numpy())


def jurisdictions(names: Gazetteer, division: Division, communities: Shapes) -> gpd.GeoDataFrame:
    """Police and market-supervision districts, each network over the whole city: network, name, area_code of its seat.

    The smallest townships share a neighbour's police station; every 乡 shares a neighbour's market-supervision office.
    """
    size = np.bincount(division.township)
    parts = []
    for network, office, weak in (
        ("police", "派出所", (size < SMALL_TOWNSHIP) & (names.rank == COUNTRY)),
        ("market_supervision", "市场监督管理所", names.rank == COUNTRY),
    ):
        head = _heads(names, division, union_by(communities, division.township), weak)
        heads, member = np.unique(head, return_inverse=True)
        columns = pd.DataFrame(
            {
                "network": network,
                "name": [
                    name.removesuffix(ENDINGS[rank]) + office
                    for name, rank in zip(names.township[heads], names.rank[heads], strict=True)
                ],
                "area_code": names.township_code[heads],
            }
        )
        parts.append(geo_frame(columns, union_by(communities, member[division.township])))
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)


def posts(names: Gazetteer) -> pd.DataFrame:
    """Posts on duty: title, area_code, name (empty: the demo city has no persons) and work_phone (no real number)."""
    rows = [(f"{CITY}打击传销工作领导小组办公室", CITY_CODE)]
    rows += [(f"{name}打传办负责人", code) for name, code in zip(names.county, names.county_code, strict=True)]
    rows += [(f"{name}分管负责人", code) for name, code in zip(names.township, names.township_code, strict=True)]
    for duty in ("第一责任人", "联络员"):
        rows += [(name + duty, code) for name, code in zip(_distinct_names(names), names.community_code, strict=True)]
    columns = pd.DataFrame(rows, columns=["title", "area_code"]).sort_values(["area_code", "title"], ignore_index=True)
    columns["name"] = ""
    columns["work_phone"] = [f"0000-{number:07d}" for number in range(1, len(columns) + 1)]
    return layer_frame("posts", columns)


def _distinct_names(names: Gazetteer) -> list[str]:
    """Names of communities, after that of their township where another one is called so: a title names one post."""
    often = pd.Series(names.community).duplicated(keep=False)
    above = dict(zip(names.township_code, names.township, strict=True))
    parents = [above[f"{code[:9]}000"] for code in names.community_code]
    return [
        parent + name if shared else name for parent, name, shared in zip(parents, names.community, often, strict=True)
    ]


def _county_kinds(seats: Floats) -> Ints:
    """0 district for the greatest town's county and the next one to it, 2 for three county-level cities, else 1."""
    kind = np.ones(len(seats), dtype=np.int64)
    nearest = np.argsort(length(seats - seats[0]), kind="stable")
    kind[nearest[:2]] = 0
    kind[np.flatnonzero(kind == 1)[:3]] = 2
    return kind


def _township_ranks(ground: Ground, division: Division) -> Ints:
    size = ground.size_km2[division.town]
    country = size < np.quantile(size[division.town >= COUNTIES], 0.45)
    ranks: Ints = np.select([division.town < COUNTIES, country], [STREET, COUNTRY], TOWN)
    return ranks


def _numbers(kind: Ints, parent: Ints, first: tuple[int, ...]) -> Ints:
    """Numbers within each parent, counted from the kind's first one."""
    within = pd.DataFrame({"parent": parent, "kind": kind}).groupby(["parent", "kind"]).cumcount()
    return np.array(first)[kind] + np.asarray(within, dtype=np.int64)


def _heads(names: Gazetteer, division: Division, townships: Shapes, weak: Flags) -> Ints:
    """For each township the one whose office serves it: itself, or for a weak one its nearest strong neighbour."""
    head = np.arange(len(weak))
    one, other = shapely.STRtree(townships).query(townships, predicate="touches")
    fit = weak[one] & ~weak[other] & (division.county[one] == division.county[other])
    one, other = one[fit], other[fit]
    order = np.argsort(-length(names.seats[one] - names.seats[other]), kind="stable")
    head[one[order]] = other[order]
    return head
