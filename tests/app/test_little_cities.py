"""Cities of which there is hardly anything: every command and every address answers, in numbers and whole sentences."""

import dataclasses
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app.cli import main
from app.core.open_city import database_name
from app.desks.exports.views import OFFERED
from app.desks.workbench.layers import KEYS
from app.settings import load_settings
from layers import posts
from layers.actor import LOCAL
from layers.catalog import CATALOG
from layers.database import transaction
from layers.host import embedded
from layers.profile import load_profile
from tests.app import little
from tests.app.conftest import POST, application, signed_in
from tests.builders import slow
from tests.conftest import NewDatabase

PROFILE = """
name = "小城{number}"
code_prefix = "99"
code_pattern = "^99[0-9]{{10}}$"
bounds = [117.9, 26.9, 118.3, 27.2]
metric_crs = "EPSG:4548"
"""
MAPS = ("zones", "heat", "community", "raid")
#: What stands for nothing in Python and in scripts, and must not reach a reader.
NOTHING = re.compile(r"(?<![\w.])(nan|NaN|NaT|None|inf|Infinity|undefined)(?!\w)")
UNSEEN = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
QUICK = ["nothing"]
COMMANDS = [
    "watch", "watch --json", "analyse", "analyse --json", "analyse --check", "backtest", "backtest --json",
    "backtest --top-share 0.0001 --json", "watch --until 2026-06-05 --json", "analyse --until 2026-06-05 --json",
    "analyse --until 1990-01-01", "watch --until 1990-01-01", "layers", "alerts list", "tip list --json",
    "export tips out.csv", f"export tips out.gpkg --area {little.QUIET}", "export areas out.geojson",
    "export counts out.xlsx", "export risk_zones out.kml", "export raids out.parquet --since 1990-01-01",
    "map zones out.html", f"map heat out.html --area {little.QUIET}", "map community out.html --internal",
    f"map zones out.pdf --area {little.QUIET}", "map heat out.pdf --internal", "map raid out.svg --internal",
    f"chart {little.TOWNSHIP} out.pdf", f"chart {little.QUIET} out.svg", f"atlas {little.COUNTY} out.pdf",
    f"atlas {little.QUIET} out.pdf",
    f"chart {little.CITY} out.svg", f"atlas {little.CITY} out.pdf",
    f"plan new 行动 --date 2030-01-01 --target {little.COMMUNITY}",
    "plan solve 行动", "plan show 行动", "plan print 行动 out.pdf",
]  # fmt: skip
#: The values of the addresses' parts; ``layer`` depends on whose it is.
PARTS = {
    "name": MAPS, "kind": ("pdf",), "code": (little.COUNTY, little.QUIET, little.COMMUNITY), "zoom": ("10",),
    "column": ("847",), "row": ("431",), "drawn_id": ("1",), "tip_id": ("1",), "action_id": ("1",), "job_id": ("1",),
    "row_id": ("1",), "upload": ("a",), "zone_id": ("1-001",),
}  # fmt: skip
BY_HAND = tuple(key for key, layer in CATALOG.items() if layer.by_hand)
#: What is posted to such a city, with bodies that are taken.
FORMS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/analyses", {"data": {}}),
    ("/api/analyses", {"data": {"until": "2026-06-05"}}),
    ("/analyses/exchange", {"data": {"analysis": "1"}}),
    ("/analyses/confirm", {"data": {"analysis": "1"}}),
    ("/backtest", {"data": {}}),
    ("/alerts", {"data": {}}),
    ("/alerts/1/close", {"data": {"result": "nothing", "note": ""}}),
    ("/tips/likely", {"json": {"text": "三楼每天早上有二十多人听课", "address": "大路1号"}}),
    ("/tips/likely", {"json": {"text": "听课", "lon": little.SPOT[0], "lat": little.SPOT[1], "place_error_m": 30.0}}),
    ("/tips/1/place", {"json": {"lon": 10.0, "lat": 10.0, "place_error_m": 30.0}}),
    ("/api/actions", {"json": {
        "name": "行动", "date": "2030-01-01", "since": "10:00", "until": "12:00", "agencies": ["公安"],
        "targets": [{"place": "一处", "lon": little.SPOT[0], "lat": little.SPOT[1]}]}}),
    ("/api/actions/1/plan", {}),
    ("/api/actions/1/approve", {}),
    ("/api/drawn-zones", {"json": {
        "type": "Feature", "geometry": {"type": "Point", "coordinates": list(little.SPOT)},
        "properties": {"name": "路口", "family": "note"}}}),
    ("/posts", {"data": {"post": "乙岗", "area": "东县"}}),
)  # fmt: skip
QUERIES = (
    "since=2026-05-20&until=2026-06-20",
    "since=1990-01-01&until=1990-02-01",
    f"area={little.QUIET}",
    "q=大路1号",
)


