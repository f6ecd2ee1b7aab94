"""Analyses, back-tests and watches: one way to store a run, one to read it, and one shape for all."""

import datetime as dt
import hashlib
from typing import Any

import sqlalchemy as sa

from layers import pictures, runs

UNTIL = dt.date(2026, 6, 1)
ANALYSIS = {
    "method": "m", "seed": 1, "until": UNTIL, "incidents": 4,
    "parameters": {"window_days": 90, "snapshots": {"incidents": "aa", "visits": "bb"}, "result_sha256": "cc"},
}  # fmt: skip
BACKTEST = {
    "seed": 2, "until": UNTIL, "parameters": {"cell_m": 250.0}, "trials": [{"hits": 3}], "counties": [],
    "snapshot_sha256": "dd",
}  # fmt: skip
WATCH = {
    "county_code": "990101000000", "until": UNTIL, "reason": "", "communities": 3, "undrawn": 0, "tips": 7,
    "level": 2.5, "budget_per_year": 1.0, "method": "w", "seed": 3,
}  # fmt: skip


def rows(connection: sa.Connection) -> list[tuple[Any, ...]]:
    shape = "kind, scope, until, seed, parameters, snapshots, result_sha256"
    return [tuple(row) for row in connection.execute(sa.text(f"SELECT {shape} FROM runs ORDER BY kind"))]


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_runs_of_every_kind_stand_in_one_shape(connection: sa.Connection) -> None:
    runs.keep(connection, "analysis", ANALYSIS)
    runs.keep(connection, "backtest", BACKTEST)
    runs.keep(connection, "watch", WATCH)
    watched = {"method": "w", "budget_per_year": 1.0}
    assert rows(connection) == [
        ("analysis", "", UNTIL, 1, {"window_days": 90}, {"incidents": "aa", "visits": "bb"}, "cc"),
        ("backtest", "", UNTIL, 2, {"cell_m": 250.0}, {"events": "dd"}, sha('[[{"hits": 3}], []]')),
        ("watch", "990101000000", UNTIL, 3, watched, {}, sha('["", 3, 0, 7, 2.5]')),
    ]
    assert runs.snapshots(connection) == {"aa", "bb", "dd"}


def test_a_watch_replaces_the_former_one_of_its_county_alone(connection: sa.Connection) -> None:
    for run in (WATCH, WATCH | {"county_code": "990102000000"}, WATCH | {"until": dt.date(2026, 6, 2)}):
        runs.keep(connection, "watch", run)
    assert sorted(row[1:3] for row in rows(connection)) == [
        ("990101000000", dt.date(2026, 6, 2)), ("990102000000", UNTIL),
    ]  # fmt: skip


def test_the_last_analysis_is_the_one_shown_and_else_the_newest(connection: sa.Connection) -> None:
    assert runs.last(connection, "analysis") is None
    first, second = (runs.keep(connection, "analysis", ANALYSIS | {"seed": seed}) for seed in (1, 2))
    assert (runs.last(connection, "analysis") or {})["analysis_id"] == second
    pictures.show(connection, first)
    assert (runs.last(connection, "analysis") or {})["seed"] == 1
    assert runs.last(connection, "backtest") is None
