"""The page that takes files in: handed over in parts, previewed, corrected, imported, reported, forgotten."""

import io
from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from typing import Any, cast

import flask

from app.core import access, acting, texts, uploads
from app.core.current import act, fetch, house, json_object, json_response, seated
from app.core.operations import BYTES, FORM, TEXT, WHOLE, choice, fields, listed
from app.core.parameters import Parameters, form_parameters, within
from app.core.renew_places import renew_places
from app.desks.imports import desk, jobs
from app.desks.imports.upload import REPORT, give_order, import_upload
from gis.errors import IntakeError, NotFound, Refused
from layers import catalog, placing, read
from layers import jobs as kept
from layers.intake.options import ReadOptions
from layers.intake.preview import LOOKED_AT, fields_of, preview
from layers.intake.readers import foreign
from layers.intake.sandbox import open_file
from layers.profile import DATUMS
from layers.tips import today

#: in the order in which the page offers them: the registers, then the ground they stand on
OFFERED = sorted(catalog.LAYERS.values(), key=lambda layer: layer.family in ("areas", "roads"))
#: of a file in one request, well under the largest body a request may have
PART_BYTES = 2**19
#: a larger file is compared with what is stored only as it is imported
COMPARED_BYTES = 4 << 20
ORDERS = ("lonlat", "latlon")
_TEXTS = ("layer", "datum", "crs", "order", "sheet")
_LONGEST = 200

blueprint = flask.Blueprint("imports", __name__)

_IMPORT = fields(
    {"layer": TEXT, "name": TEXT, "datum": choice(*DATUMS), "crs": TEXT, "order": choice(*ORDERS), "sheet": TEXT,
     "mapping": {"type": "object", "additionalProperties": TEXT}, "drop": listed(TEXT)},
    "layer",
)  # fmt: skip


@blueprint.get("/import")
@access.needs("imports.write", query=("layer",))
def show() -> str:
    """The page; ``layer`` is the register that is chosen there."""
    with Parameters(flask.request.args) as parameters:
        chosen = parameters.take("layer", str, "要是一种登记表") or OFFERED[0].key
    catalog.layer_named(chosen)
    layers = [{"key": layer.key, "title": layer.title, "fields": fields_of(layer)} for layer in OFFERED]
    config = {"layers": layers, "part_bytes": PART_BYTES, "largest_mib": uploads.LARGEST_MIB}
    return flask.render_template("imports/page.html", layers=layers, chosen=chosen, config=config)


@blueprint.post("/api/uploads")
@access.needs("imports.write", body=fields({"size": WHOLE}, "size"), media=FORM, answers=(201,))
def begin() -> flask.Response:
    """Make room for a file of that size."""
    with form_parameters(flask.request.form) as parameters:
        size = parameters.take("size", within(0, 2**53), "要是文件的字节数")
        if not flask.request.form.get("size"):
            parameters.refuse("要用 size 说明文件的字节数")
    upload = uploads.begin(house().settings.data, size=size or 0, session=acting.requester().sign_in)
    return json_response({"upload": upload}, HTTPStatus.CREATED)


@blueprint.put("/api/uploads/<upload>/file")
@access.needs("imports.write", query=("at",), body={"type": "string", "format": "binary"}, media=BYTES)
def append(upload: str) -> flask.Response:
    """Add the part that begins at byte ``at``."""
    with Parameters(flask.request.args) as parameters:
        at = parameters.take("at", within(0, 2**53), "要是这一段开始的字节数")
    return json_response({"size": uploads.append(house().settings.data, upload, flask.request.get_data(), at=at or 0)})


@blueprint.post("/api/uploads/<upload>/preview")
@access.needs("imports.write", body=_IMPORT)
def look(upload: str) -> flask.Response:
    """What would be understood of its first rows, the way these options say."""
    layer, options, name = _stated()
    profile = house().settings.profile
    with seated():
        try:
            tables = open_file(uploads.whole_of(house().settings.data, upload), rows=LOOKED_AT)
        except IntakeError as error:
            raise foreign.named(error, name) from error
    codes, day = fetch(read.areas), fetch(today)
    known = house().places.known()
    locate = None if known is None else partial(placing.communities_of, known.everything)
    seen = preview(tables, layer, profile=profile, codes=codes, options=options, today=day, locate=locate)
    return json_response(asdict(seen))


