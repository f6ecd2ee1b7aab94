"""What the workbench page at / is rendered from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.maps.base import city_map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from layers.profile import CityProfile


@dataclass(frozen=True, kw_only=True)
class Period:
    """The days there are records for (``first`` to ``until``) and the stretch shown at first; until is exclusive."""

    first: date
    since: date
    until: date
    analysed_until: date | None = None


def workbench(
    profile: CityProfile,
    *,
    figures: Mapping[str, object],
    counties: Sequence[Mapping[str, object]],
    period: Period,
    nonce: str,
) -> dict[str, object]:
    """The context of workbench.html: ``map`` (its Parts), ``profile`` and ``nonce``.

    ``figures`` and ``counties`` are what /api/figures and /api/counties answer for the first stretch; they stand in
    the page's configuration, so that the page needs no second look before it shows them.
    """
    days = {name: day.isoformat() for name, day in vars(period).items() if day}
    figure = city_map(profile, nonce=nonce, period=days, figures=dict(figures), counties=list(counties))
    return {"map": figure.parts(), "profile": profile, "nonce": nonce}
