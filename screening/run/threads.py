"""One BLAS thread a call while several Python threads compute."""

from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def single_threaded_blas() -> Generator[None]:
    """Keep BLAS and LAPACK (which XLA calls on a CPU) from starting threads of their own.

    Their threads wait by spinning: with two Python threads on two cores a run was measured ten times slower. The limit
    holds for the whole process and is lifted at the end.
    """
    # XLA takes LAPACK from SciPy, and only libraries that are loaded can be limited.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield
