"""The certificate of an address of the house: made, shown, refused; and what asks it of connections and requests."""

import contextlib
import dataclasses
import datetime as dt
import hashlib
import re
import socket
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import flask
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app import create_app, server
from app.cli import main
from app.core import secure, tls
from app.core.access import secret_in_body
from app.core.turns import Turns
from app.service import examine
from app.settings import Settings, load_settings
from gis.errors import Conflict, Refused, Unavailable
from layers import accounts
from layers.actor import LOCAL
from layers.database import transaction
from layers.profile import load_profile

from .conftest import signed_in
from .test_server import Door, Running, certificate, channels, door, running, wait_for

__all__ = ["certificate", "door", "running"]
#: After whatever openssl makes meanwhile.
NOW = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).replace(microsecond=0)  # noqa: TID251
HOUSE = "10.20.30.40"

sealed = pytest.mark.parametrize("certificate", ["sealed"], indirect=True)


@pytest.fixture
def at_house(settings: Settings) -> Settings:
    """Settings of a service on an address of the house that no test machine has."""
    profile = dataclasses.replace(settings.profile, host_names=("map.example",))
    return dataclasses.replace(settings, host=HOUSE, profile=profile)


def openssl(*arguments: object) -> str:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=True).stdout


def test_what_is_made_is_as_openssl_reads_it(at_house: Settings) -> None:
    made = tls.make(at_house, ["10.9.8.7"], now=NOW)
    text = openssl("x509", "-in", made.path, "-noout", "-text", "-fingerprint", "-sha256")
    assert f"sha256 Fingerprint={made.fingerprint}" in text
    assert "DNS:map.example, IP Address:10.20.30.40, IP Address:10.9.8.7" in text
    assert "CA:FALSE" in text
    assert "TLS Web Server Authentication" in text
    assert made.names == ("map.example", HOUSE, "10.9.8.7")
    assert hashlib.sha256(ssl.PEM_cert_to_DER_cert(made.pem.decode())).hexdigest().upper() == made.fingerprint.replace(
        ":", ""
    )
    assert b"PRIVATE" not in made.pem
    assert (made.path.stat().st_mode & 0o777, made.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert (made.until - NOW).days == 825
    assert list(made.path.parent.iterdir()) == [made.path]


def test_one_that_holds_is_not_replaced_by_mistake(at_house: Settings) -> None:
    first = tls.make(at_house, [], now=NOW)
    with pytest.raises(Conflict, match=f"指纹 {first.fingerprint};要换新的请加 --again"):
        tls.make(at_house, [], now=NOW)
    assert tls.certificate(at_house) == first
    assert tls.make(at_house, [], now=NOW, again=True).fingerprint != first.fingerprint
    assert tls.make(at_house, [], now=NOW + dt.timedelta(days=900)).until > NOW + dt.timedelta(days=1700)


@pytest.mark.parametrize(("name", "told"), [(None, "要写明网址里的主机"), ("地图", "“地图”不是主机的域名或地址")])
def test_a_certificate_for_no_name_is_not_made(settings: Settings, name: str | None, told: str) -> None:
    with pytest.raises(Refused, match=told):
        tls.make(settings, [name] if name else [], now=NOW)
    assert not (settings.data / "secrets" / tls.MADE).exists()


def test_loopback_and_a_named_proxy_need_no_certificate(settings: Settings, at_house: Settings) -> None:
    assert tls.context(settings, now=NOW) is None
    assert tls.context(dataclasses.replace(at_house, proxy="10.0.0.5"), now=NOW) is None
    assert tls.fingerprint(settings) == tls.fingerprint(dataclasses.replace(at_house, proxy="10.0.0.5")) == ""


def _city_own(settings: Settings, folder: Path, kind: str = "rsa:2048") -> Settings:
    """A certificate and key in two files, as a city has them."""
    cert, key = folder / "city.crt", folder / "city.key"
    curve = () if kind.startswith("rsa") else ("-pkeyopt", "ec_paramgen_curve:prime256v1")
    openssl(
        "req", "-x509", "-newkey", kind, *curve, "-nodes", "-days", "90", "-subj", "/CN=map.example",
        "-addext", "subjectAltName=DNS:map.example", "-keyout", key, "-out", cert,
    )  # fmt: skip
    key.chmod(0o600)
    return dataclasses.replace(settings, tls_cert=cert, tls_key=key)


def test_the_city_s_own_certificate_serves(at_house: Settings, tmp_path: Path) -> None:
    own = _city_own(at_house, tmp_path)
    assert tls.context(own, now=NOW) is not None
    assert tls.fingerprint(own) == tls.certificate(own).fingerprint
    assert tls.uncovered(tls.certificate(own), own) == [HOUSE]


def _without(settings: Settings, _: Path) -> Settings:
    return settings


def _expired(settings: Settings, _: Path) -> Settings:
    tls.make(settings, [], now=NOW - dt.timedelta(days=900))
    return settings


def _early(settings: Settings, _: Path) -> Settings:
    tls.make(settings, [], now=NOW + dt.timedelta(days=2))
    return settings


def _other_key(settings: Settings, folder: Path) -> Settings:
    own = _city_own(settings, folder)
    return dataclasses.replace(own, tls_key=tls.make(settings, [], now=NOW).path)


def _other_key_of_that_kind(settings: Settings, folder: Path) -> Settings:
    return dataclasses.replace(_city_own(settings, folder, "ec"), tls_key=tls.make(settings, [], now=NOW).path)


def _open_key(settings: Settings, folder: Path) -> Settings:
    own = _city_own(settings, folder)
    (folder / "city.key").chmod(0o644)
    return own


def _locked_key(settings: Settings, folder: Path) -> Settings:
    own, locked = _city_own(settings, folder), folder / "locked.key"
    openssl("pkcs8", "-topk8", "-in", folder / "city.key", "-passout", "pass:secret", "-out", locked)
    locked.chmod(0o600)
    return dataclasses.replace(own, tls_key=locked)


def _no_key(settings: Settings, folder: Path) -> Settings:
    return dataclasses.replace(_city_own(settings, folder), tls_key=folder / "nowhere.key")


def _no_cert(settings: Settings, folder: Path) -> Settings:
    return dataclasses.replace(_city_own(settings, folder), tls_cert=folder / "nowhere.crt")


def _no_pem(settings: Settings, folder: Path) -> Settings:
    (folder / "city.der").write_bytes(b"\x30\x82")
    return dataclasses.replace(_city_own(settings, folder), tls_cert=folder / "city.der")


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        (_without, "HOST 的值 10.20.30.40 不是本机回环地址,只能加密服务:请用 wuchuan tls new .*TLS_CERT.*PROXY"),
        (_expired, "证书 .* 已于 20.* 到期,请换新的"),
        (_early, "证书 .* 从 20.* 起才有效,请核对本机的日期"),
        (_other_key, r"私钥 .*tls\.pem 与证书 .*city\.crt 不是一对"),
        (_other_key_of_that_kind, r"私钥 .*tls\.pem 与证书 .*city\.crt 不是一对"),
        (_open_key, r"私钥 .*city\.key 谁都能读写,请 chmod 600"),
        (_locked_key, "私钥 .*locked.key 与证书 .* 读不懂,要是 PEM 格式、没有口令的"),
        (_no_key, r"私钥 .*nowhere\.key 读不了\(No such file or directory\)"),
        (_no_cert, r"证书 .*nowhere\.crt 读不了\(No such file or directory\)"),
        (_no_pem, r"city\.der 里没有 PEM 格式的证书"),
    ],
)  # fmt: skip
def test_what_cannot_serve_is_one_sentence(
    at_house: Settings, tmp_path: Path, case: Callable[[Settings, Path], Settings], sentence: str
) -> None:
    with pytest.raises(Unavailable, match=f"^.*{sentence}[^。]*$"):
        server.listen(case(at_house, tmp_path))


