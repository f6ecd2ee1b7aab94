"""What a new thing costs: its own files, and how many shared ones must be edited, tried on a copy of the tree."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from layers.database import newest_revision
from layers.host import embedded
from tests.conftest import REPO


@dataclass(frozen=True, kw_only=True)
class Change:
    """Files that are new, and of shared files what is put in front of which words."""

    new: dict[str, str] = field(default_factory=dict)
    edits: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def make(self, tree: Path) -> None:
        """Make it in that copy of the tree."""
        for name, text in self.new.items():
            path = tree / name
            assert not path.exists(), name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        for name, parts in self.edits.items():
            text = (tree / name).read_text("utf-8")
            for before, added in parts:
                assert before in text, (name, before)
                text = text.replace(before, added + before, 1)
            (tree / name).write_text(text, "utf-8")


LAYER = Change(
    new={
        f"layers/schema/migrations/versions/{int(newest_revision()) + 1:04d}_shelters.py": f'''"""Shelters."""

import sqlalchemy as sa
from alembic import op
from layers.schema.tables.places import shelters

revision, down_revision = "{int(newest_revision()) + 1:04d}", "{newest_revision()}"


def upgrade() -> None:
    """A table; nothing moves."""
    shelters.create(op.get_bind())
    op.execute("SELECT keep_layer('shelters')")
'''
    },
    edits={
        "layers/catalog.py": [("""    Layer(
        key="tips",""", """    Layer(
        key="shelters",
        singular="shelter",
        title="救助点",
        family="places",
        number="shelter_no",
        needs=("community_code",),
        exported=True,
        fields=(Field(name="shelter_no", title="救助点编号", kind="text"), _count("beds", "床位数", "张"), _COMMUNITY),
    ),
""")],
        "layers/schema/tables/places.py": [("#: Premises under", """shelters = sa.Table(
    "shelters", METADATA, key("shelter_id"), *fields_of("shelters"), *imported(), scope(), *geometry("POINT")
)

""")],
        "README.md": [("tips, raids, counts and roads from", "shelters, ")],
    },
)  # fmt: skip
DESK = Change(
    new={
        "app/desks/parcels/__init__.py": '''"""Parcels."""

from app.core.desk import Desk

DESK = Desk(folder="parcels", title="邮包", address="/parcels", commands=("parcels",))
''',
        "app/desks/parcels/views.py": '''"""Parcels."""

import flask

from app.core import access

blueprint = flask.Blueprint("parcels", __name__)


@blueprint.get("/parcels")
@access.needs("parcels.read")
def show() -> str:
    """The parcels."""
    return "邮包"
''',
        "app/desks/parcels/commands.py": '''"""Parcels."""

import click


@click.command()
def parcels() -> None:
    """邮包。"""
    click.echo("没有邮包")
''',
    },
    edits={
        "app/desks/__init__.py": [('        "posts",', '        "parcels",\n')],
        "app/core/permissions.py": [
            ('    "posts.act"', '    "parcels.read": Permission(title="查看邮包", roles="V", scope="area"),\n')
        ],
    },
)
SHEET = Change(
    new={
        "app/briefings/roster.py": '''"""The roster of the week."""

from app.briefings.blocks import Table
from app.briefings.sheet import Form, Imprint, Sheet


def roster(imprint: Imprint, lines: list[tuple[str, str]]) -> Sheet:
    """Who is on duty, day by day."""
    table = Table(head=("日期", "岗位"), lines=lines)
    return Sheet(title="值班表", title_ending="", subtitle="", imprint=imprint, form=Form(), blocks=[table])
''',
        "app/desks/prints/rosters.py": '''"""The roster as a file."""

import datetime as dt

import flask

from app.briefings.roster import roster
from app.briefings.sheet import imprint_of
from app.core import access
from app.core.current import house
from app.desks.prints.desk import print_sheets

blueprint = flask.Blueprint("rosters", __name__)


@blueprint.get("/roster.pdf")
@access.needs("prints.make")
def show() -> flask.Response:
    """The roster."""
    imprint = imprint_of(house().settings.profile, until=dt.date(2026, 1, 1), sources="岗位")
    body = print_sheets([roster(imprint, [("2026-01-01", "值班岗")])], ".pdf")
    return flask.Response(body, mimetype="application/pdf")
''',
    },
    edits={"app/desks/prints/__init__.py": [('"maps")', '"rosters", ')]},
)
METHOD = Change(
    new={
        "gis/recent.py": '''"""Counts of the days just gone."""

import numpy as np

from gis.arrays import FloatArray
from gis.evaluation import cell_counts


def recent_counts(xy, days, *, bounds, cell_m, today, horizon_days, rng) -> FloatArray:
    """How many events each cell had in the horizon before ``today``, (rows, cols)."""
    then = (days >= today - np.timedelta64(int(horizon_days), "D")) & (days < today)
    return cell_counts(xy[then], bounds=bounds, cell_m=cell_m)
'''
    },
    edits={
        "gis/backtest.py": [
            ("Scores = ", "from gis.recent import recent_counts\n\n"),
            ('    "prior_counts": prior_counts,', '    "recent_counts": recent_counts,\n'),
        ],
        "app/desks/backtests/scorecard.py": [('"prior_counts": "历史', '"recent_counts": "上期", ')],
        "docs/method.md": [("## 6. The feedback gate", "`recent_counts` stands for what was there last.\n\n")],
    },
)
SETTING = Change(
    edits={
        "app/settings.py": [
            ('    webhook_url: str = ""', '    night_from: str = ""\n'),
            ('"webhook_url", "webhook_secret")},', '"night_from", '),
            ('    "webhook_url": _check_webhook,', '    "night_from": _any,\n'),
        ],
        "README.md": [("| `WUCHUAN_LANGUAGE`", "| `WUCHUAN_NIGHT_FROM` | when the night begins |\n")],
    }
)
#: What is run in the copy for the desk and the sheet.
LOOKS = """
import json, sys
from pathlib import Path
import click
import flask
from app import create_app
from app.cli import main
from app.settings import load_settings
from app.core import access, acting, audited
from layers.database import make_engine
from layers.sign_ins import SignIn
app = create_app(load_settings(data=Path(sys.argv[1])), make_engine("postgresql://nobody@localhost/none"))
client = app.test_client()
with client.session_transaction() as session:
    session.update(csrf="t")
nothing = dict.fromkeys(("role", "scope", "agency", "post"), "")
whoever = SignIn(sign_in="x", account_id=None, account="甲", has_code=False, seen_at=None, **nothing)
audited.TAKEN = frozenset()  # there is no database to keep it
access.signed_in = acting.signed_in = lambda: whoever if "csrf" in flask.session else None
described = client.get("/openapi.json").get_json()["paths"]["/parcels"]
stranger = app.test_client().get("/parcels", headers={"Accept": "application/json"}).status_code
sheet = client.get("/roster.pdf")
commands = main.list_commands(click.Context(main))
print(json.dumps({
    "desk": [list(described), client.get("/parcels").text, stranger, "parcels" in commands],
    "sheet": [sheet.status_code, sheet.data[:5].decode()],
}))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a change may touch, with what Python has compiled of it, and all five changes made in it."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("app", "gis", "layers", "profiles", "docs"):
        shutil.copytree(REPO / name, tree / name, ignore=shutil.ignore_patterns("vendor"))
    (tree / "app/static/vendor").symlink_to(REPO / "app/static/vendor")
    shutil.copyfile(REPO / "README.md", tree / "README.md")
    for change in (LAYER, DESK, SHEET, METHOD, SETTING):
        change.make(tree)
    return tree


def _ran(tree: Path, program: str, *arguments: str, **environment: str) -> object:
    """What the program, run with the copy's packages alone, prints as JSON in its last line."""
    where = f"import sys; sys.path.insert(0, {str(tree)!r})\n"
    told = subprocess.run(
        [sys.executable, "-c", where + program, *arguments], cwd=tree, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tree)} | environment,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout.splitlines()[-1])


