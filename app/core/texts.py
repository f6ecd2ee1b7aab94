"""The one way to take in what people type: stripped, visible, of its length, personal data masked."""

import unicodedata

from gis.errors import Refused
from layers.intake.privacy import masked

#: Control and format characters (such as those that turn the direction of writing), halves of letters, line separators.
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def plain(value: str) -> str:
    """The text without space around it, with line feeds alone between lines, and its tabs as spaces."""
    return value.replace("\r\n", "\n").replace("\t", " ").strip()


def cleaned(value: str) -> str:
    """What is stored of a text without a fault: ``plain``, with personal data masked."""
    return masked(plain(value))


def fault(value: object, title: str, *, most: int, lines: bool = False) -> str:
    """Why this cannot be the text of the field called ``title``, in one sentence; "" where it can.

    It has at most so many letters once it is ``plain``, and more than one line only where ``lines`` says so.
    """
    if not isinstance(value, str):
        return f"{title}要是文字"
    text = plain(value)
    if not lines and "\n" in text:
        return f"{title}要写在一行里"
    if any(unicodedata.category(letter) in _HIDDEN for letter in text.replace("\n", "")):
        return f"{title}里有不能保存的字符"
    return f"{title}太长:最多 {most} 字,现有 {len(text)} 字" if len(text) > most else ""


def take(value: object, title: str, *, most: int, kind: str, lines: bool = False) -> str:
    """The text as it is stored, "" for None.

    Raises:
        Refused: it has a ``fault``; of that kind.
    """
    sentence = fault("" if value is None else value, title, most=most, lines=lines)
    if sentence:
        raise Refused(sentence, kind=kind)
    return cleaned(str(value or ""))
