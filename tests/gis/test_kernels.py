"""What holds for every kernel: inputs with nothing in them, threads, and a machine where nothing can be kept."""

import subprocess
import sys
from pathlib import Path

import joblib
import numba
import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array

from gis.clusters import dbscan, space_time_dbscan
from gis.density import cell_counts, grid_shape, kernel_density
from gis.errors import FrameError
from gis.hotspots import gi_star, local_moran, permutation_p, significant
from gis.neighbours import nearest, touching, within
from gis.scan import poisson_scan, rank, space_time_permutation_scan
from gis.trends import emerging_hot_spots, knox, mann_kendall

REPO = Path(__file__).parents[2]
GRID = {"bounds": (0.0, 0.0, 1000.0, 800.0), "cell_m": 400.0}
SINCE, UNTIL = np.datetime64("2024-01-01"), np.datetime64("2024-03-25")
PLACES = {
    "empty": np.empty((0, 2)),
    "one": np.array([[600.0, 200.0]]),
    "coincident": np.array([[600.0, 200.0]] * 4),
    "missing": np.array([[600.0, np.nan], [1.0, 1.0]]),
    "degrees": np.array([[118.1, 26.6], [118.2, 26.7]]),
}
VALUES = {"empty": [], "one": [2.0], "coincident": [2.0] * 4, "missing": [np.nan, 1.0]}
PEAK = 1e6 / (2 * np.pi * 200**2)  # events per km² at a single one, for 200 m


def seeded():
    return np.random.default_rng(1)


def island(values):
    return csr_array((len(values), len(values)))


def burst(xy, **more):
    """The scan of three cases in the last week at each place."""
    location, day = np.repeat(np.arange(len(xy)), 3), np.full(3 * len(xy), UNTIL - 1)
    scan = space_time_permutation_scan(
        location, day, xy, since=SINCE, until=UNTIL, max_window_days=28, replications=9, rng=seeded(), **more
    )
    return [cluster.locations.tolist() for cluster in scan]


#: Of a kernel on places: what comes of none, of one, of four at one point. The rest is refused, as degrees are.
ON_PLACES = {
    "kernel_density": (
        lambda xy: kernel_density(xy, bandwidth_m=200, **GRID)[0, 1],
        [0, pytest.approx(PEAK), pytest.approx(4 * PEAK)],
    ),
    "cell_counts": (lambda xy: cell_counts(xy, **GRID)[0].tolist(), [[0, 0, 0], [0, 1, 0], [0, 4, 0]]),
    "dbscan": (lambda xy: dbscan(xy, radius_m=50, min_points=3).tolist(), [[], [-1], [0] * 4]),
    "space_time_dbscan": (
        lambda xy: space_time_dbscan(xy, np.arange(len(xy)), radius_m=50, window_days=1, min_points=3).tolist(),
        [[], [-1], [0] * 4],
    ),
    "within": (lambda xy: within(xy, radius_m=50).sum(axis=1).tolist(), [[], [0], [3] * 4]),
    "nearest": (lambda xy: nearest(xy, k=2).sum(axis=1).tolist(), [[], [0], [2] * 4]),
    "space_time_permutation_scan": (burst, [[], [], []]),
    "knox": (
        lambda xy: knox(xy, np.zeros(len(xy)), radius_m=50, window_days=1, permutations=9, rng=seeded()),
        [(0, 0, 1), (0, 0, 1), (6, 6, 1)],
    ),
}
#: Of a kernel on values: what comes of none, of one, of four equal ones. A missing one is refused.
ON_VALUES = {
    "gi_star": (lambda x: gi_star(x, island(x)).tolist(), [[], [0], [0] * 4]),
    "permutation_p": (
        lambda x: permutation_p(x, island(x), permutations=9, rng=seeded()).tolist(),
        [[], [1], [1] * 4],
    ),
    "local_moran": (lambda x: np.array(local_moran(x, island(x))).tolist(), [[[], []], [[0]] * 2, [[0] * 4] * 2]),
    "significant": (lambda x: significant(np.array(x) / 20).tolist(), [[], [False], [False] * 4]),
    "rank": (lambda x: rank(3.0, x), [1, 1, 1]),
    "mann_kendall": (lambda x: np.asarray(mann_kendall([x])).tolist(), [[0], [0], [0]]),
    "emerging_hot_spots": (
        lambda x: emerging_hot_spots([x], np.ones((1, len(x)))).tolist(),
        [["no_pattern"], ["new_hot_spot"], ["persistent_hot_spot"]],
    ),
    "poisson_scan": (lambda x: poisson_scan(x, x, np.zeros((len(x), 2)), rng=seeded()), [[], [], []]),
}


