"""Named reads: what a cut holds, what stays private, and what the figures mean."""

import datetime as dt

import pandas as pd
import pytest
import sqlalchemy as sa

from gis.errors import NotFound
from gis.frames import INCIDENTS, LEGS, PREMISES, VISITS, ZONES, check_frame
from gis.workdays import Calendar
from layers import actions, read, write
from layers import tips as desk_tips
from layers.catalog import LAYERS
from layers.measures import areas_measured, first_incident
from layers.read import Cut
from layers.schema.tables.results import risk_zones
from tests.builders import CODES, communities, raids, tips

A, B = CODES
CITY = "990000000000"
SINCE, UNTIL = dt.date(2026, 1, 1), dt.date(2026, 2, 1)
CALENDAR = Calendar()


def test_a_layer_comes_back_as_a_checked_frame_without_private_text(connection: sa.Connection) -> None:
    write.load(connection, LAYERS["tips"], tips([(0.5, 0.5)], text=["某人上门"], verified=[True]))
    frame = read.layer(connection, "tips")
    assert "text" not in frame.columns
    assert frame.crs == "EPSG:4490"
    assert str(frame["received_at"].dtype) == "datetime64[us, UTC]"
    assert frame.iloc[0][["tip_no", "verified"]].to_list() == ["T0", True]


def test_an_empty_layer_is_an_empty_frame_with_its_columns(connection: sa.Connection) -> None:
    frame = read.layer(connection, "venues")
    assert len(frame) == 0
    assert {"name", "kind", "community_code", "geometry"} <= set(frame.columns)


def test_an_unknown_layer_is_not_found(connection: sa.Connection) -> None:
    with pytest.raises(NotFound, match="没有名为"):
        read.layer(connection, "persons")


def test_a_cut_holds_the_half_open_period_of_the_citys_own_days(connection: sa.Connection) -> None:
    moments = [pd.Timestamp(day, tz="Asia/Shanghai") for day in ("2025-12-31 23:59", "2026-01-01", "2026-02-01")]
    write.load(connection, LAYERS["tips"], tips([(0.1, 0.1)] * 3, received_at=moments))
    cut = Cut(since=SINCE, until=UNTIL)
    assert read.layer(connection, "tips", cut)["tip_no"].to_list() == ["T1"]
    assert read.count(connection, "tips", cut) == 1


def test_a_cut_by_box_prefix_and_limit(connection: sa.Connection) -> None:
    write.load(connection, LAYERS["communities"], communities())
    write.load(connection, LAYERS["tips"], tips([(0.5, 0.5), (1.5, 0.5), (1.6, 0.5)]))
    assert read.count(connection, "tips", Cut(bbox=(1, 0, 2, 1), limit=1)) == 2
    assert len(read.layer(connection, "tips", Cut(bbox=(1, 0, 2, 1), limit=1))) == 1
    assert read.layer(connection, "tips", Cut(prefix=A))["tip_no"].to_list() == ["T0"]
    assert read.layer(connection, "communities", Cut(prefix=B))["code"].to_list() == [B]


def test_incidents_are_standing_tips_and_raids_that_found_a_den(connection: sa.Connection) -> None:
    statuses = ["new", "duplicate", "rejected", "accepted"]
    write.load(connection, LAYERS["tips"], tips([(0.5, 0.5)] * 4, status=statuses))
    write.load(connection, LAYERS["raids"], raids([A, A], outcome=["found", "nothing"], dens=[2, 0]))
    found = read.incidents(connection, since=SINCE, until=UNTIL)
    assert found["kind"].to_list() == ["tip", "tip", "finding"]
    assert found.loc[found["kind"] == "finding", "dens"].to_list() == [2]
    assert found.geometry.isna().to_list() == [False, False, True]


def test_visits_are_raids_whose_outcome_is_known(connection: sa.Connection) -> None:
    outcomes = ["found", "nothing", "unknown", None]
    write.load(connection, LAYERS["raids"], raids([A] * 4, outcome=outcomes, dens=[2, 0, None, None], kind=["ban"] * 4))
    made = read.visits(connection, since=SINCE, until=UNTIL)
    assert made["found"].to_list() == [True, False]
    assert made["dens"].to_list() == [2, 0]
    assert made["kind"].to_list() == ["ban", "ban"]
    assert made["incident_id"].str.startswith("raid:").all()
    assert len(read.visits(connection, since=UNTIL, until=SINCE)) == 0


