"""One column of a file at a time → one column of a checked frame, with what could not be read.

Whatever a file holds (texts of a grid, typed columns of a vector file), plain numbers and ISO dates go through Arrow's
own casts, and of the rest each distinct value is interpreted once.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from layers.catalog import Field, Layer, happened_days
from layers.intake import dates, lexicon, numbers, privacy, report
from layers.intake.problems import Mask, Problem, refuse, warn, warn_file
from layers.intake.texts import Series, as_text, bare_code, free, is_number, matches, only, rewritten, text_series, tidy

Moments = np.typing.NDArray[np.datetime64]

#: the largest count a database integer holds
LARGEST_COUNT = 2_147_483_647
#: texts that must be rewritten: a space at an end, two spaces, line ends, odd spaces, full-width letters or digits
_UNTIDY = "^[-—–－/／\\\\]+$|^\\s|\\s$|\\s\\s|[\r\n\t\u00a0\u3000\u200b-\u200d\u2060\ufeff０-９Ａ-Ｚａ-ｚ]"
_DASHES = re.compile(r"[-—–－/／\\]+")
_UNTIDY_NUMBER = "[^!-~\u4e00-\u9fff]|^[-/\\\\'=]|^(无|[Nn]/?[Aa]|null)$|\\.0$"
_PLAIN_NUMBER = r"^-?\d{1,15}(\.\d{1,15})?$"
_ISO = r"^(19|20)\d{2}-[01]\d-[0-3]\d([ T][0-2]\d:[0-5]\d(:[0-5]\d(\.\d{1,6})?)?)?$"
_FLAGS = dict.fromkeys(["是", "有", "y", "yes", "true", "t", "1", "√", "属实", "已核实"], True)
_FLAGS |= dict.fromkeys(["否", "无", "n", "no", "false", "f", "0", "×", "不属实", "未核实"], False)
_SHOWN = 5
_CLOCK = re.compile(r"(?P<hour>\d{1,2})\s*(?:[::.时点]\s*(?:(?P<half>半)|(?P<minute>\d{1,2})分?(?:[::]00)?)?)?")

BAD_DATE = "{title}“{value}”不是一个确切的日期,请写成 2024-03-18 这样"
BAD_CLOCK = "{title}“{value}”不是一天里的时刻,请写成 08:30 这样"
BAD_NUMBER = "{title}“{value}”不是一个确切的数,请只写一个数字"
ABOUT = "{title}“{value}”是约数,按所写的数记"
_EMPTY = "{title}写的是“{value}”,按没有填写记"
TOO_LATE = "{{title}}“{{value}}”晚于明天({last}),已经发生的事不会在那时,请核对年月日"
TOO_EARLY = "{{title}}“{{value}}”早于 {first.year} 年,请核对年月日"
MONTH_ONLY = "{title}“{value}”只写到月,记为该月 1 日"


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """The values of one column (dtype of the field's kind, missing where nothing could be read) and the problems."""

    column: Series
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one distinct text means; with a ``fault`` or ``warning`` (kind, sentence) where it has one."""

    value: Any = None
    fault: tuple[str, str] | None = None
    warning: tuple[str, str] | None = None


def parse_column(
    column: pa.ChunkedArray, field: Field, layer: Layer, *, zone: ZoneInfo, unit: str | None = None,
    today: date | None = None,
) -> Parsed:  # fmt: skip
    """Return the column as ``field``'s values; ``unit`` is what its heading states, ``zone`` that of times without.

    Days of what happened are measured against ``today``, the day in that zone; None takes any later one.
    """
    match field.kind:
        case "text" if field.choices:
            return _words(column, field, lexicon.choices(layer.key, field.name), "str")
        case "text" if field.clock:
            return _clocks(column, field)
        case "text":
            return _texts(column, field, register_number=field.name == layer.number)
        case "whole" | "number":
            return _numbers(column, field, unit)
        case "day" | "moment":
            return _dates(column, field, zone, today or date.max - timedelta(days=1))
        case "flag":
            return _words(column, field, _FLAGS, "boolean")


def _texts(column: pa.ChunkedArray, field: Field, *, register_number: bool) -> Parsed:
    text = as_text(column)
    problems: list[Problem] = []
    long = pc.fill_null(pc.greater(pc.utf8_length(text), report.LONGEST_CELL), fill_value=False).to_numpy()
    if long.any():
        problems = refuse("too_large", field.name, long, f"{{title}}超过 {report.LONGEST_CELL} 字,放不进一个单元格")
        text = only(text, ~long)
    if register_number:
        return Parsed(column=text_series(rewritten(text, _UNTIDY_NUMBER, _register_number)), problems=problems)
    rewrite = free if field.private else _line
    return Parsed(column=text_series(rewritten(text, _UNTIDY, rewrite)), problems=problems)


def _clocks(column: pa.ChunkedArray, field: Field) -> Parsed:
    """Moments of a day as 08:30, from what a spreadsheet or a person writes."""
    read = _Read.of(as_text(column), _clock)
    return Parsed(column=pd.Series(read.column, dtype="str"), problems=read.problems(field))


def _clock(text: str) -> Cell:
    found = _CLOCK.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return Cell() if numbers.is_empty_mark(text) else Cell(fault=("bad_date", BAD_CLOCK))
    hour, minute = int(found["hour"]), 30 if found["half"] else int(found["minute"] or 0)
    return Cell(f"{hour:02d}:{minute:02d}") if hour < 24 and minute < 60 else Cell(fault=("bad_date", BAD_CLOCK))


def _line(text: str) -> str:
    return "" if _DASHES.fullmatch(text.strip()) else tidy(text)


def _register_number(text: str) -> str:
    return "" if numbers.is_empty_mark(text) else bare_code(text)


def _words(column: pa.ChunkedArray, field: Field, words: dict[str, Any], dtype: str) -> Parsed:
    """Words from a list; one that is not in it is left empty, and one warning names those there are."""
    read = _Read.of(
        as_text(column),
        lambda cell: Cell(words.get(lexicon.normal(cell), words.get(lexicon.bare(cell)))),
    )
    strange = [
        text
        for text, cell in zip(read.texts, read.cells, strict=True)
        if cell.value is None and not numbers.is_empty_mark(text)
    ]
    problems: list[Problem] = []
    if strange:
        shown = "、".join(f"“{privacy.masked(text)[:20]}”" for text in strange[:_SHOWN])
        shown += "等" if len(strange) > _SHOWN else ""
        problems = warn_file("unknown_choice", field.name, f"{field.title}里有不认识的写法{shown},这些格按没有填写记")
    return Parsed(column=pd.Series(read.column, dtype=dtype), problems=problems)


def _numbers(column: pa.ChunkedArray, field: Field, unit: str | None) -> Parsed:
    if is_number(column.type):
        values, problems = column.cast(pa.float64()).to_numpy().copy(), list[Problem]()
        plain = ~np.isnan(values)
    else:
        text = as_text(column)
        plain = matches(text, _PLAIN_NUMBER).to_numpy()
        values = only(text, plain).cast(pa.float64()).to_numpy().copy()
        read = _Read.of(only(text, ~plain), lambda cell: _number(cell, field, unit))
        values = np.where(plain, values, read.column.astype(float))
        problems = read.problems(field)
    values[plain] *= numbers.scale(field.unit, unit) or 1.0
    bad = _impossible(values, field) | (plain & (values > 1) & (field.unit == "%" and unit != "%"))
    problems += refuse("bad_number", field.name, bad, _why_impossible(field))
    values[bad] = np.nan
    whole = field.kind == "whole"
    return Parsed(column=pd.Series(pd.array(values, dtype="Int64" if whole else "Float64")), problems=problems)


def _number(text: str, field: Field, unit: str | None) -> Cell:
    if numbers.is_empty_mark(text):
        return Cell(warning=("empty_mark", _EMPTY))
    found = numbers.number(text, field.unit, unit)
    if found is None:
        return Cell(fault=("bad_number", BAD_NUMBER))
    return Cell(found.value, warning=("approx_number", ABOUT) if found.about else None)


def _impossible(values: np.typing.NDArray[np.float64], field: Field) -> Mask:
    with np.errstate(invalid="ignore"):
        bad = np.isinf(values) | (values < (-np.inf if field.least is None else field.least))
        if field.kind == "whole":
            bad |= (values % 1 != 0) & ~np.isnan(values) | (values > LARGEST_COUNT)
    return np.asarray(bad)


def _why_impossible(field: Field) -> str:
    if field.unit == "%":
        return "{title}“{value}”没有百分号,说不清是多少,请写成 85% 或 0.85"
    whole = "整数" if field.kind == "whole" else "数"
    least = "" if field.least is None else f"不小于 {field.least:g} 的"
    return f"{{title}}“{{value}}”不对,应是{least}{whole}"


def _dates(column: pa.ChunkedArray, field: Field, zone: ZoneInfo, today: date) -> Parsed:
    if pa.types.is_temporal(column.type) and not pa.types.is_time(column.type):
        wall, problems = _wall_clock(column, zone), list[Problem]()
    else:
        wall, problems = _written_dates(as_text(column), field, zone)
    odd = ~np.isnat(wall) & ((wall < np.datetime64("1900-01-01")) | (wall >= np.datetime64("2100-01-01")))
    problems += refuse("bad_date", field.name, odd, BAD_DATE)
    wall[odd] = np.datetime64("NaT")
    if field.happened:
        problems += _out_of_time(wall, field, today)
    if field.kind == "day":
        return Parsed(column=pd.Series(wall.astype("datetime64[D]").astype("datetime64[s]")), problems=problems)
    return Parsed(column=_localised(wall, zone), problems=problems)


def _out_of_time(wall: Moments, field: Field, today: date) -> list[Problem]:
    """Refusals of what cannot have happened then, taken out of ``wall``; a month is counted from its first day on."""
    first, last = happened_days(today)
    days = wall.astype("datetime64[M]" if field.name == "month" else "datetime64[D]").astype("datetime64[D]")
    problems = []
    for bad, told in ((days > np.datetime64(last), TOO_LATE), (days < np.datetime64(first), TOO_EARLY)):
        problems += refuse("bad_date", field.name, bad, told.format(first=first, last=last))
        wall[bad] = np.datetime64("NaT")
    return problems


def _written_dates(text: pa.ChunkedArray, field: Field, zone: ZoneInfo) -> tuple[Moments, list[Problem]]:
    iso = matches(text, _ISO).to_numpy()
    try:
        plain = only(text, iso).cast(pa.timestamp("us")).to_numpy()
    except pa.ArrowInvalid:  # a thirtieth of February among them
        iso, plain = np.zeros_like(iso), np.full(len(text), np.datetime64("NaT"), "datetime64[us]")
    read = _Read.of(only(text, ~iso), lambda cell: _date(cell, field, zone))
    return np.where(iso, plain, read.column.astype("datetime64[us]")), read.problems(field)


def _date(text: str, field: Field, zone: ZoneInfo) -> Cell:
    if numbers.is_empty_mark(text):
        return Cell(warning=("empty_mark", _EMPTY))
    found = dates.instant(text)
    if found is None:
        return Cell(fault=("bad_date", BAD_DATE))
    value = found.value if found.value.tzinfo is None else found.value.astimezone(zone).replace(tzinfo=None)
    vague = found.precision == "month" and field.name != "month"
    return Cell(np.datetime64(value, "us"), warning=("date_precision", MONTH_ONLY) if vague else None)


def _wall_clock(column: pa.ChunkedArray, zone: ZoneInfo) -> Moments:
    """Typed dates as clock times in ``zone``."""
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        column = pc.local_timestamp(column.cast(pa.timestamp("us", tz=str(zone)), safe=False))
    return np.asarray(column.cast(pa.timestamp("us"), safe=False).to_numpy()).copy()


def _localised(wall: Moments, zone: ZoneInfo) -> Series:
    """Clock times in ``zone`` as UTC; of an hour that summer time repeats the first counts, one it skips moves on."""
    local = pd.DatetimeIndex(wall).tz_localize(
        zone, ambiguous=np.ones(len(wall), dtype=bool), nonexistent="shift_forward"
    )
    return pd.Series(local.tz_convert("UTC"))


@dataclass(frozen=True, kw_only=True)
class _Read:
    """Every distinct text of a column, read once; ``codes`` says which one each row holds (-1: none)."""

    texts: list[str]
    cells: list[Cell]
    codes: np.typing.NDArray[np.int64]

    @classmethod
    def of(cls, text: pa.ChunkedArray, read: Callable[[str], Cell]) -> "_Read":
        encoded = text.combine_chunks().dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        codes = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
        return cls(texts=texts, cells=[read(one) for one in texts], codes=codes)

    @property
    def column(self) -> Series:
        distinct = np.array([*(cell.value for cell in self.cells), None], dtype=object)
        return pd.Series(distinct[self.codes])

    def problems(self, field: Field) -> list[Problem]:
        found: list[Problem] = []
        for make, told in (
            (refuse, [cell.fault for cell in self.cells]),
            (warn, [cell.warning for cell in self.cells]),
        ):
            for kind, sentence in dict.fromkeys(filter(None, told)):
                which = np.array([one == (kind, sentence) for one in told] + [False])
                found += make(kind, field.name, which[self.codes], sentence)
        return found
