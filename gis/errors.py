"""The one family of errors. Every message says what, where and which value.

Messages meant for users (everything but ``FrameError``) are Chinese sentences; ``app/core/errors.py`` maps each class
to an HTTP status, and a command ends with 1.
"""

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """A fault with a name: ``kind`` is a stable word for machines, ``str(error)`` the sentence for people."""

    kind = "error"

    def __init__(self, sentence: str, *, kind: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if kind is not None:
            self.kind = kind


class FrameError(DomainError):
    """A frame or array breaks its specification; the caller has a bug or handed in degrees. English, for developers."""

    kind = "frame"


class IntakeError(DomainError):
    """A whole file is refused. ``kind`` is one of not_readable, empty, too_large, encrypted, missing_crs ..."""

    kind = "not_readable"


class NotFound(DomainError):
    """A layer, area, place or file that is not there."""

    kind = "not_found"


class Refused(DomainError):
    """A request that is understood and cannot be granted: a bad parameter, a missing teammate, a wrong profile."""

    kind = "refused"


class Forbidden(DomainError):
    """A request that is not allowed as things stand: the session has chosen no post yet."""

    kind = "forbidden"


class TooMany(DomainError):
    """The same was tried too often: it is taken again after a while."""

    kind = "too_many"


#: The kind of the Conflict that a change meets which was made from a former version.
STALE = "stale"


class Conflict(DomainError):
    """Somebody else changed it meanwhile, or two things claim the same place.

    ``current`` is what is stored now, where the one whose change is refused is shown it.
    """

    kind = "conflict"

    def __init__(self, sentence: str, *, kind: str | None = None, current: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence, kind=kind)
        self.current = current


class Unavailable(DomainError):
    """Something the service stands on is missing: the database, a binary, disk space."""

    kind = "unavailable"
