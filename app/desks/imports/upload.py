"""Import a file that was handed in: the order beside it says how, the report is put beside it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.core import uploads
from app.desks.imports.desk import import_file
from gis.errors import NotFound
from layers.actor import Actor
from layers.copy import Progress
from layers.intake.options import ReadOptions
from layers.intake.privacy import masked
from layers.profile import CityProfile

ORDER, REPORT = "order", "report"


def give_order(data: Path, upload: str, *, layer: str, name: str, options: ReadOptions) -> None:
    """Say what is to be done with an upload; ``name`` is what the file was called. An earlier report is forgotten.

    Personal data in the name are masked: the note lies on the disk.
    """
    uploads.drop(data, upload, f"{REPORT}.json")
    uploads.write_note(data, upload, ORDER, {"layer": layer, "name": masked(name), "options": asdict(options)})


def import_upload(
    engine: sa.Engine, actor: Actor, profile: CityProfile, data: Path, upload: str, *, progress: Progress | None = None
) -> dict[str, Any]:
    """The report of the import as JSON, also kept beside the upload; a file that was taken is forgotten.

    Done a second time, after a worker has died, it gives the same report.

    Raises:
        NotFound: no such upload, or nobody said what is to be done with it.
    """
    order = uploads.read_note(data, upload, ORDER)
    try:
        return uploads.read_note(data, upload, REPORT)
    except NotFound:
        path = uploads.file_of(data, upload)
    options = ReadOptions(**order["options"])
    report = import_file(
        engine, actor, profile, layer=order["layer"], path=path, name=order["name"], options=options, progress=progress
    ).to_json()
    uploads.write_note(data, upload, REPORT, report)
    if report["file"] is None:
        uploads.drop(data, upload, uploads.FILE)
    return report
