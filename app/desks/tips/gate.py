"""The gate before the public pages: each form is good for one tip, and few requests come from one address in a while.

Nothing here outlives the process, and no address does so at all (``app.core.pace``).
"""

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field

from app.core.pace import Pace

FORM_SECONDS = 7200.0
HOUR = 3600
NAMES_SECONDS = 600
#: A form that was sent and comes again at once, by a second press or after a lost answer, gets the same receipt.
AGAIN_SECONDS = 60.0
MOST_FROM_ONE, MOST_FROM_ALL = 10, 300
MOST_NAMES_FOR_ONE, MOST_NAMES_FOR_ALL = 600, 8_000
MOST_LOOKS_FOR_ONE, MOST_LOOKS_FOR_ALL = 20, 1_200

USED = "这张表已经交过或者放得太久,内容还在,请再点一次提交"
TOO_MANY = "提交得太多了,请一小时后再试,或拨打 12315、110"
TOO_FAST = "查得太快了,请过几分钟再试;不选也能提交"
TOO_OFTEN = "查得太多了,请一小时后再试"


@dataclass(frozen=True, kw_only=True)
class _Given:
    """The receipt of a form, how long it is given again, and to what words."""

    receipt: str
    until: float
    said: str


@dataclass(kw_only=True)
class Gate:
    """Keys of forms are signed and not stored; those that were used are remembered until they would expire."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    pace: Pace = field(default_factory=lambda: Pace(seconds=HOUR, one=MOST_FROM_ONE, all_=MOST_FROM_ALL))
    _spent: set[str] = field(default_factory=set)
    _given: dict[str, _Given] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, *, now: float) -> str:
        """A key for one form."""
        text = f"{now:.0f}.{secrets.token_urlsafe(12)}"
        return f"{text}.{self._sign(text)}"

    def receipt(self, key: str, address: str, form: object, *, now: float) -> tuple[str, str]:
        """The receipt for this form from that address, and what speaks against it; one of them is empty.

        The key is spent then. For a minute the same form gets the same receipt once more.
        """
        with self._lock:
            self._forget(now)
            said = self._sign(repr(form))
            given = self._given.get(key)
            if given is not None and given.said == said:
                return given.receipt, ""
            if not self._is_ours(key, now) or key in self._spent:
                return "", USED
            if not self.pace.allows(address, now=now):
                return "", TOO_MANY
            self._spent.add(key)
            receipt = f"{secrets.randbelow(10**16):016d}"
            self._given[key] = _Given(receipt=receipt, until=now + AGAIN_SECONDS, said=said)
            return receipt, ""

    def _forget(self, now: float) -> None:
        self._spent = {key for key in self._spent if self._is_young(key, now)}
        self._given = {key: given for key, given in self._given.items() if now < given.until}

    def _is_ours(self, key: str, now: float) -> bool:
        text, _, sign = key.rpartition(".")
        if not hmac.compare_digest(sign.encode("utf-8", "replace"), self._sign(text).encode()):
            return False
        return self._is_young(key, now)

    def _is_young(self, key: str, now: float) -> bool:
        return 0 <= now - float(key.partition(".")[0]) + 1 < FORM_SECONDS

    def _sign(self, text: str) -> str:
        return hmac.new(self.secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
