"""The map page in headless Chromium: its size, and how soon 120,000 rental units answer a hand."""

import shutil
import statistics
from collections.abc import Iterator
from dataclasses import replace

import folium
import geopandas as gpd
from playwright.sync_api import Browser, sync_playwright

from app.maps.base import MAP_LAYERS
from app.maps.documents import document_figure
from app.maps.figure import STATIC
from bench import running
from bench.demo import City, Run
from bench.table import Row, against
from layers import read
from layers.actor import LOCAL
from layers.database import transaction
from layers.host.debian import find_chromium

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
TIMES = 3
LONGEST_MS = 180_000

CITY = 'typeof wuchuan !== "undefined" && wuchuan.city'
CANVAS = """[...document.querySelectorAll(".leaflet-%s-pane canvas")].some((canvas) => canvas.width && canvas.height &&
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value))"""
TILES = f"{CITY} && wuchuan.city.groups.rental_units.getLayers().some((l) => !l.isLoading()) && {CANVAS % 'tiles'}"
PATHS = 'document.querySelectorAll(".leaflet-overlay-pane path").length === %d'
PLACE = 'document.querySelector(".leaflet-map-pane").style.transform'
SHOW = f'{CITY} && (wuchuan.city.show("rental_units", true), true)'
NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => done(performance.now() / 1000)))"


def rows(run: Run) -> Iterator[Row]:
    """The page's bytes; then, from navigation to the frame after a drag, ours and both ways of folium's circles.

    The mouse drags the map once the layer is drawn: its tiles have all come and show, or all its circles stand in the
    page, or they show on their canvas. The page's own clock is read in the frame after the map followed. Median of
    three, each with an empty cache. The peer lies on disk with its scripts beside it and waits for no network; the pins
    that folium gives points by itself are left out, since so many do not answer within minutes.
    """
    with transaction(run.city.engine, LOCAL) as connection:
        points = read.layer(connection, "rental_units")[["geometry"]]
    what = f"{len(points):,} rental units interactive"
    peers = {"inlined `folium.GeoJson`": PATHS % len(points), "the same on a canvas": CANVAS % "overlay"}
    chromium = find_chromium()
    with running.serving(run.city.data) as site, sync_playwright() as playwright:
        yield Row("map page, HTML", ours=f"{len(site.get('/')[1]) / 1000:.1f} kB", asked="≤ 60 kB")
        if chromium is None:
            yield Row(what, ours="not measured: Chromium is missing")
            return
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        home = f"http://{running.HOST}:{site.port}/"
        theirs = [
            _median(browser, site, _inlined(points, run, canvas=n == 1), drawn)
            for n, drawn in enumerate(peers.values())
        ]
        # after the peers: in its first seconds a service has its kernels compiled beside everything else
        alone = _median(browser, site, home + "maps/community", TILES, instead=_alone(run.city))
        whole = _median(browser, site, home, SHOW, TILES)
        for peer, took, asked in zip(peers, theirs, ("≥ 6×", ""), strict=True):
            yield against(f"{what}, a map of them alone", alone, peer, took, asked)
            yield against(f"{what}, the whole workbench", whole, peer, took)
        browser.close()


def _alone(city: City) -> str:
    """A document of the house with this one layer."""
    layer = next(replace(layer, shown=True) for layer in MAP_LAYERS if layer.key == "rental_units")
    return document_figure("community", city.profile, layers=(layer,), nonce="bench").render()


def _inlined(points: gpd.GeoDataFrame, run: Run, *, canvas: bool) -> str:
    """The address of a page of folium's, with Leaflet beside it and without links to other hosts."""
    west, south, east, north = run.city.profile.bounds
    middle = ((south + north) / 2, (west + east) / 2)
    drawn = folium.Map(location=middle, zoom_start=9, tiles=None, prefer_canvas=canvas)
    drawn.default_js, drawn.default_css = [("leaflet", "leaflet.js")], [("leaflet_css", "leaflet.css")]
    folium.GeoJson(points.to_geo_dict(drop_id=True), marker=folium.CircleMarker(radius=3)).add_to(drawn)
    folder = shutil.copytree(STATIC / "vendor/leaflet", run.folder / "inlined", dirs_exist_ok=True)
    drawn.save(str(folder / "index.html"))
    return (folder / "index.html").as_uri()


def _median(browser: Browser, site: running.Site, address: str, *until: str, instead: str = "") -> float:
    """The median time of ``address`` (answered with the page ``instead``), drawn when all of ``until`` holds."""
    took = []
    for _ in range(TIMES):
        with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
            name, _, value = site.cookie.partition("=")
            context.add_cookies([{"name": name, "value": value, "url": f"http://{running.HOST}:{site.port}"}])
            context.set_default_timeout(LONGEST_MS)
            page = context.new_page()
            if instead:
                page.route(address, lambda route: route.fulfill(body=instead, content_type="text/html"))
            page.goto(address, wait_until="commit")
            for condition in until:
                page.wait_for_function(f"() => {condition}")
            before = page.evaluate(PLACE)
            page.mouse.move(700, 400)
            page.mouse.down()
            page.mouse.move(780, 400, steps=4)
            page.wait_for_function(f"(before) => {PLACE} !== before", arg=before)
            took.append(float(page.evaluate(NEXT_FRAME)))
    return statistics.median(took)
