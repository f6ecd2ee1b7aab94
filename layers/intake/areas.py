"""Codes, levels, parents and names of areas, from what a file of areas or borders says and the list that is stored."""

import numpy as np
import pandas as pd

from layers.catalog import Layer
from layers.intake.community import CONTRADICTION, FORMER, REWRITTEN, SCIENTIFIC
from layers.intake.problems import Mask, Problem, refuse, warn, warn_file
from layers.intake.texts import Series, compact, nothing
from layers.profile import CityProfile

LOCAL_LEVELS = ("group", "grid", "building", "unit")
_CODE = 12
_ENDS = (("00000000", "city", 0), ("000000", "county", 4), ("000", "township", 6))
_SHOWN = 5


def completed(
    frame: pd.DataFrame, layer: Layer, profile: CityProfile, known: pd.DataFrame
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the frame with code, name, level and parent_code of each row, and refusals of codes that cannot be.

    A code that is missing follows from a name that only one known area has, a missing name from the code. For
    ``communities`` the stored name stands, and one warning names those that differ: a border file is no renaming.
    """
    frame = frame.copy()
    code, problems = _codes(frame, layer, profile, known)
    level = _levels(frame, code, layer, profile)
    right = code.str.fullmatch(profile.code_pattern).fillna(value=False).to_numpy(dtype=bool)
    strange = code.notna().to_numpy() & ~right & ~level.isin(LOCAL_LEVELS).to_numpy()
    scientific = strange & code.str.fullmatch(REWRITTEN).fillna(value=False).to_numpy(dtype=bool)
    problems += refuse("unknown_code", "code", scientific, SCIENTIFIC)
    problems += refuse("unknown_code", "code", strange & ~scientific, "代码“{value}”不合本市的编码规则")
    frame["code"], frame["level"] = code, level
    frame["parent_code"] = _parents(frame, code, level, profile)
    named, warnings = _names(frame, code, layer, known)
    frame["name"] = named
    return frame, problems + warnings


def padded(code: Series, profile: CityProfile) -> Series:
    """Codes of 6 or 9 digits with zeros to 12, where the profile's codes are Chinese."""
    if profile.parent == "none":
        return code
    short = code.str.fullmatch(r"\d{6}|\d{9}").fillna(value=False)
    return code.mask(short.astype(bool), code.str.pad(_CODE, side="right", fillchar="0")).astype("str")


def _codes(
    frame: pd.DataFrame, layer: Layer, profile: CityProfile, known: pd.DataFrame
) -> tuple[Series, list[Problem]]:
    code = padded(frame["code"], profile) if "code" in frame else nothing(len(frame))
    problems: list[Problem] = []
    if layer.key == "communities" and "former_code" in known:
        now = code.map(_lookup(known["former_code"], known["code"]))
        old = now.notna().to_numpy() & ~code.isin(known["code"]).to_numpy()
        problems += warn("former_code", "code", old, FORMER)
        code = code.mask(old, now).astype("str")
    if "name" not in frame:
        return code, problems
    wanted = known if layer.key == "areas" else known.loc[known["level"].eq("community")]
    names = wanted["name"].map(compact)
    unique = ~names.duplicated(keep=False)
    by_name = frame["name"].map(compact, na_action="ignore").map(_lookup(names[unique], wanted.loc[unique, "code"]))
    return code.where(code.notna(), by_name).astype("str"), problems


def _levels(frame: pd.DataFrame, code: Series, layer: Layer, profile: CityProfile) -> Series:
    if layer.key == "communities" or profile.parent == "none":
        told = pd.Series(["community"] * len(frame), dtype="str", index=frame.index)
    else:
        told = code.map(_level_of, na_action="ignore").astype("str")
    return frame["level"].where(frame["level"].notna(), told).astype("str") if "level" in frame else told


def _level_of(code: str) -> str:
    return next((level for ending, level, _ in _ENDS if code.endswith(ending)), "community")


def _parents(frame: pd.DataFrame, code: Series, level: Series, profile: CityProfile) -> Series:
    told = padded(frame["parent_code"], profile) if "parent_code" in frame else nothing(len(frame))
    if profile.parent == "none":
        return told
    keep = {"county": 4, "township": 6, "community": 9} | dict.fromkeys(LOCAL_LEVELS, _CODE)
    derived = [
        None if pd.isna(one) or of not in keep else one[: keep[of]].ljust(_CODE, "0")
        for one, of in zip(code, level, strict=True)
    ]
    own = told.eq(code).fillna(value=False).to_numpy(dtype=bool)
    return told.mask(own).where(told.notna() & ~own, pd.Series(derived, dtype="str")).astype("str")


def _names(frame: pd.DataFrame, code: Series, layer: Layer, known: pd.DataFrame) -> tuple[Series, list[Problem]]:
    stored = code.map(_lookup(known["code"], known["name"])).astype("str")
    told = frame["name"] if "name" in frame else nothing(len(frame))
    named = told.where(told.notna(), stored).astype("str")
    if layer.key != "communities":
        return named, []
    one, other = (names.map(compact, na_action="ignore") for names in (told, stored))
    differs: Mask = (stored.notna() & told.notna() & (one != other)).to_numpy()
    if not differs.any():
        return named, []
    anothers = differs & one.isin(known["name"].map(compact)).to_numpy() & ~_former(code, one, known)
    problems = refuse("unknown_code", "code", anothers, CONTRADICTION)
    differs = differs & ~anothers
    if not differs.any():
        return named, problems
    shown = "、".join(f"{a}(表中“{b}”)" for a, b in zip(stored[differs][:_SHOWN], told[differs][:_SHOWN], strict=True))
    warning = f"{int(differs.sum())} 个社区的名称与已存的不同,仍用已存的:{shown}"
    return named.where(~differs, stored).astype("str"), problems + warn_file("name_differs", "name", warning)


def _former(code: Series, name: Series, known: pd.DataFrame) -> Mask:
    """Which rows have the name that their area had before."""
    if "former_name" not in known:
        return np.zeros(len(code), dtype=bool)
    return np.asarray(code.map(_lookup(known["code"], known["former_name"].map(compact, na_action="ignore"))) == name)


def _lookup(keys: Series, values: Series) -> dict[str, str]:
    return {
        key: value for key, value in zip(keys, values, strict=True) if isinstance(key, str) and isinstance(value, str)
    }
