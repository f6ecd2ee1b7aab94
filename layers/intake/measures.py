"""What a heading of a table of counts says of its column: the month, the register, and which of two figures it is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from layers.intake import dates, lexicon

#: what a figure counts; the others only say that it is one
_PERSONS = frozenset(["人数", "人口", "人口数", "口数", "人", "人次", "人员数", "口"])
_HOUSES = frozenset(
    ["户数", "套数", "间数", "房屋数", "出租屋数", "房屋", "户", "套", "间", "处", "出租屋", "出租房数"]
)
_ANY = frozenset(["", "数", "数量", "总数", "数值", "合计数", "个数", "登记数"])
_ANY_YEAR = 2000  # a month is a month, whichever title tells its year


@dataclass(frozen=True, kw_only=True)
class Measure:
    """The month ("2024-03") and register that a heading speaks of, and in ``figure`` the words that are left."""

    month: str | None
    register: str | None
    figure: str


def measure(names: Sequence[str], titles: Sequence[str]) -> Measure | None:
    """What a heading says that can be read in these ways, its whole words first; None when it is of no count."""
    whole = names[0]
    year = next((year for text in (whole, *titles) if (year := dates.year_of(text)) is not None), None)
    month, rest = _month(whole, year)
    if month is not None:
        register, figure = _register(rest)
        return Measure(month=month, register=register, figure=figure)
    register = lexicon.choice_named("counts", "register", *names)
    if register is not None:
        return Measure(month=None, register=register, figure="")
    register, figure = _register(whole)
    known = register is not None and figure in _PERSONS | _HOUSES
    return Measure(month=None, register=register, figure=figure) if known else None


def any_year(names: Sequence[str]) -> Measure | None:
    """What a heading says of a count, whichever title tells the year."""
    return measure(names, (f"{_ANY_YEAR}年",)) if names[0] else None


def figure_of(figures: Collection[str], register: str) -> str | None:
    """The one of several figures that counts what the register is of: houses or persons; None when none is clear."""
    own = _HOUSES if register == "rental" else _PERSONS
    for words in (own, _ANY):
        fitting = [figure for figure in figures if lexicon.bare(figure) in words]
        if fitting:
            return fitting[0] if len(fitting) == 1 else None
    return None


def _month(text: str, year: int | None) -> tuple[str | None, str]:
    for reading in _readings(text):
        if (month := dates.month_of(reading, year)) is not None:
            return f"{month:%Y-%m}", text.replace(reading, "", 1)
    return None, text


def _register(text: str) -> tuple[str | None, str]:
    """The register among the words of a heading, and the words that are left."""
    for reading in _readings(text):
        if (register := lexicon.choice_named("counts", "register", reading)) is not None:
            return register, lexicon.normal(text.replace(reading, "", 1))
    return None, lexicon.normal(text)


def _readings(text: str) -> tuple[str, ...]:
    """``text`` whole, then what it ends with, then what it begins with, each time one character less."""
    return (text, *(text[cut:] for cut in range(1, len(text))), *(text[:cut] for cut in range(len(text) - 1, 0, -1)))
