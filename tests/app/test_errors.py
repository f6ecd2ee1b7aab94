"""Every refusal is a status and one sentence, for programs and for people."""

import errno
import logging
import os

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import create_app
from app.core import acting
from app.core.access import needs
from app.core.errors import STATUSES, status_of
from app.settings import Settings
from gis import errors
from layers import jobs

from .conftest import signed_in


def test_every_class_of_the_family_has_its_row() -> None:
    family = {
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.DomainError)
    }
    assert set(STATUSES) == family


def test_an_unlisted_child_takes_its_parents_status() -> None:
    class Narrower(errors.Conflict):
        pass

    assert status_of(Narrower("占用")) == STATUSES[errors.Conflict]
    assert status_of(ValueError()) == 500


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("没有", kind="unknown_layer"), 404),
        (errors.Refused("不行", kind="bad_parameter"), 400),
        (errors.Conflict("已占", kind="taken"), 409),
        (errors.Conflict("已改", kind=errors.STALE), 412),
        (errors.IntakeError("读不了", kind="not_readable"), 422),
        (errors.Unavailable("满了", kind="disk_full"), 503),
    ],
)
def test_an_error_of_the_family_is_its_status_kind_and_sentence(
    app: flask.Flask, error: errors.DomainError, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = _failing(app, error, monkeypatch).get("/api/session")
    assert answer.status_code == status
    assert answer.get_json() == {"error": error.kind, "sentence": error.sentence}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_at_any_door_is_one_sentence(
    app: flask.Flask, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = _failing(app, OSError(number, os.strerror(number)), monkeypatch).get("/api/session")
    assert (answer.status_code, answer.get_json()["error"]) == (503, "disk_full")
    assert answer.get_json()["sentence"].startswith("磁盘已满")


@pytest.mark.parametrize(
    "error", [RuntimeError("secret 42"), OSError(errno.EIO, "secret 42"), errors.FrameError("secret 42 is missing")]
)
def test_an_unforeseen_error_is_logged_with_a_number_and_tells_nothing_else(
    app: flask.Flask, error: Exception, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level(logging.ERROR, logger="app.core.errors"):
        answer = _failing(app, error, monkeypatch).get("/api/session?token=do-not-log")
    assert answer.status_code == 500
    text = answer.get_data(as_text=True)
    assert "secret" not in text
    assert "Traceback" not in text
    (record,) = caplog.records
    assert record.args[0] in text  # type: ignore[index]
    assert "secret 42" in caplog.text
    assert "do-not-log" not in caplog.text


def test_a_person_gets_a_page_and_a_program_json(visitor: FlaskClient) -> None:
    page = visitor.get("/nowhere", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "没有这个地址" in page.get_data(as_text=True)
    for path, accept in (("/api/nowhere", "text/html"), ("/tiles/nowhere", "*/*"), ("/nowhere", "application/json")):
        answer = visitor.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.get_json()["error"]) == (404, "not_found"), path


def test_a_wrong_method_names_the_right_ones(visitor: FlaskClient) -> None:
    answer = visitor.post("/api/layers", headers={"X-CSRF-Token": "the-token"})
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert answer.get_json()["error"] == "method_not_allowed"


def test_too_large_a_body_is_refused(visitor: FlaskClient) -> None:
    headers = {"X-CSRF-Token": "the-token"}
    answer = visitor.post("/api/analyses", data={"until": "x" * 2**21}, headers=headers)
    assert answer.status_code == 413


def test_a_database_that_is_gone_is_one_sentence(settings: Settings) -> None:
    nowhere = sa.create_engine("postgresql+psycopg://nobody@/none?host=/nonexistent")
    client = create_app(settings, nowhere).test_client()
    with client.session_transaction() as session:
        session.update({acting.TOKEN: "token", acting.CSRF: "the-token"})
    for path in ("/api/layers", "/api/layers/tips", "/tiles/tips/1/0/0.mvt", "/api/figures", "/api/jobs"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        assert "wuchuan doctor" in answer.get_json()["sentence"], path
    assert client.get("/").status_code == 503
    health = client.get("/healthz")
    assert (health.status_code, health.get_json()["database"]) == (503, False)


def test_a_database_that_falls_while_asked_leaves_healthz_its_flags(
    app: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(_connection: sa.Connection) -> bool:
        raise sa.exc.OperationalError("SELECT 1", {}, OSError("server closed the connection"))

    monkeypatch.setattr(jobs, "worker_alive", fall)
    health = app.test_client().get("/healthz")
    assert (health.status_code, health.get_json()["database"], health.get_json()["worker"]) == (503, False, False)


def _failing(app: flask.Flask, error: Exception, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    def fail() -> None:
        raise error

    monkeypatch.setitem(app.view_functions, "session.show", needs("session.hold")(fail))
    return signed_in(app)
