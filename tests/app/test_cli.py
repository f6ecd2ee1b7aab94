"""The commands as a user runs them: what they print, how they exit, and that a fault is one plain sentence."""

import dataclasses
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app.cli import main
from app.core.open_city import database_name
from app.core.serving import marked
from app.core.shell import city
from app.desks.alerts.watch import watch_counties
from app.settings import load_settings
from layers.actor import LOCAL
from layers.database import make_engine, transaction
from layers.host import embedded
from layers.profile import load_profile
from tests.app import watched
from tests.conftest import NewDatabase

PROFILE = """
name = "测试市{name}"
code_prefix = "99"
code_pattern = "^99[0-9]{{10}}$"
bounds = [117.0, 26.2, 119.3, 28.4]
metric_crs = "EPSG:4548"
"""
TIPS = "线索编号,接报时间,地址,经度,纬度\nA1,2026-03-01 09:00,青山路1号,118.1,26.7\n"

Run = Callable[..., Result]


@pytest.fixture
def run(
    cluster: embedded.Cluster,
    new_database: NewDatabase,
    worker_name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Run]:
    """Runs a command on a city of this test's own inside the run's cluster."""
    profile = tmp_path / "city.toml"
    profile.write_text(PROFILE.format(name=f"{worker_name}{tmp_path.name}"), encoding="utf-8")
    monkeypatch.setenv("WUCHUAN_DATA", str(cluster.data))
    monkeypatch.setenv("WUCHUAN_PROFILE", str(profile))
    monkeypatch.chdir(tmp_path)
    with new_database(database_name(load_profile(profile))):
        yield lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def tips_file(tmp_path: Path) -> Path:
    path = tmp_path / "线索.csv"
    path.write_text(TIPS, encoding="utf-8")
    return path


