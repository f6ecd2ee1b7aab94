"""Distribution charts and maps as files: drawn one at a time, kept while their layers stay unchanged."""

import flask

from app.core import access, acting, answers
from app.core.current import answer, drawing, house
from app.core.parameters import RULES, Parameters
from app.desks.prints.apart import printed
from app.maps.documents import named

MIMETYPES = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml"}
KINDS = ", ".join(MIMETYPES)

blueprint = flask.Blueprint("charts", __name__)


@blueprint.get(f"/charts/<code>.<any({KINDS}):kind>")
@access.needs("prints.make")
def chart(code: str, kind: str) -> flask.Response:
    """The distribution chart of that area."""
    Parameters(flask.request.args).done()
    return _sheet("community", code, kind)


@blueprint.get(f"/maps/<name>.<any({KINDS}):kind>")
@access.needs("prints.make", query=("area",))
def show(name: str, kind: str) -> flask.Response:
    """That map on a sheet, of the city or of ``area``."""
    named(name)
    with Parameters(flask.request.args) as parameters:
        area = parameters.take("area", *RULES["area"])
    return _sheet(name, area, kind)


def _sheet(name: str, area: str | None, kind: str) -> flask.Response:
    profile, actor = house().settings.profile, acting.requester()
    url = house().engine.url.render_as_string(hide_password=False)
    response = answer(
        ("sheet", name, area, kind),
        lambda _: (
            lambda: answers.render(
                house().drawer(printed, url, profile, actor, name, area, f".{kind}"), MIMETYPES[kind]
            )
        ),
        room=drawing,
    )
    response.headers["Content-Disposition"] = f"inline; filename={name}-{area or profile.city_code}.{kind}"
    return response
