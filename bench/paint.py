"""The rental units' tiles on a Leaflet map: drawn by our layer, by protomaps-leaflet and by MapLibre GL's layer."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
import waitress
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as TooLate

from app import create_app, vendor
from app.core import headers
from app.maps.figure import source
from app.service.links import entry_link
from bench import memory
from bench.demo import Run, settings_at
from bench.page import FLAGS, TIMES
from bench.running import HOST
from bench.table import Row, times
from layers import read
from layers.actor import LOCAL
from layers.database import transaction
from layers.host.debian import find_chromium

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

WHAT = "rental units by tiles, zoom 15"
TIMED = ("first paint", "drawn after a pan of 4 screens", "longest frame of that pan")
PEERS = {"protomaps": "protomaps-leaflet 5.1.0", "maplibre": "maplibre-gl 6.17.0 by its Leaflet layer 0.1.4"}
PINNED = ("protomaps-leaflet@5.1.0", "maplibre-gl@6.17.0", "@maplibre/maplibre-gl-leaflet@0.1.4")
#: What pages load, by the names it is served under.
OWN = {
    "leaflet.js": "vendor/leaflet/leaflet.js",
    "leaflet.css": "vendor/leaflet/leaflet.css",
    "ours.js": "shared/layers/vector-grid.js",
}
FETCHED = {
    "protomaps.js": "protomaps-leaflet/dist/protomaps-leaflet.js",
    "maplibre.js": "@maplibre/maplibre-gl-leaflet/leaflet-maplibre-gl.js",
    "maplibre.css": "maplibre-gl/dist/maplibre-gl.css",
    "maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
    "maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
}
KIND = {"maplibre": ' type="module"'}
WITHOUT_WEBGL = ("--disable-webgl", "--disable-3d-apis")
#: Places stand one by one in the tiles of all three: the peers take those of the zoom before, twice as large.
ZOOM = 15
LONGEST_MS = 15_000
RED, FEWEST_PIXELS = (194, 24, 91), 500

PAGE = """<!doctype html><meta charset="utf-8"><style nonce="bench">%s html, body, #map { height: 100%%; margin: 0 }
.ours canvas { width: 280px !important; height: 280px !important; margin: -12px }</style><div id="map"></div>%s"""
MAP = """
const TILES = "/tiles/rental_units/{z}/{x}/{y}.mvt", RED = "rgb(194, 24, 91)";
const map = L.map("map", { zoomControl: false, attributionControl: false, fadeAnimation: false }).setView(%s, %d);
const way = 4 * map.getSize().x;
if (location.hash) map.panBy([-way, 0], { animate: false });
%s
const frame = () => new Promise(requestAnimationFrame);
async function drawn() {
    do await frame(); while (!isDrawn());
    return frame();
}
globalThis.pan = async () => {
    const stopped = new Promise((done) => map.once("moveend", done)), gaps = [];
    let last = await frame(), isOver = false;
    (async () => { while (!isOver) { const now = await frame(); gaps.push(now - last); last = now; } })();
    map.panBy([way, 0], { animate: true, duration: 4, easeLinearity: 1 });
    await stopped;
    const began = performance.now(), ended = await drawn();
    isOver = true;
    return [ended - began, Math.max(...gaps)];
};
layer.addTo(map);
drawn().then((at) => { globalThis.first = at; });
"""
LAYERS = {
    "ours": """
const read = ({ layers: { rental_units: own } }) => own ? Array.from({ length: own.length }, (_, n) => {
    const feature = own.feature(n);
    return feature.loadGeometry().map(([point]) => wuchuan.inTile(point, feature.extent));
}).flat() : null;
const draw = (ctx, marks) => {
    ctx.fillStyle = RED;
    for (const { x, y } of marks) { ctx.beginPath(); ctx.arc(x, y, 3, 0, 2 * Math.PI); ctx.fill(); }
};
const layer = new wuchuan.VectorGrid(TILES, { className: "ours", margin: 12, read, draw, fail() {} });
const isDrawn = () => !layer.isLoading();""",
    "protomaps": """
const symbolizer = new protomapsL.CircleSymbolizer({ radius: 3, fill: RED });
const paintRules = [{ dataLayer: "rental_units", symbolizer }];
const layer = protomapsL.leafletLayer({ url: TILES, devicePixelRatio: 2, paintRules });
const isDrawn = () => !layer.isLoading();""",
    "maplibre": """
