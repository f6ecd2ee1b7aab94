"""The three years of the demo city, up to a fixed last day."""

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]

#: both days included
FIRST_DAY, LAST_DAY = np.datetime64("2023-11-01"), np.datetime64("2026-10-31")
DAYS = int((LAST_DAY - FIRST_DAY) / np.timedelta64(1, "D")) + 1


def compact(days: Days) -> list[str]:
    """Days as register numbers write them: 20261031."""
    return [day.replace("-", "") for day in days.astype("datetime64[D]").astype(str).tolist()]