@dataclass(frozen=True, kw_only=True)
class City:
    """A little city: its engine, and its commands."""

    engine: sa.Engine
    folder: Path

    def run(self, command: str) -> Result:
        return CliRunner().invoke(main, command.replace("out.", f"{self.folder}/out.").split())


@pytest.fixture(scope="module", params=[*QUICK, *slow(*(name for name in little.TIPS if name not in QUICK))])
def city(
    request: pytest.FixtureRequest, new_database: NewDatabase, cluster: embedded.Cluster, worker_name: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[City]:  # fmt: skip
    """One of the little cities, watched, analysed and judged as far as that goes."""
    folder = tmp_path_factory.mktemp("little")
    profile, number = folder / "city.toml", list(little.TIPS).index(request.param)
    profile.write_text(PROFILE.format(number=f"{number}{worker_name}"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment, new_database(database_name(load_profile(profile))) as engine:
        environment.setenv("WUCHUAN_DATA", str(cluster.data))
        environment.setenv("WUCHUAN_PROFILE", str(profile))
        little.fill(engine, request.param)
        city = City(engine=engine, folder=folder)
        for command in ("watch", "analyse", "backtest"):
            city.run(command)
        yield city


@pytest.mark.slow
def test_every_command_answers(city: City) -> None:
    for command in COMMANDS:
        answer = city.run(command)
        assert answer.exit_code in (0, 1), (command, answer.output)
        assert isinstance(answer.exception, SystemExit | None), (command, answer.exception)
        assert NOTHING.search(answer.output) is None, (command, answer.output)
        if "--json" in command and not answer.exit_code:
            json.loads(answer.stdout, parse_constant=pytest.fail)
        for written in city.folder.glob("out.*"):
            assert written.stat().st_size, command
            written.unlink()


@pytest.mark.slow
def test_every_address_answers(city: City, tmp_path: Path) -> None:
    url = city.engine.url.render_as_string(hide_password=False)
    settings = dataclasses.replace(load_settings(data=tmp_path), database_url=url)
    app = application("a little city", settings, city.engine)
    visitor = signed_in(app)
    for address in _addresses(app):
        sheet = address.endswith((".pdf", ".svg", ".xlsx"))
        for query in ("",) if sheet else ("", *QUERIES):
            answer = visitor.get(f"{address}?{query}")
            assert answer.status_code < 500, (address, query, answer.text)
            if answer.mimetype == "application/json":
                json.loads(answer.data, parse_constant=pytest.fail)
            elif answer.mimetype == "text/html":
                assert NOTHING.search(UNSEEN.sub(" ", answer.text)) is None, (address, query, answer.text)


def test_every_form_answers(city: City, tmp_path: Path) -> None:
    """None of them adds a tip or a raid: the city stays as little as it is."""
    url = city.engine.url.render_as_string(hide_password=False)
    settings = dataclasses.replace(load_settings(data=tmp_path), database_url=url)
    with transaction(city.engine, LOCAL) as connection:
        if not posts.exist(connection):
            posts.add(connection, POST, area_code=little.CITY)
    visitor = signed_in(application("a little city's forms", settings, city.engine))
    for path, body in FORMS:
        for version in ("0", "1"):
            headers = {"X-CSRF-Token": "the-token", "Accept": "application/json", "If-Match": f'"{version}"'}
            answer = visitor.post(path, headers=headers, **body)
            assert answer.status_code < 500, (path, body, answer.text)
            if answer.mimetype == "application/json":
                told = json.loads(answer.data, parse_constant=pytest.fail)
                assert answer.status_code < 400 or NOTHING.search(told["sentence"]) is None, (path, told)


def _addresses(app: flask.Flask) -> Iterator[str]:
    """Every address that can be read, with each value of its parts; health speaks of the house and not of the city."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in ("static", "health.show"):
            continue
        layers = {"exports": OFFERED, "settings": BY_HAND}.get(rule.endpoint.partition(".")[0], KEYS)
        parts: dict[str, Any] = PARTS | {"layer": layers}
        names = sorted(rule.arguments)
        for values in itertools.product(*(parts[name] for name in names)):
            built = rule.build(dict(zip(names, values, strict=True)))
            assert built is not None
            yield built[1]
