"""What every command of `sei-screen` understands: --debug, --quiet, --verbose."""

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

NAME = "sei-screen"
# These have a --quiet of their own, which also stops their progress.
QUIET_BY_THEMSELVES = ("run", "resume")


@dataclass(frozen=True)
class Flags:
    """How a command talks: errors with their traceback, nothing but errors, or versions, time and memory too."""

    debug: bool = False
    quiet: bool = False
    verbose: bool = False


def take_flags(arguments: list[str]) -> tuple[Flags, list[str]]:
    """Take the flags out of a command line, wherever they stand before a "--"."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    head, tail = arguments[:end], arguments[end:]
    command = next((argument for argument in head if not argument.startswith("-")), "")
    names = ["--debug", "--verbose"] + ([] if command in QUIET_BY_THEMSELVES else ["--quiet"])
    # what goes to a pipe is asked for
    quiet = "--quiet" in names and "--quiet" in head and "-" not in head
    flags = Flags("--debug" in head, quiet, "--verbose" in head)
    return flags, [argument for argument in head if argument not in names] + tail


def as_typed() -> str:
    """How to call this program again: by its name, or by its path where the shell does not find it."""
    program = sys.argv[0]
    if os.path.basename(program) != NAME or os.path.realpath(shutil.which(NAME) or "") == os.path.realpath(program):
        return NAME
    return os.path.relpath(program)


@contextlib.contextmanager
def speaking(flags: Flags) -> Iterator[None]:
    """Run a command as its flags say."""
    begin = time.perf_counter()
    if flags.verbose:
        from screening.version import git_commit, package_version

        commit = f", commit {git_commit()[:12]}" if git_commit() else ""
        python = ".".join(map(str, sys.version_info[:3]))
        print(f"sei-screen {package_version()}{commit}, Python {python}, process {os.getpid()}", file=sys.stderr)
    with contextlib.ExitStack() as stack:
        if flags.quiet:
            nowhere = stack.enter_context(open(os.devnull, "w"))
            stack.enter_context(contextlib.redirect_stdout(nowhere))
        try:
            yield
        finally:
            if flags.verbose:
                print(
                    f"{time.perf_counter() - begin:.1f} s, at most {_most_memory():.0f} MB of memory", file=sys.stderr
                )


def _most_memory() -> float:
    """Largest resident memory of the process so far, MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
