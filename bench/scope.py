"""What row security costs: boxes and tiles of 1,230,000 rental units, with the policy and without it."""

import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import sqlalchemy as sa

from app.core.open_city import database_name
from bench.demo import Run, settings_at
from bench.table import Row, times
from layers import read, tiles
from layers.actor import LOCAL, Actor
from layers.database import make_engine, transaction
from layers.host import embedded

ROWS, QUERIES, ROUNDS = 1_230_000, 60, 3
#: A county of the demo city; the rows lie over all of it and belong to counties by turns.
COUNTY = Actor(account="county", scope="990002")
FILL = """
    INSERT INTO rental_units (unit_code, address, identity, community_code, geom)
    SELECT 'S' || n, '某路' || n || '号', gen_random_uuid(), (ARRAY['990002003003', '990003001001'])[1 + n % 2],
           ST_SetSRID(ST_MakePoint(117.1 + 2.1 * random(), 26.3 + 2.0 * random()), 4490)
    FROM generate_series(1, :rows) AS n"""
Ask = Callable[[sa.Connection, float, float], object]


def rows(run: Run) -> Iterator[Row]:
    """Each kind of query over the same places, of the whole city and of one county, beside the table without policy."""
    engine, owner = run.city.engine, _owner(run)
    with transaction(owner, LOCAL) as connection:
        connection.execute(sa.text("SELECT set_config('wuchuan.assigned', 'on', true)"))
        connection.execute(sa.text("ALTER TABLE rental_units DISABLE TRIGGER USER"))
        connection.execute(sa.text(FILL), {"rows": ROWS})
        connection.execute(sa.text("ALTER TABLE rental_units ENABLE TRIGGER USER"))
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE rental_units"))
    spots = np.random.default_rng(99).uniform([117.2, 26.4], [119.1, 28.2], (QUERIES, 2)).tolist()
    for name, ask in {"boxes of 0.02 degrees": _box, "tiles of zoom 14": _tile}.items():
        open_s = {who.account: [] for who in (LOCAL, COUNTY)}
        bare_s: list[float] = []
        for _ in range(ROUNDS):
            for who in (LOCAL, COUNTY):
                open_s[who.account].append(_seconds(engine, who, ask, spots))
            _secure(owner, on=False)
            bare_s.append(_seconds(engine, LOCAL, ask, spots))
            _secure(owner, on=True)
        bare = statistics.median(bare_s)
        for who in (LOCAL, COUNTY):
            took = statistics.median(open_s[who.account])
            told = {"ours": f"{took * 1000:.1f} ms", "theirs": f"{bare * 1000:.1f} ms", "ratio": times(took / bare)}
            whose = "the whole city" if who is LOCAL else "one county"
            yield Row(f"{QUERIES} {name} of {ROWS:,} rental units, {whose}", "no policy", **told, asked="≤ 3×")
    owner.dispose()


def _owner(run: Run) -> sa.Engine:
    settings = settings_at(run.city.data)
    return make_engine(embedded.start(run.city.data).url("owner", database_name(settings.profile)), patience_seconds=0)


def _secure(owner: sa.Engine, *, on: bool) -> None:
    with transaction(owner, LOCAL) as connection:
        connection.execute(sa.text(f"ALTER TABLE rental_units {'ENABLE' if on else 'DISABLE'} ROW LEVEL SECURITY"))


def _seconds(engine: sa.Engine, who: Actor, ask: Ask, spots: list[list[float]]) -> float:
    with transaction(engine, who) as connection:
        ask(connection, *spots[0])
        began = time.perf_counter()
        for lon, lat in spots:
            ask(connection, lon, lat)
        return time.perf_counter() - began


def _box(connection: sa.Connection, lon: float, lat: float) -> object:
    cut = read.Cut(bbox=(lon, lat, lon + 0.02, lat + 0.02), limit=5000)
    return read.layer(connection, "rental_units", cut)


def _tile(connection: sa.Connection, lon: float, lat: float) -> object:
    zoom = 14
    column = int(2**zoom * (lon / 360 + 0.5))
    row = int(2**zoom * (0.5 - np.arcsinh(np.tan(np.radians(lat))) / (2 * np.pi)))
    return tiles.tile(connection, "rental_units", zoom=zoom, column=column, row=row)