def test_an_address_of_another_machine_is_refused(at_house: Settings) -> None:
    tls.make(at_house, [], now=NOW)
    with pytest.raises(Unavailable, match=r"^HOST 的值 10\.20\.30\.40 不是本机的地址"):
        server.listen(at_house)


@sealed
def test_a_browser_told_http_is_told_https_in_chinese(door: Door) -> None:
    with socket.create_connection((door.host, door.port), timeout=10) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = b""
        with contextlib.suppress(ConnectionError):
            while piece := line.recv(4096):
                answer += piece
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "请把网址开头的 http:// 改成 https://" in answer.decode()


@sealed
def test_who_does_not_believe_the_certificate_sends_nothing(door: Door) -> None:
    stranger = ssl.create_default_context()
    line = socket.create_connection((door.host, door.port), timeout=10)
    with line, pytest.raises(ssl.SSLCertVerificationError):
        stranger.wrap_socket(line, server_hostname=door.host)


@sealed
def test_old_tls_is_refused_and_the_service_goes_on(door: Door) -> None:
    assert door.sealing is not None
    old = ssl.create_default_context(cadata=None)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection((door.host, door.port), timeout=10) as line, pytest.raises(ssl.SSLError):
        old.wrap_socket(line, server_hostname=door.host)
    with socket.create_connection((door.host, door.port), timeout=10) as noise:
        noise.sendall(b"\x00" * 100)
        with door.line() as line:
            assert line.version() == "TLSv1.3"  # type: ignore[attr-defined]


