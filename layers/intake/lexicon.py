"""The words of ``headers.toml``: which heading means which field, which word which choice, what is of persons."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from layers.catalog import LAYERS, Layer

#: what a column may be besides a layer's own fields; ``read_register`` turns these into fields and a place
ROW_ID = "row_id"
COORDINATES = ("lon", "lat", "x", "y", "coordinates")
#: what people call it
TITLES = {
    "community_name": "社区名称",
    "lon": "经度",
    "lat": "纬度",
    "x": "X 坐标",
    "y": "Y 坐标",
    "coordinates": "坐标(经纬度写在一列)",
    "datum": "坐标系",
    "row_id": "系统标识",
    "geometry": "图形",
}
_NOISE = re.compile(r"^\(?\d{1,2}[.、)]\s*(?=\D)|[\s*_\-·.、,:;'\"“”]+")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_UNITS = re.compile(r"(?:金额|计量)?单位[::]\s*(\S+)")
_QUALIFIED = re.compile(
    "wgs84|wgs1984|cgcs2000|国家2000|gcj02|bd09|gps|百度|高德|腾讯|火星|国测局|地图|中心点?|定位|点位|位置|现场|采集|测量|大地|数?值$"
)
_BOTH = ("经度纬度", "经纬度", "纬度经度", "lnglat", "lonlat", "latlng", "latlon")
_UNCLOSED = re.compile(r"[(（\[【][^)）\]】]*$")
_PERSONS_NAME = "xm"  # 姓名 as databases shorten it
_DBF = 10  # bytes of a heading in a shapefile: the rest of received_at is cut
_WEAKER = 100  # how much less a name counts once words of `nouns` had to be taken off


@dataclass(frozen=True, kw_only=True)
class Match:
    """The field a heading means; the smallest ``rank`` is the likeliest of several headings."""

    field: str
    rank: int

    @property
    def stripped(self) -> bool:
        """Whether words had to be taken off the heading, so that what they mean may speak against it."""
        return self.rank >= _WEAKER


def normal(text: str) -> str:
    """``text`` as headings and words are compared: NFKC, lower case, no space, underscore, star or trailing colon."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())


def bare(text: str) -> str:
    """``text`` in normal form without what stands in brackets, such as a unit."""
    return normal(_BRACKETS.sub("", unicodedata.normalize("NFKC", text)))


def in_brackets(text: str) -> list[str]:
    """What stands in brackets in a heading, in normal form."""
    return [normal(found[1:-1]) for found in _BRACKETS.findall(unicodedata.normalize("NFKC", text))]


def units_in(title: str) -> list[str]:
    """The units that a title such as 单位:万元、人 lists, in normal form."""
    found = _UNITS.search(unicodedata.normalize("NFKC", title))
    return [normal(unit) for unit in re.split(r"[、,;/\s]+", found.group(1))] if found else []


def known_fields(layer: Layer) -> tuple[str, ...]:
    """Every name that ``--map`` may give a heading to."""
    own = ["community_code"] if layer.family == "areas" else []
    return tuple(dict.fromkeys([*_wanted(layer), *own]))


def match(layer: Layer, *names: str) -> Match | None:
    """The field meant by the first of these ways to read one heading that is known; None when none is."""
    known = _fields(layer.key)
    for name in names:
        if "coordinates" in _wanted(layer) and any(_QUALIFIED.sub("", told) in _BOTH for told in in_brackets(name)):
            return Match(field="coordinates", rank=_WEAKER)
        forms = dict.fromkeys((normal(name), bare(name)))
        for form in forms:
            if form in known:
                return known[form]
        for form in forms:
            if (found := _without_nouns(layer.key, form) or _unqualified(layer.key, form)) is not None:
                return found
    return None


def begun_with(layer: Layer, start: bytes, encoding: str) -> str | None:
    """The word that a heading of which only ``start`` is left can be: for one field of the layer, else for persons."""
    if not start:
        return None
    whole = start.decode(encoding, errors="ignore")
    unclosed = _UNCLOSED.sub("", whole)
    if unclosed != whole and match(layer, unclosed) is not None:
        return unclosed
    begun = normal(whole).encode(encoding) + start[len(whole.encode(encoding)) :]
    nouns: tuple[str, ...] = ("", *_words()["layers"].get(layer.key, {}).get("nouns", ()))
    forms = {noun + form: match.field for form, match in _fields(layer.key).items() for noun in nouns}
    fields = {form: field for form, field in forms.items() if _starts(form, begun, encoding)}
    if len(set(fields.values())) == 1:
        return min(fields, key=len)
    persons: list[str] = [
        form for words in _personal("personal").values() for form in words if _starts(form, begun, encoding)
    ]
    return min(persons, key=len) if persons and not fields else None


