"""Colours, widths, patterns and symbols of every map. Screen and paper read the same table, so they cannot disagree."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from layers.catalog import DRAWN_FAMILIES, VENUE_KINDS, title_of

_Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class Grade:
    """How a zone of one grade looks: colour and pattern and written word, so that no reader depends on colour alone."""

    title: str
    line: str
    line_dark: str
    fill: str
    width: float
    pattern: str  # cross, diagonal, dots, none; on paper the hatches xx, //, ..


@dataclass(frozen=True, kw_only=True)
class Symbol:
    """A mark at a point: a shape of ``SHAPES`` and a colour; ``hollow`` draws the outline alone."""

    title: str
    shape: str
    colour: str
    hollow: bool = False


@dataclass(frozen=True, kw_only=True)
class Family:
    """How what was drawn by hand looks: its outline, a pattern that no grade has, and the mark of a drawn point."""

    title: str
    colour: str
    colour_dark: str
    pattern: str  # upright, level, none; on paper the hatches ||, --, and none
    dash: str
    shape: str


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Colours below everything else, for one of the two schemes."""

    outside: str
    land: str
    county: str
    township: str
    community: str
    river: str
    road: str
    casing: str
    ink: str
    halo: str
    empty: str
    green: str  # woods and fields of a basemap
    ramp: tuple[str, ...]  # choropleth, least to most


GRADES: Mapping[str, Grade] = {
    "red": Grade(title="红色", line="#a3122a", line_dark="#ff7d90", fill="#d6273f", width=2.2, pattern="cross"),
    "orange": Grade(title="橙色", line="#b45309", line_dark="#ffb054", fill="#f08c1a", width=1.8, pattern="diagonal"),
    "yellow": Grade(title="黄色", line="#8a6d00", line_dark="#f2d640", fill="#f2cf1d", width=1.4, pattern="dots"),
}
#: How a zone of any grade looks once it has lapsed.
EXPIRED = Grade(title="已过期", line="#7c8086", line_dark="#8f959c", fill="#9a9ea4", width=1.2, pattern="none")

LIGHT = Ground(
    outside="#e7e9e4",
    land="#fbf9f3",
    county="#6f7f92",
    township="#a9b3bd",
    community="#cfd4d8",
    river="#9cc3dc",
    road="#e3b56b",
    casing="#cdbb9b",
    ink="#2a3442",
    halo="#ffffff",
    empty="#f1efe8",
    green="#eaf0e0",
    ramp=("#dcebe8", "#aed4cf", "#78b3b1", "#418990", "#1b5b6c"),
)
DARK = Ground(
    outside="#12161b",
    land="#1d232b",
    county="#8b98a8",
    township="#56626f",
    community="#3a444f",
    river="#2d5f80",
    road="#7a6440",
    casing="#4a4336",
    ink="#dde3ea",
    halo="#12161b",
    empty="#222a32",
    green="#1f2a26",
    ramp=("#1f3a40", "#27555c", "#37797f", "#5aa6a5", "#9bd6cd"),
)

#: Density from none to the peak: colour and opacity. One hue, darker all the way, so that no false ring shows.
HEAT = (("#b79adf", 0.0), ("#a987d8", 0.5), ("#8f66c8", 0.66), ("#7446b0", 0.77), ("#572a8f", 0.86), ("#3c1168", 0.92))

#: Shapes in a square from −1 to 1, y downwards, the last point joined to the first; circle is drawn as one.
SHAPES: Mapping[str, _Points] = {
    "square": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
    "diamond": ((0, -1.15), (1.15, 0), (0, 1.15), (-1.15, 0)),
    "triangle": ((0, -1.1), (1.1, 0.85), (-1.1, 0.85)),
    "inverted": ((0, 1.1), (1.1, -0.85), (-1.1, -0.85)),
    "house": ((0, -1.1), (1, -0.2), (0.8, -0.2), (0.8, 0.9), (-0.8, 0.9), (-0.8, -0.2), (-1, -0.2)),
    "tower": ((-0.6, -1.1), (0.6, -1.1), (0.6, 1.1), (-0.6, 1.1)),
    "wide": ((-1.2, -0.6), (1.2, -0.6), (1.2, 0.6), (-1.2, 0.6)),
    "hexagon": ((-0.55, -1), (0.55, -1), (1.1, 0), (0.55, 1), (-0.55, 1), (-1.1, 0)),
    "cross": (
        *((-0.4, -1.1), (0.4, -1.1), (0.4, -0.4), (1.1, -0.4), (1.1, 0.4), (0.4, 0.4)),
        *((0.4, 1.1), (-0.4, 1.1), (-0.4, 0.4), (-1.1, 0.4), (-1.1, -0.4), (-0.4, -0.4)),
    ),
    "star": (
        *((0, -1.25), (0.36, -0.42), (1.2, -0.38), (0.55, 0.2), (0.78, 1.05)),
        *((0, 0.55), (-0.78, 1.05), (-0.55, 0.2), (-1.2, -0.38), (-0.36, -0.42)),
    ),
}

