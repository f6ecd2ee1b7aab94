"""What every test may ask for: the run's real PostGIS, a database of its own, the real files, a profile."""

import gc
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from layers import database
from layers.actor import LOCAL
from layers.database import make_engine, migrate
from layers.host import embedded
from layers.profile import CityProfile, load_profile

REPO = Path(__file__).parents[1]
SHARED_DATA = REPO.parent / "shared" / "data"
NewDatabase = Callable[..., AbstractContextManager[sa.Engine]]
#: Files are made there in half the time, and a run makes sixty thousand; its databases take six gigabytes.
MEMORY, ROOM_BYTES = Path("/dev/shm"), 8 << 30  # noqa: S108 - the folder made in it has a name of its own
CLUSTER_FOLDER = pytest.StashKey[Path]()
#: The files that take longest, and the folders in which most take long: the longest first.
LONGEST = ("tests/test_docs.py", "tests/browser/", "tests/app/", "tests/layers/")


def pytest_configure(config: pytest.Config) -> None:
    """Name one folder for the run's cluster; the cluster itself starts with the first test that asks for it."""
    if not hasattr(config, "workerinput"):
        roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
        folder = Path(tempfile.mkdtemp(prefix="wct-", dir=MEMORY if roomy else None))
        folder.chmod(0o755)  # the database's own user walks through it
        config.stash[CLUSTER_FOLDER] = folder


def pytest_configure_node(node: object) -> None:
    """Tell each xdist worker where the cluster is."""
    node.workerinput["cluster"] = str(node.config.stash[CLUSTER_FOLDER])  # type: ignore[attr-defined]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what needs the run's database: ``make lint`` leaves it out."""
    if "cluster" in getattr(item, "fixturenames", ()):
        item.add_marker("database")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest files first: the one that starts last decides when the run ends."""
    items.sort(key=lambda item: [not item.nodeid.startswith(start) for start in LONGEST])


def pytest_collection_finish() -> None:
    """What is loaded stays: the collector need not look through it a thousand times."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the cluster and throw its folder away."""
    folder = config.stash.get(CLUSTER_FOLDER, None)
    if folder is not None:
        embedded.stop(folder / "data")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> embedded.Cluster:
    """The run's PostGIS, started by whichever worker comes first."""
    told = getattr(request.config, "workerinput", None)
    folder = Path(told["cluster"]) if told else request.config.stash[CLUSTER_FOLDER]
    return embedded.start(folder / "data", fsync=False)


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    return str(getattr(request.config, "workerinput", {}).get("workerid", "alone"))


@pytest.fixture(scope="session")
def migrated(cluster: embedded.Cluster, worker_name: str) -> str:
    """A migrated, empty database to copy: that takes a tenth of the time of migrating another."""
    name = f"migrated_{worker_name}"
    embedded.ensure_database(cluster, name)
    migrate(cluster.url("owner", name))
    return name


@pytest.fixture(scope="session")
def new_database(cluster: embedded.Cluster, migrated: str) -> NewDatabase:
    """Makes a migrated database of that name as the application's plain role sees it: empty, or like another one."""

    @contextmanager
    def make(name: str, *, like: str = migrated) -> Iterator[sa.Engine]:
        with psycopg.connect(cluster.conninfo("superuser", "postgres"), autocommit=True) as server:
            parts = (sql.Identifier(part) for part in (name, like, embedded.ROLES["owner"]))
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*parts))
        engine = make_engine(cluster.url("app", name))
        yield engine
        engine.dispose()

    return make


@pytest.fixture(scope="session")
def engine(new_database: NewDatabase, worker_name: str) -> Iterator[sa.Engine]:
    """A migrated, empty database as the application's plain role sees it; one per worker. Do not commit to it."""
    with new_database(f"empty_{worker_name}") as engine:
        yield engine


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection whose transaction is rolled back after the test."""
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(database._ACTOR, LOCAL.settings())
        yield connection
        transaction.rollback()


@pytest.fixture
def own_name(worker_name: str, request: pytest.FixtureRequest) -> str:
    """What to call a database of this test alone."""
    return f"own_{worker_name}_{abs(hash(request.node.nodeid)) % 10**8}"


@pytest.fixture
def own_engine(new_database: NewDatabase, own_name: str) -> Iterator[sa.Engine]:
    """A migrated, empty database for this test alone, for tests whose subject commits."""
    with new_database(own_name) as engine:
        yield engine


@pytest.fixture
def own_owner(cluster: embedded.Cluster, own_engine: sa.Engine) -> Iterator[sa.Engine]:
    """The owner of that database's tables, for what the plain role may not do."""
    engine = make_engine(cluster.url("owner", str(own_engine.url.database)))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def demo_profile() -> CityProfile:
    return load_profile(REPO / "profiles" / "demo.toml")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files; tests that need it are skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real files of ../shared/data are not here")
    return SHARED_DATA
