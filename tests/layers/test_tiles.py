"""Where a tile lies, and what a query for it asks."""

import pytest
import sqlalchemy as sa

from layers import tiles
from layers.catalog import LAYERS
from layers.write import load
from tests import builders


def test_a_tile_and_what_is_asked_around_it_are_a_box_in_degrees() -> None:
    assert tiles.bounds(1, 1, 0) == pytest.approx((0, 0, 180, 85.0511), abs=1e-4)
    west, south, east, north = tiles.bounds(1, 1, 0, margin=0.125)
    assert (west, south) == (pytest.approx(-22.5), pytest.approx(-21.94, abs=0.01))
    assert (east, north) == (180, pytest.approx(85.0511, abs=1e-4))


def test_the_whole_world_is_no_wider_than_itself() -> None:
    assert tiles.bounds(0, 0, 0, margin=1) == pytest.approx((-180, -85.0511, 180, 85.0511), abs=1e-4)


@pytest.mark.parametrize("zoom", [10, 14])
def test_a_place_by_the_edge_stands_in_one_tile(connection: sa.Connection, zoom: int) -> None:
    # the edge between two tiles lies at longitude 0
    load(connection, LAYERS["tips"], builders.tips([(1e-7, 0.001)]))
    middle = 2 ** (zoom - 1)
    west, east = (
        tiles.tile(connection, "tips", zoom=zoom, column=column, row=middle - 1) for column in (middle - 1, middle)
    )
    assert west == b""
    assert east != b""


def test_an_area_reaches_over_the_edge(connection: sa.Connection) -> None:
    load(connection, LAYERS["communities"], builders.communities())
    assert b"990101001001" in tiles.tile(connection, "areas", zoom=8, column=127, row=127)


@pytest.mark.parametrize("layer", tiles.FIELDS)
def test_private_text_is_in_no_tile(layer: str) -> None:
    assert not {field.name for field in LAYERS[layer].fields if field.private} & set(tiles.FIELDS[layer])
