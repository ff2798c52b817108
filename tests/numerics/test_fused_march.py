"""The march in one kernel, as machine code and as a card runs it but interpreted here, against the usual loop."""

from dataclasses import replace
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels import march
from kernels.constants import ELEMENTARY_CHARGE
from kernels.electrodes import InteractingDeposit
from kernels.experiment import Numerics, build_cell, run_experiment
from kernels.fused import vector_math
from kernels.fused.lane_kernel import on_blocks
from kernels.fused.lane_program import LaneProgram
from kernels.fused.processor_kernel import compiler_version, on_vectors
from kernels.fused.row_loop import stored
from kernels.fused.row_rules import NotOfLanes
from kernels.kinetics import MarcusHushChidsey
from kernels.laws import ActivatedFaces
from kernels.march import StepControl, plan_and_march
from kernels.mesh import Mesh
from kernels.status import Status
from tests.numerics import cells

NUMERICS = Numerics(mesh=Mesh(4, 12, 10.0, 1e3), order=6, control=StepControl(tolerance=0.01))
LANES = 11  # no multiple of a block


def metal(random, **more):
    stacks = [cells.random_stack(random, 2, diffusivity=(1e-18, 1e-11)) for _ in range(LANES)]
    return cells.metal_sample(
        stacks,
        exchange_current_density=10 ** random.uniform(-1, 4, LANES),
        monolayer_inventory=1e-5,
        series_resistance=10 ** random.uniform(-5, -3, LANES),
        double_layer_capacitance=0.1,
        **more,
    )


def cycle(random, vertices=(0.1, -0.3, 0.3)):
    return cells.sweep_drive(vertices, 10 ** random.uniform(-2, -0.5, LANES), 40)


def interacting(random):
    sample = metal(random)
    return replace(sample, electrode=InteractingDeposit(**vars(sample.electrode), interaction=cells.lanes(3.0, LANES)))


def couple(random):
    stacks = [cells.random_stack(random, 1, diffusivity=(1e-14, 1e-11), transference=False) for _ in range(LANES)]
    return cells.couple_sample(
        stacks,
        reduced_diffusivity=3e-10,
        rate_constant=10 ** random.uniform(-7, -2, LANES),
        series_resistance=1e-4,
        double_layer_capacitance=0.2,
    )


def pulses(random):
    """Ten segments, more than are picked by comparisons, of both controls."""
    steps = [("potential", 1.0, -0.02 * number, -0.02 * number - 0.05) for number in range(5)]
    imposed = [("current", 2.0, -0.05, -0.05), ("current", 2.0, 0.02, 0.02, -np.inf, 0.5)]
    return cells.segment_drive(*steps, *imposed, *steps[:3], steps=10, count=LANES)


def faced(random):
    """An activated outer face on the outer layer; one lane has none."""
    sample = metal(random, resistivity=1e5)
    barrier = jnp.asarray(10 ** random.uniform(-2, 3, (LANES, 1))).at[2].set(jnp.inf)
    exchange = jnp.concatenate([jnp.full((LANES, 1), jnp.inf), barrier], axis=1)
    faces = ActivatedFaces(exchange, jnp.full((LANES, 2), 0.4), jnp.zeros((LANES, 2)))
    return replace(sample, stack=replace(sample.stack, faces=faces))


def with_status(sample):
    """One lane that is no number, and one whose film is sealed."""
    spoiled = sample.stack.diffusivity.at[3].set(jnp.nan)
    sealed = sample.stack.interface_resistance.at[5].set(1e25)
    return replace(sample, stack=replace(sample.stack, diffusivity=spoiled, interface_resistance=sealed))


EVERY_TIME = ("metal", "soluble couple")
KINDS = {
    "metal": (lambda r: with_status(metal(r)), cycle, False),
    "ohmic film, high field": (partial(metal, resistivity=1e5, jump_distance=5e-10), cycle, True),
    "activated face": (faced, cycle, True),
    "interacting deposit": (interacting, cycle, False),
    "soluble couple": (couple, partial(cycle, vertices=(0.3, -0.3, 0.3)), False),
    "both controls, ten segments": (partial(metal, initial_inventory=1e-3), pulses, False),
}


def case(kind, precision="float64"):
    make, drive, ohmic = KINDS[kind]
    random = np.random.default_rng(7)
    return make(random), drive(random), replace(NUMERICS, precision=precision), ohmic


MACHINE_CODE = pytest.param(
    on_vectors, id="machine code", marks=pytest.mark.skipif(not compiler_version(), reason="llvmlite is not installed")
)
CARD = pytest.param(partial(on_blocks, block=4, interpret=True), id="card")


