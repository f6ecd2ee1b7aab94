"""The queue of requests that wait for a thread: the addresses take turns, so that none of them takes the service."""

from collections import Counter, OrderedDict, deque
from typing import Protocol


class _Waiting(Protocol):
    @property
    def sender(self) -> str: ...


class Turns:
    """Stands where waitress has its deque, whose lock guards it as well.

    Of one address one request is taken, then the next address's; and of one address at most all threads but one are at
    work, unless it is this machine itself. What waits so is not in the truth of the queue, but in its length.
    """

    def __init__(self, threads: int) -> None:
        self._most = max(1, threads - 1)
        self._waiting: OrderedDict[str, deque[_Waiting]] = OrderedDict()
        self._at_work: Counter[str] = Counter()

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def __bool__(self) -> bool:
        return any(map(self._has_room, self._waiting))

    def append(self, task: _Waiting) -> None:
        """Let a request wait."""
        self._waiting.setdefault(task.sender, deque()).append(task)

    def popleft(self) -> _Waiting:
        """The request whose turn it is; its ``sender`` is at work until ``end``."""
        sender = next(filter(self._has_room, self._waiting))
        own = self._waiting.pop(sender)
        task = own.popleft()
        if own:
            self._waiting[sender] = own  # behind all others
        self._at_work[sender] += 1
        return task

    def end(self, sender: str) -> None:
        """A request of that address has been answered."""
        self._at_work[sender] -= 1
        if not self._at_work[sender]:
            del self._at_work[sender]

    def _has_room(self, sender: str) -> bool:
        return sender.startswith("127.") or self._at_work[sender] < self._most
