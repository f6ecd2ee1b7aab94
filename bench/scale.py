"""What grows with the ground: the demo city, and ten of them side by side as a province."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import shapely
import sqlalchemy as sa

from app.core.open_city import open_city
from bench import load, running, tiles
from bench.demo import Run, settings_at
from bench.table import Row, seconds
from layers import read, write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from layers.demo import DemoCity, city
from layers.host import embedded
from layers.profile import load_profile

CITIES = 10
KEYS = ("areas", "roads", "rental_units", "venues", "tips", "raids", "counts")
#: Started from here a program would inherit the most memory that this process ever had.
LAUNCHER = """
import json, resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1000]))
"""
PROVINCE = """
name = "演示省(虚构)"
code_prefix = "9"
code_pattern = "^9[0-9]{11}$"
bounds = [115.0, 26.0, 119.5, 35.0]
metric_crs = "EPSG:4548"
"""


class Used(NamedTuple):
    """What a program took: seconds by the clock, of the processor, and the most memory of one of its processes."""

    clock_s: float
    processor_s: float
    megabytes: float

    def told(self) -> str:
        """The three of them."""
        return f"{seconds(self.clock_s)}, processor {seconds(self.processor_s)}, {self.megabytes:.0f} MB"


def rows(run: Run) -> Iterator[Row]:
    """Size, import, analysis, watch, back-test and tiles of both; the database's own share is in no processor time."""
    folder = run.folder / "province"
    folder.mkdir()
    profile = folder / "profile.toml"
    profile.write_text(PROVINCE, encoding="utf-8")
    yield Row("demo city: made and stored", ours=seconds(run.city.fill_s))
    yield from _measured("demo city", run.city.engine, run.city.data, engines=("local",))
    run.end.callback(embedded.stop, folder)
    _, engine = open_city(replace(settings_at(folder), profile=load_profile(profile)))
    run.end.callback(engine.dispose)
    demo = city()
    took = [_stored(engine, LOCAL, demo, number) for number in range(CITIES)]
    yield Row(f"province: the first of {CITIES} cities stored", ours=seconds(took[0]))
    yield Row(f"province: the last of {CITIES} cities stored", ours=seconds(took[-1]))
    environment = [f"WUCHUAN_PROFILE={profile}"]
    yield from _measured("province", engine, folder, engines=("local", "processes"), environment=environment)


def _measured(
    name: str, engine: sa.Engine, data: Path, *, engines: Sequence[str], environment: Sequence[str] = ()
) -> Iterator[Row]:
    with transaction(engine, LOCAL) as connection:
        counts = {key: read.count(connection, key) for key in ("communities", "rental_units", "venues", "tips")}
        size = connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one()
        lonlat = shapely.get_coordinates(read.layer(connection, "rental_units").geometry.to_numpy())
    held = ", ".join(f"{count:,} {key.replace('_', ' ')}" for key, count in counts.items())
    yield Row(f"{name}: {held}", ours=f"database {size / 1e9:.2f} GB")
    wuchuan = ("env", *environment, sys.executable, "-m", "app.cli", "--data", str(data))
    for command in ("analyse", "watch", "backtest"):
        for where in engines:
            asked = ("env", f"WUCHUAN_ENGINE={where}", *wuchuan, command)
            yield Row(f"{name}: `wuchuan {command}`, {where}", ours=_used(*asked).told())
    kept = sum(path.stat().st_size for path in (data / "snapshots").iterdir())
    yield Row(f"{name}: snapshots of one analysis and one back-test", ours=f"{kept / 1e6:.1f} MB")
    paths = list(dict.fromkeys(tiles.walk(lonlat)))
    with running.serving(data, *wuchuan, "up", "--port", str(running.free_port())) as site:
        borne = load.bear(site, paths, connections=tiles.CONNECTIONS).told()
    yield Row(f"{name}: {len(paths)} tiles made, {tiles.CONNECTIONS} connections", ours=borne)


def _used(*command: str) -> Used:
    """What a command takes, which must end well; memory is that of its largest process."""
    began = time.perf_counter()
    launched = [*running.CLEAN, sys.executable, "-c", LAUNCHER, *command]
    told = subprocess.run(launched, cwd=running.REPO, stdout=subprocess.PIPE, text=True, check=True).stdout
    return Used(time.perf_counter() - began, *json.loads(told))


def _stored(engine: sa.Engine, demo: DemoCity, number: int) -> float:
    """The seconds of storing one more demo city, under codes and on ground of its own."""
    frames = {key: _moved(getattr(demo, key), number) for key in KEYS}
    began = time.perf_counter()
    with transaction(engine, LOCAL) as connection:
        for key, frame in frames.items():
            write.load(connection, LAYERS[key], frame)
    return time.perf_counter() - began


def _moved(frame: pd.DataFrame, number: int) -> pd.DataFrame:
    codes = {
        name: f"9{number}" + frame[name].str[2:] for name in ("code", "parent_code", "community_code") if name in frame
    }
    moved = frame.assign(**codes)
    moved["identity"] = moved["code"] if "code" in moved else moved["identity"] + f"@{number}"
    if "source_no" in moved:
        moved["source_no"] = moved["source_no"] + f"@{number}"
    if isinstance(moved, gpd.GeoDataFrame):
        moved = moved.set_geometry(moved.geometry.translate(-2.0 * (number % 2), 1.6 * (number // 2)))
    return moved
