"""The known places of one city, indexed by name: areas, roads by community, numbered houses, named sites."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.addresses import Address, parse, tidied

_LEVELS = ("county", "township", "community")
#: a point of a register stands somewhere in its building
HOUSE_M = 30.0
#: how far a road or group that one house speaks for may reach beyond it
UNSEEN_M = 400.0
_ENDINGS = ("社区居委会", "居委会", "村委会", "街道办事处", "街道", "社区", "村", "镇", "乡", "县", "区", "市")
#: what stands for the house number of an estate, whose buildings are told apart by doors alone
ESTATE = 0.0

_Floats = npt.NDArray[np.float64]
#: road or estate, community, number, and what tells doors apart (附3, 4 for 4栋)
Door = tuple[str, str, float, str]


class Spot(NamedTuple):
    """A named place: where its middle lies, how far it reaches, and its area's code."""

    name: str
    code: str
    x: float
    y: float
    radius_m: float


class Street(NamedTuple):
    """The numbered houses of a road in one community, in the order of their numbers, each number once."""

    numbers: _Floats
    x: _Floats
    y: _Floats
    radius_m: _Floats


class Tables(NamedTuple):
    """What a gazetteer is made from, its addresses read already, so that it can be kept and indexed in little time.

    ``areas`` name, code, level, x, y, radius_m; ``roads`` the same without level; ``sites`` these with ``public``.
    ``houses`` road, code, number, x, y, radius_m in that order; ``doors`` these with door, where an address tells one.
    """

    areas: pd.DataFrame
    roads: pd.DataFrame
    sites: pd.DataFrame
    houses: pd.DataFrame
    doors: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Gazetteer:
    """The known places of one city, by name; areas by level, roads by community, names of areas by code."""

    areas: Mapping[str, Mapping[str, Sequence[Spot]]]
    communities: Mapping[str, Spot]
    roads: Mapping[str, Mapping[str, Spot]]
    streets: Mapping[str, Mapping[str, Street]]
    doors: Mapping[Door, Spot]
    sites: Mapping[str, Sequence[Spot]]
    roads_of: Mapping[str, Collection[str]]
    names: Mapping[str, str]


def gazetteer(*, areas: pd.DataFrame, roads: pd.DataFrame, houses: pd.DataFrame, sites: pd.DataFrame) -> Gazetteer:
    """The gazetteer of the frames that ``tables`` takes."""
    return indexed(tables(areas=areas, roads=roads, houses=houses, sites=sites))


def tables(*, areas: pd.DataFrame, roads: pd.DataFrame, houses: pd.DataFrame, sites: pd.DataFrame) -> Tables:
    """The tables of those frames; each has name, code, x, y, radius_m in metres, and any of them may be empty.

    ``areas`` also have a level, ``sites`` may have ``public``: whether anybody may know of them; ``roads`` have one row
    for each community they run through; the name of a house is its address, and rows of one address are one house. The
    code of roads, houses and sites is their community's; houses without one are left out.
    """
    public = sites["public"] if "public" in sites else pd.Series(False, index=sites.index)
    told = _doors(houses)
    keys = ["road", "code", "number"]
    return Tables(
        areas=areas.reset_index(drop=True),
        roads=roads.reset_index(drop=True),
        sites=sites.assign(public=public.astype(bool)).reset_index(drop=True),
        houses=_together(told, keys),
        doors=_together(told[told["door"].ne("")], [*keys, "door"]),
    )


def indexed(known: Tables, *, public: bool = False) -> Gazetteer:
    """The gazetteer of those tables; ``public``, of areas, roads and public sites alone: nothing a register tells."""
    houses, doors = (frame.iloc[:0] if public else frame for frame in (known.houses, known.doors))
    sites = known.sites[known.sites["public"]] if public else known.sites
    streets = _streets(houses)
    extents = list(_extents(streets))
    by_road: dict[str, dict[str, Spot]] = {}
    for spot in (*(spot for spot, is_road in extents if is_road), *_spots(known.roads)):
        by_road.setdefault(tidied(spot.name), {})[spot.code] = spot
    roads_of: dict[str, set[str]] = {}
    for road, code in ((road, code) for road, parts in by_road.items() for code in parts):
        roads_of.setdefault(code, set()).add(road)
    areas = known.areas
    return Gazetteer(
        areas={level: _named(_spots(areas[areas["level"] == level]), short) for level in _LEVELS},
        communities={spot.code: spot for spot in _spots(areas[areas["level"] == "community"])},
        roads=by_road,
        streets=streets,
        doors={
            (road, code, number, door): Spot("", code, *place)
            for road, code, number, door, *place in doors.itertuples(index=False, name=None)
        },
        sites=_named([*_spots(sites), *(spot for spot, is_road in extents if not is_road)]),
        roads_of=roads_of,
        names=dict(zip(areas["code"], areas["name"], strict=True)),
    )