def _starts(word: str, begun: bytes, encoding: str) -> bool:
    return word.encode(encoding, errors="ignore").startswith(begun)


@cache
def choices(key: str, name: str) -> dict[str, str]:
    """Every word in normal form that stands for a choice of that field of a layer, with the choice."""
    field = next(field for field in LAYERS[key].fields if field.name == name)
    section = _words()["choices"].get("areas" if LAYERS[key].family == "areas" else key, {}).get(name, {})
    words = {normal(word): value for value, title in field.choices.items() for word in (value, title, bare(title))}
    return words | {normal(word): value for value, extra in section.items() for word in extra}


def choice_named(key: str, field: str, *names: str) -> str | None:
    """The choice of that field that one of these names is, None when none is."""
    words = choices(key, field)
    return next((words[form] for name in names for form in (normal(name), bare(name)) if form in words), None)


def register_named(text: str) -> str | None:
    """The register (floating, outgoing ...) that a title or heading speaks of, None when it speaks of none."""
    words = choices("counts", "register")
    told = normal(text)
    return next((words[word] for word in sorted(words, key=len, reverse=True) if word in told), None)


def personal(*names: str) -> str | None:
    """How a heading is personal: always, phones or doubtful (``headers.toml``); None when it is not."""
    forms = [form.rstrip("0123456789") for name in names for form in (normal(name), bare(name))]
    exact = (how for how, words in _personal("personal").items() if any(form in words for form in forms))
    ending = (
        how
        for how, words in _personal("personal_endings").items()
        if any(form.endswith(tuple(words)) for form in forms)
    )
    short = "doubtful" if any(form.endswith(_PERSONS_NAME) for form in forms if form.isascii()) else None
    return next(exact, None) or next(ending, None) or short


@cache
def surname_pattern() -> str:
    """One surname of those of over nine in ten people, as a pattern."""
    names = _words()["names"]
    return rf"(?:{'|'.join(names['double_surnames'])}|[{''.join(names['surnames'].split())}])"


@cache
def name_pattern() -> re.Pattern[str]:
    """A whole cell that looks like a person's name."""
    names = _words()["names"]
    surnames, endings = ("".join(names[key].split()) for key in ("surnames", "no_endings"))
    return re.compile(
        rf"(?:[{surnames}]|{'|'.join(names['double_surnames'])})[\u4e00-\u9fff·]{{0,2}}(?![{endings}])[\u4e00-\u9fff]"
    )


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("headers.toml").read_text("utf-8"))


@cache
def _fields(key: str) -> dict[str, Match]:
    layer, words = LAYERS[key], _words()
    section = words["layers"].get("areas" if layer.family == "areas" else key, {})
    known: dict[str, Match] = {}
    for name in _wanted(layer):
        names = [name, *_titles(layer, name), *section.get(name, ()), *words["shared"].get(name, ()), name[:_DBF]]
        for rank, word in enumerate(names):
            entry = Match(field=name, rank=rank)
            if (form := normal(word)) not in known or known[form].rank > rank:
                known[form] = entry
    return known


def _wanted(layer: Layer) -> list[str]:
    fields = [field.name for field in layer.fields]
    if "community_code" in fields:
        fields.append("community_name")
    if layer.family != "areas":
        fields.append(ROW_ID)
    if layer.geometry == ("Point",):
        return [*fields, *COORDINATES, "datum"]
    return [*fields, "geometry", "datum"] if layer.geometry else fields


def _titles(layer: Layer, name: str) -> list[str]:
    titles = [field.title for field in layer.fields if field.name == name]
    return [*titles, *(bare(title) for title in titles)]


def _without_nouns(key: str, form: str) -> Match | None:
    nouns = _words()["layers"].get(key, {}).get("nouns", ())
    known = _fields(key)
    for noun in sorted(nouns, key=len, reverse=True):
        rest = form.removeprefix(noun)
        if rest != form and rest in known:
            return Match(field=known[rest].field, rank=known[rest].rank + _WEAKER)
    return None


def _unqualified(key: str, form: str) -> Match | None:
    """The coordinate that a heading names together with its source: 百度经度, gps_x, 中心点纬度."""
    rest = _QUALIFIED.sub("", form)
    found = _fields(key).get(rest) if rest != form else None
    if found is None or found.field not in COORDINATES:
        return None
    return Match(field=found.field, rank=found.rank + 2 * _WEAKER)


@cache
def _personal(section: str) -> dict[str, frozenset[str]]:
    return {how: frozenset(map(normal, words)) for how, words in _words()[section].items()}