def test_an_import_is_told_as_json_and_twice_changes_nothing(run: Run, tips_file: Path) -> None:
    first, second = (run("import", "tips", tips_file, "--datum", "wgs84", "--json") for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    told = json.loads(second.stdout)
    assert list(told) == ["accepted", "unchanged", "updated", "skipped", "refused", "warnings", "file"]
    assert (json.loads(first.stdout)["accepted"], told["accepted"], told["unchanged"]) == (1, 0, 1)


def test_refused_rows_exit_with_two_and_name_row_and_reason(run: Run, tips_file: Path) -> None:
    tips_file.write_text(TIPS + "A2,2026-13-01,青山路2号,118.1,26.7\n", encoding="utf-8")
    result = run("import", "tips", tips_file, "--datum", "wgs84")
    assert result.exit_code == 2
    assert "第 3 行" in result.stdout
    assert "未导入 1 行" in result.stdout


def test_what_would_steer_a_terminal_is_shown_and_not_obeyed(run: Run, tips_file: Path) -> None:
    tips_file.write_text(TIPS + "A2,\x1b[2J2026-13-01,青山路2号,118.1,26.7\n", encoding="utf-8")
    result = run("import", "tips", tips_file, "--datum", "wgs84")
    assert "\\x1b[2J2026-13-01" in result.stdout
    assert "\x1b" not in run("import", "tips", "\x1b]0;x\x07.csv").output


def test_a_refused_file_exits_with_one(run: Run, tips_file: Path) -> None:
    tips_file.write_bytes(b"")
    result = run("import", "tips", tips_file, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["file"]["kind"] == "empty"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("import", "tips", "没有.csv"), "没有文件"),
        (("import", "people", "a.csv"), "people"),
        (("import", "tips", "a.csv", "--map", "text"), "字段=表头"),
        (("export", "people", "a.csv"), "没有名为“people”的图层"),
        (("export", "tips", "a.docx"), "不认识文件类型"),
        (("export", "tips", "a.csv", "--since", "昨天"), "不是日期"),
        (("import", "tips", "a.csv", "--map", "text=甲", "--map", "text=乙"), "text 对应了不止一个表头"),
        (("export", "tips", "a.csv", "--since", "2026-05-02", "--until", "2026-05-02"), "--since 要早于 --until"),
        (("export", "tips"), "缺少 FILE;用法见"),
        (("export", "tips", "a.csv", "b.csv"), "多出了 b.csv"),
        (("export", "tips", "a.csv", "--aera", "99"), "没有选项 --aera,相近的有 --area"),
        (("export", "tips", "a.csv", "--crs"), "选项 --crs 后面缺少值"),
        (("import", "tips", "a.csv", "--datum", "mars"), "--datum 只能是 wgs84、cgcs2000、gcj02、bd09"),
        (("--dato", "a", "layers"), "没有选项 --dato"),
        (("--data", "a"), "缺少命令"),
        (("up", "--port", "x"), "--port 要是整数"),
        (("analyse",), "还没有举报线索"),
        (("analyse", "--seed", "-1"), "--seed 要是 0 到 9223372036854775807 的整数"),
        (("analyse", "--seed", "99999999999999999999999"), "--seed 要是 0 到"),
        (("analyse", "--until", "0001-01-01"), "超出范围,要在 1900-01-01 到 2099-12-31 之间"),
        (("analyse", "--check", "--until", "2026-05-01"), "--check 用上一次分析自己的日期"),
        (("backtest", "--top-share", "nan"), "--top-share 要是 0.0001 到 0.5 的数"),
        (("backtest", "--cell-m", "nan"), "--cell-m 要是 50 到 5000 的数"),
        (("backtest", "--cell-m", "inf"), "--cell-m 要是 50 到 5000 的数"),
        (("analyse", "--until", "2026-02-30"), "不是日期"),
        (("analyse", "--check"), "还没有分析过"),
        (("map", "zones", "a.html", "--area", "990000000009"), "990000000009"),
        (("map", "zones", "a.foo"), "a.foo 的类型不对,可用的有:.html、.pdf、.png、.svg"),
        (("backtest",), "还没有带位置的举报线索"),
        (("nonsense",), "没有命令 nonsense"),
        (("db", "nonsense"), "没有命令 nonsense"),
    ],
)
def test_a_fault_is_one_sentence_and_exit_one(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("command", [("up",), ("db", "stop")])
def test_a_data_folder_that_cannot_be_used_is_named_in_one_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        monkeypatch.setenv("WUCHUAN_PORT", str(probe.getsockname()[1]))
    (tmp_path / "file").touch()
    (tmp_path / "odd" / "serving").mkdir(parents=True)
    places = [tmp_path / "file/inner", Path("/proc/nowhere")] if command == ("up",) else []
    for place in (*places, tmp_path / "odd"):
        result = run("--data", place, *command)
        told = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert (result.exit_code, len(told)) == (1, 1), place
        assert str(place) in told[0]


def test_layers_lists_key_title_and_rows(run: Run, tips_file: Path) -> None:
    run("import", "tips", tips_file, "--datum", "wgs84")
    lines = [line.split("\t") for line in run("layers").stdout.splitlines()]
    assert ["areas", "行政区划", "0", "-"] in lines
    assert [line[:3] for line in lines if line[0] == "tips"] == [["tips", "举报线索", "1"]]


def test_analyse_export_and_map_follow_each_other(run: Run, tips_file: Path, tmp_path: Path) -> None:
    run("import", "tips", tips_file, "--datum", "wgs84")
    told = json.loads(run("analyse", "--json").stdout)
    assert (told["until"], told["incidents"], told["zones"]) == ("2026-03-02", 1, {"red": 0, "orange": 0, "yellow": 0})
    assert "逐字节相同" in run("analyse", "--check").stdout
    assert run("export", "tips", tmp_path / "t.csv").exit_code == 0
    assert run("map", "zones", tmp_path / "z.html").exit_code == 0
    assert (tmp_path / "z.html").stat().st_size > 100_000


@pytest.fixture
def group_file(tmp_path: Path) -> Path:
    """Twelve tips at one place, twelve at a place 120 m away, and forty along a line."""
    places = [(118.1, 26.7)] * 12 + [(118.1012, 26.7)] * 12 + [(118.0 + n / 200, 26.6 + n / 300) for n in range(40)]
    rows = [f"G{n},2026-03-{1 + n % 28:02d} 09:00,青山路{n}号,{x},{y}\n" for n, (x, y) in enumerate(places)]
    path = tmp_path / "一处.csv"
    path.write_text(TIPS.splitlines(keepends=True)[0] + "".join(rows), encoding="utf-8")
    return path


def _methods(run: Run, tmp_path: Path) -> list[str]:
    """The method that each zone on the map names; the run that made them is found again by ``--check``."""
    assert "逐字节相同" in run("analyse", "--check").stdout
    assert run("export", "risk_zones", tmp_path / "z.geojson").exit_code == 0
    zones = json.loads((tmp_path / "z.geojson").read_text("utf-8"))["features"]
    return [zone["properties"]["method"] for zone in zones]


@pytest.mark.slow
def test_the_option_or_the_profile_says_what_joins_sources_and_the_zones_name_it(
    run: Run, group_file: Path, tmp_path: Path
) -> None:
    run("import", "tips", group_file, "--datum", "wgs84")
    assert json.loads(run("analyse", "--clusters", "hdbscan", "--json").stdout)["method"] == "wuchuan-3+hdbscan"
    assert _methods(run, tmp_path) == ["wuchuan-3+hdbscan"] * 2
    assert run("analyse").exit_code == 0
    assert _methods(run, tmp_path) == ["wuchuan-3"]
    with (tmp_path / "city.toml").open("a", encoding="utf-8") as profile:
        profile.write('clusters = "hdbscan"\n')
    assert _methods(run, tmp_path) == ["wuchuan-3"]  # a run is checked by its own method
    assert run("analyse").exit_code == 0
    assert _methods(run, tmp_path) == ["wuchuan-3+hdbscan"] * 2
    assert run("analyse", "--clusters", "optics").exit_code == 0
    assert _methods(run, tmp_path) == ["wuchuan-3+optics"]
    assert "--clusters" in run("analyse", "--clusters", "kmeans").stderr


@pytest.mark.slow
def test_a_run_of_before_there_was_a_choice_is_checked_as_it_was_made(
    run: Run, group_file: Path, tmp_path: Path, cluster: embedded.Cluster
) -> None:
    run("import", "tips", group_file, "--datum", "wgs84")
    assert run("analyse").exit_code == 0
    profile = tmp_path / "city.toml"
    owner = make_engine(cluster.url("owner", database_name(load_profile(profile))))
    with transaction(owner, LOCAL) as connection:
        former = "UPDATE analyses SET parameters = parameters - 'clusters' RETURNING parameters"
        assert "clusters" not in connection.execute(sa.text(former)).scalar_one()
    owner.dispose()
    with profile.open("a", encoding="utf-8") as text:
        text.write('clusters = "hdbscan"\n')
    assert _methods(run, tmp_path) == ["wuchuan-3"]


@pytest.mark.parametrize(("key", "nearest"), [("cluster", "clusters"), ("boundz", "bounds"), ("Calendar", "calendar")])
def test_a_profile_with_an_unknown_key_is_refused_with_the_nearest_known_one(
    run: Run, tmp_path: Path, key: str, nearest: str
) -> None:
    with (tmp_path / "city.toml").open("a", encoding="utf-8") as profile:
        profile.write(f'{key} = "hdbscan"\n')
    refused = run("layers")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert f"不认识的设置 {key},最接近的是 {nearest}" in refused.stderr


def test_an_export_by_command_is_noted_as_one_by_the_page_is(run: Run, tips_file: Path, tmp_path: Path) -> None:
    run("import", "tips", tips_file, "--datum", "wgs84")
    assert run("export", "tips", tmp_path / "t.csv").exit_code == 0
    assert run("export", "nothing", tmp_path / "n.csv").exit_code == 1
    with city(None) as (_, engine), transaction(engine, LOCAL) as connection:
        noted = connection.execute(sa.text("SELECT account, layer, detail FROM audit WHERE action = 'exported'")).all()
    assert [tuple(row) for row in noted] == [("本机", "tips", {"area": None})]


def test_a_back_test_lists_the_trials_of_the_asked_share(run: Run, tips_file: Path) -> None:
    days = [f"2026-0{month}-{day:02d}" for month in (1, 2, 3) for day in range(1, 29, 2)]
    rows = [f"B{n},{day} 09:00,青山路1号,118.1,26.7\n" for n, day in enumerate(days)]
    tips_file.write_text(TIPS + "".join(rows), encoding="utf-8")
    run("import", "tips", tips_file, "--datum", "wgs84")
    trials = json.loads(run("backtest", "--top-share", "0.02", "--json").stdout)
    assert {trial["top_share"] for trial in trials} == {0.02}
    assert {trial["method"] for trial in trials} == {"forecast", "prior_counts", "last_year_counts"}
    assert "本系统的预测:" in run("backtest").stdout


def test_a_watch_tells_what_it_watched_and_its_alert_is_listed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(watch_counties.__kwdefaults__, "watch", watched.ALONE)  # counted by a reader, and quick
    with city(None) as (_, engine):
        watched.fill(engine)
    told = json.loads(run("watch", "--until", watched.UNTIL, "--json").stdout)
    assert (told["until"], told["watched"], told["raised"]) == (watched.UNTIL.isoformat(), 1, 1)
    assert told["silent"] == {"东山县": "社区都还没有边界"}
    assert "四湾村" in run("alerts", "list").stdout
    again = run("watch", "--until", watched.UNTIL).stdout
    assert again.startswith("监测到 2026-07-20(不含),1 个县(市、区):新预警 0 条,更新 0 条,未办结共 1 条")


def test_doctor_and_db_status_say_how_things_stand(run: Run) -> None:
    assert run("db", "status").stdout.strip() == "运行中"
    result = run("doctor")
    assert "PostGIS" in result.stdout
    assert "普通角色" in result.stdout


@pytest.mark.slow
def test_a_backup_comes_back_whole(run: Run, tips_file: Path, tmp_path: Path) -> None:
    run("import", "tips", tips_file, "--datum", "wgs84")
    assert run("db", "backup", tmp_path / "city.dump").exit_code == 0
    run("import", "tips", tips_file, "--datum", "gcj02")
    assert run("db", "restore", tmp_path / "city.dump").exit_code == 0
    run("export", "tips", tmp_path / "t.csv")
    assert ",118.1," in (tmp_path / "t.csv").read_text("utf-8-sig")


def test_a_link_leads_to_the_service_that_runs(run: Run, cluster: embedded.Cluster) -> None:
    with marked(dataclasses.replace(load_settings(), port=5171)):
        for told in (("link",), ("link", "--port", "5171"), ("link", "--data", cluster.data)):
            assert run(*told).stdout.startswith("open http://127.0.0.1:5171/enter?token=")
        other = run("link", "--port", "5172")
    assert (other.exit_code, "服务在端口 5171 上运行,不在 5172" in other.stderr) == (1, True)


def test_no_link_is_made_where_nothing_serves(run: Run, cluster: embedded.Cluster) -> None:
    refused = run("link")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"没有服务在数据文件夹 {cluster.data} 上运行" in refused.stderr


@pytest.mark.parametrize("command", [[], ["import"], ["db"], ["up"], ["analyse"], ["export"], ["map"], ["doctor"]])
def test_help_is_everywhere(run: Run, command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_rows_without_a_place_are_placed_or_listed(run: Run, tips_file: Path, tmp_path: Path) -> None:
    tips_file.write_text(TIPS + "A2,2026-03-02 09:00,不知何处,,\n", encoding="utf-8")
    run("import", "tips", tips_file, "--datum", "wgs84")
    assert run("place", "tips").stdout == "已定位 0 行,仍无位置 1 行\n"
    assert run("export", "tips", tmp_path / "a.csv", "--unplaced").exit_code == 0
    assert "A2" in (tmp_path / "a.csv").read_text("utf-8-sig")
    assert "A1" not in (tmp_path / "a.csv").read_text("utf-8-sig")
    refused = run("place", "roads")
    assert refused.exit_code == 1
    assert "没有地址" in refused.stderr


def test_a_template_is_written_and_only_as_a_workbook(run: Run, tmp_path: Path) -> None:
    assert run("template", "tips", tmp_path / "a.xlsx").exit_code == 0
    assert (tmp_path / "a.xlsx").stat().st_size > 0
    assert run("template", "tips", tmp_path / "a.csv").exit_code == 1
