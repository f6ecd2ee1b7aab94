"""Alerts on their way out: over a real mail server and a real webhook, at least once, without a tip's words."""

import dataclasses
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.desks.alerts import deliver as workflow
from app.desks.alerts import outlets as module
from app.desks.alerts.deliver import MOST_TRIES, deliver, wait_seconds
from app.desks.alerts.outlets import Outlets, Undelivered, post_webhook, send_mail
from app.desks.alerts.watch import watch_counties
from app.settings import DEMO_PROFILE, Settings, load_settings
from gis.errors import Refused
from layers import alerts
from layers.actor import LOCAL
from layers.database import transaction
from layers.profile import CityProfile, load_profile
from tests.app import sinks, watched

REPO = Path(__file__).parents[3]
KEY = "0123456789abcdef"


@pytest.fixture
def mail() -> Iterator[sinks.Sink]:
    with sinks.mail_server() as sink:
        yield sink


@pytest.fixture
def web() -> Iterator[sinks.Sink]:
    with sinks.web_server() as sink:
        yield sink


@pytest.fixture
def outlets(mail: sinks.Sink, web: sinks.Sink) -> Outlets:
    return Outlets(
        smtp_url=f"smtp://127.0.0.1:{mail.port}",
        mail_from="wuchuan@city.example",
        webhook_url=f"http://127.0.0.1:{web.port}/alerts?key=k1",
        webhook_secret=KEY,
        addresses=(("990101", "west@city.example"), ("990102", "east@city.example"), ("", "office@city.example")),
    )


@pytest.fixture
def raised(own_engine: sa.Engine, demo_profile: CityProfile, outlets: Outlets) -> sa.Engine:
    """A database with the den's alert and its messages in the outbox."""
    watched.fill(own_engine)
    watch_counties(own_engine, LOCAL, demo_profile, until=watched.UNTIL, watch=watched.ALONE, outlets=outlets)
    return own_engine


def outbox(engine: sa.Engine) -> list[dict[str, object]]:
    with transaction(engine, LOCAL) as connection:
        found: list[dict[str, object]] = alerts.one(connection, 1)["deliveries"]
    return found


def states(engine: sa.Engine) -> list[object]:
    return [message["state"] for message in outbox(engine)]


def test_the_posts_of_the_place_and_the_webhook_hear_of_an_alert_once(
    raised: sa.Engine, outlets: Outlets, mail: sinks.Sink, web: sinks.Sink
) -> None:
    assert deliver(raised, LOCAL, outlets) == 3
    assert deliver(raised, LOCAL, outlets) == 0
    assert states(raised) == ["sent"] * 3
    assert [message["To"] for message in mail.mails()] == ["west@city.example", "office@city.example"]
    first = mail.mails()[0]
    assert (first["From"], first["Subject"]) == ("wuchuan@city.example", "预警 西山县 四湾村")
    text = first.get_content()
    assert "按往常应约" in text
    assert "四湾村联络员" in text
    assert "不是入户执法的依据" in text
    (body,) = web.got
    told = json.loads(body)
    assert (told["communities"], told["post"], told["due_on"]) == ([watched.DEN], "四湾村联络员", "2026-07-24")
    assert web.paths == ["/alerts?key=k1"]
    sign = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    assert web.headers[0]["X-Wuchuan-Signature"] == f"sha256={sign}"


def test_no_word_of_a_tip_leaves(raised: sa.Engine, outlets: Outlets, mail: sinks.Sink, web: sinks.Sink) -> None:
    deliver(raised, LOCAL, outlets)
    sent = [message.get_content() for message in mail.mails()] + [body.decode() for body in web.got]
    assert [text for text in sent if "D 第" in text or "T 第" in text] == []


def test_a_message_that_fails_waits_and_comes_later(raised: sa.Engine, outlets: Outlets, web: sinks.Sink) -> None:
    web.answer = 503
    assert deliver(raised, LOCAL, outlets) == 2
    assert deliver(raised, LOCAL, outlets) == 0  # its minute has not passed
    failed = outbox(raised)[-1]
    assert (failed["state"], failed["tries"]) == ("waiting", 1)
    assert failed["last_error"] == f"127.0.0.1:{web.port} 答复 503"
    web.answer = 200
    with transaction(raised, LOCAL) as connection:
        connection.execute(sa.text("UPDATE alert_deliveries SET next_at = now() WHERE state = 'waiting'"))
    assert deliver(raised, LOCAL, outlets) == 1
    assert states(raised) == ["sent"] * 3


