"""One policy for every test: float64, no silent promotion, shapes checked by a flag, one thread a worker."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

# Before JAX starts its thread pool: parallel test workers share the cores, so each takes one.
if "PYTEST_XDIST_WORKER" in os.environ:
    for variable in ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
# A shell that starts the tests in the background has them ignore the interrupts that some send to themselves.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ.setdefault("MPLBACKEND", "agg")
# Parallel test workers are told the width of the terminal, which tables follow; without it they print in full.
os.environ.pop("COLUMNS", None)
# The commands that tests start leave the user's cache folder alone.
os.environ.setdefault("JAX_ENABLE_COMPILATION_CACHE", "true")
os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")

# Before the first import of kernels: the hook rewrites its modules as they load. Shapes stand in signatures there only;
# the models of screening check themselves.
if os.environ.get("SEI_TYPECHECK") == "1":
    from beartype import BeartypeConf, beartype
    from jaxtyping import install_import_hook

    # the hook takes its checker by name, and an int is a float here as it is in PEP 484
    checker = ModuleType("sei_screening_typecheck")
    checker.check = beartype(conf=BeartypeConf(is_pep484_tower=True))
    sys.modules[checker.__name__] = checker
    install_import_hook("kernels", f"{checker.__name__}.check")

import jax
from jax.experimental.compilation_cache import compilation_cache

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

TESTS = Path(__file__).resolve().parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark benchmarks, so that no timing slips into an ordinary run; leave out what needs a GPU where there is none."""
    for item in items:
        if (TESTS / "bench") in item.path.parents:
            item.add_marker(pytest.mark.bench)
    on_gpu = [item for item in items if item.get_closest_marker("gpu")]
    if on_gpu and jax.default_backend() != "gpu":
        config.hook.pytest_deselected(items=on_gpu)
        items[:] = [item for item in items if item not in on_gpu]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return TESTS.parent


@pytest.fixture(scope="session")
def film_text(repository: Path) -> str:
    """The packaged study `quick`, asked for what follows from the film alone: nothing is stepped in time."""
    quick = (repository / "experiments" / "quick.toml").read_text(encoding="utf-8")
    return quick + '[output]\noutputs = ["limiting_current_density"]\n'


@pytest.fixture(scope="module")
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What one command or process compiles, others load; where the tests have a folder for it, that serves."""
    if os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        yield
        return
    folder = str(tmp_path_factory.mktemp("compiled"))
    before = getattr(jax.config, "jax_compilation_cache_dir")  # noqa: B009, no attribute to type checkers
    jax.config.update("jax_compilation_cache_dir", folder)
    compilation_cache.reset_cache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAX_COMPILATION_CACHE_DIR", folder)  # what processes inherit
        yield
    jax.config.update("jax_compilation_cache_dir", before)
    compilation_cache.reset_cache()


@pytest.fixture(scope="session")
def sei_data(repository: Path) -> Path:
    """The folder of measured and reference data, kept outside the repository because its licences differ."""
    folder = Path(os.environ.get("SEI_DATA", repository.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no measured data at {folder}: set SEI_DATA to their folder")
    return folder
