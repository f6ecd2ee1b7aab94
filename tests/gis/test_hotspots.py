import csv
import warnings
from math import comb

import geopandas as gpd
import libpysal
import numpy as np
import pytest
import shapely
from esda.getisord import G_Local
from esda.moran import Moran_Local
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from gis.errors import FrameError
from gis.hotspots import gi_star, local_moran, permutation_p, significant
from gis.neighbours import touching, within

PAIR = csr_array(np.array([[0.0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]))


def grid(rows, cols, cell_m=250.0):
    """Centres of a grid row by row, and the queen neighbours of each."""
    y, x = np.divmod(np.arange(rows * cols), cols)
    xy = np.column_stack([x, y]) * cell_m + 500_000
    return xy, within(xy, radius_m=cell_m * 1.5)


def weights_of(neighbours):
    """The same neighbours as esda wants them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # esda and libpysal announce coming changes of their own
        return libpysal.weights.WSP(neighbours).to_W(silence_warnings=True)


@pytest.fixture(scope="module")
def carolina(shared_data):
    """The counties of North Carolina in the order of the reference, with R spdep's answers."""
    with (shared_data / "reference" / "sids" / "sids_queen_spdep.csv").open() as file:
        rows = {int(row["FIPSNO"]): row for row in csv.DictReader(file)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counties = gpd.GeoDataFrame.from_file(libpysal.examples.get_path("sids2.shp"))
    ordered = [rows[int(code)] for code in counties["FIPSNO"]]
    answers = {key: np.array([float(row[key]) for row in ordered]) for key in ("rate", "Ii", "Z.Ii", "Gstar_z", "nnb")}
    return touching(counties.geometry), answers


def test_gi_star_of_four_places_by_hand():
    # x = 1, 1, 0, 0: mean 1/2, s = 1/2; the star of place 0 holds two places summing to 2
    z = gi_star([1, 1, 0, 0], PAIR)
    assert z[0] == pytest.approx((2 - 2 * 0.5) / (0.5 * np.sqrt((4 * 2 - 2**2) / 3)))
    assert z[2] == pytest.approx((0 - 0.5) / (0.5 * np.sqrt((4 * 1 - 1**2) / 3)))


@pytest.mark.real
def test_gi_star_is_that_of_spdep(carolina):
    neighbours, answers = carolina
    assert np.diff(neighbours.indptr).tolist() == answers["nnb"].tolist()
    assert gi_star(answers["rate"], neighbours) == pytest.approx(answers["Gstar_z"], abs=1e-12)


def test_gi_star_is_that_of_esda():
    _, neighbours = grid(15, 20)
    values = np.random.default_rng(7).poisson(0.5, 300).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = G_Local(values, weights_of(neighbours), transform="B", star=True, permutations=0).Zs
    assert gi_star(values, neighbours) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.real
def test_local_moran_is_that_of_esda_and_99_hundredths_of_spdep(carolina):
    neighbours, answers = carolina
    moran, z = local_moran(answers["rate"], neighbours)
    assert moran == pytest.approx(0.99 * answers["Ii"], abs=1e-12)  # n = 100
    assert z == pytest.approx(answers["Z.Ii"], abs=1e-10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = Moran_Local(answers["rate"], weights_of(neighbours), permutations=0).Is
    assert moran == pytest.approx(wanted, abs=1e-12)


def test_the_star_is_added_once_even_where_the_matrix_has_it_already():
    values = [3.0, 1, 0, 2]
    starred = csr_array(PAIR.toarray() + np.eye(4))
    assert gi_star(values, starred).tolist() == gi_star(values, PAIR).tolist()


def test_a_stored_zero_is_no_neighbour():
    stored = csr_array((np.array([1.0, 1, 0, 0]), ([0, 1, 2, 3], [1, 0, 3, 2])), shape=(4, 4))
    assert gi_star([3.0, 1, 0, 2], stored).tolist() == gi_star([3.0, 1, 0, 2], PAIR).tolist()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), shift=st.integers(-50, 50), factor=st.integers(1, 9))
def test_order_origin_and_unit_of_the_values_do_not_matter(seed, shift, factor):
    rng = np.random.default_rng(seed)
    _, neighbours = grid(4, 5)
    values = rng.poisson(1.0, 20).astype(float)
    order = rng.permutation(20)
    shuffled = csr_array(neighbours[order][:, order])
    for statistic in (gi_star, lambda v, n: local_moran(v, n)[1]):
        z = statistic(values, neighbours)
        assert statistic(values * factor + shift, neighbours) == pytest.approx(z, abs=1e-9)
        assert statistic(values[order], shuffled) == pytest.approx(z[order], abs=1e-9)


def test_permutation_p_of_one_large_value_is_its_share_of_draws():
    # values 1 0 0 0 0 0 at six islands: a shuffle puts the 1 on a place once in six
    rng = np.random.default_rng(8)
    islands = csr_array((6, 6))
    for pooled in (True, False):
        p = permutation_p([1, 0, 0, 0, 0, 0], islands, permutations=6_000, pooled=pooled, rng=rng)
        assert p[0] == pytest.approx(1 / 6, abs=0.02)
        assert p[1:].tolist() == [1.0] * 5  # every draw ties with a zero, and ties count


def test_permutation_p_of_a_pair_meets_the_exact_probability():
    # two of the ten places are 1; both in a given pair: 1 of C(10, 2)
    neighbours = np.zeros((10, 10))
    for first in range(0, 10, 2):
        neighbours[first, first + 1] = neighbours[first + 1, first] = 1
    p = permutation_p(
        [1, 1] + [0] * 8, csr_array(neighbours), permutations=4_000, pooled=True, rng=np.random.default_rng(9)
    )
    assert p[0] == p[1] == pytest.approx(1 / comb(10, 2), abs=0.004)


def test_pooling_draws_only_from_places_with_as_many_neighbours():
    # an island's null is a single value, a pair's the sum of two; 3 on an island is rarer than 3 on a pair
    values = np.array([0.0, 3, 3, 0])
    p = permutation_p(values, PAIR, permutations=2_000, rng=np.random.default_rng(10))
    assert p[2] == pytest.approx(1 / 2, abs=0.03)
    assert p[1] == pytest.approx(5 / 6, abs=0.03)  # 1 − P(both zero) = 1 − 1/6


def test_the_smallest_p_is_one_over_all_pooled_draws_plus_one():
    _, neighbours = grid(6, 6)
    values = np.zeros(36)
    values[[14, 15, 20, 21]] = 10.0
    p = permutation_p(values, neighbours, permutations=99, rng=np.random.default_rng(11))
    inner = 16  # cells with eight neighbours
    assert p.min() >= 1 / (99 * inner + 1)
    assert p[14] == p.min() < 0.01


def test_sums_that_differ_in_the_last_digit_only_are_ties():
    # 0.1 + 0.2 + 0.3 in any order is the same sum
    ring = csr_array(1.0 - np.eye(3))
    assert permutation_p([0.1, 0.2, 0.3], ring, permutations=50, rng=np.random.default_rng(12)).tolist() == [1.0] * 3


@pytest.mark.parametrize("pooled", [True, False])
def test_the_same_seed_gives_the_same_p_and_the_generator_moves_on(pooled):
    _, neighbours = grid(8, 8)
    values = np.random.default_rng(13).poisson(1, 64)
    one, other = np.random.default_rng(14), np.random.default_rng(14)
    first = permutation_p(values, neighbours, permutations=120, pooled=pooled, rng=one)
    assert first.tolist() == permutation_p(values, neighbours, permutations=120, pooled=pooled, rng=other).tolist()
    assert first.tolist() != permutation_p(values, neighbours, permutations=120, pooled=pooled, rng=one).tolist()


def test_sparse_zero_cells_are_never_flagged_and_a_planted_block_is():
    rng = np.random.default_rng(15)
    _, neighbours = grid(100, 100)
    values = rng.poisson(0.1, (100, 100)).astype(float)
    values[40:50, 40:50] = rng.poisson(2.0, (10, 10))
    flat = values.ravel()
    flagged = significant(permutation_p(flat, neighbours, permutations=99, rng=rng))
    zero_around = (neighbours @ flat + flat) == 0
    assert not flagged[zero_around].any()
    assert flagged.reshape(100, 100)[40:50, 40:50].sum() >= 80


def test_maps_of_pure_chance_are_left_alone():
    rng = np.random.default_rng(16)
    _, neighbours = grid(60, 60)
    flagged = 0
    for _ in range(12):
        p = permutation_p(rng.poisson(0.1, 3_600), neighbours, permutations=99, rng=rng)
        flagged += significant(p).any()
    assert flagged <= 2


def test_benjamini_hochberg_keeps_the_first_four_of_their_own_example():
    # Benjamini & Hochberg 1995, section 3.1: 15 p values, the four smallest stand at 0.05
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528]
    p += [0.7590, 1.0]
    assert np.flatnonzero(significant(p)).tolist() == [0, 1, 2, 3]
    assert np.flatnonzero(significant(p[::-1])).tolist() == [11, 12, 13, 14]


