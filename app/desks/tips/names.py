"""Names for whoever fills in the public form: areas, roads and public premises, and nothing that a register tells."""

import re
import time

import flask

from app.core import access, errors
from app.core.current import house, json_response
from app.core.pace import Pace
from app.core.parameters import Parameters
from app.desks.tips.gate import MOST_NAMES_FOR_ALL, MOST_NAMES_FOR_ONE, NAMES_SECONDS, TOO_FAST
from gis import addresses, gazetteer
from gis.suggest import suggestions

MOST_NAMES = 6
_LONGEST = 60
#: What follows tells a house, a lane or a group, of which this form knows nothing; 1号路 is a road.
_NUMBER = re.compile(r"\d(?!\d*号[路街]).*")

blueprint = flask.Blueprint("names", __name__)


@blueprint.get("/tips/names")
@access.public(query=("q",), paced=True)
def index() -> flask.Response:
    """Names that the text ``q`` may become, with the areas they lie in.

    What stands from the first number on is not looked at, so that a registered house, one that tips name and one that
    does not exist are asked for in the same work and answered in the same bytes. No answer is kept, for
    a kept one would come sooner.
    """
    with Parameters(flask.request.args) as parameters:
        text = parameters.take("q", _text, f"最多 {_LONGEST} 字") or ""
    if not _pace().allows(flask.request.remote_addr or "", now=time.time()):
        return errors.respond(429, "too_fast", TOO_FAST)
    known = house().places.known()
    asked = _NUMBER.sub("", addresses.tidied(text))
    found = suggestions(known.public, asked, limit=MOST_NAMES) if known and asked else []
    told = [{"name": one.name, "area": gazetteer.within(known.public, one.code) if known else ""} for one in found]
    return json_response({"names": told})


def _text(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(text)
    return text.strip()


def _pace() -> Pace:
    fresh = Pace(seconds=NAMES_SECONDS, one=MOST_NAMES_FOR_ONE, all_=MOST_NAMES_FOR_ALL)
    pace: Pace = flask.current_app.extensions.setdefault("wuchuan_names", fresh)
    return pace
