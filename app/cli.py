"""The commands: the same workflows as the pages. Exit 0 all well, 2 some rows refused, 1 failed or misused."""

import logging
from pathlib import Path

import click

from app.core.shell import Group
from app.desks import DESKS
from app.service.commands import COMMANDS

click.UsageError.exit_code = 1


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="数据目录")
@click.pass_context
def main(context: click.Context, data: Path | None) -> None:
    """无传一张图:社区、点位、线索、行动一张图。"""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    context.obj = data


for _command in (*COMMANDS, *(command for desk in DESKS for command in desk.load_commands())):
    main.add_command(_command)

if __name__ == "__main__":
    main()
