"""Snapshots of the inputs of a result: GeoParquet files named by their SHA-256, for recomputing it."""

import hashlib
import time
from collections.abc import Collection
from io import BytesIO
from pathlib import Path

import geopandas as gpd

from app.core.files import replacing
from gis.errors import NotFound, Refused

FOLDER = "snapshots"
#: What was written or used so lately may belong to a result that is not stored yet.
_FRESH_SECONDS = 3600


def keep_snapshot(data: Path, frame: gpd.GeoDataFrame) -> str:
    """The SHA-256 of the frame as GeoParquet, which then lies in the data folder under that name.

    Raises:
        Refused: the data folder cannot be written.
    """
    written = BytesIO()
    frame.to_parquet(written, index=False)
    digest = hashlib.sha256(written.getbuffer()).hexdigest()
    path = _path(data, digest)
    if path.exists():
        path.touch()  # in use again
        return digest
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with replacing(path) as unfinished:
        unfinished.write_bytes(written.getbuffer())
    return digest


def read_snapshot(data: Path, digest: str) -> gpd.GeoDataFrame:
    """The frame that was kept under that hash.

    Raises:
        NotFound: it is not there: swept away, or kept in another data folder.
        Refused: it was changed since.
    """
    path = _path(data, digest)
    try:
        kept = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"快照 {digest[:12]}… 已不在 {path.parent}", kind="no_snapshot") from error
    if hashlib.sha256(kept).hexdigest() != digest:
        raise Refused(f"快照 {path} 被改动过,不能用来重算", kind="changed_snapshot")
    return gpd.read_parquet(BytesIO(kept))  # type: ignore[arg-type]  # its stubs know paths alone


def sweep_snapshots(data: Path, named: Collection[str]) -> None:
    """Remove the snapshots that no result of ``named`` came from, but those used within the last hour."""
    oldest = time.time() - _FRESH_SECONDS
    for path in (data / FOLDER).glob("*.parquet"):
        if path.stem not in named and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _path(data: Path, digest: str) -> Path:
    return data / FOLDER / f"{digest}.parquet"
