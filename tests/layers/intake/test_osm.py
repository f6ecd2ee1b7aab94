"""OpenStreetMap files in the locked-down child."""

from pathlib import Path

import pytest
import shapely

from gis import osm
from gis.errors import IntakeError
from layers.intake.sandbox import open_file


@pytest.mark.parametrize("name", ["krems", "andorra"])
def test_the_child_reads_the_same_roads_as_the_plain_reader(shared_data: Path, name: str) -> None:
    path = shared_data / "roads" / f"{name}.osm.pbf"
    (table,) = open_file(path)
    plain = osm.roads(str(path))
    assert table.table.num_rows == len(plain) > 100
    assert table.crs == "OGC:CRS84"
    assert table.table.column_names == ["class", "name", "speed_kmh", "oneway"]
    assert table.wkb is not None
    for column in ("class", "speed_kmh", "oneway"):
        assert table.table[column].to_pylist() == plain[column].tolist()
    assert shapely.equals(shapely.from_wkb(table.wkb.to_numpy(zero_copy_only=False)), plain.geometry.to_numpy()).all()


def test_a_damaged_file_is_refused_whole(shared_data: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "half.osm.pbf"
    damaged.write_bytes((shared_data / "roads" / "krems.osm.pbf").read_bytes()[:100_000])
    with pytest.raises(IntakeError) as refused:
        list(open_file(damaged))
    assert refused.value.kind == "not_readable"
