"""The README is a contract: its commands are run, its settings and layers are those of the code."""

import dataclasses
import datetime as dt
import importlib
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from click.testing import CliRunner

from app import cli
from app.desks.story.desk import NAME
from app.service.tell_story import TARGETS
from app.settings import _CHECKS
from layers.catalog import LAYERS
from layers.profile import CityProfile, load_profile
from tests.conftest import REPO

README = (REPO / "README.md").read_text("utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.strip().splitlines()]
#: Shown, and checked only to exist: they would start this very run again.
NOT_RUN = {"make test", "make test-all", "make bench"}
#: Run in the slow suite: ``tests/app/test_cli.py`` runs them on a small city in every one.
LONG = {".venv/bin/wuchuan backtest", ".venv/bin/wuchuan watch"}
START_SECONDS = 120


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, dict[str, str]]]:
    """`make run` as the README says it, on a data folder and port of its own: its link, and the environment to use."""
    with tempfile.TemporaryDirectory(prefix="wcd-") as folder, socket.socket() as probe:
        Path(folder).chmod(0o755)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, "WUCHUAN_DATA": f"{folder}/data", "WUCHUAN_PORT": str(port)}  # noqa: TID251
        command = ["make", "run", f"PORT={port}", f"DATA={folder}/data"]
        running = subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True, start_new_session=True)
        try:
            yield _link(running), environment
        finally:
            os.killpg(running.pid, signal.SIGTERM)
            running.communicate(timeout=60)


def _link(running: "subprocess.Popen[str]") -> str:
    assert running.stdout is not None
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        line = running.stdout.readline()
        if line.startswith("open "):
            return line.removeprefix("open ").strip()
    raise TimeoutError("make run printed no link")


