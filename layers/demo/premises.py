"""Premises of the demo city: buildings along its streets, the rental units in them, and venues at their doors."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from layers.demo import areas, borders, days, towns
from layers.demo.names import Texts, trade_names
from layers.demo.roads import VILLAGE, Roads
from layers.demo.terrain import Flags, Floats, Ints, degrees, length

BUILDINGS = 36_000
UNITS = 120_000
VENUES = 3_000
PIECE_M = 40.0
#: kind: share of the venues, endings of their names, and rooms at least and at most (0 = not counted)
VENUE_KINDS = {
    "hotel": (0.07, ("宾馆", "大酒店", "商务酒店"), (30, 180)),
    "guesthouse": (0.12, ("旅馆", "客栈", "民宿", "招待所"), (6, 28)),
    "restaurant": (0.34, ("饭店", "酒楼", "小吃店", "餐馆"), (0, 0)),
    "entertainment": (0.09, ("歌城", "台球室", "棋牌室", "影城"), (0, 0)),
    "school": (0.08, ("小学", "中学", "幼儿园"), (0, 0)),
    "market": (0.06, ("农贸市场", "商场", "批发市场"), (0, 0)),
    "training": (0.06, ("培训中心", "教育培训学校", "驾校"), (2, 14)),
    "meeting": (0.03, ("会议中心", "礼堂", "会堂"), (1, 8)),
    "office": (0.07, ("大厦", "商务楼", "写字楼"), (20, 160)),
    "internet_cafe": (0.08, ("网吧", "网咖"), (0, 0)),
}
#: the first so many kinds have beds
SLEEPING = 2
REGISTERED_SINCE = np.datetime64("2014-01-01")


@dataclass(frozen=True, kw_only=True)
class Buildings:
    """Where people can live: point in metres, community by position, whether in a town, share of the units, address."""

    xy: Floats
    community: Ints
    urban: Flags
    share: Floats
    address: Texts


def locate(xy: Floats, communities: borders.Shapes) -> Ints:
    """The position of the community each metric point lies in, −1 outside the city."""
    point, community = shapely.STRtree(communities).query(shapely.points(degrees(xy)), predicate="intersects")
    found = np.full(len(xy), -1)
    found[point] = community
    return found


def buildings(
    ground: towns.Ground,
    division: areas.Division,
    roads: Roads,
    full_name: Texts,
    shapes: borders.Shapes,
    rng: np.random.Generator,
) -> Buildings:
    """Houses 12 to 35 m off a street, the denser the nearer the middle of a town or village.

    ``full_name`` is the address of each community down to its own name.
    """
    start, end, road = _pieces(roads)
    weight, urban = _density(ground, division, (start + end) / 2, rng)
    weight *= length(end - start)
    piece = rng.choice(len(weight), BUILDINGS, p=weight / weight.sum())
    xy, side = _off_the_road(start[piece], end[piece], rng)
    community = locate(xy, shapes)
    kept = community >= 0
    xy, side, piece, community = xy[kept], side[kept], piece[kept], community[kept]
    urban, road = urban[piece], road[piece]
    return Buildings(
        xy=xy,
        community=community,
        urban=urban,
        share=_share(urban, rng),
        address=_addresses(xy, side, community, urban & (roads.rank[road] != VILLAGE), roads.name[road], full_name),
    )


def rental_units(houses: Buildings, code: Texts, rng: np.random.Generator, *, last_day: date) -> pd.DataFrame:
    """120,000 flats and rooms, sorted by community: the columns of the layer and ``east``, ``north``, ``building``.

    All flats of a building stand on one point, as registers have them.
    """
    building = np.sort(rng.choice(len(houses.xy), UNITS, p=houses.share))
    building = building[np.argsort(houses.community[building], kind="stable")]
    serial = _count_within(building)
    urban, community = houses.urban[building], houses.community[building]
    flats = np.bincount(building, minlength=len(houses.xy))[building]
    stairwells = np.where(urban, (1 + flats // 8).clip(1, 4), 1)
    stairwell, place = serial % stairwells + 1, serial // stairwells
    room = (place // 2 + 1) * 100 + place % 2 + 1
    rooms = rng.choice([1, 2, 3, 4, 5], UNITS, p=[0.34, 0.31, 0.24, 0.08, 0.03])
    area = (rooms * rng.normal(26, 4, UNITS) + 8).clip(12, None).round(1)
    number = _count_within(community) + 1
    return pd.DataFrame(
        {
            "unit_code": [f"{code[c]}{n:05d}" for c, n in zip(community.tolist(), number.tolist(), strict=True)],
            "address": _flats(houses.address[building], urban, stairwell, room),
            "community_code": code[community],
            "rooms": rooms,
            "occupants": rng.poisson(0.9 * rooms + 0.3),
            "area_m2": area,
            "rent_yuan": (area * np.where(urban, 14, 7) * rng.lognormal(0, 0.2, UNITS) / 50).round() * 50,
            "registered_on": _days(UNITS, rng, last_day),
            "east": houses.xy[building, 0],
            "north": houses.xy[building, 1],
            "building": building,
        }
    )


def venues(houses: Buildings, code: Texts, rng: np.random.Generator, *, last_day: date) -> pd.DataFrame:
    """3,000 venues, each in a building of its own, most of them in towns: columns of the layer, ``east``, ``north``."""
    share = houses.share * np.where(houses.urban, 1.0, 0.3)
    building = np.sort(rng.choice(len(houses.xy), VENUES, replace=False, p=share / share.sum()))
    kinds = list(VENUE_KINDS)
    kind = rng.choice(len(kinds), VENUES, p=[VENUE_KINDS[k][0] for k in kinds])
    low, high = np.array([VENUE_KINDS[k][2] for k in kinds])[kind].T
    rooms, counted = pd.Series(rng.integers(low, high + 1)), high > 0
    names = trade_names(rng, VENUES)
    ending = [VENUE_KINDS[kinds[k]][1] for k in kind]
    county = np.array([c[:6] for c in code])[houses.community[building]]
    number = _count_within(np.unique(county, return_inverse=True)[1]) + 1
    return pd.DataFrame(
        {
            "venue_no": [f"CS{c}{n:04d}" for c, n in zip(county, number.tolist(), strict=True)],
            "kind": np.array(kinds)[kind],
            "name": [name + e[n % len(e)] for name, e, n in zip(names, ending, building.tolist(), strict=True)],
            "address": houses.address[building],
            "community_code": code[houses.community[building]],
            "rooms": rooms.where(counted),
            "beds": (rooms * 1.7).round().where(kind < SLEEPING),
            "opened_on": _days(VENUES, rng, last_day),
            "east": houses.xy[building, 0],
            "north": houses.xy[building, 1],
        }
    )


def _pieces(roads: Roads) -> tuple[Floats, Floats, Ints]:
    """The roads cut into pieces of 40 m at most: both ends and the road's position."""
    fine = shapely.segmentize(roads.lines, PIECE_M)
    xy, road = shapely.get_coordinates(fine, return_index=True)
    same = road[1:] == road[:-1]
    return xy[:-1][same], xy[1:][same], road[1:][same]


