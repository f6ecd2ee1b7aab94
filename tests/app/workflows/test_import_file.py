"""Import: one transaction, refused rows handed back, the same file twice changes nothing."""

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.desks.exports.desk import export_layer
from app.desks.imports.desk import import_file
from gis.errors import NotFound
from layers import read, write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from layers.intake.options import ReadOptions
from layers.intake.report import Report
from layers.profile import CityProfile
from layers.tips import today
from tests.builders import CODES, communities

HEADING = "线索编号,接报时间,地址,经度,纬度\n"
GOOD = "A1,2026-03-01 09:00,青山路1号,118.1,26.7\nA2,2026-03-02 09:00,青山路2号,118.2,26.8\n"
STATED = ReadOptions(datum="wgs84")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "线索.csv"


def _import(engine: sa.Engine, profile: CityProfile, file: Path, text: str) -> Report:
    file.write_text(HEADING + text, encoding="utf-8")
    return import_file(engine, LOCAL, profile, layer="tips", path=file, options=STATED)


def _rows(engine: sa.Engine, query: str) -> list[tuple[object, ...]]:
    with transaction(engine, LOCAL) as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_rows_are_stored_once_and_a_second_import_changes_nothing(
    own_engine: sa.Engine, demo_profile: CityProfile, file: Path
) -> None:
    first, second = (_import(own_engine, demo_profile, file, GOOD) for _ in range(2))
    assert (first.accepted, first.refused, first.file) == (2, (), None)
    assert (second.accepted, second.unchanged, second.updated) == (0, 2, 0)
    assert _rows(own_engine, "SELECT count(*) FROM tips") == [(2,)]


def test_refused_rows_come_back_as_a_workbook_and_the_rest_is_stored(
    own_engine: sa.Engine, demo_profile: CityProfile, file: Path
) -> None:
    report = _import(own_engine, demo_profile, file, GOOD + "A3,2026-13-45,某处,118.1,26.7\n")
    assert (report.accepted, [fault.kind for fault in report.refused]) == (2, ["bad_date"])
    assert report.refused[0].row == 4
    assert file.with_name("线索.refused.xlsx").stat().st_size > 0
    _import(own_engine, demo_profile, file, GOOD)
    assert not file.with_name("线索.refused.xlsx").exists()


def test_what_is_dated_after_tomorrow_or_before_1980_is_refused_with_its_row(
    own_engine: sa.Engine, demo_profile: CityProfile, file: Path
) -> None:
    with transaction(own_engine, LOCAL) as connection:
        day = today(connection)
    dates = [f"{day + n * dt.timedelta(days=1)}" for n in (0, 1, 2)] + ["1979-12-31", "1980-01-01", "2089-05-01"]
    text = "".join(f"B{n},{date} 23:59,青山路{n}号,118.1,26.7\n" for n, date in enumerate(dates))
    report = _import(own_engine, demo_profile, file, text)
    assert (report.accepted, [(fault.row, fault.kind) for fault in report.refused]) == (
        3,
        [(4, "bad_date"), (5, "bad_date"), (7, "bad_date")],
    )
    assert _rows(own_engine, "SELECT tip_no FROM tips ORDER BY tip_no") == [("B0",), ("B1",), ("B4",)]


def test_what_cannot_be_written_beside_the_file_is_a_warning_and_the_rest_is_told(
    own_engine: sa.Engine, demo_profile: CityProfile, file: Path
) -> None:
    file.with_name("线索.refused.xlsx").mkdir()
    report = _import(own_engine, demo_profile, file, GOOD + "A3,2026-13-45,某处,118.1,26.7\n")
    assert (report.accepted, len(report.refused)) == (2, 1)
    assert [fault.kind for fault in report.warnings if "线索.refused.xlsx" in fault.sentence] == ["not_writable"]
    assert _rows(own_engine, "SELECT count(*) FROM tips") == [(2,)]


def test_a_changed_row_is_updated_and_the_batch_remembers_counts_only(
    own_engine: sa.Engine, demo_profile: CityProfile, file: Path
) -> None:
    _import(own_engine, demo_profile, file, GOOD)
    report = _import(own_engine, demo_profile, file, GOOD.replace("青山路2号", "青山路22号"))
    assert (report.unchanged, report.updated) == (1, 1)
    batches = _rows(own_engine, "SELECT file_name, report FROM import_batches ORDER BY batch_id")
    assert batches[1] == (
        "线索.csv",
        {"accepted": 0, "updated": 1, "unchanged": 1, "skipped": 0, "refused": 0},
    )


def test_a_file_that_cannot_be_read_stores_nothing_and_says_why(
    own_engine: sa.Engine, demo_profile: CityProfile, file: Path
) -> None:
    file.write_bytes(b"")
    report = import_file(own_engine, LOCAL, demo_profile, layer="tips", path=file, options=STATED)
    assert report.file is not None
    assert report.file.kind == "empty"
    assert _rows(own_engine, "SELECT count(*) FROM import_batches") == [(0,)]


def test_an_import_that_dies_while_storing_leaves_the_old_state_whole(
    own_engine: sa.Engine, demo_profile: CityProfile, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "close_batch", dies)
    with pytest.raises(KeyboardInterrupt):
        _import(own_engine, demo_profile, file, GOOD)
    assert _rows(own_engine, "SELECT (SELECT count(*) FROM tips), (SELECT count(*) FROM import_batches)") == [(0, 0)]


