"""The one story that the demo city carries: a telephone tip, its zone, the review, the plan, the printed order."""

import datetime as dt
from dataclasses import dataclass

import shapely
import sqlalchemy as sa

from app.desks.actions.desk import Action, Author, Target, new_action
from app.desks.tips.desk import NewTip, add_tip
from app.desks.zones.desk import Review, review_zone
from gis.errors import NotFound
from layers import actions, read, tips
from layers.database import transaction
from layers.profile import CityProfile

NAME = "演示:三处点位统一行动"
SOURCE_NO = "演示-12315-0001"
TEXT = "来电人说:这栋楼里每天早上有二十多个外地口音的人进进出出,窗户一直拉着帘子,夜里还听到有人讲课。"
DESK, OFFICE = "线索受理岗", "联席会议办公室"
TARGETS = 3
LATER = dt.timedelta(days=7)
OPENS, CLOSES = dt.time(6, 30), dt.time(8, 30)
VALID = dt.timedelta(days=60)
CALLED = dt.time(18, 30)


@dataclass(frozen=True, kw_only=True)
class Story:
    """What the pages of the story show."""

    tip_id: int
    zone_id: str
    action_id: int


def tell_story(engine: sa.Engine, profile: CityProfile, *, now: dt.datetime) -> None:
    """Let the story happen around the gravest zone; nothing where it has happened or where no zone has three premises.

    Raises:
        Refused: there are no roads or too few teams in this city.
    """
    with transaction(engine) as connection:
        analysis = read.last_analysis(connection)
        zone_id = None if story(connection) else _zone(connection)
        if analysis is None or zone_id is None:
            return
        expires_on = tips.today(connection) + VALID
        reason = "多个独立来源指向同一栋楼,其中有已核实的,同意列为重点关注区,先走访核查"
        review_zone(connection, zone_id, Review(post=OFFICE, reason=reason, expires_on=expires_on, grade="red"))
        premises = actions.premises_in_zone(connection, zone_id)[:TARGETS]
        lon, lat = shapely.get_coordinates(premises.geometry.iloc[0])[0].tolist()
        told = NewTip(text=TEXT, source_no=SOURCE_NO, category="聚集式传销", lon=lon, lat=lat)
        add_tip(connection, profile, told, post=DESK, received=_evening_before(analysis["until"], profile))
    day = now.astimezone(profile.zone).date() + LATER
    since, until = (dt.datetime.combine(day, time, profile.zone) for time in (OPENS, CLOSES))
    asked = Action(
        name=NAME,
        since=since,
        until=until,
        agencies=profile.agencies,
        targets=tuple(_target(place, zone_id, number) for number, place in enumerate(premises["place"], 1)),
    )
    new_action(engine, profile, asked, now=now, planned=True, by=Author(post=DESK))


def story(connection: sa.Connection) -> Story | None:
    """The story as it was told; None where it was not, or where a part of it is gone."""
    try:
        action_id = int(actions.action(connection, NAME)["action_id"])
    except NotFound:
        return None
    zone_id = next(iter(actions.targets(connection, action_id)["zone_id"].dropna()), None)
    tip_id = tips.from_source(connection, SOURCE_NO)
    return None if zone_id is None or tip_id is None else Story(tip_id=tip_id, zone_id=zone_id, action_id=action_id)


def _zone(connection: sa.Connection) -> str | None:
    zones = read.risk_zones(connection)
    suspected = zones[zones["reviewed_on"].isna() & ~zones["expired"]].sort_values(
        ["score", "zone_id"], ascending=[False, True]
    )
    for zone_id, shape in zip(suspected["zone_id"], suspected.geometry, strict=True):
        if len(actions.premises_in_box(connection, shape.bounds)) >= TARGETS:
            return str(zone_id)
    return None


def _evening_before(until: dt.date, profile: CityProfile) -> dt.datetime:
    """On the last day of the analysis: a new one of this city ends with that day too, whatever the clock says."""
    return dt.datetime.combine(until - dt.timedelta(days=1), CALLED, profile.zone)


def _target(place: str, zone_id: str, number: int) -> Target:
    documents = {
        "evidence": "三个独立来源的线索,走访两次见到授课用的白板和登记表",
        "legal_basis": "《禁止传销条例》第十四条",
        "authority": "县市场监督管理局",
        "document_no": f"演示市监检〔{number:02d}〕号",
        "police_document_no": f"演示公检字〔{number:02d}〕号",
    }
    return Target(place=place, zone_id=zone_id, documents=documents)
