"""What a city lacks when it is served for the first time."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.apart import Apart
from app.desks.story.desk import story
from app.service import fill_demo, first_run
from app.settings import Settings
from layers import read
from layers.actor import LOCAL
from layers.database import transaction
from layers.demo import city


class Here(Apart):
    """Does at once and in this process what is begun."""

    def begin(self, work: Callable[..., object], *arguments: object) -> None:
        self.result = work(*arguments)

    def wait(self, is_stopping: Callable[[], bool] = lambda: False) -> Any:
        assert not is_stopping()
        return self.result


@pytest.mark.slow
def test_the_city_that_was_made_before_its_database_is_stored_and_analysed(
    settings: Settings, own_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    days: list[object] = []
    monkeypatch.setattr(fill_demo, "made", lru_cache(lambda **how: days.append(how["last_day"]) or city(**how)))
    told: list[str] = []
    monkeypatch.setattr(first_run, "_engine", lambda _: own_engine)
    first_run.begin(settings, child := Here())
    assert len(days) == 1
    first_run.prepare(settings, own_engine, child, demo=True, tell=told.append)
    assert len(days) == 1
    assert told == ["已装入演示市(虚构)", "正在分析……"]
    with transaction(own_engine, LOCAL) as connection:
        assert read.count(connection, "rental_units") == 120_000
        assert story(connection) is not None
