"""Being stopped from outside: Ctrl-C, a supervisor's SIGTERM, a terminal that was closed. All end in one line and 130.

Without this a SIGTERM would leave a gate's programs running: they have sessions of their own.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal asked us to stop.

    A class of its own: where a plain ``KeyboardInterrupt`` passes through ``exec``, CPython ends the process by SIGINT
    in the end, even if it was caught.
    """


def listen() -> None:
    """Raise :class:`Stopped` in the main thread at the first such signal; a second one ends the process at once.

    A signal that whoever started us had ignored (``nohup``, a shell's background job) stays ignored.
    """
    for number in SIGNALS:
        if signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    del frame
    for other in SIGNALS:
        if signal.getsignal(other) is _stop:
            signal.signal(other, signal.SIG_DFL)
    raise Stopped(number)
