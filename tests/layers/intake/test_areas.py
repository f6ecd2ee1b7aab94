"""Codes, levels, parents and names of areas."""

from typing import Any

import pandas as pd

from layers.catalog import layer_named
from layers.intake.areas import completed
from layers.profile import CityProfile
from tests.layers.intake.builders import CITY, EAST, WEST, areas, no_areas

AREAS, COMMUNITIES = layer_named("areas"), layer_named("communities")


def _completed(
    columns: dict[str, list[Any]], layer: Any = AREAS, known: Any = None, profile: CityProfile = CITY
) -> tuple[pd.DataFrame, dict[str, list[int]]]:
    frame = pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in columns.items()})
    done, problems = completed(frame, layer, profile, no_areas() if known is None else known)
    kinds = {p.kind for p in problems}
    return done, {kind: sorted(row for p in problems if p.kind == kind for row in p.rows.tolist()) for kind in kinds}


def test_short_codes_are_padded_and_their_length_is_the_level() -> None:
    done, faults = _completed(
        {"code": ["9901", "990102", "990102001", EAST, "990100000000"], "name": ["市", "区", "街道", "社区", "市"]}
    )
    assert done["code"].tolist()[1:] == ["990102000000", "990102001000", EAST, "990100000000"]
    assert done["level"].tolist()[1:] == ["county", "township", "community", "city"]
    assert done["parent_code"].tolist()[1:4] == ["990100000000", "990102000000", "990102001000"]
    assert faults == {"unknown_code": [0]}


def test_codes_of_another_city_and_broken_ones_are_refused() -> None:
    _, faults = _completed({"code": ["350702001001", "9.90102E+11", "99010200100A"], "name": ["甲"] * 3})
    assert faults["unknown_code"] == [0, 1, 2]


def test_local_levels_keep_their_local_codes_under_the_community() -> None:
    done, faults = _completed({"code": [f"{EAST}-03"], "name": ["第3组"], "level": ["group"]})
    assert (done["level"][0], done["parent_code"][0], faults) == ("group", EAST, {})


def test_a_missing_code_follows_from_an_exact_name_and_a_missing_name_from_the_code() -> None:
    done, _ = _completed({"code": [None, EAST, None], "name": ["竹样社区", None, "竹样社区(西)"]}, COMMUNITIES, areas())
    assert done["code"].tolist()[:2] == [WEST, EAST]
    assert done["name"].tolist()[1] == "松测社区"
    assert pd.isna(done["code"][2])


def test_a_border_file_renames_nobody_but_a_list_of_areas_does() -> None:
    columns = {"code": [EAST], "name": ["松侧社区"]}
    kept, faults = _completed(columns, COMMUNITIES, areas())
    assert (kept["name"][0], faults) == ("松测社区", {"name_differs": []})
    renamed, _ = _completed(columns, AREAS, areas())
    assert renamed["name"][0] == "松侧社区"


def test_a_border_under_the_name_of_another_community_is_refused_and_a_former_name_is_not() -> None:
    columns = {"code": [EAST, WEST, EAST], "name": ["竹样社区", "竹样社区", "老松社区"]}
    kept, faults = _completed(columns, COMMUNITIES, areas())
    assert faults == {"unknown_code": [0], "name_differs": []}
    assert kept["name"].tolist()[1:] == ["竹样社区", "松测社区"]


def test_a_former_code_maps_to_the_one_in_force() -> None:
    done, faults = _completed({"code": ["990102001901"], "name": ["松测社区"]}, COMMUNITIES, areas())
    assert (done["code"][0], faults) == (EAST, {"former_code": [0]})


def test_a_profile_without_parents_takes_codes_as_they_are() -> None:
    other = CityProfile(
        name="P",
        code_prefix="P",
        code_pattern="^[0-9]{3}$",
        bounds=(-123, 45, -122, 46),
        metric_crs="EPSG:32610",
        parent="none",
    )
    done, faults = _completed({"code": ["510"], "name": ["510"]}, COMMUNITIES, profile=other)
    assert (done["code"][0], done["level"][0], faults) == ("510", "community", {})
    assert pd.isna(done["parent_code"][0])
