"""The ticks of a legend."""

import math

MOST_BREAKS = 5


def breaks(peak: float) -> list[float]:
    """Two to five round densities between none and ``peak``, for a legend's ticks; none at all without a peak."""
    if not 0 < peak < math.inf:
        return []
    decade = 10.0 ** math.floor(math.log10(peak))
    step = next(decade * part for part in (0.2, 0.5, 1.0, 2.0) if peak / (decade * part) <= MOST_BREAKS + 1)
    return [float(f"{step * n:.6g}") for n in range(1, MOST_BREAKS + 1) if step * n < peak]
