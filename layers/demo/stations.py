"""Stations of the demo city and their teams: every agency at each county seat, two of them in the townships as well."""

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.demo import frames, gazetteer, towns

#: By agency: its county office, the network of the districts it has below, size of a team, minutes until the team can
#: leave, and teams at a county seat.
AGENCIES = (
    ("公安", "公安局", "police", 4, 5.0, 6),
    ("市场监管", "市场监督管理局", "market_supervision", 3, 10.0, 5),
    ("政法委", "委政法委", "", 2, 15.0, 4),
)


def agencies() -> pd.DataFrame:
    """The agencies that send teams: name, network (none for one without districts), duty."""
    duties = ("打击骨干,处置限制人身自由", "检查经营场所,认定传销行为", "牵头协调,督促社区(村)")
    names, _, networks, *_ = zip(*AGENCIES, strict=True)
    columns = pd.DataFrame({"name": names, "network": networks, "duty": duties})
    return frames.layer_frame("agencies", columns.assign(network=columns["network"].replace("", None)))


def stations(names: gazetteer.Gazetteer, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Every county office, and an office at the seat of each district of police and market supervision.

    Columns: name, agency, area_code, teams (how many start there), geometry.
    """
    seat = dict(zip(names.township_code, names.seats, strict=True))
    parts = []
    for agency, office, network, _, _, teams in AGENCIES:
        below = districts[districts["network"] == network]
        columns = pd.DataFrame(
            {
                "name": [*(f"{county}{office}" for county in names.county), *below["name"]],
                "area_code": [*names.county_code, *below["area_code"]],
                "teams": np.append(np.full(towns.COUNTIES, teams), np.ones(len(below), dtype=np.int64)),
            }
        )
        xy = np.array([*names.seats[: towns.COUNTIES], *(seat[code] for code in below["area_code"])])
        parts.append(frames.geo_frame(columns.assign(agency=agency), frames.points(xy)))
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)


def teams(offices: gpd.GeoDataFrame) -> pd.DataFrame:
    """The teams of those stations: name, agency, station, size, ready_minutes."""
    rows = offices.drop(columns="geometry").loc[offices.index.repeat(offices["teams"])]
    number = rows.groupby("name").cumcount() + 1
    told = {agency: (size, ready) for agency, _, _, size, ready, _ in AGENCIES}
    columns = pd.DataFrame(
        {
            "name": rows["name"] + number.astype(str) + "队",
            "agency": rows["agency"],
            "station": rows["name"],
            "size": [told[agency][0] for agency in rows["agency"]],
            "ready_minutes": [told[agency][1] for agency in rows["agency"]],
        }
    )
    return frames.layer_frame("teams", columns.reset_index(drop=True))
