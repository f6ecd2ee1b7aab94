"""Other machines: a desk in a network namespace of its own signs in by TLS, and a proxy tells for whom it asks."""

import dataclasses
import datetime as dt
import http.client
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import flask
import pytest
import sqlalchemy as sa

from app import create_app, server
from app.core import connections, passwords, tls
from app.core.access import public
from app.settings import Settings
from layers import accounts
from layers.actor import LOCAL
from layers.database import transaction

from .test_server import Running, channels, serving, wait_for

PASSWORD = "山中有树水中有鱼9"  # noqa: S105
#: What a desk does: looks at the certificate, compares its print, and signs in believing that certificate alone.
DESK = """
import hashlib, http.client, json, re, socket, ssl, sys
from urllib.parse import urlencode
host, port, certificate, account, password = sys.argv[1:]
believing = ssl.create_default_context(cadata=certificate)
seen = {"print": hashlib.sha256(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((host, int(port))))).hexdigest()}
try:
    ssl.create_default_context().wrap_socket(socket.create_connection((host, int(port)), 20), server_hostname=host)
except ssl.SSLCertVerificationError:
    seen["stranger"] = "refused"
client = http.client.HTTPSConnection(host, int(port), context=believing, timeout=20)
cookies = {}

def ask(method, path, form=None):
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    if form:
        headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{host}:{port}"}
    client.request(method, path, urlencode(form) if form else None, headers)
    answer = client.getresponse()
    body = answer.read().decode()
    if cookie := answer.headers["Set-Cookie"]:
        seen["cookie"] = cookie
        name, _, value = cookie.partition(";")[0].partition("=")
        cookies[name] = value
    return answer.status, body

_, page = ask("GET", "/sign-in")
form = {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page)[1], "account": account, "code": ""}
seen["wrong"] = ask("POST", "/sign-in", form | {"password": "not that one"})[0]
seen["right"] = ask("POST", "/sign-in", form | {"password": password})[0]
seen["account"] = json.loads(ask("GET", "/api/session")[1]).get("account")
print(json.dumps(seen))
"""


def ip(*arguments: object) -> None:
    subprocess.run(["ip", *map(str, arguments)], check=True, capture_output=True, text=True)


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[str, str]]:
    """A network namespace with a cable to this one: its name, and the address that this machine has on the cable."""
    if os.geteuid() != 0:
        pytest.skip("only root may make a network namespace")
    name, net = f"wu{os.getpid()}", f"10.213.{os.getpid() % 250}"
    try:
        ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespace can be made here: {getattr(error, 'stderr', error)}")
    try:
        ip("link", "add", name, "type", "veth", "peer", "name", "desk0", "netns", name)
        ip("addr", "add", f"{net}.1/30", "dev", name)
        ip("link", "set", name, "up")
        ip("-n", name, "addr", "add", f"{net}.2/30", "dev", "desk0")
        ip("-n", name, "link", "set", "desk0", "up")
        yield name, f"{net}.1"
    finally:
        ip("netns", "del", name)  # and with it the cable


