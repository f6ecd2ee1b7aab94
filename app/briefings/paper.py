"""A page under the pen: drawn in millimetres from its lower left corner, text as it is and never parsed."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D, Transform

from app.briefings.lettering import POINT_MM, clean
from app.briefings.letters import Align, Letters, Line
from app.maps.styles import LIGHT, SHAPES, Symbol
from gis.errors import Refused

INCH_MM = 25.4
INK, FAINT = LIGHT.ink, "#5d6672"
DPI = 300
HATCH_PT = 0.7
#: Kinds of files, and what is written into each so that the same sheet gives the same bytes.
KINDS = {".pdf": {"CreationDate": None}, ".png": {"Software": None}, ".svg": {"Date": None}}


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a shape is filled and outlined; ``hatch`` is matplotlib's, widths are points."""

    fill: str = "none"
    line: str = "none"
    width_pt: float = 0.5
    hatch: str = ""
    dash: tuple[float, ...] = ()
    opacity: float = 1


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One page; ``place`` takes millimetres to where they are drawn."""

    figure: Figure
    place: Transform
    letters: Letters

    def write(
        self, text: object, x: float, y: float, *,
        size_pt: float = 8, bold: bool = False, colour: str = INK, align: Align = "left", angle: float = 0,
        halo: bool = False, name: str = "text",
    ) -> None:  # fmt: skip
        """One line of text whose middle height is ``y``; ``name`` marks it in an SVG."""
        line = Line(clean(text), x, y, size_pt, bold, colour, align, angle, halo, name)
        self.letters.lines.append(line)

    def rule(
        self, *points: tuple[float, float], colour: str = INK, width_pt: float = 0.4, dash: tuple[float, ...] = ()
    ) -> None:
        """A line through these points."""
        line = Line2D(*zip(*points, strict=True), color=colour, linewidth=width_pt, zorder=6)
        line.set_linestyle((0, dash) if dash else "-")
        line.set_solid_capstyle("butt")
        self._add(line)

    def box(self, x: float, y: float, width: float, height: float, look: Look) -> None:
        """A rectangle by its lower left corner."""
        self.fill([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], look)

    def fill(self, points: Sequence[tuple[float, float]], look: Look) -> None:
        """An area by its corners."""
        patch = Polygon(
            points, facecolor=look.fill if look.fill == "none" else (look.fill, look.opacity), edgecolor=look.line,
            linewidth=look.width_pt, hatch=look.hatch or None, hatchcolor=look.line, hatch_linewidth=HATCH_PT,
            linestyle=(0, look.dash) if look.dash else "-", zorder=5,
        )  # fmt: skip
        self._add(patch)

    def mark(self, symbol: Symbol, x: float, y: float, *, radius_mm: float) -> None:
        """A symbol, its middle there."""
        turned = Affine2D().scale(radius_mm).translate(x, y)
        fill, line = ("#ffffff", symbol.colour) if symbol.hollow else (symbol.colour, "#ffffff")
        patch = PathPatch(turned.transform_path(outline(symbol.shape)), facecolor=fill, edgecolor=line, linewidth=0.5)
        patch.set_zorder(6)
        self._add(patch)

    def _add(self, drawn: Line2D | Polygon | PathPatch) -> None:
        # by the figure and not by axes, which would clip and measure each line of a table
        drawn.set_transform(self.place)
        self.figure.add_artist(drawn)


def outline(shape: str) -> Outline:
    """A shape of the styles as a path, y upwards."""
    if shape == "circle":
        return Outline.unit_circle()
    points = [(x, -y) for x, y in SHAPES[shape]]
    return Outline([*points, points[0]], closed=True)


def new_paper(width_mm: float, height_mm: float) -> Paper:
    """An empty white page."""
    figure = Figure(figsize=(width_mm / INCH_MM, height_mm / INCH_MM), facecolor="white")
    place = Affine2D().scale(1 / INCH_MM) + figure.dpi_scale_trans
    letters = Letters(place)
    figure.add_artist(letters)
    return Paper(figure=figure, place=place, letters=letters)


def kind_of(path: Path, *others: str) -> str:
    """The ending that decides what is written; who is refused hears of ``others`` too.

    Raises:
        Refused: it is none of pdf, png and svg.
    """
    if path.suffix.lower() not in KINDS:
        raise Refused(f"{path.name} 的类型不对,可用的有:{'、'.join([*others, *KINDS])}", kind="unknown_format")
    return path.suffix.lower()


def printed(pages: Sequence[Paper], kind: str, *, title: str) -> bytes:
    """The pages as a file of that kind; a PDF holds all of them, a picture one.

    Raises:
        Refused: more pages than one for a picture.
    """
    kept = io.BytesIO()
    if kind == ".pdf":
        with PdfPages(kept, metadata={"Title": title, "Creator": "wuchuan", **KINDS[kind]}) as pdf:
            for page in pages:
                pdf.savefig(page.figure)
        return kept.getvalue()
    if len(pages) != 1:
        raise Refused(f"有 {len(pages)} 页,只能写成 .pdf", kind="many_pages")
    # a third of a picture's time went into squeezing out its last tenth
    squeezed: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if kind == ".png" else {}
    pages[0].figure.savefig(kept, format=kind[1:], dpi=DPI, metadata=KINDS[kind], **squeezed)
    return kept.getvalue()


def line_height(size_pt: float, *, leading: float = 1.45) -> float:
    """From one line to the next, mm."""
    return size_pt * POINT_MM * leading
