"""Attributes of variables in datasets, after the CF conventions."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any


def described(units: str, long_name: str, flags: type[IntEnum] | Sequence[str] = ()) -> dict[str, Any]:
    """Attributes of a variable; `flags` are the codes that it may hold, with their meanings."""
    return {"units": units, "long_name": long_name} | flag_attributes(flags)


def flag_attributes(flags: type[IntEnum] | Sequence[str]) -> dict[str, Any]:
    """What the codes of a variable mean, counted from 0 where they are names; nothing where there are none."""
    if isinstance(flags, type):
        named = {flag.name.lower(): int(flag) for flag in flags}
    else:
        named = {name: code for code, name in enumerate(flags)}
    return {"flag_values": list(named.values()), "flag_meanings": " ".join(named)} if named else {}
