"""What a desk is to the rest of the program: routes, bar, commands and jobs are derived from it."""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click
    import flask


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One noun that users work on, in the folder ``app/desks/<folder>``.

    ``title`` and ``address`` are its place in the bar of every page, "" for a desk without one. ``views`` are the
    modules that hold a ``blueprint``, ``commands`` the names of the click commands in its ``commands.py``, and
    ``has_jobs`` says whether its ``jobs.py`` holds tasks of the queue. Modules are named and not imported: a command
    loads none of the views, and --help answers before pandas is there.
    """

    folder: str
    title: str = ""
    address: str = ""
    views: tuple[str, ...] = ("views",)
    commands: tuple[str, ...] = ()
    has_jobs: bool = False

    def blueprints(self) -> "Iterator[flask.Blueprint]":
        """The routes."""
        for name in self.views:
            yield importlib.import_module(f"app.desks.{self.folder}.{name}").blueprint

    def load_commands(self) -> "Iterator[click.Command]":
        """The commands."""
        for name in self.commands:
            yield getattr(importlib.import_module(f"app.desks.{self.folder}.commands"), name)

    def load_jobs(self) -> None:
        """Make its tasks known to the queue."""
        if self.has_jobs:
            importlib.import_module(f"app.desks.{self.folder}.jobs")
