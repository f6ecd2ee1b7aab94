"""The map on a sheet: what is drawn, at which round scale, and where a place of the city lies on the paper."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.path import Path as Outline
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from app.briefings.labels import Box, Label, place
from app.briefings.lettering import POINT_MM
from app.briefings.paper import HATCH_PT, INCH_MM, INK, Look, Paper, outline
from app.maps.styles import LIGHT, Symbol

#: Scales are 1 : these times a power of ten.
ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
CLOSEST = 1_000
#: Of the scale bar, mm; and of the angle between grid north and true north, degrees.
LONGEST_BAR, SMALLEST_TURN = 42, 0.05
PANEL = Look(fill="#ffffff", opacity=0.86, width_pt=0)


@dataclass(frozen=True, kw_only=True)
class Shapes:
    """Lines or areas in metres; with a ``title`` they have a line in the legend."""

    shapes: gpd.GeoSeries
    look: Look
    title: str = ""

    @property
    def is_area(self) -> bool:
        """Whether they are areas rather than lines."""
        return bool(np.isin(shapely.get_dimensions(self.shapes), 2).any())


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Points in metres with one symbol."""

    points: gpd.GeoSeries
    symbol: Symbol
    radius_mm: float = 1.1
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Ramp:
    """A picture with its colours, clear where there is nothing; ``box`` in metres; ``ticks`` are (share, text)."""

    picture: NDArray[np.uint8]
    box: Box
    colours: NDArray[np.uint8]
    ticks: tuple[tuple[float, str], ...]
    title: str


