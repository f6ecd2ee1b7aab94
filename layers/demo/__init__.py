"""演示市(虚构): a seeded, fictional and believable city for the first start and for tests.

Nothing here touches a database, a file or the clock. Every part has a random stream of its own, so that a change in one
part leaves the others as they are.
"""

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.workdays import Calendar
from layers.demo import premises, raids, registers, reports, rivers, roads, stations, terrain, tips
from layers.demo.areas import Division, divide
from layers.demo.borders import Shapes, polygons
from layers.demo.days import DAYS, LAST_DAY, first_day
from layers.demo.dens import Dens, plant
from layers.demo.frames import geo_frame, layer_frame, layer_geo_frame, layer_point_frame, lines, points
from layers.demo.gazetteer import Gazetteer, area_frame, jurisdictions, name_areas, posts
from layers.demo.names import Texts, river_names
from layers.demo.terrain import Floats
from layers.demo.towns import Ground, ground

#: Every weekday worked, for who looks at no date.
WEEKDAYS = Calendar()


@dataclass(frozen=True, kw_only=True)
class DemoCity:
    """The frames of one city, EPSG:4490, those of the catalogue's layers checked against it.

    ``dens`` is the planted truth and never stored: place, community_code, active_since, active_until (none yet for
    some) and reporting_rate, the share of what is seen there that is reported.
    """

    areas: gpd.GeoDataFrame
    jurisdictions: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame
    rental_units: gpd.GeoDataFrame
    venues: gpd.GeoDataFrame
    tips: gpd.GeoDataFrame
    raids: gpd.GeoDataFrame
    counts: pd.DataFrame
    decisions: gpd.GeoDataFrame
    posts: pd.DataFrame
    agencies: pd.DataFrame
    stations: gpd.GeoDataFrame
    teams: pd.DataFrame
    dens: gpd.GeoDataFrame


@dataclass(frozen=True, kw_only=True)
class _Land:
    streams: rivers.Rivers
    ground: Ground
    division: Division
    communities: Shapes
    names: Gazetteer


def city(seed: int = 99, *, last_day: date = LAST_DAY, calendar: Calendar = WEEKDAYS) -> DemoCity:
    """The city of that seed: 10 counties, 140 townships, 2,000 communities, and three years up to ``last_day``.

    The legal clocks of its tips run by ``calendar``. Same seed, day and calendar: the same city to the last digit.
    """
    streams = iter(np.random.default_rng(seed).spawn(9))
    land = _land(next(streams))
    network = roads.network(land.ground, land.division, land.names.township, land.names.community, next(streams))
    houses = _houses(land, network, next(streams))
    units = premises.rental_units(houses, land.names.community_code, next(streams), last_day=last_day)
    venues = premises.venues(houses, land.names.community_code, next(streams), last_day=last_day)
    told, visited, dens, rate = _history(land, houses, units, next(streams), last_day, calendar)
    county = land.names.county[land.division.county][land.division.township]
    decided = registers.decisions(houses, venues, land.names.community_code, county, next(streams), last_day=last_day)
    districts = jurisdictions(land.names, land.division, land.communities)
    offices = stations.stations(land.names, districts)
    return DemoCity(
        areas=area_frame(land.names, land.division, land.communities),
        jurisdictions=layer_geo_frame("jurisdictions", districts, districts.geometry.to_numpy()),
        roads=_road_frame(network),
        rivers=_river_frame(land, next(streams)),
        rental_units=layer_point_frame("rental_units", units),
        venues=layer_point_frame("venues", venues),
        tips=layer_point_frame("tips", told),
        raids=layer_point_frame("raids", visited),
        counts=layer_frame("counts", _counts(land, houses, units, next(streams), last_day)),
        decisions=layer_point_frame("decisions", decided),
        posts=posts(land.names),
        agencies=stations.agencies(),
        stations=layer_geo_frame("stations", offices, offices.geometry.to_numpy()),
        teams=stations.teams(offices),
        dens=_den_frame(dens, houses, land.names.community_code, rate, first_day(last_day)),
    )