def within(known: Gazetteer, code: str | None) -> str:
    """The names of the community, the township and the county of a code, the smallest first; '' where it is None."""
    parts = [code, f"{code[:9]}000", f"{code[:6]}000000"] if code else []
    return " ".join(dict.fromkeys(known.names[part] for part in parts if part in known.names))


def _named(spots: Iterable[Spot], also: Callable[[str], str] = str) -> dict[str, list[Spot]]:
    """The spots by their names, and by what ``also`` makes of these."""
    found: dict[str, list[Spot]] = {}
    for spot in spots:
        for name in dict.fromkeys((spot.name, also(spot.name))):
            found.setdefault(name, []).append(spot)
    return found


def short(name: str) -> str:
    """The name of an area without the word for what it is."""
    ending = next((ending for ending in _ENDINGS if name.endswith(ending) and len(name) > len(ending) + 1), "")
    return name.removesuffix(ending)


def _spots(frame: pd.DataFrame) -> list[Spot]:
    columns = (frame[name].tolist() for name in Spot._fields)
    return [Spot(*row) for row in zip(*columns, strict=True)]


def _doors(frame: pd.DataFrame) -> pd.DataFrame:
    """Houses with the road, number and door that their addresses tell; a building of an estate also by this one."""
    told = [parse(name) for name in frame["name"]]
    places = frame[["code", "x", "y", "radius_m"]]
    on_road = [(a.road, a.number, door(a)) for a in told]
    inside = [(a.place if _is_estate(a) else None, ESTATE, a.building or "") for a in told]
    parts = [_keyed(places, keys) for keys in (on_road, inside)]
    return pd.concat(parts, ignore_index=True)


def _is_estate(address: Address) -> bool:
    return address.building is not None or (address.road is None and address.number is None)


def _keyed(places: pd.DataFrame, keys: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    names = ["road", "number", "door"]
    columns = pd.DataFrame(keys, columns=names, index=places.index, dtype=object)
    return places.assign(**columns).dropna(subset=["road", "number", "code"]).astype({"number": "float64"})


def _streets(houses: pd.DataFrame) -> dict[str, dict[str, Street]]:
    """Houses in the order of road, community and number as the streets they make."""
    road, code = (houses[name].to_numpy(object) for name in ("road", "code"))
    columns = [houses[name].to_numpy("float64") for name in ("number", "x", "y", "radius_m")]
    starts = np.flatnonzero(np.append(True, (road[1:] != road[:-1]) | (code[1:] != code[:-1]))[: len(houses)])
    streets: dict[str, dict[str, Street]] = {}
    for start, end in zip(starts, [*starts[1:], len(houses)][: len(starts)], strict=True):
        streets.setdefault(road[start], {})[code[start]] = Street(*(column[start:end] for column in columns))
    return streets


def door(address: Address) -> str:
    """What tells doors of one house number apart."""
    return (address.mark or "") + (f"附{address.sub}" if address.sub is not None else address.building or "")


def _together(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row for each house in the order of its keys: the middle of its points, and a radius that holds them all."""
    middle = table.groupby(keys)[["x", "y"]].transform("mean")
    reach = np.hypot(table["x"] - middle["x"], table["y"] - middle["y"]) + table["radius_m"].clip(lower=HOUSE_M)
    middle = middle.assign(radius_m=reach, **{key: table[key] for key in keys})
    grouped = middle.groupby(keys).agg(x=("x", "first"), y=("y", "first"), radius_m=("radius_m", "max"))
    return grouped.reset_index()


def _extents(streets: Mapping[str, Mapping[str, Street]]) -> Iterator[tuple[Spot, bool]]:
    """Roads, groups and estates as far as their houses reach, and whether each is no estate.

    The fewer houses of a road are known, the farther it may reach beyond them.
    """
    for road, parts in streets.items():
        for code, street in parts.items():
            is_road = bool(street.numbers[-1] != ESTATE)
            x, y = float(street.x.mean()), float(street.y.mean())
            reach = float((np.hypot(street.x - x, street.y - y) + street.radius_m).max())
            yield Spot(road, code, x, y, reach + (UNSEEN_M / len(street.x) ** 0.5 if is_road else 0.0)), is_road
