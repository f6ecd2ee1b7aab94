import csv
import gzip
from functools import partial
from itertools import pairwise
from math import inf, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import cylinders, scan
from gis.errors import FrameError
from gis.scan import poisson_scan, rank, space_time_permutation_scan
from tests.builders import slow

SINCE, UNTIL = np.datetime64("2024-01-01"), np.datetime64("2024-03-25")  # twelve weeks


def seeded():
    return np.random.default_rng(1)


def ratio(c, u, total):
    """The log-likelihood ratio of one zone, written the plain way."""
    if c < 2 or u <= 0 or c <= u:
        return 0.0
    return c * log(c / u) + ((total - c) * log((total - c) / (total - u)) if c < total else 0.0)


def plain_zones(xy, size, limit, max_radius=inf):
    """Every zone as a list of locations, centre by centre, from small to large."""
    for centre, place in enumerate(xy):
        away = np.hypot(*(xy - place).T)
        nearest = sorted(range(len(xy)), key=lambda i: (away[i], *xy[i], i))
        for end in range(1, len(xy) + 1):
            zone = nearest[:end]
            if size[zone].sum() > limit or away[zone[-1]] > max_radius:
                break
            yield centre, zone


def plain_space_time(location, weeks_back, xy, *, windows, share):
    """The strongest cylinder's ratio by looking at all of them."""
    total = len(location)
    size = np.bincount(location, minlength=len(xy))
    best = 0.0
    for _, zone in plain_zones(xy, size, share * total):
        for window in range(1, windows + 1):
            recent = weeks_back < window
            c = (np.isin(location, zone) & recent).sum()
            best = max(best, ratio(c, size[zone].sum() * recent.sum() / total, total))
    return best


def city(seed, places=14, cases=60):
    rng = np.random.default_rng(seed)
    xy = rng.integers(0, 6, (places, 2)) * 1000.0  # equal distances and coincident places are common
    return xy, rng.integers(0, places, cases), SINCE + rng.integers(0, 84, cases)


def scanned(location, day, xy, **changes):
    arguments = {"since": SINCE, "until": UNTIL, "max_window_days": 28, "replications": 9, "rng": seeded()} | changes
    return space_time_permutation_scan(location, day, xy, **arguments)


# SaTScan's own runs


def read(path):
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(text.decode().splitlines()))


@pytest.fixture(scope="module")
def runs(shared_data):
    """Reported clusters and replica maxima of each run."""
    folder = shared_data / "reference" / "satscan_runs"
    clusters, maxima = {}, {}
    for row in read(folder / "clusters.csv"):
        clusters.setdefault(row["run"], []).append(row)
    for row in read(folder / "replica_llr.csv.gz"):
        maxima.setdefault(row["run"], []).append(float(row["max_llr"]))
    return folder, clusters, maxima


def assert_reported(found, reported, ids, *, digits=1e-9, unit=1.0, count=None):
    """Same clusters in the same order: locations, counts, ratio, radius and window."""
    count = len(reported) if count is None else count
    for cluster, row in zip(found[:count], reported[:count], strict=True):
        assert [ids[location] for location in cluster.locations] == row["location_ids"].split()
        assert ids[cluster.centre] == row["centre"]
        assert cluster.observed == int(row["observed"])
        assert cluster.expected == pytest.approx(
            float(row["expected"]), abs=max(digits, 10 ** -decimals(row["expected"]))
        )
        assert cluster.llr == pytest.approx(float(row["llr"]), abs=digits)
        assert cluster.radius_m / unit == pytest.approx(float(row["radius"]), abs=10 ** -decimals(row["radius"]))
        if cluster.since is not None:
            assert str(cluster.since) == "-".join(f"{int(part):02d}" for part in row["start"].split("/"))
            assert str(cluster.until - 1) == "-".join(f"{int(part):02d}" for part in row["end"].split("/"))


def decimals(text):
    return max(len(text.partition(".")[2]) - 1, 0)


