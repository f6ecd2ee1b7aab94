"""A community's chart and the map of zones on paper: warm as the web draws them, and as commands from the prompt."""

import statistics
import sys
import time
from collections.abc import Iterator

from app.desks.prints.desk import CHART, gather, print_sheets
from bench import running
from bench.demo import Run
from bench.table import Row, seconds
from layers import read
from layers.actor import LOCAL
from layers.database import transaction

TIMES = 5


def rows(run: Run) -> Iterator[Row]:
    """The community of most rental units and one of a typical number; the median of five."""
    with transaction(run.city.engine, LOCAL) as connection:
        units = read.layer(connection, "rental_units")["community_code"].value_counts()
    typical = units.index[(units - 400).abs().argmin()]
    for what, name, area, kind in (
        ("chart of a community of 400 rental units, PDF", CHART, typical, ".pdf"),
        (f"chart of a community of {units.iloc[0]:,} rental units, PDF", CHART, units.index[0], ".pdf"),
        ("map of zones of the city, PDF", "zones", None, ".pdf"),
        ("map of zones of the city, PNG of 300 dpi", "zones", None, ".png"),
    ):
        took = statistics.median(_drawn(run, name, area, kind) for _ in range(TIMES))
        yield Row(f"{what}, warm", ours=seconds(took), asked="≤ 3 s")
    here = (sys.executable, "-m", "app.cli", "--data", run.city.data)
    chart = (*here, "chart", str(typical), run.folder / "a.pdf")
    for what, command in (
        ("`wuchuan chart` of that of 400", chart),
        ("`wuchuan map zones x.png`", (*here, "map", "zones", run.folder / "a.png")),
    ):
        took = statistics.median(running.run(run.folder, *command) for _ in range(TIMES))
        yield Row(f"{what}, from the prompt and back", ours=seconds(took), asked="≤ 3 s")
    stop = (*here, "db", "stop")
    took = statistics.median((running.run(run.folder, *stop), running.run(run.folder, *chart))[1] for _ in range(TIMES))
    yield Row("the same chart, its database started first", ours=seconds(took))


def _drawn(run: Run, name: str, area: str | None, kind: str) -> float:
    began = time.perf_counter()
    with transaction(run.city.engine, LOCAL) as connection:
        sheets = gather(connection, run.city.profile, name, area)
    print_sheets(sheets, kind)
    return time.perf_counter() - began
