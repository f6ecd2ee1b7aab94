"""The fictional city of the messy files: its profile and its list of areas."""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from layers.profile import CityProfile

AREA_COLUMNS = ["code", "name", "level", "parent_code", "former_code", "former_name"]


@pytest.fixture(scope="session")
def messy(shared_data: Path) -> Path:
    return shared_data / "messy" / "open"


@pytest.fixture(scope="session")
def model_city(messy: Path) -> CityProfile:
    """Fictional 示范市: its bounds are the reference box grown by the stated margin."""
    area = json.loads((messy / "reference" / "area.json").read_text("utf-8"))
    west, south, east, north = area["bbox_wgs84"]
    margin = area["accept_margin_deg"]
    return CityProfile(
        name="示范市",
        code_prefix="9901",
        code_pattern="^9901[0-9]{8}$",
        bounds=(west - margin, south - margin, east + margin, north + margin),
        metric_crs="EPSG:4548",
    )


@pytest.fixture(scope="session")
def model_areas(messy: Path) -> gpd.GeoDataFrame:
    """Its 12 communities with borders, and their townships."""
    listed = pd.read_csv(messy / "reference" / "communities.csv", dtype=str)
    drawn = json.loads((messy / "reference" / "communities_wgs84.geojson").read_text("utf-8"))
    borders = gpd.GeoDataFrame.from_features(drawn["features"], crs="EPSG:4490").set_index("code")["geometry"]
    communities = listed.assign(level="community", parent_code=listed["township_code"] + "000")
    townships = listed.drop_duplicates("township_code").assign(
        code=lambda rows: rows["township_code"] + "000",
        name=lambda rows: rows["township"],
        level="township",
        parent_code=lambda rows: rows["county_code"] + "000000",
    )
    areas = pd.concat([communities, townships], ignore_index=True).assign(former_code=None, former_name=None)
    return gpd.GeoDataFrame(areas[AREA_COLUMNS], geometry=areas["code"].map(borders).to_numpy(), crs="EPSG:4490")
