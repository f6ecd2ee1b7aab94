"""Whole and decimal numbers as people write them: with a unit, thousands commas or 约, one text at a time."""

import math
import re
import unicodedata
from dataclasses import dataclass

#: how each unit of the catalogue may be written behind a number, after NFKC, with what it multiplies by
UNITS: dict[str, dict[str, float]] = {
    "㎡": dict.fromkeys(("m2", "平方米", "平方", "平米", "平", "m²", "sqm", "㎡", "方"), 1.0),
    "元": dict.fromkeys(("元", "块", "元/月", "元每月", "元整", "rmb"), 1.0)
    | {"万元": 1e4, "万": 1e4, "亿元": 1e8, "千元": 1e3},
    "人": dict.fromkeys(("人", "名", "位", "口", "人次", "个"), 1.0),
    "间": dict.fromkeys(("间", "室", "个", "套", "间房"), 1.0),
    "张": dict.fromkeys(("张", "个", "床", "张床", "床位"), 1.0),
    "户": dict.fromkeys(("户", "家", "户次", "间", "处", "套"), 1.0),
    "辆": dict.fromkeys(("辆", "台", "辆次", "台次", "部"), 1.0),
    "个": dict.fromkeys(("个", "处", "起", "家"), 1.0),
    "米": dict.fromkeys(("米", "m"), 1.0),
    "件": dict.fromkeys(("件", "起", "宗", "个", "案"), 1.0),
    "%": {"%": 0.01, "％": 0.01, "pct": 0.01},
}
_ABOUT = re.compile(r"^(?:约为|大约|约|大概|≈|~|∼|～|近)|(?:左右|上下)$")
_NUMBER = re.compile(r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d{1,2})?)(|[^\d,.+\-~至到].*)", re.DOTALL)
_SPACE = re.compile(r"\s+(?!\d)|(?<!\d)\s+")  # a space between two digits parts two numbers
_SIGNS = str.maketrans({"−": "-", "﹣": "-", "¥": "", "￥": ""})
#: what people write where there is nothing to write
EMPTY_MARKS = frozenset(
    ("-", "--", "---", "—", "——", "–", "/", "//", "\\", "－", "／", "一一", "无", "n/a", "na", "null", "none")
)


@dataclass(frozen=True, slots=True)
class _Number:
    """A number as written; ``about`` when the writer said so."""

    value: float
    about: bool


def number(text: str, unit: str | None, heading_unit: str | None = None) -> _Number | None:
    """The number that ``text`` writes in the catalogue's ``unit``; None for words, ranges, sums and other units.

    ``heading_unit`` is the unit the column's heading states (万元): it scales a number that states none itself.
    """
    told = _SPACE.sub("", unicodedata.normalize("NFKC", text).strip()).translate(_SIGNS).casefold()
    plain = _ABOUT.sub("", told)
    found = _NUMBER.fullmatch(plain)
    if found is None:
        return None
    value = float(found.group(1).replace(",", ""))
    factor = scale(unit, _ABOUT.sub("", found.group(2)) or heading_unit)
    if factor is None or not math.isfinite(value):
        return None
    return _Number(_scaled(value, factor), about=plain != told or found.group(2) != _ABOUT.sub("", found.group(2)))


def scale(unit: str | None, written: str | None) -> float | None:
    """What a number written with that unit multiplies by: 1 without a unit, None for a unit of something else."""
    if not written:
        return 1.0
    return UNITS.get(unit or "", {}).get(written)


def is_empty_mark(text: str) -> bool:
    """Whether ``text`` only says that there is nothing (a dash, a slash, 无)."""
    return unicodedata.normalize("NFKC", text).strip().casefold() in EMPTY_MARKS


def _scaled(value: float, factor: float) -> float:
    """Multiply without the dust of binary fractions (3.3 万 is 33000, 75 % is 0.75)."""
    return value if factor == 1 else float(f"{value * factor:.12g}")
