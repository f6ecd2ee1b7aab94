"""Where an address may lie: candidates on a gazetteer, each with a radius in metres and a score, best first.

The gazetteer is plain frames in metres: areas, roads by community, houses with their addresses, and named sites. A name
alone may mean many places (village names repeat inside one city), so it gives several candidates of equal score.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from gis.addresses import Address, opening, parse
from gis.gazetteer import ESTATE, HOUSE_M, Gazetteer, Spot, door, short
from gis.names import names_meant, roads_meant
from gis.numbering import at_number

#: how much each kind of place is worth when everything an address tells is met
SCORES = {"house": 1.0, "site": 0.9, "between": 0.85, "lane": 0.8, "beyond": 0.65, "road": 0.6, "community": 0.45}
SCORES |= {"township": 0.25, "county": 0.15}
#: what is left of a score where the road lies in another community than the stated one, or the community is not known
_ELSEWHERE = 0.8
#: how far a lane may lead away from where it leaves its road, and a house stand from its number's other buildings
LANE_M, YARD_M = 200.0, 70.0
#: a candidate of the same community, and of another one, is a rival from this share of the best score on
RIVAL, RIVAL_ELSEWHERE = 0.8, 0.4
#: and is offered beside it from this one on: a name that is only like the one written is not
EQUAL = 0.95
_MANY = 50
_DIGITS = {"county": 6, "township": 9}


class Candidate(NamedTuple):
    """One place that an address may mean; x, y in the gazetteer's metres, ``code`` its community (None above one)."""

    name: str
    kind: str
    x: float
    y: float
    radius_m: float
    score: float
    code: str | None


def candidates(
    known: Gazetteer, address: Address, *, community_code: str | None = None, limit: int = 5
) -> list[Candidate]:
    """At most ``limit`` places that the address may mean, best first; ties by radius, then by code and name.

    ``community_code`` is what a register states beside the address; it stands for what the text says of areas.
    """
    scope = _scope(known, address, community_code)
    found = [*_on_roads(known, address, scope), *_sites(known, address, scope), *_areas(known, address, scope)]
    if address.slack_m:
        found = [one._replace(radius_m=one.radius_m + address.slack_m) for one in found]
    best: dict[tuple[str, str, str | None], Candidate] = {}
    for one in sorted(found, key=lambda c: (-c.score, c.radius_m, c.code or "", c.name)):
        best.setdefault((one.kind, one.name, one.code), one)
    return list(best.values())[:limit]


def likeliest(known: Gazetteer, address: Address, *, community_code: str | None = None) -> list[Candidate]:
    """The candidates that may be meant as well as the best one, best first; at most fifty."""
    found = candidates(known, address, community_code=community_code, limit=_MANY)
    return [one for one in found if one.score >= found[0].score * EQUAL]


def place(known: Gazetteer, texts: Sequence[str], codes: Sequence[str | None], *, within_m: float) -> pd.DataFrame:
    """Where each address lies, in the given order: x, y, radius_m, score, code, name.

    x, y and radius_m are missing unless the best candidate has a radius of at most ``within_m`` and no rival elsewhere;
    the code is there where all that may be meant lies in one community. Each pair of address and stated code is looked
    up once.
    """
    pairs = pd.MultiIndex.from_arrays([pd.Index(texts, dtype=object), pd.Index(codes, dtype=object)])
    where, distinct = pd.factorize(pairs)
    rows = [placement(known, text, None if pd.isna(code) else code, within_m=within_m) for text, code in distinct]
    columns = ["x", "y", "radius_m", "score", "code", "name"]
    frame = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[:4], "float64"))
    return frame.iloc[where].reset_index(drop=True)


def placement(
    known: Gazetteer, text: str, code: str | None, *, within_m: float
) -> tuple[float, float, float, float, str | None, str | None]:
    """Where one address lies, as a row of ``place``."""
    address = parse(text)
    found = candidates(known, address, community_code=code, limit=_MANY)
    if not found or address == Address():
        return np.nan, np.nan, np.nan, 0.0, code, None
    best = found[0]
    elsewhere = any(one.code not in (best.code, None) and one.score >= best.score * RIVAL_ELSEWHERE for one in found)
    told = code or (None if elsewhere else best.code)
    if elsewhere or best.radius_m > within_m or any(_is_rival(one, best) for one in found):
        return np.nan, np.nan, np.nan, best.score, told, best.name
    return best.x, best.y, best.radius_m, best.score, told, best.name


