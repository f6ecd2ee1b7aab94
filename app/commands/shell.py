"""What the commands share: one sentence for every refusal, the open city, a truthful progress bar, days as typed."""

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from app.settings import Settings, load_settings
from gis.errors import DomainError


class Group(click.Group):
    """Turns every error of the house into one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a DomainError becomes a click error."""
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise click.ClickException(visible(error.sentence)) from error


@contextmanager
def city(data: Path | None) -> Iterator[tuple[Settings, sa.Engine]]:
    """The settings and the engine of the city, its database started and current."""
    from app.workflows.open_city import open_city

    settings, engine = open_city(load_settings(data=data))
    try:
        yield settings, engine
    finally:
        engine.dispose()


@contextmanager
def bar(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal's error stream; the share done is told as it is, never made up."""
    hidden = quiet or not sys.stderr.isatty()
    with click.progressbar(length=1000, label=label, file=sys.stderr, hidden=hidden, show_eta=False) as drawn:
        yield lambda done, total: drawn.update(max(0, 1000 * done // max(total, 1) - drawn.pos))


def day(text: str | None) -> dt.date | None:
    """A day as typed; misuse in one sentence."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"“{text}”不是日期,请写成 2026-09-01 这样") from error


def visible(text: str) -> str:
    """The text with its control characters shown: a terminal would obey those that a stranger's file brings."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
