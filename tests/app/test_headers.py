"""The headers of every response."""

import re

import flask
from flask.testing import FlaskClient

from app.core.headers import FIXED
from app.maps.figure import APP

from .test_access import addresses


def test_every_route_answers_with_the_strict_headers_signed_in_or_not(
    app: flask.Flask, visitor: FlaskClient, stranger: FlaskClient
) -> None:
    for client in (visitor, stranger):
        for _, method, path in addresses(app, {"GET", "POST", "PUT", "DELETE"}):
            answer = client.open(path, method=method, buffered=True)
            for name, value in FIXED.items():
                assert answer.headers.getlist(name) == [value], (path, name)
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; "), path
            assert "frame-ancestors 'self'" in policy, path
            assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", ""), path
            assert ("wasm-unsafe-eval" not in policy) or path in {"/tips", "/tips/new", "/contacts"}
            assert "Cache-Control" in answer.headers, path


def test_errors_have_them_too(visitor: FlaskClient) -> None:
    for answer in (
        visitor.get("/nowhere"),
        visitor.get("/api/nowhere"),
        visitor.get("/static/nowhere.js"),
        visitor.delete("/api/layers"),
        visitor.get("/", headers={"Host": "evil.example"}),
        visitor.get("/static/../settings.py"),
    ):
        assert answer.status_code in {400, 403, 404, 405}
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Content-Security-Policy" in answer.headers


def test_a_page_runs_scripts_with_its_own_nonce_only(visitor: FlaskClient) -> None:
    pages = [visitor.get("/") for _ in range(2)]
    nonces = [re.findall(r"script-src 'nonce-([\w-]+)' 'self'", p.headers["Content-Security-Policy"]) for p in pages]
    assert len(nonces[0]) == len(nonces[1]) == 1
    assert nonces[0] != nonces[1]
    for page, (nonce,) in zip(pages, nonces, strict=True):
        tags = re.findall(r"<(?:script|style)\b[^>]*>", page.get_data(as_text=True))
        assert tags
        assert all(f'nonce="{nonce}"' in tag for tag in tags)


def test_the_page_names_no_other_host(visitor: FlaskClient) -> None:
    text = visitor.get("/").get_data(as_text=True)
    assert re.findall(r"(?:src|href|action)=[\"']?(?:https?:)?//[^\"' >]+", text) == []


def test_private_pages_are_not_stored_and_answers_are_asked_about_again(visitor: FlaskClient) -> None:
    assert visitor.get("/").headers["Cache-Control"] == "no-store"
    assert visitor.get("/api/session").headers["Cache-Control"] == "no-store"
    kept = visitor.get("/api/layers").headers["Cache-Control"]
    assert set(kept.split(", ")) == {"private", "no-cache"}


def test_static_files_with_their_hash_are_kept_for_good_and_others_are_not(
    app: flask.Flask, stranger: FlaskClient
) -> None:
    with app.test_request_context():
        hashed = flask.url_for("static", filename="shared/city.js")
    assert re.fullmatch(r"/static/shared/city\.js\?v=[0-9a-f]{10}", hashed)
    assert stranger.get(hashed, buffered=True).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert stranger.get("/static/shared/city.js", buffered=True).headers["Cache-Control"] == "no-cache"
    assert stranger.get("/static/shared/city.js?v=0000000000", buffered=True).headers["Cache-Control"] == "no-cache"


def test_a_script_of_a_desk_comes_with_all_it_imports_and_is_kept_for_good(
    app: flask.Flask, stranger: FlaskClient
) -> None:
    with app.test_request_context():
        joined = flask.url_for("static", filename="desks/tips/public.js")
    answer = stranger.get(joined)
    assert answer.mimetype == "text/javascript"
    assert "function suggest(" in answer.get_data(as_text=True)
    assert "import" not in answer.get_data(as_text=True)
    assert "immutable" in answer.headers["Cache-Control"]
    again = stranger.get(joined.partition("?")[0], headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "no-cache")


def test_nothing_but_scripts_and_sheets_of_a_desk_is_handed_out(stranger: FlaskClient) -> None:
    assert stranger.get("/static/desks/tips/page.css", buffered=True).mimetype == "text/css"
    assert "function start(" in (APP / "desks/workbench/page.js").read_text("utf-8")
    closed = (
        "tips/desk.py",
        "tips/page.html",
        "../settings.py",
        "tips/../../settings.py",
        "nowhere.js",
        "",
        "tips",
        "%00",
    )
    for path in (f"desks/{each}" for each in closed):
        assert stranger.get(f"/static/{path}").status_code == 404, path
    for path in ("shared/nowhere.js", "../settings.py", "shared/../../settings.js", "%00.js"):
        assert stranger.get(f"/static/{path}").status_code == 404, path


def test_every_hashed_link_of_the_page_is_kept_for_good(visitor: FlaskClient) -> None:
    links = re.findall(r"/static/[^\"]+\?v=\w+", visitor.get("/").get_data(as_text=True))
    assert len(links) > 5
    for link in links:
        assert "immutable" in visitor.get(link, buffered=True).headers["Cache-Control"], link