def new_york(shared_data):
    folder = shared_data / "reference" / "satscan_ny"
    tables = {
        name: [line.split() for line in (folder / f"satscan_ny_{name}.txt").read_text().splitlines() if line.strip()]
        for name in ("coords", "cases", "pop")
    }
    ids = [row[0] for row in tables["coords"]]
    xy = np.array([[float(value) for value in row[1:]] for row in tables["coords"]])
    cases = {row[0]: int(row[1]) for row in tables["cases"]}
    population = {row[0]: float(row[2]) for row in tables["pop"]}
    return ids, [cases.get(key, 0) for key in ids], [population[key] for key in ids], xy


@pytest.mark.real
def test_the_leukaemia_clusters_of_new_york_are_those_of_satscan(shared_data, runs):
    _, clusters, maxima = runs
    ids, cases, population, xy = new_york(shared_data)
    found = poisson_scan(cases, population, xy, max_population_share=0.1, replications=499, rng=seeded())
    assert_reported(found, clusters["ny10_std"], ids, count=6)
    assert 6 <= len(found) <= 10  # as SaTScan lists seven; 24 more are weaker than every replica
    for cluster, row in zip(found[:6], clusters["ny10_std"][:6], strict=True):
        assert rank(cluster.llr, maxima["ny10_std"]) == round(float(row["p_mc"]) * 1000)
        assert cluster.p == pytest.approx(float(row["p_mc"]), abs=0.08)


@pytest.mark.real
def test_the_fever_clusters_of_new_york_city_are_those_of_satscan(runs):
    folder, clusters, maxima = runs
    places = sorted(read(folder / "NYCfevergeo.csv"), key=lambda row: row["zip"])
    ids = [row["zip"] for row in places]
    lonlat = np.array([[float(row["long"]), float(row["lat"])] for row in places])
    rows = read(folder / "NYCfevercas.csv")
    day = [np.datetime64("-".join(f"{int(part):02d}" for part in row["date"].split("/"))) for row in rows]
    found = space_time_permutation_scan(
        [ids.index(row["zip"]) for row in rows],
        np.array(day),
        lonlat,
        since=np.datetime64("2001-11-01"),
        until=np.datetime64("2001-11-25"),
        step_days=1,
        max_window_days=7,
        max_radius_m=3_000,
        lonlat=True,
        stop_early=False,
        replications=499,
        rng=seeded(),
    )
    assert_reported(found, clusters["nyc_std"], ids, unit=1000, count=3)
    for cluster, row in zip(found[:3], clusters["nyc_std"], strict=False):
        assert rank(cluster.llr, maxima["nyc_std"]) == round(float(row["p_mc"]) * 1000)
        assert cluster.p == pytest.approx(float(row["p_mc"]), abs=0.08)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "run", "share"),
    [
        ("inj1000", "inj1000_p10_t1", 0.1),
        ("inj5000", "inj5000_p10_t1", 0.1),
        pytest.param("inj1000", "inj1000_p50_t2", 0.5, marks=pytest.mark.slow),
        pytest.param("inj5000", "inj5000_p50_t2", 0.5, marks=pytest.mark.slow),
    ],
)
def test_the_clusters_of_two_thousand_communities_are_those_of_satscan(runs, name, run, share):
    folder, clusters, maxima = runs
    places = read(folder / f"{name}_geo.csv.gz")
    ids = [row["location"] for row in places]
    number = {key: position for position, key in enumerate(ids)}
    rows = [row for row in read(folder / f"{name}_cases.csv.gz") for _ in range(int(row["cases"]))]
    found = space_time_permutation_scan(
        [number[row["location"]] for row in rows],
        np.array([row["date"] for row in rows], dtype="datetime64[D]"),
        np.array([[float(row["x_km"]), float(row["y_km"])] for row in places]) * 1000,
        since=np.datetime64("2024-01-01"),
        until=np.datetime64("2024-12-30"),
        max_case_share=share,
        replications=19,
        rng=seeded(),
    )
    assert_reported(found, clusters[run], ids, digits=1e-6, unit=1000, count=1 if len(found) == 1 else 2)
    assert found[0].p == 1 / 20
    for cluster, row in zip(found, clusters[run], strict=False):
        if run in maxima:
            assert rank(cluster.llr, maxima[run]) == round(float(row["p_mc"]) * 1000)


@pytest.mark.real
def test_ranks_against_the_replicas_of_satscan_are_its_p_values(runs):
    _, clusters, maxima = runs
    for run, values in maxima.items():
        for row in clusters[run]:
            assert rank(float(row["llr"]), values) == round(float(row["p_mc"]) * 1000)


