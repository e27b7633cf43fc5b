"""The sound of one call as its ears keep it: frames in, windows of 32 ms, and what the gate says of each.

The windows lie in a row in the order of time: first those that were judged and that a turn may still need, then those
being judged, then those that wait for it; behind them the samples that are no window yet. Nothing here waits or asks
anybody: `hearing` looks at the ears of all calls together, and `listening` makes turns of what was judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import numpy as np

from asisso.agents.vad.detector import WINDOW_MS, VoiceMemory
from asisso.agents.vad.gate import EnergyGate
from asisso.audio.frame import Pcm
from asisso.audio.samples import WINDOW_BYTES, move, put, window_power

MAX_WAITING_WINDOWS: Final = 2_048 // WINDOW_MS
"""Two seconds: an answer to something older would come too late anyway."""

_MAX_DRIFT_MS: Final = 200
"""How far counted sound may be from the call's clock before the clock is believed."""

WARM_UP_WINDOWS: Final = 3
"""What the network hears before it judges again after silence it was spared."""

_ROOM: Final = 32 * WINDOW_BYTES
"""What a call has between turns; a turn takes more, and gives it back."""


class Surroundings(Protocol):
    """What an ear has to know of its call when it is looked at."""

    @property
    def is_speaking(self) -> bool:
        """Whether the caller hears the agent."""


class Rules(Protocol):
    """What an ear has to know of the turns."""

    @property
    def is_idle(self) -> bool:
        """Whether silence would change nothing."""

    @property
    def sound_from_ms(self) -> int | None:
        """From where on the running turn needs the sound."""


class Hearer(Protocol):
    """Whose ear it is; `hearing` tells it what was heard."""

    memory: VoiceMemory | None
    """What the network remembers of the call; made when it is first needed."""

    def follow(self, window: Window, probability: float, sound_from_ms: int | None) -> None:
        """Take the next window that was judged, how likely it is speech, and from where on its turn needed the sound
        before it."""

    def fail(self, error: Exception) -> None:
        """Voice activity cannot be judged."""


class Window:
    """32 ms of sound: when they ended on the call's clock, and their mean square."""

    __slots__ = ("ended_ms", "may_be_speech", "power")

    def __init__(self, ended_ms: int, power: float, may_be_speech: bool) -> None:
        self.ended_ms = ended_ms
        self.power = power
        self.may_be_speech = may_be_speech


class Arrivals:
    """The ears of a process that have something to be looked at.

    Args:
        wake: told when the first one came, and whether those of other calls come with it; `look` is to follow soon.
    """

    def __init__(self, wake: Callable[[bool], None]) -> None:
        self._wake = wake
        self._ears: list[Ear] = []

    def add(self, ear: Ear) -> None:
        """This ear has a whole window, and had none before."""
        if not self._ears:
            self._wake(ear.is_gathered)
        self._ears.append(ear)

    def look(self) -> list[Ear]:
        """Pass everything through the gates; gives the ears where something now waits to be judged."""
        ears, self._ears = self._ears, []
        return [ear for ear in ears if ear.look()]


