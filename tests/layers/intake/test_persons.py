"""Columns of persons are refused by name, and columns that only sound like them are not."""

from typing import Any

import pytest

from gis.errors import IntakeError
from layers.catalog import layer_named
from layers.intake.options import ReadOptions
from layers.intake.understood import cells_of
from tests.layers.intake.builders import grid

TIPS = layer_named("tips")
NAMES = ["王小明", "李大海", "张国强", "赵丽", "欧阳锋", "孙立新"]


def _cells(heading: str, cells: list[str | None], **options: Any) -> Any:
    rows = [[f"X{n}", "2024-01-01", "某处", cell] for n, cell in enumerate(cells)]
    return cells_of([grid([["线索编号", "接报时间", "地址", heading], *rows])], TIPS, ReadOptions(**options))


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("举报人", ["某甲"]),
        ("承租人身份证号码", ["990100200001010000"]),
        ("联系电话", ["0599-8888888", "13800000014"]),
        ("负责人", NAMES),
        ("其它", NAMES),
        ("被查对象", ["王小明"]),
        ("带班领导", ["王小明", "李大海"]),
        ("BJRXM", ["王小明"]),
        ("其它", ["13800000014", "13900000012", "0599-1"]),
        ("编码二", ["990100199901010173", "99010019990101107X"]),
    ],
)
def test_columns_of_persons_are_named(heading: str, cells: list[str | None]) -> None:
    with pytest.raises(IntakeError, match=f"“{heading}”") as caught:
        _cells(heading, cells)
    assert caught.value.kind == "personal_data_columns"
    assert not any(cell in str(caught.value) for cell in cells if cell)


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("举报人", [None, None]),
        ("举报人", ["匿名", "群众", "—"]),
        ("联系电话", ["0599-8888888", "/"]),
        ("负责人", ["综治办", "派出所", "社区"]),
        ("结构", ["框架", "砖混", "砖木", "石木", "钢混"]),
        ("村组", ["石桥村", "高坪村", "白水村", "方家村", "金山村"]),
        ("旧编号", ["990100202301010185", "990100202301010186"]),
        ("备注", ["核查中,电话13800000014", None, "待办", "好"]),
    ],
)
def test_other_columns_pass(heading: str, cells: list[str | None]) -> None:
    assert len(_cells(heading, cells)) == len(cells)


def test_a_dropped_column_is_not_read_at_all() -> None:
    cells = _cells("举报人", ["某甲"], drop=("举报人",))
    assert "举报人" not in cells.others


def test_mapping_a_field_to_a_column_of_persons_does_not_let_it_in() -> None:
    with pytest.raises(IntakeError, match="“举报人”"):
        _cells("举报人", ["某甲"], mapping={"text": "举报人"})


def test_a_second_column_of_the_same_heading_is_looked_at_too() -> None:
    raw = grid(
        [["线索编号", "接报时间", "地址", "联系方式", "联系方式"], ["X1", "2024-01-01", "某处", "13800000014", None]]
    )
    with pytest.raises(IntakeError, match="“联系方式”"):
        cells_of([raw], TIPS, ReadOptions())
