"""Reporting rates and visit chances, by hand."""

import numpy as np
import pytest

from gis.errors import FrameError
from gis.reporting import reporting_rates, visit_chances


def _rates(
    tips: list[float], checks: list[float], finds: list[float], exposure: tuple[float, ...] = (1, 1)
) -> list[float]:
    return reporting_rates(tips, exposure, checks, finds, prior_finds=10, prior_checks=20).tolist()


def test_where_checks_find_alike_fewer_tips_mean_less_reporting() -> None:
    # told (90 + 10) / 160 and (210 + 10) / 160 of the expected 150; found alike; believed 180 of 200; tips weigh 300
    low, high = (100 / 160) ** 0.9, (220 / 160) ** 0.9
    scale = (90 / low + 210 / high) / 300
    assert _rates([90, 210], [90, 90], [9, 9]) == pytest.approx([low * scale, high * scale])


def test_where_checks_find_as_tips_tell_reporting_is_alike() -> None:
    low, high = _rates([100, 300], [500, 500], [100, 300])
    assert high / low == pytest.approx(1, abs=0.02)


def test_without_checks_or_tips_nothing_is_corrected() -> None:
    assert _rates([100, 300], [0, 0], [0, 0]) == [1, 1]
    assert _rates([0, 0], [50, 50], [5, 5]) == [1, 1]
    assert _rates([], [], [], ()) == []


def test_the_tips_together_weigh_what_they_did() -> None:
    tips = np.array([100, 300])
    assert (tips / _rates([100, 300], [40, 40], [9, 1])).sum() == pytest.approx(400)


def test_few_checks_are_believed_little() -> None:
    believed = [np.divide(*_rates([100, 300], [n, n], [0, 0])) for n in (0, 5, 500)]
    assert 1 == believed[0] > believed[1] > believed[2] > 1 / 3


def test_no_tip_counts_more_than_sixteen_times_another() -> None:
    rates = _rates([1, 100_000], [5_000, 5_000], [900, 10])
    assert max(rates) / min(rates) == pytest.approx(16)


@pytest.mark.parametrize("wrong", [([-1, 1], [1, 1], [0, 0]), ([1, 1], [1, 1], [2, 0]), ([1, np.nan], [1, 1], [0, 0])])
def test_what_are_no_counts_is_refused(wrong: tuple[list[float], list[float], list[float]]) -> None:
    with pytest.raises(FrameError):
        _rates(*wrong)


def test_a_finding_weighs_less_the_more_often_its_place_was_visited_in_the_year_before() -> None:
    # one random check of 10 places in a record of 731 days, in its last year: π₀ = 1 / 10 · 30 / 365
    place, day = [1, 1, 1, 2], [0, 400, 730, 730]
    weights = visit_chances(place, day, [False, False, False, True], places=10)
    lowest, step = 0.1 * 30 / 365, 30 / 365
    assert weights.tolist() == pytest.approx([lowest / (lowest + n * step) for n in (1, 1, 2)] + [1])


def test_no_chance_passes_one_and_no_random_check_means_no_weight() -> None:
    daily = visit_chances([0] * 60 + [0], [*range(60), 59], [False] * 60 + [True], places=1)
    assert daily[59] == pytest.approx(0.5)  # π₀ = 1 · 30 / 60 against a chance of 1
    assert visit_chances([0, 1], [5, 9], [False, False], places=2).tolist() == [0, 0]
    assert visit_chances([], [], [], places=0).tolist() == []
