"""All the lines of text of a page as one thing to draw: a sheet has a thousand, each costly as a thing by itself."""

from typing import Literal, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.path import Path as Outline
from matplotlib.transforms import Transform
from numpy.typing import NDArray

from app.briefings.lettering import POINT_MM, face, outline, width_mm
from app.maps.styles import LIGHT

Align = Literal["left", "center", "right"]

#: Half the height of a Chinese character over its baseline, about that of a figure too, ems.
MIDDLE = 0.38
HALO_PT = 1.8
BEFORE = {"left": 0.0, "center": 0.5, "right": 1.0}


class Line(NamedTuple):
    """One line of text at a place in mm, ``y`` its middle height; with a ``halo`` it keeps white around itself."""

    text: str
    x: float
    y: float
    size_pt: float
    bold: bool
    colour: str
    align: Align
    angle: float
    halo: bool
    name: str

    def start(self) -> NDArray[np.float64]:
        """The left end of its baseline, mm."""
        before = BEFORE[self.align] * width_mm(self.text, size_pt=self.size_pt, bold=self.bold)
        return np.array([self.x, self.y]) - self.turned(np.array([before, MIDDLE * self.size_pt * POINT_MM]))

    def turned(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Those places turned with the line about its own."""
        turn = np.radians(self.angle)
        cos, sin = np.cos(turn), np.sin(turn)
        turned: NDArray[np.float64] = xy @ np.array([[cos, sin], [-sin, cos]])
        return turned


class Letters(Artist):
    """The lines of a page in the order in which they were written; ``place`` takes millimetres to the drawing."""

    zorder = 9

    def __init__(self, place: Transform) -> None:
        super().__init__()
        self.place = place
        self.lines: list[Line] = []

    def draw(self, renderer: RendererBase) -> None:
        """Halos first, as one outline; then each line as text."""
        self._draw_halos(renderer)
        height = renderer.get_canvas_width_height()[1] if renderer.flipy() else None
        for line in self.lines:
            x, y = self.place.transform(line.start())
            pen = renderer.new_gc()
            pen.set_foreground(line.colour)
            renderer.open_group("text", line.name)
            font = face(size_pt=line.size_pt, bold=line.bold)
            renderer.draw_text(pen, x, y if height is None else height - y, line.text, font, line.angle)
            renderer.close_group("text")
            pen.restore()

    def _draw_halos(self, renderer: RendererBase) -> None:
        corners, codes = [], []
        for line in self.lines:
            if line.halo:
                shape, steps = outline(line.text, bold=line.bold)
                corners.append(line.start() + line.turned(shape * line.size_pt * POINT_MM))
                codes.append(steps)
        if corners:
            pen = renderer.new_gc()
            pen.set_linewidth(HALO_PT)
            pen.set_foreground(LIGHT.halo)
            pen.set_joinstyle("round")
            renderer.draw_path(pen, Outline(np.concatenate(corners), np.concatenate(codes)), self.place)
            pen.restore()
