"""How often requests pass, counted without keeping an address.

Of whoever comes, a keyed digest is counted in a window of the clock; its key is drawn anew each day, and the counts go
with their window.
"""

import hmac
import secrets
import threading
from collections import Counter
from dataclasses import dataclass, field

_DAY = 86_400


@dataclass(kw_only=True)
class Pace:
    """How many requests pass in one window of the clock, of one address and of all."""

    seconds: int
    one: int
    all_: int = 2**31
    _day: int = -1
    _key: bytes = b""
    _window: int = -1
    _passed: Counter[bytes] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, address: str, *, now: float) -> bool:
        """Whether one more is answered now; it is counted then."""
        with self._lock:
            self._turn(now)
            sender = hmac.digest(self._key, address.encode("utf-8", "replace"), "sha256")
            if self._passed[sender] >= self.one or self._passed.total() >= self.all_:
                return False
            self._passed[sender] += 1
            return True

    def _turn(self, now: float) -> None:
        """Forget the former window, and on a new day the key that its digests were made with."""
        day, window = now // _DAY, now // self.seconds
        if day != self._day:
            self._day, self._key = int(day), secrets.token_bytes(32)
        if window != self._window:
            self._window, self._passed = int(window), Counter()
