"""Ctrl-C that cannot get lost: compiled code, such as pickle's while it imports, may swallow the exception it raises."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

_arrived = threading.Event()
_held_back: list[object] = []


@contextmanager
def kept_interrupts() -> Generator[None]:
    """Remember an interrupt beside raising it, for `raise_kept_interrupt`.

    Nothing changes outside the main thread, where Python raises none, or where another handler is in place.
    """
    before = signal.getsignal(signal.SIGINT)
    if not _raised_by_python():
        yield
        return

    def keep(number: int, frame: FrameType | None) -> None:
        _arrived.set()
        if not _held_back:
            raise KeyboardInterrupt

    _arrived.clear()
    signal.signal(signal.SIGINT, keep)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        _arrived.clear()


@contextmanager
def handler_kept() -> Generator[None]:
    """Put the handler of interrupts back afterwards; around the import of a package that sets its own."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


def raise_kept_interrupt() -> None:
    """Raise the interrupt that came since `kept_interrupts` began; for each turn of a loop."""
    if _arrived.is_set() and threading.current_thread() is threading.main_thread():
        _arrived.clear()
        raise KeyboardInterrupt


@contextmanager
def interrupts_held_back() -> Generator[None]:
    """Let an interrupt wait until a few files are written and closed; only inside `kept_interrupts`."""
    mark = object()
    _held_back.append(mark)
    try:
        yield
    finally:
        _held_back.remove(mark)
    raise_kept_interrupt()


@contextmanager
def interrupts_at_once() -> Generator[None]:
    """Let an interrupt end the process, where everything is stored and compiled code would hold it back for minutes.

    Nothing changes outside the main thread, or where another handler is in place.
    """
    before = signal.getsignal(signal.SIGINT)
    if not _raised_by_python():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _raised_by_python() -> bool:
    """Whether an interrupt would raise `KeyboardInterrupt` here: in the main thread, and nobody set another handler."""
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
