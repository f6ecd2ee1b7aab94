"""Files sent to harm, through the upload page: refused in one sentence, and the same process serves on."""

import json
import resource
from pathlib import Path

import flask
import pytest
import sqlalchemy as sa

from layers.actor import LOCAL
from layers.database import transaction
from tests.layers.intake.test_sandbox import HOSTILE

from .conftest import signed_in
from .test_imports import HEADERS, REGISTER, asked, handed_in

HARMFUL = Path(__file__).parents[2].parent / "shared" / "data" / "messy" / "open" / "7_恶意文件"
CANARY, MOST_CPU_S = "CANARY-OPEN-7Q2M", 2.0


def children_s() -> float:
    """Processor seconds of the children so far: the clock would count what else the machine does."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


#: of a handful of kinds, one each: what is read as what, nested, swollen, and pointing elsewhere
HARMLESS = ("VRT named geojson", "deep GeoJSON", "inflating gzip", "entity in KMZ", "linked CRS")


@pytest.mark.slow
@pytest.mark.parametrize("name", HARMLESS)
def test_a_file_of_a_refused_kind_leaves_nothing_and_the_next_one_is_taken(
    own_app: flask.Flask, own_engine: sa.Engine, name: str
) -> None:
    _, kind, build = HOSTILE[name]
    content = build()
    with signed_in(own_app) as client:
        upload = handed_in(client, content if isinstance(content, bytes) else content.encode())
        looked = asked(client, upload, "preview", layer="tips")
        assert (looked.status_code, looked.get_json()["error"]) == (422, kind)
        asked(client, upload, "import", layer="tips")
        report = client.get(f"/api/uploads/{upload}/report").get_json()
        assert (report["file"]["kind"], report["accepted"]) == (kind, 0)
        client.delete(f"/api/uploads/{upload}", headers=HEADERS)
        upload = handed_in(client, REGISTER.encode())
        assert asked(client, upload, "import").status_code == 200
        assert client.get(f"/api/uploads/{upload}/report").get_json()["accepted"] == 1
        client.delete(f"/api/uploads/{upload}", headers=HEADERS)
    assert list((own_app.extensions["wuchuan"].settings.data / "uploads").iterdir()) == []
    with transaction(own_engine, LOCAL) as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM tips")).scalar_one() == 1


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.skipif(not HARMFUL.is_dir(), reason="the real files of ../shared/data are not here")
def test_hostile_files_are_refused_and_the_server_goes_on(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    beside = {path.name for path in HARMFUL.iterdir()}
    with signed_in(own_app) as client:
        for file in json.loads((HARMFUL / "expected.json").read_text("utf-8"))["files"]:
            upload = handed_in(client, (HARMFUL / file["file"]).read_bytes())
            before = children_s()
            answer = asked(client, upload, "preview", layer=file["target"])
            assert children_s() - before < MOST_CPU_S, file["file"]
            assert answer.status_code in (200, 422), file["file"]
            asked(client, upload, "import", layer=file["target"])
            report = client.get(f"/api/uploads/{upload}/report").get_json()
            assert CANARY not in answer.get_data(as_text=True) + json.dumps(report, ensure_ascii=False)
            if file.get("outcome") == "refuse_file":
                assert report["file"]["sentence"], file["file"]
                assert report["accepted"] == 0
            client.delete(f"/api/uploads/{upload}", headers=HEADERS)
        upload = handed_in(client, REGISTER.encode())
        assert asked(client, upload, "import").status_code == 200
        assert client.get(f"/api/uploads/{upload}/report").get_json()["accepted"] == 1
        client.delete(f"/api/uploads/{upload}", headers=HEADERS)
    assert {path.name for path in HARMFUL.iterdir()} == beside
    assert list((own_app.extensions["wuchuan"].settings.data / "uploads").iterdir()) == []
    with transaction(own_engine, LOCAL) as connection:
        stored = connection.execute(sa.text("SELECT string_agg(t::text, '') FROM tips AS t")).scalar_one()
    assert CANARY not in stored
