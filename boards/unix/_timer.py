"""machine.Timer for the unix port, which has no interrupts: a thread a timer, and the scheduler.

The thread only waits and calls micropython.schedule(). The callback runs in the main thread, where
Ctrl-C would be taken: between any two bytecodes of the program or in a wait, as a board's soft
callback does.
"""

from _thread import start_new_thread
from time import sleep_us, ticks_add, ticks_diff, ticks_us

from micropython import const, heap_lock, heap_unlock, schedule

_NAP_US = const(5_000)  # a thread whose timer was stopped ends that soon

# True while no callback may come: in what is one step in a board's C code.
held = [False]


class Timer:
    """Calls `callback(timer)` every `period` ms, or `freq` times a second; once with ONE_SHOT.

    Any number of them may run; one that takes the id (0 or more) of another stops it. A callback
    that is not done in time misses the calls in between. `hard=True` makes it run without a heap,
    as in an interrupt.
    """

    ONE_SHOT = const(0)
    PERIODIC = const(1)

    _by_id = {}

    def __init__(self, id=-1, **settings):
        self._id = id
        self._alarm = None
        if settings:
            self.init(**settings)

    def init(self, *, mode=PERIODIC, period=-1, freq=-1, callback=None, hard=False):
        """Start it, or start it anew."""
        period_us = int(1_000_000 / freq) if freq > 0 else period * 1000
        if period_us <= 0:
            raise ValueError("period or freq wanted")
        self.deinit()
        if self._id >= 0:
            if self._id in self._by_id:
                self._by_id[self._id].deinit()
            self._by_id[self._id] = self
        self._alarm = _Alarm(self, period_us, mode == self.ONE_SHOT, callback, hard)
        start_new_thread(self._alarm.run, ())

    def deinit(self):
        """Stop it; its callback does not come any more."""
        if self._alarm:
            self._alarm.alive = False
            self._alarm = None


class _Alarm:
    """What one `init` started. Thread and program share it without a lock.

    So every attribute is there from the start and the thread allocates nothing.
    """

    def __init__(self, timer, period_us, once, callback, hard):
        self.timer = timer
        self.period_us = period_us
        self.once = once
        self.callback = callback
        self.hard = hard
        self.alive = True
        self.queued = False  # the scheduler has it
        self.scheduled = self.fire

    def run(self):
        """The thread."""
        heap_lock()
        due = ticks_us()
        while self.alive:
            due = ticks_add(due, self.period_us)
            while self.alive and ticks_diff(due, ticks_us()) > 0:
                sleep_us(min(ticks_diff(due, ticks_us()), _NAP_US))
            if self.alive and not self.queued:
                self.queue()
            if self.once:
                return

    def queue(self):
        """Have the scheduler call `fire`; a full queue loses the call, as on a board."""
        self.queued = True
        try:
            schedule(self.scheduled, None)
        except RuntimeError:
            self.queued = False

    def fire(self, _):
        """In the main thread."""
        if held[0]:
            self.queue()
            return
        self.queued = False
        if not self.alive or not self.callback:
            return
        if self.once:
            self.alive = False
        if not self.hard:
            self.callback(self.timer)
            return
        heap_lock()
        try:
            self.callback(self.timer)
        finally:
            heap_unlock()
