"""One BLAS thread a call while several Python threads compute."""

from contextlib import AbstractContextManager


def single_threaded_blas() -> AbstractContextManager:
    """Keep BLAS and LAPACK (which XLA calls on a CPU) from starting threads of their own, to the end of a `with` or for good.

    Their threads wait by spinning: with two Python threads on two cores a run was measured ten times slower. The limit
    holds for the whole process.
    """
    # XLA takes LAPACK from SciPy, and only libraries that are loaded can be limited.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1, user_api="blas")
