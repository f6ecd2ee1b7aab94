"""``python -m tests.fuzz SECONDS``: every target for an equal share of that time; exit 1 where one broke.

Coverage guides the inputs of the targets that run in one process (atheris); files for the real child and the database
are broken at random, with the seed printed.
"""

# ruff: noqa: T201 - what it found is said where it was asked for
import random
import subprocess
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path

import sqlalchemy as sa

from layers.database import make_engine, migrate
from layers.host import embedded
from tests.fuzz import seeds, targets
from tests.layers.intake.builders import CITY

TARGETS = {"register": "rows", "answer": "answers", "readers": "files"}
LAYERS = ("rental_units", "venues", "tips", "communities")


def main(seconds: int) -> None:
    """Run all targets, the guided ones each in a process of its own."""
    share = max(seconds // (len(TARGETS) + 1), 1)
    codes = {name: _guided(name, share) for name in TARGETS}
    codes["imports"] = _imports(share)
    print(codes)
    sys.exit(any(codes.values()))


def _guided(name: str, seconds: int) -> int:
    with tempfile.TemporaryDirectory(prefix="wuchuan-fuzz-") as folder:
        command = [sys.executable, "-m", "tests.fuzz.guided", name, TARGETS[name], f"-max_total_time={seconds}"]
        limits = ["-timeout=20", "-rss_limit_mb=3000", "-max_len=20000", "-print_final_stats=1"]
        command.append(f"-artifact_prefix={folder}/")
        ended = subprocess.run([*command, *limits], stderr=subprocess.PIPE, text=True, check=False)
        print(name, *[line for line in ended.stderr.splitlines() if "number_of_executed" in line], flush=True)
        if ended.returncode:
            print(ended.stderr[-4000:])
            kept = Path(tempfile.gettempdir())
            for found in Path(folder).iterdir():
                print("kept as", found.rename(kept / f"wuchuan-fuzz-{name}-{found.name}"))
        return ended.returncode


def _imports(seconds: int) -> int:
    with tempfile.TemporaryDirectory(prefix="wcf-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the database's own user walks through it
        cluster = embedded.start(Path(folder) / "data", fsync=False)
        try:
            embedded.ensure_database(cluster, "fuzz")
            migrate(cluster.url("owner", "fuzz"))
            engine = make_engine(cluster.url("app", "fuzz"))
            _import_broken(engine, Path(folder), seconds)
            engine.dispose()
        finally:
            embedded.stop(Path(folder) / "data")
    return 0


def _import_broken(engine: sa.Engine, folder: Path, seconds: int) -> None:
    seed, end, count = time.time_ns() % 10**9, time.monotonic() + seconds, 0
    chance = random.Random(seed)  # noqa: S311 - mistakes, no secrets
    layers = cycle(LAYERS)
    for whole in cycle(list(seeds.files())):
        if time.monotonic() > end:
            break
        targets.imports(seeds.broken(whole, chance), next(layers), engine=engine, profile=CITY, folder=folder)
        count += 1
    print(f"imports: {count} files, seed {seed}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
