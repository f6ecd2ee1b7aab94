"""Sign-ins of the running application: looked up for each request, and slowed down where they fail."""

import threading
import time
from collections import OrderedDict

import sqlalchemy as sa

from gis.errors import TooMany
from layers import sign_ins
from layers.actor import SERVICE
from layers.database import transaction
from layers.sign_ins import SEEN_SECONDS, SignIn

#: What was looked up is good for so long: who is signed out, disabled or given another role is so within a second.
LOOKED_UP_SECONDS = 0.5
MOST_REMEMBERED = 4096
FREE_TRIES, LONGEST_WAIT_SECONDS, FORGOTTEN_SECONDS = 3, 300.0, 3600.0


class SignIns:
    """The sign-ins that were looked up last."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._looked_up: OrderedDict[str, tuple[float, SignIn | None]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, digest: str) -> SignIn | None:
        """The sign-in under that hash; None where it does not hold."""
        with self._lock:
            at, standing = self._looked_up.get(digest, (-LOOKED_UP_SECONDS, None))
        if time.monotonic() - at < LOOKED_UP_SECONDS:
            return standing
        began = time.monotonic()
        with transaction(self._engine, SERVICE) as connection:
            standing = sign_ins.standing(connection, digest)
            now = connection.execute(sa.select(sa.func.now())).scalar_one()
            if standing is not None and (now - standing.seen_at).total_seconds() > SEEN_SECONDS:
                sign_ins.see(connection, digest)
        with self._lock:
            self._looked_up[digest] = (began, standing)
            self._looked_up.move_to_end(digest)
            while len(self._looked_up) > MOST_REMEMBERED:
                self._looked_up.popitem(last=False)
        return standing

    def forget(self) -> None:
        """Look every sign-in up again: one of them has just been changed."""
        with self._lock:
            self._looked_up.clear()


class SlowDown:
    """Waits after failed sign-ins, twice as long each time, for one account from one address alone.

    So nobody who tries passwords of an account keeps out its holder, who sits elsewhere.
    """

    def __init__(self) -> None:
        self._failed: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, account: str, address: str) -> None:
        """Nothing, when that account may be tried from that address now.

        Raises:
            TooMany: not yet; the sentence says for how long.
        """
        with self._lock:
            tries, at = self._failed.get((account, address), (0, 0.0))
        left = at + _wait_seconds(tries) - time.monotonic()
        if left > 0:
            raise TooMany(f"试得太多了,请过 {int(left) + 1} 秒再试", kind="slow_down")

    def failed(self, account: str, address: str) -> None:
        """Remember that the account was tried from that address in vain."""
        key, now = (account, address), time.monotonic()
        with self._lock:
            tries, at = self._failed.pop(key, (0, now))
            self._failed[key] = (1 if now - at > FORGOTTEN_SECONDS else tries + 1, now)
            while len(self._failed) > MOST_REMEMBERED:
                self._failed.popitem(last=False)

    def passed(self, account: str, address: str) -> None:
        """Forget what failed before."""
        with self._lock:
            self._failed.pop((account, address), None)


def _wait_seconds(tries: int) -> float:
    return 0.0 if tries < FREE_TRIES else min(LONGEST_WAIT_SECONDS, 2.0 ** (tries - FREE_TRIES))