@pytest.mark.slow
def test_every_command_of_the_readme_runs(
    service: tuple[str, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, environment = service
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/enter\?token=[\w-]+", link)
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        if command not in NOT_RUN | LONG | {"make run"}:
            _run(command, environment)
    assert {"venues.xlsx", "zones.gpkg", "zones.html", "city.dump"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.slow
def test_every_long_command_of_the_readme_runs(service: tuple[str, dict[str, str]]) -> None:
    assert set(COMMANDS) >= LONG
    for command in LONG:
        _run(command, service[1])


def _run(command: str, environment: dict[str, str]) -> None:
    """Run it in this process: what is loaded already need not be loaded for each."""
    program, *words = command.split()
    assert program == ".venv/bin/wuchuan"
    answer = CliRunner().invoke(cli.main, words, env=environment)
    assert answer.exit_code == 0, f"{command}: {answer.output}{answer.exception}"


@pytest.mark.slow
def test_the_demo_city_carries_its_story_from_the_tip_to_the_order(service: tuple[str, dict[str, str]]) -> None:
    command = [str(REPO / ".venv/bin/wuchuan"), "plan", "show", NAME, "--json"]
    told = json.loads(subprocess.run(command, env=service[1], capture_output=True, text=True, check=True).stdout)
    assert len(told["targets"]) == TARGETS
    assert len(told["legs"]) == 3 * TARGETS
    assert len({leg["team"] for leg in told["legs"]}) == len(told["legs"])
    assert all(target["zone_id"] and not target["pending"] for target in told["targets"])


@pytest.mark.slow
def test_the_demo_city_ends_yesterday(service: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    _run(f".venv/bin/wuchuan export tips {tmp_path}/tips.csv", service[1])
    newest = pd.read_csv(tmp_path / "tips.csv", encoding="utf-8-sig")["received_at"].max()[:10]
    today = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()  # noqa: TID251
    # the service may have started before midnight
    assert (today - dt.date.fromisoformat(newest)).days in (1, 2)


def test_the_readme_shows_the_two_commands_and_they_exist() -> None:
    targets = re.findall(r"^([\w-]+)(?: [\w-]+)*:", (REPO / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"make run", "make test"} <= set(COMMANDS)
    assert {command.split()[1] for command in NOT_RUN} <= {name for t in targets for name in t.split()} | {"test-all"}


def test_the_first_line_names_the_three_packages() -> None:
    assert all(package in README.splitlines()[0] for package in ("git", "make", "python3-venv"))


def _settings_described(text: str) -> set[str]:
    """The settings in the first column of the table headed ``setting``; one name is not found inside a longer one."""
    table = text.split("| setting | meaning |\n", 1)[1].split("\n\n", 1)[0]
    return {name for row in table.splitlines()[1:] for name in re.findall(r"`WUCHUAN_(\w+)`", row.split("|")[1])}


def _layers_described(text: str) -> set[str]:
    """The words of the sentence that lists what ``import LAYER FILE`` takes."""
    return set(re.findall(r"\w+", text.split("`import LAYER FILE` takes ", 1)[1].split(" from ", 1)[0]))


def test_every_setting_and_layer_is_in_the_readme() -> None:
    assert _settings_described(README) == {key.upper() for key in _CHECKS}
    assert set(LAYERS) - _layers_described(README) == set()


def test_a_setting_or_layer_that_is_missing_is_noticed() -> None:
    without = README.replace("| `WUCHUAN_DATA` |", "| |")
    assert {key.upper() for key in _CHECKS} - _settings_described(without) == {"DATA"}
    assert "counts" not in _layers_described(README.replace("raids, counts and roads", "raids and roads"))


def test_the_figures_of_the_readme_were_filled_in() -> None:
    assert "BENCH_TABLE" not in README


def test_every_link_of_the_readme_leads_somewhere() -> None:
    assert [path for path in re.findall(r"\]\(([^)]+)\)", README) if not (REPO / path).exists()] == []


def _rows(document: str, *, after: str = "") -> list[list[str]]:
    """The cells of every table row of a document below that heading, headings and rules left out."""
    text = (REPO / document).read_text("utf-8").partition(after)[2] if after else (REPO / document).read_text("utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows if not set("".join(row)) <= set("-: ")]


def test_every_key_of_a_city_profile_is_documented_once_and_shown_in_the_example() -> None:
    keys = [row[0].strip("`") for row in _rows("docs/profile.md") if row[0].startswith("`")]
    known = [field.name for field in dataclasses.fields(CityProfile)]
    assert sorted(keys) == sorted(known)
    example = (REPO / "profiles" / "example.toml").read_text("utf-8")
    shown = set(re.findall(r"^(?:# )?\[?([a-z_]+)\]?(?: =|$)", example, re.MULTILINE))
    assert shown >= set(known)
    assert load_profile(REPO / "profiles" / "example.toml").name == "示例市(虚构)"


def test_the_names_that_scripts_import_are_there() -> None:
    rows = [row for row in _rows("docs/interfaces.md", after="## Python") if row[0].startswith("`gis.")]
    assert len(rows) > 8
    for module, names in rows:
        there = importlib.import_module(module.strip("`"))
        for name in re.findall(r"`(\w+)`", names):
            assert hasattr(there, name), (module, name)


def test_every_link_between_documents_leads_somewhere() -> None:
    documents = [path for path in REPO.rglob("*.md") if ".venv" not in path.parts and "node_modules" not in path.parts]
    broken = [
        (path.name, link)
        for path in documents
        for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8"))
        if not (path.parent / link).exists()
    ]
    assert len(documents) > 8
    assert broken == []


def test_the_version_stands_in_one_place() -> None:
    version = re.search(r'^version = "(.+)"', (REPO / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert version is not None
    tracked = subprocess.run(
        ["git", "ls-files", "app", "layers", "gis"], cwd=REPO, capture_output=True, text=True, check=True
    )
    held = [
        name
        for name in tracked.stdout.split()
        if name.endswith(".py") and f'"{version[1]}"' in (REPO / name).read_text("utf-8")
    ]
    assert held == []
