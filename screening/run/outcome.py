"""How a run ends: finished, stopped by the user, or stopped by an error."""

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernels.status import Status
from screening.store.new_file import reason_of

if TYPE_CHECKING:
    from screening.store.location import Place

# No room, no permission, a disk that became read-only: what would fail for every other chunk too.
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})


@dataclass(frozen=True)
class RunSummary:
    """A finished run.

    Attributes:
        path: the result store.
        n_candidates: candidates of the study.
        evaluated: candidates of this run; fewer than n_candidates after a resume.
        seconds: wall time of this run, compilation included.
        status_counts: candidates of the whole study per status code.
    """

    path: "Place"
    n_candidates: int
    evaluated: int
    seconds: float
    status_counts: dict[int, int]

    @property
    def failed(self) -> int:
        """Candidates of the study that were computed and whose status is not ok."""
        return self.n_candidates - self.missing - self.status_counts.get(Status.OK, 0)

    @property
    def missing(self) -> int:
        """Candidates that other parts of the run have still to compute; 0 after a whole run."""
        return self.status_counts.get(Status.PENDING, 0)


class RunInterrupted(Exception):
    """The user stopped a run (Ctrl-C); finished chunks are kept. The message says how to continue."""

    exit_code = 130


class ChunkError(RuntimeError):
    """The calculation of some candidates raised; the message names them, `__cause__` is what was raised."""

    exit_code = 1


class StoreError(RuntimeError):
    """The disk takes no more results; what is finished is kept."""

    exit_code = 1

    @classmethod
    def of(cls, error: OSError, what_then: str) -> "StoreError":
        """The error of a failed write."""
        return cls(f"results cannot be written: {reason_of(error)}; {what_then}")


class WorkersLost(RuntimeError):
    """No workers are left, or their scheduler is gone; finished chunks are kept."""

    exit_code = 1
