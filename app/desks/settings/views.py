"""The page of settings, and one page for each small register with a form for a row."""

from collections.abc import Callable, Mapping
from typing import Any

import flask
import sqlalchemy as sa
from werkzeug.wrappers import Response

from app.core import access, errors
from app.core.current import act, fetch, house
from app.core.operations import FORM, TEXT, fields
from app.core.parameters import LAST_ID, LONGEST_SEARCH, Parameters, searched
from app.desks.settings import desk
from gis.errors import DomainError
from layers import registers
from layers.actor import Actor
from layers.catalog import LAYERS, Layer

#: The registers in the order in which a city fills them.
ORDER = (
    "areas", "communities", "agencies", "posts", "stations", "teams", "rental_units", "venues", "decisions",
    "jurisdictions", "tips", "raids", "counts", "roads", "rivers",
)  # fmt: skip
_ROW = fields({field.name: TEXT for layer in LAYERS.values() if layer.by_hand for field in layer.fields}
              | {"lon": TEXT, "lat": TEXT})  # fmt: skip
_CHANGED = f"/settings/<layer>/<int(max={LAST_ID}):row_id>"

blueprint = flask.Blueprint("settings", __name__)


@blueprint.get("/settings")
@access.needs("settings.read")
def show() -> str:
    """All registers with their rows and newest change, the profile and the basemap."""
    counted = fetch(registers.overview)
    cards = [
        {"layer": LAYERS[key], "rows": counted[key][0], "changed": counted[key][1]} for key in ORDER if key in LAYERS
    ]
    settings = house().settings
    return flask.render_template(
        "settings/page.html", cards=cards, shapes=desk.SHAPES, profile_keys=desk.profile_in_words(settings.profile),
        profile_file=settings.profile_file, zone=house().zone, agencies=fetch(registers.agencies, settings.profile),
    )  # fmt: skip


@blueprint.get("/settings/<layer>")
@access.needs("settings.read", query=("text",))
def show_register(layer: str) -> str:
    """The rows of a small register, and an empty form."""
    with Parameters(flask.request.args) as parameters:
        text = parameters.take("text", searched, f"要是 1 到 {LONGEST_SEARCH} 个字") or ""
    return _page(desk.by_row(layer), text=text)


@blueprint.get(_CHANGED)
@access.needs("settings.read")
def show_row(layer: str, row_id: int) -> str:
    """One row in the form."""
    wanted = desk.by_hand(layer)
    stored = fetch(registers.row, layer, row_id)
    return _page(wanted, values={name: "" if value is None else value for name, value in stored.items()}, row_id=row_id)


@blueprint.post("/settings/<layer>")
@access.needs("settings.write", body=_ROW, media=FORM, answers=(303,))
def add(layer: str) -> Response | tuple[str, int]:
    """Add a row."""
    return _changed(desk.by_hand(layer), None)


@blueprint.post(_CHANGED)
@access.needs("settings.write", body=_ROW, media=FORM, answers=(303,))
def change(layer: str, row_id: int) -> Response | tuple[str, int]:
    """Change a row."""
    return _changed(desk.by_hand(layer), row_id)


@blueprint.post(f"{_CHANGED}/remove")
@access.needs("settings.write", answers=(303,))
def remove(layer: str, row_id: int) -> Response | tuple[str, int]:
    """Take a row off the register."""

    def workflow(connection: sa.Connection, actor: Actor) -> None:
        desk.take_off(connection, actor, layer, row_id)

    return _done(desk.by_row(layer), workflow)


def _changed(layer: Layer, row_id: int | None) -> Response | tuple[str, int]:
    names = [*(field.name for field in layer.fields), "lon", "lat"]
    values = {name: flask.request.form[name] for name in names if name in flask.request.form}
    profile = house().settings.profile

    def workflow(connection: sa.Connection, actor: Actor) -> None:
        desk.keep_row(connection, actor, profile, layer.key, values, row_id)

    return _done(layer, workflow, values=values, row_id=row_id)


def _done(
    layer: Layer, workflow: Callable[[sa.Connection, Actor], None], *, values: Mapping[str, str] | None = None,
    row_id: int | None = None,
) -> Response | tuple[str, int]:  # fmt: skip
    """Back to the register after ``workflow``; where it fails, with its fault and what was filled in."""
    try:
        act(workflow)
    except DomainError as error:
        if errors.wants_json():
            raise
        return _page(layer, values=values, row_id=row_id, fault=error.sentence), errors.status_of(error)
    return flask.redirect(flask.url_for("settings.show_register", layer=layer.key), 303)


def _page(
    layer: Layer, *, text: str = "", values: Mapping[str, Any] | None = None, row_id: int | None = None, fault: str = ""
) -> str:  # fmt: skip
    rows, matched = fetch(registers.rows_with, layer.key, text)
    offered = {
        field.name: fetch(registers.offered, house().settings.profile, field)
        for field in layer.fields
        if field.reference is not None
    }
    return flask.render_template(
        "settings/register.html", layer=layer, rows=rows, matched=matched, text=text, values=values or {},
        row_id=row_id, fault=fault, offered=offered, longest_search=LONGEST_SEARCH,
    )  # fmt: skip
