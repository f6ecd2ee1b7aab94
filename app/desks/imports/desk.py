"""Import one file into one layer: read in the sandbox, check everything, store in one transaction."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from app.core.files import replacing
from app.desks.imports.merge import merged_register
from gis.errors import Forbidden, IntakeError, NotFound, Refused
from gis.gazetteer import Gazetteer
from layers import catalog, placing, read, registers, write
from layers.actor import Actor
from layers.copy import Progress
from layers.database import be_patient, joined, transaction, writing
from layers.gazetteer import present
from layers.intake import privacy, understood
from layers.intake.options import ReadOptions
from layers.intake.readers import foreign
from layers.intake.register import Register, read_register
from layers.intake.report import Fault, FileFault, Report, write_refused
from layers.profile import CityProfile
from layers.tips import today

#: thousandths of the work done once the file is read, understood and sent, as measured; then the indexes grow
READ, UNDERSTOOD, SENT, ALL = 550, 700, 770, 1000


def import_file(
    engine: sa.Engine, actor: Actor, profile: CityProfile, *, layer: str, path: Path, options: ReadOptions,
    name: str | None = None, progress: Progress | None = None,
) -> Report:  # fmt: skip
    """What became of the file; refused rows also stand beside it as ``NAME.refused.xlsx``, or a warning says why not.

    ``name`` is what its owner calls it, where that is not the path's. ``progress`` hears of reading too. A file refused
    as a whole gives a report whose ``file`` says why; nothing is stored then. Rows are stored in one transaction: all
    of the accepted ones or, when the process dies at any moment, none.

    Raises:
        NotFound: no such layer or file.
        Forbidden: kind out_of_scope, the layer is the whole city's, or a row lies outside the actor's area.
    """
    wanted, tell = catalog.layer_named(layer), progress or _nobody
    if actor.scope and wanted.family in ("areas", "roads"):
        raise Forbidden(f"{wanted.title}是全市共用的,只有管辖全市的账户能导入", kind="out_of_scope")
    if not path.is_file():
        told = f"{path} 是文件夹,不是文件" if path.is_dir() else f"没有文件 {path}"
        raise NotFound((path.is_dir() and foreign.sentence_of(path.suffix)) or told, kind="no_file")
    with transaction(engine, actor) as connection:
        codes, day = read.areas(connection), today(connection)
    known = cache(
        partial(_known, engine, actor, profile)
    )  # seconds, where it has to be made: once, and only when wanted
    try:
        register = read_register(
            path, wanted, profile=profile, codes=codes, options=options, today=day,
            locate=lambda addresses: placing.communities_of(known(), addresses),
            known=lambda field, values: _named(engine, actor, profile, field, values),
            tell=lambda share: tell(int(READ * share), ALL),
        )  # fmt: skip
        tell(UNDERSTOOD, ALL)
        batch = {
            "layer": layer, "file_name": privacy.masked(name or path.name), "sha256": _digest(path),
            "account": actor.account,
        }  # fmt: skip
        report, rejects = _stored(engine, actor, profile, wanted, register, batch, known, _writing(tell))
    except IntakeError as error:
        named = foreign.named(error, name or path.name)
        return Report(file=FileFault(kind=named.kind, sentence=privacy.masked(named.sentence)))
    tell(ALL, ALL)
    unwritten = hand_back(path, partial(write_refused, rejects=rejects) if len(rejects) else None)
    return dataclasses.replace(report, warnings=(*report.warnings, *unwritten))


def rehearse_import(
    engine: sa.Engine, actor: Actor, profile: CityProfile, *, layer: str, path: Path, name: str | None = None,
    options: ReadOptions,
) -> Report:  # fmt: skip
    """What ``import_file`` would report of the file; nothing is stored.

    Raises:
        NotFound: no such layer or file.
    """
    with joined(engine, actor) as connection:
        before = connection.begin_nested()
        report = import_file(engine, actor, profile, layer=layer, path=path, name=name, options=options)
        before.rollback()
    return report


def _stored(
    engine: sa.Engine, actor: Actor, profile: CityProfile, layer: catalog.Layer, register: Register,
    batch: dict[str, str], known: Callable[[], Gazetteer], tell: Progress,
) -> tuple[Report, pd.DataFrame]:  # fmt: skip
    """What storing the rows made of them, all in one transaction, and the rows that were refused.

    ``known`` are the places before the import.

    Raises:
        IntakeError: rows that need a shape have none.
    """
    if layer.address is not None and bool(register.frame.geometry.isna().any()):
        known()
    with transaction(writing(engine), actor) as connection:
        be_patient(connection)
        batch_id = write.open_batch(connection, **batch)
        merged = merged_register(connection, profile, layer, register)
        tally = write.load(
            connection, layer, registers.with_area(layer, merged.frame, profile), batch_id=batch_id, progress=tell
        )
        registers.place_by_premises(connection, layer)
        warnings = (*register.warnings, *_unversioned(register, tally.updated))
        if layer.address is not None and merged.bare.any():
            placed = placing.place_rows(connection, profile, layer, known(), batch_id=batch_id)
            warnings += tuple(_by_address(layer, placed))
        report = Report(
            accepted=tally.accepted, updated=tally.updated, unchanged=tally.unchanged + merged.unchanged,
            skipped=register.skipped, refused=(*register.refused, *merged.conflicts), warnings=warnings,
        )  # fmt: skip
        write.close_batch(connection, batch_id, _remembered(report))
    if not len(merged.clashing):
        return report, register.rejects
    return report, pd.concat([register.rejects, register.rejects_at(merged.clashing, merged.conflicts)])


def _unversioned(register: Register, updated: int) -> list[Fault]:
    """A warning that nobody knows which cells of a workbook of ours were edited, where rows were overwritten."""
    if not register.unversioned or not updated:
        return []
    sentence = (
        f"更新的 {updated} 行以表里的为准:表里没有“{understood.BASE}”这一页,"
        "看不出哪些格是改过的,导出以后别处的改动可能被盖掉"
    )
    return [Fault(kind="no_base", sentence=sentence)]


def _nobody(_done: int, _total: int) -> None:
    """Nobody listens."""


def _writing(tell: Progress) -> Progress:
    """What hears of rows written, and tells it as the last part of the whole work."""
    return lambda done, total: tell(UNDERSTOOD + (SENT - UNDERSTOOD) * done // max(total, 1), ALL)


def _known(engine: sa.Engine, actor: Actor, profile: CityProfile) -> Gazetteer:
    with transaction(engine, actor) as connection:
        return present(connection, profile)


def _named(
    engine: sa.Engine, actor: Actor, profile: CityProfile, field: catalog.Field, values: Sequence[str]
) -> set[str]:  # fmt: skip
    """Which of the values name rows that the field may refer to."""
    with transaction(engine, actor) as connection:
        return registers.known(connection, profile, field, values)


def _by_address(layer: catalog.Layer, rows: placing.Placed) -> list[Fault]:
    """One warning for all rows that were placed by their address or could not be."""
    told = []
    if rows.placed:
        told.append(f"{rows.placed} 行没有坐标,已按地址定位,可能偏离的米数写在“位置误差”里")
    if rows.left:
        told.append(f"{rows.left} 行没有位置,已保存;可导出这些行补上坐标(命令里用 export {layer.key} 文件 --unplaced)")
    return [Fault(kind="unplaced", field=layer.address, sentence=";".join(told))] if told else []


def hand_back(path: Path, write: Callable[[Path], object] | None) -> list[Fault]:
    """Put what ``write`` writes beside ``path`` as its refused rows; without any, what an earlier import left goes.

    The rows are stored already: a folder that cannot be written is a warning and no failure.
    """
    target = path.with_name(f"{path.stem}.refused.xlsx")
    try:
        if write is not None:
            with replacing(target) as unfinished:
                write(unfinished)
        elif target.is_file() and not target.is_symlink():
            target.unlink()
    except (Refused, OSError) as error:
        told = f"{target.name} 没有写成({error});被拒绝的行只列在这份报告里"
        if target.exists():
            told = f"旧的 {target.name} 换不掉,它不是这次的;被拒绝的行只列在这份报告里"
        return [Fault(kind="not_writable", sentence=told)]
    return []


def _remembered(report: Report) -> dict[str, object]:
    """The counts, without the faults: they may quote what the file said."""
    counts = ("accepted", "unchanged", "updated", "skipped")
    return {name: getattr(report, name) for name in counts} | {"refused": len(report.refused)}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
