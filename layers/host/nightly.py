"""Backups of each night: made where today has none, gone again by days, weeks and months."""

import datetime as dt
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from gis.errors import Unavailable
from layers.host.backup import backup
from layers.host.embedded import Cluster

NIGHTS = "backups"
#: The hour of the city's day from which on the night's backup is due.
FROM_HOUR = 2
DAYS, WEEKS, MONTHS = 7, 4, 12
#: Room that a backup leaves, beside twice the size of the last one.
ROOM_LEFT_BYTES = 2 << 30
LATE_DAYS = 2
_NAME = re.compile(r"(\d{8})-\d{4}\.dump", re.ASCII)


def nights(data: Path) -> list[Path]:
    """The nightly backups in the data folder, oldest first."""
    folder = data / NIGHTS
    return sorted(path for path in folder.glob("*.dump") if _NAME.fullmatch(path.name)) if folder.is_dir() else []


def night_is_due(data: Path, now: dt.datetime) -> bool:
    """Whether the night's backup is still to be made; ``now`` is in the city's time zone."""
    return now.hour >= FROM_HOUR and not any(day_of(path) == now.date() for path in nights(data))


def back_up(cluster: Cluster, database: str, data: Path, now: dt.datetime) -> Path:
    """Make a backup (0600) and let go those that are no longer kept; its path.

    Raises:
        Unavailable: kind no_room, the disk would be left with too little; or see ``backup``.
    """
    before = nights(data)
    wanted = ROOM_LEFT_BYTES + (2 * before[-1].stat().st_size if before else 0)
    data.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(data).free < wanted:
        raise Unavailable(f"磁盘剩余不到 {wanted / 2**30:.1f} GB,夜间备份没有做", kind="no_room")
    (data / NIGHTS).mkdir(mode=0o700, exist_ok=True)
    path = data / NIGHTS / f"{now:%Y%m%d-%H%M}.dump"
    backup(cluster, database, path)
    every = nights(data)
    staying = staying_days([day_of(each) for each in every])
    for each in every:
        if day_of(each) not in staying:
            each.unlink()
    return path


def staying_days(days: Iterable[dt.date]) -> set[dt.date]:
    """Of the days that have a backup those whose backup stays.

    The newest seven; the newest of each of the newest four weeks (from Monday on) and of the newest twelve months.
    """
    newest_first = sorted(set(days), reverse=True)
    weeks: dict[tuple[int, int], dt.date] = {}
    months: dict[tuple[int, int], dt.date] = {}
    for day in newest_first:
        weeks.setdefault(day.isocalendar()[:2], day)
        months.setdefault((day.year, day.month), day)
    return {*newest_first[:DAYS], *list(weeks.values())[:WEEKS], *list(months.values())[:MONTHS]}


def day_of(path: Path) -> dt.date:
    """The day of a nightly backup, by its name."""
    return dt.datetime.strptime(path.name[:8], "%Y%m%d").date()  # noqa: DTZ007 - a day of the city
