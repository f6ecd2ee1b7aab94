"""Personal data: found by their shape and checksum, masked in free text, refused as columns. Nothing here keeps any.

Source: GB 11643 (citizen numbers, check character by ISO 7064 MOD 11-2), ISO/IEC 7812 (card numbers, Luhn).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from layers.intake.texts import Series, arrow, matches

MASK = "[已隐去]"

MASKED = "{title}里有个人信息,已隐去"
REFUSED = "{title}里有个人信息(身份证号、手机号、银行卡号、微信或 QQ 号),请删去后再导入"
IN_NUMBER = "{title}是一个人的号码,不能当编号用"
#: what may stand between two digits of one number, once NFKC has made all digits half-width; a comma parts two numbers
_BETWEEN = "[\\s\\-‐‑‒–—―−_·•.\u200b-\u200d\u2060\ufeff]{0,3}"
#: not inside a longer number, nor behind its decimal point
_ALONE = r"(?<![0-9])(?<![0-9][.])"
_CITIZEN = re.compile(rf"{_ALONE}(?=((?:[0-9]{_BETWEEN}){{17}}[0-9Xx](?![0-9A-Za-z])))")
_MOBILE = re.compile(
    rf"{_ALONE}(?:(?:\+|00)?86{_BETWEEN}|0)?"
    rf"(?=(1{_BETWEEN}[3-9](?:{_BETWEEN}[0-9]){{9}}(?![0-9]|[.][0-9])))"
)
_CARD = re.compile(rf"{_ALONE}(?=((?:[0-9]{_BETWEEN}){{14,18}}[0-9](?![0-9])))")
_ACCOUNT = re.compile(
    r"(?:微信号?|weixin|wechat|wx|vx|v信|威信|薇信)(?:号码?|id)?\s*[:：=是为]?\s*(?P<wx>[a-z][-_a-z0-9]{5,19})"
    r"|(?:qq|扣扣|企鹅)(?:号码?)?\s*[:：=是为]?\s*(?P<qq>[1-9][0-9]{4,10})(?![0-9])",
    re.IGNORECASE,
)
#: what a person says is a card's or a document's number is one, mistyped or not
_NAMED = re.compile(
    r"(?:身份证|银行卡|储蓄卡|信用卡|社保卡|护照|通行证|驾驶证|驾照)(?:号码?)?\s*[:：=是为]?\s*"
    rf"(?P<no>(?:[a-z]{{1,2}})?[0-9](?:{_BETWEEN}[0-9]){{5,19}}x?)(?![0-9a-z])",
    re.IGNORECASE,
)
#: Source: GA 36, number plates: a province, a letter, then five or (new energy) six of which at least three are digits
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·•. -]?"
    r"(?=(?:[A-Z]*[0-9]){3})(?P<no>[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警])(?![0-9A-Za-z室号栋座幢房楼层])"
)
_DATE_LIKE = re.compile(r"19[0-9]{2}[-./][01]?[0-9][-./][0-3]?[0-9](?![0-9])")
#: RE2, run over every cell: eleven digits near each other in any width, or the name of a messenger
_SUSPECT = (
    r"(?i)(?:[0-9０-９][^0-9０-９\p{Han}a-zA-Z]{0,3}){10,}[0-9０-９xXＸｘ]"
    "|微信|weixin|wechat|wx|vx|v信|威信|薇信|qq|扣扣|企鹅|ｑｑ|ｗｘ|ｖｘ"
    "|身份证|银行卡|储蓄卡|信用卡|社保卡|护照|通行证|驾驶证|驾照"
    "|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-ZＡ-Ｚ][^0-9\\p{Han}]{0,8}[0-9０-９]"
)
#: RE2, run over columns of numbers: the length and beginning of a mobile, citizen or card number
_WHOLE = (
    r"^[^0-9０-９]{0,4}(?:[0+86０＋８６]{0,4}[1１][3-9３-９][0-9０-９]{9}|[0-9０-９]{17}[0-9０-９xXｘＸ]"
    r"|[3-69３-６９][0-9０-９]{13,18})[^0-9０-９]{0,3}$"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
#: card numbers begin so, and have so many digits
_CARDS = re.compile(
    r"62[0-9]{14,17}|(?:4[0-9]{3}|5[1-5][0-9]{2}|35[0-9]{2})[0-9]{12}|3[47][0-9]{13}|9558[0-9]{15}|60[13][0-9]{13,16}"
)
_OLDEST = 1900


def has_personal_data(text: str) -> bool:
    """Whether ``text`` holds a citizen number, mobile number, bank card, number plate, WeChat or QQ account.

    A number that the text itself calls one of a card or a document needs no right check digit.
    """
    return bool(_spans(unicodedata.normalize("NFKC", text)))


def is_personal(text: str) -> bool:
    """Whether ``text`` is nothing but one such number."""
    told = unicodedata.normalize("NFKC", text).strip(" '\t:：;；,。()")
    return any(end - start >= len(told) for start, end in _spans(told))


def masked(text: str) -> str:
    """``text`` with every such number replaced; the rest stays as typed, unless full-width numbers stood in it."""
    spans = _spans(text)
    folded = unicodedata.normalize("NFKC", text)
    if folded != text and len(wide := _spans(folded)) > len(spans):
        text, spans = folded, wide
    for start, end in reversed(spans):
        text = text[:start] + MASK + text[end:]
    return text


def personal_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Which texts of a column are nothing but a personal number; quick where none has the length of one."""
    told = pc.replace_substring_regex(column, r"[\s\-—.]", "")
    hit = pc.fill_null(pc.match_substring_regex(told, _WHOLE), fill_value=False).combine_chunks()
    exact = pa.array([is_personal(cell) for cell in column.filter(hit).to_pylist()], pa.bool_())
    return pa.chunked_array([pc.replace_with_mask(pa.array([False] * len(column), pa.bool_()), hit, exact)])


