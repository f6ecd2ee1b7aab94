"""What small registers ask of a row besides its own cells: rows it names, days in order, one place for each."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from layers.actor import NO_POST, PUBLIC_POST
from layers.catalog import Field, Layer
from layers.intake.problems import Problem, refuse

#: Which of some values name a row that the field may refer to.
Find = Callable[[Field, Sequence[str]], set[str]]

#: What may be kept of an official on duty: a name, and a telephone of at most 13 digits, which no ID number is.
_OFFICIAL = {"name": r"[^\W\d_·]{2,12}(?:·[^\W\d_·]{1,12})*", "work_phone": r"(?:[-+() ]*\d){3,13}[-+() ]*"}
ONLY_OFFICIALS = "{title}只写一位在岗人员的姓名或办公电话,“{value}”不像;请不要填写别的个人信息"
OURS = (NO_POST, PUBLIC_POST)
RESERVED = "{title}“{value}”是系统自己用的,请换一个"
OUT_OF_ORDER = "{title}“{value}”要晚于前面的日期"
TWO_PLACES = "{{title}}“{{value}}”写了不止一个{place},只能在一处;请留下对的那一行"


def row_problems(frame: pd.DataFrame, layer: Layer, known: Find | None) -> list[Problem]:
    """Refusals of rows that name what there is not, end before they begin, or say of one thing that it has two places.

    Without ``known`` nothing is looked up.
    """
    found: list[Problem] = []
    for field in layer.fields:
        if field.name not in frame:
            continue
        if field.reference is not None and known is not None:
            told = frame[field.name].dropna().unique().tolist()
            missing = set(told) - known(field, told) if told else set()
            at = frame[field.name].isin(missing).to_numpy(dtype=bool)
            found += refuse("unknown_code", field.name, at, field.reference.sentence)
        if field.official:
            wrong = frame[field.name].notna() & ~frame[field.name].str.fullmatch(_OFFICIAL[field.name]).fillna(
                value=False
            )
            found += refuse("personal_data", field.name, wrong.to_numpy(dtype=bool), ONLY_OFFICIALS)
        if field.after is not None and field.after in frame:
            early = (frame[field.name] <= frame[field.after]).fillna(value=False).to_numpy(dtype=bool)
            found += refuse("bad_date", field.name, early, OUT_OF_ORDER)
    if layer.key == "posts" and layer.number in frame:
        found += refuse("duplicate", layer.number, frame[layer.number].isin(OURS).to_numpy(dtype=bool), RESERVED)
    return found + _in_two_places(frame, layer)


def _in_two_places(frame: pd.DataFrame, layer: Layer) -> list[Problem]:
    if not layer.one_place or layer.one_place not in frame or layer.number not in frame:
        return []
    places = frame.groupby(layer.number)[layer.one_place].transform("nunique")
    title = next(field.title for field in layer.fields if field.name == layer.one_place)
    return refuse("duplicate", layer.number, np.asarray(places > 1, dtype=bool), TWO_PLACES.format(place=title))
