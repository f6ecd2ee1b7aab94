"""The tip desk by command."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from app.commands import tips as commands
from app.settings import Settings


def test_a_tip_is_added_listed_accepted_and_refused_without_a_reason(
    own_engine: sa.Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def city(_data: Path | None) -> Iterator[tuple[Settings, sa.Engine]]:
        yield settings, own_engine

    monkeypatch.setattr(commands, "city", city)
    run = CliRunner().invoke
    added = json.loads(run(commands.tip, ["add", "有人每天早上听课", "--json"]).output)
    assert added["tip_no"] in run(commands.tip, ["list"]).output
    moved = run(commands.tip, ["transfer", added["tip_no"], "公安", "--json"])
    assert json.loads(moved.output)["status"] == "transferred"
    assert run(commands.tip, ["reject", added["tip_no"], "--reason", " "]).exit_code == 1
    assert run(commands.tip, ["accept", "没有这个"]).exit_code == 1
    late = ["review", "无", "--grade", "red", "--reason", "见", "--post", "岗", "--expires", "2020-01-01"]
    assert run(commands.zone, late).exit_code == 1
