"""Expressions over columns, as typed after `--where` and `--sort`.

The text is parsed to a tree of which every part must be on a list; it is never evaluated as Python.
"""

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from screening.errors import StudyError, shown, unknown_name
from screening.store.columns import Column, find_column, flag_code, quantity
from screening.units import display_value

if TYPE_CHECKING:
    import xarray as xr

LONGEST_TEXT = 1000
EXPECTED = "comparisons, arithmetic, and, or, not, such as peak_current < -10 mA/cm^2 and param_thickness > 5 nm"

_UNIT_POWER = r"[A-Za-zµμΩ]+(?:\^?-?\d+)?"
_UNIT = rf"(?!(?:and|or|not|in|is|if|else|for)\b){_UNIT_POWER}(?:[*/·]{_UNIT_POWER}|[ ][A-Za-z]+-?\d+)*"
_TOKEN = re.compile(
    r"""(?P<text>"[^"]*"|'[^']*')"""
    r"""|(?P<column>\b(?:param/\w+|[A-Za-z]\w*)\s*\[[^\]]*\]|\bparam/\w+)"""
    r"""|(?P<quantity>(?<![\w.])(?>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*""" + _UNIT + r""")"""
)
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
# Whether a comparison holds for a smaller, an equal and a larger left side.
_COMPARE: dict[type[ast.cmpop], tuple[bool, bool, bool]] = {
    ast.Lt: (True, False, False),
    ast.LtE: (True, True, False),
    ast.Gt: (False, False, True),
    ast.GtE: (False, True, True),
    ast.Eq: (False, True, False),
    ast.NotEq: (True, False, True),
}
# Results are stored as float32 and "30 nm" is converted, so numbers that differ by rounding only count as equal.
ROUNDING = 2e-7
# Function and whether its result keeps the unit of its argument.
_FUNCTIONS: dict[str, tuple[Callable[[Any], Any], bool]] = {
    "abs": (np.abs, True),
    "sqrt": (np.sqrt, False),
    "exp": (np.exp, False),
    "log": (np.log, False),
    "log10": (np.log10, False),
}


@dataclass(frozen=True)
class Value:
    """An intermediate result: data with their CF unit if known, or a text whose meaning depends on its partner."""

    data: Any
    units: str | None = None
    flags: Mapping[str, int] | None = None
    text: str | None = None


@dataclass(frozen=True)
class Expression:
    """A checked expression: its text, its tree of allowed parts, and the columns that it reads, by their names in the tree."""

    text: str
    columns: Mapping[str, Column]
    tree: ast.expr

    @property
    def column(self) -> Column | None:
        """The column, where the expression is nothing else (a leading minus aside)."""
        node = self.tree
        while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            node = node.operand
        return self.columns[node.id] if isinstance(node, ast.Name) else None

    def evaluate(self, dataset: "xr.Dataset", start: int, stop: int) -> np.ndarray:
        """Value for candidates start ... stop - 1, shape [candidate], float or bool."""
        values = {
            name: Value(column.read(dataset, slice(start, stop)), column.units, column.flags)
            for name, column in self.columns.items()
        }
        with np.errstate(all="ignore"):  # a division by zero is an infinity or NaN, which no comparison counts in
            result = np.asarray(_evaluate(self.tree, values).data)
        return np.broadcast_to(result, (stop - start,))


def parse_condition(dataset: "xr.Dataset", text: str) -> Expression:
    """An expression that is true or false for each candidate."""
    expression = _parse(dataset, text, "--where")
    if expression.evaluate(dataset, 0, 0).dtype != bool:
        raise StudyError("not a condition", got=shown(text), expected=EXPECTED, where="--where")
    return expression


def parse_sort(dataset: "xr.Dataset", text: str) -> Expression:
    """An expression with a number for each candidate, to sort by; `-name` sorts from the smallest on."""
    expression = _parse(dataset, text, "--sort")
    if expression.evaluate(dataset, 0, 0).dtype == bool:
        raise StudyError("not a number", got=shown(text), expected="a variable or arithmetic of them", where="--sort")
    return expression


def _parse(dataset: "xr.Dataset", text: str, where: str) -> Expression:
    columns: dict[str, Column] = {}
    try:
        if len(text) > LONGEST_TEXT:
            raise StudyError("too long", got=f"{len(text)} characters", expected=f"at most {LONGEST_TEXT}")

        def replace(match: re.Match[str]) -> str:
            if match["column"]:
                name = f"_column_{len(columns)}"  # variables start with a letter
                columns[name] = find_column(dataset, match["column"])
                return name
            return repr(match["quantity"]) if match["quantity"] else match["text"]

        source = _TOKEN.sub(replace, text).strip()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's own remarks on the style of such texts
                tree = ast.parse(source, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise StudyError("cannot be read", got=shown(text), expected=EXPECTED, fix="correct it") from None
        _collect(tree, dataset, columns)
        expression = Expression(text, columns, tree)
        expression.evaluate(dataset, 0, 0)
    except StudyError as error:
        raise error.at(where) from None
    except RecursionError:
        raise StudyError("nested too deeply", got=shown(text), expected=EXPECTED, where=where) from None
    return expression


def _collect(node: ast.expr, dataset: "xr.Dataset", columns: dict[str, Column]) -> None:
    """Refuse every part that is not listed here, and look the names up."""
    match node:
        case ast.Name():
            if node.id not in columns:
                columns[node.id] = find_column(dataset, node.id)
        case ast.Constant():
            if isinstance(node.value, bool) or not isinstance(node.value, int | float | str):
                raise _refused(node)
        case ast.BoolOp():
            for value in node.values:
                _collect(value, dataset, columns)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd()):
            _collect(node.operand, dataset, columns)
        case ast.BinOp() if type(node.op) in _BINARY:
            _collect(node.left, dataset, columns)
            _collect(node.right, dataset, columns)
        case ast.Compare() if all(type(op) in _COMPARE for op in node.ops):
            for value in (node.left, *node.comparators):
                _collect(value, dataset, columns)
        case ast.Call(func=ast.Name(), args=[argument], keywords=[]):
            assert isinstance(node.func, ast.Name)
            if node.func.id not in _FUNCTIONS:
                raise unknown_name("function", node.func.id, _FUNCTIONS)
            _collect(argument, dataset, columns)
        case _:
            raise _refused(node)


