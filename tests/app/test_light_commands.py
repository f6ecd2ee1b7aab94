"""What lists and looks after a city answers at once: it loads nothing of what computes and draws."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

HEAVY = {"pandas", "geopandas", "shapely", "scipy", "numba", "matplotlib", "folium"}
RUN = """
import json, sys
from contextlib import suppress
import click
from app.cli import main
from app.service import links
with suppress(click.ClickException):  # doctor misses the fonts of this machine, or its front end
    main(sys.argv[1:], standalone_mode=False)
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "says"),
    [("layers", "areas\t行政区划"), ("doctor", "数据库"), ("tip list", ""), ("post list", ""), ("link --help", "网址")],
)
def test_a_command_that_computes_nothing_loads_nothing_that_computes(
    own_engine: sa.Engine, tmp_path: Path, command: str, says: str
) -> None:
    url = own_engine.url.render_as_string(hide_password=False)
    (tmp_path / "wuchuan.toml").write_text(f'database_url = "{url}"\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RUN, "--data", tmp_path, *command.split()],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert says in done.stdout
    assert not HEAVY & set(json.loads(done.stderr.splitlines()[-1]))