def run_by(kernel, monkeypatch, sample, drive, numerics, ohmic):
    """A run by a kernel."""
    monkeypatch.setattr(march, "kernels_found", lambda: {"cpu": kernel})
    # a function of its own, as JAX would take the trace of another kernel for this one
    return jax.jit(lambda *given: run_experiment(*given, numerics, ohmic))(sample, drive)


@cache
def usual_run(kind, precision="float64", tolerance=0.01):
    """The same run by XLA's loop, whatever else is there."""
    sample, drive, numerics, ohmic = case(kind, precision)
    numerics = replace(numerics, control=StepControl(tolerance=tolerance))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(march, "kernels_found", dict)
        return jax.jit(lambda *given: run_experiment(*given, numerics, ohmic))(sample, drive)


def lowered(monkeypatch, sample, drive, numerics, ohmic):
    """The march alone as text for a CUDA device; nothing is computed."""
    monkeypatch.setattr(march, "kernels_found", lambda: {"cuda": on_blocks})
    monkeypatch.setattr(march, "by_platform", lambda routes, usual, *start: routes["cuda"](*start))
    cell = jax.eval_shape(partial(build_cell, numerics=numerics, ohmic=ohmic), sample, drive)
    cast = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, numerics.precision), drive)
    traced = jax.jit(plan_and_march, static_argnums=(2, 3)).trace(cell, cast, numerics.control, False)
    return traced.lower(lowering_platforms=("cuda",)).as_text()


# each kind compiles the usual loop, and for a card an interpreted kernel; metal and couple are the two that differ most
@pytest.mark.parametrize("kernel", [MACHINE_CODE, CARD])
@pytest.mark.parametrize(
    "kind", [kind if kind in EVERY_TIME else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS]
)
def test_kernel_and_loop_agree(kind, kernel, monkeypatch):
    usual, found = usual_run(kind), run_by(kernel, monkeypatch, *case(kind))
    assert found.status.tolist() == usual.status.tolist()
    assert (np.asarray(usual.status) == Status.OK).sum() >= LANES - 2
    assert int(found.rows) == int(usual.rows)
    for name, expected in vars(usual.plan).items():
        values = getattr(found.plan, name)
        assert values.dtype == expected.dtype
        counts = usual.plan.accepted  # a block of lanes ends before the last lane of all
        np.testing.assert_allclose(np.where(counts, values, 0), np.where(counts, expected, 0), rtol=1e-12, err_msg=name)
    for name, expected in vars(usual.trajectory).items():
        scale = np.nanmax(np.abs(np.asarray(expected)), axis=0)
        deviation = np.abs(np.asarray(getattr(found.trajectory, name)) - np.asarray(expected))
        assert np.nanmax(deviation / np.maximum(scale, 1e-300)) < 1e-9, name
    for leaf, expected in zip(jax.tree.leaves(found.final), jax.tree.leaves(usual.final), strict=True):
        assert leaf.shape == expected.shape


@pytest.mark.parametrize("kernel", [MACHINE_CODE, pytest.param(*CARD.values, id=CARD.id, marks=pytest.mark.slow)])
def test_single_precision(kernel, monkeypatch):
    """Rounding may move a step; the peaks hardly notice."""
    sample, drive, numerics, ohmic = case("metal", "float32")
    start = sample, drive, replace(numerics, control=StepControl(tolerance=1e-3)), ohmic
    usual, found = usual_run("metal", "float32", 1e-3), run_by(kernel, monkeypatch, *start)
    assert found.trajectory.current.dtype == jnp.float32
    assert found.status.tolist() == usual.status.tolist()
    good = np.asarray(usual.status) == Status.OK
    peaks = [np.asarray(run.trajectory.current).min(axis=0)[good] for run in (found, usual)]
    assert np.abs(peaks[0] / peaks[1] - 1).max() < 1e-5


@pytest.mark.parametrize("kernel", [MACHINE_CODE, CARD])
def test_no_bit_depends_on_the_neighbours(kernel, monkeypatch):
    sample, drive, numerics, ohmic = case("metal")
    order = np.random.default_rng(1).permutation(LANES)
    usual = run_by(kernel, monkeypatch, sample, drive, numerics, ohmic).trajectory
    moved = jax.tree.map(lambda x: x[order], sample), jax.tree.map(lambda x: x[:, order], drive)
    other = run_by(kernel, monkeypatch, *moved, numerics, ohmic).trajectory
    for name, values in vars(usual).items():
        assert np.asarray(values)[:, order].tobytes() == np.asarray(getattr(other, name)).tobytes(), name


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_lowers_for_a_card_without_one(kind, precision, monkeypatch):
    text = lowered(monkeypatch, *case(kind, precision))
    assert "triton" in text
    assert "stablehlo.while" not in text  # no step is left outside the kernel


