"""Where an address or a name may lie, for whoever types one."""

import flask

from app.answers import render_json
from app.web.current import answer, house
from app.web.parameters import Parameters, within
from layers.gazetteer import SOURCES, places

#: candidates told without being asked for more, and at most
USUAL, MOST = 5, 20
_LONGEST = 200

blueprint = flask.Blueprint("places", __name__)


@blueprint.get("/api/places")
def index() -> flask.Response:
    """The places that the text ``q`` may mean, best first, each with a radius in metres; none for an empty text."""
    parameters = Parameters(flask.request.args)
    text = parameters.take("q", _text, f"最多 {_LONGEST} 字") or ""
    limit = parameters.take("limit", within(1, MOST), f"要是 1 到 {MOST} 的整数") or USUAL
    parameters.done()
    profile = house().settings.profile
    return answer(
        ("places", text, limit),
        lambda connection: render_json({"places": places(connection, profile, text, limit=limit) if text else []}),
        layers=SOURCES,
    )


def _text(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(text)
    return text.strip()
