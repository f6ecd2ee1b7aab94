"""Names of persons that a text itself announces: behind 姓名, 房东, 举报人 and their like. They are warned about.

Other names are not found: what is a name and what a shop or a village is told by no list. Nothing is masked here.
"""

import re
import unicodedata
from functools import cache

import numpy as np

from layers.intake import lexicon
from layers.intake.texts import Series, arrow, matches

#: RE2, run over every cell: the words that a name may follow
ANNOUNCED = (
    "姓名|名字|住户|户主|房东|房主|业主|房客|租客|租户|承租人|出租人|联系人|举报人|投诉人|报案人|报警人|来电人|信访人"
    "|当事人|嫌疑人|受害人|被害人|证人|负责人|经营者|老板|法人|法定代表人|头目|组织者|讲师|家属|亲属"
)
NAMED = "{title}里好像有人名;本系统不记人名,请在原表里改掉再导入"
#: What may follow a name where the sentence goes on.
_GOES_ON = "说称讲在住是有把叫跟和与等的到及也将向带找被从"
_NOBODY = re.compile(".某|.{1,2}(?:先生|女士)|居民|单位|社区|公司|本人|管理|安全|村委|群众|成员|任何")


def names_in(text: str) -> list[str]:
    """The names that stand in ``text`` behind a word that announces one, each once."""
    found = (match["marked"] or match["bare"] for match in _pattern().finditer(unicodedata.normalize("NFKC", text)))
    return list(dict.fromkeys(name for name in found if not _NOBODY.match(name)))


def warning(*texts: str) -> str:
    """What to say of the names in these texts, "" where there is none."""
    names = "、".join(f"“{name}”" for name in dict.fromkeys(name for text in texts for name in names_in(text)))
    return f"好像写了人名:{names}。本系统管地点不管人,请改成不写姓名" if names else ""


def name_series(texts: Series) -> np.typing.NDArray[np.bool_]:
    """Which cells of a column hold such a name."""
    suspect = matches(arrow(texts), ANNOUNCED).to_numpy()
    hit = np.zeros(len(texts), dtype=bool)
    hit[suspect] = [bool(names_in(text)) for text in texts[suspect]]
    return hit


@cache
def _pattern() -> re.Pattern[str]:
    """A surname and one or two letters: as many as there are behind a mark, elsewhere where the name can end there."""
    name = rf"{lexicon.surname_pattern()}[\u4e00-\u9fff]{{1,2}}"
    ended = rf"{name}?(?=[{_GOES_ON}]|[^\u4e00-\u9fff]|$)"
    return re.compile(
        rf"(?:{ANNOUNCED})\s*(?:姓名|名字)?\s*"
        rf"(?:[:=(,]\s*(?P<marked>{ended}|{name})|(?:名?叫|是|为|系)?\s*(?P<bare>{ended}))"
    )