Layer = Shapes | Marks | Ramp


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where the map lies on the paper, ``box`` in mm, and which metres are there."""

    box: Box
    scale: float
    middle: tuple[float, float]
    crs: pyproj.CRS

    @property
    def metres(self) -> Box:
        """The metres that are on the paper."""
        left, low, right, high = self.box
        half = ((right - left) / 2000 * self.scale, (high - low) / 2000 * self.scale)
        x, y = self.middle
        return (x - half[0], y - half[1], x + half[0], y + half[1])

    def to_paper(self, shapes: gpd.GeoSeries) -> NDArray[np.object_]:
        """Shapes in metres as shapes in mm, cut off at the frame; what lies outside is empty."""
        left, low, _, _ = self.box
        corner = np.array(self.metres[:2])
        moved = shapely.transform(shapes.to_numpy(), lambda xy: (xy - corner) * 1000 / self.scale + (left, low))
        return np.asarray(shapely.intersection(shapely.make_valid(moved), shapely.box(*self.box)))


@dataclass(frozen=True, kw_only=True)
class View:
    """What a sheet shows: its frame, the layers from the lowest up, and the names, the most important first."""

    frame: Frame
    layers: Sequence[Layer] = ()
    labels: Sequence[Label] = ()


def fit(about: gpd.GeoSeries, box: Box, *, margin: float = 0.06) -> Frame:
    """The frame in which that area stands in the middle at the closest round scale."""
    west, south, east, north = about.total_bounds
    width_mm, height_mm = (box[2] - box[0]) * (1 - 2 * margin), (box[3] - box[1]) * (1 - 2 * margin)
    least = max(1000 * (east - west) / width_mm, 1000 * (north - south) / height_mm, CLOSEST)
    scale = next(s * 10.0**power for power in count(2) for s in ROUND if s * 10.0**power >= least)
    return Frame(box=box, scale=scale, middle=((west + east) / 2, (south + north) / 2), crs=pyproj.CRS(about.crs))


def draw(paper: Paper, view: View) -> list[Label]:
    """Draw the map into its frame, with scale bar and north arrow; gives back the names there was no room for."""
    axes = _axes(paper, view.frame)
    for order, layer in enumerate(view.layers):
        _DRAW[type(layer)](axes, layer, order)
    furniture = [_north(paper, view.frame), _scale_bar(paper, view.frame)]
    marks = [shapely.box(*box) for layer in view.layers if isinstance(layer, Marks) for box in _boxes(layer, view)]
    placed, left = place(view.labels, frame=view.frame.box, solid=furniture, marks=marks)
    for one in placed:
        paper.write(
            one.label.text, one.x, one.y, size_pt=one.label.size_pt, bold=one.label.bold, colour=one.label.colour,
            align="center", angle=one.angle, halo=True, name="label",
        )  # fmt: skip
    left_edge, low, right, high = view.frame.box
    paper.box(left_edge, low, right - left_edge, high - low, Look(line=INK, width_pt=0.9))
    return left


def _axes(paper: Paper, frame: Frame) -> Axes:
    width, height = (side * INCH_MM for side in paper.figure.get_size_inches())
    left, low, right, high = frame.box
    axes = paper.figure.add_axes(
        (left / width, low / height, (right - left) / width, (high - low) / height), zorder=1, facecolor=LIGHT.outside
    )
    west, south, east, north = frame.metres
    axes.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    return axes


def _draw_shapes(axes: Axes, layer: Shapes, order: int) -> None:
    west, east, south, north = *axes.get_xlim(), *axes.get_ylim()
    inside = layer.shapes[layer.shapes.intersects(shapely.box(west, south, east, north))]
    if len(inside):
        # not by geopandas, which loads pyplot and makes an array of colours for what has one
        style = _style(layer.look, is_area=layer.is_area)
        drawn = PathCollection([_outline(shape) for shape in inside], zorder=order, **style)
        axes.add_collection(drawn, autolim=False)


def _outline(shape: BaseGeometry) -> Outline:
    """A shape as one path; holes turn the other way, so that they stay empty."""
    parts = shapely.get_parts(shape)
    rings = shapely.get_dimensions(parts) == 2
    lines = [*shapely.get_rings(shapely.orient_polygons(parts[rings])), *parts[~rings]]
    corners, line = shapely.get_coordinates(np.array(lines, dtype=object), return_index=True)
    codes = np.where(np.diff(line, prepend=-1) > 0, Outline.MOVETO, Outline.LINETO)
    return Outline(corners, codes)


def _style(look: Look, *, is_area: bool) -> dict[str, Any]:
    style: dict[str, Any] = {"linewidth": look.width_pt, "linestyle": (0, look.dash) if look.dash else "-"}
    filled = is_area and look.fill != "none"
    style |= {"edgecolor": look.line, "facecolor": (look.fill, look.opacity) if filled else "none"}
    if not is_area:
        return style | {"capstyle": "butt" if look.dash else "round"}
    return style | ({"hatch": look.hatch, "hatchcolor": look.line, "hatch_linewidth": HATCH_PT} if look.hatch else {})


def _draw_marks(axes: Axes, layer: Marks, order: int) -> None:
    shape = outline(layer.symbol.shape)
    # matplotlib shrinks a path to a square of one point before it scales it
    side_pt = 2 * layer.radius_mm / POINT_MM * float(np.abs(shape.vertices).max())
    fill, line = ("#ffffff", layer.symbol.colour) if layer.symbol.hollow else (layer.symbol.colour, "#ffffff")
    axes.scatter(
        layer.points.x, layer.points.y, s=side_pt**2, marker=shape, facecolor=fill, edgecolor=line,
        linewidth=0.9 if layer.symbol.hollow else 0.35, zorder=order,
    )  # fmt: skip


def _draw_ramp(axes: Axes, layer: Ramp, order: int) -> None:
    west, south, east, north = layer.box
    limits = axes.get_xlim(), axes.get_ylim()
    axes.imshow(
        layer.picture, extent=(west, east, south, north), origin="lower", zorder=order, aspect="auto",
        interpolation="bilinear",
    )  # fmt: skip
    axes.set(xlim=limits[0], ylim=limits[1])


_DRAW: Mapping[type[Layer], Callable[..., None]] = {Shapes: _draw_shapes, Marks: _draw_marks, Ramp: _draw_ramp}


def _boxes(layer: Marks, view: View) -> NDArray[np.float64]:
    middles = shapely.get_coordinates(view.frame.to_paper(layer.points))
    return np.hstack([middles - layer.radius_mm, middles + layer.radius_mm])


def _scale_bar(paper: Paper, frame: Frame) -> Polygon:
    """Two round lengths, black and white, and the scale as a number; gives back the room it takes."""
    left, low, _, _ = frame.box
    length_m = next(part * 10.0**power for power in range(6, -1, -1) for part in (5, 2, 1)
                    if part * 10.0**power * 1000 / frame.scale <= LONGEST_BAR / 2)  # fmt: skip
    half = length_m * 1000 / frame.scale
    x, y, width = left + 5, low + 5.2, 2 * half + 18
    paper.box(left + 1.5, low + 1.5, width, 11.5, PANEL)
    for part, fill in enumerate((INK, "#ffffff")):
        paper.box(x + part * half, y - 1.6, half, 1.2, Look(fill=fill, line=INK, width_pt=0.5))
    unit, in_unit = ("公里", 1000) if length_m >= 1000 else ("米", 1)
    for part in range(3):
        paper.write(f"{part * length_m / in_unit:g}", x + part * half, y + 1.3, size_pt=6.5, align="center")
    paper.write(unit, x + 2 * half + 3.2, y + 1.3, size_pt=6.5)
    paper.write(f"比例尺 1:{frame.scale:,.0f}".replace(",", " "), x - 1.5, y + 5, size_pt=7, bold=True)
    return shapely.box(left, low, left + 1.5 + width, low + 13)


def _north(paper: Paper, frame: Frame) -> Polygon:
    """An arrow to grid north, and how far true north turns from it; gives back the room it takes."""
    _, _, right, high = frame.box
    x, top = right - 8.5, high - 7
    turn = convergence(frame)
    paper.box(right - 15.5, high - 22 - 1.5, 14, 22, PANEL)
    paper.write("北", x, top + 2.3, size_pt=9, bold=True, align="center")
    for side, fill in ((-1, INK), (1, "#ffffff")):
        points = [(x, top), (x + side * 2.4, top - 9), (x, top - 7), (x, top)]
        paper.fill(points, Look(fill=fill, line=INK, width_pt=0.5))
    paper.write("坐标北", x, top - 11.2, size_pt=6, align="center")
    if abs(turn) >= SMALLEST_TURN:
        paper.write(f"真北偏{'东' if turn < 0 else '西'}{abs(turn):.1f}°", x, top - 14, size_pt=6, align="center")
    return shapely.box(right - 15.5, high - 23.5, right, high)


def convergence(frame: Frame) -> float:
    """By how many degrees grid north lies east of true north in the middle of the frame."""
    lon, lat = pyproj.Transformer.from_crs(frame.crs, frame.crs.geodetic_crs, always_xy=True).transform(*frame.middle)
    return float(pyproj.Proj(frame.crs).get_factors(lon, lat).meridian_convergence)
