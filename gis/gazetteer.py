"""The known places of one city, indexed by name: areas, roads by community, numbered houses, named sites."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.addresses import Address, parse

LEVELS = ("county", "township", "community")
#: a point of a register stands somewhere in its building
HOUSE_M = 30.0
#: how far a road or group that one house speaks for may reach beyond it
UNSEEN_M = 400.0
_ENDINGS = ("社区居委会", "居委会", "村委会", "街道办事处", "街道", "社区", "村", "镇", "乡", "县", "区", "市")

Floats = npt.NDArray[np.float64]
#: road, community, number, and what tells doors apart (附3, 4栋)
Door = tuple[str, str, int, str]


class Spot(NamedTuple):
    """A named place: where its middle lies, how far it reaches, and its area's code."""

    name: str
    code: str
    x: float
    y: float
    radius_m: float


class Street(NamedTuple):
    """The numbered houses of a road in one community, in the order of their numbers, each number once."""

    numbers: Floats
    x: Floats
    y: Floats
    radius_m: Floats


@dataclass(frozen=True, kw_only=True)
class Gazetteer:
    """The known places of one city, by name; areas by level, roads by community."""

    areas: Mapping[str, Mapping[str, Sequence[Spot]]]
    communities: Mapping[str, Spot]
    roads: Mapping[str, Mapping[str, Spot]]
    streets: Mapping[str, Mapping[str, Street]]
    doors: Mapping[Door, Spot]
    sites: Mapping[str, Sequence[Spot]]
    roads_of: Mapping[str, Collection[str]]


def gazetteer(*, areas: pd.DataFrame, roads: pd.DataFrame, houses: pd.DataFrame, sites: pd.DataFrame) -> Gazetteer:
    """The gazetteer of those frames; each has name, code, x, y, radius_m in metres, and any of them may be empty.

    ``areas`` also have a level; ``roads`` have one row for each community they run through; the name of a house is its
    address, and rows of one address are one house. The code of roads, houses and sites is their community's; houses
    without one are left out.
    """
    doors, streets = _houses(houses)
    by_level = {level: _named(_spots(areas[areas["level"] == level]), short) for level in LEVELS}
    by_road: dict[str, dict[str, Spot]] = {}
    for spot in (*_extents(streets), *_spots(roads)):
        by_road.setdefault(spot.name, {})[spot.code] = spot
    roads_of: dict[str, set[str]] = {}
    for road, code in ((road, code) for road, parts in by_road.items() for code in parts):
        roads_of.setdefault(code, set()).add(road)
    return Gazetteer(
        areas=by_level,
        communities={spot.code: spot for spot in _spots(areas[areas["level"] == "community"])},
        roads=by_road,
        streets=streets,
        doors=doors,
        sites=_named(_spots(sites)),
        roads_of=roads_of,
    )


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


def _houses(frame: pd.DataFrame) -> tuple[dict[Door, Spot], dict[str, dict[str, Street]]]:
    """Houses by the doors that a 附号 or a building tells apart, and by road and community in the order of numbers."""
    told = [parse(name) for name in frame["name"]]
    columns = {"road": [a.road for a in told], "number": [a.number for a in told], "door": [door(a) for a in told]}
    table = frame[["code", "x", "y", "radius_m"]].assign(**{k: np.array(v, object) for k, v in columns.items()})
    table = table.dropna(subset=["road", "number", "code"]).astype({"number": "float64"})
    doors = {
        (row["road"], row["code"], row["number"], row["door"]): Spot(
            "", row["code"], row["x"], row["y"], row["radius_m"]
        )
        for row in _together(table, ["road", "code", "number", "door"]).to_dict("records")
    }
    return doors, _streets(_together(table, ["road", "code", "number"]))


def _streets(houses: pd.DataFrame) -> dict[str, dict[str, Street]]:
    """Houses in the order of road, community and number as the streets they make."""
    road, code = (houses[name].to_numpy(object) for name in ("road", "code"))
    columns = [houses[name].to_numpy("float64") for name in ("number", "x", "y", "radius_m")]
    starts = np.flatnonzero(np.append(True, (road[1:] != road[:-1]) | (code[1:] != code[:-1]))[: len(houses)])
    streets: dict[str, dict[str, Street]] = {}
    for start, end in zip(starts, [*starts[1:], len(houses)][: len(starts)], strict=True):
        streets.setdefault(road[start], {})[code[start]] = Street(*(column[start:end] for column in columns))
    return streets


def door(address: Address) -> str | None:
    """What tells doors of one house number apart."""
    return f"附{address.sub}" if address.sub is not None else address.building


def _together(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row for each house in the order of its keys: the middle of its points, and a radius that holds them all."""
    table = table.dropna(subset=keys)
    middle = table.groupby(keys)[["x", "y"]].transform("mean")
    reach = np.hypot(table["x"] - middle["x"], table["y"] - middle["y"]) + table["radius_m"].clip(lower=HOUSE_M)
    middle = middle.assign(radius_m=reach, **{key: table[key] for key in keys})
    grouped = middle.groupby(keys).agg(x=("x", "first"), y=("y", "first"), radius_m=("radius_m", "max"))
    return grouped.reset_index()


def _extents(streets: Mapping[str, Mapping[str, Street]]) -> Iterator[Spot]:
    """Roads and groups as far as their houses reach, and the farther the fewer of these are known."""
    for road, parts in streets.items():
        for code, street in parts.items():
            x, y = float(street.x.mean()), float(street.y.mean())
            reach = float((np.hypot(street.x - x, street.y - y) + street.radius_m).max())
            yield Spot(road, code, x, y, reach + UNSEEN_M / len(street.x) ** 0.5)
