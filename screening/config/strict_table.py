"""Base of all tables of a study file, and the translation of validation failures into errors of one line each."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model, model_validator

from screening.config.fields import FIELDS
from screening.errors import StudyError, shown, together, unknown_name
from screening.units import DIMENSIONS


class Table(BaseModel):
    """A frozen table that refuses unknown keys and names the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False, ser_json_inf_nan="constants")
    # fields that validators fill and files do not have
    hidden: ClassVar[frozenset[str]] = frozenset()
    # keys that belong to another kind of the same file, for the hint beside an unknown one
    elsewhere: ClassVar[tuple[str, ...]] = ()
    # keys whose rule goes by another name in this table alone
    rules: ClassVar[Mapping[str, str]] = {}
    # keys that mean something only to the table as a whole, which completes or converts them
    completed: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault(cls, raw: Any, handler: Any, info: Any) -> Any:
        """What is wrong with a table as a whole stops its validation: then look at each of its keys by itself."""
        try:
            return handler(raw)
        except ValidationError as error:
            problems = error.errors(include_url=False)
            if not isinstance(raw, Mapping) or any(problem["loc"] for problem in problems):
                raise
            first = all_faults(error, raw)
            told = {fault.where for fault in first.faults}
            others = (fault for fault in cls._faults_of_keys(raw, info.context) if fault.where not in told)
            raise together([first, *others]) from None

    @classmethod
    def _faults_of_keys(cls, raw: Mapping[str, Any], context: Any) -> Iterator[StudyError]:
        """What is wrong with single keys."""
        names = {info.alias or name: name for name, info in cls.model_fields.items()}
        for key, value in raw.items():
            try:
                if key not in names:
                    cls.check_keys({key: value})
                elif key not in cls.completed:
                    _alone(cls, names[key]).model_validate({key: value}, context=context)
            except ValidationError as error:
                yield from all_faults(error, {key: value}).faults
            except StudyError as error:
                yield error

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, raw: Any) -> Any:
        if isinstance(raw, Mapping):
            cls.check_keys({key: value for key, value in raw.items() if key not in cls.hidden})
        return raw

    @classmethod
    def check_keys(cls, raw: Mapping[str, Any]) -> None:
        """Refuse keys that the table does not have."""
        known = [info.alias or name for name, info in cls.model_fields.items() if name not in cls.hidden]
        for key in raw:
            if key not in known:
                raise unknown_name("key", str(key), [*known, *cls.elsewhere], where=str(key))


@functools.cache
def _alone(table: type[Table], name: str) -> type[BaseModel]:
    """A table of one key of another."""
    info = table.model_fields[name]
    fields: dict[str, Any] = {name: (info.annotation, info)}
    return create_model(f"{table.__name__}_{name}", **fields)


def all_faults(error: ValidationError, raw: Any) -> StudyError:
    """Turn a validation failure into the error that tells each of its problems in one line."""
    problems = error.errors(include_url=False)
    # a list whose entries are all bad counts as empty
    parents = {problem["loc"][:end] for problem in problems for end in range(len(problem["loc"]))}
    return together(_fault(one, raw) for one in problems if one["type"] != "too_short" or one["loc"] not in parents)


def _fault(problem: Any, raw: Any) -> StudyError:
    kind = problem["type"]
    place = _place(problem["loc"], raw, missing=kind == "missing")
    context = cast("dict[str, Any]", problem.get("ctx") or {})
    cause = context.get("error")
    if isinstance(cause, StudyError):
        return cause.at(place)
    name = place.rpartition(".")[2]
    if kind == "missing":
        rule = FIELDS.get(name)
        example = f'"{DIMENSIONS[rule.dimension].example}"' if rule else "..."
        fix = f"add {name} = {example}" if "." in place else f"add the table [{name}]"
        return StudyError(
            "missing key", got="nothing", expected=f"a {rule.dimension}" if rule else "", fix=fix, where=place
        )
    if kind == "literal_error":
        known = str(context.get("expected", "")).replace(" or ", ", ").replace("'", "").split(", ")
        return unknown_name(name, str(problem["input"]), known, where=place)
    expected = re.sub(r"^.* should (be|have) | after validation.*$", "", problem["msg"])
    what = "wrong type" if kind.endswith("_type") else "outside its range"
    return StudyError(what, got=shown(problem["input"]), expected=expected, fix=f"change {name}", where=place)


def check_kind(*known: str) -> BeforeValidator:
    """Validator that goes before a union of tables told apart by their key `kind`, for one clear message."""

    def check(raw: Any) -> Any:
        if isinstance(raw, Mapping):
            if "kind" not in raw:
                raise StudyError(
                    "missing key", expected=" | ".join(f'"{name}"' for name in known), fix="add kind", where="kind"
                )
            if raw["kind"] not in known:
                raise unknown_name("kind", str(raw["kind"]), known, where="kind")
        return raw

    return BeforeValidator(check)


def _place(loc: tuple[int | str, ...], raw: Any, *, missing: bool) -> str:
    """Path in the study file; marks that pydantic puts in for unions are dropped because the data have no such key."""
    text, here = "", raw
    for position, part in enumerate(loc):
        if isinstance(part, int):
            if isinstance(here, (list, tuple)) and part < len(here):
                text, here = f"{text}[{part}]", here[part]
        elif isinstance(here, Mapping) and (part in here or (missing and position == len(loc) - 1)):
            text, here = (f"{text}.{part}" if text else part), here.get(part)
    return text
