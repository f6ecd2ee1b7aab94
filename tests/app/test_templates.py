"""Empty registers: headings, drop-downs, an example that is never imported, and instructions."""

import dataclasses
import io
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.workbooks import EXAMPLE, template
from app.desks.exports.desk import export_layer
from app.desks.imports.desk import import_file
from layers import write
from layers.actor import LOCAL
from layers.catalog import LAYERS, Field
from layers.database import transaction
from layers.intake.options import AS_IT_IS
from layers.intake.report import Report
from layers.profile import CityProfile


def _import(engine: sa.Engine, profile: CityProfile, key: str, path: Path) -> Report:
    return import_file(engine, LOCAL, profile, layer=key, path=path, options=AS_IT_IS)


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


@pytest.mark.slow
@pytest.mark.parametrize("example", [True, False])
def test_the_form_for_counts_takes_communities_groups_buildings_units_and_venues_alike(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path, example: bool
) -> None:
    area = pd.DataFrame({"code": ["990101001001"], "name": ["青山社区"], "level": "community", "identity": "a"})
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["areas"], gpd.GeoDataFrame(area, geometry=[None], crs="EPSG:4490"))
    path = tmp_path / "a.xlsx"
    template(path, LAYERS["counts"], code_prefix="99")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    if not example:
        sheet.delete_rows(2)
    finer = [{}, {"组": "3组"}, {"楼栋": "5栋"}, {"楼栋": "5栋", "单元": "2单元"}, {"场所编号": "V1"}]
    for number, places in enumerate(finer):
        new = {"社区代码*": "990101001001", "月份*": "2026-03", "登记类别*": "出租房屋", "数量*": number, **places}
        sheet.append([new.get(cell.value) for cell in sheet[1]])
    book.save(path)
    report = _import(own_engine, demo_profile, "counts", path)
    assert (report.file, report.refused, report.accepted, report.skipped) == (None, (), 5, int(example))
    export_layer(own_engine, LOCAL, demo_profile, "counts", tmp_path / "b.xlsx")
    again = _import(own_engine, demo_profile, "counts", tmp_path / "b.xlsx")
    assert (again.refused, again.unchanged) == ((), 5)


def test_choices_too_long_for_a_cell_or_with_a_comma_are_named_on_a_hidden_page(tmp_path: Path) -> None:
    many = {f"kind_{n}": f"很长的类别名称之{n:03d}" for n in range(40)}
    odd = {"a": "商住,混合", "b": "住宅"}
    fields = (
        Field(name="kind", title="类别", kind="text", choices=many),
        Field(name="use", title="用途", kind="text", choices=odd),
        Field(name="open", title="营业", kind="flag"),
    )
    template(tmp_path / "a.xlsx", dataclasses.replace(LAYERS["venues"], fields=fields), code_prefix="99")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    rules = {str(rule.sqref)[0]: rule.formula1 for rule in book.worksheets[0].data_validations.dataValidation}
    assert rules == {"A": "choices_kind", "B": "choices_use", "C": '"是,否"'}
    assert book["下拉选项"].sheet_state == "hidden"
    for name, words in (("choices_kind", many), ("choices_use", odd)):
        ((page, cells),) = book.defined_names[name].destinations
        assert [row[0].value for row in book[page][cells]] == list(words.values())
