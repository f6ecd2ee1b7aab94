"""Print an area: its distribution chart, or its map of zones, heat or raids; gathered, laid out, written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj
import sqlalchemy as sa

from app.briefings import chart, paper, risk
from app.briefings.sheet import Sheet, drawn, imprint_of
from app.briefings.subject import Land, Subject, frame_of
from app.core import files, periods
from gis.errors import Refused
from layers import holidays, measures, read
from layers.actor import Actor
from layers.database import transaction
from layers.profile import CityProfile
from layers.read import Cut

ABOVE = ("county", "township")
CHART = "community"
#: The level whose areas are shaded; else communities.
SHADED = {"city": "township"}
#: no record that was imported is of that day or later
LATEST = dt.date(2100, 1, 1)


def print_map(
    engine: sa.Engine,
    actor: Actor,
    profile: CityProfile,
    name: str,
    path: Path,
    *,
    area: str | None = None,
    internal: bool = False,
) -> None:
    """Write the map of that name (zones, heat, community, raid) to ``path``: a PDF, or a picture of its first page.

    ``internal`` adds single points, and who wrote it is kept; a distribution chart always holds premises.

    Raises:
        NotFound: no such area.
        Refused: it has no boundary, or the file cannot be written.
    """
    kind = paper.kind_of(path)
    with transaction(engine, actor) as connection:
        sheets = gather(connection, profile, name, area, internal=internal)
        if internal:
            # loads what writes the tables, which no other sheet needs
            from app.core.note_internal import note_internal  # noqa: PLC0415

            note_internal(connection, actor, name, path)
    with files.replacing(path) as unfinished:
        unfinished.write_bytes(print_sheets(sheets, kind))


def print_atlas(engine: sa.Engine, actor: Actor, profile: CityProfile, area: str, path: Path) -> int:
    """Write the charts of every community below ``area`` that has a boundary to one PDF; gives back how many.

    Raises:
        NotFound: no such area.
        Refused: the file is no PDF or cannot be written, or no community has a boundary.
    """
    if paper.kind_of(path) != ".pdf":
        raise Refused(f"图集要写成 .pdf,不能是 {path.name}", kind="unknown_format")
    with transaction(engine, actor) as connection:
        prefix = read.prefix_of(connection, area, city=profile.city_code)
        below = read.layer(connection, "communities", Cut(prefix=prefix))
        codes = below["code"][below.geometry.notna()].tolist()
        if not codes:
            raise Refused(f"{area} 之下没有带边界的社区(村)", kind="no_boundary")
        sheets = [replace(sheet, more=()) for code in codes for sheet in gather(connection, profile, CHART, code)]
    with files.replacing(path) as unfinished:
        unfinished.write_bytes(print_sheets(sheets, ".pdf"))
    return len(codes)


def print_sheets(sheets: Sequence[Sheet], kind: str) -> bytes:
    """The sheets as a file of that kind; a picture holds the first one alone."""
    return paper.printed(drawn(sheets, alone=kind != ".pdf"), kind, title=sheets[0].title)


def gather(
    connection: sa.Connection, profile: CityProfile, name: str, area: str | None, *, internal: bool = False
) -> list[Sheet]:
    """The sheets of that map of that area or of the city; raises as ``print_map`` does."""
    prefix = read.prefix_of(connection, area, city=profile.city_code) if area else ""
    period = periods.at_first(connection, profile.zone)
    subject = _subject(connection, profile, area or profile.city_code, prefix)
    _, frame = frame_of(subject)
    back = pyproj.Transformer.from_crs(profile.metric_crs, read.SRID, always_xy=True)
    on_paper = Cut(bbox=back.transform_bounds(*frame.metres))
    land = Land(**{key: _in_metres(connection, profile, key, on_paper) for key in ("areas", "roads", "rivers")})
    cut = Cut(since=period.since, until=period.until, prefix=prefix, level=SHADED.get(subject.level, "community"))
    if name == CHART:
        here = _surroundings(connection, profile, land, cut, on_paper, shaded=subject.level in chart.SHADED)
        return [chart.chart(subject, here, imprint_of(profile, until=period.until, sources=chart.SOURCES))]
    content = _content(connection, profile, name, cut, internal=internal)
    imprint = imprint_of(profile, until=period.until, sources=content.sources)
    return [risk.risk_map(subject, land, content, imprint)]


def _surroundings(
    connection: sa.Connection, profile: CityProfile, land: Land, cut: Cut, on_paper: Cut, *, shaded: bool
) -> chart.Surroundings:
    own = Cut(prefix=cut.prefix)
    rows = {key: _in_metres(connection, profile, key, own) for key in ("rental_units", "venues")}
    rows["risk_zones"] = read.risk_zones(connection, own).to_crs(profile.metric_crs)
    counts, month = _newest(read.layer(connection, "counts", own))
    return chart.Surroundings(
        land=land,
        measured=measures.areas_measured(connection, cut).to_crs(profile.metric_crs) if shaded else None,
        drawn_zones=_in_metres(connection, profile, "drawn_zones", on_paper),
        counts=counts,
        month=month,
        **rows,
    )


def _content(connection: sa.Connection, profile: CityProfile, name: str, cut: Cut, *, internal: bool) -> risk.Content:
    if name == "zones":
        return risk.Zones(zones=read.risk_zones(connection, Cut(prefix=cut.prefix)).to_crs(profile.metric_crs))
    since, until = cut.since or dt.date.min, cut.until or LATEST
    calendar = holidays.load_calendar(profile.calendar)
    figures = read.figures(connection, since=since, until=until, calendar=calendar, prefix=cut.prefix)
    if name == "raid":
        return risk.Raids(
            measured=measures.areas_measured(connection, cut).to_crs(profile.metric_crs),
            raids=_in_metres(connection, profile, "raids", replace(cut, level=None)) if internal else None,
            figures=figures,
            since=since,
            until=until,
        )
    # loads the numeric libraries of the density, which no other sheet needs
    from app.briefings.heat import Heat  # noqa: PLC0415
    from app.core.tip_density import tip_density  # noqa: PLC0415

    density = tip_density(read.incidents(connection, since=since, until=until), profile)
    return Heat(density=density, figures=figures, since=since, until=until)


def _in_metres(connection: sa.Connection, profile: CityProfile, key: str, cut: Cut) -> gpd.GeoDataFrame:
    return read.layer(connection, key, cut).to_crs(profile.metric_crs)


def _subject(connection: sa.Connection, profile: CityProfile, code: str, prefix: str) -> Subject:
    """The area itself; one without a shape of its own has that of the communities in it."""
    below = _in_metres(connection, profile, "areas", Cut(prefix=prefix))
    own = below[below["code"].isin([code, code.ljust(12, "0")])]
    name, level = (own["name"].iloc[0], own["level"].iloc[0]) if len(own) else (profile.name, "city")
    shaped = below[below.geometry.notna()]
    own_shape = shaped[shaped["code"].isin(own["code"])]
    drawn_as = own_shape if len(own_shape) else shaped[shaped["level"] == "community"]
    if drawn_as.empty:
        raise Refused(f"{name}还没有边界,画不了图;请先导入或描出它的边界", kind="no_boundary")
    names = [profile.name, *_names_above(connection, code, level), *([name] if level != "city" else [])]
    shape = gpd.GeoSeries([drawn_as.union_all()], crs=below.crs)
    undrawn = int((below.geometry.isna() & (below["level"] == "community")).sum())
    composed = not len(own_shape) and level != "city"
    return Subject(name=name, level=level, path=" › ".join(names), shape=shape, undrawn=undrawn, composed=composed)


def _names_above(connection: sa.Connection, code: str, level: str) -> list[str]:
    above = ABOVE[: ABOVE.index(level)] if level in ABOVE else ABOVE if level != "city" else ()
    rows = [read.layer(connection, "areas", Cut(level=one, prefix=code[: read.DIGITS[one]])) for one in above]
    return [row["name"].iloc[0] for row in rows if len(row)]


def _newest(counts: pd.DataFrame) -> tuple[pd.DataFrame, dt.date | None]:
    """The counts of the newest month there are any for."""
    if counts.empty:
        return counts, None
    month = counts["month"].max()
    return counts[counts["month"] == month], month.date()
