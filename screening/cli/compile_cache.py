"""Programs that JAX has compiled, kept for the next command."""

import hashlib
import os
import platform
from collections.abc import MutableMapping
from pathlib import Path

FOLDER, LARGEST = "JAX_COMPILATION_CACHE_DIR", "JAX_COMPILATION_CACHE_MAX_SIZE"
# Set by people who know what they want, on or off.
CHOICES = (FOLDER, "JAX_ENABLE_COMPILATION_CACHE")
BYTES = 10**9


def remember_compiled(environment: MutableMapping[str, str]) -> None:
    """Tell JAX, before it is imported, to keep what it compiles in the user's cache folder; for the command line.

    Nothing changes where the environment says something about it already, or where the folder cannot be written.
    Worker processes inherit it. The size is limited, and with it comes JAX's lock between processes.
    """
    if any(name in environment for name in CHOICES):
        return
    from platformdirs import user_cache_path

    folder = user_cache_path("sei-screening", appauthor=False) / "compiled" / _processor()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(folder, os.W_OK | os.X_OK):
        environment[FOLDER] = str(folder)
        environment.setdefault(LARGEST, str(BYTES))


def _processor() -> str:
    """A name for processors that run the same code: nodes of several generations may share a home folder."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    features = next((line for line in lines if line.startswith(("flags", "Features"))), platform.processor())
    return f"{platform.machine()}-{hashlib.sha256(features.encode()).hexdigest()[:12]}"
