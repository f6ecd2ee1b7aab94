"""Import one file into one layer: read in the sandbox, check everything, store in one transaction."""

import dataclasses
import hashlib
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from app.workflows.files import replacing
from gis.errors import IntakeError, NotFound
from layers import read, write
from layers.catalog import Layer, layer_named
from layers.copy import Progress
from layers.database import transaction
from layers.intake.options import ReadOptions
from layers.intake.register import read_register
from layers.intake.report import Fault, FileFault, Report, write_refused
from layers.profile import CityProfile

ACCOUNT = "本机"


def import_file(
    engine: sa.Engine, profile: CityProfile, *, layer: str, path: Path, options: ReadOptions, account: str = ACCOUNT,
    progress: Progress | None = None,
) -> Report:  # fmt: skip
    """What became of the file; refused rows also stand beside it as ``NAME.refused.xlsx``.

    A file refused as a whole gives a report whose ``file`` says why; nothing is stored then. Rows are stored in one
    transaction: all of the accepted ones or, when the process dies at any moment, none.

    Raises:
        NotFound: no such layer or file.
    """
    wanted = layer_named(layer)
    if not path.is_file():
        raise NotFound(f"没有文件 {path}", kind="no_file")
    with transaction(engine) as connection:
        codes = read.areas(connection)
    try:
        register = read_register(path, wanted, profile=profile, codes=codes, options=options)
    except IntakeError as error:
        return Report(file=FileFault(kind=error.kind, sentence=error.sentence))
    report = Report(skipped=register.skipped, refused=register.refused, warnings=register.warnings)
    with transaction(engine) as connection:
        batch_id = write.open_batch(connection, layer=layer, file_name=path.name, sha256=_digest(path), account=account)
        tally = write.load(connection, wanted, register.frame, batch_id=batch_id, progress=progress)
        report = dataclasses.replace(report, **dataclasses.asdict(tally))
        write.close_batch(connection, batch_id, _remembered(report))
    _hand_back(register.rejects, path)
    return dataclasses.replace(report, warnings=(*report.warnings, *_without_border(wanted, register.frame)))


def _without_border(layer: Layer, frame: pd.DataFrame) -> list[Fault]:
    """One warning for all areas that are kept without a border."""
    missing = int(frame.geometry.isna().sum()) if layer.family == "areas" else 0
    sentence = f"{missing} 个区划没有边界,已保存并列为待绘边界;再导入边界文件即可补上"
    return [Fault(kind="no_location", field="geometry", sentence=sentence)] if missing else []


def _hand_back(rejects: pd.DataFrame, path: Path) -> None:
    target = path.with_name(f"{path.stem}.refused.xlsx")
    if len(rejects):
        with replacing(target) as unfinished:
            write_refused(unfinished, rejects)
    elif target.is_file() and not target.is_symlink():
        target.unlink()


def _remembered(report: Report) -> dict[str, object]:
    """The counts, without the faults: they may quote what the file said."""
    counts = ("accepted", "unchanged", "updated", "skipped")
    return {name: getattr(report, name) for name in counts} | {"refused": len(report.refused)}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