def test_premises_are_points_with_their_rooms_and_nothing_of_who_lives_there(connection: sa.Connection) -> None:
    row = "INSERT INTO {} (address, rooms, {}, identity, geom) VALUES ('甲', {}, {}, md5('{}')::uuid, {})"
    point = "ST_SetSRID(ST_MakePoint(0.5, 0.5), 4490)"
    for values in (("rental_units", "occupants", "3", "40", "a", point), ("venues", "name", "NULL", "'乙'", "b", point),
                   ("venues", "name", "9", "'丙'", "c", "NULL")):  # fmt: skip
        connection.execute(sa.text(row.format(*values)))
    found = read.premises(connection)
    assert set(found.columns) == {"rooms", "geometry"}
    assert sorted(found["rooms"].fillna(0)) == [0, 3]


def test_no_incidents_are_an_empty_frame(connection: sa.Connection) -> None:
    assert len(read.incidents(connection, since=SINCE, until=UNTIL)) == 0


def test_figures_count_the_period_and_call_a_community_free_only_when_it_was_checked(connection: sa.Connection) -> None:
    write.load(connection, LAYERS["communities"], communities())
    due = [pd.Timestamp("2026-01-20"), pd.Timestamp("2026-03-01"), pd.Timestamp("2026-01-20")]
    new = tips([(0.5, 0.5)] * 3, status=["new", "new", "accepted"], verified=[True, False, False], due_on=due)
    write.load(connection, LAYERS["tips"], new)
    write.load(connection, LAYERS["raids"], raids([A], outcome=["nothing"], rescued=[3]))
    figures = read.figures(connection, since=SINCE, until=UNTIL, calendar=CALENDAR)
    expected = {"tips": 3, "verified": 1, "overdue": 1, "rescued": 3, "communities": 2, "free": 1, "unreported": 1}
    assert {name: figures[name] for name in expected} == expected
    assert read.figures(connection, since=SINCE, until=UNTIL, calendar=CALENDAR, prefix=B)["tips"] == 0


def test_a_closed_month_stays_as_it_was_whatever_becomes_of_its_tips(connection: sa.Connection) -> None:
    write.load(connection, LAYERS["communities"], communities())
    due = [pd.Timestamp("2026-01-20")] * 4
    told = tips([(0.5, 0.5)] * 4, status=["new", "new", "accepted", "new"], due_on=due)
    write.load(connection, LAYERS["tips"], told)

    def of_january(**how: bool) -> tuple[int, int, int]:
        until = dt.date(2026, 2, 1)
        counted = read.figures(connection, since=SINCE, until=until, calendar=CALENDAR, **how)  # type: ignore[arg-type]
        cut = Cut(since=SINCE, until=until, level="community")
        return counted["tips"], counted["overdue"], int(areas_measured(connection, cut, **how)["tips"].sum())

    assert of_january() == (4, 3, 4)
    first, second, third = (desk_tips.numbered(connection, number) for number in ("T0", "T1", "T2"))
    for tip, step in ((first, "accepted"), (second, "duplicate"), (third, "duplicate"), (first, "rejected")):
        desk_tips.keep_step(connection, tip, step=step, reason="", post="受理岗")
        desk_tips.move(connection, tip, {"status": step})
    assert of_january() == (4, 3, 4)  # these steps are of today, months later
    assert of_january(is_open=True) == (1, 1, 1)
    # the register of another system takes its last tip back in August: January keeps it
    write.load(connection, LAYERS["tips"], told.assign(status=["rejected", "duplicate", "duplicate", "rejected"]))
    assert of_january() == (4, 3, 4)
    assert of_january(is_open=True) == (0, 0, 0)
    assert [step["post"] for step in desk_tips.steps(connection, desk_tips.numbered(connection, "T3"))] == ["导入"]
    assert [step["post"] for step in desk_tips.steps(connection, first)] == ["受理岗", "受理岗"]


