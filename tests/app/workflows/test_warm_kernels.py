"""What is warmed is all that a heat map, an analysis and a plan call: nothing is compiled after it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPO

#: A heat map, clusters and travel times of another city than the one that is warmed with.
USE = """
import geopandas as gpd, numpy as np, shapely
from pathlib import Path
from app.core.tip_density import tip_density
from gis.clusters import dbscan
from gis.cells import xy_of
from gis.roads import RoadNetwork, travel_minutes
from layers.profile import load_profile

profile = load_profile(Path("profiles/demo.toml"))
places = np.random.default_rng(4).uniform((118.0, 27.0), (118.01, 27.01), (200, 2))
tips = gpd.GeoDataFrame({"kind": ["tip"] * 200}, geometry=shapely.points(places), crs="EPSG:4490")
assert tip_density(tips, profile).peak > 0
metric = tips.to_crs(profile.metric_crs)
assert dbscan(xy_of(metric), radius_m=150, min_points=3).max() >= 0
line = shapely.LineString(xy_of(metric)[:20])
network = RoadNetwork.from_lines(np.array([line]), speed_kmh=np.array([30]), oneway=np.array([False]))
assert np.isfinite(travel_minutes(network, xy_of(metric)[:3], xy_of(metric)[5:9])).all()
"""


@pytest.mark.slow
def test_nothing_is_compiled_after_the_kernels_are_warm(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}  # noqa: TID251

    def run(*arguments: str) -> set[str]:
        subprocess.run([sys.executable, *arguments], cwd=REPO, env=environment, check=True)
        return {path.name for path in tmp_path.rglob("*.nbc")}

    warm = run("-m", "app.service.warm_kernels")
    assert len(warm) > 10
    assert run("-c", USE) == warm
