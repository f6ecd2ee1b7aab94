"""What a result was computed from, kept as GeoParquet under its own hash, so that it can be computed again."""

import hashlib
from io import BytesIO
from pathlib import Path

import geopandas as gpd

from app.workflows.files import replacing

FOLDER = "snapshots"


def keep_snapshot(data: Path, frame: gpd.GeoDataFrame) -> str:
    """The SHA-256 of the frame as GeoParquet, which then lies in the data folder under that name.

    Raises:
        Refused: the data folder cannot be written.
    """
    written = BytesIO()
    frame.to_parquet(written, index=False)
    digest = hashlib.sha256(written.getbuffer()).hexdigest()
    path = data / FOLDER / f"{digest}.parquet"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(path) as unfinished:
            unfinished.write_bytes(written.getbuffer())
    return digest
