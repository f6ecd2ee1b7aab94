"""Write output files atomically: in a private folder first, then renamed into place; no symbolic link is followed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gis.errors import Refused, Unavailable
from layers.host.programs import has_no_room
from layers.words import MAKE_ROOM


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, in a new folder that only its maker can enter; what stands there then replaces ``path``.

    Raises:
        Refused: the folder or the file cannot be written.
        Unavailable: kind disk_full, the disk has no room.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".wuchuan-") as folder:
            unfinished = Path(folder) / path.name
            yield unfinished
            unfinished.replace(path)
    except OSError as error:
        if has_no_room(error):
            raise Unavailable(f"磁盘已满,写不了 {path};{MAKE_ROOM}", kind="disk_full") from error
        raise Refused(f"写不了 {path}:{error.strerror or error}", kind="not_writable") from error
