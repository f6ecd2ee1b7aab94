"""The way from an empty city to its first plan, and out of the demo city into one's own."""

import flask

from app.core import access, acting, errors, own_city, serving
from app.core.current import fetch, house
from app.core.operations import FORM, TEXT, fields
from app.desks.settings.steps import steps
from app.settings import load_settings
from gis.errors import Conflict, DomainError
from layers import registers

_CITY = ("name", "code_prefix", *own_city.EDGES, "issuing_unit")

blueprint = flask.Blueprint("start", __name__)


@blueprint.get("/start")
@access.needs("map.read")
def show() -> str:
    """The steps; those that wait for others say for which."""
    profile = house().settings.profile
    taken = steps(profile, fetch(registers.set_up))
    following = next((at for at, step in enumerate(taken) if not step.is_done and not step.waits), None)
    return flask.render_template(
        "settings/start.html", steps=taken, following=following, done=sum(step.is_done for step in taken)
    )


@blueprint.get("/start/city")
@access.needs("city.change")
def show_city() -> str:
    """The question whether to leave the demo city, with a form for one's own."""
    return _form()


@blueprint.post("/start/city")
@access.needs("city.change", body=fields(dict.fromkeys(_CITY, TEXT), *_CITY[:-1]), media=FORM)
def change_city() -> str | tuple[str, int]:
    """Make one's own city and begin the service anew with it; the demo city's database stays."""
    values = {name: flask.request.form.get(name, "") for name in _CITY}
    try:
        if not serving.can_begin_anew():
            raise Conflict("服务不是由 make run 或 wuchuan up 启动的,换不了城市", kind="city_stays")
        settings = house().settings
        token = own_city.make_ready(load_settings(data=settings.data, port=settings.port), values)
    except DomainError as error:
        if errors.wants_json():
            raise
        return _form(values=values, fault=error.sentence), errors.status_of(error)
    serving.begin_anew()
    return flask.render_template("settings/leaving.html", token=token, city=values["name"].strip())


def _form(*, values: dict[str, str] | None = None, fault: str = "") -> str:
    settings = house().settings
    why_not = own_city.why_not(load_settings(data=settings.data, port=settings.port))
    return flask.render_template(
        "settings/city.html", values=values or {}, fault=fault, why_not=why_not, data=settings.data,
        acting=acting.requester().account,
    )  # fmt: skip