def _density(
    ground: towns.Ground, division: areas.Division, middle: Floats, rng: np.random.Generator
) -> tuple[Floats, Flags]:
    """Rental units to expect per metre of road, and whether the piece lies in a town."""
    away, cell = cKDTree(ground.mesh.xy).query(middle)
    town = np.where(away < 150, ground.town[cell], -1)
    size = np.append(ground.size_km2, 1.0)[town]
    in_town = (1.25 - ground.edge[cell]) * np.where(town < towns.COUNTIES, 1.0, 0.45) * size**0.15
    in_town *= np.exp(0.4 * rng.normal(size=len(division.seeds)))[division.community[cell]]
    away, village = cKDTree(ground.mesh.xy[division.seeds]).query(middle)
    liking = np.exp(0.6 * rng.normal(size=len(division.seeds)))
    in_village = np.where(away < 600, liking[village] * np.exp(-away / 180), 0.0)
    return np.where(town >= 0, in_town, in_village), town >= 0


def _off_the_road(start: Floats, end: Floats, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """A point beside each piece, and the side: 0 left, 1 right."""
    along = end - start
    along /= length(along)[:, None]
    left = np.column_stack([-along[:, 1], along[:, 0]])
    side = rng.integers(0, 2, len(start))
    off = rng.uniform(12, 35, len(start)) * (1 - 2 * side)
    return start + (end - start) * rng.uniform(size=(len(start), 1)) + left * off[:, None], side


def _share(urban: Flags, rng: np.random.Generator) -> Floats:
    """Each building's share of the rental units: blocks of flats in towns hold several, a farmhouse one or two."""
    share: Floats = rng.gamma(0.9, np.where(urban, 1.0, 0.3))
    return share / float(share.sum())


def _addresses(
    xy: Floats,
    side: Ints,
    community: Ints,
    on_street: Flags,
    street: np.typing.NDArray[np.object_],
    full_name: Texts,
) -> Texts:
    """Street and number where there is a street, else group (组) and number; numbers count along the street."""
    group = (np.abs(xy[:, 0] // 180 + xy[:, 1] // 180) % 8 + 1).astype(int)
    place = np.where(on_street, street, np.char.add(group.astype(str), "组"))
    where = pd.factorize(pd.Series(full_name[community] + place))[0]
    order = np.lexsort((xy[:, 0] + 0.3 * xy[:, 1], where))
    rank = np.empty(len(xy), dtype=np.int64)
    rank[order] = _count_within(where[order])
    number = np.where(on_street, 2 * rank + side + 1, rank + 1)
    parts = zip(full_name[community].tolist(), place.tolist(), number.tolist(), strict=True)
    return np.array([f"{area}{road}{n}号" for area, road, n in parts])


def _flats(address: Texts, urban: Flags, stairwell: Ints, room: Ints) -> list[str]:
    parts = zip(address.tolist(), urban.tolist(), stairwell.tolist(), room.tolist(), strict=True)
    return [f"{house}{s}单元{r}室" if town else f"{house}{r - 100 if r < 200 else r}室" for house, town, s, r in parts]


def _count_within(group: Ints) -> Ints:
    """0, 1, 2 … for each row among the earlier rows of its group."""
    return np.asarray(pd.Series(group).groupby(group).cumcount(), dtype=np.int64)


def _days(number: int, rng: np.random.Generator, last_day: date) -> days.Days:
    """Days up to the last one, the later the likelier."""
    last = np.datetime64(last_day)
    span = int((last - REGISTERED_SINCE) / np.timedelta64(1, "D"))
    return np.asarray(last - (span * rng.beta(1, 2.2, number)).astype("timedelta64[D]"))
