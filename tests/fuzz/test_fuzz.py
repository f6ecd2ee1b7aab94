"""A little of the fuzzing in every run; ``make fuzz`` does ten minutes of it."""

import random
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import seeds, targets
from tests.layers.intake.builders import CITY

CELLS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(targets.HEADINGS.split("\t")),
    st.sampled_from(
        ["合计", "同上", "约80㎡", "118.11", "26.61", "2026年9月1日", "#N/A", "1e400", "-0", "９９", "=1+1", "nan", "/"]
    ),
)
ROWS = st.lists(st.lists(CELLS, max_size=14), max_size=12)


@pytest.mark.slow
@given(first=st.integers(0, 255), rows=ROWS)
@settings(max_examples=60, deadline=None)
def test_any_rows_are_understood_or_refused(first: int, rows: list[list[str]]) -> None:
    text = "\n".join("\t".join(row) for row in rows)
    targets.register(bytes([first]) + text.encode("utf-8", "ignore"))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count"), [("answers", 400), ("rows", 60), ("files", 200)])
def test_broken_bytes_break_nothing(kind: str, count: int) -> None:
    chance, whole = random.Random(7), list(getattr(seeds, kind)())  # noqa: S311
    target = {"answers": targets.answer, "rows": targets.register, "files": targets.readers}[kind]
    for number in range(count):
        target(seeds.broken(whole[number % len(whole)], chance))


@pytest.mark.slow
def test_a_broken_file_is_imported_as_reported_or_not_at_all(own_engine: sa.Engine, tmp_path: Path) -> None:
    chance = random.Random(11)  # noqa: S311
    for number, whole in enumerate(seeds.files()):
        for layer in ("rental_units", "venues")[number % 2 :]:
            targets.imports(seeds.broken(whole, chance), layer, engine=own_engine, profile=CITY, folder=tmp_path)
