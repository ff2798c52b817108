"""One policy for every test: float64, no silent promotion of rank or dtype, shapes checked by a flag, one thread each."""

import os
from pathlib import Path

import pytest

# Before JAX starts its thread pool: parallel test workers share the cores, so each takes one.
if "PYTEST_XDIST_WORKER" in os.environ:
    for variable in ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")

# Before the first import of our packages: the hook rewrites them as they load.
if os.environ.get("SEI_TYPECHECK") == "1":
    from jaxtyping import install_import_hook

    install_import_hook(["kernels", "screening"], "beartype.beartype")

import jax

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

TESTS = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything under tests/bench as a benchmark, so that no timing slips into an ordinary run."""
    for item in items:
        if (TESTS / "bench") in item.path.parents:
            item.add_marker(pytest.mark.bench)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return TESTS.parent


@pytest.fixture(scope="session")
def sei_data(repository: Path) -> Path:
    """The folder of measured and reference data, kept outside the repository because its licences differ."""
    folder = Path(os.environ.get("SEI_DATA", repository.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no measured data at {folder}: set SEI_DATA to their folder")
    return folder
