"""A small city on real PostGIS behind a live server; a stray request or console error on a page fails its test."""

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
import waitress
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app import create_app
from app.service.links import entry_link
from app.settings import Settings
from layers import gazetteer
from layers.actor import LOCAL
from layers.host import embedded
from layers.host.debian import find_chromium
from layers.profile import CityProfile
from tests.browser import city
from tests.conftest import NewDatabase

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

#: A page on a busy machine may take longer than the five seconds that are usual.
expect.set_options(timeout=20_000)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Site:
    """A running service: its address, the browser session of somebody who entered, its database and its settings."""

    url: str
    context: BrowserContext
    engine: sa.Engine
    settings: Settings


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("browser tests need Debian's Chromium, which `make test` installs as root")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(
    browser: Browser,
    cluster: embedded.Cluster,
    new_database: NewDatabase,
    worker_name: str,
    demo_profile: CityProfile,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    name = f"browser_{worker_name}"
    profile = dataclasses.replace(demo_profile, bounds=city.BOUNDS)
    settings = Settings(
        database_url=cluster.url("app", name), migration_url=cluster.url("owner", name),
        data=tmp_path_factory.mktemp("site"), port=0, host="127.0.0.1", profile=profile, engine="local", language="zh",
    )  # fmt: skip
    with new_database(name) as engine, browser.new_context() as context:
        city.fill(engine)
        gazetteer.renew(engine, LOCAL, profile)
        with serving(settings, engine, context) as site:
            yield site


@contextmanager
def serving(settings: Settings, engine: sa.Engine, context: BrowserContext) -> Iterator[Site]:
    """A service with these settings on that database, and a browser session in it."""
    server = waitress.create_server(create_app(settings, engine), host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    link = entry_link(dataclasses.replace(settings, port=server.effective_port))
    _enter(context, link)
    yield Site(url=link.partition("/enter")[0], context=context, engine=engine, settings=settings)
    server.close()


def _enter(context: BrowserContext, link: str) -> None:
    """Come in by the one-time link, whose page posts itself, and choose the one post there is."""
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name=city.POST).click()
    page.wait_for_url("**/")
    page.wait_for_selector(".acting")
    page.close()


class Visit:
    """Opens pages and keeps what went wrong on them: foreign requests, console and script errors, dialogs."""

    def __init__(self, context: BrowserContext, home: str) -> None:
        self.context = context
        self.home = home
        self.faults: list[str] = []
        self.pages: list[Page] = []

    def __call__(self, address: str = "/", *, width: int = 1440, height: int = 900, dark: bool = False) -> Page:
        """The page once everything that is shown at first has been drawn."""
        page = self.context.new_page()
        self.pages.append(page)
        page.set_default_timeout(20_000)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        self._watch(page)
        page.goto(self.home + address)
        page.wait_for_selector('[data-drawn="all"]')
        return page

    def _watch(self, page: Page) -> None:
        own = (self.home, "data:")
        page.on("request", lambda r: r.url.startswith(own) or self.faults.append(f"request to {r.url}"))
        page.on("console", lambda m: m.type == "error" and self.faults.append(f"console: {m.text}"))
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("dialog", lambda dialog: (self.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def end(self) -> None:
        """Close the pages and fail if anything went wrong on them."""
        for page in self.pages:
            page.close()
        assert self.faults == []


@pytest.fixture
def visit(site: Site) -> Iterator[Visit]:
    visit = Visit(site.context, site.url)
    yield visit
    visit.end()


@pytest.fixture(scope="module")
def overview(site: Site) -> Iterator[Page]:
    """The first page as it opens, for tests that only look; it is gone before another module signs out."""
    visit = Visit(site.context, site.url)
    yield visit()
    visit.end()


@pytest.fixture
def open_file(browser: Browser) -> Iterator[Visit]:
    """Opens files from disk, where no name resolves."""
    with browser.new_context() as context:
        visit = Visit(context, "file://")
        yield visit
        visit.end()
