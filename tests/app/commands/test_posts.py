"""The posts on duty by command."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app.cli import main
from layers.actor import NO_POST
from layers.host import embedded
from layers.schema.tables.house import audit
from tests.builders import looking


@pytest.fixture
def engine(
    cluster: embedded.Cluster, own_engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> sa.Engine:
    """The database that the commands of this test work on."""
    monkeypatch.setenv("WUCHUAN_DATABASE_URL", cluster.url("app", str(own_engine.url.database)))
    monkeypatch.setenv("WUCHUAN_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return own_engine


def post(*words: str) -> Result:
    return CliRunner().invoke(main, ["post", *words])


def test_a_post_is_added_listed_and_removed(engine: sa.Engine) -> None:
    assert post("list").stdout == "还没有岗位\n"
    assert post("add", "甲岗").exit_code == post("add", "乙岗").exit_code == 0
    assert sorted(post("list").stdout.split()) == ["乙岗", "甲岗"]
    assert post("remove", "甲岗").exit_code == 0
    assert post("list").stdout == "乙岗\n"
    with looking(engine) as connection:
        noted = connection.execute(sa.select(audit.c.action, audit.c.detail).where(audit.c.action != "command")).all()
    assert noted == [
        ("post_added", {"post": "甲岗"}),
        ("post_added", {"post": "乙岗", "by": NO_POST}),
        ("post_removed", {"post": "甲岗", "by": NO_POST}),
    ]


@pytest.mark.usefixtures("engine")
def test_what_is_no_title_is_refused_in_a_sentence() -> None:
    """The mobile is nobody's."""
    post("add", "甲岗")
    for words, sentence in (
        (("add", " "), "职务名称"), (("add", "岗" * 41), "职务名称"), (("add", "甲岗13812345678"), "不带号码"),
        (("add", "甲岗"), "已经有岗位"), (("add", "本机值班"), "已经有岗位"), (("remove", "丙岗"), "没有这个岗位"),
        (("add", "丙岗", "--area", "990101"), "没有代码为 990101 的区划"),
    ):  # fmt: skip
        refused = post(*words)
        assert (refused.exit_code, sentence in refused.stderr) == (1, True), words
    assert post("list").stdout == "甲岗\n"
