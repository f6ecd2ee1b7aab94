"""Lay an exported workbook that comes back over what is stored by now: gather both, decide cell by cell."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import sqlalchemy as sa

from gis.frames import DTYPES
from layers import batches, catalog, read, write
from layers.intake.merging import Merged, by_uuid, edited, merge
from layers.intake.register import Register
from layers.profile import CityProfile


def merged_register(
    connection: sa.Connection, profile: CityProfile, layer: catalog.Layer, register: Register
) -> Merged:
    """The rows of the register to store; all of them where it does not say what was exported.

    Stored rows that the workbook edits stay locked until the transaction ends.
    """
    frame = register.frame
    if register.base is None:
        bare = frame.geometry.isna().to_numpy() if layer.geometry else np.zeros(len(frame), dtype=bool)
        return Merged(frame=frame, bare=bare, unchanged=0, clashing=np.empty(0, np.int64), conflicts=())
    write.lock(connection, layer)
    theirs = by_uuid(frame, batches.uuids(frame, layer))
    base = by_uuid(register.base, batches.uuids(register.base, layer))
    base = base[~base.index.duplicated()]
    changed = edited(theirs, base, layer)
    there = read.stored_uuids(connection, layer.key, list(theirs.index[~changed]))
    at = np.flatnonzero(changed | ~theirs.index.isin(list(there)))
    rows = read.locked_rows(connection, layer.key, list(theirs.index[at]))
    stored = by_uuid(rows, rows["identity"].to_numpy(dtype=object))

    merged = merge(
        theirs.iloc[at], base, stored, layer, sheets=register.sheets[at].tolist(), rows=register.rows[at].tolist(),
        zone=profile.zone,
    )  # fmt: skip
    return dataclasses.replace(
        merged,
        frame=_typed(merged.frame, layer),
        unchanged=merged.unchanged + len(theirs) - len(at),
        clashing=at[merged.clashing],
    )


def _typed(frame: pd.DataFrame, layer: catalog.Layer) -> pd.DataFrame:
    """The frame with the types of its fields, and its shapes as such."""
    frame = frame.astype({field.name: DTYPES[field.kind] for field in layer.fields if field.name in frame})
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=read.SRID) if layer.geometry else frame