def test_points_get_the_community_they_lie_in(own_engine: sa.Engine, demo_profile: CityProfile, file: Path) -> None:
    moved = communities().translate(117.5, 26.2)
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["communities"], communities().set_geometry(moved))
    _import(own_engine, demo_profile, file, GOOD)
    assert _rows(own_engine, "SELECT community_code FROM tips ORDER BY tip_no") == [(CODES[0],), (CODES[0],)]


def test_an_unknown_layer_and_a_missing_file_are_named(own_engine: sa.Engine, demo_profile: CityProfile) -> None:
    with pytest.raises(NotFound, match="没有名为“people”的图层"):
        import_file(own_engine, LOCAL, demo_profile, layer="people", path=Path("x.csv"), options=STATED)
    with pytest.raises(NotFound, match="没有文件"):
        import_file(own_engine, LOCAL, demo_profile, layer="tips", path=Path("不存在.csv"), options=STATED)


def test_a_format_that_is_not_taken_is_named_by_the_ending_where_its_content_says_nothing(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    (tmp_path / "台账.et").write_bytes(bytes(range(256)) * 8)
    report = import_file(own_engine, LOCAL, demo_profile, layer="tips", path=tmp_path / "台账.et", options=STATED)
    assert report.file is not None
    assert "WPS 表格(.et)" in report.file.sentence
    (tmp_path / "底图.gdb").mkdir()
    with pytest.raises(NotFound, match=r"\(\.gdb\)"):
        import_file(own_engine, LOCAL, demo_profile, layer="areas", path=tmp_path / "底图.gdb", options=STATED)


@pytest.mark.slow
@pytest.mark.parametrize("end", ["gpkg", "geojson", "csv", "xlsx", "shp.zip", "kml", "parquet"])
def test_an_export_of_rows_without_a_place_comes_back_unchanged(
    end: str, own_engine: sa.Engine, demo_profile: CityProfile, file: Path, tmp_path: Path
) -> None:
    _import(own_engine, demo_profile, file, "A3,2026-03-02 09:00,不知何处,,\nA4,2026-03-03 10:30,何处不知,,\n")
    out = tmp_path / f"未定位.{end}"
    export_layer(own_engine, LOCAL, demo_profile, "tips", out, cut=read.Cut(placed=False))
    report = import_file(own_engine, LOCAL, demo_profile, layer="tips", path=out, options=STATED)
    assert (report.unchanged, report.accepted, report.updated, report.refused, report.file) == (2, 0, 0, (), None)


def test_rows_without_a_place_are_kept_counted_and_told_once(
    own_engine: sa.Engine, demo_profile: CityProfile, file: Path
) -> None:
    report = _import(own_engine, demo_profile, file, GOOD + "A3,2026-03-02 09:00,不知何处,,\n")
    assert [fault.sentence[:4] for fault in report.warnings if fault.kind == "unplaced"] == ["1 行没"]
    assert _rows(own_engine, "SELECT tip_no, place_error_m FROM tips WHERE geom IS NULL") == [("A3", None)]
    assert "unplaced" not in {fault.kind for fault in _import(own_engine, demo_profile, file, GOOD).warnings}


@pytest.mark.slow
@pytest.mark.parametrize("columns", ["地址,社区代码", "地址"])
@pytest.mark.parametrize("layer", ["rental_units", "venues"])
def test_premises_of_a_sure_address_are_placed_without_a_community_and_others_are_refused(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path, layer: str, columns: str
) -> None:
    borders = communities(border=0.01)
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["communities"], borders.set_geometry(borders.translate(118.0, 27.0)))
    known = "出租屋编号,地址,社区代码,经度,纬度\n"
    known += "".join(f"K{n},人民路{n}号,{CODES[0]},{118.001 + n * 1e-4:.4f},27.002\n" for n in (1, 5))
    (tmp_path / "known.csv").write_text(known, encoding="utf-8")
    options = ReadOptions(datum="wgs84")
    import_file(own_engine, LOCAL, demo_profile, layer="rental_units", path=tmp_path / "known.csv", options=options)
    number, name = ("出租屋编号", "") if layer == "rental_units" else ("场所编号", ",名称")
    rows = "".join(
        f"N{n},{address}{',' if '社区' in columns else ''}{name and ',某店'}\n"
        for n, address in enumerate(["人民路5号2单元301室", "人民路", "不知何处9号"])
    )
    (tmp_path / "new.csv").write_text(f"{number},{columns}{name}\n{rows}", encoding="utf-8")
    report = import_file(own_engine, LOCAL, demo_profile, layer=layer, path=tmp_path / "new.csv", options=options)
    assert report.accepted == 1
    assert [(fault.row, fault.kind, fault.field) for fault in report.refused] == [
        (3, "missing_required", "community_code"),
        (4, "missing_required", "community_code"),
    ]
    place = "round(ST_X(geom)::numeric, 4)::float8, place_error_m, community_code"
    wanted = f"SELECT {place} FROM {layer} WHERE place_error_m IS NOT NULL"
    assert _rows(own_engine, wanted) == [(118.0015, 30.0, CODES[0])]
