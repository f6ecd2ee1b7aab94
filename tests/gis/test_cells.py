import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom

from gis.cells import _alone_p
from gis.exposure import rate_variance


def test_a_lone_cell_has_the_tail_of_the_negative_binomial() -> None:
    seen, expected = np.array([0.0, 0, 1, 2.5, 30]), np.array([0.0, 9, 1, 2, 3])
    size, mean = 1 / rate_variance(seen, expected), np.maximum(expected, 3.0)
    tail = nbinom.sf([-1, -1, 0, 2, 29], size, size / (size + mean))
    assert _alone_p(pd.DataFrame({"sources": seen, "expected": expected})) == pytest.approx(tail, rel=1e-12)
    assert tail[0] == tail[1] == 1


def test_where_nothing_is_told_and_nothing_expected_no_cell_stands_out() -> None:
    assert _alone_p(pd.DataFrame({"sources": [0.0, 0.0], "expected": [0.0, 0.0]})).tolist() == [1, 1]
    assert _alone_p(pd.DataFrame({"sources": [], "expected": []}, dtype=float)).tolist() == []
