"""Parse Chinese address text by rules: areas, road, number, building, unit, room, and how vague its words are.

Nothing is looked up here; ``gis/places.py`` geocodes the parts on a gazetteer.
"""

import re
import unicodedata
from dataclasses import dataclass

_NUMERALS = "〇零○一二三四五六七八九十百两"
_VALUES = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_TENS = {"十": 10, "百": 100}
#: numerals before these are numbers, but for such names as 十里铺, 三巷村 and 二里街道
_COUNTED = re.compile(
    rf"第?([{_NUMERALS}]+)(?=号|栋|幢|座|单元|室|层|楼|组|小组|队"
    rf"|(?:[支横直]?[弄巷]|[支横直][路街]|支?胡同|段|[里坊条])(?=[\d{_NUMERALS}东西南北甲乙丙丁支号栋幢A-Za-z]|$))"
)
_ASIDE = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]|[\s,，.。;；:：、'\"“”]+")
_DASHES = str.maketrans(dict.fromkeys("—–－―_~～", "-"))

#: what ends a name, and what must not stand around it: 超市, 社区, 城乡路 are no city, district or township
_PROVINCE = re.compile(r"[\u4e00-\u9fff]{2,3}省|[\u4e00-\u9fff]{2,4}自治区")
_COUNTY = re.compile(
    r"[^路街号村社\d]{1,6}?(?:(?<![超城菜夜门集花])市(?![场政口])|县(?![道城])|(?<![社小园发业厂库校景宅活住居])区(?![路街]))"
)
_TOWNSHIP = re.compile(r"[^路号社村\d]{1,6}?(?:街道(?:办事处|办)?|镇|乡)(?![东西南北中前后]?(?:大道|大街|路|街|巷))")
_COMMUNITY = re.compile(
    r"[^路号\d]{1,8}?(?:社区(?:居委会|居民委员会)?|居委会|居民委员会|村委会|村民委员会"
    r"|(?<!度假)(?<![农新])村(?:委会|民委员会)?(?![路街里道口大民]))"
)
_GROUP = re.compile(r"([\u4e00-\u9fff]{2,8}?)?(\d{1,3}|[甲乙丙丁])(?:村民小组|居民小组|小组|组|队)")
_ROAD = re.compile(
    r"(?:\d{1,2}号[路街]|[^号栋幢室]{1,12}?(?:大道|大街|胡同|(?<!铁)路(?!口)|街(?![道口坊])|巷|弄|[里道线坊条](?=[东西南北甲乙丙丁戊]?\d)))"
    r"(?:[东西南北中]段|\d段)?"
)
#: a lane that leaves a road or another lane: by its number (15弄, 东2巷, 3支弄), by its name (桂花巷), or a yard of
#: numbered houses (7号院3号)
_LANE = re.compile(
    r"[东西南北前后中上下左右]?\d{1,5}(?:[-之]\d{1,4})?[甲乙丙丁]?号?"
    r"(?:(?:支|横|直)?(?:弄堂?|巷|胡同)|(?:支|横|直)[路街]|夹道|[里坊条](?![桥店铺屯村河坡]))"
    r"|\d{1,5}号(?:大?院|内)(?=[东西南北]?\d{1,4}(?:[-之]\d{1,4})?(?:号(?!楼)|[支横直]?[弄巷路街]|胡同|[里坊条])"
    r"|[\u4e00-\u9fff]{1,5}?(?:弄|巷|胡同))"
    r"|[\u4e00-\u9fff]{1,5}?(?:弄堂?|巷|胡同|夹道|路|街|[里坊条](?=\d))(?=[东西南北甲乙丙丁]?\d|$)"
)
_OPENING = re.compile(r"(\d{1,5})(?:[-之]\d{1,4})?[甲乙丙丁]?(?:号?弄堂?|号大?院|号内)")
#: 12号, and the other houses of that number: 12号附3, 12-3号, 12号之3; 甲12号, 12甲号, 12号甲, 12A号
_NUMBER = re.compile(
    r"(?:门牌|内)?([甲乙丙丁戊])?(\d{1,5})([甲乙丙丁戊A-Za-z])?(?:[-之](\d{1,4}))?号(?![楼线路])(?:大?院)?"
    r"((?:[甲乙丙丁戊](?!\d*号)|[A-Za-z](?![A-Za-z\d]))(?![栋幢座楼#梯单]))?(?:附(\d{1,4})号?|之(\d{1,4}))?"
)
_BARE_NUMBER = re.compile(r"(\d{1,5})(?=$|-)")
_BUILDING = re.compile(
    r"([A-Za-z]?\d{1,4}|[A-Za-z]|[甲乙丙丁东西南北])(?:号楼|[栋幢座#])楼?|(?<=[\u4e00-\u9fff])([甲乙丙丁戊]?\d{1,4})号(?![楼房])"
)
_UNIT = re.compile(r"([A-Za-z]?\d{1,3}|[甲乙丙丁东西])(?:单元|梯)")
_FLOOR = re.compile(r"\d{1,2}[层楼]")
_ROOM = re.compile(r"([A-Za-z]?\d{1,5}[A-Za-z]?)(?:室|号房|房间|房|户)|(?<![\d-])(\d{3,4})$")
_DASHED = re.compile(r"^-?(\d{1,3})-(\d{1,2})-(\d{3,4})$|^-(\d{1,2})-(\d{3,4})$|^-(\d{3,4})$")
#: how many metres a word adds to the radius
_VAGUE = {
    r"(附近|周边|周围|一带|左右|片区)": 300.0,
    r"(斜对面|斜对过)": 80.0,
    r"(?<!斜)(对面|对过)": 60.0,
    r"(背后|后面|后侧|前面|前方|后方)": 60.0,
    r"(路口|(?<=[弄巷里条])口|胡同口|交叉口|交汇处|拐角)": 60.0,
    r"(旁边|旁|隔壁|侧边|侧)": 40.0,
    r"(楼下|楼上|门口|门前|楼内|院内)": 20.0,
}
_ANY_VAGUE = re.compile("|".join(_VAGUE))
_AWAY = re.compile(r"(?:[往向朝][东西南北]+|[东西南北][侧边面]?)?约?(\d{1,4})(?:米|m)(?:处|远)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """The parts of one address, each None where the text has none; ``road`` is a road with its lanes, or a group (组).

    ``lanes`` are those lanes by themselves, the outermost first: a house number counts inside the last of them.
    ``sub`` is the 附号, ``mark`` the 甲 of 甲12号; ``place`` what is left: an estate, a building, a business.
    ``slack_m`` is how many metres such words as 对面 or 附近 add to the radius.
    """

    county: str | None = None
    township: str | None = None
    community: str | None = None
    road: str | None = None
    number: int | None = None
    sub: int | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    place: str | None = None
    slack_m: float = 0.0
    lanes: tuple[str, ...] = ()
    mark: str | None = None

    @property
    def house(self) -> str:
        """The house number with its mark: 12, 甲12, 12A."""
        mark = self.mark or ""
        return f"{self.number}{mark}" if mark.isascii() else f"{mark}{self.number}"

    @property
    def normal(self) -> str:
        """The address in one form: areas, road, 甲12号附3号, 4栋, 2单元, 301室; vague words left out."""
        number = "" if self.number is None else f"{self.house}号" + (f"附{self.sub}号" if self.sub else "")
        parts = [self.county, self.township, self.community, self.road, number, self.place]
        marked = ((self.building, "栋"), (self.unit, "单元"), (self.room, "室"))
        return "".join(part or "" for part in parts) + "".join(f"{part}{mark}" for part, mark in marked if part)


def parse(text: str) -> Address:
    """The parts of an address; of a text that holds none of them, everything is its ``place``.

    Full-width digits, Chinese numerals before a mark (二十三号), spaces, and what stands in brackets are settled first.
    """
    rest = _PROVINCE.sub("", tidied(text), count=1)
    rest, slack_m = _without_vague(rest)
    county, rest = _counties(rest)
    township, rest = _front(_TOWNSHIP, rest)
    community, rest = _front(_COMMUNITY, rest)
    community, road, lanes, rest = _road(community, rest)
    mark, number, sub, rest = _number(rest, bare=road is not None)
    building, unit, room, place = _inside(rest)
    return Address(
        county=county,
        township=township,
        community=community,
        road=road,
        number=number,
        sub=sub,
        building=building,
        unit=unit,
        room=room,
        place=place,
        slack_m=slack_m,
        lanes=lanes,
        mark=mark,
    )


def opening(lane: str) -> int | None:
    """The house number at which a lane leaves its road, where its name is that number: 15弄, 15号弄, 15号院.

    Other lanes are numbered one after another (3巷 is the third, 2支弄 the second), so that nothing follows from it.
    """
    found = _OPENING.fullmatch(lane)
    return None if found is None else int(found[1])


def tidied(text: str) -> str:
    """The text with plain digits for full-width ones and for numerals before a mark, without spaces and brackets."""
    told = _ASIDE.sub("", unicodedata.normalize("NFKC", text)).translate(_DASHES)
    return _COUNTED.sub(lambda match: _digits(match[1]), told)


def _digits(numeral: str) -> str:
    """二十三 → 23, 一〇五 → 105, 百二 → 102."""
    if not set(numeral) & set(_TENS):
        return "".join(str(_VALUES[character]) for character in numeral)
    total = last = 0
    for character in numeral:
        if character in _TENS:
            total, last = total + (last or 1) * _TENS[character], 0
        else:
            last = _VALUES[character]
    return str(total + last)


def _without_vague(text: str) -> tuple[str, float]:
    """The text without the words that make it vague, and the metres that they add."""
    slack_m = 0.0
    if (away := _AWAY.search(text)) is not None:
        text, slack_m = text[: away.start()] + text[away.end() :], float(away[1])
    for words, metres in _VAGUE.items() if _ANY_VAGUE.search(text) else ():
        shorter = re.sub(words, "", text)
        if shorter and shorter != text:
            text, slack_m = shorter, slack_m + metres
    return text, slack_m


def _counties(text: str) -> tuple[str | None, str]:
    """The last of the city, district and county that lead the text."""
    county = None
    for _ in range(2):
        found, text = _front(_COUNTY, text)
        county = found or county
    return county, text


def _front(pattern: re.Pattern[str], text: str) -> tuple[str | None, str]:
    found = pattern.match(text)
    return (None, text) if found is None else (found[0], text[found.end() :])


def _road(community: str | None, text: str) -> tuple[str | None, str | None, tuple[str, ...], str]:
    """The community, the road with its lanes or the group, the lanes alone, and what follows."""
    if (group := _GROUP.match(text)) is not None:
        return community or group[1], f"{group[2]}组", (), text[group.end() :]
    road, text = _front(_ROAD, text)
    lanes: list[str] = []
    while road is not None and (lane := _LANE.match(text)) is not None:
        lanes.append(lane[0])
        text = text[lane.end() :]
    return community, road and road + "".join(lanes), tuple(lanes), text


def _number(text: str, *, bare: bool) -> tuple[str | None, int | None, int | None, str]:
    """The house number with its mark before it and its 附号 and what follows behind; ``bare`` where 12 alone is one."""
    found = _NUMBER.match(text)
    if found is not None:
        before, number, inside, dashed, behind, *subs = found.groups()
        mark = before or inside or behind
        sub = next(filter(None, (dashed, *subs)), None)
        return mark and mark.upper(), int(number), int(sub) if sub else None, text[found.end() :]
    if bare and (found := _BARE_NUMBER.match(text)) is not None:
        return None, int(found[1]), None, text[found.end() :]
    return None, None, None, text


def _inside(text: str) -> tuple[str | None, str | None, str | None, str | None]:
    """Building, unit and room, and the name that is left of the text."""
    if (dashed := _DASHED.match(text)) is not None:
        building, unit, room, *other = dashed.groups()
        return building, unit or other[0], room or other[1] or other[2], None
    found: list[str | None] = []
    first = len(text)
    for pattern in (_BUILDING, _UNIT, _FLOOR, _ROOM):
        if (part := pattern.search(text)) is not None:
            first = min(first, part.start())
        if pattern is not _FLOOR:
            found.append(None if part is None else next(filter(None, part.groups())).upper())
    return found[0], found[1], found[2], text[:first].strip("-的在#") or None
