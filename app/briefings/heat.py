"""How densely tips lie, for a sheet: the web map's surface and colours, with its scale beside it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from app.briefings.ground import Frame, Ramp
from app.briefings.risk import Parts, figures_blocks
from app.briefings.subject import Land
from app.core.words import MAP_TITLES
from app.maps import heat_image
from app.maps.breaks import breaks
from app.maps.heat_image import Surface


@dataclass(frozen=True, kw_only=True)
class Heat:
    """The density of the period's tips, and how many there were."""

    title: ClassVar = MAP_TITLES["heat"]
    sources: ClassVar = "行政区划、道路、河流、举报线索"
    density: Surface
    figures: Mapping[str, int]
    since: dt.date
    until: dt.date

    def parts(self, _: Land, __: Frame) -> Parts:
        """The surface over the ground, its legend, the figures."""
        surface, peak = self.density, self.density.peak
        rows, columns = surface.density.shape
        x, y = surface.corner
        colours = heat_image.colours()
        share = np.clip(surface.density / peak, 0, 1) if peak else surface.density
        ramp = Ramp(
            picture=colours[np.round(share * (len(colours) - 1)).astype(int)], colours=colours,
            box=(x, y, x + columns * surface.cell_m, y + rows * surface.cell_m),
            ticks=tuple((level / peak, f"{level:g}") for level in breaks(peak)),
            title="线索密度(条/平方公里)",
        )  # fmt: skip
        words = {"tips": "线索(条)", "verified": "其中已核实(条)"}
        told = figures_blocks(self.figures, words, since=self.since, until=self.until)
        return Parts(above=[ramp] if peak else [], blocks=told)
