"""The daily watch, what it raised and what became of it."""

from app.core.desk import Desk

DESK = Desk(folder="alerts", title="预警", address="/alerts", commands=("watch", "alerts"), has_jobs=True)