@sealed
def test_a_handshake_that_never_ends_is_cut(door: Door, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.adj, "channel_timeout", 1)
    with socket.create_connection((door.host, door.port), timeout=10) as line:
        line.sendall(b"\x16\x03\x01")
        wait_for(lambda: bool(channels(running)))
        wait_for(lambda: not channels(running))


@sealed
def test_a_body_of_many_records_and_a_large_answer_come_whole(
    door: Door, app: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = bytes(range(256)) * (12 << 12)
    seen: list[str] = []

    def echo() -> bytes:
        seen.append(hashlib.sha256(flask.request.get_data()).hexdigest())
        return large

    monkeypatch.setitem(app.view_functions, "session.spend", secret_in_body()(echo))
    body = large[: server.LARGEST_BODY - 1]
    client = door.client()
    for _ in range(2):  # on one connection
        client.request("POST", "/enter", body=body)
        answer = client.getresponse()
        assert hashlib.sha256(answer.read()).digest() == hashlib.sha256(large).digest()
    client.close()
    assert seen == [hashlib.sha256(body).hexdigest()] * 2


def house_app(settings: Settings) -> flask.Flask:
    return create_app(settings)


OVER_TLS = {"base_url": "https://map.example:5050"}


def test_over_tls_the_cookie_is_bound_to_the_host(at_house: Settings) -> None:
    answer = house_app(at_house).test_client().get("/enter", **OVER_TLS)  # type: ignore[arg-type]
    assert answer.status_code == 200
    app = house_app(at_house)
    with app.test_request_context("/", **OVER_TLS):  # type: ignore[arg-type]
        flask.session["csrf"] = "x"
        response = flask.Response()
        app.session_interface.save_session(app, flask.session, response)
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-wuchuan_5050=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("name", "status"),
    [("map.example", 200), (HOUSE, 200), ("127.0.0.1", 200), ("MAP.EXAMPLE", 200), ("other.example", 400),
     ("map.example.evil.example", 400), ("10.20.30.41", 400)],
)  # fmt: skip
def test_only_the_names_of_the_profile_are_answered(at_house: Settings, name: str, status: int) -> None:
    client = house_app(at_house).test_client()
    assert client.get("/enter", base_url=f"https://{name}:5050").status_code == status


def test_loopback_in_the_clear_stays_as_it_was(settings: Settings) -> None:
    client = house_app(settings).test_client()
    answer = client.get("/enter", base_url="http://127.0.0.1:5050")
    assert (answer.status_code, "Strict-Transport-Security" in answer.headers) == (200, False)
    assert settings.url == "http://127.0.0.1:5050"