@pytest.mark.parametrize("name", ["东村\r\nBcc: a@b.example", "东村 =?utf-8?b?DQpCY2M6IGFAYi5leGFtcGxlDQoNCg==?="])
def test_the_name_of_a_place_adds_no_header(outlets: Outlets, mail: sinks.Sink, name: str) -> None:
    """The second one spells a line break and ``Bcc: a@b.example`` as RFC 2047 does."""
    send_mail(outlets, "west@city.example", subject=f"预警 {name}", text="正文", number=1)
    (got,) = mail.mails()
    assert (got["Bcc"], got.get_content().strip()) == (None, "正文")
    assert str(got["Subject"]).startswith("预警 东村")


def test_a_redirect_is_not_followed(raised: sa.Engine, outlets: Outlets, web: sinks.Sink) -> None:
    web.answer = 302
    deliver(raised, LOCAL, outlets)
    assert web.paths == ["/alerts?key=k1"]
    assert "答复 302" in str(outbox(raised)[-1]["last_error"])


@pytest.mark.parametrize(
    ("line", "pause_seconds", "told"),
    [(b"250-", 0.1, "超时"), (b"250-" + b"x" * 70 + b"\r\n", 0.0, "答复太长")],
    ids=["drips", "pours"],
)
def test_a_mail_server_that_never_ends_is_left(
    monkeypatch: pytest.MonkeyPatch, line: bytes, pause_seconds: float, told: str
) -> None:
    monkeypatch.setattr(module, "TOTAL_SECONDS", 1)
    with sinks.babbler(b"", line, pause_seconds) as port:
        outlets = Outlets(smtp_url=f"smtp://127.0.0.1:{port}", mail_from="a@b.example")
        began = time.monotonic()
        with pytest.raises(Undelivered, match=told):
            send_mail(outlets, "c@d.example", subject="预警", text="正文", number=1)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("line", "pause_seconds", "told"),
    [(b"X", 0.1, "超时"), (b"X-Long: " + b"x" * 60_000 + b"\r\n", 0.0, "答复太长")],
    ids=["drips", "pours"],
)
def test_a_webhook_that_never_ends_is_left(
    monkeypatch: pytest.MonkeyPatch, line: bytes, pause_seconds: float, told: str
) -> None:
    monkeypatch.setattr(module, "TOTAL_SECONDS", 1)
    with sinks.babbler(b"HTTP/1.1 200 OK\r\n", line, pause_seconds) as port:
        outlets = Outlets(webhook_url=f"http://127.0.0.1:{port}/x", webhook_secret=KEY)
        began = time.monotonic()
        with pytest.raises(Undelivered, match=told):
            post_webhook(outlets, b"{}")
        assert time.monotonic() - began < 5


@pytest.mark.slow
def test_what_fails_twelve_times_is_given_up_and_shown(raised: sa.Engine, outlets: Outlets) -> None:
    nowhere = dataclasses.replace(outlets, smtp_url="smtp://127.0.0.1:1", webhook_url="http://127.0.0.1:1/x")
    for _ in range(MOST_TRIES):
        with transaction(raised, LOCAL) as connection:
            connection.execute(sa.text("UPDATE alert_deliveries SET next_at = now()"))
        assert deliver(raised, LOCAL, nowhere) == 0
    assert {(message["state"], message["tries"]) for message in outbox(raised)} == {("failed", MOST_TRIES)}
    assert "Connection refused" in str(outbox(raised)[0]["last_error"])


def test_the_waits_double_from_a_minute_to_six_hours() -> None:
    waits = [wait_seconds(tries) for tries in range(1, MOST_TRIES + 1)]
    assert waits == [60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 21600, 21600, None]


