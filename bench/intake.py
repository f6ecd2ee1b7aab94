"""Registers as they come, files sent to harm: what is read right, found and refused, how fast, in how much memory."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from xml.etree import ElementTree as ET

import pandas as pd
import xlsxwriter

from bench.demo import Run
from bench.table import Row, seconds
from gis.errors import IntakeError
from layers.database import migrate
from layers.host import embedded
from layers.intake import privacy
from layers.intake.sandbox import open_file
from tests.layers.intake.test_open_set import MESSY, RUNS
from tests.layers.intake.test_privacy import LAYOUTS, card, citizen, mobile, set_into

NAME, WORKBOOK_ROWS, NUMBERS = "bench_intake", 200_000, 10_000
MIB = 1 << 20
LOOK_S = 0.01


def rows(run: Run) -> Iterator[Row]:
    """Every figure of the intake; the open set is left out where it is not at hand."""
    if RUNS:
        yield _open_set(run.folder)
        yield _hostile(run.folder)
    yield _numbers()
    yield _killed(run.folder)
    yield _workbook(run)


def _open_set(folder: Path) -> Row:
    """Runs as its own test judges them: each row, value, warning and refusal."""
    passed, whole = _tested(folder, "tests/layers/intake/test_open_set.py", "-k", "gives_what_is_expected")
    lines = sum(len(one.run.get(kind, ())) for one in RUNS for kind in ("accepted", "refused", "either"))
    return Row(
        f"open set: {len(RUNS)} runs, {lines} rows named", ours=f"{passed} of {whole} runs right", asked="all, 0 silent"
    )


def _killed(folder: Path) -> Row:
    passed, _ = _tested(folder, "tests/app/workflows/test_killed_import.py")
    told = "50 of 50, a second run completes" if passed else "not all"
    return Row("import killed (-9) at 50 random moments: all or nothing", ours=told, asked="50 of 50")


def _tested(folder: Path, *what: str) -> tuple[int, int]:
    """How many tests passed, and of how many."""
    report = folder / "junit.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    subprocess.run([*command, f"--junitxml={report}", *what], stdout=subprocess.DEVNULL, check=False)
    suite = next(ET.parse(report).iter("testsuite"))
    whole = int(suite.get("tests", 0))
    return whole - sum(int(suite.get(name, 0)) for name in ("failures", "errors", "skipped")), whole


def _numbers() -> Row:
    rng = random.Random(7)
    makers = (citizen, mobile, card)
    texts = [set_into(LAYOUTS[n % len(LAYOUTS)], makers[n % len(makers)](rng)) for n in range(NUMBERS)]
    _, hit = privacy.mask_series(pd.Series(texts, dtype="str"))
    harmless = [f"许可证号JY{rng.randrange(10**14):014d}" for _ in range(NUMBERS)]
    harmless += [f"{rng.uniform(73, 135):.6f},{rng.uniform(18, 53):.6f}" for _ in range(NUMBERS)]
    harmless += [f"样板路{rng.randrange(1, 9999)}号{rng.randrange(1, 40)}栋{n % 2900 + 100}室" for n in range(NUMBERS)]
    harmless += [f"99{rng.randrange(10**10):010d}" for _ in range(NUMBERS)]
    _, wrong = privacy.mask_series(pd.Series(harmless, dtype="str"))
    found = f"{hit.mean():.2%} found, {wrong.mean():.3%} false"
    return Row(f"{NUMBERS:,} ID, mobile and card numbers in 20 layouts", ours=found, asked="100 %, ≤ 0.1 % false")


def _hostile(folder: Path) -> Row:
    """The slowest and the largest of the hostile files, from the open set."""
    honest = folder / "honest.csv"
    honest.write_text("编号,地址\n1,样板路1号\n", "utf-8")
    _, _, idle = _opened(honest)
    files = [path for path in (MESSY / "7_恶意文件").iterdir() if path.suffix != ".json" and "canary" not in path.name]
    refused, took, grown = (list(told) for told in zip(*map(_opened, files), strict=True))
    told = f"{sum(refused)} of {len(files)} refused, {seconds(max(took))}, {(max(grown) - idle) / MIB:.0f} MB"
    asked = "≤ 2 s, ≤ 300 MB above idle"
    return Row("hostile files of the open set, the slowest and the largest", ours=told, asked=asked)


def _opened(path: Path) -> tuple[bool, float, int]:
    """Whether the file is refused before its rows are looked at, in how many seconds, in how many bytes."""
    began, refused = time.perf_counter(), True
    with _watched(os.getpid()) as memory, suppress(IntakeError):
        open_file(path)
        refused = False
    return refused, time.perf_counter() - began, memory.children


def _workbook(run: Run) -> Row:
    """The command itself; memory is that of the command and the child together, without the database."""
    cluster = embedded.start(run.city.data)
    embedded.ensure_database(cluster, NAME)
    migrate(cluster.url("owner", NAME))
    path = run.folder / "register.xlsx"
    _write(path)
    told = {"WUCHUAN_DATABASE_URL": cluster.url("app", NAME), "WUCHUAN_DATA": str(run.folder / "data")}
    command = [sys.executable, "-m", "app.cli", "import", "rental_units", str(path), "--datum", "wgs84", "--json"]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | told, stdout=subprocess.PIPE, text=True)  # noqa: TID251
    with _watched(process.pid) as memory:
        answer, _ = process.communicate()
    took = time.perf_counter() - began
    if json.loads(answer)["accepted"] != WORKBOOK_ROWS:
        raise SystemExit(answer[:500])
    return Row(
        f"{WORKBOOK_ROWS:,}-row workbook by `wuchuan import`", ours=f"{seconds(took)}, {memory.most / MIB:.0f} MB",
        asked="≤ 60 s, ≤ 600 MB",
    )  # fmt: skip


def _write(path: Path) -> None:
    rng = random.Random(9)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("登记表")
        sheet.write_row(
            0, 0, ["房屋编号", "地址", "经度", "纬度", "面积(㎡)", "间数", "居住人数", "月租金", "登记日期"]
        )
        for n in range(WORKBOOK_ROWS):
            place = (118 + rng.random() * 0.9, 26.6 + rng.random() * 0.9)
            counts = (rng.randint(20, 160), rng.randint(1, 5), rng.randint(0, 9), rng.randint(300, 3000))
            day = f"2026-{n % 12 + 1:02d}-{n % 28 + 1:02d}"
            sheet.write_row(n + 1, 0, [f"ND{n:06d}", f"样板路{n % 3000}号{n % 30 + 1}栋", *place, *counts, day])


class _watched:  # noqa: N801 - reads as the verb it is
    """While the block lasts, the most resident bytes of a process with its children, and of its children alone."""

    def __init__(self, pid: int) -> None:
        self.most = self.children = 0
        self._pid, self._over = pid, Event()
        self._thread = Thread(target=self._look)

    def __enter__(self) -> "_watched":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_S):
            children = sum(map(_resident, _children(self._pid)))
            self.children = max(self.children, children)
            self.most = max(self.most, children + _resident(self._pid))


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    return []


def _resident(pid: int) -> int:
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