def test_a_step_before_the_end_of_the_month_counts_and_one_after_it_does_not(connection: sa.Connection) -> None:
    write.load(connection, LAYERS["communities"], communities())
    write.load(connection, LAYERS["tips"], tips([(0.5, 0.5)], due_on=[pd.Timestamp("2026-01-20")]))
    row = (
        "INSERT INTO tip_steps (tip_id, step, post, at, status_before)"
        " SELECT tip_id, :step, '受理岗', :at, :before FROM tips"
    )
    steps = (("accepted", "2026-01-31T23:59+08", "new"), ("duplicate", "2026-02-01T00:01+08", "accepted"))
    for step, at, before in steps:
        connection.execute(sa.text(row), {"step": step, "at": at, "before": before})
    connection.execute(sa.text("UPDATE tips SET status = 'duplicate'"))
    counted = [
        tuple(
            read.figures(connection, since=SINCE, until=until, calendar=CALENDAR)[name] for name in ("tips", "overdue")
        )
        for until in (dt.date(2026, 1, 31), dt.date(2026, 2, 1), dt.date(2026, 2, 2))
    ]
    assert counted == [(1, 1), (1, 0), (0, 0)]


def test_a_tip_without_a_due_day_is_overdue_fifteen_working_days_after_receipt(connection: sa.Connection) -> None:
    # the first two are due on Friday 30 January, the last on 2 February
    told = ["2026-01-09T04:00Z", "2026-01-11T04:00Z", "2026-01-12T04:00Z"]
    received = pd.to_datetime(told, utc=True).astype("datetime64[us, UTC]")
    write.load(connection, LAYERS["tips"], tips([(0.5, 0.5)] * 3, status=["new"] * 3, received_at=received))
    assert read.figures(connection, since=SINCE, until=UNTIL, calendar=CALENDAR)["overdue"] == 2


def test_figures_of_an_empty_database_are_zeros(connection: sa.Connection) -> None:
    assert set(read.figures(connection, since=SINCE, until=UNTIL, calendar=CALENDAR).values()) == {0}


def test_a_zone_counts_until_the_day_it_lapses_and_a_closed_period_keeps_its_free_communities(
    connection: sa.Connection,
) -> None:
    write.load(connection, LAYERS["communities"], communities())
    write.load(connection, LAYERS["raids"], raids([A], outcome=["nothing"]))
    zone = {
        "zone_id": "z", "area_code": A, "grade": "red", "score": 1, "own_raid_share": 0, "tips": 1, "sources": 1,
        "findings": 0, "radius_m": 1, "expected": 1, "since": SINCE, "until": UNTIL, "expires_on": "2026-02-10",
        "reasons": [], "evidence": [], "method": "m", "geom": "SRID=4490;MULTIPOLYGON(((0 0,1 0,1 1,0 0)))",
    }  # fmt: skip
    connection.execute(risk_zones.insert(), [zone])
    for day, expired in ((9, False), (10, True), (11, True)):
        today = dt.date(2026, 2, day)
        figures = read.figures(connection, since=SINCE, until=UNTIL, calendar=CALENDAR, today=today)
        assert (figures["red"], figures["free"]) == (int(not expired), 0)
        assert read.risk_zones(connection, today=today)["expired"].tolist() == [expired]


def test_a_found_den_ends_being_free(connection: sa.Connection) -> None:
    write.load(connection, LAYERS["communities"], communities())
    write.load(connection, LAYERS["raids"], raids([A, A], outcome=["nothing", "found"], dens=[0, 1]))
    assert read.figures(connection, since=SINCE, until=UNTIL, calendar=CALENDAR)["free"] == 0


def test_the_county_table_has_a_row_for_each_county(connection: sa.Connection) -> None:
    county = communities().iloc[[0]].assign(code="990101000000", name="云溪县", level="county")
    write.load(connection, LAYERS["areas"], county)
    write.load(connection, LAYERS["communities"], communities())
    write.load(connection, LAYERS["tips"], tips([(0.5, 0.5), (1.5, 0.5)]))
    table = read.county_table(connection, since=SINCE, until=UNTIL, calendar=CALENDAR)
    assert table[["code", "name", "tips", "communities"]].to_numpy().tolist() == [["990101000000", "云溪县", 2, 2]]