_VENUES = {
    "hotel": ("square", "#2f6db5"),
    "guesthouse": ("house", "#5b93d3"),
    "restaurant": ("circle", "#b8762b"),
    "entertainment": ("star", "#a0489b"),
    "school": ("triangle", "#2e8b6f"),
    "market": ("hexagon", "#9a8a1f"),
    "training": ("diamond", "#c2477a"),
    "meeting": ("wide", "#6c5fc7"),
    "office": ("tower", "#5b6b7d"),
    "internet_cafe": ("inverted", "#2a97a8"),
    "other": ("cross", "#7d7d7d"),
}
SYMBOLS: Mapping[str, Mapping[str, Symbol]] = {
    "rental_units": {"": Symbol(title="出租屋", shape="house", colour="#4d6a86")},
    "venues": {
        kind: Symbol(title=title, shape=_VENUES[kind][0], colour=_VENUES[kind][1])
        for kind, title in VENUE_KINDS.items()
    },
    "tips": {
        "true": Symbol(title="线索(已核实)", shape="diamond", colour="#6b3fa0"),
        "": Symbol(title="线索(未核实)", shape="diamond", colour="#6b3fa0", hollow=True),
    },
    "raids": {
        "found": Symbol(title="行动:发现窝点", shape="star", colour="#1c3f6e"),
        "nothing": Symbol(title="行动:未发现", shape="star", colour="#1c3f6e", hollow=True),
        "unknown": Symbol(title="行动:结果未记录", shape="circle", colour="#1c3f6e", hollow=True),
    },
    "misses": {"": Symbol(title="上期漏报的线索", shape="cross", colour="#8a1f4d", hollow=True)},
}
_FAMILIES = {
    "key_area": ("#1f4e8c", "#86b6f2", "upright", "", "hexagon"),
    "key_premises": ("#8a1f4d", "#f19ac0", "none", "", "diamond"),
    "prone_area": ("#2e6b4f", "#83d3ac", "level", "6 3", "inverted"),
    "note": ("#5d6672", "#b9c2cc", "none", "2 3", "circle"),
}
#: The symbol families of the hand-drawn chart, kept apart by pattern and outline as well as by colour.
FAMILIES: Mapping[str, Family] = {
    key: Family(title=DRAWN_FAMILIES[key], colour=colour, colour_dark=dark, pattern=pattern, dash=dash, shape=shape)
    for key, (colour, dark, pattern, dash, shape) in _FAMILIES.items()
}
#: Cells to look at first, by the method that chose them, else by their layer: title, colour, and the dash of the line.
CELLS: Mapping[str, tuple[str, str, str]] = {
    "forecast_cells": (f"{title_of('forecast_cells')}(按预测)", "#7446b0", ""),
    "prior_counts": (f"{title_of('forecast_cells')}(此处预测不如历史总数,按历史总数)", "#b8762b", "4 3"),
    "alerts": (title_of("alerts"), "#c01f38", "8 4"),
}
#: The field of a record whose value picks its symbol; a value without one takes the layer's last symbol.
SYMBOL_FIELDS = {"venues": "kind", "tips": "verified", "raids": "outcome"}


#: Line widths at the scale of a county, in px on screen and half-points on paper, by OpenStreetMap's class names.
ROADS = {"motorway": 2.8, "trunk": 2.4, "primary": 2.0, "secondary": 1.5, "tertiary": 1.1}

#: Routes of a joint action, by the place of their agency in it: colour and dash.
ROUTES = (("#2b78c5", ""), ("#d06a10", "10 5"), ("#2b9468", "3 5"), ("#8e55b5", "12 4 3 4"), ("#b8477a", "6 6"))


def as_config() -> dict[str, object]:
    """All of it as plain values for the page's configuration."""
    return {
        "grades": {key: asdict(grade) for key, grade in GRADES.items()},
        "expired": asdict(EXPIRED),
        "families": {key: asdict(family) for key, family in FAMILIES.items()},
        "light": asdict(LIGHT),
        "dark": asdict(DARK),
        "heat": HEAT,
        "roads": ROADS,
        "routes": ROUTES,
        "shapes": SHAPES,
        "symbols": {layer: {key: asdict(s) for key, s in kinds.items()} for layer, kinds in SYMBOLS.items()},
        "symbolFields": SYMBOL_FIELDS,
        "cells": {key: {"title": t, "colour": c, "dash": d} for key, (t, c, d) in CELLS.items()},
    }
