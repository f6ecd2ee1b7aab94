"""Letters on paper: the fonts, what they lack, how wide a text is, and where it is broken or cut."""

import unicodedata
from functools import cache, lru_cache

import numpy as np
from matplotlib.font_manager import FontPath, FontProperties, get_font
from matplotlib.ft2font import FT2Font, Glyph, LoadFlags
from numpy.typing import NDArray

from gis.errors import Unavailable
from layers.host.debian import find_fonts

POINT_MM = 25.4 / 72
#: The face of simplified Chinese in a Noto collection, after the Japanese and the Korean one.
SIMPLIFIED = 2
#: Printers' mark for a character that the case does not hold.
GETA = "〓"
ELLIPSIS = "…"
#: Size at which glyphs are measured, points.
EM = 100
#: Marks that no line of Chinese ends with, and those that none begins with.
NOT_LAST = frozenset("(《〈〔【“‘「『")
NOT_FIRST = frozenset(",。、;:?!)》”’」』】〉·…%,.;:?!)")


@cache
def face(*, size_pt: float, bold: bool = False) -> FontProperties:
    """Noto Sans CJK SC.

    Raises:
        Unavailable: kind no_font.
    """
    return FontProperties(fname=_file(bold=bold), size=size_pt)


def lacking(text: str) -> set[str]:
    """The characters of a text for which the fonts have no glyph."""
    return {character for character in set(text) if not _has_glyph(character)}


def clean(text: object) -> str:
    """The text as one line that can be printed: controls are spaces or gone, a character without glyph is 〓."""
    plain = "".join(c for c in str(text) if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    return "".join(c if _has_glyph(c) else GETA for c in " ".join(plain.split()))


def width_mm(text: str, *, size_pt: float, bold: bool = False) -> float:
    """How wide one line of text is."""
    return sum(_advance(c, bold=bold) for c in text) * size_pt * POINT_MM


def outline(text: str, *, bold: bool = False) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """One line of text as corners in ems from the left end of its baseline, and matplotlib's codes for them."""
    corners, codes, pen = [np.empty((0, 2))], [np.empty(0, dtype=np.uint8)], 0.0
    for character in text:
        shape, steps = _glyph(character, bold=bold)
        corners.append(shape + np.array([pen, 0]))
        codes.append(steps)
        pen += _advance(character, bold=bold)
    return np.concatenate(corners), np.concatenate(codes)


def shortened(text: str, *, width: float, size_pt: float, bold: bool = False, ending: str = "") -> str:
    """The text, or as much of it as fits into ``width`` mm with an ellipsis.

    ``ending`` is how it ends in any case, where there is room for that: what says what the text is of. What stands
    before it is cut.
    """

    def fits(line: str) -> bool:
        return width_mm(line, size_pt=size_pt, bold=bold) <= width

    if fits(text):
        return text
    if not text.endswith(ending) or not fits(ELLIPSIS + ending):
        ending = ""
    text = text.removesuffix(ending)
    while text and not fits(text + ELLIPSIS + ending):
        text = text[:-1]
    return text.rstrip() + ELLIPSIS + ending


def wrapped(text: str, *, width: float, size_pt: float, bold: bool = False, most: int | None = None) -> list[str]:
    """The lines of a text in ``width`` mm, of ``most`` the last cut short; words of Latin letters stay whole."""
    lines, line = [], ""
    for word in _words(text):
        if line and word not in NOT_FIRST and width_mm(line + word, size_pt=size_pt, bold=bold) > width:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
    lines = [*lines, line] if line else lines
    if most is None or len(lines) <= most:
        return lines
    return [*lines[: most - 1], shortened("".join(lines[most - 1 :]), width=width, size_pt=size_pt, bold=bold)]


@cache
def _file(*, bold: bool) -> FontPath:
    found = find_fonts()
    if found is None:
        raise Unavailable("缺少中文字体,打印不了,请运行 make install", kind="no_font")
    return FontPath(str(found[bold]), SIMPLIFIED)


def _words(text: str) -> list[str]:
    words: list[str] = []
    for character in text:
        last = words[-1] if words else " "
        latin = character.isascii() and last[-1].isascii() and not character.isspace() and last not in NOT_FIRST
        if not last.isspace() and len(last) < 24 and (latin or last[-1] in NOT_LAST):
            words[-1] += character
        else:
            words.append(character)
    return words


@lru_cache(maxsize=1 << 16)
def _has_glyph(character: str) -> bool:
    return character == " " or all(get_font(_file(bold=b)).get_char_index(ord(character)) for b in (False, True))


@lru_cache(maxsize=1 << 16)
def _advance(character: str, *, bold: bool) -> float:
    """In ems."""
    return float(_loaded(character, bold=bold)[1].linearHoriAdvance / 65536 / EM)


@lru_cache(maxsize=1 << 12)
def _glyph(character: str, *, bold: bool) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    corners, codes = _loaded(character, bold=bold)[0].get_path()
    return np.asarray(corners).reshape(-1, 2) / EM, np.asarray(codes, dtype=np.uint8)


def _loaded(character: str, *, bold: bool) -> tuple[FT2Font, Glyph]:
    font = get_font(_file(bold=bold))
    font.set_size(EM, 72)
    return font, font.load_char(ord(character), flags=LoadFlags.NO_HINTING)
