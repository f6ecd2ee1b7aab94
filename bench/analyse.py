"""How long the demo city takes to fill and to analyse."""

import sys
from collections.abc import Iterator

from bench import running
from bench.demo import Run
from bench.table import Row, seconds


def rows(run: Run) -> Iterator[Row]:
    """Filling as the first start does it; analysing by the command, from its start to its last line."""
    data = run.city.data
    yield Row("demo city made and stored", ours=seconds(run.city.fill_s), asked="≤ 30 s")
    took = running.run(data.parent, sys.executable, "-m", "app.cli", "--data", data, "analyse")
    yield Row("`wuchuan analyse` of the demo city", ours=seconds(took), asked="≤ 10 s")