def _is_rival(one: Candidate, best: Candidate) -> bool:
    """Whether it may be meant as well, and lies beyond the radius of the best."""
    away = np.hypot(one.x - best.x, one.y - best.y)
    return bool(one.score >= best.score * RIVAL and away > max(best.radius_m, HOUSE_M))


def in_scope(known: Gazetteer, address: Address) -> Callable[[str], bool]:
    """Whether an area of a code may lie where the address says: under the areas it names, or above them."""
    scope = _scope(known, address, None)
    if scope.named is None:
        return lambda code: code.startswith(scope.prefix)
    named = tuple(scope.named)
    return lambda code: any(one.startswith(code.rstrip("0")) for one in named)


def contradicts(known: Gazetteer, text: str, code: str) -> str | None:
    """The community that an address names where that is another one than ``code``; None where nothing contradicts.

    A name that is only like a known one names nothing here.
    """
    address = parse(text)
    scope = _scope(known, address, None)
    certain = [named for named, share in (scope.named or {}).items() if share == 1.0]
    if code not in known.communities or not certain or code in certain:
        return None
    return address.community


class _Scope(NamedTuple):
    """The communities an address speaks of: those it names with how alike the names are, and the code they begin with.

    ``named`` is None where the address names none that is known.
    """

    named: Mapping[str, float] | None
    prefix: str
    likely: float


def _scope(known: Gazetteer, address: Address, community_code: str | None) -> _Scope:
    if community_code is not None:
        return _Scope({community_code: 1.0}, community_code[: _DIGITS["township"]], 1.0)
    prefix = ""
    for level in ("county", "township"):
        codes = {spot.code for spot in known.areas[level].get(_plain(getattr(address, level)), ())}
        inside = {code[: _DIGITS[level]] for code in codes if code.startswith(prefix)}
        prefix = inside.pop() if len(inside) == 1 else prefix
    if address.community is None:
        return _Scope(None, prefix, 1.0)
    alike = names_meant(address.community, known.areas["community"])
    named: dict[str, float] = {}
    for name, share in alike:
        for spot in known.areas["community"][name]:
            if spot.code.startswith(prefix):
                named.setdefault(spot.code, share)
    return _Scope(named or None, prefix, 1.0 if named else _ELSEWHERE)


def _plain(name: str | None) -> str:
    return short(name) if name else ""


def _on_roads(known: Gazetteer, address: Address, scope: _Scope) -> list[Candidate]:
    """Houses on the road of an address and the road itself, in the communities it names, else wherever it runs."""
    if address.road is None:
        return []
    found = _running(known, address, scope)
    return found if found or not address.lanes else _before_lane(known, address, scope)


def _running(known: Gazetteer, address: Address, scope: _Scope) -> list[Candidate]:
    """What is known of the road of an address, its lanes included in the name."""
    found: list[Candidate] = []
    road = str(address.road)
    for code, share in (scope.named or {}).items():
        for name, alike in roads_meant(road, known.roads_of.get(code, ())):
            found += _along(known, address, name, code, share * alike)
    if found or (scope.named and road.endswith("组")):
        return found
    weight = _ELSEWHERE if scope.named else scope.likely
    for name, alike in roads_meant(road, known.roads):
        for code in known.roads[name]:
            if code.startswith(scope.prefix):
                found += _along(known, address, name, code, weight * alike)
    return found