def test_a_city_without_counties_has_an_empty_county_table(connection: sa.Connection) -> None:
    write.load(connection, LAYERS["communities"], communities())
    table = read.county_table(connection, since=SINCE, until=UNTIL, calendar=CALENDAR)
    assert len(table) == 0
    assert {"code", "name", "tips", "free"} <= set(table.columns)


def test_a_short_code_names_the_county_it_begins(connection: sa.Connection) -> None:
    county = communities().iloc[[0]].assign(code="990101000000", name="云溪县", level="county")
    write.load(connection, LAYERS["areas"], county)
    assert read.prefix_of(connection, "990101", city=CITY) == "990101"


def test_the_prefix_of_an_area_is_what_its_rows_share(connection: sa.Connection) -> None:
    write.load(connection, LAYERS["communities"], communities())
    assert read.prefix_of(connection, A, city=CITY) == A
    with pytest.raises(NotFound):
        read.prefix_of(connection, "990000000001", city=CITY)


def test_the_code_of_the_city_means_all_of_it_also_where_its_own_area_is_not_stored(connection: sa.Connection) -> None:
    for code in (CITY, "990000"):
        assert read.prefix_of(connection, code, city=CITY) == ""
    city = communities().iloc[[0]].assign(code=CITY, name="演示市", level="city", identity=CITY)
    write.load(connection, LAYERS["areas"], city)
    assert read.prefix_of(connection, CITY, city=CITY) == ""
    with pytest.raises(NotFound):
        read.prefix_of(connection, "980000000000", city=CITY)


def test_the_newest_incident_is_a_tip_or_a_raid(connection: sa.Connection) -> None:
    today = dt.date(2026, 3, 1)
    assert read.newest_incident(connection, today=today) is None
    write.load(connection, LAYERS["tips"], tips([(0.5, 0.5)]))
    write.load(connection, LAYERS["raids"], raids([A]))
    assert read.newest_incident(connection, today=today) == dt.date(2026, 1, 15)


def test_a_record_of_the_future_is_never_the_newest_whichever_register_holds_it(connection: sa.Connection) -> None:
    days = [pd.Timestamp(day, tz="Asia/Shanghai") for day in ("2026-01-10 23:59", "2026-01-11 00:00", "2031-01-01")]
    write.load(connection, LAYERS["tips"], tips([(0.5, 0.5)] * 3, received_at=days))
    write.load(connection, LAYERS["raids"], raids([A]))  # of 15 January
    for today, newest in (("2026-01-10", "2026-01-10"), ("2026-01-11", "2026-01-11"), ("2026-01-20", "2026-01-15")):
        found = read.newest_incident(connection, today=dt.date.fromisoformat(today))
        assert found == dt.date.fromisoformat(newest)
    assert read.newest_incident(connection, today=dt.date(2026, 1, 9)) is None


def test_a_record_from_before_there_were_any_is_never_the_oldest(connection: sa.Connection) -> None:
    days = [pd.Timestamp(day, tz="Asia/Shanghai") for day in ("1979-12-31 23:59", "1980-01-01 00:00", "2026-01-11")]
    write.load(connection, LAYERS["tips"], tips([(0.5, 0.5)] * 3, received_at=days))
    assert first_incident(connection) == dt.date(1980, 1, 1)


def test_frames_of_an_empty_city_have_the_columns_and_dtypes_of_full_ones(connection: sa.Connection) -> None:
    for spec, frame in (
        (INCIDENTS, read.incidents(connection, since=SINCE, until=UNTIL)),
        (VISITS, read.visits(connection, since=SINCE, until=UNTIL)),
        (PREMISES, read.premises(connection)),
        (ZONES, read.risk_zones(connection)),
        (LEGS, actions.legs(connection, 1)),
    ):
        assert len(check_frame(frame, spec)) == 0
        assert set(spec.columns) <= set(frame.columns)
