"""Whether the speech of this process keeps up. Pure: delays and times go in, a verdict comes out.

Calls under way come first: when their callers would have to wait, no new ones are taken, until it has been calm for a
while.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class LoadPolicy:
    """When no more calls are taken, and when they are again.

    Attributes:
        shut_at_s: a wait of this length is more than a caller takes for a pause.
        shut_after_s: for how long; callers who happen to speak at once are no overload.
        open_below_s: calm is a wait below this.
        open_after_s: for how long.
    """

    shut_at_s: float = 1.5
    shut_after_s: float = 1.0
    open_below_s: float = 0.4
    open_after_s: float = 5.0


DEFAULT_LOAD_POLICY: Final = LoadPolicy()


class Load:
    """Hysteresis over the longest wait. Looked at whenever it may have changed; between two looks it has not."""

    def __init__(self, policy: LoadPolicy = DEFAULT_LOAD_POLICY) -> None:
        self._policy = policy
        self._since: float | None = None
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether new calls should be refused, as of the last look."""
        return self._is_over

    def look(self, wait_s: float, now_s: float) -> bool:
        """Take the wait as it is now; gives `is_over`."""
        policy = self._policy
        is_leaving = wait_s < policy.open_below_s if self._is_over else wait_s >= policy.shut_at_s
        needed_s = policy.open_after_s if self._is_over else policy.shut_after_s
        if not is_leaving:
            self._since = None
        elif self._since is None:
            self._since = now_s
        if self._since is not None and now_s - self._since >= needed_s:
            self._is_over, self._since = not self._is_over, None
        return self._is_over
