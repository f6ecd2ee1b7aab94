"""A stranger's file → one checked frame of a layer, and everything that was wrong with it.

No database is touched: what is known of the areas comes in as a frame.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.errors import IntakeError
from gis.frames import check_frame
from layers.catalog import POINT, Field, Layer
from layers.intake import (
    areas,
    boundaries,
    coordinates,
    findings,
    headings,
    identity,
    leftover,
    lexicon,
    names,
    privacy,
    registers,
    required,
    sandbox,
    texts,
    topology,
    understood,
    values,
)
from layers.intake.cells import Cells
from layers.intake.community import COMMUNITY, community_codes, titled_communities
from layers.intake.options import AS_IT_IS, ReadOptions
from layers.intake.problems import Mask, Positions, Problem, refuse, refused_rows, warn
from layers.intake.raw import RawTable
from layers.intake.report import Fault
from layers.profile import CityProfile

_TEN_DIGITS = 1e10
_CODES = ("code", "community_code")  # checked against the city's pattern or list
_LOOSE_CODES = ("parent_code", "former_code")

#: The community in which each of some addresses lies, None where that is not sure.
Locate = Callable[[Sequence[str]], Sequence[str | None]]


@dataclass(frozen=True, kw_only=True)
class Register:
    """``frame`` holds the rows to store; ``records`` = its rows + ``skipped`` + rows refused; ``rejects`` are those.

    ``sheets`` and ``rows`` say where in the file each row of the frame stands. ``base`` is what an exported workbook
    remembers of its cells (``cells`` is there then, and ``positions`` of the frame's rows in it); ``unversioned`` says
    that it should remember them and does not.
    """

    frame: gpd.GeoDataFrame | pd.DataFrame
    sheets: np.typing.NDArray[np.object_]
    rows: np.typing.NDArray[np.int64]
    refused: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    skipped: int
    records: int
    rejects: pd.DataFrame
    base: gpd.GeoDataFrame | pd.DataFrame | None = None
    cells: Cells | None = None
    positions: Positions
    unversioned: bool = False

    def rejects_at(self, rows: Positions, faults: Sequence[Fault]) -> pd.DataFrame:
        """More rejects: those rows of the frame, with what is wrong with them; only where there is a ``base``."""
        refused = np.zeros(0 if self.cells is None else len(self.cells), dtype=bool)
        refused[self.positions[rows]] = True
        return self.rejects if self.cells is None else findings.rejects(self.cells, refused, faults)


@dataclass(kw_only=True)
class _Draft:
    """What is known so far of the rows of one file."""

    cells: Cells
    frame: pd.DataFrame
    problems: list[Problem]
    shapes: np.typing.NDArray[np.object_] | None = None
    placed: Mask = field(default_factory=lambda: np.empty(0, dtype=bool))

    def passed_over(self) -> Mask:
        """Counts of which only a dash says that there is none: no record, and no fault."""
        passed = np.zeros(len(self.cells), dtype=bool)
        for problem in self.problems:
            if problem.kind == "empty_mark" and problem.field == "count":
                passed[problem.rows] = True
        return passed

    def out(self) -> Mask:
        """Rows that will not be stored."""
        return refused_rows(self.problems, len(self.cells)) | self.passed_over()


def read_register(
    path: Path, layer: Layer, *, profile: CityProfile, codes: pd.DataFrame, options: ReadOptions = AS_IT_IS,
    today: date | None = None, locate: Locate | None = None, known: registers.Find | None = None,
    tell: sandbox.Tell | None = None,
) -> Register:  # fmt: skip
    """Return the rows of the file at ``path`` that can be stored in ``layer``, and every fault of the others.

    ``tell`` hears which share of the file has been read, ``known`` says which of some values are rows of other layers.
    ``codes`` are the areas known (code, name, level, parent_code,
    former_code, former_name, geometry; may be empty). What happened cannot be later than the day after ``today``, the
    day in the city. The frame has the layer's fields that the file tells, ``identity``, and geometry in EPSG:4490 where
    the layer has one.

    Raises:
        IntakeError: the file as a whole cannot be taken; kind and sentence say why.
        Refused: an option names a field or CRS that there is not.
    """
    tables = sandbox.open_file(path, sheet=options.sheet, tell=tell)
    if options.sheet is not None:
        tables += _page(path, understood.BASE)
    return understand(
        tables, layer, profile=profile, codes=codes, options=options, today=today, locate=locate, known=known
    )


def _page(path: Path, name: str) -> list[RawTable]:
    """The sheet of that name, where there is one."""
    try:
        return sandbox.open_file(path, sheet=name)
    except IntakeError:
        return []


def understand(
    tables: Sequence[RawTable],
    layer: Layer,
    *,
    profile: CityProfile,
    codes: pd.DataFrame,
    options: ReadOptions = AS_IT_IS,
    today: date | None = None,
    locate: Locate | None = None,
    known: registers.Find | None = None,
) -> Register:
    """Return the register that the raw ``tables`` of one file hold; see ``read_register``."""
    draft = _parsed(understood.cells_of(tables, layer, options), layer, profile, today)
    draft.problems += leftover.column_warnings(draft.cells, layer)
    draft.placed = np.zeros(len(draft.cells), dtype=bool)
    if layer.geometry not in ((), POINT):
        _bounded(draft, layer, profile, codes, options)
    elif any(field.name == "community_code" for field in layer.fields):
        _located(draft, layer, profile, codes, options)
        if locate is not None and layer.address in draft.frame:
            _by_address(draft, str(layer.address), locate)
    _mask(draft, layer)
    draft.problems += registers.row_problems(draft.frame, layer, known)
    _require(draft, layer, codes)
    draft.frame["identity"], repeats = identity.identities(draft.frame, layer, draft.shapes, draft.cells, draft.out())
    draft.problems += repeats
    _compare(draft, layer, profile, codes)
    register = _register(draft, layer)
    pages = {raw.sheet for raw in tables}
    base = _base(tables, layer, profile, codes, options.crs, locate) if understood.BASE in pages else None
    if base is not None:
        return replace(register, base=base, cells=draft.cells)
    ours = bool(draft.cells.filled(lexicon.ROW_ID).any()) or understood.INSTRUCTIONS in pages
    return replace(register, unversioned=ours)


def _base(
    tables: Sequence[RawTable], layer: Layer, profile: CityProfile, codes: pd.DataFrame, crs: str | None,
    locate: Locate | None,
) -> pd.DataFrame | None:  # fmt: skip
    """What a workbook says was exported, read as its register is; None where nobody can read it as that."""
    pages = [replace(raw, sheet=None) for raw in tables if raw.sheet == understood.BASE]
    try:
        stated = ReadOptions(crs=crs)
        return understand(pages, layer, profile=profile, codes=codes, options=stated, locate=locate).frame
    except IntakeError:
        return None


def _parsed(cells: Cells, layer: Layer, profile: CityProfile, today: date | None) -> _Draft:
    columns = {}
    problems = [
        problem.shifted(start)
        for part, start in zip(cells.parts, cells.starts, strict=True)
        for problem in part.problems
    ]
    for wanted in layer.fields:
        if wanted.name in cells.columns and wanted.name != "community_code":
            parsed = _column(cells, wanted, layer, profile, today)
            columns[wanted.name] = parsed.column
            problems += parsed.problems
    return _Draft(cells=cells, frame=pd.DataFrame(columns, index=pd.RangeIndex(len(cells))), problems=problems)


def _column(cells: Cells, wanted: Field, layer: Layer, profile: CityProfile, today: date | None) -> values.Parsed:
    """One field of all sheets; each sheet's heading may state another unit."""
    column = cells.columns[wanted.name]
    units = [headings.unit_of(part.headings.get(wanted.name, ""), part.titles, wanted) for part in cells.parts]
    if len(set(units)) == 1:
        return values.parse_column(column, wanted, layer, zone=profile.zone, unit=units[0], today=today)
    pieces = [
        values.parse_column(
            column.slice(start, len(part.rows)), wanted, layer, zone=profile.zone, unit=unit, today=today
        )
        for part, start, unit in zip(cells.parts, cells.starts, units, strict=True)
    ]
    problems = [p.shifted(start) for piece, start in zip(pieces, cells.starts, strict=True) for p in piece.problems]
    return values.Parsed(column=pd.concat([piece.column for piece in pieces], ignore_index=True), problems=problems)


def _located(draft: _Draft, layer: Layer, profile: CityProfile, codes: pd.DataFrame, options: ReadOptions) -> None:
    """Communities and points of premises, records and counts."""
    cells = draft.cells
    names = cells.texts("community_name")
    if layer.family == "counts":
        names = titled_communities(cells, names, codes)
    community, problems = community_codes(cells.texts("community_code"), names, codes)
    draft.frame["community_code"] = community
    draft.problems += problems
    if layer.geometry:
        found = coordinates.places(cells, profile=profile, options=options)
        draft.placed, draft.shapes = found.given, coordinates.points(found)
        draft.problems += found.problems
        if "geometry" in codes:
            draft.problems += coordinates.contradictions(found, community, codes)


def _by_address(draft: _Draft, field: str, locate: Locate) -> None:
    """Give rows that state no community the one in which their address lies for sure."""
    states_none = draft.cells.filled(*COMMUNITY)
    at = np.flatnonzero(~states_none & draft.frame[field].notna().to_numpy())
    if len(at):
        codes = draft.frame["community_code"].to_numpy(object).copy()
        codes[at] = locate(draft.frame[field].iloc[at].tolist())
        draft.frame["community_code"] = pd.Series(codes, dtype="str")


def _bounded(draft: _Draft, layer: Layer, profile: CityProfile, codes: pd.DataFrame, options: ReadOptions) -> None:
    """Codes and borders of areas, lines of roads."""
    if layer.family == "areas":
        draft.frame, problems = areas.completed(draft.frame, layer, profile, codes)
        draft.problems += problems
    found = boundaries.borders(draft.cells, layer, profile=profile, options=options)
    draft.shapes = found.shapes
    draft.placed = found.shapes != np.array(None)
    draft.problems += found.problems


def _mask(draft: _Draft, layer: Layer) -> None:
    """Personal data go before anything is kept: masked in free text and tips, elsewhere a reason to refuse the row.

    A landline or an e-mail address refuses none: the name and the address of a venue may have its own.
    """
    for wanted in layer.fields:
        if wanted.kind == "number" and wanted.name in draft.frame:
            draft.problems += _persons_numbers(draft, wanted)
        if (
            wanted.kind != "text"
            or wanted.choices
            or wanted.official
            or wanted.name in _CODES
            or wanted.name not in draft.frame
        ):
            continue
        if wanted.name in (layer.number, *_LOOSE_CODES):
            hit = privacy.personal_numbers(texts.arrow(draft.frame[wanted.name])).to_numpy()
            draft.problems += refuse("personal_data", wanted.name, hit, privacy.IN_NUMBER)
            continue
        typed = draft.frame[wanted.name]
        if wanted.name != "name":  # a shop may be called 老板牛肉面
            draft.problems += warn("person_name", wanted.name, names.name_series(typed), names.NAMED)
        draft.frame[wanted.name], hit = privacy.mask_series(typed)
        grave = np.zeros(len(hit), dtype=bool)
        if not wanted.private and layer.key != "tips":
            grave[hit] = typed[hit].map(privacy.has_personal_data).to_numpy(dtype=bool)
        draft.problems += warn("personal_data", wanted.name, hit & ~grave, privacy.MASKED)
        draft.problems += refuse("personal_data", wanted.name, grave, privacy.REFUSED)


def _persons_numbers(draft: _Draft, wanted: Field) -> list[Problem]:
    """Refusals for amounts that are a person's number: nobody pays so much rent, and telephones slip a column."""
    large = draft.frame[wanted.name].fillna(0).to_numpy() >= _TEN_DIGITS
    if not large.any():
        return []
    hit = privacy.personal_numbers(texts.as_text(draft.cells.columns[wanted.name])).to_numpy()
    return refuse("personal_data", wanted.name, hit & large, privacy.REFUSED)


def _require(draft: _Draft, layer: Layer, codes: pd.DataFrame) -> None:
    faulty: dict[str, Mask] = {"count": draft.passed_over()}
    for problem in draft.problems:
        if not problem.warning and problem.field is not None:
            faulty.setdefault(problem.field, np.zeros(len(draft.cells), dtype=bool))[problem.rows] = True
    known = bool(codes["level"].eq("community").any())
    read = required.Read(
        frame=draft.frame, cells=draft.cells, placed=draft.placed, faulty=faulty, communities_known=known
    )
    draft.problems += required.missing(read, layer)
    if layer.geometry_required:
        lacks = ~draft.placed & ~faulty.get("geometry", np.zeros(len(draft.cells), dtype=bool)) & ~_drawn(draft, codes)
        draft.problems += refuse("missing_required", "geometry", lacks, required.MISSING)


def _drawn(draft: _Draft, codes: pd.DataFrame) -> Mask:
    """Rows of a table whose shape is stored already: those of an export, and areas with a known border."""
    grid = draft.cells.by_part([not part.typed for part in draft.cells.parts])
    if "code" not in draft.frame or "geometry" not in codes:
        return grid & draft.cells.filled(lexicon.ROW_ID)
    return grid & draft.frame["code"].isin(codes.loc[codes["geometry"].notna(), "code"]).to_numpy(dtype=bool)


def _compare(draft: _Draft, layer: Layer, profile: CityProfile, codes: pd.DataFrame) -> None:
    """Warnings that need to know which rows stay: dittos below a refused row, borders beside each other."""
    refused = refused_rows(draft.problems, len(draft.cells))
    for name, at in draft.cells.dittos().items():
        below = at[refused[at - 1] & ~refused[at]]
        draft.problems += warn("ditto", name, below, "{title}写的是“同上”,而上一行没有导入,仍按上一行所写的“{value}”记")
    if layer.family == "areas" and draft.shapes is not None:
        shapes = draft.shapes.copy()
        shapes[refused] = None
        draft.problems += topology.comparisons(shapes, draft.frame, codes, profile)


def _register(draft: _Draft, layer: Layer) -> Register:
    refused, passed = refused_rows(draft.problems, len(draft.cells)), draft.passed_over()
    keep = ~refused & ~passed
    names = [*(f.name for f in layer.fields if f.name in draft.frame), "identity"]
    frame = draft.frame.loc[keep, names].reset_index(drop=True)
    if "month" in frame:
        frame["month"] = frame["month"].dt.to_period("M").dt.start_time.astype("datetime64[s]")
    if layer.geometry:
        shapes = np.full(len(frame), None) if draft.shapes is None else draft.shapes[keep]
        frame = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, index=frame.index, crs="EPSG:4490"))
    faults, warnings = findings.faults_and_warnings(draft.problems, draft.cells, layer, refused)
    skipped = sum(part.skipped for part in draft.cells.parts)
    passed_over = int((passed & ~refused).sum())
    return Register(
        frame=check_frame(frame, replace(layer.spec(), geometry_required=False)),
        sheets=np.concatenate([np.full(len(part.rows), part.sheet) for part in draft.cells.parts])[keep],
        rows=np.concatenate([part.rows for part in draft.cells.parts])[keep],
        refused=faults,
        warnings=warnings,
        skipped=skipped + passed_over,
        records=len(draft.cells) + skipped,
        rejects=findings.rejects(draft.cells, refused, faults),
        positions=np.flatnonzero(keep),
    )
