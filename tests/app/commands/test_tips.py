"""The tip desk by command."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from app.core import shell
from app.desks.alerts import commands as alert_commands
from app.desks.tips import commands
from app.desks.zones import commands as zone_commands
from app.settings import Settings
from layers.actor import LOCAL
from layers.database import transaction
from layers.schema.tables.desk import tip_steps
from layers.schema.tables.house import posts


@pytest.fixture(autouse=True)
def desk(own_engine: sa.Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """The commands work on a database of this test's own, with one post on duty."""

    @contextmanager
    def city(_data: Path | None) -> Iterator[tuple[Settings, sa.Engine]]:
        yield settings, own_engine

    monkeypatch.setattr(shell, "city", city)
    with transaction(own_engine, LOCAL) as connection:
        connection.execute(posts.insert(), [{"title": "甲岗", "area_code": "99"}])
    return own_engine


@pytest.mark.parametrize("post", ["13812345678", "乙岗"])
def test_a_post_that_is_not_on_duty_is_taken_from_no_command(desk: sa.Engine, post: str) -> None:
    """The mobile is nobody's."""
    run = CliRunner().invoke
    number = json.loads(run(commands.tip, ["add", "有人听课", "--post", "甲岗", "--json"]).output)["tip_no"]
    reason = ["--reason", "见", "--post", post]
    for command, words in (
        (commands.tip, ["add", "另一条", "--post", post]),
        (commands.tip, ["reject", number, *reason]),
        (zone_commands.zone, ["review", "无", "--grade", "red", "--expires", "2099-01-01", *reason]),
        (alert_commands.alerts, ["close", "1", "--result", "误报", "--post", post]),
    ):
        refused = run(command, words)
        assert (refused.exit_code, refused.output) == (1, "Error: 没有这个岗位\n"), words
    with transaction(desk, LOCAL) as connection:
        kept = connection.execute(sa.select(tip_steps.c.step, tip_steps.c.post)).all()
    assert kept == [("added", "甲岗")]


def test_a_tip_is_added_listed_accepted_and_refused_without_a_reason() -> None:
    run = CliRunner().invoke
    added = json.loads(run(commands.tip, ["add", "有人每天早上听课", "--json"]).output)
    assert added["tip_no"] in run(commands.tip, ["list"]).output
    moved = run(commands.tip, ["transfer", added["tip_no"], "公安", "--json"])
    assert json.loads(moved.output)["status"] == "transferred"
    assert run(commands.tip, ["reject", added["tip_no"], "--reason", " "]).exit_code == 1
    assert run(commands.tip, ["accept", "没有这个"]).exit_code == 1
    late = ["review", "无", "--grade", "red", "--reason", "见", "--post", "甲岗", "--expires", "2020-01-01"]
    assert run(zone_commands.zone, late).exit_code == 1
