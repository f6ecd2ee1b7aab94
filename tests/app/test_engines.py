"""Pieces computed here, in processes and on a dask cluster: the same bits, also when a worker is killed meanwhile."""

import datetime as dt
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from app.core.engines import spread
from gis.alarms import County, judge
from gis.errors import Unavailable
from gis.surveillance import Watch

Piece = tuple[int, str]


def _sum(piece: Piece) -> float:
    """A sum whose last bits would show another order or another seed."""
    seed, _ = piece
    return float(np.random.default_rng(seed).normal(size=10_000).sum())


def _sum_or_die(piece: Piece) -> float:
    """The same, but the first worker to come to the marked piece is killed as the kernel kills, at once."""
    seed, mark = piece
    if seed == 3 and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return _sum(piece)


def _die(_piece: Piece) -> float:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0.0


def _county(seed: int) -> County:
    """A county of twelve communities, one of which tells three a day at the end."""
    rng, watch = np.random.default_rng(seed), Watch(histories=5)
    counts = rng.poisson(0.03, (12, watch.record_days + 200))
    counts[3, -10:] += 3
    return County(
        code=f"99000{seed}", codes=tuple(f"99000{seed}0010{n:02d}" for n in range(12)),
        xy=rng.uniform(0, 20_000, (12, 2)) + 500_000, counts=counts, until=dt.date(2024, 1, 1), days=28, seed=seed,
        watch=watch,
    )  # fmt: skip


@pytest.fixture
def pieces(tmp_path: Path) -> list[Piece]:
    return [(seed, str(tmp_path / "killed")) for seed in range(8)]


def test_no_piece_gives_no_result() -> None:
    assert spread("local", _sum, []) == []
    assert spread("processes", _sum, []) == []


@pytest.mark.slow
def test_processes_give_the_same_bits_in_the_same_order_also_when_one_is_killed(pieces: list[Piece]) -> None:
    here = spread("local", _sum, pieces)
    assert len(set(here)) == 8
    assert spread("processes", _sum, pieces) == here
    assert spread("processes", _sum_or_die, pieces) == here
    assert Path(pieces[0][1]).exists()


@pytest.mark.slow
def test_workers_that_die_again_and_again_are_told_in_one_sentence(pieces: list[Piece]) -> None:
    with pytest.raises(Unavailable, match="内存"):
        spread("processes", _die, pieces[:2])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_dask_cluster_gives_the_same_bits_also_when_a_worker_is_killed(pieces: list[Piece]) -> None:
    distributed = pytest.importorskip("distributed")
    here = spread("local", _sum, pieces)
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    )
    with cluster:
        engine = f"dask://{cluster.scheduler_address.removeprefix('tcp://')}"
        assert spread(engine, _sum, pieces) == here
        assert spread(engine, _sum_or_die, pieces) == here
        counties = [_county(seed) for seed in range(1, 4)]
        watched = spread("local", judge, counties)
        assert all(found.alarms for found in watched)
        assert spread(engine, judge, counties) == watched
    assert Path(pieces[0][1]).exists()


@pytest.mark.slow
def test_a_dask_cluster_that_is_not_there_is_named() -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        spread("dask://127.0.0.1:9", _sum, [(1, "")])
