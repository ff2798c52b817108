"""A program of vectors as LLVM's text: the trace of a function of lanes, an instruction an operation."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend import core

from kernels.fused import vector_math
from kernels.fused.lane_program import CALLS, UNCHANGED
from kernels.fused.row_rules import NotOfLanes

TYPES = {"float32": "float", "float64": "double", "int32": "i32", "int64": "i64", "uint8": "i8", "bool": "i1"}
# Operations of one instruction: of floating point, of whole numbers and booleans.
BINARY = {
    "add": ("fadd contract", "add"),
    "sub": ("fsub contract", "sub"),
    "mul": ("fmul contract", "mul"),
    "div": ("fdiv contract", "sdiv"),
    "rem": (None, "srem"),
    "and": (None, "and"),
    "or": (None, "or"),
    "shift_left": (None, "shl"),
    "shift_right_arithmetic": (None, "ashr"),
}
COMPARED = {
    "eq": ("oeq", "eq"),
    "ne": ("une", "ne"),
    "lt": ("olt", "slt"),
    "le": ("ole", "sle"),
    "gt": ("ogt", "sgt"),
    "ge": ("oge", "sge"),
}
UNARY = {"abs": "fabs", "sqrt": "sqrt"}
ELEMENTARY = {"exp": vector_math.exp, "log": vector_math.log, "log1p": vector_math.log1p, "asinh": vector_math.asinh}
# Of whole numbers without a sign, which are codes here.
WITHOUT_SIGN = {"eq", "ne", "convert_element_type", "broadcast_in_dim", "reshape", "squeeze"}
REDUCED = {"reduce_max": "smax", "reduce_min": "smin"}


class VectorCode:
    """Lines of a function that is being written."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[str] = []
        self.declared: set[str] = set()
        self.block = "entry"
        self._count = 0

    def new(self, text: str) -> str:
        """Name of the result of an instruction."""
        self._count += 1
        self.lines.append(f"  %v{self._count} = {text}")
        return f"%v{self._count}"

    def label(self, stem: str) -> str:
        """Name of a block that is yet to begin."""
        self._count += 1
        return f"{stem}{self._count}"

    def begin(self, label: str) -> None:
        """Begin a block."""
        self.lines.append(f"{label}:")
        self.block = label

    def type_of(self, aval: Any) -> str:
        """LLVM's type of a scalar or a vector of lanes."""
        name = TYPES.get(np.dtype(aval.dtype).name)
        if name is None or aval.shape not in ((), (self.width,)):
            raise NotOfLanes(f"{aval} in a program of vectors")
        return f"<{self.width} x {name}>" if aval.shape else name

    def intrinsic(self, name: str, kind: str, arguments: Sequence[str], result: str | None = None) -> str:
        """Result of one of LLVM's functions, overloaded by the type of its arguments."""
        shape = f"v{self.width}" if kind.startswith("<") else ""
        scalar = kind.strip("<>").split()[-1]
        full = f"@llvm.{name}.{shape}{ {'float': 'f32', 'double': 'f64'}.get(scalar, scalar) }"
        self.declared.add(f"declare {result or kind} {full}({', '.join([kind] * len(arguments))})")
        return self.new(f"call {result or kind} {full}({', '.join(f'{kind} {value}' for value in arguments)})")

    def spread(self, value: str, kind: str) -> str:
        """A scalar as a vector of equal lanes."""
        vector = f"<{self.width} x {kind}>"
        one = self.new(f"insertelement {vector} poison, {kind} {value}, i64 0")
        return self.new(f"shufflevector {vector} {one}, {vector} poison, <{self.width} x i32> zeroinitializer")

    def call(self, function: Callable[..., Any], avals: Sequence[Any], given: Sequence[str]) -> list[str]:
        """Write a function of vectors, traced here."""
        shapes = [jax.ShapeDtypeStruct(aval.shape, aval.dtype) for aval in avals]
        return self.write(jax.make_jaxpr(function)(*shapes), given)

    def write(self, closed: Any, given: Sequence[str]) -> list[str]:
        """Write a closed jaxpr of vectors and scalars for arguments of these names; the names of its results."""
        jaxpr = closed.jaxpr
        held = {
            variable: self._constant(value, variable.aval)
            for variable, value in zip(jaxpr.constvars, closed.consts, strict=True)
        }
        held |= dict(zip(jaxpr.invars, given, strict=True))

        def read(atom):
            return self._constant(atom.val, atom.aval) if isinstance(atom, core.Literal) else held[atom]

        for equation in jaxpr.eqns:
            found = self._apply(equation, [read(atom) for atom in equation.invars])
            held |= dict(zip(equation.outvars, found, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    def _constant(self, value, aval):
        array = np.asarray(value, aval.dtype)
        scalar = array.ravel()[0]
        if array.shape and (array != scalar).any():
            raise NotOfLanes("a constant that differs between lanes")
        kind = self.type_of(aval)
        # LLVM takes numbers of single precision as doubles of the same value
        text = f"0x{np.float64(scalar).view(np.uint64):016X}" if array.dtype.kind == "f" else str(int(scalar))
        return f"splat ({kind.strip('<>').split()[-1]} {text})" if aval.shape else text

    def _apply(self, equation, given):
        name, out = equation.primitive.name, equation.outvars[0].aval
        if name in UNCHANGED:
            return given
        if name in CALLS:
            inner = equation.params[CALLS[name]]
            return self.write(inner if isinstance(inner, core.ClosedJaxpr) else core.ClosedJaxpr(inner, ()), given)
        if name == "while":
            return self._loop(equation, given)
        if name in ELEMENTARY:
            return self.call(ELEMENTARY[name], [equation.invars[0].aval], given)
        return [self._one(name, equation, given, equation.invars[0].aval, out)]

    def _one(self, name, equation, given, aval, out):
        """Name of the result of a single operation."""
        given = [self._alike(value, atom.aval, out) for value, atom in zip(given, equation.invars, strict=True)]
        kind, floats, first = self.type_of(aval), aval.dtype.kind == "f", given[0]
        if aval.dtype.kind == "u" and name not in WITHOUT_SIGN:
            raise NotOfLanes(f"the operation {name} of {aval}")
        wide = f"<{self.width} x {TYPES[np.dtype(aval.dtype).name]}>" if out.shape else kind
        if name in BINARY and BINARY[name][not floats]:
            return self.new(f"{BINARY[name][not floats]} {wide} {first}, {given[1]}")
        if name in COMPARED:
            sort = "f" if floats else "i"
            return self.new(f"{sort}cmp {COMPARED[name][not floats]} {wide} {first}, {given[1]}")
        if name in ("max", "min"):
            return self._extreme(name, wide, floats, *given)
        if name in UNARY and floats:
            return self.intrinsic(UNARY[name], wide, [first])
        if name == "neg":
            return self.new(f"fneg {wide} {first}" if floats else f"sub {wide} zeroinitializer, {first}")
        if name == "square":
            return self.new(f"fmul contract {wide} {first}, {first}")
        if name == "not":
            return self.new(f"xor {wide} {first}, {self._constant(-1 if aval.dtype != bool else 1, out)}")
        if name == "select_n" and aval.dtype == bool:
            sort = self.type_of(out)
            return self.new(f"select {wide} {first}, {sort} {given[2]}, {sort} {given[1]}")
        if name == "integer_pow":
            return self._power(wide, first, equation.params["y"], out)
        if name == "convert_element_type":
            return self._converted(first, wide, aval.dtype, out)
        if name == "bitcast_convert_type":
            return self.new(f"bitcast {wide} {first} to {self.type_of(out)}")
        if name in ("broadcast_in_dim", "reshape", "squeeze"):
            return first
        if name in REDUCED and not floats:
            scalar = self.type_of(out)
            return self.intrinsic(f"vector.reduce.{REDUCED[name]}", kind, [first], scalar)
        raise NotOfLanes(f"the operation {name} of {aval}")

    def _alike(self, value, aval, out):
        """A scalar beside vectors as a vector of equal lanes."""
        if aval.shape or not out.shape:
            return value
        kind = self.type_of(aval)
        return self.spread(value, kind) if value.startswith("%") else f"splat ({kind} {value})"

    def _extreme(self, name, kind, floats, one, other):
        """Larger or smaller of two, NaN where either is; one comparison where one is a constant."""
        if not floats:
            return self.intrinsic(f"s{name}", kind, [one, other])
        if other.startswith(("splat", "0x")):
            one, other = other, one
        if not one.startswith(("splat", "0x")):
            return self.intrinsic(f"{name}imum", kind, [one, other])
        sign = "ogt" if name == "max" else "olt"
        chosen = self.new(f"fcmp {sign} {kind} {one}, {other}")
        mask = f"<{self.width} x i1>" if kind.startswith("<") else "i1"
        return self.new(f"select {mask} {chosen}, {kind} {one}, {kind} {other}")

    def _power(self, kind, base, exponent, out):
        value = base
        for _ in range(abs(exponent) - 1):
            value = self.new(f"fmul contract {kind} {value}, {base}")
        if exponent < 0:
            return self.new(f"fdiv contract {kind} {self._constant(1.0, out)}, {value}")
        return value

    def _converted(self, value, kind, dtype, out):
        """A vector in another type."""
        old, new = np.dtype(dtype), np.dtype(out.dtype)
        if old == new:
            return value
        target = self.type_of(out)
        if new.kind == "b":
            return self.new(f"{'fcmp une' if old.kind == 'f' else 'icmp ne'} {kind} {value}, zeroinitializer")
        if old.kind == "f" and new.kind == "f":
            operation = "fpext" if new.itemsize > old.itemsize else "fptrunc"
        elif old.kind == "f":
            operation = "fptosi"
        elif new.kind == "f":
            operation = "sitofp" if old.kind == "i" else "uitofp"
        elif new.itemsize < old.itemsize:
            operation = "trunc"
        else:
            operation = "sext" if old.kind == "i" else "zext"
        return self.new(f"{operation} {kind} {value} to {target}")

    def _loop(self, equation, given):
        params = equation.params
        ahead, behind = params["cond_nconsts"], params["cond_nconsts"] + params["body_nconsts"]
        return self.loop(
            [self.type_of(variable.aval) for variable in equation.outvars],
            given[behind:],
            lambda held: self.write(params["cond_jaxpr"], [*given[:ahead], *held])[0],
            lambda held: self.write(params["body_jaxpr"], [*given[ahead:behind], *held]),
        )

    def loop(
        self,
        kinds: Sequence[str],
        start: Sequence[str],
        condition: Callable[[list[str]], str],
        body: Callable[[list[str]], list[str]],
    ) -> list[str]:
        """Write a loop that carries values of some types; `condition` and `body` write what belongs there."""
        before, head, inside, after = self.block, *map(self.label, ("head", "body", "after"))
        self.lines.append(f"  br label %{head}")
        self.begin(head)
        place = len(self.lines)
        carried = [f"%{self.label('c')}" for _ in start]
        going = condition(carried)
        self.lines.append(f"  br i1 {going}, label %{inside}, label %{after}")
        self.begin(inside)
        following = body(carried)
        self.lines.append(f"  br label %{head}")
        self.lines[place:place] = [
            f"  {name} = phi {kind} [{first}, %{before}], [{later}, %{self.block}]"
            for name, kind, first, later in zip(carried, kinds, start, following, strict=True)
        ]
        self.begin(after)
        return carried