@pytest.mark.real
def test_the_early_stop_gives_the_p_of_satscan(runs):
    # its two fever runs draw the same replicas; the one that stops early does so after 207
    _, clusters, maxima = runs
    llrs = np.array([float(row["llr"]) for row in clusters["nyc_std"][:3]])
    p = scan._p(llrs, iter(maxima["nyc_std"]), 999, stop_early=True)
    assert [f"{share:.3f}" for share in p] == [row["p_mc"] for row in clusters["nyc_default"]]


# by hand and by brute force


def test_a_burst_at_one_place_in_the_last_week_by_hand():
    # ten places 1 km apart with one case each in an early week, and five more cases at place 3 in the last
    xy = np.column_stack([np.arange(10) * 1000.0, np.zeros(10)])
    location, day = [*range(10), 3, 3, 3, 3, 3], [SINCE + 10] * 10 + [UNTIL - 1] * 5
    (burst,) = scanned(location, np.array(day), xy, replications=199)
    assert (burst.centre, burst.locations.tolist(), burst.radius_m) == (3, [3], 0.0)
    assert (burst.since, burst.until) == (UNTIL - 7, UNTIL)
    assert (burst.observed, burst.expected) == (5, 6 * 5 / 15)
    assert burst.llr == pytest.approx(5 * log(5 / 2) + 10 * log(10 / 13))
    assert burst.relative_risk == pytest.approx((5 / 2) / (10 / 13))
    assert burst.p < 0.05


def test_a_rate_twice_the_rest_by_hand():
    # 20 cases on 1,000 people at the first place, 10 on each of the nine others
    xy = np.column_stack([np.arange(10) * 1000.0, np.zeros(10)])
    first, *_ = poisson_scan([20] + [10] * 9, [1000] * 10, xy, replications=99, rng=seeded())
    assert (first.locations.tolist(), first.observed, first.expected) == ([0], 20, 11.0)
    assert first.llr == pytest.approx(20 * log(20 / 11) + 90 * log(90 / 99))
    assert (first.since, first.until) == (None, None)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.2, 0.5, 1.0]))
def test_no_cylinder_is_stronger_than_the_first_reported(seed, share):
    xy, location, day = city(seed)
    found = scanned(location, day, xy, max_case_share=share)
    back = (UNTIL - 1 - day).astype(int) // 7
    best = plain_space_time(location, back, xy, windows=4, share=share)
    assert (found[0].llr if found else 0.0) == pytest.approx(best, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.1, 0.5]))
def test_no_circle_is_stronger_than_the_first_reported_and_clusters_share_no_location(seed, share):
    xy, location, _ = city(seed)
    population = np.random.default_rng(seed).integers(1, 50, len(xy))
    cases = np.bincount(location, minlength=len(xy))
    found = poisson_scan(cases, population, xy, max_population_share=share, replications=9, rng=seeded())
    best = max(
        (
            ratio(cases[zone].sum(), population[zone].sum() * cases.sum() / population.sum(), cases.sum())
            for _, zone in plain_zones(xy, population, share * population.sum())
        ),
        default=0.0,
    )
    assert (found[0].llr if found else 0.0) == pytest.approx(best, abs=1e-9)
    every = np.concatenate([cluster.locations for cluster in found]) if found else np.empty(0)
    assert len(set(every.tolist())) == len(every)
    assert all(one.llr >= other.llr - 1e-9 for one, other in pairwise(found))


@pytest.mark.parametrize("floors", [[0.0, 0.5, 1.0, 2.0], *slow([0.0], list(np.linspace(0, 9, 100)))])
def test_replica_maxima_are_those_of_brute_force_whatever_floors_are_passed(monkeypatch, floors):
    monkeypatch.setattr(cylinders, "_FLOORS", np.array(floors))
    xy, location, day = city(7)
    back = (UNTIL - 1 - day).astype(int) // 7
    size = np.bincount(location, minlength=len(xy)).astype(float)
    zones = cylinders.grow(xy, xy, size, limit=30.0, cases=np.cumsum(np.bincount(back, minlength=12))[:4], total=60)
    rng = seeded()
    shuffled = [rng.permutation(back) for _ in range(12)]
    position = np.zeros(len(xy), dtype=int)
    position[zones.members] = np.arange(len(zones.members))
    draws = [partial(scan._tabulated, position[location], order, (len(zones.members), 4)) for order in shuffled]
    wanted = [plain_space_time(location, order, xy, windows=4, share=0.5) for order in shuffled]
    assert list(cylinders.maxima(zones, draws, together=5)) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("levels", [3, 2048])