class Ear:
    """One call's ear. Belongs to the event loop.

    Args:
        look_back_windows: kept of what was judged while nobody has a turn.
        rules: of the call's turns.
        owner: whose ear it is.

    Attributes:
        is_gathered: whether its sound comes together with that of other calls.
        on_sound: told of every piece of sound that is heard; None: nobody is.
        dropped_windows: that came faster than they could be judged.
        agent_heard_ms: when the agent was last heard, on the call's clock; far away before it was.
    """

    def __init__(self, look_back_windows: int, rules: Rules, owner: Hearer) -> None:
        self.owner = owner
        self.is_gathered = False
        self.on_sound: Callable[[], None] | None = None
        self.dropped_windows = 0
        self.agent_heard_ms = -(10**9)
        self._look_back = max(look_back_windows, WARM_UP_WINDOWS)
        self._rules = rules
        self._arrivals: Arrivals | None = None
        self._surroundings: Surroundings | None = None
        self._gate = EnergyGate()
        self._now_ms = self._heard_ms = 0
        self._sound = bytearray(_ROOM)
        self._start = self._cut = self._end = 0
        self._windows: list[Window] = []
        self._judged = self._judging = self._waiting = 0
        self._warm_up = 0

    def open(self, surroundings: Surroundings, arrivals: Arrivals, now_ms: int) -> None:
        """Hear from now on."""
        self._surroundings = surroundings
        self._arrivals = arrivals
        self._heard_ms = now_ms

    def shut(self) -> None:
        """Hear nothing any more, and forget everything."""
        self._surroundings = self._arrivals = None
        self._start = self._cut = self._end = 0
        self._windows.clear()
        self._judged = self._judging = self._waiting = 0

    @property
    def lag_ms(self) -> int:
        """Sound that waits to be judged."""
        unseen = (self._end - self._cut) // WINDOW_BYTES
        return (unseen + self._waiting + self._judging) * WINDOW_MS

    def hear(self, sound: bytes, now_ms: int) -> None:
        """Take the next samples at 16 kHz, signed 16 bit in the machine's order; a shut ear hears nothing."""
        arrivals = self._arrivals
        if arrivals is None:
            return
        self._now_ms = now_ms
        size = len(sound)
        if self._end + size > len(self._sound):
            self._make_room(size)
        put(self._sound, self._end, sound)
        before = self._end - self._cut
        self._end += size
        if before < WINDOW_BYTES <= before + size:
            arrivals.add(self)
        if self.on_sound is not None:
            self.on_sound()

    def look(self) -> bool:
        """Pass what has come through the gate; whether something now waits to be judged."""
        surroundings = self._surroundings
        if surroundings is None:
            return False
        is_agent_heard = surroundings.is_speaking
        is_idle = self._rules.is_idle
        while self._end - self._cut >= WINDOW_BYTES:
            power = window_power(self._sound, self._cut)
            may_be_speech = self._gate.admit(power)
            self._cut += WINDOW_BYTES
            ended_ms = self._tick()
            if is_agent_heard:
                self.agent_heard_ms = ended_ms
            self._windows.append(Window(ended_ms, power, may_be_speech))
            if is_idle and not may_be_speech and not self._judging and not self._waiting:
                # Silence between turns, most of any call, ends here.
                self._judged += 1
                self._forget_all_but(self._look_back)
            elif self._waiting >= MAX_WAITING_WINDOWS:
                self._drop_oldest()
            else:
                self._waiting += 1
        return self._waiting > 0 and self._judging == 0

    def begin_judging(self) -> list[int]:
        """Take what waits; gives the windows to show the network now, in the order of time, for `shown`.

        `is_anew` tells whether what they follow on from was not shown.
        """
        self._judging, self._waiting = self._waiting, 0
        first = self._judged
        show = [index for index in range(first, first + self._judging) if self._windows[index].may_be_speech]
        self._warm_up = 0
        if show and self.is_anew:
            self._warm_up = min(WARM_UP_WINDOWS, first)
            show = [*range(first - self._warm_up, first), *show]
        return show

    @property
    def is_anew(self) -> bool:
        """Whether the network did not see the last window that was judged."""
        return self._judged == 0 or not self._windows[self._judged - 1].may_be_speech

    def shown(self, index: int) -> bytearray:
        """The samples of one of the windows `begin_judging` gave, before anything else happens to this ear."""
        at = self._start + index * WINDOW_BYTES
        return self._sound[at : at + WINDOW_BYTES]

    def judged(self, probabilities: Sequence[float]) -> bool:
        """Take the answer to `begin_judging` and tell the owner; gives whether more waits meanwhile.

        An ear that was shut since then tells nobody.
        """
        judging, self._judging = self._judging, 0
        answer = self._warm_up
        for _ in range(judging):
            if self._arrivals is None:
                return False  # what was told has ended the listening
            window = self._windows[self._judged]
            probability = 0.0
            if window.may_be_speech:
                probability = probabilities[answer]
                answer += 1
            self._judged += 1
            sound_from_ms = self._rules.sound_from_ms
            if sound_from_ms is None:
                self._forget_all_but(self._look_back)
            else:
                self._forget_until(sound_from_ms)
            self.owner.follow(window, probability, sound_from_ms)
        return self._waiting > 0

    def sound(self, from_ms: int, to_ms: int) -> Pcm:
        """What was judged between those times on the call's clock, in whole windows."""
        first = 0
        while first < self._judged and self._windows[first].ended_ms <= from_ms:
            first += 1
        last = first
        while last < self._judged and self._windows[last].ended_ms - WINDOW_MS < to_ms:
            last += 1
        sound = self._sound[self._start + first * WINDOW_BYTES : self._start + last * WINDOW_BYTES]
        return np.frombuffer(sound, np.int16)

    @property
    def judged_until_ms(self) -> int:
        """The end of the last window that was judged, on the call's clock."""
        return self._windows[self._judged - 1].ended_ms

    def _tick(self) -> int:
        """Count sound, which comes in fits and starts, as time; follow the clock where sound was lost."""
        counted_ms = self._heard_ms + WINDOW_MS
        now_ms = self._now_ms
        is_lost = abs(now_ms - counted_ms) > _MAX_DRIFT_MS
        self._heard_ms = max(self._heard_ms, now_ms) if is_lost else counted_ms
        return self._heard_ms

    def _forget_all_but(self, windows: int) -> None:
        if self._judged > windows:
            self._forget(self._judged - windows)

    def _forget_until(self, ended_ms: int) -> None:
        count = 0
        while count < self._judged and self._windows[count].ended_ms <= ended_ms:
            count += 1
        if count:
            self._forget(count)

    def _forget(self, windows: int) -> None:
        del self._windows[:windows]
        self._judged -= windows
        self._start += windows * WINDOW_BYTES

    def _drop_oldest(self) -> None:
        """Of those that wait: it lies in the middle of the row."""
        index = self._judged + self._judging
        del self._windows[index]
        at = self._start + index * WINDOW_BYTES
        move(self._sound, at + WINDOW_BYTES, self._end, at)
        self._cut -= WINDOW_BYTES
        self._end -= WINDOW_BYTES
        self.dropped_windows += 1

    def _make_room(self, size: int) -> None:
        """Begin again at the front; what is needed there may be a whole turn."""
        used = self._end - self._start
        if used + size > len(self._sound) // 2:
            self._sound.extend(bytes(len(self._sound) + size))
        move(self._sound, self._start, self._end, 0)
        if used + size <= _ROOM // 2 < len(self._sound) // 4:
            self._sound = self._sound[:_ROOM]
        self._cut -= self._start
        self._end = used
        self._start = 0
