"""Tips from GeoParquet, every check on, against geopandas.to_postgis of the same frame."""

import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import shapely
import sqlalchemy as sa

from app.desks.imports.desk import import_file
from bench.demo import Run
from bench.table import Row, against
from layers import read, write
from layers.actor import LOCAL
from layers.catalog import LAYERS, TIP_STATUSES
from layers.copy import copy_frame
from layers.database import make_engine, migrate, transaction
from layers.demo.tips import CATEGORIES, CHANNELS, SEEN
from layers.host import embedded
from layers.intake.options import ReadOptions

NAME, TIPS = "bench_import", LAYERS["tips"]
PEER = "geopandas `to_postgis` of the same frame"


def rows(run: Run) -> Iterator[Row]:
    """The import and its COPY step alone, on a database with the demo city's areas; only the import reads a file."""
    cluster = embedded.start(run.city.data)
    embedded.ensure_database(cluster, NAME)
    migrate(cluster.url("owner", NAME))
    app, owner = make_engine(cluster.url("app", NAME)), make_engine(cluster.url("owner", NAME))
    with transaction(run.city.engine, LOCAL) as source, transaction(app, LOCAL) as target:
        write.load(target, LAYERS["areas"], read.areas(source))
        tips = _tips(read.layer(source, "rental_units"), run.tips)
    path = run.folder / "tips.parquet"
    tips.rename(columns={f.name: f.title for f in TIPS.fields}).to_parquet(path)

    def whole() -> None:
        report = import_file(app, LOCAL, run.city.profile, layer="tips", path=path, options=ReadOptions())
        if report.accepted != run.tips:
            raise SystemExit(f"{report.accepted} of {run.tips} tips were taken: {report.file} {report.refused[:3]}")

    def timed(action: Callable[[], object]) -> float:
        with psycopg.connect(cluster.conninfo("superuser", NAME), autocommit=True) as connection:
            connection.execute("CHECKPOINT")  # nobody pays for what another wrote
        began = time.perf_counter()
        action()
        return time.perf_counter() - began

    theirs = timed(lambda: tips.to_postgis("tips_of_geopandas", owner))
    yield against(f"{run.tips:,} tips, the COPY step alone", timed(lambda: _copy(app, tips)), PEER, theirs, "≥ 10×")
    yield against(f"{run.tips:,} tips from GeoParquet, every check on", timed(whole), PEER, theirs, "≥ 3×")
    app.dispose()
    owner.dispose()
    # nor do the figures that follow wait until its rows are tidied
    with psycopg.connect(cluster.conninfo("superuser", "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
        connection.execute("CHECKPOINT")


def _tips(units: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    """Seeded tips within some twenty metres of rental units; one text in fifty holds a number that must be masked."""
    rng = np.random.default_rng(99)
    texts = [text for told in SEEN.values() for text in told]

    def any_of(choices: Collection[Any]) -> Any:
        return np.array(list(choices))[rng.integers(0, len(choices), count)]

    units = units.iloc[rng.integers(0, len(units), count)]
    places = shapely.get_coordinates(units.geometry.to_numpy()) + rng.normal(0, 2e-4, (count, 2))
    seconds = pd.to_timedelta(rng.integers(0, 3 * 365 * 86_400, count), unit="s")
    columns = {
        "tip_no": [f"XS{n:08d}" for n in range(count)],
        "received_at": pd.Timestamp("2024-01-01", tz="Asia/Shanghai") + seconds,
        "channel": any_of(CHANNELS),
        "category": any_of(CATEGORIES),
        "text": any_of([*texts * 49, *(f"{text}联系电话13800138000。" for text in texts)]),
        "address": units["address"].to_numpy(),
        "verified": any_of([True, False]),
        "status": any_of(TIP_STATUSES),
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.points(places.round(6)), crs=read.SRID)


def _copy(engine: sa.Engine, tips: gpd.GeoDataFrame) -> None:
    kinds = {f.name: f.kind for f in TIPS.fields if f.name in tips}
    with transaction(engine, LOCAL) as connection:
        connection.execute(sa.text(f"CREATE TEMP TABLE copied AS SELECT {', '.join(kinds)}, geom FROM tips LIMIT 0"))
        copy_frame(connection, "copied", tips, kinds=kinds)
