import itertools
import json

import pytest

from app.maps import styles
from layers.catalog import VENUE_KINDS


def _luminance(colour: str) -> float:
    """WCAG's relative luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_venue_symbols_follow_the_catalogue_and_no_two_look_alike() -> None:
    symbols = styles.SYMBOLS["venues"]
    assert list(symbols) == list(VENUE_KINDS)
    assert [symbol.title for symbol in symbols.values()] == list(VENUE_KINDS.values())
    assert len({symbol.shape for symbol in symbols.values()}) == len(symbols)


def test_every_symbol_has_a_shape_that_can_be_drawn() -> None:
    shapes = {symbol.shape for kinds in styles.SYMBOLS.values() for symbol in kinds.values()}
    assert shapes <= {*styles.SHAPES, "circle"}


def test_grades_differ_in_pattern_word_and_lightness() -> None:
    grades = list(styles.GRADES.values())
    assert len({grade.pattern for grade in grades}) == len({grade.title for grade in grades}) == 3
    assert all(_contrast(a.fill, b.fill) > 1.5 for a, b in itertools.combinations(grades, 2))


@pytest.mark.parametrize(("ground", "line"), [(styles.LIGHT, "line"), (styles.DARK, "line_dark")])
def test_zone_borders_and_names_stand_out_from_the_ground(ground: styles.Ground, line: str) -> None:
    assert _contrast(ground.ink, ground.land) > 7
    assert all(_contrast(getattr(grade, line), ground.land) > 3 for grade in styles.GRADES.values())


@pytest.mark.parametrize("ground", [styles.LIGHT, styles.DARK])
def test_the_ramp_of_areas_goes_one_way(ground: styles.Ground) -> None:
    steps = [_luminance(colour) for colour in ground.ramp]
    assert steps in (sorted(steps), sorted(steps, reverse=True))


def test_the_heat_ramp_grows_denser_and_darker_all_the_way() -> None:
    opacities = [opacity for _, opacity in styles.HEAT]
    lights = [_luminance(colour) for colour, _ in styles.HEAT]
    assert opacities == sorted(opacities)
    assert lights == sorted(lights, reverse=True)


def test_the_configuration_is_plain_json() -> None:
    assert json.loads(json.dumps(styles.as_config()))["grades"]["red"]["title"] == "红色"
