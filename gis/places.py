"""Where an address may lie: candidates on a gazetteer, each with a radius in metres and a score, best first.

The gazetteer is plain frames in metres: areas, roads by community, houses with their addresses, and named sites. A name
alone may mean many places (village names repeat inside one city), so it gives several candidates of equal score.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from gis.addresses import Address, parse
from gis.gazetteer import HOUSE_M, Gazetteer, Street, door, short

#: how much each kind of place is worth when everything an address tells is met
SCORES = {"house": 1.0, "site": 0.9, "between": 0.85, "beyond": 0.65, "road": 0.6, "community": 0.45}
SCORES |= {"township": 0.25, "county": 0.15}
#: what is left of a score where the road lies in another community than the stated one, or the community is not known
ELSEWHERE = 0.8
#: of 100: names less alike than this are different names
ALIKE = 65.0
#: house numbers are interpolated over so many at most, and continued over fewer
WIDEST_GAP, FARTHEST = 40, 10
#: a candidate of the same community, and of another one, is a rival from this share of the best score on
RIVAL, RIVAL_ELSEWHERE = 0.8, 0.4
_MANY = 50
_DIGITS = {"county": 6, "township": 9}
_FEW, _LEAST = 3, 2


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


def place(known: Gazetteer, texts: Sequence[str], codes: Sequence[str | None], *, within_m: float) -> pd.DataFrame:
    """Where each address lies, in the given order: x, y, radius_m, score, code, name.

    x, y and radius_m are missing unless the best candidate has a radius of at most ``within_m`` and no rival elsewhere;
    the code is there where all that may be meant lies in one community. Each pair of address and stated code is looked
    up once.
    """
    pairs = pd.MultiIndex.from_arrays([pd.Index(texts, dtype=object), pd.Index(codes, dtype=object)])
    where, distinct = pd.factorize(pairs)
    rows = [_placed(known, text, None if pd.isna(code) else code, within_m) for text, code in distinct]
    columns = ["x", "y", "radius_m", "score", "code", "name"]
    frame = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[:4], "float64"))
    return frame.iloc[where].reset_index(drop=True)


def _placed(
    known: Gazetteer, text: str, code: str | None, within_m: float
) -> tuple[float, float, float, float, str | None, str | None]:
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
    alike = _alike(address.community, known.areas["community"])
    named: dict[str, float] = {}
    for name, share in alike:
        for spot in known.areas["community"][name]:
            if spot.code.startswith(prefix):
                named.setdefault(spot.code, share)
    return _Scope(named or None, prefix, 1.0 if named else ELSEWHERE)


def _plain(name: str | None) -> str:
    return short(name) if name else ""


def _alike(name: str, names: Mapping[str, object]) -> list[tuple[str, float]]:
    """The known names meant by a written one, each with how alike it is (0 to 1): itself alone where it is known."""
    for form in (name, short(name)):
        if form in names:
            return [(form, 1.0)]
    found = process.extract(name, names.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE, limit=_FEW)
    return [(told, ratio / 100) for told, ratio, _ in found]


def _roads_meant(road: str, among: Iterable[str]) -> list[tuple[str, float]]:
    """The known roads meant: that name, else a known end of it (areas without a mark stand before), else alike."""
    names = dict.fromkeys(among)
    for start in range(len(road) - 1):
        if road[start:] in names:
            return [(road[start:], 1.0)]
    return [] if road.endswith("组") else _alike(road, names)


def _on_roads(known: Gazetteer, address: Address, scope: _Scope) -> list[Candidate]:
    """Houses on the road of an address and the road itself, in the communities it names, else wherever it runs."""
    if address.road is None:
        return []
    found: list[Candidate] = []
    for code, share in (scope.named or {}).items():
        for road, alike in _roads_meant(address.road, known.roads_of.get(code, ())):
            found += _along(known, address, road, code, share * alike)
    if found or (scope.named and address.road.endswith("组")):
        return found
    weight = ELSEWHERE if scope.named else scope.likely
    for road, alike in _roads_meant(address.road, known.roads):
        for code in known.roads[road]:
            if code.startswith(scope.prefix):
                found += _along(known, address, road, code, weight * alike)
    return found


def _along(known: Gazetteer, address: Address, road: str, code: str, weight: float) -> list[Candidate]:
    spot = known.roads[road][code]
    found = [Candidate(road, "road", spot.x, spot.y, spot.radius_m, SCORES["road"] * weight, code)]
    if address.number is None:
        return found
    name = f"{road}{address.number}号"
    apart = door(address) or ""
    if (exact := known.doors.get((road, code, address.number, apart))) is not None:
        return [Candidate(f"{name}{apart}", "house", *exact[2:], SCORES["house"] * weight, code), *found]
    street = known.streets.get(road, {}).get(code)
    numbered = None if street is None else _numbered(street, address.number)
    if numbered is None:
        return found
    kind, x, y, radius_m = numbered
    return [Candidate(name, kind, x, y, radius_m, SCORES[kind] * weight, code), *found]


def _numbered(street: Street, number: int) -> tuple[str, float, float, float] | None:
    """The house of that number, or where it must stand between its neighbours or not far behind the last of them."""
    at = int(np.searchsorted(street.numbers, number))
    if at < len(street.numbers) and street.numbers[at] == number:
        return "house", float(street.x[at]), float(street.y[at]), float(street.radius_m[at])
    if len(street.numbers) < _LEAST:
        return None
    if 0 < at < len(street.numbers):
        return _between(street, number, at)
    last = 0 if at == 0 else -1
    gap = abs(number - street.numbers[last])
    if gap > FARTHEST:
        return None
    pace = float(np.hypot(np.diff(street.x), np.diff(street.y)).sum() / (street.numbers[-1] - street.numbers[0]))
    x, y = (float(axis[last]) for axis in (street.x, street.y))
    return "beyond", x, y, float(street.radius_m[last]) + max(4 * pace * gap, _misses_m(street))


def _between(street: Street, number: int, at: int) -> tuple[str, float, float, float] | None:
    """A point between two neighbours, as sure as this street lets its own houses be found from theirs."""
    low, high = street.numbers[at - 1], street.numbers[at]
    if high - low > WIDEST_GAP:
        return None
    share = (number - low) / (high - low)
    x, y = (float(axis[at - 1] + share * (axis[at] - axis[at - 1])) for axis in (street.x, street.y))
    apart = float(np.hypot(street.x[at] - street.x[at - 1], street.y[at] - street.y[at - 1]))
    reach = max(apart, _misses_m(street))
    return "between", x, y, reach + float(street.radius_m[at - 1 : at + 1].max())


def _misses_m(street: Street) -> float:
    """How far from its place the worst house of a street would be put, were it interpolated between its neighbours."""
    before, after = street.numbers[:-2], street.numbers[2:]
    share = (street.numbers[1:-1] - before) / (after - before)
    misses = [axis[:-2] + share * (axis[2:] - axis[:-2]) - axis[1:-1] for axis in (street.x, street.y)]
    return float(np.hypot(*misses).max(initial=0.0))


def _sites(known: Gazetteer, address: Address, scope: _Scope) -> list[Candidate]:
    """Named places: those in the communities that the address names first, then elsewhere under its prefix."""
    if address.place is None:
        return []
    found = []
    for name, alike in _alike(address.place, known.sites):
        for spot in known.sites[name]:
            if not spot.code.startswith(scope.prefix):
                continue
            share = ELSEWHERE if scope.named is None else scope.named.get(spot.code, ELSEWHERE)
            share = 1.0 if address.road is None and scope.named is None else share
            found.append(Candidate(name, "site", *spot[2:], SCORES["site"] * alike * share, spot.code))
    return found


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
        for told, alike in _alike(name, known.areas[level]):
            for spot in known.areas[level][told]:
                code = spot.code if level == "community" else None
                found.append(Candidate(spot.name, level, *spot[2:], SCORES[level] * alike, code))
    for told, alike in _alike(name, known.roads):
        for code, spot in known.roads[told].items():
            found.append(Candidate(told, "road", *spot[2:], SCORES["road"] * alike, code))
    return found
