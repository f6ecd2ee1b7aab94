"""``wuchuan place`` and ``wuchuan template``: registers between their files and the map."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from app.core.shell import JSON, bar, city, tell
from app.core.words import PAIR_ORDER
from layers.actor import LOCAL

SHOWN_FAULTS = 20


@click.command()
@click.argument("layer")
@click.pass_obj
def place(data: Path | None, layer: str) -> None:
    """按地址给没有位置的行定位,只定确切的。"""
    from app.desks.imports.place_rows import place_rows

    with city(data) as (settings, engine):
        rows = place_rows(engine, LOCAL, settings.profile, layer)
    click.echo(f"已定位 {rows.placed} 行,仍无位置 {rows.left} 行")


@click.command()
@click.argument("layer")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def template(data: Path | None, layer: str, file: Path) -> None:
    """写出一个空白登记表:列名、下拉、示例行、填写说明。"""
    from app.core.files import replacing
    from app.core.workbooks import template as write
    from app.settings import load_settings
    from layers.catalog import layer_named

    if file.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{file.name} 要以 .xlsx 结尾", param_hint="FILE")
    wanted = layer_named(layer)
    with replacing(file) as unfinished:
        write(unfinished, wanted, code_prefix=load_settings(data=data).profile.code_prefix)
    click.echo(f"已写出 {file}")


@click.command("import")
@click.argument("layer")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--datum", type=click.Choice(["wgs84", "cgcs2000", "gcj02", "bd09"]), help="坐标基准,不猜测")
@click.option("--crs", help="坐标系,如 EPSG:4548")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=HEADING", help="字段对应的表头")
@click.option("--order", type=click.Choice(["lonlat", "latlon"]), default="lonlat", help=PAIR_ORDER)
@click.option("--sheet", help="工作表或图层名")
@click.option("--drop", multiple=True, metavar="HEADING", help="不读取的列")
@JSON
@click.pass_context
def import_(
    context: click.Context, /, layer: str, file: Path, mapping: tuple[str, ...], as_json: bool, **stated: Any
) -> None:
    """导入一个文件到一个图层。"""
    from app.desks.imports.hand_over import import_anywhere
    from layers.intake.options import ReadOptions

    options = ReadOptions(mapping=_pairs(mapping), **stated)
    with city(context.obj) as (settings, engine), bar("导入", quiet=as_json) as progress:
        report = import_anywhere(
            engine, LOCAL, settings.profile, settings.data, layer=layer, path=file, options=options, progress=progress
        )
    tell(report, _as_text(report, layer), as_json=as_json)
    context.exit(1 if report["file"] else 2 if report["refused"] else 0)


def _pairs(mapping: tuple[str, ...]) -> dict[str, str]:
    for pair in mapping:
        if "=" not in pair:
            raise click.BadParameter(f"“{pair}”要写成 字段=表头", param_hint="--map")
    pairs = [(field, heading) for field, _, heading in (pair.partition("=") for pair in mapping)]
    if twice := [field for field, times in Counter(field for field, _ in pairs).items() if times > 1]:
        raise click.BadParameter(f"{'、'.join(twice)} 对应了不止一个表头", param_hint="--map")
    return dict(pairs)


def _as_text(report: Mapping[str, Any], layer: str) -> str:
    if report["file"]:
        return f"整个文件未导入:{report['file']['sentence']}{_cure(report['file']['kind'], layer)}"
    kept = f"新增 {report['accepted']},更新 {report['updated']},未变 {report['unchanged']}"
    rows = len({(fault["sheet"], fault["row"]) for fault in report["refused"]})
    lines = [f"{kept},跳过 {report['skipped']},未导入 {rows} 行"]
    for title, faults in (("未导入", report["refused"]), ("提醒", report["warnings"])):
        lines += [f"{title}:{_where(fault)}{fault['sentence']}" for fault in faults[:SHOWN_FAULTS]]
        if len(faults) > SHOWN_FAULTS:
            lines.append(f"{title}:另有 {len(faults) - SHOWN_FAULTS} 条")
    return "\n".join(lines)


def _cure(kind: str, layer: str) -> str:
    """By which option a command mends what a page mends by a menu."""
    from layers.catalog import layer_named
    from layers.intake.lexicon import known_fields

    if kind == "personal_data_columns":
        return "(--drop 列名)"
    return (
        f"(--map 字段=列名,字段有:{'、'.join(known_fields(layer_named(layer)))})" if kind == "missing_required" else ""
    )


def _where(fault: Mapping[str, Any]) -> str:
    sheet = f"工作表“{fault['sheet']}”" if fault["sheet"] else ""
    return f"{sheet}第 {fault['row']} 行," if fault["row"] is not None else sheet