@given(p=st.lists(st.floats(0, 1), max_size=30), alpha=st.floats(0.001, 0.5))
def test_the_step_up_rule_holds(p, alpha):
    ordered = np.sort(p)
    below = np.flatnonzero(ordered <= alpha * np.arange(1, len(p) + 1) / max(len(p), 1) * (1 - 1e-12))
    kept = significant(p, alpha=alpha)
    assert kept.sum() >= (below.max() + 1 if len(below) else 0)
    assert not len(p) or not kept.any() or max(np.array(p)[kept]) <= alpha * kept.sum() / len(p) * (1 + 1e-12)


def test_no_places_one_place_and_equal_values_have_a_stated_answer():
    rng = np.random.default_rng(17)
    for count in (0, 1, 2):
        nobody = csr_array((count, count))
        assert gi_star(np.zeros(count), nobody).tolist() == [0.0] * count
        assert permutation_p(np.zeros(count), nobody, permutations=9, rng=rng).tolist() == [1.0] * count
        assert [part.tolist() for part in local_moran(np.zeros(count), nobody)] == [[0.0] * count] * 2
    islands, equal = csr_array((3, 3)), np.full(3, 0.1)  # whose mean is 0.10000000000000002
    assert gi_star(equal, islands).tolist() == [0.0] * 3
    assert local_moran(equal, islands)[1].tolist() == [0.0] * 3
    for values in (equal, np.zeros(3)):
        for pooled in (True, False):
            assert permutation_p(values, islands, permutations=9, pooled=pooled, rng=rng).tolist() == [1.0] * 3
    assert significant([]).tolist() == []


