"""What a user states about a file, because it is never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from layers.profile import Datum


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How to read one file. ``mapping`` is field → heading; ``drop`` names headings of columns to leave out unread."""

    datum: Datum | None = None
    crs: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    order: Literal["lonlat", "latlon"] = "lonlat"
    sheet: str | None = None
    drop: tuple[str, ...] = ()


#: nothing stated: everything is read as it says itself
AS_IT_IS = ReadOptions()
