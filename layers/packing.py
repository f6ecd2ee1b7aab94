"""The tables of a gazetteer as bytes and back, as plain arrays without pickle: reading them runs no stored code."""

import io
from typing import Any

import numpy as np
import pandas as pd

from gis.gazetteer import Tables

_END = "\0"


def packed(known: Tables) -> bytes:
    """The tables as one compressed archive of arrays; texts once each, as UTF-8."""
    arrays: dict[str, np.typing.NDArray[Any]] = {}
    for name, frame in known._asdict().items():
        for title in frame:
            column = frame[title].to_numpy()
            if column.dtype.kind in "fib":
                arrays[f"{name}.{title}"] = column
                continue
            where, distinct = pd.factorize(frame[title].astype(object))
            arrays[f"{name}.{title}"] = where.astype("int32")
            arrays[f"{name}.{title}.texts"] = np.frombuffer(_END.join(distinct).encode(), dtype="uint8")
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def unpacked(body: bytes) -> Tables:
    """The tables that were packed, each in the order of its rows."""
    frames: dict[str, dict[str, np.typing.NDArray[Any]]] = {name: {} for name in Tables._fields}
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        for key in arrays.files:
            name, title, *is_text = key.split(".")
            if is_text:
                continue
            column = arrays[key]
            if f"{key}.texts" in arrays.files:
                texts = np.array(arrays[f"{key}.texts"].tobytes().decode().split(_END), dtype=object)
                column = texts[column] if len(column) else np.empty(0, dtype=object)
            frames[name][title] = column
    return Tables(**{name: pd.DataFrame(columns) for name, columns in frames.items()})
