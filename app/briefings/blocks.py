"""What stands beside a map or fills a page: legends, tables and paragraphs, laid out row by row into columns."""

import bisect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from app.briefings.ground import Layer, Marks, Ramp, Shapes
from app.briefings.labels import Box
from app.briefings.lettering import clean, width_mm, wrapped
from app.briefings.letters import Align
from app.briefings.paper import FAINT, INK, Look, Paper, line_height
from app.maps.styles import LIGHT

TEXT_PT, HEAD_PT = 8, 9.5
LINE = line_height(TEXT_PT)
SWATCH, SIGN_PT = 7, 1.6
GAP = 3.2
#: A table of so many lines is not parted, and no part of another has fewer lines than that.
HELD_LINES, LEAST_LINES = 14, 4
#: Between two columns of a table, mm.
BETWEEN = 2.5
CONTINUED = "(续)"


class Row(NamedTuple):
    """A strip of that height in mm, drawn below ``top`` between two edges.

    ``heads`` keeps the next row with it; ``again`` stand over it where it begins a column; ``blank`` is left out there.
    """

    height: float
    draw: Callable[[Paper, float, float, float], None]
    heads: bool = False
    again: tuple["Row", ...] = ()
    blank: bool = False


@dataclass(frozen=True, kw_only=True)
class Legend:
    """Signs with their words: the titled layers of a map."""

    layers: Sequence[Layer]
    title: str = "图例"

    def rows(self, width: float) -> list[Row]:
        """The legend in a column of that width."""
        titled = [layer for layer in self.layers if layer.title]
        ramps = [row for layer in titled if isinstance(layer, Ramp) for row in _ramp(layer)]
        signs = [layer for layer in titled if not isinstance(layer, Ramp)]
        return [_heading(self.title), *ramps, *_signs(signs, width)] if titled else []


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of text under a head; ``shares`` divide the width, numbers stand on the right of their column."""

    head: Sequence[str]
    lines: Sequence[Sequence[object]]
    shares: Sequence[float] = ()
    title: str = ""

    def rows(self, width: float) -> list[Row]:
        """The table in a column of that width; what does not fit into a cell is wrapped."""
        shares = np.array(self.shares or [1] * len(self.head), dtype=float)
        edges = [0, *(np.cumsum(shares / shares.sum()) * width).tolist()]
        number = [
            all(_is_number(line[n]) or _is_missing(line[n]) or line[n] == "" for line in self.lines)
            for n in range(len(self.head))
        ]
        aligns: list[Align] = ["right" if is_number and n else "left" for n, is_number in enumerate(number)]
        title = [_heading(self.title)] if self.title else []
        head = _cells(self.head, edges, aligns, bold=True)._replace(heads=True)
        again = (*([_heading(_continued(self.title))] if self.title else []), head)
        body = [_cells(line, edges, aligns)._replace(again=again) for line in self.lines]
        if len(body) <= HELD_LINES:
            body[:-1] = [row._replace(heads=True) for row in body[:-1]]
        return [*title, head, *body]

    def cut(self, lines: int) -> tuple["Table", "Table"]:
        """The first so many lines, and the others under the title again."""
        rest = replace(self, lines=self.lines[lines:], title=_continued(self.title) if self.title else "")
        return replace(self, lines=self.lines[:lines]), rest


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """Text that is wrapped, each line break of its own kept; a ``with_next`` one is not parted from what follows."""

    text: str
    title: str = ""
    bold: bool = False
    size_pt: float = TEXT_PT
    with_next: bool = False

    def rows(self, width: float) -> list[Row]:
        """The paragraph in a column of that width."""
        title = [_heading(self.title)] if self.title else []
        parts = [clean(part) for part in self.text.splitlines()]
        lines = [line for part in parts for line in wrapped(part, width=width, size_pt=self.size_pt, bold=self.bold)]
        rows = [self._line(line) for line in lines]
        if len(rows) <= HELD_LINES:
            rows[:-1] = [row._replace(heads=True) for row in rows[:-1]]
        return [*title, *rows[:-1], *(row._replace(heads=self.with_next) for row in rows[-1:])]

    def _line(self, line: str) -> Row:
        height = line_height(self.size_pt)
        return Row(
            height,
            lambda paper, left, _, top: paper.write(line, left, top - height / 2, size_pt=self.size_pt, bold=self.bold),
        )


def paired(title: str, head: tuple[str, str], lines: Sequence[tuple[str, int]]) -> Table:
    """Words with a number each, two in a row: down the left half first."""
    half = math.ceil(len(lines) / 2)
    right = [*lines[half:], ("", "")][:half]
    rows = [(*one, *other) for one, other in zip(lines[:half], right, strict=True)]
    return Table(title=title, head=(*head, *head), lines=rows, shares=(3, 1.4, 3, 1.4))


Block = Legend | Table | Paragraph


def balanced(rows: Sequence[Row], columns: Sequence[Box]) -> list[Box]:
    """The columns, cut to the least height at which they still hold the rows; as they are when they do not."""
    _, low, _, high = columns[0]
    for share in np.arange(0.2, 1, 0.05):
        shorter = [(c[0], high - share * (high - low), c[2], high) for c in columns]
        if not flow(rows, shorter, None):
            return shorter
    return list(columns)


def flow(rows: Sequence[Row], columns: Sequence[Box], paper: Paper | None) -> list[Row]:
    """Draw the rows down the columns, on no ``paper`` nowhere; gives back those there was no room for."""
    left = list(rows)
    for column in columns:
        top = column[3]
        while left and left[0].blank:
            left.pop(0)
        left = [*left[0].again, *left] if left else []
        while left and top - _needed(left, column[3] - column[1]) >= column[1]:
            row = left.pop(0)
            if paper is not None:
                row.draw(paper, column[0], column[2], top)
            top -= row.height
    return left


def parted(blocks: Sequence[Block], columns: Sequence[Box]) -> tuple[list[Block], list[Block]]:
    """The blocks that the columns hold, in their order, a long table in two, and those that are left."""
    width = columns[0][2] - columns[0][0]

    def lacks(*some: Block) -> bool:
        return bool(flow(rows_of(some, width), columns, None))

    held: list[Block] = []
    for n, block in enumerate(blocks):
        if lacks(*held, block):
            if isinstance(block, Table) and (lines := _lines_that_fit(held, block, lacks)):
                first, rest = block.cut(lines)
                return [*held, first], [rest, *blocks[n + 1 :]]
            return held, list(blocks[n:])
        held.append(block)
    return held, []


def _lines_that_fit(above: Sequence[Block], table: Table, lacks: Callable[..., bool]) -> int:
    """How many lines of a table there is room for below those blocks, 0 where it is better not parted."""

    def too_many(lines: int) -> bool:
        return lacks(*above, table.cut(lines)[0])

    if len(table.lines) <= HELD_LINES:
        return 0
    lines = bisect.bisect_left(range(len(table.lines)), x=True, key=too_many, lo=LEAST_LINES) - 1
    return lines if lines >= LEAST_LINES else 0


def rows_of(blocks: Sequence[Block], width: float) -> list[Row]:
    """All rows of the blocks, a little room between two."""
    parts = [rows for block in blocks if (rows := block.rows(width))]
    return [row for part in parts for row in (*part, Row(GAP, lambda *_: None, part[-1].heads, blank=True))][:-1]


def _needed(rows: Sequence[Row], whole: float) -> float:
    """The height of the first row, and of those that are not parted from it unless a whole column is too low."""
    held = next((n for n, row in enumerate(rows) if not row.heads), len(rows) - 1)
    together = sum(row.height for row in rows[: held + 1])
    return together if together <= whole else sum(row.height for row in rows[:2])


def _continued(title: str) -> str:
    return title.removesuffix(CONTINUED) + CONTINUED


def _heading(title: str) -> Row:
    def draw(paper: Paper, left: float, right: float, top: float) -> None:
        paper.write(title, left, top - 2.4, size_pt=HEAD_PT, bold=True)
        paper.rule((left, top - 5), (right, top - 5), width_pt=0.6)

    return Row(6.2, draw, heads=True)


def _cells(cells: Sequence[object], edges: Sequence[float], aligns: Sequence[Align], *, bold: bool = False) -> Row:
    ends = [*(edge - BETWEEN for edge in edges[1:-1]), edges[-1] - 0.5]
    inner = [end - start for start, end in zip(edges[:-1], ends, strict=True)]
    texts = [
        wrapped(clean(_shown(cell)), width=width, size_pt=TEXT_PT, bold=bold, most=12)
        for cell, width in zip(cells, inner, strict=True)
    ]
    height = LINE * max([1, *map(len, texts)]) + 0.9

    def draw(paper: Paper, left: float, right: float, top: float) -> None:
        for n, lines in enumerate(texts):
            x = left + (edges[n] if aligns[n] == "left" else ends[n])
            for m, line in enumerate(lines):
                paper.write(line, x, top - LINE * (m + 0.55), size_pt=TEXT_PT, bold=bold, align=aligns[n])
        paper.rule((left, top - height + 0.2), (right, top - height + 0.2), colour=INK if bold else LIGHT.township,
                   width_pt=0.5 if bold else 0.3)  # fmt: skip

    return Row(height, draw)


def _shown(cell: object) -> object:
    if _is_missing(cell):
        return "—"
    return f"{cell:,}" if _is_number(cell) else cell


def _is_missing(cell: object) -> bool:
    return cell is None or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell))


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float | np.number) and not isinstance(cell, bool)


def _signs(layers: Sequence[Shapes | Marks], width: float) -> list[Row]:
    """Two signs in a row where both have room for their words in one line, else one."""
    half = width / 2
    short = [width_mm(clean(layer.title), size_pt=TEXT_PT) <= half - SWATCH - 2 for layer in layers]
    rows, n = [], 0
    while n < len(layers):
        pair = layers[n : n + 2] if all(short[n : n + 2]) else layers[n : n + 1]
        rows.append(_sign(pair, half if len(pair) > 1 else width))
        n += len(pair)
    return rows


def _sign(layers: Sequence[Shapes | Marks], width: float) -> Row:
    """Signs side by side, each in that width."""
    told = [wrapped(clean(layer.title), width=width - SWATCH - 2, size_pt=TEXT_PT, most=3) for layer in layers]
    height = LINE * max(map(len, told)) + 0.8

    def draw(paper: Paper, left: float, _: float, top: float) -> None:
        for place, (layer, lines) in enumerate(zip(layers, told, strict=True)):
            x = left + place * width
            _swatch(paper, layer, x, top - height / 2)
            for n, line in enumerate(lines):
                paper.write(line, x + SWATCH + 2, top - 0.4 - LINE * (n + 0.5), size_pt=TEXT_PT)

    return Row(height, draw)


def _swatch(paper: Paper, layer: Shapes | Marks, left: float, y: float) -> None:
    if isinstance(layer, Marks):
        paper.mark(layer.symbol, left + SWATCH / 2, y, radius_mm=min(layer.radius_mm, 1.5))
    elif layer.is_area:
        paper.box(left, y - 1.5, SWATCH, 3, layer.look)
    else:
        look, width_pt = layer.look, min(layer.look.width_pt, SIGN_PT)
        paper.rule((left, y), (left + SWATCH, y), colour=look.line, width_pt=width_pt, dash=look.dash)


def _ramp(layer: Ramp) -> list[Row]:
    """A bar of the colours on white, its ticks under it."""

    def title(paper: Paper, left: float, _: float, top: float) -> None:
        paper.write(layer.title, left, top - 2, size_pt=TEXT_PT)

    def bar(paper: Paper, left: float, right: float, top: float) -> None:
        width = min(right - left, 60) - 2
        colours = layer.colours[::4] / 255
        on_white = 1 - colours[:, 3:] * (1 - colours[:, :3])
        for n, colour in enumerate(on_white):  # each up to the end, so that no seam shows between two
            start = n * width / len(on_white)
            paper.box(left + start, top - 4, width - start, 3.4, Look(fill=to_hex(colour), width_pt=0))
        paper.box(left, top - 4, width, 3.4, Look(line=FAINT, width_pt=0.4))
        for share, text in layer.ticks:
            paper.rule((left + share * width, top - 4), (left + share * width, top - 4.9))
            paper.write(text, left + share * width, top - 6.6, size_pt=6.5, align="center")

    return [Row(4.2, title, heads=True), Row(8.6, bar)]
