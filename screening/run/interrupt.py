"""Ctrl-C that cannot get lost: compiled code, such as pickle's while it imports, may swallow the exception it raises."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

_arrived = threading.Event()


@contextmanager
def kept_interrupts() -> Generator[None]:
    """Remember an interrupt beside raising it, for `raise_kept_interrupt`.

    Nothing changes outside the main thread, where Python raises none, or where another handler is in place.

    Example:
        with kept_interrupts(): ...
    """
    before = signal.getsignal(signal.SIGINT)
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or before is not signal.default_int_handler:
        yield
        return

    def keep(number: int, frame: FrameType | None) -> None:
        _arrived.set()
        raise KeyboardInterrupt

    _arrived.clear()
    signal.signal(signal.SIGINT, keep)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        _arrived.clear()


def raise_kept_interrupt() -> None:
    """Raise the interrupt that came since `kept_interrupts` began; for each turn of a loop.

    Raises:
        KeyboardInterrupt: it was swallowed, and is raised again; once.

    Example:
        for shard in shards: raise_kept_interrupt()
    """
    if _arrived.is_set() and threading.current_thread() is threading.main_thread():
        _arrived.clear()
        raise KeyboardInterrupt
