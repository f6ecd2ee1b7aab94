"""Personal data: found by their shape and checksum, masked in free text, refused as columns. Nothing here keeps any.

Two kinds: what identifies a person (citizen, mobile, card and document numbers, accounts, number plates) is masked in
free text and refuses a row of premises; a landline or an e-mail address, which a firm has as well, is masked in any
text and refuses nothing. Names are not found here; see ``layers.intake.names``.

Source: GB 11643 (citizen numbers, check character by ISO 7064 MOD 11-2), ISO/IEC 7812 (card numbers, Luhn).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.intake.texts import Series, arrow, matches

MASK = "[已隐去]"

MASKED = "{title}里有个人信息,已隐去"
REFUSED = "{title}里有个人信息(身份证号、手机号、银行卡号、微信或 QQ 号),请删去后再导入"
IN_NUMBER = "{title}是一个人的号码,不能当编号用"
#: how people write a digit: as itself (NFKC has made all of one width), in Chinese, or as a letter that looks like it
_CHINESE = "零〇○一壹幺二贰貳三叁參四肆五伍六陆陸七柒八捌九玖"
_LETTERS = "OolI|"
_PLAIN = str.maketrans(_CHINESE + _LETTERS, "000111222333445566677889900111")
_D = f"[0-9{_CHINESE}{_LETTERS}]"
#: what may stand between two digits of one number; a comma parts two numbers
_BETWEEN = "[\\s\\-‐‑‒–—―−_·•.*~\u200b-\u200d\u2060\ufeff]{0,3}"
#: not inside a longer number, nor behind its decimal point
_ALONE = r"(?<![0-9])(?<![0-9][.])"
_CITIZEN = re.compile(rf"{_ALONE}(?=((?:{_D}{_BETWEEN}){{17}}(?:{_D}|[Xx])(?![0-9A-Za-z])))")
_MOBILE = re.compile(
    rf"{_ALONE}(?:(?:\+|00)?86{_BETWEEN}|0)?"
    rf"(?=([1一壹幺lI|]{_BETWEEN}[3-9三叁參四肆五伍六陆陸七柒八捌九玖](?:{_BETWEEN}{_D}){{9}}(?![0-9]|[.][0-9])))"
)
_CARD = re.compile(rf"{_ALONE}(?=((?:{_D}{_BETWEEN}){{14,18}}{_D}(?![0-9])))")
_EXTENSION = r"(?:\s?(?:转|#|-|分机号?)\s?[0-9]{1,6}(?![0-9]))?"
_LANDLINE = re.compile(
    rf"{_ALONE}(?<![0-9]-)(\(?(?:\+86{_BETWEEN}\(?0?\)?|[0零〇○Oo]){_BETWEEN}{_D}"
    rf"(?:{_BETWEEN}[()/]?{_BETWEEN}{_D}){{8,10}}(?![0-9]|[.][0-9]){_EXTENSION})"
)
#: Area codes: 010, 02x and from 03xx on; then seven or eight digits.
_AREA = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8}(?:-[0-9]+)?")
#: A number without an area code is one of a telephone only where the text says so; never an amount or a house.
_LOCAL = re.compile(
    r"(?:电话|座机|固话|电联|联系方式|致电|拨打|拨通|打给|打到|打他|打她|打我|来电|回电|呼叫|传真|tel|phone|call|fax|[☎📞])"
    rf"[^0-9\n。;,、]{{0,6}}?(?P<no>{_ALONE}[2-9二三四五六七八九](?:{_BETWEEN}{_D}){{6,7}}(?![0-9]|[.][0-9])"
    rf"{_EXTENSION})(?!\s*(?:元|万|亿|块|平|㎡|m2|号|室|栋|座|幢|户|人|次|条|年|月|日|件))",
    re.IGNORECASE,
)
#: What stands before a number of papers, which may begin and be as long as one of a telephone.
_OF_PAPERS = re.compile(
    r"(?:证|编号|案号|代码|字第|文号|备案|许可|档案|流水|单号|工单|订单|批号)[号码是为:\s第()]{0,4}$"
)
_EMAIL = re.compile(
    r"(?<![a-z0-9._%+-])[a-z0-9][a-z0-9._%+-]*\s?(?:@|\(at\)|\[at\]|艾特)\s?[a-z0-9-]+(?:\s?(?:[.。点])\s?[a-z0-9-]+)*"
    r"\s?[.。点]\s?[a-z]{2,10}(?![a-z0-9])",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?:(?:微\s*信|威\s*信|薇\s*信|卫星号|薇|徽\s*信|(?<![a-z])(?:weixin|wechat|wx|vx)|v\s*信)"
    r"|(?:加|\+|家)\s*(?:我|个|下)?\s*v|(?<![a-z0-9])v(?=\s*(?:[:=]|[❤♥]|号)))"
    r"\s*(?:号码?|id|账号|帐号)?[\s:=是为❤♥\ufe0f]*(?P<wx>[a-z][-_a-z0-9]{5,19}|[1-9][0-9]{4,10}(?![0-9]))"
    r"|(?:(?<![a-z])q\s*q|扣\s*扣|企鹅|🐧|(?<![a-z0-9])q(?=\s*(?:[:=]|号)))\s*(?:群|邮箱)?\s*(?:号码?|id|账号|帐号)?"
    r"[\s:=是为]*(?P<qq>[1-9](?:\s?[0-9]){4,10})(?![0-9])",
    re.IGNORECASE,
)
#: what a person says is a card's or a document's number is one, mistyped or not
_NAMED = re.compile(
    r"(?:身份证|银行卡|储蓄卡|信用卡|社保卡|护照|通行证|驾驶证|驾照)(?:号码?)?\s*[:：=是为]?\s*"
    rf"(?P<no>(?:[a-z]{{1,2}})?[0-9](?:{_BETWEEN}[0-9]){{5,19}}x?)(?![0-9a-z])",
    re.IGNORECASE,
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
#: Source: GA 36, number plates: a province, a letter, then five or (new energy) six of which at least three are digits
_PLATE = re.compile(
    rf"(?P<no>[{_PROVINCES}]\s?[A-HJ-NP-Z]\s?[·•.-]?\s?(?=(?:[A-Z\s]*[0-9]){{3}})"
    r"(?:[A-HJ-NP-Z0-9]\s?){4,5}[A-HJ-NP-Z0-9挂学警])(?![0-9A-Za-z])(?!\s?[室号栋座幢房楼层元万平㎡户人])",
    re.IGNORECASE,
)
_DATE_LIKE = re.compile(r"19[0-9]{2}[-./][01]?[0-9][-./][0-3]?[0-9](?![0-9])")
_DATE_DIGITS = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
#: RE2, run over every cell: seven digits near each other in any writing, or what an account or an address begins with
_SUSPECT = (
    rf"(?i)(?:[\p{{Nd}}\p{{No}}{_CHINESE}{_LETTERS}ＯｏＩｌ｜][^\p{{Nd}}\p{{Han}}a-zA-Z]{{0,4}}){{6,}}[\p{{Nd}}\p{{No}}{_CHINESE}{_LETTERS}]"
    r"|[微威薇徽]|卫星号|weixin|wechat|[wvｗｖ]\s*[xｘ]|[vｖ]\s*[信号:：=❤♥]|[加家+＋]\s*[我个下]?\s*[vｖ]|[qｑ]\s*[qｑ号:：=]|扣\s*扣|企鹅|🐧"
    "|身份证|银行卡|储蓄卡|信用卡|社保卡|护照|通行证|驾驶证|驾照|[@＠]|艾特|[(（\\[]at[)）\\]]"
    rf"|[{_PROVINCES}][\s\x{{3000}}]?[A-ZＡ-Ｚ]"
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

    A number that the text itself calls one of a card or a document needs no right check digit. A landline and an e-mail
    address are none of these: a firm has them as well.
    """
    return bool(_identifying(unicodedata.normalize("NFKC", text)))


