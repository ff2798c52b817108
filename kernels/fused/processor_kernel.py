"""The loop over rows as machine code of this processor: a few lanes a vector, each group as long as its own slowest lane.

LLVM compiles it in a fraction of a second where llvmlite is installed, and XLA calls it by its interface for foreign functions.
"""

import ctypes
import hashlib
import threading
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from kernels.fused.row_loop import RowLoop, stored
from kernels.fused.vector_code import TYPES, VectorCode

# What XLA hands to a foreign function, as far as it is read here, and its question for the version of the interface, 0.3,
# which comes first. Source: xla/ffi/api/c_api.h, which JAX ships.
INTERFACE = """\
%list = type { i64, ptr, i64, ptr, ptr }
%frame = type { i64, ptr, ptr, ptr, i32, %list, %list }
%buffer = type { i64, ptr, i32, ptr, i64, ptr }
%question = type { i64, i32, ptr, ptr }
%version = type { i64, i64, ptr, i32, i32 }
"""
OPENING = """\
entry:
  %extension.at = getelementptr %frame, ptr %frame, i64 0, i32 1
  %extension = load ptr, ptr %extension.at
  %plain = icmp eq ptr %extension, null
  br i1 %plain, label %work, label %extended
extended:
  %kind.at = getelementptr %question, ptr %extension, i64 0, i32 1
  %kind = load i32, ptr %kind.at
  %asks = icmp eq i32 %kind, 1
  br i1 %asks, label %answer, label %work
answer:
  %version.at = getelementptr %question, ptr %extension, i64 0, i32 3
  %version = load ptr, ptr %version.at
  %major = getelementptr %version, ptr %version, i64 0, i32 3
  store i32 0, ptr %major
  %minor = getelementptr %version, ptr %version, i64 0, i32 4
  store i32 3, ptr %minor
  ret ptr null"""

# Machine code by the name that XLA knows it by; it stays for the life of the process, as XLA's programs do.
_compiled: dict[str, Any] = {}
_compiling = threading.Lock()


@cache
def compiler_version() -> str:
    """Whether loops can be compiled for this processor.

    Returns:
        version of llvmlite, empty where it is not installed.
    """
    try:
        import llvmlite
    except ImportError:
        return ""
    return llvmlite.__version__


def on_vectors(loop: RowLoop, inputs: list[Array]) -> list[Array]:
    """A loop over rows as one function of this processor.

    Args:
        loop: what is repeated.
        inputs: `[row, lane]`, of `loop.given`.

    Returns:
        arrays of `loop.found`.

    Raises:
        NotOfLanes: an operation that is not known here.
    """
    widest = max(leaf.dtype.itemsize for leaf in loop.given if jnp.issubdtype(leaf.dtype, jnp.floating))
    width, lanes = _vector_bytes() // widest, inputs[0].shape[-1]
    name = _registered(_text(loop, width))
    shapes = [
        jax.ShapeDtypeStruct((shape.shape[0], max(lanes, width)), shape.dtype) for shape in map(stored, loop.found)
    ]
    if lanes < width:
        inputs = [jnp.pad(values, [(0, 0), (0, width - lanes)], mode="edge") for values in inputs]
    found = jax.ffi.ffi_call(name, shapes, vmap_method="sequential")(*inputs)
    return [values[:, :lanes] for values in found]


