"""Rows of a table that hold no record: totals, and the lines that systems print below what they export."""

import re
from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.intake import problems, texts

_TOTAL = (
    r"(?i)^\s*(本页|本表|本月|本期|以上|上述|全[市区县镇乡村街]|各.{0,6})?\s*(小|合|总|共|累)\s*计(数|人数|户数)?\s*"
    r"(\d+\s*[户间人条家]?|[:：(（].*)?$|^\s*(总\s*合\s*计|平均值?|(sub)?total)\s*$"
)
_NOTED = (
    "填表|填报|制表|制单|编制|审核|复核|审批|负责人|经办|联系人|联系电话|单位负责|签字|签名|盖章|打印|导出|下载|生成|查询|提取"
    "|数据来源|数据截|截至|截止|本表|以上|报送|填写|日期|操作(人|员)|第.{1,4}联"
)
_NOTE = (
    rf"^[\s　(（【]*(?:{_NOTED})[^,，\d]{{0,14}}[:：)）]"
    r"|^[\s　(（【]*(?:注|备注|说明|附注|附)\s*\d{0,2}\s*[:：.、)）]"
    r"|^[\s　]*[(（]?以下(?:空白|无正文|无内容)|^[一二三四五六七八九十]+、"
)
_THINGS = "[条行户家间人件个笔份项起处张页]"
#: what systems write below the rows: how many there are, which page this is, when and by whom it was made, the end
_PRINTED = (
    rf"(?i)^[\s　(（\[【*※—-]*(?:(?:总|一|合|本页|全部)?共(?:有|计)?\s*[:：]?\s*[\d,，]+\s*{_THINGS}"
    rf"|[\d,，]+\s*(?:rows?|records?|行|条)\s*(?:记录|数据|in set|selected|affected)?[\s)）]*$"
    r"|(?:总)?(?:记录|数据|信息|条|行)(?:条|总)?数\s*[:：]?\s*\d|(?:total|count|records?|rows?)\b[^一-鿿]*\d"
    r"|第\s*\d+\s*页|(?:page|页码|页次)\s*[:：]?\s*\d|\d+\s*[/／]\s*\d+\s*页?\s*$"
    r"|(?:exported|printed|generated|created|downloaded)\s+(?:at|on|by)\b"
    r"|[^\d,，:：]{0,8}(?:导出|打印|生成|下载|制表|填报|统计|查询|更新|截止|截至|提取)(?:时间|日期|时点)?\s*[:：]?\s*(?:19|20)\d\d"
    r"|(?:本|此)?(?:表|数据|报表|文件|清单)?由.{1,30}(?:导出|生成|打印|提供)"
    r"|(?:本页|本表|全文|表格|数据)?(?:完毕?|结束|到此为止)[\s。.)）\]】*—-]*$|(?:the\s+)?end(?:\s+of\s+.*)?[\s.*—-]*$|eof$)"
    r"|^[\s　=_*＊·.~—-]{3,}$"
)
#: such a line with its number or name in a cell of its own
_LABEL = (
    rf"[\s　]*(?:(?:{_NOTED})[^,，\d:：]{{0,10}}[:：]"
    r"|(?:数据)?(?:导出|打印|生成|下载|制表|填表|填报|审核|复核|统计|查询|更新)(?:时间|日期|人员?|单位|部门|系统)[:：]?"
    r"|(?:总|一|合)?共(?:有|计)?|第|页|[条行]记录|总?(?:记录|数据|条|行)(?:条|总)?数[:：]?)[\s　]*"
)
#: of the cells of a footer so many are lines or labels, where the row would pass for a record and where not
_HALF, _THIRD = 2, 3
_LINES = tuple(map(re.compile, (_NOTE, _PRINTED, f"^(?:{_LABEL})$")))


def footers(
    body: list[pa.ChunkedArray], needed: Collection[int], free: Collection[int], *, counts: bool
) -> problems.Mask:
    """Return which rows below the headings are totals, notes, signatures or lines of an export.

    ``needed`` are the columns of required fields, ``free`` those of free text. A row that fills all that is needed is a
    record whatever another cell of it says, but for a table of ``counts``, whose totals are filled like its records.
    """
    filled = np.array([column.is_valid().to_numpy() for column in body]).reshape(len(body), -1)
    opening = filled.argmax(axis=0)
    whole = np.asarray(filled[sorted(needed)].all(axis=0)) & bool(needed)
    found: problems.Mask = np.zeros(filled.shape[1], dtype=bool)
    for place, column in enumerate(body):
        total = texts.matches(column, _TOTAL).to_numpy()
        if not counts and place not in needed:
            total = total & (~whole | ((opening == place) & (place not in free)))
        found |= total
    first = pc.coalesce(*body)
    printed = sum(texts.matches(first, line.pattern).to_numpy() for line in _LINES)
    for row in np.flatnonzero(printed * ~found):
        cells = [column[int(row)].as_py() for column in body if column[int(row)].is_valid]
        lines = sum(any(line.search(cell) for line in _LINES) for cell in cells)
        found[row] = lines * (_HALF if whole[row] else _THIRD) >= len(cells)
    return found
