"""``wuchuan plan`` as a user runs it, on a town of one road."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdf
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app.cli import main
from app.desks.actions.form import ROOM
from layers.host import embedded
from layers.schema.tables import actions
from tests.app import town

Run = Callable[..., Result]
DAY = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).date().isoformat()  # noqa: TID251 - the command asks the clock


@pytest.fixture(scope="module")
def built(cluster: embedded.Cluster, worker_name: str) -> Iterator[sa.Engine]:
    with town.database(cluster, f"plan_{worker_name}") as engine:
        yield engine


@pytest.fixture
def run(cluster: embedded.Cluster, built: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``wuchuan plan`` on the town, before anything is planned."""
    town.forget_actions(cluster, built)
    name = str(built.url.database)
    monkeypatch.setenv("WUCHUAN_DATABASE_URL", cluster.url("app", name))
    monkeypatch.setenv("WUCHUAN_MIGRATION_URL", cluster.url("owner", name))
    monkeypatch.setenv("WUCHUAN_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, ["plan", *arguments])


def new(run: Run, *targets: str, date: str = DAY) -> Result:
    told = [word for target in targets for word in ("--target", target)]
    return run("new", "夜查", "--date", date, *told, "--agency", "公安", "--agency", "市场监管")


def test_a_plan_is_made_solved_and_shown(run: Run) -> None:
    assert new(run, "V1", town.COMMUNITY).exit_code == 0
    draft = json.loads(run("show", "夜查", "--json").stdout)
    assert (draft["status"], draft["h_hour"], draft["legs"]) == ("draft", None, [])
    solved = run("solve", "夜查")
    assert solved.exit_code == 0, solved.output
    assert "统一行动时间 10:00,提前 10 分钟到达等候" in solved.stdout
    assert "1. 甲旅馆 路1号(待核)" in solved.stdout
    planned = json.loads(run("show", "夜查", "--json").stdout)
    assert planned["h_hour"] == f"{DAY}T10:00:00+08:00"
    assert [leg["agency"] for leg in planned["legs"]] == ["公安", "市场监管"] * 2
    assert run("show", "夜查").stdout == solved.stdout


@pytest.mark.parametrize(
    ("targets", "date", "sentence"),
    [
        (("没有",), DAY, "没有找到“没有”"),
        (("V1",), "2020-01-01", "时间窗口已经过去"),
        (("V1",), "明天", "行动日期“明天”不对"),
        ((town.UNDRAWN,), DAY, "还没有社区边界"),
    ],
)
def test_what_cannot_be_planned_is_one_sentence_and_exit_one(
    run: Run, targets: tuple[str, ...], date: str, sentence: str
) -> None:
    refused = new(run, *targets, date=date)
    assert refused.exit_code == 1
    assert sentence in refused.stderr
    assert run("show", "夜查").exit_code == 1


def test_more_targets_than_teams_names_the_shortage(run: Run) -> None:
    new(run, "V1", "V2", "V3")
    refused = run("solve", "夜查")
    assert refused.exit_code == 1
    assert "公安只有 2 支队伍,目标有 3 个,还缺 1 支" in refused.stderr


@pytest.mark.slow
def test_the_order_is_a_page_for_each_team_with_all_that_it_needs(run: Run, built: sa.Engine, tmp_path: Path) -> None:
    new(run, "V1", "U1")
    long = {name: "长" * (room - 1) + "终" for name, room in ROOM.items() if name != "police_document_no"}
    with built.begin() as connection:
        connection.execute(actions.targets.update().values(**long).where(
            actions.targets.c.address == "路5号101"))  # fmt: skip
    assert run("print", "夜查", "order.pdf").exit_code == 1  # there is no plan to print yet
    run("solve", "夜查")
    printed = run("print", "夜查", "order.pdf")
    assert printed.exit_code == 0, printed.output
    pages = [page.extract_text().replace("\n", "") for page in pypdf.PdfReader(tmp_path / "order.pdf").pages]
    assert len(pages) == 4
    asked = ("出发时间", "到达,等候 10 分钟(缓冲)", "10:00 统一行动时间", "重点关注区从来不是进入的理由", "经大路",
             "比例尺", "内部资料 不得公开", "待核,未批准不得行动", "未批准,本单只供审核", "图例", "制图")  # fmt: skip
    assert [(n, words) for n, page in enumerate(pages) for words in asked if words not in page] == []
    of_unit = [page for page in pages if "路5号101" in page]
    assert len(of_unit) == 2
    for words in ("证据依据:长", "长终法律依据:", "长终批准机关:", "长终文号:", "长终公安文号:待补", "公里"):
        assert all(words in page for page in of_unit)
    assert not any("略去" in page for page in pages)


def test_an_order_is_a_pdf(run: Run) -> None:
    new(run, "V1")
    run("solve", "夜查")
    assert "只能写成 .pdf" in run("print", "夜查", "order.png").stderr
