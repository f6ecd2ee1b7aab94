"""Two thousand communities by /api, against the same GeoJSON built for each request."""

import sys
from collections.abc import Iterator
from pathlib import Path

import flask

from app import create_app
from app.core import access
from app.core.open_city import open_city
from app.core.parameters import read_query
from app.desks.workbench.layers import collection
from app.server import listen, serve
from bench import load, running
from bench.demo import Run, settings_at
from bench.table import Row, times
from layers.actor import LOCAL
from layers.database import transaction

KEPT, BUILT = "/api/layers/areas?level=community", "/built?level=community"
CONNECTIONS = 8
ASKED = "≥ 500/s, p99 ≤ 50 ms"
PEER = "the same GeoJSON built per request and not gzipped, same server"


def rows(run: Run) -> Iterator[Row]:
    """Whole answers, answers that nothing changed, and sizes."""
    data, built = run.city.data, running.Site(running.free_port())
    with running.serving(data) as site:
        headers, plain = site.get(KEPT)
        whole = load.bear(site, [KEPT] * 3000, connections=CONNECTIONS)
        same = load.bear(site, [KEPT] * 3000, connections=CONNECTIONS, tag=headers["ETag"])
    with running.started([sys.executable, "-m", "bench.api", data, str(built.port)], running.REPO):
        built.get(BUILT)
        theirs = load.bear(built, [BUILT] * 80, connections=CONNECTIONS)
    figure, ratio = f"2,000 communities by /api, {CONNECTIONS} connections", times(whole.per_s / theirs.per_s)
    yield Row(f"{figure}, gzipped", PEER, whole.told(), theirs.told(), ratio, f"{ASKED}, ≥ 10×")
    yield Row(f"{figure}, 304", ours=same.told(), asked=ASKED)
    sizes = f"{len(plain) / 1e6:.2f} MB, gzipped {whole.longest / 1e6:.2f} MB"
    yield Row("2,000 communities by /api, size", ours=sizes, asked="≤ 0.8 MB")


def _serve_built(data: Path, port: int) -> None:
    settings, engine = open_city(settings_at(data, port))
    app = create_app(settings, engine)

    @app.get("/built")
    @access.public
    def built() -> flask.Response:
        with transaction(engine, LOCAL) as connection:
            body = collection(connection, "areas", read_query(flask.request.args, "level"))
        return flask.Response(body, mimetype="application/json")

    serve(app, listen(settings))


if __name__ == "__main__":
    _serve_built(Path(sys.argv[1]), int(sys.argv[2]))
