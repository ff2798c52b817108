"""The log of a run inside its store: one JSON object a line, for `sei-screen status` and for people."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

from screening.store.location import ObjectPlace, Place, read_file

# Beside the chunks of `status`: in the root folder zarr would warn of a file that is no array.
LOG_FILE = "status/run_log.jsonl"
# A line longer than this is not one of ours.
LONGEST_LINE = 65536
SECONDS_BETWEEN_OBJECTS = 30.0


class RunLog:
    """Appends events to the log of a store, with the same facts on every line, such as the part of a run that processes share.

    Events are `start`, `chunk` (finished), `failed` (set aside with its error) and `end`; each line holds its time in
    seconds since 1970. The log only informs: what is finished is read from the store itself. An object cannot be appended
    to, so behind a URL the log is written anew, every half minute and when something other than a chunk is told.
    """

    def __init__(self, store: Place, **always: Any):
        self._store, self._always = store, always
        self._kept = b""
        self._written = 0.0
        if isinstance(store, ObjectPlace):
            self._kept = store.read(LOG_FILE) or b""

    def move_to(self, store: Place) -> None:
        """Go on where the store now is."""
        self._store = store

    def write(self, event: str, **facts: Any) -> None:
        """Append one event."""
        line = json.dumps({"event": event, "time": round(time.time(), 3), **self._always, **facts}).encode() + b"\n"
        if isinstance(self._store, ObjectPlace):
            self._kept += line
            if event != "chunk" or time.monotonic() - self._written > SECONDS_BETWEEN_OBJECTS:
                self._store.write(LOG_FILE, self._kept)
                self._written = time.monotonic()
            return
        # one write call, so that a killed run tears at most its last line
        with open(self._store / LOG_FILE, "ab") as file:
            file.write(line)

    def start(self, **facts: Any) -> None:
        """Append the start of a run on this host."""
        self.write("start", host=socket.gethostname(), **facts)


def read_log(store: Place) -> Iterator[dict[str, Any]]:
    """Events of a store's log, oldest first; torn or foreign lines are left out."""
    try:
        lines = read_file(store, LOG_FILE).splitlines()
    except OSError:
        return
    for line in lines:
        try:
            event = json.loads(line[:LONGEST_LINE])
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            moment = event.get("time")
            if isinstance(moment, int | float) and not isinstance(moment, bool):
                yield event