def test_where_everybody_is_a_neighbour_nobody_stands_out():
    assert gi_star([5, 1, 0], csr_array(1 - np.eye(3))).tolist() == [0.0] * 3


def test_a_place_without_neighbours_has_no_local_moran():
    moran, z = local_moran([9.0, 1, 0, 0], PAIR)
    assert moran[2] == moran[3] == z[2] == z[3] == 0


def test_missing_values_and_matrices_of_another_size_are_refused():
    rng = np.random.default_rng(18)
    for values in ([1, np.nan, 0, 0], [1, 2, 3]):
        with pytest.raises(FrameError):
            gi_star(values, PAIR)
        with pytest.raises(FrameError):
            local_moran(values, PAIR)
        with pytest.raises(FrameError):
            permutation_p(values, PAIR, permutations=9, rng=rng)
    with pytest.raises(FrameError, match="permutations is 0"):
        permutation_p([1, 2, 3, 4], PAIR, permutations=0, rng=rng)


@pytest.mark.parametrize(("p", "alpha"), [([0.1, np.nan], 0.05), ([1.1], 0.05), ([-0.1], 0.05), ([0.1], 2.0)])
def test_a_p_outside_0_to_1_is_refused(p, alpha):
    with pytest.raises(FrameError):
        significant(p, alpha=alpha)


def test_polygons_and_hot_spots_work_together():
    squares = [shapely.box(x, 0, x + 1, 1) for x in range(4)]
    assert gi_star([1, 1, 0, 0], touching(squares)).argmax() == 0
