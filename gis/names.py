"""Match a written name to the known names."""

import re
from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz, process

from gis.gazetteer import short

#: of 100: names less alike than this are different names
_ALIKE = 65.0
#: what tells two names apart: numbers, and the words for roads and lanes
_MARKS = re.compile(r"\d+|支?(?:胡同|[路街巷弄])|大道|大院|号院|夹道|(?<=\d)[里坊条段]|[东西南北中](?=[路街]|大道)")
_MANY, _FEW = 50, 3


def names_meant(name: str, names: Mapping[str, object]) -> list[tuple[str, float]]:
    """The known names meant by a written one, each with how alike it is (0 to 1): itself alone where it is known.

    Names that differ in a number or in a word for a road or a lane are different names, however alike: 和平路15弄 is
    neither 和平路 nor 和平路16弄.
    """
    for form in (name, short(name)):
        if form in names:
            return [(form, 1.0)]
    marks = _MARKS.findall(name)
    found = process.extract(name, names.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=_MANY)
    return [(known, ratio / 100) for known, ratio, _ in found if _MARKS.findall(known) == marks][:_FEW]


def roads_meant(road: str, among: Iterable[str]) -> list[tuple[str, float]]:
    """The known roads meant: that name, else a known end of it (areas without a mark stand before), else alike.

    An end that begins with a number is none: 15弄 may leave any road.
    """
    names = dict.fromkeys(among)
    for start in range(len(road) - 1):
        if road[start:] in names and not (start and road[start].isdigit()):
            return [(road[start:], 1.0)]
    return [] if road.endswith("组") else names_meant(road, names)