@pytest.mark.parametrize("given", PLACES)
@pytest.mark.parametrize("name", ON_PLACES)
def test_nothing_one_place_one_point_nan_and_degrees_have_a_stated_answer(name, given):
    kernel, answers = ON_PLACES[name]
    wanted = dict(zip(PLACES, answers, strict=False)).get(given)
    if wanted is None:
        with pytest.raises(FrameError):
            kernel(PLACES[given])
    else:
        assert kernel(PLACES[given]) == wanted


@pytest.mark.parametrize("given", VALUES)
@pytest.mark.parametrize("name", ON_VALUES)
def test_no_value_one_value_equal_values_and_nan_have_a_stated_answer(name, given):
    kernel, answers = ON_VALUES[name]
    wanted = dict(zip(VALUES, answers, strict=False)).get(given)
    if wanted is None:
        with pytest.raises(FrameError):
            kernel(VALUES[given])
    else:
        assert kernel(VALUES[given]) == wanted


def test_polygons_that_are_none_one_and_all_the_same():
    square = shapely.box(0, 0, 1, 1)
    assert [touching(shapes).sum() for shapes in ([], [square], [square] * 4)] == [0, 0, 12]
    with pytest.raises(FrameError):
        touching([shapely.Point(0, 0)])


@pytest.mark.parametrize("bounds", [(118.1, 26.6, 118.2, 26.7), (0, 0, np.nan, 1), (0, 0, 0, 0)])
def test_a_grid_in_degrees_or_of_nothing_is_refused(bounds):
    with pytest.raises(FrameError):
        grid_shape(bounds, 100)


def answers():
    """The bytes of every compiled kernel's answer, by name."""
    rng = np.random.default_rng(5)
    xy, day = rng.uniform(0, 5_000, (800, 2)), rng.integers(0, 84, 800)
    found = {
        "density": kernel_density(xy, bounds=(0, 0, 5000, 5000), cell_m=50, bandwidth_m=150),
        "smooth": kernel_density(xy, bounds=(0, 0, 5000, 5000), cell_m=50, bandwidth_m=400),
        "dbscan": dbscan(xy, radius_m=200, min_points=5),
        "space_time_dbscan": space_time_dbscan(xy, day, radius_m=400, window_days=7, min_points=5),
    }
    centre, place = rng.integers(0, 40, 800), rng.uniform(0, 9_000, (40, 2))
    clusters = space_time_permutation_scan(
        centre, SINCE + day, place, since=SINCE, until=UNTIL, max_window_days=28, replications=99, rng=rng
    ) + poisson_scan(np.bincount(centre, minlength=40), np.full(40, 9.0), place, replications=99, rng=rng)
    found["scan"] = np.array([(c.centre, c.observed, c.llr, c.p) for c in clusters])
    return {name: value.tobytes() for name, value in found.items()}


def test_one_thread_and_two_give_the_same_bytes(monkeypatch):
    given = []
    for threads in (1, 2, 3):
        monkeypatch.setattr(joblib, "cpu_count", lambda threads=threads: threads)
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
        given.append(answers())
    assert given[0] == given[1] == given[2]


TOY = """
from gis.compiled import compiled
@compiled
def twice(value: int) -> int:
    return 2 * value
print(twice(21), len(twice.stats.cache_hits), twice.stats.cache_path)
"""
DENSE = """
from gis.clusters import dbscan
print(dbscan([[7, 7]] * 3 + [[9000, 0]], radius_m=1, min_points=3).tolist(), 0, None)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "answer"), [(TOY, "42"), pytest.param(DENSE, "[0, 0, 0, -1]", marks=pytest.mark.slow)]
)
def test_kernels_run_where_no_folder_takes_what_is_compiled(tmp_path, code, answer):
    (tmp_path / "file").touch()
    (tmp_path / "run.py").write_text(code)
    settings = {
        "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator",
        "NUMBA_CACHE_DIR": tmp_path / "file" / "below",  # where not even root makes a folder
        "PYTHONPATH": REPO,
    }
    given = [f"{name}={value}" for name, value in settings.items()]
    done = subprocess.run(
        ["env", *given, sys.executable, tmp_path / "run.py"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{answer} 0 None\n"
