"""``wuchuan layers``."""

from pathlib import Path

import click

from app.core.shell import at_work


@click.command()
@click.pass_obj
def layers(data: Path | None) -> None:
    """列出图层:代号、名称、行数、最近变更。"""
    from layers import catalog, read

    with at_work(data) as (settings, connection):
        versions = read.versions(connection)
        for layer in catalog.LAYERS.values():
            changed = versions[layer.table][1].astimezone(settings.profile.zone)
            rows = read.count(connection, layer.key)
            click.echo(
                f"{layer.key}\t{layer.title}\t{rows}\t{changed:%Y-%m-%d %H:%M}"
                if rows
                else f"{layer.key}\t{layer.title}\t0\t-"
            )
