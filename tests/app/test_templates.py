"""Empty registers: headings, drop-downs, an example that is never imported, and instructions."""

import io
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.workbooks import EXAMPLE, template
from app.workflows.import_file import import_file
from layers.catalog import LAYERS
from layers.intake.options import AS_IT_IS
from layers.intake.report import Report
from layers.profile import CityProfile


def _import(engine: sa.Engine, profile: CityProfile, key: str, path: Path) -> Report:
    return import_file(engine, profile, layer=key, path=path, options=AS_IT_IS)


@pytest.mark.parametrize("key", LAYERS)
def test_an_empty_template_has_no_rows(engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path, key: str) -> None:
    template(tmp_path / "a.xlsx", LAYERS[key], code_prefix="99")
    report = _import(engine, demo_profile, key, tmp_path / "a.xlsx")
    assert report.file is not None
    assert (report.file.kind, report.file.sentence) == ("empty", "文件里只有表头,没有数据行")


def test_rows_below_the_example_are_imported_and_the_example_is_not(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    template(path, LAYERS["tips"], code_prefix="99")
    book = openpyxl.load_workbook(path)
    sheet, told = book.worksheets
    headings = [cell.value for cell in sheet[1]]
    assert sheet["A2"].value == EXAMPLE
    assert {"接报时间*", "内容", "地址", "经度(CGCS2000)"} <= set(headings)
    assert "位置误差(米)" not in headings
    assert told.title == "填写说明"
    assert [row[1].value for row in told.iter_rows() if row[0].value == "接报时间*"] == ["是"]
    new = {"线索编号": "A1", "接报时间*": "2026-03-01 9:00", "地址": "人民路1号", "状态": "已受理"}
    sheet.append([new.get(heading) for heading in headings])
    book.save(path)
    report = _import(own_engine, demo_profile, "tips", path)
    assert (report.file, report.accepted, report.skipped, report.refused) == (None, 1, 1, ())


def test_each_layer_has_its_template_to_download(visitor: FlaskClient) -> None:
    answer = visitor.get("/templates/venues.xlsx")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert sheet.title == "场所"
    assert len(sheet.data_validations.dataValidation) == 1
    assert visitor.get("/templates/people.xlsx").status_code == 404
