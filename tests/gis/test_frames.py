import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gis.errors import FrameError
from gis.frames import DTYPES, INCIDENTS, VISITS, Column, FrameSpec, check_frame, typed
from tests.builders import incidents, visits

SPEC = FrameSpec(
    name="venues",
    columns={
        "venue_no": Column(kind="text", required=True),
        "kind": Column(kind="text", choices=("hotel", "school")),
        "beds": Column(kind="whole", least=0),
        "area_m2": Column(kind="number"),
        "opened_on": Column(kind="day"),
        "seen_at": Column(kind="moment"),
        "open": Column(kind="flag"),
    },
    geometry=("Point",),
    geometry_required=True,
    key=("venue_no",),
)


def venues(rows=2, **columns):
    """A frame that meets the specification, but for the columns given."""
    values = {
        "venue_no": [f"V{row}" for row in range(rows)],
        "kind": ["hotel"] * rows,
        "beds": [4] * rows,
        "area_m2": [20.5] * rows,
        "opened_on": ["2020-01-01"] * rows,
        "seen_at": ["2020-01-01T08:00Z"] * rows,
        "open": [True] * rows,
    }
    typed = {
        name: pd.Series(values[name], dtype=DTYPES[SPEC.columns[name].kind]) for name in values if name not in columns
    }
    frame = pd.DataFrame(typed | {name: value for name, value in columns.items() if value is not None})
    return gpd.GeoDataFrame(frame, geometry=[shapely.Point(118, 27)] * rows, crs=4490)


def faults(frame):
    with pytest.raises(FrameError) as error:
        check_frame(frame, SPEC)
    return str(error.value)


def test_a_right_frame_is_handed_back_itself_and_further_columns_are_left_alone():
    frame = venues(note=["x", "y"])
    assert check_frame(frame, SPEC) is frame


def test_an_empty_frame_with_the_right_columns_passes():
    assert len(check_frame(venues(rows=0), SPEC)) == 0


def test_a_column_that_is_not_required_may_be_absent_and_a_required_one_may_not():
    check_frame(venues(beds=None), SPEC)
    assert "column venue_no is missing" in faults(venues(venue_no=None))


def test_every_fault_is_named_at_once_with_its_first_value():
    frame = venues(
        rows=3,
        venue_no=pd.Series(["V1", None, "V3"], dtype="str"),
        kind=pd.Series(["hotel", "castle", "moat"], dtype="str"),
        beds=pd.Series([1, -2, pd.NA], dtype="Int64"),
        area_m2=pd.Series([1, 2, 3], dtype="int64"),
    ).to_crs(4326)
    frame.loc[2, "geometry"] = shapely.LineString([(0, 0), (1, 1)])
    frame.loc[0, "geometry"] = None
    message = faults(frame)
    for part in (
        "venues: ",
        "column venue_no has no value at row 1",
        "column kind is 'castle', not one of hotel, school",
        "column beds is -2 (least 0)",
        "column area_m2 is int64, not Float64",
        "CRS is EPSG:4326, not EPSG:4490",
        "no geometry at row 0",
        "geometry is LineString, not Point",
    ):
        assert part in message


def test_a_repeated_key_is_named():
    assert "repeats: {'venue_no': 'V7'}" in faults(venues(venue_no=pd.Series(["V7", "V7"], dtype="str")))


def test_a_frame_without_geometry_and_one_without_crs_are_refused():
    assert "no active column geometry" in faults(pd.DataFrame(venues().drop(columns="geometry")))
    assert "CRS is None" in faults(venues().set_crs(None, allow_override=True))


def test_an_empty_geometry_counts_as_missing():
    frame = venues()
    frame.loc[1, "geometry"] = shapely.Point()
    assert "no geometry at row 1" in faults(frame)


@pytest.mark.parametrize(("name", "dtype"), [("opened_on", "object"), ("seen_at", "datetime64[us]"), ("open", "bool")])
def test_days_moments_and_flags_have_one_dtype_each(name, dtype):
    values = {"opened_on": [None, None], "seen_at": ["2020-01-01", "2020-01-02"], "open": [True, False]}[name]
    assert f"column {name} is" in faults(venues(**{name: pd.Series(values, dtype=dtype)}))


def test_a_metric_frame_is_in_any_projected_crs_of_metres():
    frame = visits([(500_000, 3_000_000)], [dt.date(2026, 6, 1)])
    for crs in ("EPSG:4548", "EPSG:32650"):
        check_frame(frame.set_crs(crs, allow_override=True), VISITS.metric)
    for crs in ("EPSG:4490", "EPSG:2263"):  # degrees, and New York in feet
        with pytest.raises(FrameError, match=f"CRS is {crs}, not metric"):
            check_frame(frame.set_crs(crs, allow_override=True), VISITS.metric)


@pytest.mark.parametrize(("dtype", "passes"), [("datetime64[s]", True), ("datetime64[ms]", True), ("str", False)])
def test_days_of_a_computation_are_of_any_unit(dtype, passes):
    frame = incidents([(500_000, 3_000_000)], [dt.date(2026, 6, 1)])
    frame["day"] = frame["day"].astype(dtype)
    if passes:
        check_frame(frame, INCIDENTS.metric)
    else:
        with pytest.raises(FrameError, match="column day is str"):
            check_frame(frame, INCIDENTS.metric)


def test_moments_with_a_zone_are_no_days():
    frame = incidents([(500_000, 3_000_000)], [dt.date(2026, 6, 1)])
    with pytest.raises(FrameError, match="column day is datetime64"):
        check_frame(frame.assign(day=frame["day"].dt.tz_localize("UTC")), INCIDENTS.metric)


def test_columns_without_rows_are_given_their_dtypes():
    frame = gpd.GeoDataFrame(pd.DataFrame([], columns=list(VISITS.columns)), geometry=[], crs="EPSG:4490")
    made = typed(frame, VISITS)
    assert made.dtypes.drop("geometry").astype(str).to_dict() == {
        "incident_id": "str", "day": "datetime64[s]", "kind": "str", "found": "bool", "dens": "int64",
        "community_code": "str", "place_error_m": "float64",
    }  # fmt: skip