def test_replica_maxima_without_time_are_those_of_brute_force_in_every_lane(monkeypatch, levels):
    monkeypatch.setattr(cylinders, "_LEVELS", levels)
    xy, *_ = city(7)
    population = np.random.default_rng(7).uniform(1, 50, len(xy))
    zones = cylinders.grow(xy, xy, population, limit=0.5 * population.sum(), cases=np.array([60]), total=60)
    drawn = seeded().multinomial(60, population / population.sum(), size=32)
    wanted = [
        max(
            ratio(count[zone].sum(), population[zone].sum() * 60 / population.sum(), 60)
            for _, zone in plain_zones(xy, population, 0.5 * population.sum())
        )
        for count in drawn
    ]
    draws = [partial(scan._with_nobody, drawn.T[zones.members], 60)]
    assert list(cylinders.maxima(zones, draws, together=1, abreast=True)) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("floor", [0.0, 0.3, 2.0, 50.0])
def test_the_fewest_cases_that_reach_a_floor_are_those_found_by_trying_every_count(floor):
    expected = np.append(np.random.default_rng(9).uniform(0, 25, 60), [0.0, 1.0, 2.0, 20.0, np.inf])
    found = cylinders._fewest(expected[:, None], 20, floor)[:, 0]
    for u, fewest in zip(expected, found, strict=True):
        assert fewest == next((c for c in range(2, 21) if c > u > 0 and ratio(c, u, 20) >= floor), 21)


def test_a_radius_limit_keeps_zones_small_and_counts_the_edge_in():
    xy, location, day = city(3, places=30, cases=300)
    for cluster in scanned(location, day, xy, max_radius_m=1000):
        assert np.hypot(*(xy[cluster.locations] - xy[cluster.centre]).T).max() <= 1000
    line = np.column_stack([np.arange(4) * 1000.0, np.zeros(4)])
    days = np.array([SINCE + 1] * 6 + [UNTIL - 1] * 4)
    first = scanned([0, 1, 2, 2, 3, 3, 0, 0, 1, 1], days, line, max_radius_m=1000, max_case_share=1.0)[0]
    assert first.locations.tolist() == [0, 1]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), east=st.integers(-1000, 1000), later=st.integers(-300, 300))
def test_order_of_cases_place_and_year_do_not_matter(seed, east, later):
    xy, location, day = city(seed)
    order = np.random.default_rng(seed).permutation(len(day))
    before = scanned(location, day, xy)
    moved = scanned(
        location[order], day[order] + later, xy + np.array([east * 1000.0, 0]), since=SINCE + later, until=UNTIL + later
    )
    for one, other in zip(before[:1], moved[:1], strict=True):
        assert one.locations.tolist() == other.locations.tolist()
        assert (one.observed, one.expected, one.llr) == (other.observed, other.expected, pytest.approx(other.llr))


def test_a_short_first_remainder_joins_the_next_step():
    # 86 days are twelve weeks and two days; the earliest window of twelve steps begins with the period itself
    location, day = (
        np.array([0] * 6 + [1] * 3 + [2] * 3),
        np.array([SINCE - 2] * 2 + [SINCE + 40] * 4 + [SINCE + 80] * 6),
    )
    where, back, steps = scan._steps_back(location, day, SINCE - 2, UNTIL, 7)
    assert steps == 12
    assert back.tolist() == [11] * 2 + [6] * 4 + [0] * 6
    assert where.tolist() == location.tolist()


def test_cases_outside_the_period_are_left_out():
    xy, location, day = city(5)
    more = np.append(day, [SINCE - 1, UNTIL, UNTIL + 400])
    one, other = scanned(location, day, xy), scanned(np.append(location, [0, 0, 0]), more, xy)
    assert [(c.centre, c.llr, c.p) for c in one] == [(c.centre, c.llr, c.p) for c in other]


