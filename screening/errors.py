"""The error of a bad input, and near matches for unknown names."""

import difflib
from collections.abc import Iterable, Mapping, Sequence


class StudyError(ValueError):
    """A bad input, told in one line: where, what is wrong, what was got, what is expected, how to put it right.

    Args:
        what: what is wrong, e.g. "a length must be positive".
        got: the offending value as the user wrote it; left out of the message when empty.
        expected: what would have been accepted.
        fix: one thing to do about it.
        where: place in the study file, e.g. "film[0].layer[1].thickness".
        line: of the file, counted from 1, where it is known.

    Example:
        >>> print(StudyError("no unit", got="15", expected="a length", fix='write "15 nm"', where="film[0].thickness"))
        film[0].thickness: no unit: got 15, expected a length; write "15 nm"
    """

    def __init__(
        self, what: str, *, got: str = "", expected: str = "", fix: str = "", where: str = "", line: int | None = None
    ) -> None:
        self.what, self.got, self.expected, self.fix, self.where, self.line = what, got, expected, fix, where, line
        facts = ", ".join(
            part for part in (f"got {got}" if got else "", f"expected {expected}" if expected else "") if part
        )
        place = f"line {line}, {where}" if line else where
        text = (f"{place}: " if place else "") + what + (f": {facts}" if facts else "") + (f"; {fix}" if fix else "")
        super().__init__(" ".join(text.split()))

    @property
    def faults(self) -> "tuple[StudyError, ...]":
        """What is wrong, one error each: this one alone, or the several of `StudyErrors`."""
        return (self,)

    def at(self, where: str) -> "StudyError":
        """The same error with the place of a surrounding table put in front of the place it already has.

        Example:
            >>> StudyError("empty", where="low").at("film[0].thickness").where
            'film[0].thickness.low'
        """
        joined = f"{where}.{self.where}" if where and self.where and self.where[0] != "[" else where + self.where
        return StudyError(self.what, got=self.got, expected=self.expected, fix=self.fix, where=joined, line=self.line)

    def __reduce__(self) -> tuple:
        # Keyword-only arguments are lost by the pickling of plain exceptions, and workers send errors back pickled.
        return (_rebuild, (self.what, self.got, self.expected, self.fix, self.where, self.line))


class StudyErrors(StudyError):
    """Several bad inputs of one file, at least one, told a line each; its own attributes are those of the first.

    Example:
        >>> print(StudyErrors([StudyError("no unit", where="a"), StudyError("empty", where="b", line=3)]))
        a: no unit
        line 3, b: empty
    """

    def __init__(self, faults: Sequence[StudyError]) -> None:
        first = faults[0]
        super().__init__(
            first.what, got=first.got, expected=first.expected, fix=first.fix, where=first.where, line=first.line
        )
        self._faults = tuple(faults)
        self.args = ("\n".join(str(fault) for fault in faults),)

    @property
    def faults(self) -> tuple[StudyError, ...]:
        """What is wrong, one error each."""
        return self._faults

    def at(self, where: str) -> StudyError:
        """The same errors with their places put below another."""
        return StudyErrors([fault.at(where) for fault in self._faults])

    def __reduce__(self) -> tuple:
        return (StudyErrors, (self._faults,))


def together(errors: Iterable[StudyError]) -> StudyError:
    """The error that tells each of these once, not raised; a single one is itself.

    Example:
        >>> len(together([StudyError("empty"), StudyError("empty"), StudyError("no unit")]).faults)
        2
    """
    faults = list({str(fault): fault for error in errors for fault in error.faults}.values())
    return faults[0] if len(faults) == 1 else StudyErrors(faults)


class UnreachedTargetError(RuntimeError):
    """A fit was stored although numbers that it should reach are outside the reach of its model."""

    exit_code = 1


def not_installed(what: str, extra: str, *, got: str = "", expected: str = "", where: str = "") -> StudyError:
    """The error of a missing optional package, which an extra of this one brings."""
    fix = f'pip install "sei-screening[{extra}]"'
    return StudyError(what, got=got, expected=expected or f"the extra `{extra}`", fix=fix, where=where)


def _rebuild(what: str, got: str, expected: str, fix: str, where: str, line: int | None) -> StudyError:
    return StudyError(what, got=got, expected=expected, fix=fix, where=where, line=line)


def shown(value: object, limit: int = 120) -> str:
    """A value as an error message quotes it: in TOML's notation, on one line, cut to a bearable length.

    Example:
        >>> shown("15 nm"), shown(True), shown({"list": [1, 2]})
        ('"15 nm"', 'true', '{ list = [1, 2] }')
    """
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, Mapping):
        text = "{ " + ", ".join(f"{key} = {shown(entry, limit)}" for key, entry in value.items()) + " }"
    elif isinstance(value, (list, tuple)):
        text = "[" + ", ".join(shown(entry, limit) for entry in value) + "]"
    else:
        text = str(value)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 3] + "..."


def near_matches(name: str, known: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """At most three known names that a mistyped one resembles, whatever its case, the nearest first.

    Example:
        >>> near_matches("thicknes", ["thickness", "diffusivity"])
        ['thickness']
    """
    names = list(known)
    folded: dict[str, list[str]] = {}
    for candidate in names:
        folded.setdefault(candidate.casefold(), []).append(candidate)
    found = difflib.get_close_matches(name.casefold(), list(folded), n=3, cutoff=cutoff)
    return [original for key in found for original in folded[key]][:3]


def unknown_name(kind: str, name: str, known: Iterable[str], where: str = "") -> StudyError:
    """The error of a name that does not exist, listing near matches, or every known name if none is near.

    Example:
        >>> print(unknown_name("phase", "Li2C03", ["LiF", "Li2CO3"]))
        unknown phase: got "Li2C03", expected one of LiF, Li2CO3; did you mean "Li2CO3"?
    """
    names = list(known)
    near = near_matches(name, names)
    fix = "did you mean " + " or ".join(f'"{match}"' for match in near) + "?" if near else f"use a known {kind}"
    return StudyError(f"unknown {kind}", got=shown(name), expected=f"one of {', '.join(names)}", fix=fix, where=where)
