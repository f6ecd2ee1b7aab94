"""What people write for a community (a code, a name, a short name) → its 12-digit code from the list of areas."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layers.intake.cells import Cells
from layers.intake.numbers import is_empty_mark
from layers.intake.problems import Problem, refuse, warn, warn_file
from layers.intake.texts import Series, bare_code, compact, nothing

#: the fields that may tell it, in the order in which they are asked
COMMUNITY = ("community_code", "community_name")
#: a code that a spreadsheet has rewritten: its last digits are lost
REWRITTEN = r"\d(?:\.\d+)?[Ee]\+?\d{1,2}"
_DIGITS = re.compile(r"\d{6,}")
_ENDINGS = ("社区居民委员会", "居民委员会", "村民委员会", "社区居委会", "居委会", "村委会", "社区", "村")
_SHORTEST = 2

_UNKNOWN = "社区表里没有“{value}”"
SCIENTIFIC = "“{value}”是被表格软件改成科学计数的代码,后几位已经丢了;请把这一列设为文本格式,重新填 12 位代码"
ZEROS = "社区表里没有“{value}”;末几位全是 0,像是被表格软件改过,请把这一列设为文本格式,重新填 12 位代码"
TOO_SHORT = "“{value}”不是 12 位社区代码(6 位是县,9 位是乡镇)"
AMBIGUOUS = "“{value}”有好几个,请改填 12 位社区代码"
SHORT_NAME = "“{value}”不是全称,按唯一相近的社区记"
CONTRADICTION = "“{value}”对不上:代码和名称是两个社区的,请核对是哪一个"
FORMER = "“{value}”是原来的代码或名称,按现行代码记"


@dataclass(frozen=True, slots=True)
class CodeMatch:
    """The code meant, or why there is none; ``warning`` where it is not what was written."""

    code: str | None = None
    fault: str | None = None
    warning: tuple[str, str] | None = None
    #: all that an ambiguous name may mean
    several: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Communities:
    """The communities of a list of areas by code and by each name; a name of several has several codes."""

    codes: frozenset[str]
    names: dict[str, tuple[str, ...]]
    short: dict[str, tuple[str, ...]]
    former: dict[str, str]

    @classmethod
    def of(cls, areas: pd.DataFrame) -> "Communities":
        """The communities among ``areas``, also under the name of their township before their own."""
        rows = areas.loc[areas["level"].eq("community")]
        towns = dict(zip(areas["code"], areas["name"], strict=True))
        names: dict[str, set[str]] = {}
        short: dict[str, set[str]] = {}
        for code, name, parent in zip(rows["code"], rows["name"], _texts(rows, "parent_code"), strict=True):
            own = compact(str(name))
            names.setdefault(own, set()).add(code)
            names.setdefault(compact(towns.get(parent, "")) + own, set()).add(code)
            short.setdefault(_short(own), set()).add(code)
        former = {
            old: code
            for column in ("former_code", "former_name")
            for old, code in zip(_texts(rows, column), rows["code"], strict=True)
            if old
        }
        return cls(codes=frozenset(rows["code"]), names=_sorted(names), short=_sorted(short), former=former)

    def find(self, written: str) -> CodeMatch:
        """The community that a cell means."""
        told = bare_code(written)
        if told in self.codes:
            return CodeMatch(told)
        if told in self.names:
            codes = self.names[told]
            return CodeMatch(codes[0]) if len(codes) == 1 else CodeMatch(fault=AMBIGUOUS, several=codes)
        if (now := self.former.get(told)) is not None:
            return CodeMatch(now, warning=("former_code", FORMER))
        if re.fullmatch(REWRITTEN, told):
            return CodeMatch(fault=SCIENTIFIC)
        if _DIGITS.fullmatch(told):
            lost = ZEROS if told.endswith("00000") else _UNKNOWN
            return CodeMatch(fault=lost if len(told) >= 12 else TOO_SHORT)
        near = self.short.get(_short(told), ()) if len(_short(told)) >= _SHORTEST and told == _short(told) else ()
        return CodeMatch(near[0], warning=("short_name", SHORT_NAME)) if len(near) == 1 else CodeMatch(fault=_UNKNOWN)


def community_codes(
    codes: np.typing.NDArray[np.object_], names: np.typing.NDArray[np.object_], areas: pd.DataFrame
) -> tuple[Series, list[Problem]]:
    """The community code of each row from what stands in its code column, else in its name column.

    With no community among ``areas`` every code is empty, and one warning says so.
    """
    known = Communities.of(areas)
    written = np.where(codes != np.array(None), codes, names)
    if not known.codes:
        told = "还没有导入社区,这批数据都不带社区代码;导入社区后由位置补上"
        return nothing(len(written)), warn_file("unknown_code", "community_code", told)
    where, distinct = pd.factorize(written)
    found = [*(CodeMatch() if is_empty_mark(cell) else known.find(cell) for cell in distinct), CodeMatch()]
    values = np.array([one.code for one in found], dtype=object)[where]
    problems: list[Problem] = []
    for fault in dict.fromkeys(one.fault for one in found if one.fault):
        at = np.array([one.fault == fault for one in found])[where]
        problems += refuse("unknown_code", "community_code", at, fault)
    for warning in dict.fromkeys(one.warning for one in found if one.warning):
        at = np.array([one.warning == warning for one in found])[where]
        problems += warn(warning[0], "community_code", at, warning[1])
    return pd.Series(values, dtype="str"), problems + _contradictions(codes, names, known)


def _contradictions(
    codes: np.typing.NDArray[np.object_], names: np.typing.NDArray[np.object_], known: Communities
) -> list[Problem]:
    """Refusals of rows whose name is another community's than their code, warnings where no community has the name."""
    where, there = pd.factorize(codes)[0], pd.factorize(names)[0]
    both = (where >= 0) & (there >= 0)
    if not both.any():
        return []
    pairs = where * (there.max() + 2) + there
    first = np.flatnonzero(~pd.Series(pairs).duplicated())
    refused: list[int] = []
    differs: list[int] = []
    for at in first[both[first]]:
        own, told = known.find(codes[at]), known.find(names[at])
        meant = told.several or (told.code,)
        if own.code is not None and own.code not in meant and not is_empty_mark(names[at]):
            (differs if meant == (None,) else refused).append(int(at))
    if not (refused or differs):
        return []
    problems = refuse("unknown_code", "community_code", np.isin(pairs, pairs[refused]), CONTRADICTION)
    return problems + warn(
        "name_differs",
        "community_code",
        np.isin(pairs, pairs[differs]),
        "“{value}”:社区表里这个代码的名称不同,按代码记",
    )