def is_personal(text: str) -> bool:
    """Whether ``text`` is nothing but one such number."""
    told = unicodedata.normalize("NFKC", text).strip(" '\t:：;；,。()")
    return any(end - start >= len(told) for start, end in _identifying(told))


def masked(text: str) -> str:
    """``text`` with every such number, landline and e-mail address replaced; the rest stays as typed."""
    folded, at = _folded(text)
    spans = _apart([*_identifying(folded), *_reachable(folded)])
    for start, end in reversed(spans):
        text = text[: at[start]] + MASK + text[at[end - 1] + 1 :]
    return text


def personal_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Which texts of a column are nothing but a personal number; quick where none has the length of one."""
    told = pc.replace_substring_regex(column, r"[\s\-—.]", "")
    hit = pc.fill_null(pc.match_substring_regex(told, _WHOLE), fill_value=False).combine_chunks()
    exact = pa.array([is_personal(cell) for cell in column.filter(hit).to_pylist()], pa.bool_())
    return pa.chunked_array([pc.replace_with_mask(pa.array([False] * len(column), pa.bool_()), hit, exact)])


def mask_series(texts: Series) -> tuple[Series, np.typing.NDArray[np.bool_]]:
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


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """``text`` with each letter in NFKC, and where in ``text`` each letter of that stands."""
    if unicodedata.is_normalized("NFKC", text):
        return text, range(len(text))
    letters = [unicodedata.normalize("NFKC", letter) for letter in text]
    return "".join(letters), [place for place, folded in enumerate(letters) for _ in folded]


def _identifying(text: str) -> list[tuple[int, int]]:
    """Where numbers and accounts of persons stand in ``text``."""
    return [
        *_numbers(text, _CITIZEN, _is_citizen),
        *_numbers(text, _CARD, _is_card),
        *_numbers(text, _MOBILE, _is_mobile),
        *(match.span("wx") if match["wx"] else match.span("qq") for match in _ACCOUNT.finditer(text)),
        *(match.span("no") for pattern in (_NAMED, _PLATE) for match in pattern.finditer(text)),
    ]


def _reachable(text: str) -> list[tuple[int, int]]:
    """Where landlines and e-mail addresses stand in ``text``."""
    landlines = (match.span(1) for match in _LANDLINE.finditer(text) if _is_landline(match))
    local = (match.span("no") for match in _LOCAL.finditer(text) if _is_local(match["no"]))
    return [*landlines, *local, *(match.span() for match in _EMAIL.finditer(text))]


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans from first to last, those that overlap as one."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _numbers(text: str, pattern: re.Pattern[str], is_one: Callable[[str], bool]) -> Iterable[tuple[int, int]]:
    spans = (match.span(1) for match in pattern.finditer(text))
    return [(start, end) for start, end in spans if _is_whole(text, start, end) and is_one(text[start:end])]


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no Chinese digit goes on with a number in Chinese digits, and few of its digits are letters."""
    before, after = text[start - 1 : start], text[end : end + 1]
    goes_on = (before and before in _CHINESE and text[start] in _CHINESE) or (
        after and after in _CHINESE and text[end - 1] in _CHINESE
    )
    letters = sum(letter in _LETTERS for letter in text[start:end])
    return not goes_on and 3 * letters <= 2 * len(_digits(text[start:end]))


def _digits(text: str) -> str:
    return re.sub(r"[^0-9Xx]", "", text.translate(_PLAIN)).upper()


def _is_landline(match: re.Match[str]) -> bool:
    number = re.split("转|#|分机", match[1])[0]
    digits = re.sub("^(?:86)?0?", "0", _digits(number)) if "+" in number else _digits(number)
    letters = sum(letter in _LETTERS for letter in number)
    return bool(
        3 * letters < len(digits) and _AREA.match(digits) and not _OF_PAPERS.search(match.string[: match.start()])
    )


def _is_local(number: str) -> bool:
    return not (_DATE_DIGITS.fullmatch(_digits(number)) or any(letter in _LETTERS for letter in number))


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
    text = text.translate(_PLAIN)
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
