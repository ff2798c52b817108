"""Attributes of variables in datasets, after the CF conventions."""

from enum import IntEnum
from typing import Any


def described(units: str, long_name: str, flags: type[IntEnum] | None = None) -> dict[str, Any]:
    """Attributes of a variable; `flags` are the codes that it may hold, with their meanings."""
    about: dict[str, Any] = {"units": units, "long_name": long_name}
    if flags is not None:
        about["flag_values"] = [int(flag) for flag in flags]
        about["flag_meanings"] = " ".join(flag.name.lower() for flag in flags)
    return about
