"""Where a ranking sends officers, month by month, in a city whose truth is known (docs/method.md)."""

from collections.abc import Iterator

import numpy as np

from bench.table import Row
from gis.simulation import City, by_counts, by_method, by_recent_counts, figures, simulate

RUNS = 40
CLOSINGS = {"dens stay when found": 0.0, "7 of 10 dens close when found": 0.7}
RANKINGS = {"ours": by_method, "all counts": by_counts, "recent counts": by_recent_counts}


def rows(_run: object = None) -> Iterator[Row]:
    """A row for each figure of each city: ours, and the two counts beside it. The gate of 200 runs is a test."""
    for name, closing in CLOSINGS.items():
        found = {
            ranking: figures([simulate(City(closing=closing), by, rng=np.random.default_rng(n)) for n in range(RUNS)])
            for ranking, by in RANKINGS.items()
        }
        ours, *counts = found.values()
        told = {
            "equal pairs beyond 40/60": ("≤ 2 %", lambda f: f"{f.beyond / f.pairs:.1%}"),
            "a 3:1 start ends at": ("≤ 0.53", lambda f: f"{f.uneven_share:.3f}"),
            "visits per den, little over much reported": ("0.8–1.25", lambda f: f"{f.ratio:.2f}"),
            "hit rate": ("not below counts", lambda f: f"{f.hit_rate:.3f}"),
        }
        for figure, (asked, says) in told.items():
            peers = " / ".join(says(f) for f in counts)
            yield Row(f"{name}: {figure}", "all counts / recent counts", says(ours), peers, asked=asked)
