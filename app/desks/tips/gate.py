"""The gate before the public form: each form is good for one tip, and few come from one address in an hour."""

import hashlib
import hmac
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field

FORM_SECONDS = 7200.0
HOUR = 3600.0
MOST_FROM_ONE = 10
MOST_FROM_ALL = 300

MINUTE = 60.0
MOST_NAMES_FOR_ONE = 90
MOST_NAMES_FOR_ALL = 1_200

USED = "这张表已经交过或者放得太久,内容还在,请再点一次提交"
TOO_MANY = "提交得太多了,请一小时后再试,或拨打 12315、110"
TOO_FAST = "查得太快了,请一分钟后再试;不选也能提交"


@dataclass(kw_only=True)
class Pace:
    """How many names are looked up in a minute, by one address and by all."""

    _passed: deque[tuple[float, str]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, address: str, *, now: float) -> bool:
        """Whether one more is answered now; it is counted then."""
        with self._lock:
            if _is_full(self._passed, address, since=now - MINUTE, one=MOST_NAMES_FOR_ONE, all_=MOST_NAMES_FOR_ALL):
                return False
            self._passed.append((now, address))
            return True


@dataclass(kw_only=True)
class Gate:
    """Keys of forms are signed and not stored; those that were used are remembered until they would expire."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _spent: dict[str, float] = field(default_factory=dict)
    _passed: deque[tuple[float, str]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, *, now: float) -> str:
        """A key for one form."""
        told = f"{now:.0f}.{secrets.token_urlsafe(12)}"
        return f"{told}.{self._sign(told)}"

    def fault(self, key: str, address: str, *, now: float) -> str | None:
        """What speaks against taking this form from that address, in one sentence; None lets it pass and spends it."""
        with self._lock:
            self._spent = {key: at for key, at in self._spent.items() if now - at < FORM_SECONDS}
            if not self._is_ours(key, now) or key in self._spent:
                return USED
            if _is_full(self._passed, address, since=now - HOUR, one=MOST_FROM_ONE, all_=MOST_FROM_ALL):
                return TOO_MANY
            self._spent[key] = now
            self._passed.append((now, address))
            return None

    def _is_ours(self, key: str, now: float) -> bool:
        told, _, sign = key.rpartition(".")
        if not hmac.compare_digest(sign.encode("utf-8", "replace"), self._sign(told).encode()):
            return False
        return 0 <= now - float(told.partition(".")[0]) + 1 < FORM_SECONDS

    def _sign(self, text: str) -> str:
        return hmac.new(self.secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _is_full(passed: deque[tuple[float, str]], address: str, *, since: float, one: int, all_: int) -> bool:
    """Whether so many of one address, or of all, have passed since then; earlier ones are forgotten."""
    while passed and passed[0][0] <= since:
        passed.popleft()
    return len(passed) >= all_ or sum(other == address for _, other in passed) >= one
