"""What is well and what is not: one finding for each thing the service stands on."""

import datetime as dt
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app import vendor
from app.core import tls
from app.core.open_city import open_city
from app.settings import Settings
from gis.errors import DomainError
from layers import contacts, jobs, posts, runs
from layers.actor import SERVICE
from layers.database import transaction
from layers.host import debian, health, nightly

LEAST_FREE_GIB = 2


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at: whether it is well, and what was seen."""

    name: str
    well: bool
    sentence: str


def examine(settings: Settings) -> list[Finding]:
    """Findings on the database, its login, files, fonts, secrets, certificate, backups and disk, in that order."""
    return [
        *_database(settings), _assets(), _fonts(), _secrets(settings.data / "secrets"),
        *_certificate(settings), *_nights(settings), _disk(settings.data),
    ]  # fmt: skip


def _database(settings: Settings) -> list[Finding]:
    try:
        settings, engine = open_city(settings)
        with transaction(engine, SERVICE) as connection:
            plain, marked = health.role_is_plain(connection), health.overlaps_is_leakproof(connection)
            unlimited = health.unlimited(connection)
            version, alive = health.postgis_version(connection), jobs.worker_alive(connection)
            analysis = runs.last(connection, "analysis")
            holders = _holders(connection)
        engine.dispose()
    except DomainError as error:
        return [Finding(name="数据库", well=False, sentence=error.sentence)]
    until = f"状态截至 {analysis['until']}" if analysis else "还没有分析过"
    return [
        Finding(name="数据库", well=True, sentence=f"PostGIS {version},表结构最新,属于{settings.profile.name}"),
        Finding(name="登录角色", well=plain, sentence="普通角色" if plain else "网页登录的角色权限过大,请换成普通角色"),
        Finding(
            name="角色限度", well=not unlimited,
            sentence=f"请由数据库管理员执行:{'; '.join(unlimited)};" if unlimited else "磁盘和会话都有限度",
        ),
        Finding(
            name="空间索引", well=marked,
            sentence="防泄漏标记在" if marked else "geometry_overlaps 缺少 LEAKPROOF 标记,请由管理员补上",
        ),
        Finding(name="后台", well=True, sentence="运行中" if alive else "未运行,随 wuchuan up 启动"),
        Finding(name="分析", well=True, sentence=until),
        holders,
    ]  # fmt: skip


def _holders(connection: sa.Connection) -> Finding:
    """Whether both who can open a tip-giver's contact are still there."""
    key = contacts.newest_key(connection)
    if key is None:
        return Finding(name="联系方式", well=True, sentence="还没有密钥,不收举报人的联系方式")
    held = [copy.post for copy in contacts.copies_of(connection, key["desk_key_id"])]
    gone = [post for post in held if not posts.is_on_duty(connection, post)]
    if gone:
        sentence = f"持有密钥的岗位“{'、'.join(gone)}”已经撤销,请在“联系方式”页更换"
        return Finding(name="联系方式", well=False, sentence=sentence)
    return Finding(name="联系方式", well=True, sentence=f"密钥由“{'、'.join(held)}”持有,到期的都已销毁")


def _assets() -> Finding:
    there = vendor.is_installed()
    return Finding(name="前端文件", well=there, sentence="齐全" if there else "缺失或不是本版,请运行 make install")


def _fonts() -> Finding:
    there = debian.find_fonts() is not None
    return Finding(name="中文字体", well=there, sentence="齐全" if there else "缺失,打印不了,请运行 make install")


def _secrets(folder: Path) -> Finding:
    if not folder.is_dir():
        return Finding(name="密钥", well=True, sentence="尚未生成")
    open_ones = [file.name for file in sorted(folder.iterdir()) if stat.S_IMODE(file.stat().st_mode) & 0o077]
    told = "只有所有者能读" if not open_ones else f"别人也能读:{'、'.join(open_ones)},请 chmod 600"
    return Finding(name="密钥", well=not open_ones, sentence=told)


def _nights(settings: Settings) -> list[Finding]:
    """Whether the last nightly backup is young enough; nothing of a database that is not this machine's own."""
    if settings.database_url:
        return []
    days = [nightly.day_of(path) for path in nightly.nights(settings.data)]
    if not days:
        return [Finding(name="备份", well=True, sentence="还没有夜间备份,后台每天两点以后做")]
    today = dt.datetime.now(settings.profile.zone).date()  # noqa: TID251
    well = (today - days[-1]).days <= nightly.LATE_DAYS
    return [Finding(name="备份", well=well, sentence=f"最近的夜间备份是 {days[-1]} 的,共存 {len(days)} 份")]


def _certificate(settings: Settings) -> list[Finding]:
    """What is to be said of the certificate, where the service shows one."""
    if not settings.has_tls:
        return []
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - a certificate holds by the clock
    try:
        tls.context(settings, now=now)
        known = tls.certificate(settings)
    except DomainError as error:
        return [Finding(name="证书", well=False, sentence=error.sentence)]
    sentences = []
    if known.until - now < tls.SOON:
        sentences.append(f"{(known.until - now).days} 天后到期,请换新的")
    if missing := tls.uncovered(known, settings):
        sentences.append(f"不含 {'、'.join(missing)},浏览器会报不安全")
    until = f"{known.until.astimezone():%Y-%m-%d} 到期,指纹 {known.fingerprint}"
    return [Finding(name="证书", well=not sentences, sentence=";".join([*sentences, until]))]


def _disk(folder: Path) -> Finding:
    there = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    free = shutil.disk_usage(there).free / 2**30
    return Finding(name="磁盘", well=free >= LEAST_FREE_GIB, sentence=f"{there} 剩余 {free:.1f} GB")
