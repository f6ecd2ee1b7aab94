"""The walk through the demo city: which tip, zone and action it leads along."""

from dataclasses import dataclass

import sqlalchemy as sa

from gis.errors import NotFound
from layers import actions, tips

NAME = "演示:三处点位统一行动"
SOURCE_NO = "演示-12315-0001"


@dataclass(frozen=True, kw_only=True)
class Story:
    """What the pages of the story show."""

    tip_id: int
    zone_id: str
    action_id: int


def story(connection: sa.Connection) -> Story | None:
    """The story as it was told; None where it was not, or where a part of it is gone."""
    try:
        action_id = int(actions.action(connection, NAME)["action_id"])
    except NotFound:
        return None
    zone_id = next(iter(actions.targets(connection, action_id)["zone_id"].dropna()), None)
    tip_id = tips.from_source(connection, SOURCE_NO)
    return None if zone_id is None or tip_id is None else Story(tip_id=tip_id, zone_id=zone_id, action_id=action_id)
