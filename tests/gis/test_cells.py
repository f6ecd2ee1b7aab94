import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import nbinom

from gis.cells import _alone_p
from gis.exposure import rate_variance, variance_elsewhere

SEEN, EXPECTED = np.array([0.0, 0, 1, 2.5, 30]), np.array([0.0, 9, 1, 2, 3])
#: The last two of five places touch.
NEAR = csr_array((np.ones(2), ([3, 4], [4, 3])), shape=(5, 5))


def test_places_vary_as_those_that_neither_are_nor_touch_them() -> None:
    found = variance_elsewhere(SEEN, EXPECTED, NEAR, least=1)
    assert found[4] == pytest.approx(rate_variance(SEEN[:3], EXPECTED[:3]))
    assert found[0] == pytest.approx(rate_variance(SEEN[1:], EXPECTED[1:]))
    assert variance_elsewhere([5.0, 1], [1.0, 1], csr_array([[0.0, 1], [1, 0]]), least=0).tolist() == [0, 0]
    assert (variance_elsewhere(SEEN, EXPECTED, NEAR) == rate_variance(SEEN, EXPECTED)).all()


def test_the_variance_of_rates_is_that_of_a_regression_through_the_origin() -> None:
    seen, expected = np.array([4.0, 0, 1]), np.array([1.0, 1, 3])
    assert rate_variance(seen, expected) == pytest.approx(9 / 11)  # (9 - 1) + (1 - 1) + (4 - 3) over 1 + 1 + 9
    beyond = ((seen - expected) ** 2 - seen) / expected
    slope = np.linalg.lstsq(expected[:, None], beyond, rcond=None)[0][0]
    assert rate_variance(seen, expected) == pytest.approx(slope)


def test_a_place_of_which_nothing_was_expected_hardly_moves_the_variance_of_rates() -> None:
    usual, expected = np.array([1.0, 3, 2, 2]), np.array([2.0, 2, 2, 2])
    assert rate_variance(usual, expected) == 0
    # Marshall's, (m (n / m - 1)²) / Σm less what chance gives, would be over a hundred
    assert rate_variance([*usual, 1], [*expected, 0.001]) == 0


def test_a_lone_cell_has_the_tail_of_the_negative_binomial() -> None:
    size, mean = 1 / rate_variance(SEEN, EXPECTED), np.maximum(EXPECTED, 3.0)
    tail = nbinom.sf([-1, -1, 0, 2, 29], size, size / (size + mean))
    assert _alone_p(SEEN, EXPECTED, NEAR) == pytest.approx(tail, rel=1e-9)
    assert tail[0] == tail[1] == 1


def test_where_nothing_is_told_and_nothing_expected_no_cell_stands_out() -> None:
    apart = csr_array((2, 2))
    assert _alone_p(np.zeros(2), np.zeros(2), apart).tolist() == [1, 1]
    assert _alone_p(np.empty(0), np.empty(0), csr_array((0, 0))).tolist() == []
