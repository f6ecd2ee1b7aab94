"""What the commands share: one sentence for every refusal, the open city, a truthful bar, days and numbers as typed."""

import datetime as dt
import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.core.misuse import in_one_sentence
from app.settings import Settings, load_settings
from gis.errors import DomainError
from layers.actor import LOCAL

if TYPE_CHECKING:
    import sqlalchemy as sa

FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2099, 12, 31)
#: what the database keeps
SEED = click.IntRange(0, 2**63 - 1)
JSON = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")


class Group(click.Group):
    """Turns every error of the house and every misuse into one sentence and exit code 1."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read what was typed before the command."""
        with _one_sentence():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a DomainError becomes a click error."""
        with _one_sentence():
            return super().invoke(ctx)


@contextmanager
def _one_sentence() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise click.ClickException(visible(in_one_sentence(error))) from error
    except DomainError as error:
        raise click.ClickException(visible(error.sentence)) from error


class Number(click.FloatRange):
    """A number within bounds; nan, which no comparison tells from one, is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number that was typed."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail("nan", param, ctx)
        return number


@contextmanager
def city(data: Path | None) -> "Iterator[tuple[Settings, sa.Engine]]":
    """The settings and the engine of the city, its database started and current."""
    from app.core.open_city import open_city

    settings, engine = open_city(load_settings(data=data))
    try:
        _keep(engine)
        yield settings, engine
    finally:
        engine.dispose()


def _keep(engine: "sa.Engine") -> None:
    """Keep in the audit that this command was typed, by its name alone."""
    from layers.database import transaction
    from layers.write import note

    context = click.get_current_context(silent=True)
    if context is not None:
        with transaction(engine, LOCAL) as connection:
            note(connection, LOCAL, action="command", layer="", detail={"command": context.command_path})


@contextmanager
def at_work(data: Path | None) -> "Iterator[tuple[Settings, sa.Connection]]":
    """The settings of the city, and one transaction in its database of whoever types the command."""
    from layers.database import transaction

    with city(data) as (settings, engine), transaction(engine, LOCAL) as connection:
        yield settings, connection


@contextmanager
def bar(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal's error stream; the share done is told as it is, never made up."""
    hidden = quiet or not sys.stderr.isatty()
    with click.progressbar(length=1000, label=label, file=sys.stderr, hidden=hidden, show_eta=False) as drawn:
        yield lambda done, total: drawn.update(max(0, 1000 * done // max(total, 1) - drawn.pos))


def day(text: str | None) -> dt.date | None:
    """A day as typed, of this or the last century; misuse in one sentence."""
    if text is None:
        return None
    try:
        told = dt.date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"“{text}”不是日期,请写成 2026-09-01 这样") from error
    if not FIRST_DAY <= told <= LAST_DAY:
        raise click.BadParameter(f"“{text}”超出范围,要在 {FIRST_DAY} 到 {LAST_DAY} 之间")
    return told


def warn_of_names(*texts: str) -> None:
    """Say on the error stream which persons' names these texts seem to hold; a command asks nothing."""
    from layers.intake.names import warning

    if sentence := warning(*texts):
        click.echo(f"提醒:{sentence}", err=True)


def tell(value: object, sentence: str, *, as_json: bool) -> None:
    """Print the value for a program, or the sentence for a person."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str) if as_json else visible(sentence))


def visible(text: str) -> str:
    """The text with its control characters shown: a terminal would obey those that a stranger's file brings."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