def _before_lane(known: Gazetteer, address: Address, scope: _Scope) -> list[Candidate]:
    """Where the innermost lane of an unknown one leaves what is known: no house inside it is anywhere else.

    A lane that is called by a house number leaves the road there; of another one only the road is known.
    """
    *lanes, last = address.lanes
    road = str(address.road).removesuffix(last)
    outer = Address(
        county=address.county,
        township=address.township,
        community=address.community,
        road=road,
        number=opening(last),
        lanes=tuple(lanes),
    )
    return [
        one._replace(
            name=str(address.road) if one.kind not in ("road", "lane") else one.name,
            kind="road" if one.kind == "road" else "lane",
            radius_m=one.radius_m + LANE_M,
            score=one.score if one.kind in ("road", "lane") else one.score * SCORES["lane"] / SCORES[one.kind],
        )
        for one in _on_roads(known, outer, scope)
    ]


def _along(known: Gazetteer, address: Address, road: str, code: str, weight: float) -> list[Candidate]:
    spot = known.roads[road][code]
    found = [Candidate(spot.name, "road", spot.x, spot.y, spot.radius_m, SCORES["road"] * weight, code)]
    if address.number is None:
        return found
    name = f"{road}{address.number}号"
    apart = door(address)
    if (exact := known.doors.get((road, code, address.number, apart))) is not None:
        called = f"{road}{address.house}号{apart.removeprefix(address.mark or '')}"
        return [Candidate(called, "house", *exact[2:], SCORES["house"] * weight, code), *found]
    street = known.streets.get(road, {}).get(code)
    numbered = None if street is None else at_number(street, address.number)
    if numbered is None:
        return found
    kind, x, y, radius_m = numbered
    radius_m += YARD_M if kind == "house" and apart else 0.0  # another building of that number is known, this one not
    return [Candidate(name, kind, x, y, radius_m, SCORES[kind] * weight, code), *found]


def _sites(known: Gazetteer, address: Address, scope: _Scope) -> list[Candidate]:
    """Named places: those in the communities that the address names first, then elsewhere under its prefix."""
    if address.place is None:
        return []
    found = []
    for name, alike in names_meant(address.place, known.sites):
        for spot in known.sites[name]:
            if not spot.code.startswith(scope.prefix):
                continue
            share = _ELSEWHERE if scope.named is None else scope.named.get(spot.code, _ELSEWHERE)
            share = 1.0 if address.road is None and scope.named is None else share
            found.append(_in_site(known, spot, address.building, alike * share))
    return found


def _in_site(known: Gazetteer, spot: Spot, building: str | None, weight: float) -> Candidate:
    """A named place, or the building of an estate; of a building that is not known, the place and its grounds."""
    exact = known.doors.get((spot.name, spot.code, ESTATE, building or ""))
    if building and exact is not None:
        return Candidate(f"{spot.name}{building}栋", "house", *exact[2:], SCORES["house"] * weight, spot.code)
    radius_m = spot.radius_m + (YARD_M if building else 0.0)
    return Candidate(spot.name, "site", spot.x, spot.y, radius_m, SCORES["site"] * weight, spot.code)


def _areas(known: Gazetteer, address: Address, scope: _Scope) -> list[Candidate]:
    """The areas that the address names; of a text that is one bare name, all areas and roads called so."""
    found = [
        Candidate(spot.name, "community", *spot[2:], SCORES["community"] * share, code)
        for code, share in (scope.named or {}).items()
        if (spot := known.communities.get(code)) is not None
    ]
    for level in ("township", "county"):
        spots = known.areas[level].get(_plain(getattr(address, level)), ())
        found += [
            Candidate(spot.name, level, *spot[2:], SCORES[level], None)
            for spot in spots
            if scope.prefix.startswith(spot.code[: _DIGITS[level]])
        ]
    bare = address.road is None and scope.named is None and address.place is not None
    return found + (_called(known, address.place) if bare and address.place else [])


def _called(known: Gazetteer, name: str) -> list[Candidate]:
    """Areas and roads that a bare name may mean."""
    found = []
    for level in ("community", "township", "county"):
        for told, alike in names_meant(name, known.areas[level]):
            for spot in known.areas[level][told]:
                code = spot.code if level == "community" else None
                found.append(Candidate(spot.name, level, *spot[2:], SCORES[level] * alike, code))
    for told, alike in names_meant(name, known.roads):
        for code, spot in known.roads[told].items():
            found.append(Candidate(spot.name, "road", *spot[2:], SCORES["road"] * alike, code))
    return found
