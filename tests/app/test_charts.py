"""The routes that hand out sheets: kinds, refusals, one at a time."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager

import flask
import pytest
from flask.testing import FlaskClient

from app import server
from app.core import current
from app.core.apart import Lingering
from tests.app.conftest import WEST, signed_in

JSON = {"Accept": "application/json"}


@contextmanager
def all_seats_taken() -> Iterator[None]:
    seats = [current._SEATS.acquire(blocking=False) for _ in range(server.THREADS - 1)]
    assert all(seats)
    yield
    current._SEATS.release(len(seats))


@pytest.mark.parametrize(
    ("path", "head"),
    [(f"/charts/{WEST}.pdf", b"%PDF"), ("/maps/zones.png", b"\x89PNG"), (f"/charts/{WEST}.svg", b"<?xml")],
)
def test_a_sheet_is_handed_out_and_kept(visitor: FlaskClient, path: str, head: bytes) -> None:
    first = visitor.get(path)
    assert (first.status_code, first.data[: len(head)]) == (200, head)
    assert first.headers["Content-Disposition"].startswith("inline; filename=")
    again = visitor.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/charts/990000000001.pdf", 404), (f"/charts/{WEST}.docx", 404), (f"/charts/{WEST}.pdf?a=1", 400),
        ("/maps/nowhere.pdf", 404), ("/maps/zones.pdf?area='", 400), ("/maps/zones.pdf?area=990000000001", 404),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_one_sentence(visitor: FlaskClient, path: str, status: int) -> None:
    answer = visitor.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert set(answer.get_json()) == {"error", "sentence"}


@pytest.mark.parametrize("path", ["/maps/heat.pdf", "/api/heat", "/api/heat.png?peak_per_km2=1"])
def test_pictures_leave_a_thread_to_those_who_want_none(visitor: FlaskClient, path: str) -> None:
    with all_seats_taken():
        answer = visitor.get(path, headers=JSON)
    assert (answer.status_code, answer.get_json()["error"]) == (503, "busy")
    assert visitor.get(path).status_code == 200


def test_those_who_wait_for_the_same_sheet_leave_a_thread_too(
    app: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, may_go_on, address = threading.Event(), threading.Event(), f"/charts/{WEST}.svg"

    def slow(*_: object) -> bytes:
        drawn.set()
        assert may_go_on.wait(20)
        return b"<?xml"

    def ask(_: int) -> int:
        return signed_in(app).get(address, headers=JSON).status_code

    monkeypatch.setattr(Lingering, "__call__", slow)
    with ThreadPoolExecutor(server.THREADS) as threads:
        asked = [threads.submit(ask, n) for n in range(server.THREADS)]
        assert drawn.wait(20)
        refused = next(as_completed(asked, timeout=20))  # the others wait for the sheet
        may_go_on.set()
    assert refused.result() == 503
    assert sorted(each.result() for each in asked) == [200] * (server.THREADS - 1) + [503]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/actions/1/order.pdf", None),
        ("POST", "/api/actions", {"name": "甲", "date": "2026-01-01", "since": "10:00"}),
        ("POST", "/api/actions/1/plan", {}),
        ("POST", f"/api/uploads/{'0' * 32}/preview", {"layer": "tips"}),
    ],
)
def test_what_is_planned_printed_or_previewed_leaves_a_thread(
    visitor: FlaskClient, method: str, path: str, body: object
) -> None:
    headers = JSON | {"X-CSRF-Token": "the-token", "If-Match": '"1"'}
    with all_seats_taken():
        assert visitor.open(path, method=method, json=body, headers=headers).status_code == 503
    assert visitor.open(path, method=method, json=body, headers=headers).status_code in {400, 404}


def test_a_stranger_gets_no_sheet(stranger: FlaskClient) -> None:
    assert stranger.get(f"/charts/{WEST}.pdf").status_code in {302, 303, 401}
