"""The document a folium map is rendered into: every script and style local, one nonce on each, no foreign address."""

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from branca.element import Figure

from app.core import joiner
from gis.errors import Unavailable

APP = Path(__file__).parents[1]
STATIC = APP / "static"
_VENDOR = STATIC / "vendor"

#: folium's classes name other people's servers; these local files stand in, by the last part of the address.
LOCAL = {
    "leaflet.js": "vendor/leaflet/leaflet.js",
    "leaflet.css": "vendor/leaflet/leaflet.css",
}

_LINK = re.compile(r'(<script\b[^>]*?\ssrc=|<link\b[^>]*?\shref=)"([^"]+)"')
_OPENING = re.compile(r"<(script|style)(?=[\s>])")
_FOREIGN = re.compile(r"""["'(=\s](?:https?:)?//[a-z0-9]""", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A rendered map in the three places of a page of our own."""

    header: str
    html: str
    script: str


class LocalFigure(Figure):
    """A branca figure for pages under a strict Content-Security-Policy; folium draws into it unknowing."""

    def __init__(self, nonce: str) -> None:
        super().__init__()
        self.nonce = nonce

    def render(self, **kwargs: object) -> str:
        """The whole document.

        Raises:
            Unavailable: it links a file that is not kept here, or names another host anywhere.
        """
        return localise(super().render(**kwargs), self.nonce)

    def parts(self) -> Parts:
        """The head, body and script of the document, for a template to place; raises as ``render`` does."""
        for child in self._children.values():
            child.render()
        script = f"<script>{self.script.render()}</script>"
        rendered = (self.header.render(), self.html.render(), script)
        header, html, script = (localise(part, self.nonce) for part in rendered)
        return Parts(header=header, html=html, script=script)


def localise(html: str, nonce: str) -> str:
    """``html`` with its links turned local and the nonce on each script and style; raises as ``render`` does."""
    html = _LINK.sub(lambda match: f'{match[1]}"{local_address(match[2])}"', html)
    if match := _FOREIGN.search(html):
        around = html[max(match.start() - 60, 0) : match.end() + 60]
        raise Unavailable(f"地图页里出现了外部地址:{around!r}", kind="assets")
    return _OPENING.sub(rf'<\1 nonce="{nonce}"', html)


def local_address(link: str) -> str:
    """The address under /static of a linked file.

    Raises:
        Unavailable: no local file stands in for it.
    """
    if link.startswith("/static/"):
        return link
    name = link.rsplit("/", 1)[-1]
    if name not in LOCAL:
        raise Unavailable(f"地图页要用的 {link} 没有本地文件", kind="assets")
    return asset(LOCAL[name])


def asset(path: str) -> str:
    """The address of a file of the pages, with a mark of its content, so that a browser may keep it for good.

    ``path`` is below app/static, or begins with ``desks/``; a script of our own is fetched with all that it imports.

    Raises:
        Unavailable: the file is not there (the third-party ones come by ``make install``), or cannot be joined.
    """
    if not (mark := content_hash(path)):
        raise Unavailable(f"缺少网页文件 {path},请先运行 make install", kind="assets")
    return f"/static/{path}?v={mark}"


def content_hash(path: str) -> str:
    """Ten hexadecimal digits of the SHA-256 of what ``asset`` names, or '' where there is no such file.

    Raises:
        Unavailable: it is a script that cannot be joined.
    """
    file = asset_file(path)
    return _hash(_stamps(path)) if file.is_file() else ""


def asset_file(path: str) -> Path:
    """The file that ``asset`` names, whether it is there or not."""
    return (APP if path.startswith("desks/") else STATIC) / path


def source(path: str) -> bytes:
    """What a browser gets under the address of ``asset``; raises as ``content_hash`` does, or OSError."""
    return _joined(_stamps(path)) if _is_module(path) else asset_file(path).read_bytes()


def _is_module(path: str) -> bool:
    return path.endswith(".js") and not path.startswith("vendor/")


def _stamps(path: str) -> tuple[tuple[Path, int], ...]:
    files = joiner.modules_of(asset_file(path), _VENDOR) if _is_module(path) else (asset_file(path),)
    return tuple((file, file.stat().st_mtime_ns) for file in files)


@functools.lru_cache(maxsize=1024)
def _hash(stamps: tuple[tuple[Path, int], ...]) -> str:
    parts = (joiner.text_of(file).encode() if file.suffix == ".py" else file.read_bytes() for file, _ in stamps)
    return hashlib.sha256(b"".join(parts)).hexdigest()[:10]


@functools.lru_cache(maxsize=64)
def _joined(stamps: tuple[tuple[Path, int], ...]) -> bytes:
    """The script that ends with the last of those files."""
    return joiner.join(stamps[-1][0], _VENDOR).encode()
