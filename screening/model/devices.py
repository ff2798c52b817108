"""The device that computes, and how JAX compiles for it."""

import jax

from kernels.fused.lane_kernel import card_found
from kernels.fused.processor_kernel import compiler_version
from screening.errors import StudyError

# Exponentials run 1.3 times as fast in 512-bit registers, where the processor has them.
CPU_COMPILER = {"xla_cpu_prefer_vector_width": 512}


def compiler_options(platform: str) -> dict[str, int] | None:
    """Options of `jax.jit` for a platform."""
    return CPU_COMPILER if platform == "cpu" else None


def stepping_compiler(platform: str) -> str:
    """What compiles the time steps of a voltammogram: into one kernel where a compiler for that is there, else XLA."""
    if platform == "cpu":
        return f"llvmlite {compiler_version()}" if compiler_version() else "XLA"
    return "Triton" if card_found() else "XLA"


def find_device(kind: str | None) -> jax.Device:  # pyright: ignore[reportInvalidTypeForm]
    """The first JAX device of a kind, "cpu" or "gpu"; JAX's default if None."""
    if kind is None:
        return jax.devices()[0]
    if kind not in ("cpu", "gpu"):
        raise StudyError("device", got=kind, expected='"cpu" or "gpu"', fix="choose one of them", where="--device")
    try:
        return jax.devices(kind)[0]
    except RuntimeError:
        present = ", ".join(sorted({device.platform for device in jax.devices()}))
        raise StudyError(
            "no such device",
            got=kind,
            expected=f"one of those present: {present}",
            fix='install the extra "gpu" on a machine with a GPU, or leave --device out',
            where="--device",
        ) from None
