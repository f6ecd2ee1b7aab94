"""Weights, scores and rates, by hand."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from gis import exposure, risk
from gis.errors import FrameError
from tests.builders import incidents

UNTIL, METHOD = dt.date(2026, 7, 1), risk.Method()


def _weights(days_ago: list[int], source: list[int], **columns: object) -> list[float]:
    frame = incidents([(500_000.0, 0.0)] * len(days_ago), [UNTIL - dt.timedelta(days=n) for n in days_ago], **columns)
    return risk.weights(frame, pd.Series(source), until=UNTIL, method=METHOD).tolist()


def test_a_verified_tip_of_yesterday_weighs_one_and_halves_every_sixty_days() -> None:
    assert _weights([1, 61, 121], [0, 1, 2], verified=True) == pytest.approx([1, 0.5, 0.25])


def test_an_unverified_tip_weighs_half() -> None:
    assert _weights([1], [0]) == [0.5]


def test_copies_share_the_weight_of_the_best_one() -> None:
    assert _weights([1, 1], [0, 0], verified=[True, False]) == [0.5, 0.5]


def test_what_comes_after_the_day_of_analysis_weighs_nothing() -> None:
    assert _weights([0], [0]) == [0.0]


def test_raids_bring_at_most_a_fifth() -> None:
    scored = risk.score(4.0, 100.0, method=METHOD)
    assert (scored.total, scored.own_raid_share) == (5.0, pytest.approx(0.2))
    assert risk.score(0.0, 100.0, method=METHOD).total == 0
    assert risk.score(0.0, 0.0, method=METHOD).own_raid_share == 0


def test_expected_counts_follow_exposure_and_keep_the_total() -> None:
    assert exposure.expected_counts([1, 3, 0], total=8).tolist() == [2, 6, 0]
    assert exposure.expected_counts([0, 0], total=8).tolist() == [4, 4]
    with pytest.raises(FrameError, match="below zero"):
        exposure.expected_counts([-1], total=1)


def test_rates_are_shrunk_towards_one() -> None:
    assert exposure.relative_rate([3, 0], [0.5, 1]).tolist() == pytest.approx([4 / 1.5, 0.5])


def test_a_rate_over_few_units_is_not_told() -> None:
    assert np.isnan(exposure.rate_per_100([1], [19])).all()
    assert exposure.rate_per_100([1], [20]).tolist() == [5.0]
