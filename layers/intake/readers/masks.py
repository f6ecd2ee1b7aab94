"""What a workbook shows of a whole number whose format makes a code of it: 124 as 000124, 7 as 东-007.

Such a cell travels as both texts, the number and what is shown, and the field it belongs to decides between them.
"""

import re
from functools import lru_cache

#: stands between the number and what is shown of it; no cell holds one
BOTH = "\x1f"

_SECTION = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*')
_TOKEN = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[[^\]]*\]|(?P<place>[0#?])|(?P<other>.)', re.DOTALL)
#: what makes a number, a date or a share of a format
_NO_CODE = re.compile(r"[.,%@/a-zA-Z]")
_CONDITION = re.compile(r"\[[<>=]")
_WHOLE = re.compile(r"-?\d{1,15}")


def both(text: str, code: str | None) -> str:
    """``text``, a number as it is read, and behind BOTH what the format ``code`` shows, where that is another text."""
    shown = shown_as_code(text, code) if code and _WHOLE.fullmatch(text) else None
    return text if shown in (None, text) else f"{text}{BOTH}{shown}"


def shown_as_code(number: str, code: str) -> str | None:
    """What ``code`` shows of a whole number; None where it is no format of codes."""
    negative, digits = number.startswith("-"), number.removeprefix("-")
    sections = _sections(code)
    section = sections[1] if negative and len(sections) > 1 else sections[0]
    tokens = _tokens(section)
    if tokens is None or sum(place for _, place in tokens) == 0:
        return None
    shown = "".join(reversed(list(_filled(tokens, digits))))
    return "-" + shown if negative and len(sections) == 1 else shown


def _filled(tokens: list[tuple[str, bool]], digits: str) -> list[str]:
    """From right to left: a digit for each place, all that are left for the first one, literals as they stand."""
    left, found = digits, []
    first = next(at for at, (_, place) in enumerate(tokens) if place)
    for at in range(len(tokens) - 1, -1, -1):
        text, place = tokens[at]
        if not place:
            found.append(text)
        elif at == first:
            found.append(left or ("0" if text == "0" else ""))
        else:
            found.append(left[-1:] or ("0" if text == "0" else ""))
            left = left[:-1]
    return found


@lru_cache(maxsize=512)
def _sections(code: str) -> list[str]:
    return [section for section in _SECTION.findall(code) if section] or [code]


@lru_cache(maxsize=512)
def _tokens(section: str) -> list[tuple[str, bool]] | None:
    """The texts of a section from left to right, and which of them are places of digits; None for other formats."""
    if _CONDITION.search(section):
        return None
    found = []
    for token in _TOKEN.finditer(section):
        literal = token["quoted"] or token["escaped"] or token["other"] or ""
        if token["other"] and _NO_CODE.match(token["other"]):
            return None
        if token["place"] or literal:
            found.append((token["place"] or literal, token["place"] is not None))
    return found