def test_lowers_with_as_many_modes_as_two_species_may_have(monkeypatch):
    sample, drive, numerics, ohmic = case("soluble couple", "float32")
    many = replace(numerics, order=32, mesh=Mesh(16, 24, 10.0, 1e3))
    assert "triton" in lowered(monkeypatch, sample, drive, many, ohmic)


@pytest.mark.parametrize(
    ("order", "law", "reason"),
    [(0, None, "lanes before the last axis"), (6, MarcusHushChidsey, "193 numbers a lane")],
    ids=["full order", "integrals over energy"],
)
def test_what_no_kernel_holds_takes_the_usual_route_and_says_so(order, law, reason, monkeypatch):
    sample, drive, numerics, ohmic = case("metal")
    if law is not None:
        kinetics = law(cells.lanes(0.5 * ELEMENTARY_CHARGE, LANES), sample.temperature)
        sample = replace(sample, electrode=replace(sample.electrode, kinetics=kinetics))
    march.tell_usual.cache_clear()
    with pytest.warns(UserWarning, match=f"no fused stepping for .*{reason}"):
        text = lowered(monkeypatch, sample, drive, replace(numerics, order=order), ohmic)
    assert "triton" not in text
    assert "stablehlo.while" in text


@pytest.mark.parametrize("version", ["", "0.50"])
def test_a_processor_takes_machine_code_where_there_is_a_compiler(version, monkeypatch):
    sample, drive, numerics, ohmic = case("metal")
    monkeypatch.setattr(march, "compiler_version", lambda: version)
    taken = []

    def kernel(loop, inputs):
        taken.append(loop)
        return [jnp.zeros(shape.shape, shape.dtype) for shape in map(stored, loop.found)]

    monkeypatch.setattr(march, "on_vectors", kernel)
    jax.eval_shape(lambda *given: run_experiment(*given, numerics, ohmic), sample, drive)
    assert len(taken) == bool(version)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["exp", "log", "log1p", "asinh"])
def test_elementary_functions_are_exact_to_two_units_in_the_last_place(name, dtype):
    limits, random = np.finfo(dtype), np.random.default_rng(5)
    near, far = random.uniform(-1, 1, 5000), 10 ** random.uniform(-30, np.log10(limits.max) - 1, 5000)
    low, high = np.log(limits.tiny), np.log(limits.max)
    x = {
        "exp": np.concatenate([near, random.uniform(low + 1, high - 1e-3, 5000)]),
        "log": np.concatenate([far, 1 + near / 2]),
        "log1p": np.concatenate([far, near, near * 1e-9]),
        "asinh": np.concatenate([far, -far, near]),
    }[name].astype(dtype)
    exact = getattr(np, name)(x.astype(np.longdouble))
    found = np.asarray(getattr(vector_math, name)(jnp.asarray(x)))
    assert found.dtype == dtype
    assert (np.abs(found - exact) / np.spacing(np.abs(exact).astype(dtype))).max() < 2
    ends = {
        "exp": [-np.inf, low - 1, high + 1],
        "log": [0, -1, np.inf],
        "log1p": [-1, -2, np.inf],
        "asinh": [0, np.inf],
    }
    ends = np.array([*ends[name], np.inf, np.nan], dtype)
    with np.errstate(all="ignore"):
        expected = np.where(np.abs(getattr(np, name)(ends)) < limits.tiny, 0, getattr(np, name)(ends))
    np.testing.assert_array_equal(np.asarray(getattr(vector_math, name)(jnp.asarray(ends))), expected)


@pytest.mark.skipif(not compiler_version(), reason="llvmlite is not installed")
def test_beside_a_card_each_platform_takes_its_own_kernel(monkeypatch):
    sample, drive, numerics, ohmic = case("metal", "float32")
    cell = jax.eval_shape(partial(build_cell, numerics=numerics, ohmic=ohmic), sample, drive)
    cast = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, numerics.precision), drive)
    monkeypatch.setattr(march, "kernels_found", lambda: {"cuda": on_blocks, "cpu": on_vectors})
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    traced = jax.jit(lambda *given: plan_and_march(*given, numerics.control, False)).trace(cell, cast)
    for platform, own, others in (("cpu", "sei_rows", "triton"), ("cuda", "triton", "sei_rows")):
        text = traced.lower(lowering_platforms=(platform,)).as_text()
        assert own in text, platform
        assert others not in text, platform


def test_a_function_of_several_lanes_is_refused():
    with pytest.raises(NotOfLanes):
        LaneProgram(lambda x: jnp.cumsum(x), jnp.ones(4))([jnp.ones(4)])
    with pytest.raises(NotOfLanes):
        LaneProgram(lambda x: jnp.roll(x, 1), jnp.ones(4))([jnp.ones(4)])
