"""The commands by which the service is opened to the house: its certificate."""

import datetime as dt
from pathlib import Path

import click

from app.core import tls
from app.core.shell import Group, visible
from app.settings import load_settings
from layers.host.programs import plain_errors


@click.group("tls", cls=Group)
def tls_() -> None:
    """证书:别的电脑用 https 打开本系统时看到的那一张。"""


@tls_.command()
@click.option("--name", "names", multiple=True, metavar="HOST", help="网址里的域名或地址;HOST 和 host_names 已含在内")
@click.option("--again", is_flag=True, help="换掉还没到期的一张")
@click.pass_obj
def new(data: Path | None, names: tuple[str, ...], again: bool) -> None:
    """做一张自签的证书,和私钥一起放进数据文件夹,打印它的指纹。"""
    settings = load_settings(data=data)
    made = tls.make(settings, names, now=dt.datetime.now(dt.UTC), again=again)  # noqa: TID251
    click.echo(visible(f"已做好证书 {made.path}\n{_shown(made)}\n下次启动时生效;指纹也印在邀请单上"))


@tls_.command("show")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="把证书(不含私钥)另存,供各电脑导入")
@click.pass_obj
def show_certificate(data: Path | None, out: Path | None) -> None:
    """打印证书的指纹、域名和到期日。"""
    known = tls.certificate(load_settings(data=data))
    if out is not None:
        with plain_errors(out.parent):
            out.write_bytes(known.pem)
    click.echo(visible(_shown(known)))


def _shown(known: tls.Certificate) -> str:
    until = f"{known.until.astimezone():%Y-%m-%d}"
    return f"SHA-256 指纹 {known.fingerprint}\n用于 {'、'.join(known.names)}\n到期 {until}"
