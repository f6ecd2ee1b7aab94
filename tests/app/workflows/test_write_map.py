"""A stand-alone map: zones and counts, single points only where they are asked for."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core.periods import NO_RECORDS
from app.desks.prints.standalone import write_map
from gis.errors import NotFound, Refused
from layers import write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from layers.profile import CityProfile
from tests.builders import communities, tips


@pytest.fixture
def stored(own_engine: sa.Engine) -> sa.Engine:
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["communities"], communities())
        write.load(connection, LAYERS["tips"], tips([(0.5, 0.5)], address=["只有内部图才有的地址"], text=["私密"]))
    return own_engine


def test_points_are_in_the_file_only_when_internal_and_that_is_kept(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    write_map(stored, LOCAL, demo_profile, "heat", tmp_path / "a.html")
    write_map(stored, LOCAL, demo_profile, "heat", tmp_path / "b.html", internal=True)
    plain, internal = ((tmp_path / name).read_text("utf-8") for name in ("a.html", "b.html"))
    assert "只有内部图才有的地址" not in plain
    assert "只有内部图才有的地址" in internal
    assert "内部资料" in internal
    assert "私密" not in internal
    with transaction(stored, LOCAL) as connection:
        kept = connection.execute(sa.text("SELECT action, layer, detail->>'file' FROM audit")).all()
    assert [tuple(row) for row in kept] == [("internal_map", "heat", "b.html")]


@pytest.mark.parametrize("name", ["zones", "heat", "community", "raid"])
def test_every_map_is_one_file_without_links(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path, name: str
) -> None:
    write_map(stored, LOCAL, demo_profile, name, tmp_path / "a.html")
    text = (tmp_path / "a.html").read_text("utf-8")
    assert "青山社区" in text
    assert re.search(r"<(script|link|img|iframe)[^>]+(src|href)=\"(?!data:)", text) is None


def test_an_unknown_map_area_or_folder_is_named(stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        write_map(stored, LOCAL, demo_profile, "people", tmp_path / "a.html")
    with pytest.raises(NotFound, match="990000000009"):
        write_map(stored, LOCAL, demo_profile, "zones", tmp_path / "a.html", area="990000000009")
    with pytest.raises(Refused, match="写不了"):
        write_map(stored, LOCAL, demo_profile, "zones", tmp_path / "no" / "a.html")
    assert list(tmp_path.iterdir()) == []


def test_a_city_without_records_has_no_day_of_its_own(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    write_map(own_engine, LOCAL, demo_profile, "zones", tmp_path / "a.html")
    assert f'"stamp":"{NO_RECORDS}"' in (tmp_path / "a.html").read_text("utf-8")
