"""The text of a TOML file that people wrote: what is wrong with it as a text, and on which line each key stands."""

import re
import tomllib
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from screening.errors import StudyError, shown, together

# What word processors and web pages put in place of the characters of a keyboard; other ones are found by their width.
_QUOTES = {**dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‘’‚‛′", "'")}
_LOOK_ALIKES = {**_QUOTES, **dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("\u200b\u2060\ufeff", "")}
_BARE_VALUE = re.compile(r"""(\s*[\w."-]+\s*=\s*)([^"'\[\]{}#\s][^"'\[\]{}#]*?)(\s*(?:#.*)?)""")
_PLACE = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)")
_LAST_PART = re.compile(r"(?:\.[^.\[\]]+|\[\d+\])$")


def read_toml_text(path: str | Path, what: str) -> str:
    """The text of a file, without the mark that some editors put at its start; `what` names it in messages."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        reason, fix = (error.strerror or "unreadable").lower(), "check the path"
    except UnicodeDecodeError:
        reason, fix = "not UTF-8 text", "convert it"
    raise StudyError(f"{what}: {reason}", got=shown(str(path), 200), expected="a TOML file", fix=fix) from None


@contextmanager
def every_fault(text: str, *, lines: bool = True) -> Generator[str]:
    """Give a text that is TOML for checking, and tell what is wrong with it together with what the check refuses.

    Args:
        text: as it was written.
        lines: whether the text is the file itself, so that its lines can be named.

    Raises:
        StudyError: all faults of the text and of its content, by line.
    """
    mended, faults, guessed = _mended(text)
    try:
        yield mended
    except StudyError as error:
        # a shared parameter that cannot be read is told once, where it is first used
        first = {fault.what if fault.what.startswith("$") else str(fault): fault for fault in reversed(error.faults)}
        found = list(reversed(first.values()))
        if lines:
            places = _lines_of_keys(mended)
            found = sorted((_on_its_line(fault, places) for fault in found), key=lambda fault: fault.line or 0)
            found = [fault for fault in found if fault.line not in guessed]
        raise together([*faults, *found]) from None
    if faults:
        raise together(faults)


def _mended(text: str) -> tuple[str, list[StudyError], set[int]]:
    """The text with its faults put right as far as possible, so that all that follow are found; and the lines guessed."""
    faults: list[StudyError] = []
    guessed: set[int] = set()
    rows = text.removeprefix("\ufeff").split("\n")
    while True:
        try:
            tomllib.loads("\n".join(rows))
            return "\n".join(rows), faults, guessed
        except tomllib.TOMLDecodeError as error:
            place = _PLACE.search(str(error))
            number = int(place[1]) if place and place[1] else len(rows)
            row = rows[number - 1]
            odd = [
                (column, letter) for column, letter in enumerate(row.partition("#")[0], 1) if _usual(letter) != letter
            ]
            bare = _BARE_VALUE.fullmatch(row.rstrip("\r"))
            if odd:
                faults.append(_look_alike(number, *odd[0]))
                rows[number - 1] = "".join(_usual(letter) for letter in row)
                continue
            twice = "overwrite" in str(error)
            fix = "keep one of the two" if twice else 'texts and quantities need quotes, e.g. "15 nm"'
            faults.append(StudyError("not valid TOML", got=str(error), expected="a TOML file", fix=fix))
            if bare is None or twice:
                raise together(faults) from None
            rows[number - 1] = f'{bare[1]}"{bare[2]}"{bare[3]}'
            guessed.add(number)


def _usual(letter: str) -> str:
    """The character of a keyboard that another one stands for; itself where it stands for none."""
    if letter in _LOOK_ALIKES:
        return _LOOK_ALIKES[letter]
    plain = unicodedata.normalize("NFKC", letter)
    superscript = unicodedata.category(letter) == "No"
    return plain if plain.isascii() and not superscript else letter


def _look_alike(line: int, column: int, letter: str) -> StudyError:
    usual, name = _usual(letter), unicodedata.name(letter, "unnamed").lower()
    what = "a curly quote" if letter in _QUOTES else "a character that looks like another"
    written = {"": "nothing", " ": "a plain space"}.get(usual, usual)
    return StudyError(
        what, got=f"{letter} ({name})", expected=written, fix=f"use {written}", where=f"line {line}, column {column}"
    )


def _on_its_line(fault: StudyError, places: dict[str, int]) -> StudyError:
    shared = re.match(r"\$(\w+): ", fault.what)
    where = f"parameters.{shared[1]}" if shared else fault.where
    while where and where not in places:
        shorter = _LAST_PART.sub("", where)
        where = "" if shorter == where else shorter
    told = {"got": fault.got, "expected": fault.expected, "fix": fault.fix, "where": fault.where}
    return StudyError(fault.what, **told, line=places[where]) if where else fault


def _lines_of_keys(text: str) -> dict[str, int]:
    """Line of each table and key, by its place such as "film[0].layer[1].thickness"."""
    found: dict[str, int] = {}
    last: dict[str, int] = {}
    table, begin, statement = "", 1, ""
    for number, row in enumerate(text.split("\n"), 1):
        begin, statement = (begin, f"{statement}\n{row}") if statement else (number, row)
        try:
            content = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:  # goes on in the next line
            continue
        names: list[str] = []
        while isinstance(content, dict) and len(content) == 1:
            ((name, content),) = content.items()
            names.append(name)
        if not names:
            statement = ""
            continue
        if not statement.lstrip().startswith("["):
            found.setdefault(f"{table}.{names[0]}" if table else names[0], begin)
        else:
            table = ""
            for position, name in enumerate(names, 1):
                table = f"{table}.{name}" if table else name
                found.setdefault(table, begin)
                if position == len(names) and isinstance(content, list):
                    last[table] = last.get(table, -1) + 1
                if table in last:
                    table = f"{table}[{last[table]}]"
            found[table] = begin
        statement = ""
    return found