def test_a_worker_that_dies_after_handing_over_sends_again(
    raised: sa.Engine, outlets: Outlets, mail: sinks.Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(workflow.deliveries, "arrived", die)
        with pytest.raises(KeyboardInterrupt):
            deliver(raised, LOCAL, outlets)
    assert states(raised) == ["waiting"] * 3
    assert deliver(raised, LOCAL, outlets) == 3
    first, again, _ = mail.mails()
    assert first["Message-ID"] == again["Message-ID"]  # so that the mailbox may drop one


def test_two_workers_do_not_send_the_same_message(raised: sa.Engine, outlets: Outlets, mail: sinks.Sink) -> None:
    with transaction(raised, LOCAL) as first:
        held = workflow.deliveries.claim(first)
        assert deliver(raised, LOCAL, outlets) == 2
    assert held is not None
    assert held["address"] not in [message["To"] for message in mail.mails()]


@pytest.mark.slow
def test_nothing_is_sent_where_nothing_is_configured(own_engine: sa.Engine, demo_profile: CityProfile) -> None:
    watched.fill(own_engine)
    watch_counties(own_engine, LOCAL, demo_profile, until=watched.UNTIL, watch=watched.ALONE)
    assert outbox(own_engine) == []
    with pytest.raises(Undelivered, match="没有配置邮件服务器"):
        send_mail(Outlets(), "a@b.example", subject="", text="", number=1)
    with pytest.raises(Undelivered, match="没有配置推送地址"):
        post_webhook(Outlets(), b"")


GOOD = {"smtp_url": "smtp://mail.example", "mail_from": "a@b.example", "webhook_url": "https://hook.example/x"}


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"smtp_url": "smtp://u:secret@mail.example"}, "有口令就要加密"),
        ({"smtp_url": "ftp://mail.example"}, "SMTP_URL"),
        ({"smtp_url": "smtp://mail.example:99999"}, "SMTP_URL"),
        ({"mail_from": "a@b\r\nBcc: c@d"}, "要是一个邮件地址"),
        ({"mail_from": ""}, "就要设 MAIL_FROM"),
        ({"webhook_url": "file:///etc/passwd"}, "WEBHOOK_URL"),
        ({"webhook_url": "https://u:secret@hook.example"}, "不带用户名和口令"),
        ({"webhook_url": "https://:secret@hook.example"}, "不带用户名和口令"),
        ({"webhook_secret": "short"}, "至少 16 个字符"),
        ({"webhook_secret": ""}, "就要设 WEBHOOK_SECRET"),
    ],
)
def test_settings_that_cannot_work_are_named_without_their_secrets(
    tmp_path: Path, told: dict[str, str], fault: str
) -> None:
    lines = (f"{key} = {json.dumps(value)}\n" for key, value in (GOOD | {"webhook_secret": KEY} | told).items())
    (tmp_path / "wuchuan.toml").write_text("".join(lines))
    with pytest.raises(Refused, match=fault) as error:
        load_settings(folder=tmp_path)
    assert "secret@" not in str(error.value)
    assert "short" not in str(error.value)


def test_a_profile_names_who_hears_of_which_area(tmp_path: Path) -> None:
    profile = tmp_path / "city.toml"
    table = '[alert_mail]\n"" = "office@b.example"\n990101 = ["a@b.example", "c@d.example"]\n'
    profile.write_text(DEMO_PROFILE.read_text("utf-8").replace("calendar", "# calendar") + table, "utf-8")
    assert load_profile(profile).alert_mail == (
        ("", "office@b.example"), ("990101", "a@b.example"), ("990101", "c@d.example"),
    )  # fmt: skip
    profile.write_text(profile.read_text("utf-8") + '990102 = "no address"\n', "utf-8")
    with pytest.raises(Refused, match="alert_mail"):
        load_profile(profile)


WORKER = "import sys; from pathlib import Path; from app.worker import work; from app.settings import load_settings; " \
    "from layers.database import make_engine; s = load_settings(folder=Path(sys.argv[1])); " \
    "work(s, make_engine(s.database_url, timezone=s.profile.timezone))"  # fmt: skip


#: Whoever marks a message as sent waits for whoever holds lock 7.
HELD_UP = """
    CREATE FUNCTION wait_for_seven() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END';
    CREATE TRIGGER held_up BEFORE UPDATE ON alert_deliveries FOR EACH ROW WHEN (NEW.state = 'sent')
        EXECUTE FUNCTION wait_for_seven()"""


@pytest.mark.slow
def test_a_killed_worker_loses_no_alert(
    raised: sa.Engine, own_owner: sa.Engine, settings: Settings, outlets: Outlets, mail: sinks.Sink, tmp_path: Path
) -> None:
    url = raised.url.render_as_string(hide_password=False)
    told = {"database_url": url, "profile": DEMO_PROFILE, "data": settings.data, "smtp_url": outlets.smtp_url}
    told |= {name: getattr(outlets, name) for name in ("mail_from", "webhook_url", "webhook_secret")}
    (tmp_path / "wuchuan.toml").write_text("".join(f'{key} = "{value}"\n' for key, value in told.items()))
    # the first message cannot be marked as sent, so the worker dies with it in hand
    with transaction(own_owner, LOCAL) as making:
        making.execute(sa.text(HELD_UP))
    with transaction(own_owner, LOCAL) as holding:
        holding.execute(sa.text("SELECT pg_advisory_xact_lock(7)"))
        first = _worker(tmp_path)
        end = time.monotonic() + 60
        while not mail.got:
            assert time.monotonic() < end
            time.sleep(0.1)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    second = _worker(tmp_path)
    try:
        end = time.monotonic() + 60
        while states(raised) != ["sent"] * 3:
            assert time.monotonic() < end
            time.sleep(0.2)
    finally:
        second.terminate()
        second.wait(timeout=15)
    assert len(mail.got) == 3  # two addresses, one of them told twice


def _worker(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORKER, str(folder)], cwd=REPO, stderr=subprocess.DEVNULL)
