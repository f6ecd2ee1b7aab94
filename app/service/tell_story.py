"""The one story that the demo city carries: a telephone tip, its zone, the review, the plan, the printed order."""

import datetime as dt

import shapely
import sqlalchemy as sa

from app.core.words import LEGAL_BASIS
from app.desks.actions.desk import Action, Target, new_action
from app.desks.story.desk import NAME, SOURCE_NO, story
from app.desks.tips.desk import NewTip, add_tip
from app.desks.zones.desk import Review, review_zone
from layers import actions, posts, read, runs, tips
from layers.actor import Actor
from layers.database import transaction
from layers.profile import CityProfile

_TEXT = "来电人说:这栋楼里每天早上有二十多个外地口音的人进进出出,窗户一直拉着帘子,夜里还听到有人讲课。"
DESK, OFFICE = "线索受理岗", "联席会议办公室"
TARGETS = 3
LATER = dt.timedelta(days=7)
OPENS, CLOSES = dt.time(6, 30), dt.time(8, 30)
VALID = dt.timedelta(days=60)
CALLED = dt.time(18, 30)


def tell_story(engine: sa.Engine, actor: Actor, profile: CityProfile, *, now: dt.datetime) -> None:
    """Let the story happen around the gravest zone; nothing where it has happened or where no zone has three premises.

    Raises:
        Refused: there are no roads or too few teams in this city.
    """
    with transaction(engine, actor) as connection:
        analysis = runs.last(connection, "analysis")
        zone_id = None if story(connection) else _zone(connection)
        if analysis is None or zone_id is None:
            return
        for post in (DESK, OFFICE):
            if not posts.is_on_duty(connection, post):
                posts.add(connection, post, area_code=profile.city_code)
        expires_on = tips.today(connection) + VALID
        reason = "多个独立来源指向同一栋楼,其中有已核实的,同意列为重点关注区,先走访核查"
        review = Review(reason=reason, expires_on=expires_on, grade="red")
        review_zone(connection, actor.at(OFFICE), zone_id, review)
        premises = actions.premises_in_zone(connection, zone_id)[:TARGETS]
        lon, lat = shapely.get_coordinates(premises.geometry.iloc[0])[0].tolist()
        told = NewTip(text=_TEXT, source_no=SOURCE_NO, category="聚集式传销", lon=lon, lat=lat)
        add_tip(connection, actor.at(DESK), profile, told, received=_evening_before(analysis["until"], profile))
    day = now.astimezone(profile.zone).date() + LATER
    since, until = (dt.datetime.combine(day, time, profile.zone) for time in (OPENS, CLOSES))
    asked = Action(
        name=NAME,
        since=since,
        until=until,
        agencies=profile.agencies,
        targets=tuple(_target(place, zone_id, number) for number, place in enumerate(premises["place"], 1)),
    )
    new_action(engine, actor.at(DESK), profile, asked, now=now, planned=True)


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
        "legal_basis": LEGAL_BASIS,
        "authority": "县市场监督管理局",
        "document_no": f"演示市监检〔{number:02d}〕号",
        "police_document_no": f"演示公检字〔{number:02d}〕号",
    }
    return Target(place=place, zone_id=zone_id, documents=documents)
