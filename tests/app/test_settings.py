"""Where the settings come from, and what is said of bad ones."""

from pathlib import Path

import pytest

from app import settings
from app.settings import DEMO_PROFILE, load_settings
from gis.errors import Refused
from layers.profile import load_profile


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in settings._CHECKS:
        monkeypatch.delenv(f"WUCHUAN_{key.upper()}", raising=False)


def test_nothing_stated_is_the_demo_city_on_the_loopback_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.os, "geteuid", lambda: 1000)
    found = load_settings(folder=tmp_path)
    assert (found.host, found.port, found.engine, found.language) == ("127.0.0.1", 5050, "local", "zh")
    assert (found.database_url, found.migration_url) == ("", "")
    assert found.profile == load_profile(DEMO_PROFILE)
    assert found.data == tmp_path / "var"


def test_root_keeps_its_data_where_the_database_user_can_enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.os, "geteuid", lambda: 0)
    assert load_settings(folder=tmp_path).data == Path("/var/lib/wuchuan")


def test_arguments_win_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wuchuan.toml").write_text('port = 1001\nlanguage = "en"\ndata = "kept"\nengine = "processes"\n')
    monkeypatch.setenv("WUCHUAN_PORT", "1002")
    monkeypatch.setenv("WUCHUAN_LANGUAGE", "zh")
    found = load_settings(folder=tmp_path, port=1003)
    assert (found.port, found.language, found.engine, found.data) == (1003, "zh", "processes", tmp_path / "kept")


def test_an_empty_variable_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WUCHUAN_PORT", "")
    assert load_settings(folder=tmp_path).port == 5050


def test_the_profile_may_be_another_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WUCHUAN_PROFILE", str(DEMO_PROFILE.with_name("nanping.toml")))
    assert load_settings(folder=tmp_path).profile.code_prefix == "3507"


def test_all_faults_come_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wuchuan.toml").write_text('colour = "red"\nengine = "spark"\nprofile = "nowhere.toml"\n')
    monkeypatch.setenv("WUCHUAN_PORT", "70000")
    monkeypatch.setenv("WUCHUAN_HOST", "0.0.0.0")  # noqa: S104
    with pytest.raises(Refused) as caught:
        load_settings(folder=tmp_path)
    for part in (
        "colour",
        "ENGINE",
        "nowhere.toml",
        "PORT 的值 '70000'",
        "HOST 的值 '0.0.0.0'",
        "本机的一个 IPv4 地址",
    ):
        assert part in caught.value.sentence


def test_a_bad_database_address_does_not_show_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WUCHUAN_DATABASE_URL", "mysql://root:hunter2@host/db")
    monkeypatch.setenv("WUCHUAN_MIGRATION_URL", "not an address hunter2")
    with pytest.raises(Refused) as caught:
        load_settings(folder=tmp_path)
    assert "DATABASE_URL" in caught.value.sentence
    assert "MIGRATION_URL" in caught.value.sentence
    assert "hunter2" not in caught.value.sentence


def test_an_owner_without_a_plain_role_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WUCHUAN_MIGRATION_URL", "postgresql://owner@localhost/city")
    with pytest.raises(Refused, match="DATABASE_URL"):
        load_settings(folder=tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "wuchuan.toml").write_text("port = = 1")
    with pytest.raises(Refused, match=r"读不了 wuchuan\.toml"):
        load_settings(folder=tmp_path)


@pytest.mark.parametrize("engine", ["local", "processes", "dask://10.0.0.1:8786"])
def test_the_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    monkeypatch.setenv("WUCHUAN_ENGINE", engine)
    assert load_settings(folder=tmp_path).engine == engine


@pytest.mark.parametrize("port", [5060, 6000, 6667, 10080])
def test_a_port_that_browsers_open_no_page_at_is_refused(tmp_path: Path, port: int) -> None:
    with pytest.raises(Refused, match=f"PORT 的值 '{port}' 不对:浏览器不打开这个端口"):
        load_settings(folder=tmp_path, port=port)
