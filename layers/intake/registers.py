"""What small registers ask of a row besides its own cells: rows it names, days in order, one place for each."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from layers.catalog import Field, Layer
from layers.intake.problems import Problem, refuse

#: Which of some values name a row that the field may refer to.
Find = Callable[[Field, Sequence[str]], set[str]]

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
        if field.after is not None and field.after in frame:
            early = (frame[field.name] <= frame[field.after]).fillna(value=False).to_numpy(dtype=bool)
            found += refuse("bad_date", field.name, early, OUT_OF_ORDER)
    return found + _in_two_places(frame, layer)


def _in_two_places(frame: pd.DataFrame, layer: Layer) -> list[Problem]:
    if not layer.one_place or layer.one_place not in frame or layer.number not in frame:
        return []
    places = frame.groupby(layer.number)[layer.one_place].transform("nunique")
    title = next(field.title for field in layer.fields if field.name == layer.one_place)
    return refuse("duplicate", layer.number, np.asarray(places > 1, dtype=bool), TWO_PLACES.format(place=title))
