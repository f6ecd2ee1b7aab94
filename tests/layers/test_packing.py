"""A gazetteer as bytes and back."""

import pandas as pd
import pytest

from gis.gazetteer import tables
from layers.packing import packed, unpacked

CODE = "990101001001"


@pytest.mark.parametrize("rows", [0, 1])
def test_the_tables_come_back_from_their_bytes(rows: int) -> None:
    columns = ["name", "code", "x", "y", "radius_m"]
    told = {
        "areas": ("西县", "990101000000", 0.0, 0.0, 9000.0),
        "roads": ("人民路", CODE, 1.0, 2.0, 80.0),
        "houses": ("人民路5号附2号", CODE, 44.0, 0.0, 0.0),
        "sites": ("嘉苑宾馆", CODE, 15.0, 5.0, 30.0),
    }
    frames = {name: pd.DataFrame([row] * rows, columns=columns) for name, row in told.items()}
    frames["areas"] = frames["areas"].assign(level="county")
    made = tables(**frames)
    for before, after in zip(made, unpacked(packed(made)), strict=True):
        pd.testing.assert_frame_equal(before, after, check_dtype=False)