const home = location.protocol === "file:" ? "held://" : location.origin;
const units = { type: "vector", maxzoom: 16, tiles: [home + TILES] };
const paint = { "circle-radius": 3, "circle-color": RED };
const circles = { id: "units", type: "circle", source: "units", "source-layer": "rental_units", paint };
const layer = L.maplibreGL({ pixelRatio: 2, style: { version: 8, sources: { units }, layers: [circles] } });
const isDrawn = () => {
    const gl = layer.getMaplibreMap();
    return gl.loaded() && gl.areTilesLoaded() && map.getCenter().distanceTo(gl.getCenter()) < 1;
};""",
}
#: A page on disk brings its tiles along; MapLibre, a module with a worker, comes there out of blobs.
HELD = """const held = %s, bytes = (address) => Uint8Array.from(atob(held[address] ?? ""), (c) => c.charCodeAt(0));
const { fetch: fetched } = globalThis;
globalThis.fetch = async (address) => address in held ? new Response(bytes(address)) : fetched(address);"""
LINKED = 'import * as maplibregl from "./maplibre-gl.mjs"; globalThis.maplibregl = maplibregl;'
FROM_BLOBS = """const blob = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
globalThis.maplibregl = await import(blob(%s));
maplibregl.setWorkerUrl(blob(%s));
maplibregl.addProtocol("held", async ({ url }) => ({ data: bytes(url.slice("held://".length)).buffer }));"""

Launch = Callable[..., Browser]


class Seen(NamedTuple):
    """One visit: milliseconds, and MB of the page's own heap, of its processes (PSS) and of the whole browser's."""

    first_ms: float
    after_ms: float
    longest_ms: float
    heap: float
    renderers: float
    browser: float

    def memory(self) -> str:
        """The three sizes."""
        return f"heap {self.heap:.0f}, renderers {self.renderers:.0f}, the browser {self.browser:.0f} MB"


class Site(NamedTuple):
    """Where the pages are, which tiles were asked for, and what one holds."""

    home: str
    wanted: set[str]
    tile: Callable[[str], bytes]


def rows(run: Run) -> Iterator[Row]:
    """First paint, a pan and the memory after it, ours beside each peer; and where each of them draws at all.

    In turns, each visit with a browser of its own, after a round that is not counted: same window, place and round
    mark, twice as fine as the screen, which ours always is; under the policy of our pages. A page opens where most
    units are, and another four screens aside, from where Leaflet's own pan goes there, a screen a second. Without a
    graphics card, as here, the processor computes WebGL.
    """
    if (chromium := find_chromium()) is None:
        yield Row(WHAT, ours="not measured: Chromium is missing")
        return
    files, view = _files(run), _busiest_place(run)
    with _serving(run, files | {name: _served(name, files, view) for name in LAYERS}) as site, sync_playwright() as p:

        def launch(*flags: str) -> Browser:
            return p.chromium.launch(executable_path=chromium, args=[*FLAGS, *flags])

        visits = [{name: _visited(launch, site.home + name) for name in LAYERS} for _ in range(TIMES + 1)][1:]
        seen = {name: Seen(*np.median([visit[name] for visit in visits], axis=0)) for name in LAYERS}
        draws = {name: _draws(launch, site, name, _alone(name, run, files, view, site)) for name in LAYERS}
    for name in PEERS:
        yield from _beside(name, seen, draws)


def _beside(name: str, seen: Mapping[str, Seen], draws: Mapping[str, str]) -> Iterator[Row]:
    peer, ours, theirs = PEERS[name], seen["ours"], seen[name]
    for figure, mine_ms, other_ms in zip(TIMED, ours, theirs, strict=False):
        yield Row(f"{WHAT}, {figure}", peer, f"{mine_ms:.0f} ms", f"{other_ms:.0f} ms", times(other_ms / mine_ms))
    yield Row(f"{WHAT}, memory after it", peer, ours.memory(), theirs.memory(), times(theirs.browser / ours.browser))
    what = f"{WHAT}, drawn without WebGL / under our pages' policy / from a file"
    yield Row(what, peer, draws["ours"], draws[name], asked="yes / yes / yes")


def _files(run: Run) -> dict[str, bytes]:
    """What the pages load: ours, and the peers' by npm."""
    folder = run.folder / "painted"
    folder.mkdir()
    vendor.run_command([*vendor.npm_command(folder), "install", "--ignore-scripts", *PINNED], folder)
    fetched = {name: (folder / "node_modules" / path).read_bytes() for name, path in FETCHED.items()}
    return {name: source(path) for name, path in OWN.items()} | fetched


def _busiest_place(run: Run) -> str:
    """Latitude and longitude of the middle of the square hundredth of a degree with most units."""
    with transaction(run.city.engine, LOCAL) as connection:
        lonlat = shapely.get_coordinates(read.layer(connection, "rental_units").geometry.to_numpy())
    squares, counts = np.unique(np.floor(lonlat * 100), axis=0, return_counts=True)
    lon, lat = (squares[counts.argmax()] + 0.5) / 100
    return f"[{lat}, {lon}]"