def _evaluate(node: ast.expr, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Name():
            return values[node.id]
        case ast.Constant():
            if isinstance(node.value, str):
                return Value(None, text=node.value)
            return Value(np.float64(_number(node)))
        case ast.BoolOp():
            combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            parts = [_truth(value, values) for value in node.values]
            return Value(combine.reduce(np.broadcast_arrays(*parts)))
        case ast.UnaryOp(op=ast.Not()):
            return Value(np.logical_not(_truth(node.operand, values)))
        case ast.UnaryOp():
            operand = _evaluate(node.operand, values)
            if operand.text is not None:
                sign = "-" if isinstance(node.op, ast.USub) else ""
                return Value(None, text=sign + operand.text)
            data = _numeric(operand)
            return Value(-data if isinstance(node.op, ast.USub) else data, operand.units)
        case ast.BinOp():
            left, right = _evaluate(node.left, values), _evaluate(node.right, values)
            additive = isinstance(node.op, ast.Add | ast.Sub)
            if additive:
                left, right = _partners(left, right)
            data = _BINARY[type(node.op)](_numeric(left), _numeric(right))
            return Value(data, left.units if additive and left.units == right.units else None)
        case ast.Compare():
            operands = [_evaluate(value, values) for value in (node.left, *node.comparators)]
            results = []
            for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
                left, right = _partners(left, right)
                results.append(_compare(op, left, right))
            return Value(np.logical_and.reduce(np.broadcast_arrays(*results)))
        case ast.Call(func=ast.Name()):
            assert isinstance(node.func, ast.Name)
            function, keeps_unit = _FUNCTIONS[node.func.id]
            argument = _evaluate(node.args[0], values)
            return Value(function(_numeric(argument)), argument.units if keeps_unit else None)
    raise _refused(node)


def _compare(op: ast.cmpop, left: Value, right: Value) -> np.ndarray:
    """Compare up to rounding; integers (indices, codes) exactly; NaN fulfils nothing but !=."""
    counts = any(np.asarray(value.data).dtype.kind in "iu" for value in (left, right))
    a, b = np.broadcast_arrays(_numeric(left), _numeric(right))
    equal = np.isclose(a, b, rtol=0.0 if counts else ROUNDING, atol=0.0)
    smaller, same, larger = _COMPARE[type(op)]
    unordered = (np.isnan(a) | np.isnan(b)) & (smaller and larger)
    return np.where(equal, same, ((a < b) & smaller) | ((a > b) & larger) | unordered)


def _partners(left: Value, right: Value) -> tuple[Value, Value]:
    """Give a text the meaning that its partner asks for: a flag's code, or a quantity in the partner's unit.

    A bare number has no meaning beside a value with a unit: tables show lab units, stores hold SI.
    """
    for bare, partner in ((left, right), (right, left)):
        if bare.text is None and bare.units is None and np.ndim(bare.data) == 0 and bare.data != 0:
            _check_plain(float(bare.data), partner.units)
    if left.text is not None and right.text is None:
        return _meant(left.text, right), right
    if right.text is not None and left.text is None:
        return left, _meant(right.text, left)
    return left, right


def _check_plain(number: float, units: str | None) -> None:
    if units in (None, "1"):
        return
    shown_unit = display_value(np.ones(1), str(units))[1]
    raise StudyError(
        "number without a unit",
        got=f"{number:g} beside a value in {shown_unit}",
        expected=f'a quantity, such as "{number:g} {shown_unit}"',
        fix="write its unit",
    )


def _meant(text: str, partner: Value) -> Value:
    if partner.flags:
        return Value(np.float64(flag_code(partner.flags, text)))
    if partner.units is None:
        raise StudyError(
            "quantity without a partner",
            got=shown(text),
            expected="a variable beside it, as in param_thickness > 5 nm",
            fix="write a plain number",
        )
    return Value(np.float64(quantity(text, partner.units)), partner.units)


def _numeric(value: Value) -> Any:
    """Data as float64: Python's integers grow without bound, so that 9**9**9 would never end."""
    if value.text is not None:
        raise StudyError("text where a number belongs", got=shown(value.text), expected=EXPECTED)
    if np.asarray(value.data).dtype == bool:
        raise StudyError("condition where a number belongs", expected=EXPECTED, fix="join conditions with and, or, not")
    return np.asarray(value.data, dtype=np.float64)


def _truth(node: ast.expr, values: Mapping[str, Value]) -> np.ndarray:
    data = np.asarray(_evaluate(node, values).data)
    if data.dtype != bool:
        raise StudyError("number where a condition belongs", got=shown(ast.unparse(node)), expected=EXPECTED)
    return data


def _number(node: ast.Constant) -> float:
    try:
        return float(node.value)  # type: ignore[arg-type]
    except OverflowError:
        return float("inf")


def _refused(node: ast.AST) -> StudyError:
    return StudyError("not allowed", got=shown(ast.unparse(node)), expected=EXPECTED)
