"""A typed decorator for numba, the only place that imports it, for loops that numpy cannot run fast.

A function is compiled at its first call, in about a second, and kept on disk beside its module or, where an ordinary
user may not write there, in that user's own cache folder; the next process loads it in milliseconds. Where neither can
be written every process compiles once.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

_P = ParamSpec("_P")
_R = TypeVar("_R")


def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return ``function`` compiled, without the GIL and without fast-math: the same results on every machine."""
    try:
        fast = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba finds no folder to keep it in
        fast = numba.njit(nogil=True)(function)
    return cast("Callable[_P, _R]", fast)
