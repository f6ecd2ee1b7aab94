"""What the figures of one run share: a folder, and the demo city filled once."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from app.core.open_city import open_city
from app.service.fill_demo import fill_demo
from app.settings import DEMO_PROFILE, Settings
from bench.running import HOST
from layers.actor import LOCAL
from layers.demo.days import LAST_DAY
from layers.holidays import load_calendar
from layers.host import embedded
from layers.profile import CityProfile, load_profile


class City(NamedTuple):
    """A filled city, and the seconds that filling took."""

    data: Path
    profile: CityProfile
    engine: sa.Engine
    fill_s: float


@dataclass(kw_only=True)
class Run:
    """One run; ``tips`` is how many to import, ``end`` what to do after it, ``before`` the tree of the build before."""

    folder: Path
    tips: int
    end: ExitStack
    before: Path | None = None

    @cached_property
    def city(self) -> City:
        """The demo city on a private cluster, made when the first figure asks."""
        data = self.folder / "city"
        self.end.callback(embedded.stop, data)
        settings, engine = open_city(settings_at(data))
        self.end.callback(engine.dispose)
        began = time.perf_counter()
        fill_demo(engine, LOCAL, last_day=LAST_DAY, calendar=load_calendar(settings.profile.calendar))
        return City(data, settings.profile, engine, time.perf_counter() - began)


def settings_at(data: Path, port: int = 0) -> Settings:
    """The demo city's settings, whatever the environment says."""
    return Settings(
        database_url="", migration_url="", data=data, port=port, host=HOST, profile=load_profile(DEMO_PROFILE),
        engine="local", language="zh",
    )  # fmt: skip