def test_the_same_seed_gives_the_same_p_and_a_finished_run_ranks_to_the_end():
    xy, location, day = city(6, places=30, cases=200)
    runs = [scanned(location, day, xy, replications=60, stop_early=early) for early in (True, True, False)]
    assert [c.p for c in runs[0]] == [c.p for c in runs[1]]
    assert (runs[2][0].p * 61) == pytest.approx(round(runs[2][0].p * 61))


@pytest.mark.slow
def test_p_of_pure_chance_is_below_a_twentieth_in_about_one_city_in_twenty():
    rng = np.random.default_rng(8)
    alarms = 0
    for _ in range(200):
        location, day = rng.integers(0, 10, 80), SINCE + rng.integers(0, 84, 80)
        found = scanned(location, day, np.arange(20.0).reshape(10, 2) * 1000, replications=19, rng=rng)
        alarms += bool(found) and found[0].p <= 0.05
    assert alarms <= 18  # ten expected, three standard errors are nine


def test_equal_ratios_go_to_the_zone_with_fewer_locations_and_then_to_the_lower_index():
    # two bursts alike; the second has an empty location at its centre's own spot
    xy = np.array([[0.0, 0.0], [50_000.0, 0.0], [50_000.0, 0.0], [25_000.0, 40_000.0]])
    location = np.array([0] * 4 + [2] * 4 + [3] * 8)
    day = np.array([UNTIL - 1] * 8 + [SINCE + 5] * 8)
    found = scanned(location, day, xy, replications=99)
    assert [cluster.locations.tolist() for cluster in found] == [[0], [1, 2]]
    assert found[0].llr == found[1].llr


def test_nothing_to_scan_gives_no_clusters():
    nowhere = np.empty((0, 2))
    assert poisson_scan([], [], nowhere, rng=seeded()) == []
    assert poisson_scan([0, 0], [5, 5], [[0, 0], [1, 1]], rng=seeded()) == []
    assert poisson_scan([3], [5], [[0, 0]], rng=seeded()) == []
    assert scanned([], np.empty(0, dtype="datetime64[D]"), nowhere) == []
    assert scanned([0, 0], [UNTIL - 1] * 2, [[0, 0]], max_case_share=1.0) == []


def test_everything_at_one_point_is_one_zone():
    found = poisson_scan([5, 1, 0], [10, 10, 10], np.full((3, 2), 7.0), replications=9, rng=seeded())
    assert found[0].locations.tolist() == [0]  # the others are as near, but make it weaker


@pytest.mark.parametrize(
    "wrong",
    [
        {"cases": [1.5, 1]},
        {"cases": [-1, 1]},
        {"cases": [1]},
        {"population": [np.nan, 1]},
        {"population": [0, 5]},
        {"population": [5]},
        {"xy": [[0, 0]]},
        {"xy": [[0, np.nan], [1, 1]]},
        {"xy": [[0, 95], [1, 1]], "lonlat": True},
        {"max_population_share": 0},
        {"replications": 0},
    ],
)
def test_impossible_numbers_are_refused_by_the_poisson_scan(wrong):
    arguments = {"cases": [5, 1], "population": [5, 50], "xy": [[0, 0], [1, 1]], "rng": seeded()} | wrong
    with pytest.raises(FrameError):
        poisson_scan(**arguments)


@pytest.mark.parametrize(
    "wrong",
    [
        {"location": [0, 2]},
        {"location": [0, -1]},
        {"location": [0]},
        {"day": [None, None]},
        {"xy": [[118.1, 26.6], [118.2, 26.7]]},
        {"xy": [[0, np.nan], [1, 1]]},
        {"since": UNTIL},
        {"since": None},
        {"max_window_days": 6},
        {"step_days": 0},
        {"max_case_share": 1.1},
        {"max_radius_m": -1},
        {"replications": 0},
    ],
)
def test_degrees_missing_days_and_impossible_periods_are_refused_by_the_space_time_scan(wrong):
    arguments = {"location": [0, 0], "day": [UNTIL - 1] * 2, "xy": [[0, 0], [1, 1]]} | wrong
    with pytest.raises(FrameError):
        scanned(arguments.pop("location"), arguments.pop("day"), arguments.pop("xy"), **arguments)
