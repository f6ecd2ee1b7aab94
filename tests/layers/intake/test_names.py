"""Names behind a word that announces one are found; words that only look like it, and other names, are not."""

import pytest

from layers.intake.names import names_in
from tests.layers.intake.builders import grid
from tests.layers.intake.test_odd_registers import read


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("房东张三说要交钱", ["张三"]),
        ("联系人:王小明 来过", ["王小明"]),
        ("联系人 王小明", ["王小明"]),
        ("姓名：李四，住户欧阳锋在家", ["李四", "欧阳锋"]),
        ("举报人(钱七)称每天有人进出", ["钱七"]),
        ("老板叫陈建国", ["陈建国"]),
        ("房东张三与房东张三", ["张三"]),
        ("姓名王五 性别男", ["王五"]),
        ("房东高价出租", []),
        ("举报人称楼上吵", []),
        ("房东王某", []),
        ("房东王先生", []),
        ("联系人:社区网格员", []),
        ("业主单位", []),
        ("租户常有人进出", []),
        ("张三说楼上有人", []),
    ],
)
def test_a_name_behind_a_word_that_announces_one(text: str, names: list[str]) -> None:
    assert names_in(text) == names


def test_an_import_warns_of_names_in_its_texts_and_keeps_the_rows() -> None:
    rows = [
        ["编号", "类型", "名称", "地址", "社区"],
        ["V1", "饭店", "老板牛肉面", "一路1号", "松测社区"],
        ["V2", "宾馆", "绿水宾馆", "一路2号房东张三家", "松测社区"],
    ]
    register = read(grid(rows), "venues")
    assert len(register.frame) == 2
    assert [fault.row for fault in register.warnings if fault.kind == "person_name"] == [3]
