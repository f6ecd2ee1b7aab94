"""``python -m bench [NAME …] [--rows N]``: prints the rows of each figure, and the whole table at the end."""

import argparse
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import (
    analyse,
    api,
    connections,
    feedback,
    forecast,
    imports,
    install,
    intake,
    kernels,
    memory,
    page,
    paint,
    places,
    prints,
    roads,
    scale,
    scope,
    start,
    surveillance,
    tiles,
)
from bench.demo import Run
from bench.table import Row

FIGURES = {
    "start": start, "import": imports, "page": page, "paint": paint, "api": api, "tiles": tiles, "analyse": analyse,
    "install": install, "forecast": forecast, "feedback": feedback, "print": prints, "kernels": kernels,
    "intake": intake, "roads": roads, "places": places, "surveillance": surveillance, "scale": scale,
    "connections": connections, "scope": scope, "memory": memory,
}  # fmt: skip


def main() -> None:
    """Measure the figures named, or all of them."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(FIGURES)}; all where none is named")
    parser.add_argument("--rows", type=int, default=1_000_000, help="tips to import (default: %(default)s)")
    parser.add_argument("--before", type=Path, help="the tree of the build before, which memory is measured beside")
    given = parser.parse_args()
    if unknown := set(given.names) - set(FIGURES):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended on this way too
    table = [Row(*Row._fields), Row(*["---"] * len(Row._fields))]
    with TemporaryDirectory(prefix="wcb-", ignore_cleanup_errors=True) as folder, ExitStack() as end:
        Path(folder).chmod(0o711)  # the database's own user walks through it
        run = Run(folder=Path(folder), tips=given.rows, end=end, before=given.before)
        for name in given.names or (name for name in FIGURES if name != "memory" or given.before):
            rows = list(FIGURES[name].rows(run))  # a figure ends, and what it started, before it is shown
            print(*(row.line() for row in rows), sep="\n", flush=True)
            table += rows
    print("", *(row.line() for row in table), sep="\n")


if __name__ == "__main__":
    main()
