"""What a model says of its fields: meaning, rule, limits and default, in the words of the documentation."""

import inspect
import math
import re
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from screening.config.film import LayerTable
from screening.config.own_laws import LawValue
from screening.config.study import Study
from screening.fitting.fit_tables import MEASUREMENT_FIELDS
from screening.physical_field import PhysicalField
from screening.sampling.distributions import Choice, Draws, Fixed, Normal, Range, Shared
from screening.units import DIMENSIONS

SCALARS = (Fixed, Choice, Range, Normal, Draws, Shared, LawValue)
# fields without a default that validators fill where a file leaves them out
FILLED: Mapping[type[BaseModel], tuple[str, ...]] = {Study: ("electrode", "protocol"), LayerTable: ("closure",)}


def meanings(model: type) -> dict[str, str]:
    """What each field is, from the `Attributes:` of the docstrings of a model and its bases."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        name = ""
        for line in inspect.cleandoc(base.__dict__.get("__doc__") or "").partition("Attributes:\n")[2].splitlines():
            if entry := re.match(r" {4}(\w+): (.*)", line):
                name, found[entry[1]] = entry[1], entry[2]
            elif line.startswith(" " * 8) and name:
                found[name] += f" {line.strip()}"
            elif line:
                break
    return found


def fields_of(model: type[BaseModel]) -> Iterator[tuple[str, str, FieldInfo]]:
    """Name, key in the file and pydantic's description of each field that a file may have."""
    hidden = getattr(model, "hidden", frozenset())
    for name, info in model.model_fields.items():
        if name not in hidden:
            yield name, info.alias or name, info


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Models anywhere inside an annotation."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def _validators(annotation: Any) -> Iterator[BeforeValidator]:
    """Validators anywhere inside an annotation."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        yield from (entry for entry in metadata if isinstance(entry, BeforeValidator))
        yield from _validators(inner)
    else:
        for part in get_args(annotation):
            yield from _validators(part)


def rule_of(info: FieldInfo) -> PhysicalField | str | None:
    """The rule of a physical scalar, the dimension of a fixed quantity, or None for anything else."""
    own = [entry for entry in info.metadata if isinstance(entry, BeforeValidator)]
    for validator in (*own, *_validators(info.annotation)):
        known = inspect.getclosurevars(validator.func).nonlocals
        if "rule" in known:
            return known["rule"]
        if known.get("field") in MEASUREMENT_FIELDS:
            return MEASUREMENT_FIELDS[known["field"]]
        if "dimension" in known:
            return str(known["dimension"])
    return None


def type_words(annotation: Any) -> str:
    """What a key takes, in words."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_words(parts[0])
    if origin is Literal:
        return ", ".join(f'`"{value}"`' for value in parts)
    if origin in (Union, types.UnionType):
        kinds = [part for part in parts if part is not type(None)]
        if set(kinds) <= set(SCALARS):
            return "quantity"
        return ", ".join(dict.fromkeys(type_words(part) for part in kinds))
    if origin is tuple:
        return "tables" if type_words(parts[0]) == "table" else f"list of {type_words(parts[0])}"
    if origin is dict or annotation is dict:
        return "table"
    if annotation in SCALARS or (inspect.isclass(annotation) and annotation.__name__ == "Scalar"):
        return "quantity"
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return "table"
    return {str: "text", int: "whole number", float: "number", bool: "`true` or `false`"}.get(annotation, "any")


def default_words(model: type[BaseModel], name: str, info: FieldInfo, dimension: str) -> str:
    """The default of a key as a file would write it."""
    if name in FILLED.get(model, ()):
        return "follows"
    if info.is_required():
        return "**required**"
    value = info.get_default(call_default_factory=True)
    if isinstance(value, Fixed):
        unit = DIMENSIONS[dimension].si
        return "infinite" if math.isinf(value.value) else f"`{value.value:g}{' ' + unit if unit else ''}`"
    if value is None or value in ((), {}, "") or isinstance(value, BaseModel):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value:g}`"


def limits_of(rule: Any, info: FieldInfo) -> str:
    """Limits of a quantity (SI) or of a plain number."""
    signs = {"above": ">", "least": "≥", "below": "<", "most": "≤"}
    if not hasattr(rule, "above"):
        signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
    sources = [rule] if hasattr(rule, "above") else info.metadata
    found = [(sign, getattr(source, key, None)) for source in sources for key, sign in signs.items()]
    shown = (
        (sign, f"{limit:,}" if isinstance(limit, int) else f"{limit:g}") for sign, limit in found if limit is not None
    )
    return ", ".join(f"{sign} {limit}" for sign, limit in shown)


def words_of(text: str, rule: Any) -> str:
    """A meaning that can stand alone: the registered name in front, unless the text says it too."""
    text = re.sub(r", or$", "; the next key may take its place", text.rstrip("."))
    if isinstance(rule, PhysicalField):
        little = {"of", "the", "a", "in", "to", "at", "that", "it"}
        first, mark, rest = text.partition(";")
        name, said, start = ({*re.findall(r"[\w']+", part.lower())} - little for part in (rule.long_name, text, first))
        if start <= name:
            text = rule.long_name + mark + rest
        elif text.startswith(("of ", "where ", "(")) or len(name & said) < 0.65 * len(name):
            text = f"{rule.long_name}{' ' if text.startswith('(') else ': '}{text}"
    # "n, a whole number" begins with a symbol
    return (text[:1].upper() + text[1:] if text[1:2].isalpha() else text) + "."
