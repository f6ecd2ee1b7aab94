"""The upload page's requests: parts in, a preview, corrections, the import and its report; hostile files do no harm."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import uploads
from app.desks.exports.desk import export_layer
from app.desks.imports import views as imports
from layers.actor import LOCAL
from layers.database import transaction
from layers.profile import CityProfile
from layers.sign_ins import LOCAL_ACCOUNT

from .conftest import POST, signed_in

HEADERS = {"X-CSRF-Token": "the-token"}
PHONE, CARD, CITIZEN = "13800138000", "6222020000000000000", "990100199001011234"
REGISTER = (
    "举报登记表,,,,\n编号,时间,内容,lng,lat\nX1,2026年3月1日,电话13800138000,118.05,27.05\n"
    "X2,三月下旬,,118.05,27.05\n合计,2,,,\n"
)


@pytest.fixture
def client(own_app: flask.Flask) -> Iterator[FlaskClient]:
    with signed_in(own_app) as client:
        yield client


def handed_in(client: FlaskClient, content: bytes) -> str:
    begun = client.post("/api/uploads", data={"size": len(content)}, headers=HEADERS)
    assert begun.status_code == 201
    upload = str(begun.get_json()["upload"])
    for at in range(0, len(content), 400_000):
        part = content[at : at + 400_000]
        assert client.put(f"/api/uploads/{upload}/file?at={at}", data=part, headers=HEADERS).status_code == 200
    return upload


def asked(client: FlaskClient, upload: str, what: str, **options: Any) -> Any:
    return client.post(f"/api/uploads/{upload}/{what}", json={"layer": "tips"} | options, headers=HEADERS)


def test_a_preview_tells_headings_fields_rows_and_what_is_assumed(client: FlaskClient) -> None:
    told = asked(client, handed_in(client, REGISTER.encode("gb18030")), "preview").get_json()
    assert told["heading_rows"] == [2]
    assert [column["field"] for column in told["columns"]] == ["tip_no", "received_at", "text", "lon", "lat"]
    assert (told["datum"], told["assumed"], told["fault"]) == ("cgcs2000", True, None)
    first, second = told["rows"]
    assert first["cells"] == ["X1", "2026年3月1日", "电话[已隐去]", "118.05", "27.05"]
    assert (first["read"][1], first["place"]) == ("2026-03-01", [118.05, 27.05])
    assert (len(second["faults"]), told["refused"]) == (1, 1)


def test_a_preview_refuses_a_day_that_has_not_come(client: FlaskClient) -> None:
    register = "线索编号,接报时间,经度,纬度\nX1,2026-03-01,118.05,27.05\nX2,2089-03-01,118.05,27.05\n"
    told = asked(client, handed_in(client, register.encode()), "preview").get_json()
    assert told["refused"] == 1
    assert "2089-03-01" in told["rows"][1]["faults"][0]


def test_choices_and_flags_are_previewed_in_words(client: FlaskClient) -> None:
    upload = handed_in(client, "编号,名称,类别,lng,lat\n1,甲店,hotel,118.05,27.05\n".encode())
    assert asked(client, upload, "preview", layer="venues").get_json()["rows"][0]["read"][2] == "宾馆酒店"
    upload = handed_in(client, "编号,时间,是否核实,lng,lat\n1,2026-03-01,属实,118.05,27.05\n".encode())
    assert asked(client, upload, "preview").get_json()["rows"][0]["read"][2] == "是"


@pytest.mark.parametrize("text", ["举报人电话,编号\n138,X1\n", "甲,乙\n1,2\n", "编号,地址\nX1,1号\n"])
def test_a_page_hears_of_no_option_of_the_command(client: FlaskClient, text: str) -> None:
    sentence = asked(client, handed_in(client, text.encode()), "preview").get_json()["fault"]["sentence"]
    assert "--" not in sentence
    assert "received_at" not in sentence


def test_a_file_is_imported_reported_and_forgotten(client: FlaskClient, own_engine: sa.Engine) -> None:
    upload = handed_in(client, REGISTER.encode())
    assert asked(client, upload, "import", datum="wgs84", name="登记13800138000.csv").get_json() == {"job_id": None}
    report = client.get(f"/api/uploads/{upload}/report").get_json()
    assert (report["accepted"], [fault["row"] for fault in report["refused"]]) == (1, [4])
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/api/uploads/{upload}/refused.xlsx").data))
    assert book.active.max_row == 2
    assert asked(client, upload, "preview").status_code == 404
    with transaction(own_engine, LOCAL) as connection:
        kept = connection.execute(sa.text("SELECT file_name, report FROM import_batches")).one()
    assert kept == ("登记[已隐去].csv", {"accepted": 1, "updated": 0, "unchanged": 0, "skipped": 1, "refused": 1})
    assert client.delete(f"/api/uploads/{upload}", headers=HEADERS).status_code == 204
    assert client.get(f"/api/uploads/{upload}/report").status_code == 404


def test_before_an_import_its_difference_is_shown_and_nothing_is_stored(
    client: FlaskClient, own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    """Of two exports of one venue, the first is imported; the second changes the same cell."""
    import_venue = handed_in(client, "编号,名称,房间数,lng,lat\nV1,甲店,10,118.05,27.05\n".encode())
    asked(client, import_venue, "import", layer="venues", datum="wgs84")
    export_layer(own_engine, LOCAL, demo_profile, "venues", tmp_path / "a.xlsx")

    def edited(rooms: int) -> bytes:
        book, content = openpyxl.load_workbook(tmp_path / "a.xlsx"), io.BytesIO()
        sheet = book.worksheets[0]
        headings = [cell.value for cell in sheet[1]]
        sheet.cell(row=2, column=headings.index("房间数") + 1).value = rooms
        book.save(content)
        return content.getvalue()

    first = handed_in(client, edited(11))
    assert asked(client, first, "difference", layer="venues").get_json()["updated"] == 1
    asked(client, first, "import", layer="venues")
    second = handed_in(client, edited(12))
    told = asked(client, second, "difference", layer="venues").get_json()
    (conflict,) = [fault for fault in told["refused"] if fault["kind"] == "conflict"]
    assert (conflict["field"], conflict["base"], conflict["stored"], conflict["value"]) == ("rooms", "10", "11", "12")
    with transaction(own_engine, LOCAL) as connection:
        assert connection.execute(sa.text("SELECT venue_no, rooms FROM venues")).all() == [("V1", 11)]
        assert connection.execute(sa.text("SELECT count(*) FROM import_batches")).scalar_one() == 2
    asked(client, second, "import", layer="venues")
    assert client.get(f"/api/uploads/{second}/report").get_json()["refused"] == told["refused"]


def test_a_large_file_is_not_compared_beforehand(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "COMPARED_BYTES", 10)
    answer = asked(client, handed_in(client, REGISTER.encode()), "difference")
    assert (answer.status_code, "不与已存的比较" in answer.get_json()["sentence"]) == (400, True)


@pytest.mark.parametrize("came", [0, 1])
def test_of_a_file_that_has_not_come_whole_nothing_is_imported(
    client: FlaskClient, own_engine: sa.Engine, came: int
) -> None:
    lines = REGISTER.encode().splitlines(keepends=True)
    size = len(REGISTER.encode())
    upload = client.post("/api/uploads", data={"size": size}, headers=HEADERS).get_json()["upload"]
    if came:
        client.put(f"/api/uploads/{upload}/file?at=0", data=b"".join(lines[:3]), headers=HEADERS)
    for what in ("preview", "import"):
        answer = asked(client, upload, what, datum="wgs84")
        assert (answer.status_code, f"全部是 {size} 字节" in answer.get_json()["sentence"]) == (409, True)
    with transaction(own_engine, LOCAL) as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM tips")).scalar_one() == 0
    assert client.post("/api/uploads", headers=HEADERS).status_code == 400


def test_corrections_change_what_is_understood(client: FlaskClient) -> None:
    upload = handed_in(client, "编号,时间,何处,lng,lat\nX1,2026-03-01,某路1号,27.05,118.05\n".encode())
    options = {"mapping": {"address": "何处", "lon": "lat", "lat": "lng"}, "datum": "wgs84", "drop": ["编号"]}
    told = asked(client, upload, "preview", **options).get_json()
    assert [column["field"] for column in told["columns"]] == [None, "received_at", "address", "lat", "lon"]
    assert [column["dropped"] for column in told["columns"]] == [True, False, False, False, False]
    assert (told["rows"][0]["place"], told["datum"], told["assumed"]) == ([118.05, 27.05], "wgs84", False)


def test_columns_of_persons_are_named_not_shown_and_can_be_dropped(client: FlaskClient) -> None:
    upload = handed_in(client, f"编号,时间,举报人电话\nX1,2026-03-01,{PHONE}\n".encode())
    told = asked(client, upload, "preview").get_json()
    assert told["fault"]["kind"] == "personal_data_columns"
    assert [column["personal"] for column in told["columns"]] == [False, False, True]
    assert PHONE not in str(told)
    assert asked(client, upload, "import").status_code == 200
    assert client.get(f"/api/uploads/{upload}/report").get_json()["file"]["kind"] == "personal_data_columns"
    assert asked(client, upload, "preview", drop=["举报人电话"]).get_json()["fault"] is None


BAD = (
    *({"layer": "people"}, {"datum": "mars"}, {"order": "up"}, {"mapping": [1]}, {"drop": "x"}, {"drop": [1]}),
    *({"sheet": 5}, {"mapping": {"nothing": "x"}}),
)


@pytest.mark.parametrize("body", BAD)
def test_what_cannot_be_asked_is_named(client: FlaskClient, body: dict[str, Any]) -> None:
    answer = asked(client, handed_in(client, b"a,lon,lat\n1,118,27\n"), "preview", **body)
    assert answer.status_code in (400, 404)
    assert answer.get_json()["sentence"]


def test_a_format_that_is_not_taken_is_named_by_its_file_name_where_its_content_says_nothing(
    client: FlaskClient,
) -> None:
    upload = handed_in(client, bytes(range(256)) * 8)
    answer = asked(client, upload, "preview", name="街道台账.ET")
    assert answer.status_code == 422
    assert "WPS 表格(.et)" in answer.get_json()["sentence"]
    assert "WPS 表格(.et)" in asked(client, upload, "difference", name="街道台账.et").get_json()["file"]["sentence"]
    assert ".et" not in asked(client, upload, "preview", name="街道台账.xls").get_json()["sentence"]


def test_a_request_is_json_and_an_upload_is_there(client: FlaskClient) -> None:
    upload = handed_in(client, b"")
    assert client.post(f"/api/uploads/{upload}/preview", data="x", headers=HEADERS).status_code == 400
    for what in ("preview", "import"):
        assert asked(client, "0" * 32, what).status_code == 404
    assert asked(client, upload, "preview").status_code == 422
    assert client.post("/api/uploads", data={"size": 300 << 20}, headers=HEADERS).status_code == 422
    assert client.put(f"/api/uploads/{upload}/file?at=7", data=b"x", headers=HEADERS).status_code == 409


def test_a_worker_gets_the_name_of_the_upload_alone(client: FlaskClient, own_engine: sa.Engine) -> None:
    with transaction(own_engine, LOCAL) as connection:
        connection.execute(sa.text("INSERT INTO procrastinate_workers DEFAULT VALUES"))
    upload = handed_in(client, REGISTER.encode())
    answer = asked(client, upload, "import", drop=[PHONE])
    assert answer.status_code == 202
    with transaction(own_engine, LOCAL) as connection:
        args = connection.execute(sa.text("SELECT args FROM procrastinate_jobs")).scalar_one()
    actor = args.pop("actor")
    assert args == {"upload": upload}
    assert (actor["account"], actor["post"]) == (LOCAL_ACCOUNT, POST)  # done in the name of whoever sent it


def test_every_layer_can_be_chosen_on_the_page(client: FlaskClient) -> None:
    page = client.get("/import").get_data(as_text=True)
    for key in ("rental_units", "venues", "tips", "raids", "counts", "communities", "areas", "roads"):
        assert f'value="{key}"' in page


def test_personal_data_stay_nowhere(
    client: FlaskClient, own_app: flask.Flask, own_owner: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """Planted in the name, headings, a sheet's name and cells of every kind; looked for wherever anything is kept."""
    planted = (PHONE, CITIZEN, CARD, "wx_planted88", "1234567890")
    book = openpyxl.Workbook()
    book.active.title = f"表{PHONE}"
    book.active.append(["编号", "时间", "渠道", f"内容{PHONE}", "内容", "地址", "经度", "纬度", f"备注{PHONE}"])
    for number in range(30):
        plain = f"青山路第{number}段"
        book.active.append([f"G{number}", "2026-03-01", plain, plain, plain, plain, 118.05, 27.05, plain])
    for number, said in enumerate((PHONE, CITIZEN, CARD, "微信wx_planted88", "QQ1234567890")):
        book.active.append([f"X{number}", "2026-03-01", said, said, f"说{said}。", f"{said}号", 118.05, 27.05, said])
        book.active.append([said, said, said, said, said, said, said, said, said])
    content = io.BytesIO()
    book.save(content)
    upload = handed_in(client, content.getvalue())
    assert asked(client, upload, "import", name=f"{CITIZEN}.xlsx").status_code == 200
    told = [client.get(f"/api/uploads/{upload}/report").get_data(as_text=True)]
    assert '"accepted":' in told[0]
    refused = client.get(f"/api/uploads/{upload}/refused.xlsx")
    rows = openpyxl.load_workbook(io.BytesIO(refused.data)).active.iter_rows(values_only=True)
    told += [str(row) for row in rows]
    told += [caplog.text, *everything(own_owner)]
    folder = own_app.extensions["wuchuan"].settings.data / "uploads" / upload
    told += [path.read_text("utf-8") for path in Path(folder).glob("*.json")]
    assert [secret for secret in planted if secret in "\n".join(told)] == []


def everything(engine: sa.Engine) -> Iterator[str]:
    """Every row of every table, as text."""
    with transaction(engine, LOCAL) as connection:
        for table in sa.inspect(connection).get_table_names():
            for row in connection.execute(sa.text(f'SELECT t::text FROM "{table}" AS t')):
                yield str(row)


def test_uploads_are_limited_to_what_one_request_may_carry(client: FlaskClient) -> None:
    upload = handed_in(client, b"")
    body = bytes((1 << 20) + 1)
    assert client.put(f"/api/uploads/{upload}/file?at=0", data=body, headers=HEADERS).status_code == 413
    assert uploads.LARGEST_MIB == 256


def test_a_size_of_ten_digits_is_a_size_and_a_long_name_is_told_its_limit(client: FlaskClient) -> None:
    answer = client.post("/api/uploads", data={"size": str(2**53)}, headers=HEADERS)
    assert answer.status_code == 422
    assert "字节数" not in answer.get_json()["sentence"]
    upload = handed_in(client, REGISTER.encode())
    named = asked(client, upload, "preview", name="长" * 201)
    assert (named.status_code, named.get_json()["sentence"]) == (400, "文件名太长:最多 200 字,现有 201 字")
