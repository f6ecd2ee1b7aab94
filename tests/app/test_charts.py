"""The routes that hand out sheets: kinds, refusals, one at a time."""

import pytest
from flask.testing import FlaskClient

from app import server
from app.web import current
from tests.app.conftest import WEST


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
    seats = [current._SEATS.acquire(blocking=False) for _ in range(server.THREADS - 1)]
    assert all(seats)
    answer = visitor.get(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["error"]) == (503, "busy")
    current._SEATS.release(len(seats))
    assert visitor.get(path).status_code == 200


def test_a_stranger_gets_no_sheet(stranger: FlaskClient) -> None:
    assert stranger.get(f"/charts/{WEST}.pdf").status_code in {302, 303, 401}
