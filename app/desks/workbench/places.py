"""Where an address or a name may lie, for whoever types one."""

import math

import flask

from app.core import access, answers
from app.core.current import house, sent
from app.core.parameters import Parameters, within
from app.core.places import NONE_YET
from gis.addresses import parse
from gis.places import likeliest, placement
from gis.suggest import suggestions
from layers import gazetteer, placing

#: candidates told without being asked for more, and at most
USUAL, MOST = 5, 20
_LONGEST = 200

blueprint = flask.Blueprint("places", __name__)


@blueprint.get("/api/places")
@access.needs("map.read", query=("q", "limit"))
def index() -> flask.Response:
    """The places that the text ``q`` means or may become, best first, each with a radius in metres.

    ``sure`` says whether the first one is where an import would put that address, ``meant`` how many places the text
    may mean equally well. None for an empty text; before the first gazetteer is
    stored, none and a sentence that says so.
    """
    with Parameters(flask.request.args) as parameters:
        text = parameters.take("q", _text, f"最多 {_LONGEST} 字") or ""
        limit = parameters.take("limit", within(1, MOST), f"要是 1 到 {MOST} 的整数") or USUAL
    known, profile = house().places.known(), house().settings.profile
    if known is None or not text:
        return sent(
            answers.render_json({"places": [], "sure": False, "meant": 0} | ({} if known else {"sentence": NONE_YET}))
        )
    found = suggestions(known.everything, text, limit=limit)
    x, *_ = placement(known.everything, text, None, within_m=placing.WITHIN_M)
    told = {"places": gazetteer.described(known.everything, profile, found), "sure": not math.isnan(x)}
    return sent(answers.render_json(told | {"meant": len(likeliest(known.everything, parse(text)))}))


def _text(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(text)
    return text.strip()