def titled_communities(
    cells: Cells, names: np.typing.NDArray[np.object_], areas: pd.DataFrame
) -> np.typing.NDArray[np.object_]:
    """``names`` with the one community that a sheet's titles or its own name speak of, where no column tells any."""
    known = [str(name) for name in areas.loc[areas["level"].eq("community"), "name"]]
    names = names.copy()
    for part, start in zip(cells.parts, cells.starts, strict=True):
        told = compact("".join((*part.titles, part.sheet or "")))
        found = {name for name in known if compact(name) in told}
        longest = {name for name in found if not any(name != other and name in other for other in found)}
        if len(longest) == 1 and not set(COMMUNITY) & set(part.columns):
            names[start : start + len(part.rows)] = longest.pop()
    return names


def as_written(cells: Cells) -> Series:
    """What stands for each row's community in the file itself, whatever is known of it: its code, else its name."""
    codes, names = (cells.texts(field) for field in COMMUNITY)
    where, distinct = pd.factorize(np.where(codes != np.array(None), codes, names))
    told = [*(None if is_empty_mark(cell) else bare_code(cell) for cell in distinct), None]
    return pd.Series(np.array(told, dtype=object)[where], dtype="str")


def _short(name: str) -> str:
    ending = next((ending for ending in _ENDINGS if name.endswith(ending) and len(name) > len(ending)), "")
    return name.removesuffix(ending)


def _sorted(names: dict[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(sorted(codes)) for name, codes in names.items()}


def _texts(areas: pd.DataFrame, column: str) -> list[str]:
    if column not in areas:
        return [""] * len(areas)
    return [cell if isinstance(cell, str) else "" for cell in areas[column]]