def _served(name: str, files: Mapping[str, bytes], view: str) -> bytes:
    kind = KIND.get(name, "")
    first = _script(LINKED, kind) if kind else ""
    linked = f'<script src="leaflet.js"></script>{first}<script{kind} src="{name}.js"></script>'
    return _page(name, files, linked + _script(MAP % (view, ZOOM, LAYERS[name]), kind))


def _alone(name: str, run: Run, files: Mapping[str, bytes], view: str, site: Site) -> str:
    """The address of the page on disk with all scripts, and all tiles that were asked for, inside it."""
    kind = KIND.get(name, "")
    modules = tuple(json.dumps(files[f"maplibre-gl{part}.mjs"].decode()) for part in ("", "-worker"))
    held = json.dumps({path: base64.b64encode(site.tile(path)).decode() for path in site.wanted})
    first = FROM_BLOBS % modules if kind else ""
    whole = first + files[f"{name}.js"].decode() + MAP % (view, ZOOM, LAYERS[name])
    scripts = _script(HELD % held + files["leaflet.js"].decode()) + _script(whole, kind)
    page = run.folder / f"{name}.html"
    page.write_bytes(_page(name, files, scripts))
    return page.as_uri()


def _page(name: str, files: Mapping[str, bytes], scripts: str) -> bytes:
    styles = files["leaflet.css"] + files.get(f"{name}.css", b"")
    return (PAGE % (styles.decode(), scripts)).encode()


def _script(text: str, kind: str = "") -> str:
    escaped = text.replace("</", "<\\/")
    return f'<script{kind} nonce="bench">{escaped}</script>'


@contextmanager
def _serving(run: Run, files: Mapping[str, bytes]) -> Iterator[Site]:
    """Those files and the service's tiles at one address, for a visitor who has entered."""
    settings, wanted = settings_at(run.city.data), set[str]()
    app = create_app(settings, run.city.engine)
    visitor = app.test_client()
    entered = visitor.post("/enter", data={"token": entry_link(settings).partition("token=")[2]})

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/tiles/"):
            wanted.add(path)
            return app(environ | {"HTTP_COOKIE": entered.headers["Set-Cookie"].partition(";")[0]}, start)
        kind = "text/javascript" if path.endswith("js") else "text/html"
        # scripts come without the service's own policy, under which a worker, and so MapLibre, may fetch nothing
        policy = [("Content-Security-Policy", headers.PAGE.format(nonce="bench"))] if kind == "text/html" else []
        start("200 OK", [("Content-Type", f"{kind}; charset=utf-8"), *policy])
        return [files.get(path[1:], b"")]

    server = waitress.create_server(answer, host=HOST, port=0, threads=8)
    Thread(target=server.run, daemon=True).start()
    yield Site(f"http://{HOST}:{server.effective_port}/", wanted, lambda path: visitor.get(path).data)
    server.close()


def _visited(launch: Launch, address: str) -> Seen:
    with launch() as browser:
        page = _opened(browser, address)
        first = page.evaluate("first")
        page.context.close()
        page = _opened(browser, f"{address}#aside")
        after, longest = page.evaluate("pan()")
        if _pixels(page) < FEWEST_PIXELS:
            raise SystemExit(f"{address} drew nothing")
        session = page.context.new_cdp_session(page)
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        sizes = [(process["type"], memory.pss(process["id"])) for process in processes]
    renderers = sum(size for kind, size in sizes if kind == "renderer")
    return Seen(first, after, longest, heap, renderers, sum(size for _, size in sizes))


def _draws(launch: Launch, site: Site, name: str, alone: str) -> str:
    """Yes or no: without WebGL, under the policy, from disk."""
    places = ((WITHOUT_WEBGL, site.home + name), ((), site.home + name), ((), alone))
    return " / ".join("yes" if _is_drawn(launch, flags, address) else "no" for flags, address in places)


def _is_drawn(launch: Launch, flags: Sequence[str], address: str) -> bool:
    with launch(*flags) as browser:
        try:
            return _pixels(_opened(browser, address)) >= FEWEST_PIXELS
        except TooLate:
            return False


def _opened(browser: Browser, address: str) -> Page:
    """The page once its tiles show; raises TooLate where they do not."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address, wait_until="commit")
    page.wait_for_function("() => globalThis.first", timeout=LONGEST_MS)
    return page


def _pixels(page: Page) -> int:
    """How many pixels of the window have the marks' colour."""
    shown = np.asarray(Image.open(BytesIO(page.screenshot())).convert("RGB")).astype(int)
    return int((abs(shown - RED) < 24).all(axis=2).sum())
