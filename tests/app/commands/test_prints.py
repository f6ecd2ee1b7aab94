"""What a printed sheet loads: nothing that it does not need, because its reader waits for that as well."""

import subprocess
import sys

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


def test_a_chart_loads_no_library_that_it_does_not_use() -> None:
    program = f"import sys, app.cli, app.workflows.print_map; print([n for n in {HEAVY} if n in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