def _text(loop, width):
    """LLVM's text of the function: groups of lanes by turns; a last one that is not full begins earlier."""
    code = VectorCode(width)
    code.lines += OPENING.splitlines()
    code.begin("work")
    arguments = [_buffer(code, 5, number) for number in range(len(loop.given))]
    results = [_buffer(code, 6, number) for number in range(len(loop.found))]
    rows, lanes = (_field(code, "i64", "i64", _field(code, "%buffer", "ptr", results[0], 5), place) for place in (0, 1))
    arguments, results = ([_field(code, "%buffer", "ptr", one, 3) for one in many] for many in (arguments, results))
    last = code.new(f"sub i64 {lanes}, {width}")
    shapes = [jax.ShapeDtypeStruct((width,), dtype) for _, _, dtype in loop.inputs]
    shapes_of_parts = loop.parts(shapes)

    def program(function, parts, vectors):
        return code.call(lambda *rows: function(list(rows)), [shape for part in parts for shape in part], vectors)

    def group(carry):
        first = code.intrinsic("smin", "i64", [carry[0], last])

        def place(array, row, dtype):
            """Memory of a row of an array, and the type there."""
            kind = "i8" if dtype.kind == "b" else TYPES[dtype.name]
            offset = code.new(f"mul i64 {row}, {lanes}")
            offset = code.new(f"add i64 {offset}, {first}")
            return code.new(f"getelementptr {kind}, ptr {array}, i64 {offset}"), f"<{width} x {kind}>"

        def read(array, row, dtype):
            at, kind = place(array, row, dtype)
            found = code.new(f"load {kind}, ptr {at}, align 1")
            return code.new(f"icmp ne {kind} {found}, zeroinitializer") if dtype.kind == "b" else found

        def write(number, row, value):
            dtype = np.dtype(loop.found[number].dtype)
            at, kind = place(results[number], row, dtype)
            if dtype.kind == "b":
                value = code.new(f"zext <{width} x i1> {value} to {kind}")
            code.lines.append(f"  store {kind} {value}, ptr {at}, align 1")

        def write_row(row, values):
            for number, value in enumerate(values):
                write(number, row, value)

        vectors = [read(arguments[number], row, dtype) for number, row, dtype in loop.inputs]
        fixed, state, row_0 = loop.parts(vectors)
        constants_and_state, state_and_row = shapes_of_parts[:2], shapes_of_parts[1:]

        def unfinished(carry):
            going = program(loop.unfinished, constants_and_state, [*fixed, *carry[1:]])[0]
            going = code.intrinsic("vector.reduce.or", f"<{width} x i1>", [going], "i1")
            return code.new(f"and i1 {going}, {code.new(f'icmp slt i64 {carry[0]}, {rows}')}")

        def advance(carry):
            found = program(loop.step, constants_and_state, [*fixed, *carry[1:]])
            write_row(carry[0], found[len(state) :])
            return [code.new(f"add i64 {carry[0]}, 1"), *found[: len(state)]]

        def fill(carry):
            write_row(carry[0], filler)
            return [code.new(f"add i64 {carry[0]}, 1")]

        write_row(0, row_0)
        kinds = [code.type_of(shape) for shape in shapes_of_parts[1]]
        used, *state = code.loop(["i64", *kinds], ["1", *state], unfinished, advance)
        filler = program(loop.filler, state_and_row, [*state, *row_0])
        code.loop(["i64"], [used], lambda carry: code.new(f"icmp slt i64 {carry[0]}, {rows}"), fill)
        for (number, row), value in zip(loop.state_places, state, strict=True):
            write(number, row, value)
        write(len(loop.found) - 1, 0, code.spread(code.new(f"trunc i64 {used} to i32"), "i32"))
        return [code.new(f"add i64 {carry[0]}, {width}")]

    code.loop(["i64"], ["0"], lambda carry: code.new(f"icmp slt i64 {carry[0]}, {lanes}"), group)
    return "\n".join(
        [INTERFACE, *sorted(code.declared), "define ptr @rows(ptr %frame) {", *code.lines, "  ret ptr null", "}"]
    )


def _field(code, kind, member, base, *places):
    """Load a field of a structure, or an entry of a list."""
    path = f"i64 {places[0]}" if kind == member else "i64 0, " + ", ".join(f"i32 {place}" for place in places)
    return code.new(f"load {member}, ptr {code.new(f'getelementptr {kind}, ptr {base}, {path}')}")


def _buffer(code, side, number):
    """XLA's description of an argument (5) or a result (6)."""
    return _field(code, "ptr", "ptr", _field(code, "%frame", "ptr", "%frame", side, 4), number)


def _registered(text):
    """Name under which XLA knows the function; compiled once in a process."""
    import llvmlite.binding as llvm

    name = f"sei_rows_{hashlib.sha256(text.encode()).hexdigest()[:24]}"
    with _compiling:
        if name in _compiled:
            return name
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.Target.from_default_triple().create_target_machine(
            cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2
        )
        module = llvm.parse_assembly(text)
        module.triple, module.data_layout = machine.triple, str(machine.target_data)
        builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
        builder.getModulePassManager().run(module, builder)
        engine = llvm.create_mcjit_compiler(module, machine)
        engine.finalize_object()
        function = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(engine.get_function_address("rows"))
        jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(function), platform="cpu")
        _compiled[name] = engine
    return name


@cache
def _vector_bytes() -> int:
    """Bytes of the widest registers."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx2") else 16
