"""How densely tips lie, for a sheet: the web map's surface and colours, with its scale beside it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from app.briefings import ground, risk, subject
from app.core.words import MAP_TITLES
from app.maps import heat_image
from app.maps.breaks import breaks


@dataclass(frozen=True, kw_only=True)
class Heat:
    """The density of the period's tips, and how many there were."""

    title: ClassVar = MAP_TITLES["heat"]
    sources: ClassVar = "行政区划、道路、河流、举报线索"
    density: heat_image.Surface
    figures: Mapping[str, int]
    since: dt.date
    until: dt.date

    def parts(self, _: subject.Land, __: ground.Frame) -> risk.Parts:
        """The surface over the ground, its legend, the figures."""
        surface, peak = self.density, self.density.peak
        rows, columns = surface.density.shape
        x, y = surface.corner
        colours = heat_image.colours()
        share = np.clip(surface.density / peak, 0, 1) if peak else surface.density
        ramp = ground.Ramp(
            picture=colours[np.round(share * (len(colours) - 1)).astype(int)], colours=colours,
            box=(x, y, x + columns * surface.cell_m, y + rows * surface.cell_m),
            ticks=tuple((level / peak, f"{level:g}") for level in breaks(peak)),
            title="线索密度(条/平方公里)",
        )  # fmt: skip
        words = {"tips": "线索(条)", "verified": "其中已核实(条)"}
        told = risk.figures_blocks(self.figures, words, since=self.since, until=self.until)
        return risk.Parts(above=[ramp] if peak else [], blocks=told)
