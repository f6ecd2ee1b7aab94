"""Rows that lack a required value, by the rules of the layer."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis.errors import IntakeError
from layers.catalog import Layer
from layers.intake import community, lexicon
from layers.intake.cells import Cells
from layers.intake.problems import Mask, Problem, refuse

#: what a count may be of besides its community
FINER = ("group", "building", "unit", "venue_no")
#: required fields that other things than their own column may tell: the list of areas, a title
_TOLD_OTHERWISE = ("register", "community_code")

MISSING = "缺少{title}"


@dataclass(frozen=True, kw_only=True)
class Read:
    """What is known of each row: its values, whether coordinates stand in it, and which fields have a fault already."""

    frame: pd.DataFrame
    cells: Cells
    placed: Mask
    faulty: dict[str, Mask]
    communities_known: bool

    def empty(self, field: str) -> Mask:
        """Which rows have no value in a field, and no fault that says why."""
        nothing = np.zeros(len(self.cells), dtype=bool)
        filled = self.frame[field].notna().to_numpy() if field in self.frame else nothing
        return np.asarray(~filled & ~self.faulty.get(field, nothing))


def refuse_without_columns(cells: Cells, layer: Layer) -> None:
    """Let a file pass that has a column for everything its rows need.

    Raises:
        IntakeError: missing_required, naming the fields that no sheet has a column for.
    """
    needed = [field for field in layer.fields if field.required and field.name not in _TOLD_OTHERWISE]
    if layer.family == "areas":
        needed = []
    absent = [field for field in needed if not cells.has(field.name).any()]
    if absent:
        names = "、".join(f"“{field.title}”" for field in absent)
        raise IntakeError(f"表里找不到{names}这一列;若列名不同,请指明是哪一列", kind="missing_required")


def missing(read: Read, layer: Layer) -> list[Problem]:
    """A ``missing_required`` refusal for each row and field that must be filled and is not.

    A column that a sheet does not have at all is made up for by a place: the community follows from it, and it is an
    address. Counts have no place, so that none can be taken before the communities are known. What an exported row
    does not say, its stored row does not either.
    """
    lacks = {
        field.name: read.empty(field.name)
        for field in layer.fields
        if field.required and field.name != "community_code"
    }
    if layer.family == "records" and layer.number is not None:
        lacks[layer.number] = read.empty(layer.number) & read.cells.has(layer.number)
    if "community_code" in layer.needs:
        lacks["community_code"] = _community(read)
    if "address" in layer.needs:
        lacks["address"] = read.empty("address") & (read.cells.has("address") | ~read.placed)
    if layer.either:
        lacks[layer.either[-1]] = np.logical_and.reduce([read.empty(field) for field in layer.either])
    if layer.key == "tips":
        lacks["address"] = read.empty("address") & ~read.placed
    if layer.family == "counts":
        lacks |= _finer(read)
    strict = {field.name for field in layer.fields if field.required}
    lacks = {field: at if field in strict else at & ~read.cells.filled(lexicon.ROW_ID) for field, at in lacks.items()}
    problems = [problem for field, at in lacks.items() for problem in refuse("missing_required", field, at, MISSING)]
    if layer.family == "counts" and not read.communities_known:
        problems += refuse(
            "unknown_code",
            "community_code",
            ~lacks["community_code"],
            "还没有导入社区,数量无处可记;请先导入社区,再导入这张表",
        )
    return problems


def _community(read: Read) -> Mask:
    column = read.cells.has(*community.COMMUNITY)
    if not read.communities_known:
        return column & ~read.cells.filled(*community.COMMUNITY)
    return read.empty("community_code") & (column | ~read.placed)


def _finer(read: Read) -> dict[str, Mask]:
    """Where a sheet counts by group, building, unit or venue, each of its rows must name one.

    A form that has room for several of them, or that knows its rows by their 系统标识, is for counts of every kind: a
    row that names none counts its whole community.
    """
    columns = [field for field in FINER if field in read.cells.columns]
    if not columns:
        return {}
    empty = np.logical_and.reduce([read.empty(field) for field in columns])
    mixed = read.cells.has("venue_no") & read.cells.has(*FINER[:-1]) | read.cells.has(lexicon.ROW_ID)
    return {columns[0]: empty & read.cells.has(*columns) & ~mixed}