def test_a_layer_costs_three_shared_files(tree: Path) -> None:
    assert len(LAYER.edits) <= 3
    program = """
import json
from layers.catalog import LAYERS, flagged
from layers.schema.tables import METADATA
print(json.dumps([LAYERS["shelters"].title, "shelters" in flagged("exported"), "shelters" in METADATA.tables]))
"""
    assert _ran(tree, program) == ["救助点", True, True]


def test_the_new_layer_is_imported_and_exported(
    tree: Path, cluster: embedded.Cluster, own_engine: sa.Engine, own_name: str
) -> None:
    (tree / "a.csv").write_text("救助点编号,床位数,经度,纬度\nS1,12,118.1,26.7\n", "utf-8")
    program = """
import json, sys
from pathlib import Path
from app.desks.exports.desk import export_layer
from app.desks.imports.desk import import_file
from app.settings import DEMO_PROFILE
from layers.actor import LOCAL
from layers.database import make_engine, migrate
from layers.intake.options import ReadOptions
from layers.profile import load_profile
migrate(sys.argv[1])
engine, city = make_engine(sys.argv[2]), load_profile(DEMO_PROFILE)
report = import_file(engine, LOCAL, city, layer="shelters", path=Path("a.csv"), options=ReadOptions(datum="wgs84"))
export_layer(engine, LOCAL, city, "shelters", Path("b.csv"))
print(json.dumps([report.accepted, Path("b.csv").read_text("utf-8-sig").splitlines()[1].split(",")[:2]]))
"""
    urls = (cluster.url("owner", own_name), own_engine.url.render_as_string(hide_password=False))
    assert _ran(tree, program, *urls) == [1, ['"S1"', "12"]]


@pytest.fixture(scope="module")
def served(tree: Path) -> object:
    """What the copy's web application and command line answer."""
    return _ran(tree, LOOKS, str(tree))


def test_a_desk_costs_two_shared_files(served: dict[str, list[object]]) -> None:
    assert len(DESK.edits) <= 2
    assert served["desk"] == [["get"], "邮包", 401, True]


def test_a_sheet_costs_one_shared_file(served: dict[str, list[object]]) -> None:
    assert len(SHEET.edits) <= 1
    assert served["sheet"] == [200, "%PDF-"]


def test_a_method_costs_three_shared_files(tree: Path) -> None:
    assert len(METHOD.edits) <= 3
    program = """
import json
import numpy as np
from app.desks.backtests.scorecard import METHOD_TITLES
from gis.backtest import METHODS
xy = np.array([[50.0, 50.0], [50.0, 50.0], [150.0, 50.0]])
days = np.array(["2026-01-01", "2026-01-20", "2026-01-21"], "M8[D]")
found = METHODS["recent_counts"](xy, days, bounds=(0, 0, 200, 100), cell_m=100, today=np.datetime64("2026-01-22"),
                                 horizon_days=7, rng=np.random.default_rng(1))
print(json.dumps([found.tolist(), sorted(METHODS) == sorted(METHOD_TITLES)]))
"""
    assert _ran(tree, program) == [[[1, 1]], True]


def test_a_setting_costs_two_shared_files(tree: Path) -> None:
    assert len(SETTING.edits) <= 2
    program = """
import json
from app.settings import load_settings
print(json.dumps(load_settings().night_from))
"""
    assert _ran(tree, program, WUCHUAN_NIGHT_FROM="22:00") == "22:00"
