"""What a county's own level lets through: alerts by chance, each place counted for itself."""

import datetime as dt

import numpy as np
import pytest

from gis.alarms import County, follow, judge
from gis.surveillance import Watch

DAYS = 365


def _alerts(rng: np.random.Generator, *, communities: int, watch: Watch) -> int:
    """How many alerts one county of chance has in a year, as the daily watch would keep them."""
    days = watch.record_days + DAYS + watch.quiet_days
    county = County(
        code="990001",
        codes=tuple(f"9900010010{n:02d}" for n in range(communities)),
        xy=rng.uniform(0, 20_000, (communities, 2)) + 500_000,
        counts=rng.poisson(rng.uniform(0.005, 0.05), (communities, days)),
        until=dt.date(2024, 1, 1),
        days=DAYS,
        seed=int(rng.integers(1 << 30)),
        watch=watch,
    )
    return len(follow(judge(county).alarms, [], quiet_days=watch.quiet_days))


@pytest.mark.slow
@pytest.mark.parametrize(("communities", "histories"), [(20, 300), (60, 100)])
def test_chance_raises_no_more_alerts_than_the_budget_each_place_counted(communities: int, histories: int) -> None:
    rng = np.random.default_rng(5)
    found = [_alerts(rng, communities=communities, watch=Watch(histories=49)) for _ in range(histories)]
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert 0.7 <= np.mean(found) <= 1.0 + 2 * error