@blueprint.post("/api/uploads/<upload>/difference")
@access.needs("imports.write", body=_IMPORT)
def compare(upload: str) -> flask.Response:
    """What an import would report, conflicts with others' edits among it; nothing is stored."""
    layer, options, name = _stated()
    path = uploads.whole_of(house().settings.data, upload)
    if path.stat().st_size > COMPARED_BYTES:
        raise Refused(
            f"文件超过 {COMPARED_BYTES >> 20} MB,导入前不与已存的比较;冲突的行会列在结果里,不会盖掉别人的改动",
            kind="too_large",
        )
    with seated():
        report = desk.rehearse_import(
            house().engine,
            acting.requester(),
            house().settings.profile,
            layer=layer.key,
            path=path,
            name=name,
            options=options,
        )
    return json_response(report.to_json())


@blueprint.post("/api/uploads/<upload>/import")
@access.needs("imports.write", body=_IMPORT, answers=(200, 202))
def start(upload: str) -> flask.Response:
    """Import it: by the worker, whose job is told, or here and now when none is alive."""
    layer, options, name = _stated()
    settings, engine = house().settings, house().engine
    uploads.whole_of(settings.data, upload)
    give_order(settings.data, upload, layer=layer.key, name=name, options=options)
    alive = fetch(kept.worker_alive)
    job_id = act(jobs.enqueue_import, layer=layer.key, upload=upload) if alive else None
    if job_id is None:
        with seated():
            import_upload(engine, acting.requester(), settings.profile, settings.data, upload)
            renew_places(
                engine, acting.requester(), settings.profile
            )  # as the worker would, had there been one to import this
    return json_response({"job_id": job_id}, HTTPStatus.ACCEPTED if alive else HTTPStatus.OK)


@blueprint.get("/api/uploads/<upload>/report")
@access.needs("imports.write")
def report(upload: str) -> flask.Response:
    """What became of it."""
    return json_response(uploads.read_note(house().settings.data, upload, REPORT))


@blueprint.get("/api/uploads/<upload>/refused.xlsx")
@access.needs("imports.write")
def refused(upload: str) -> flask.Response:
    """The refused rows with their reasons, as a workbook."""
    path = uploads.refused_of(house().settings.data, upload)
    if path is None:
        raise NotFound("没有未导入的行可下载,或者已经过期", kind="no_upload")
    return flask.send_file(
        io.BytesIO(path.read_bytes()), as_attachment=True, download_name="未导入的行.xlsx", max_age=0
    )


@blueprint.delete("/api/uploads/<upload>")
@access.needs("imports.write", answers=(204,))
def forget(upload: str) -> flask.Response:
    """Forget the file and what became of it."""
    uploads.discard(house().settings.data, upload)
    return flask.Response(status=HTTPStatus.NO_CONTENT)


def _stated() -> tuple[catalog.Layer, ReadOptions, str]:
    """The layer, the options and the file's name that a request states.

    Raises:
        Refused: something is not as it must be; one sentence names it.
        NotFound: no such layer.
    """
    told = json_object()
    name = texts.take(told.get("name"), "文件名", most=_LONGEST, kind="bad_request")
    stated = {name: _text(told, name) for name in _TEXTS}
    if stated["datum"] not in (None, *DATUMS) or stated["order"] not in (None, *ORDERS):
        raise Refused("datum 或 order 的值不认识", kind="bad_request")
    mapping, drop = told.get("mapping") or {}, told.get("drop") or []
    if not (isinstance(mapping, dict) and isinstance(drop, list) and all(map(_is_text, [*mapping.values(), *drop]))):
        raise Refused("mapping 要是 字段: 表头,drop 要是表头的列表", kind="bad_request")
    layer = catalog.layer_named(stated.pop("layer") or "")
    given = {name: value for name, value in stated.items() if value}
    options = ReadOptions(mapping=mapping, drop=tuple(drop), **cast("dict[str, Any]", given))
    return layer, options, name or "网页上传"


def _text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not (_is_text(value) and len(value) <= _LONGEST):
        raise Refused(f"{name} 要是不超过 {_LONGEST} 字的文字", kind="bad_request")
    return value or None


def _is_text(value: object) -> bool:
    return isinstance(value, str)