def test_the_name_is_always_https_where_the_city_s_own_certificate_says_so(at_house: Settings, tmp_path: Path) -> None:
    made, own = house_app(at_house).test_client(), house_app(_city_own(at_house, tmp_path)).test_client()
    assert "Strict-Transport-Security" not in made.get("/enter", **OVER_TLS).headers  # type: ignore[arg-type]
    assert own.get("/enter", **OVER_TLS).headers["Strict-Transport-Security"] == "max-age=31536000"  # type: ignore[arg-type]


def test_one_address_cannot_try_passwords_of_all_accounts(at_house: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secure, "time", type("Clock", (), {"time": staticmethod(lambda: 7200.0)}))
    client = house_app(at_house).test_client()

    def tried(address: str) -> flask.Response:
        form = {"account": "x", "password": "y"}
        return client.post("/sign-in", data=form, environ_base={"REMOTE_ADDR": address}, **OVER_TLS)  # type: ignore[arg-type,return-value]

    assert {tried("10.1.1.1").status_code for _ in range(secure.MOST_FROM_ONE)} == {403}  # the form's own token
    answer = tried("10.1.1.1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert "提交得太多了" in answer.get_data(as_text=True)
    assert tried("10.1.1.2").status_code == 403
    assert client.get("/enter", environ_base={"REMOTE_ADDR": "10.1.1.1"}, **OVER_TLS).status_code == 200  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("age", "well", "sentence"),
    [(0, True, "^20.* 到期,指纹 [0-9A-F:]{95}$"), (794, True, "^20"), (796, False, "^29 天后到期,请换新的;20"),
     (826, False, "已于 20.* 到期")],
)  # fmt: skip
def test_doctor_says_when_it_ends(at_house: Settings, age: int, well: bool, sentence: str) -> None:
    tls.make(at_house, [], now=NOW - dt.timedelta(days=age))
    (finding,) = examine._certificate(at_house)
    assert (finding.name, finding.well) == ("证书", well)
    assert re.search(sentence, finding.sentence)


def test_doctor_names_what_it_is_not_for(at_house: Settings, settings: Settings, tmp_path: Path) -> None:
    (finding,) = examine._certificate(_city_own(at_house, tmp_path))
    assert (finding.well, finding.sentence.partition(";")[0]) == (False, f"不含 {HOUSE},浏览器会报不安全")
    assert examine._certificate(settings) == []
    assert "HOST 的值" in examine._certificate(dataclasses.replace(at_house, data=tmp_path / "empty"))[0].sentence


def test_the_slip_prints_the_fingerprint(at_house: Settings, own_engine: sa.Engine) -> None:
    made = tls.make(at_house, [], now=NOW)
    app = create_app(at_house, own_engine)
    with transaction(own_engine, LOCAL) as connection:
        invited = accounts.add(connection, "夜班受理", role="tip_desk", area_code="990000000000", scope="99")
    boss = signed_in(app, post="", account="管理员")
    answer = boss.post(
        f"/accounts/{invited}/slip", headers={"X-CSRF-Token": "the-token"}, base_url="https://localhost:5050"
    )
    assert answer.status_code == 200, answer.text
    assert made.fingerprint in answer.text
    assert "https://localhost:5050/invited?token=" in answer.text


class Asked:
    def __init__(self, sender: str, number: int = 0) -> None:
        self.sender, self.number = sender, number


def test_addresses_take_turns_and_none_takes_every_thread() -> None:
    turns = Turns(4)
    for number in range(5):
        turns.append(Asked("10.0.0.1", number))
    turns.append(Asked("10.0.0.2"))
    taken = [turns.popleft() for _ in range(4)]
    assert [(one.sender, one.number) for one in taken] == [  # type: ignore[attr-defined]
        ("10.0.0.1", 0), ("10.0.0.2", 0), ("10.0.0.1", 1), ("10.0.0.1", 2),
    ]  # fmt: skip
    assert (len(turns), bool(turns)) == (2, False)  # its threads but one are at work
    turns.append(Asked("10.0.0.3"))
    assert turns.popleft().sender == "10.0.0.3"
    turns.end("10.0.0.1")
    assert turns.popleft().number == 3  # type: ignore[attr-defined]