def at_desk(name: str, program: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    command = ["ip", "netns", "exec", name, sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def person(own_engine: sa.Engine) -> str:
    with transaction(own_engine, LOCAL) as connection:
        account_id = accounts.add(connection, "夜班受理", role="tip_desk", area_code="990000000000", scope="99")
        accounts.change(connection, account_id, password_hash=passwords.hashed(PASSWORD))
    return "夜班受理"


def test_a_desk_in_another_namespace_signs_in_by_tls(
    desk: tuple[str, str], settings: Settings, own_engine: sa.Engine, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, address = desk
    url = own_engine.url.render_as_string(hide_password=False)
    at_house = dataclasses.replace(settings, host=address, database_url=url)
    made = tls.make(at_house, [], now=dt.datetime.now(dt.UTC))  # noqa: TID251
    with serving(create_app(at_house, own_engine), at_house, monkeypatch) as running:
        port = running.socket.getsockname()[1]
        done = at_desk(name, DESK, address, port, made.pem.decode(), person, PASSWORD)
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout)
        other = at_desk(name, "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5)", port)
    assert seen["print"].upper() == made.fingerprint.replace(":", "")
    assert (seen["stranger"], seen["wrong"], seen["right"], seen["account"]) == ("refused", 403, 303, person)
    assert seen["cookie"].startswith("__Host-wuchuan_5050=")
    assert "Secure" in seen["cookie"]
    assert other.returncode == 1  # the namespace is one of its own


@pytest.fixture
def proxied(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[flask.Flask, Running]]:
    """The application behind a proxy at 127.0.0.1, on an address that others reach as well."""
    profile = dataclasses.replace(settings.profile, host_names=("map.example",))
    behind = dataclasses.replace(settings, proxy="127.0.0.1", profile=profile)
    app = create_app(behind)
    with serving(app, behind, monkeypatch, proxy=behind.proxy) as running:
        yield app, running


def asked(running: Running, source: str, **headers: str) -> tuple[int, str]:
    """What is answered to a page's request from that address of this machine."""
    host, port = running.socket.getsockname()
    client = http.client.HTTPConnection(host, port, timeout=10, source_address=(source, 0))
    client.request("GET", "/enter", headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = client.getresponse()
    body = answer.read().decode()
    client.close()
    return answer.status, body


BY_PROXY = {"X_Forwarded_For": "10.1.1.1", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "map.example"}


def test_the_named_proxy_is_believed_and_nobody_else(
    proxied: tuple[flask.Flask, Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, running = proxied

    def who() -> list[str]:
        return [flask.request.remote_addr or "", flask.request.scheme, flask.request.host]

    monkeypatch.setitem(app.view_functions, "session.local", public()(who))
    status, body = asked(running, "127.0.0.1", **BY_PROXY)
    assert (status, json.loads(body)) == (200, ["10.1.1.1", "https", "map.example"])
    spoofed = BY_PROXY | {"X_Forwarded_For": "10.9.9.9, 10.1.1.1"}
    assert json.loads(asked(running, "127.0.0.1", **spoofed)[1])[0] == "10.1.1.1"  # the last is the proxy's own word
    status, body = asked(running, "127.0.0.2", **BY_PROXY)
    assert (status, "这里只接受加密访问" in body) == (403, True)
    assert asked(running, "127.0.0.1", **BY_PROXY | {"X_Forwarded_Proto": "http"})[0] == 403
    assert asked(running, "127.0.0.1")[0] == 403
    assert asked(running, "127.0.0.1", **BY_PROXY | {"X_Forwarded_Host": "evil.example"})[0] == 400


def test_one_address_does_not_take_the_service(
    proxied: tuple[flask.Flask, Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, running = proxied
    go_on, began = threading.Event(), itertools.count()
    at_work: list[int] = []

    def slow() -> str:
        if flask.request.remote_addr == "10.1.1.1":
            at_work.append(next(began))
            go_on.wait(30)
        return "done"

    monkeypatch.setitem(app.view_functions, "session.local", public()(slow))
    crowd = [threading.Thread(target=asked, args=(running, "127.0.0.1"), kwargs=BY_PROXY) for _ in range(12)]
    for one in crowd:
        one.start()
    wait_for(lambda: len(at_work) == server.THREADS - 1 and len(running.task_dispatcher.queue) == 12 - len(at_work))
    try:
        other = BY_PROXY | {"X_Forwarded_For": "10.1.1.2"}
        assert {asked(running, "127.0.0.1", **other) for _ in range(5)} == {(200, "done")}
        assert len(at_work) == server.THREADS - 1
    finally:
        go_on.set()
    for one in crowd:
        one.join(10)
    assert len(at_work) == 12


def test_a_proxy_holds_as_many_connections_as_it_needs(
    proxied: tuple[flask.Flask, Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_FROM_ONE", 5)
    _, running = proxied
    host, port = running.socket.getsockname()

    def held(source: str) -> int:
        clients = [http.client.HTTPConnection(host, port, timeout=10, source_address=(source, 0)) for _ in range(12)]
        for client in clients:
            client.connect()
        asked(running, "127.0.0.3")
        number = sum(channel.addr[0] == source for channel in channels(running))
        for client in clients:
            client.close()
        return number

    assert held("127.0.0.1") == 12
    assert held("127.0.0.2") == 5
