"""What a calibration was given and what it fixed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Calibration:
    """A fit that fixed parameters of an experiment.

    Attributes:
        name: in words.
        parameters: of the experiment, that it fixed; none where it fixes them anew in every run.
        targets: keys of the rows whose printed numbers it was given, and of those that follow from them alone.
    """

    name: str
    parameters: tuple[str, ...]
    targets: tuple[str, ...]
