"""One target under atheris: ``python -m tests.fuzz.guided TARGET SEEDS [libFuzzer's options]``."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["layers.intake", "gis"], enable_loader_override=False):
    from tests.fuzz import seeds, targets


def main() -> None:
    """Fuzz until the options say enough; a fault ends the process with its trace."""
    name, kind, *options = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="wuchuan-seeds-") as folder:
        for number, seed in enumerate(getattr(seeds, kind)()):
            (Path(folder) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], *options, folder], getattr(targets, name))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