def mask_series(texts: Series) -> tuple[Series, npt.NDArray[np.bool_]]:
    """A column of texts with personal data masked, and which cells had any."""
    suspect = np.flatnonzero(matches(arrow(texts), _SUSPECT).to_numpy())
    hit = np.zeros(len(texts), dtype=bool)
    if not len(suspect):
        return texts, hit
    found = texts.iloc[suspect]
    better = found.map({text: masked(text) for text in found.unique()})
    changed = suspect[(better != found).to_numpy()]
    hit[changed] = True
    texts = texts.copy()
    texts.iloc[changed] = better[hit[suspect]]
    return texts, hit


def _spans(text: str) -> list[tuple[int, int]]:
    """Where personal data stand in ``text``, first to last, none overlapping."""
    found = [
        *_numbers(text, _CITIZEN, _is_citizen),
        *_numbers(text, _CARD, _is_card),
        *_numbers(text, _MOBILE, _is_mobile),
        *(match.span("wx") if match["wx"] else match.span("qq") for match in _ACCOUNT.finditer(text)),
        *(match.span("no") for pattern in (_NAMED, _PLATE) for match in pattern.finditer(text)),
    ]
    kept: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _numbers(text: str, pattern: re.Pattern[str], is_one: Callable[[str], bool]) -> Iterable[tuple[int, int]]:
    return [match.span(1) for match in pattern.finditer(text) if is_one(match.group(1))]


def _digits(text: str) -> str:
    return re.sub(r"[^0-9Xx]", "", text).upper()


def _is_citizen(text: str) -> bool:
    digits = _digits(text)
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:17], strict=True))
    return _CHECKS[total % 11] == digits[17] and _is_birthday(digits[6:14])


def _is_birthday(digits: str) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return _OLDEST <= born.year < _OLDEST + 200


def _is_mobile(text: str) -> bool:
    """Whether eleven digits are grouped as a number is, not as a date, a decimal or a list of house numbers."""
    groups = [len(group) for group in re.findall(r"[0-9]+", text)]
    if len(groups) == len(_digits(text)) or len(groups) == 1:
        return True
    between = re.findall(r"[^0-9]+", text)
    decimal = "." in text and (len(between) == 1 or set(between) != {"."})
    if _DATE_LIKE.match(text) is not None or decimal:
        return False
    return groups[0] >= 3 and min(groups) >= 2 and len(groups) <= 4


def _is_card(text: str) -> bool:
    digits = _digits(text)
    if not _CARDS.fullmatch(digits) or (len(digits) == 18 and _is_birthday(digits[6:14])):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0
