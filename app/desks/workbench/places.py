"""Where an address or a name may lie, for whoever types one."""

import math

import flask

from app.core import access, answers
from app.core.acting import requester
from app.core.current import house, sent
from app.core.parameters import Parameters, within
from app.core.places import NONE_YET
from gis.addresses import parse
from gis.places import Candidate, likeliest, placement
from gis.suggest import suggestions
from layers import gazetteer, placing

#: candidates told without being asked for more, and at most
USUAL, MOST = 5, 20
#: so many times as many are looked at as are told, since some lie outside the area of whoever asks
_SPARE = 5
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
    found = _own(known, text, suggestions(known.everything, text, limit=MOST * _SPARE))[:limit]
    likely = likeliest(known.everything, parse(text))
    meant = _own(known, text, likely)
    x, *_ = placement(known.everything, text, None, within_m=placing.WITHIN_M)
    is_sure = not math.isnan(x) and meant == likely
    told = {"places": gazetteer.described(known.everything, profile, found), "sure": is_sure, "meant": len(meant)}
    return sent(answers.render_json(told))


def _own(known: gazetteer.Known, text: str, places: list[Candidate]) -> list[Candidate]:
    """What lies in the area of whoever asks, and elsewhere what the public may know."""
    scope = requester().scope
    if not scope:
        return places
    public = {(one.kind, one.name) for one in suggestions(known.public, text, limit=MOST * _SPARE)}
    return [one for one in places if (one.code or "").startswith(scope) or (one.kind, one.name) in public]


def _text(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(text)
    return text.strip()
