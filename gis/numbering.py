"""Where a house number stands on a street of which other numbers are known."""

import numpy as np

from gis.gazetteer import Street

#: house numbers are interpolated over so many at most, and continued over fewer
WIDEST_GAP, FARTHEST = 40, 10
#: of fewer known houses no street is made out
LEAST = 2


def at_number(street: Street, number: int) -> tuple[str, float, float, float] | None:
    """The house of that number, or where it must stand between its neighbours or not far behind the last of them."""
    at = int(np.searchsorted(street.numbers, number))
    if at < len(street.numbers) and street.numbers[at] == number:
        return "house", float(street.x[at]), float(street.y[at]), float(street.radius_m[at])
    if len(street.numbers) < LEAST:
        return None
    if 0 < at < len(street.numbers):
        return _between(street, number, at)
    last = 0 if at == 0 else -1
    gap = abs(number - street.numbers[last])
    if gap > FARTHEST:
        return None
    pace = float(np.hypot(np.diff(street.x), np.diff(street.y)).sum() / (street.numbers[-1] - street.numbers[0]))
    x, y = (float(axis[last]) for axis in (street.x, street.y))
    return "beyond", x, y, float(street.radius_m[last]) + max(4 * pace * gap, _misses_m(street))


def _between(street: Street, number: int, at: int) -> tuple[str, float, float, float] | None:
    """A point interpolated between two neighbours; its radius covers their distance and the street's own errors."""
    low, high = street.numbers[at - 1], street.numbers[at]
    if high - low > WIDEST_GAP:
        return None
    share = (number - low) / (high - low)
    x, y = (float(axis[at - 1] + share * (axis[at] - axis[at - 1])) for axis in (street.x, street.y))
    apart = float(np.hypot(street.x[at] - street.x[at - 1], street.y[at] - street.y[at - 1]))
    reach = max(apart, _misses_m(street))
    return "between", x, y, reach + float(street.radius_m[at - 1 : at + 1].max())


def _misses_m(street: Street) -> float:
    """The largest error, in metres, when each known house of a street is interpolated from its two neighbours."""
    before, after = street.numbers[:-2], street.numbers[2:]
    share = (street.numbers[1:-1] - before) / (after - before)
    misses = [axis[:-2] + share * (axis[2:] - axis[:-2]) - axis[1:-1] for axis in (street.x, street.y)]
    return float(np.hypot(*misses).max(initial=0.0))