def test_this_machine_itself_may_take_every_thread() -> None:
    turns = Turns(4)
    for number in range(5):
        turns.append(Asked("127.0.0.1", number))
    assert [turns.popleft().number for _ in range(5)] == [0, 1, 2, 3, 4]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("host", "0.0.0.0", "HOST 的值 '0.0.0.0' 不对:要是 127.0.0.1 或本机的一个 IPv4 地址"),  # noqa: S104
        ("host", "map.example", "HOST 的值 'map.example' 不对"),
        ("host", "224.0.0.1", "HOST 的值 '224.0.0.1' 不对"),
        ("proxy", "proxy.example", "PROXY 的值 'proxy.example' 不对:要是代理服务器的 IPv4 地址"),
        ("tls_cert", "a.crt", "设了 TLS_CERT 就要设 TLS_KEY"),
        ("tls_key", "a.key", "设了 TLS_KEY 就要设 TLS_CERT"),
    ],
)  # fmt: skip
def test_bad_settings_are_told(tmp_path: Path, key: str, value: str, told: str) -> None:
    (tmp_path / "wuchuan.toml").write_text(f'{key} = "{value}"\n')
    with pytest.raises(Refused, match=re.escape(told)):
        load_settings(folder=tmp_path)


def test_a_proxy_beside_a_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wuchuan.toml").write_text('tls_cert = "a"\ntls_key = "b"\nproxy = "10.0.0.5"\n')
    with pytest.raises(Refused, match="TLS_CERT 和 PROXY 只能设一个"):
        load_settings(folder=tmp_path)


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ('host = "10.20.30.40"', "https://map.example:5050"),
        ('host = "10.20.30.40"\nproxy = "10.0.0.5"', "https://map.example"),
        ('host = "127.0.0.1"', "http://127.0.0.1:5050"),
        ('host = "127.0.0.1"\ntls_cert = "a"\ntls_key = "b"', "https://127.0.0.1:5050"),
    ],
)
def test_the_address_that_is_printed(tmp_path: Path, told: str, url: str) -> None:
    profile = (Path(__file__).parents[2] / "profiles" / "nanping.toml").read_text("utf-8")
    profile = profile.replace('calendar = "holidays.toml"', 'host_names = ["map.example"]')
    (tmp_path / "city.toml").write_text(profile, "utf-8")
    (tmp_path / "wuchuan.toml").write_text(f'profile = "city.toml"\n{told}\n')
    assert load_settings(folder=tmp_path).url == url


@pytest.mark.parametrize("names", ['["Map.example"]', '["map.example:5050"]', '"map.example"', '["地图.cn"]', '["-a"]'])
def test_a_host_name_that_no_browser_sends_is_refused(tmp_path: Path, names: str) -> None:
    profile = (Path(__file__).parents[2] / "profiles" / "nanping.toml").read_text("utf-8")
    (tmp_path / "city.toml").write_text(profile.replace('calendar = "holidays.toml"', f"host_names = {names}"), "utf-8")
    with pytest.raises(Refused, match=r"host_names 的值 .* 不对"):
        load_profile(tmp_path / "city.toml")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_commands_make_and_show_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WUCHUAN_HOST", HOUSE)
    data = tmp_path / "data"
    missing = run("--data", data, "tls", "show")
    assert (missing.exit_code, "请用 wuchuan tls new 做一张证书" in missing.output) == (1, True)
    made = run("--data", data, "tls", "new", "--name", "map.example")
    assert made.exit_code == 0, made.output
    shown = run("--data", data, "tls", "show", "--out", tmp_path / "desk.crt")
    assert shown.exit_code == 0, shown.output
    print_ = re.search(r"SHA-256 指纹 ([0-9A-F:]{95})", made.output)
    assert print_ is not None
    assert print_[1] in shown.output
    assert print_[1] in openssl("x509", "-in", tmp_path / "desk.crt", "-noout", "-fingerprint", "-sha256")
    assert "PRIVATE" not in (tmp_path / "desk.crt").read_text()
    again = run("--data", data, "tls", "new")
    assert (again.exit_code, again.output.count("\n")) == (1, 1)