def _land(rng: np.random.Generator) -> _Land:
    open_land = terrain.land(rng)
    streams = rivers.streams(open_land)
    here = ground(open_land, streams, rng)
    division = divide(here, rng)
    return _Land(
        streams=streams,
        ground=here,
        division=division,
        communities=polygons(here.mesh, division.community),
        names=name_areas(here, division, rng),
    )


def _houses(land: _Land, network: roads.Roads, rng: np.random.Generator) -> premises.Buildings:
    full_name = land.names.addresses(land.division)
    return premises.buildings(land.ground, land.division, network, full_name, land.communities, rng)


def _history(
    land: _Land, houses: premises.Buildings, units: pd.DataFrame, rng: np.random.Generator, last_day: date,
    calendar: Calendar,
) -> tuple[pd.DataFrame, pd.DataFrame, Dens, Floats]:  # fmt: skip
    """Tips and raids, the dens as the raids left them, and how much of what is seen each community reports."""
    code = land.names.community_code
    rate = reports.reporting_rates(len(code), rng)
    dens = plant(houses, rng)
    seen = reports.den_reports(dens, rate, rng)
    visits, dens = raids.visit_dens(dens, seen, rng)
    seen = reports.selected(seen, seen.day < dens.until[seen.den])
    other = reports.other_reports(houses, rate, reports.TIPS - len(seen.day), rng, last_day=last_day)
    told = reports.joined(seen, other)
    inside = premises.locate(told.xy, land.communities)
    there = np.where(inside >= 0, inside, houses.community[told.building])
    told_tips = tips.tip_rows(told, houses, there, code, rng, last_day=last_day, calendar=calendar)
    more = raids.other_visits(dens, told, houses, raids.RAIDS - len(visits.day), rng)
    flats = np.bincount(houses.community[units["building"]], minlength=len(code))
    visited = raids.raid_rows([visits, more], dens, houses, flats, code, rng, last_day=last_day)
    return told_tips, visited, dens, rate


def _counts(
    land: _Land, houses: premises.Buildings, units: pd.DataFrame, rng: np.random.Generator, last_day: date
) -> pd.DataFrame:
    urban = land.ground.town[land.division.seeds] >= 0
    here = houses.community[units["building"]]
    return registers.counts(units, here, urban, land.names.community_code, rng, last_day=last_day)


def _road_frame(network: roads.Roads) -> gpd.GeoDataFrame:
    columns = pd.DataFrame(
        {
            "name": network.name,
            "class": np.array(roads.CLASSES)[network.rank],
            "speed_kmh": np.array(roads.SPEED_KMH)[network.rank],
            "oneway": False,
            "identity": [f"demo:{number}" for number in range(len(network.lines))],
        }
    )
    return layer_geo_frame("roads", columns, lines(network.lines))


def _river_frame(land: _Land, rng: np.random.Generator) -> gpd.GeoDataFrame:
    columns = pd.DataFrame({"name": river_names(land.streams.drained_km2, rng)})
    named = columns.assign(identity=[f"demo:{number}" for number in range(len(columns))])
    return layer_geo_frame("rivers", named, lines(land.streams.lines))


def _den_frame(
    dens: Dens, houses: premises.Buildings, code: Texts, rate: Floats, first: np.datetime64
) -> gpd.GeoDataFrame:
    columns = pd.DataFrame(
        {
            "place": houses.address[dens.building],
            "community_code": code[dens.community],
            "active_since": first + dens.since,
            "active_until": np.where(dens.until < DAYS, first + dens.until, np.datetime64("NaT")),
            "reporting_rate": rate[dens.community],
        }
    )
    return geo_frame(columns, points(dens.xy))


__all__ = ["DemoCity", "city"]
