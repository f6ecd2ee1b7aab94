"""The web application, put together from its parts."""

import os
import secrets
from datetime import timedelta
from functools import partial
from pathlib import Path

import flask
import jinja2
import sqlalchemy as sa
from flask.sessions import SecureCookieSessionInterface

from app import desks, server
from app.core import access, assets, audited, bar, errors, headers, letters, once, persons, places, secure, words
from app.core.answers import Answers
from app.core.apart import Lingering, is_job_running
from app.core.current import House
from app.core.sign_ins import SignIns, SlowDown
from app.desks.prints.apart import load
from app.maps.figure import APP
from app.settings import LOOPBACK, Settings
from gis.errors import Unavailable
from layers.database import make_engine

KEY_BYTES = 32
SESSION_HOURS = 12


class _SchemeSession(SecureCookieSessionInterface):
    """Cookies marked Secure exactly where the page came over https."""

    def get_cookie_secure(self, _app: flask.Flask) -> bool:
        return flask.request.is_secure


def create_app(settings: Settings, engine: sa.Engine | None = None, *, eager: bool = False) -> flask.Flask:
    """The web application of these settings, on that engine or one of its own.

    An ``eager`` one has the process that draws ready when somebody opens the map.

    Raises:
        Unavailable: the session key in the data folder cannot be read or made.
    """
    app = flask.Flask("app")
    app.jinja_loader = jinja2.FileSystemLoader([APP / "templates", APP / "desks"])
    app.config.update(
        SECRET_KEY=session_key(settings.data / "secrets" / "session.key"),
        # a cookie knows no port: two services on one machine must not sign each other's visitors out
        SESSION_COOKIE_NAME=f"{'__Host-' if settings.is_https else ''}wuchuan_{settings.port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=SESSION_HOURS),
        MAX_CONTENT_LENGTH=server.LARGEST_BODY,
        TRUSTED_HOSTS=[*LOOPBACK, *settings.names],
        DEBUG=False,  # whatever FLASK_DEBUG says
    )
    app.session_interface = _SchemeSession()
    engine = engine or make_engine(settings.database_url, timezone=settings.profile.timezone)
    app.extensions["wuchuan"] = house_of(settings, engine, eager=eager)
    secure.register(app, settings)
    for part in (headers, assets, errors, access, letters, persons):
        part.register(app)
    for desk in desks.DESKS:
        for blueprint in desk.blueprints():
            app.register_blueprint(blueprint)
    access.check_marks(app)
    app.jinja_env.globals["words"] = words
    bar.register(app, desks.DESKS)
    once.register(app)
    audited.register(app)
    return app


def house_of(settings: Settings, engine: sa.Engine, *, eager: bool = False) -> House:
    """The parts that live as long as the application does, nothing kept in them yet."""
    answers = Answers(engine)
    drawer = Lingering(load if eager else None, is_wanted=partial(is_job_running, settings.data))
    return House(
        settings=settings, database=engine, answers=answers, places=places.Places(engine, answers), drawer=drawer,
        sign_ins=SignIns(engine), slow_down=SlowDown(),
    )  # fmt: skip


def session_key(path: Path) -> bytes:
    """The key that signs sessions, made on the first visit and readable by its owner alone.

    Raises:
        Unavailable: the file cannot be read or made, or is too short to be a key.
    """
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as error:
        raise Unavailable(f"会话密钥 {path} 读写不了({error.strerror})", kind="session_key") from error
    if len(key) < KEY_BYTES:
        raise Unavailable(f"会话密钥 {path} 已损坏,请删掉它再启动", kind="session_key")
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # written aside and linked, so that no reader finds half a key and two starters agree on one
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(KEY_BYTES))
        os.fsync(handle)
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        os.close(handle)
        aside.unlink()
