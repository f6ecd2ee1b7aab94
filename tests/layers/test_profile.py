"""A city profile that cannot be meant is refused as it is read, each fault named."""

from pathlib import Path

import pyproj
import pytest

from gis.errors import Refused
from layers import profile as profile_module
from layers.profile import load_profile

SETTINGS = {
    "name": '"某市"',
    "code_prefix": '"8829"',
    "code_pattern": '"^8829[0-9]{8}$"',
    "bounds": "[117.0, 26.2, 119.3, 28.4]",
    "metric_crs": '"EPSG:4548"',
}
TEXTS = ("name", "code_prefix", "code_pattern", "metric_crs", "timezone", "language", "default_datum", "parent",
         "issuing_unit", "handling_mark", "roads", "basemap", "calendar")  # fmt: skip


def profile(folder: Path, **told: str) -> Path:
    path = folder / "city.toml"
    path.write_text("".join(f"{key} = {value}\n" for key, value in (SETTINGS | told).items()), "utf-8")
    return path


@pytest.mark.parametrize("key", TEXTS)
def test_what_is_a_text_stands_in_quotes(tmp_path: Path, key: str) -> None:
    for value in ("8829", "true", "[]", "2026-01-01"):
        with pytest.raises(Refused, match=rf"^城市配置文件 city.toml 有误:{key} 的值 .* 要写在引号里$"):
            load_profile(profile(tmp_path, **{key: value}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("bounds", value) for value in ("5", '"1234"', '["117", "26", "119", "28"]', "[1, 2, 3]", "[1, 2, 3, true]")),
        *(("bounds", value) for value in ("[nan, 26.2, 119.3, 28.4]", "[119.3, 26.2, 117.0, 28.4]")),
        *(("agencies", value) for value in ("5", "[5]", '"公安"')),
        *(("alert_mail", value) for value in ("5", "{ 88 = 5 }", "{ 88 = [5] }")),
        *(("metric_crs", value) for value in ('"EPSG:3857"', '"EPSG:4490"', '"EPSG:2263"', '"某系"')),
        ("code_prefix", '"99"'),
    ],
)
def test_a_value_that_cannot_be_is_named(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(Refused, match=f"{key} 的值 .* 不对"):
        load_profile(profile(tmp_path, **{key: value}))


@pytest.mark.parametrize(
    "pattern",
    ["^8829[0-9]{8}$", "^88[0-9]{10}$", "^882[0-9]{9}$", "^[0-9]{12}$", "8{2}29.*", "88290?[0-9]*", "35.*|88.*"],
)
def test_a_prefix_that_may_begin_a_code_is_taken(tmp_path: Path, pattern: str) -> None:
    assert load_profile(profile(tmp_path, code_pattern=f'"{pattern}"')).code_prefix == "8829"


def test_a_file_that_is_named_is_there(tmp_path: Path) -> None:
    for key in ("roads", "basemap", "calendar"):
        with pytest.raises(Refused, match=f"{key} 的 .*nowhere.toml 不存在"):
            load_profile(profile(tmp_path, **{key: '"nowhere.toml"'}))
        assert getattr(load_profile(profile(tmp_path, **{key: '"city.toml"'})), key) == tmp_path / "city.toml"


def test_every_grid_of_cgcs2000_is_one_of_metres_as_proj_has_it() -> None:
    """The shortcut past PROJ holds for each of its codes."""
    for name in sorted(profile_module._CGCS2000_GRIDS):
        crs = pyproj.CRS.from_user_input(name)
        assert (crs.is_projected, crs.axis_info[0].unit_conversion_factor) == (True, 1), name
        assert crs.geodetic_crs is not None
        assert crs.geodetic_crs.to_epsg() == 4490, name
        assert crs.coordinate_operation is not None
        assert crs.coordinate_operation.method_name == "Transverse Mercator", name
