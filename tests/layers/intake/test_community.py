"""Communities by code and by name."""

import numpy as np
import pandas as pd
import pytest

from layers.intake.community import community_codes
from tests.layers.intake.builders import EAST, TWIN, areas, no_areas


def _codes(*cells: str | None) -> tuple[list[str | None], dict[str, list[int]]]:
    texts = np.array(cells, dtype=object)
    values, problems = community_codes(texts, np.full(len(texts), None), areas())
    return [None if pd.isna(value) else value for value in values], {p.kind: p.rows.tolist() for p in problems}


@pytest.mark.parametrize(
    "cell",
    [
        EAST,
        f" {EAST} ",
        f"'{EAST}",
        f'="{EAST}"',
        f"{EAST}.0",
        "９９０１０２００１００１",
        "松测社区",
        "松测 社区",
        "青样街道松测社区",
    ],
)
def test_a_code_or_an_exact_name_is_known(cell: str) -> None:
    assert _codes(cell) == ([EAST], {})


@pytest.mark.parametrize("cell", ["990102001999", "990102001", "990102", "9.90102E+11", "未知村", "同名村", "#N/A"])
def test_what_means_no_community_or_several_is_refused(cell: str) -> None:
    assert _codes(cell) == ([None], {"unknown_code": [0]})


def test_former_codes_and_names_map_with_a_warning() -> None:
    assert _codes("990102001901", "老松社区") == ([EAST, EAST], {"former_code": [0, 1]})


def test_a_short_name_of_one_community_is_taken_with_a_warning() -> None:
    assert _codes("松测") == ([EAST], {"short_name": [0]})


def test_empty_cells_and_dashes_are_empty() -> None:
    assert _codes(None, "—", "/") == ([None, None, None], {})


@pytest.mark.parametrize(
    ("code", "name", "kinds"),
    [
        (EAST, "松测社区", set()),
        (EAST, "青样街道松测社区", set()),
        (EAST, "老松社区", set()),
        ("990102001901", "松测社区", {"former_code"}),
        (TWIN, "同名村", set()),
        (EAST, "—", set()),
        (EAST, "松侧社区", {"name_differs"}),
        (EAST, "竹样社区", {"unknown_code"}),
        (EAST, "同名村", {"unknown_code"}),
        ("990102001901", "竹样社区", {"former_code", "unknown_code"}),
    ],
)
def test_a_code_and_a_name_of_two_communities_are_refused(code: str, name: str, kinds: set[str]) -> None:
    _, problems = community_codes(np.array([code], dtype=object), np.array([name], dtype=object), areas())
    assert {problem.kind for problem in problems} == kinds
    assert all(problem.warning == (problem.kind != "unknown_code") for problem in problems)


def test_the_name_stands_for_a_code_that_is_missing() -> None:
    values, problems = community_codes(
        np.array([TWIN, None], dtype=object), np.array([None, "松测社区"], dtype=object), areas()
    )
    assert (values.tolist(), problems) == ([TWIN, EAST], [])


def test_without_communities_all_are_empty_and_one_warning_says_so() -> None:
    values, problems = community_codes(np.array(["松测社区"] * 30, dtype=object), np.full(30, None), no_areas())
    assert values.isna().all()
    assert [(p.kind, p.warning, len(p.rows)) for p in problems] == [("unknown_code", True, 0)]
