"""An interrupt that other code swallows still stops a run."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from screening.run.interrupt import interrupts_at_once, interrupts_held_back, kept_interrupts, raise_kept_interrupt


def interrupt_that_is_swallowed() -> None:
    with suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_swallowed_interrupt_is_raised_again_once():
    with kept_interrupts():
        raise_kept_interrupt()
        interrupt_that_is_swallowed()
        with pytest.raises(KeyboardInterrupt):
            raise_kept_interrupt()
        raise_kept_interrupt()


def test_handler_is_given_back_and_nothing_is_kept():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), kept_interrupts():
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    interrupt_that_is_swallowed()
    raise_kept_interrupt()


def interrupted_while_writing(done: list[str]) -> None:
    with kept_interrupts():
        with interrupts_held_back():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("written")
        done.append("beyond")


def test_interrupt_waits_until_files_are_closed():
    done = []
    with pytest.raises(KeyboardInterrupt):
        interrupted_while_writing(done)
    assert done == ["written"]


def test_other_handlers_and_threads_are_left_alone():
    handlers = []

    def note():
        with kept_interrupts():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=note)
    thread.start()
    thread.join()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        note()
    finally:
        signal.signal(signal.SIGINT, before)
    assert handlers == [before, signal.SIG_IGN]


def test_an_interrupt_ends_the_process_where_nothing_can_be_lost():
    """Python itself could not: the code after it would run."""
    code = (
        "import os, signal\n"
        "from screening.run.interrupt import interrupts_at_once\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # whoever started the tests may ignore it
        "try:\n"
        "    with interrupts_at_once():\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "except KeyboardInterrupt:\n"
        "    print('held back')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGINT, "")


def test_the_handler_is_given_back_afterwards():
    before = signal.getsignal(signal.SIGINT)
    with interrupts_at_once():
        assert signal.getsignal(signal.SIGINT) in (signal.SIG_DFL, before)
    assert signal.getsignal(signal.SIGINT) is before
