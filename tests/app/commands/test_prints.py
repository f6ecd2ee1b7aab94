"""What a printed sheet loads: nothing that it does not need, because its reader waits for that as well."""

import gc
import subprocess
import sys

import pytest
from click.testing import CliRunner

from app.cli import main

HEAVY = (
    "alembic",
    "flask",
    "folium",
    "joblib",
    "matplotlib.pyplot",
    "numba",
    "pyogrio",
    "scipy.ndimage",
    "scipy.stats",
)


@pytest.mark.slow
def test_a_chart_and_an_analysis_load_no_library_that_they_do_not_use() -> None:
    loads = f"print([n for n in {HEAVY} if n in sys.modules])"
    program = f"import sys, app.cli, app.desks.prints.desk; {loads}; import app.desks.zones.hand_over; {loads}"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    chart, analysis = answer.stdout.splitlines()
    assert chart == "[]"
    assert "scipy.stats" not in analysis


def test_the_collector_of_garbage_is_on_again_whatever_becomes_of_a_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WUCHUAN_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    answer = CliRunner().invoke(main, ["chart", "990000000001", "a.pdf"])
    assert (answer.exit_code, "数据库连不上" in answer.output) == (1, True)
    assert gc.isenabled()
