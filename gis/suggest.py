"""Completions of a partly typed address, from the names and house numbers of a gazetteer."""

from collections.abc import Iterable, Iterator

from gis.addresses import Address, parse, tidied
from gis.gazetteer import Gazetteer, Spot
from gis.places import SCORES, Candidate, candidates, in_scope

#: what is left of the score of a name that begins with what was typed, and of one that only holds it
BEGINS, HOLDS = 0.9, 0.6
#: candidates of at least this score come before completions
MEANT = 0.6
_KINDS = ("site", "road", "community", "township", "county")
_MANY = 200


def suggestions(known: Gazetteer, text: str, *, limit: int) -> list[Candidate]:
    """At most ``limit`` places: those that the text means, then those it may become, then less sure ones.

    Empty for a text that says nothing.
    """
    address = parse(text)
    if address == Address():
        return []
    meant = candidates(known, address, limit=limit)
    coming = [*_numbers(known, address), *_names(known, address, text)]
    coming.sort(key=lambda one: (-one.score, len(one.name), one.name, one.code or ""))
    sure = [one for one in meant if one.score >= MEANT and one.kind != "road"]
    best: dict[tuple[str, str, str | None], Candidate] = {}
    for one in (*sure, *coming, *meant):
        best.setdefault((one.kind, one.name, one.code), one)
    return list(best.values())[:limit]


def _numbers(known: Gazetteer, address: Address) -> Iterator[Candidate]:
    """Houses of the road whose numbers begin with the one typed; all of the road where none is typed yet."""
    begun = "" if address.number is None else str(address.number)
    may_lie = in_scope(known, address)
    for code, street in known.streets.get(str(address.road), {}).items():
        if not may_lie(code):
            continue
        for number, x, y, radius_m in zip(street.numbers, street.x, street.y, street.radius_m, strict=True):
            if f"{number:.0f}".startswith(begun) and number != address.number:
                name = f"{address.road}{number:.0f}号"
                score = SCORES["house"] * (BEGINS if begun else HOLDS)
                yield Candidate(name, "house", float(x), float(y), float(radius_m), score, code)


def _names(known: Gazetteer, address: Address, text: str) -> Iterator[Candidate]:
    """Named places that begin with, or hold, what was typed after the areas."""
    typed = tidied(text)
    for part in (address.county, address.township, address.community):
        rest = typed.removeprefix(part or "")
        typed = rest or typed
    if address.number is not None or not typed:
        return
    may_lie = in_scope(known, address)
    for kind in _KINDS:
        many = 0
        for spot in _spots(known, kind):
            share = BEGINS if spot.name.startswith(typed) else HOLDS if typed in spot.name else 0.0
            if share and may_lie(spot.code):
                code = None if kind in ("township", "county") else spot.code
                yield Candidate(spot.name, kind, spot.x, spot.y, spot.radius_m, share, code)
                many += 1
            if many == _MANY:
                break


def _spots(known: Gazetteer, kind: str) -> Iterable[Spot]:
    if kind == "road":
        return (spot for parts in known.roads.values() for spot in parts.values())
    named = known.sites if kind == "site" else known.areas[kind]
    return (spot for name, spots in named.items() for spot in spots if spot.name == name)
