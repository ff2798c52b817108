"""Small dense factorisations of many matrices at once, lanes last: arithmetic of whole vectors in place of calls of LAPACK."""

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float

# Rotations converge quadratically: where no pair of columns was farther from orthogonal than this in a sweep, all of them are
# orthogonal to rounding after it.
LAST_SWEEP = 1e-8
# Sweeps of plane rotations after which even badly graded matrices have converged; usual ones take six to nine.
LARGEST_SWEEPS = 40


def triangle_of(
    columns: Float[Array, "row mode lane"], weight: Float[Array, "row lane"], least: float = 0.0
) -> tuple[Float[Array, "mode mode lane"], Float[Array, "row mode lane"], Bool[Array, "mode lane"]]:
    """R and Q of columns = Q R, Q orthonormal in the inner product of the weight, by the modified Gram-Schmidt process.

    Args:
        columns: `[row, mode, lane]`.
        weight: `[row, lane]`, non-negative.
        least: a column whose norm falls to this share of itself is dependent, and becomes zero.

    Returns:
        R with ones on the diagonal of dependent columns, Q, and which columns are independent.

    Source: Björck, Linear Algebra Appl. 197-198, 297 (1994), 10.1016/0024-3795(94)90493-6: R is as accurate as Householder's.
    """
    modes = columns.shape[1]
    norms = jnp.sqrt(jnp.sum(weight[:, None] * columns**2, axis=0))

    def orthogonalise(rest, mode):
        left = rest[:, mode]
        norm = jnp.sqrt(jnp.sum(weight * left**2, axis=0))
        good = norm > least * norms[mode]
        norm = jnp.where(good, norm, 1.0)
        unit = jnp.where(good[None], left / norm[None], 0.0)
        shares = jnp.sum((weight * unit)[:, None] * rest, axis=0)
        shares = jnp.where((jnp.arange(modes) > mode)[:, None], shares, 0.0)
        rest = (rest - unit[:, None] * shares[None]).at[:, mode].set(unit)
        return rest, (shares.at[mode].set(norm), good)

    # a loop over the modes: written out it would take minutes to compile
    unit, (triangle, kept) = lax.scan(orthogonalise, columns, jnp.arange(modes))
    return triangle, unit, kept


def singular_values(triangle: Float[Array, "mode mode lane"]) -> tuple[Float[Array, "mode lane"], Array]:
    """Singular values of upper triangles, small ones to high relative accuracy, and the right singular vectors.

    The columns of the transpose are made orthogonal by plane rotations, disjoint pairs of them at once; what they become is
    the right vectors times the values. A lane that has converged is not changed by the others.

    Args:
        triangle: `[row, column, lane]`, not singular.

    Returns:
        values `[mode, lane]` in no order, and vectors `[mode, column, lane]`.

    Source: Demmel & Veselić, SIAM J. Matrix Anal. Appl. 13, 1204 (1992), 10.1137/0613074; Drmač & Veselić, SIAM J. Matrix
        Anal. Appl. 29, 1322 (2008), 10.1137/050639193.
    """
    modes, _, lanes = triangle.shape
    pairs = (modes + 1) // 2
    filled = jnp.concatenate([triangle, jnp.zeros((2 * pairs - modes, modes, lanes), triangle.dtype)])
    tolerance = modes * jnp.finfo(triangle.dtype).eps

    def turn(_, carry):
        one, other, done, far_off = carry
        ahead, behind, mixed = _sum(one * one), _sum(other * other), _sum(one * other)
        scale = jnp.sqrt(ahead * behind)
        far = ~done[None] & (jnp.abs(mixed) > tolerance * scale)
        far_off = far_off | jnp.any(jnp.abs(mixed) > LAST_SWEEP * scale, axis=0)
        cotangent = (behind - ahead) / jnp.where(far, 2 * mixed, 1.0)
        tangent = jnp.where(cotangent < 0, -1.0, 1.0) / (jnp.abs(cotangent) + jnp.sqrt(1 + cotangent**2))
        tangent = jnp.where(far, tangent, 0.0)
        cosine = 1 / jnp.sqrt(1 + tangent**2)
        cosine, sine = cosine[:, None], (cosine * tangent)[:, None]
        one, other = cosine * one - sine * other, sine * one + cosine * other
        if pairs > 1:  # all but the first column go round, so that each meets each
            one, other = jnp.concatenate([one[:1], other[:1], one[1:-1]]), jnp.concatenate([other[1:], one[-1:]])
        return one, other, done, far_off

    def sweep(carry):
        count, one, other, done = carry
        one, other, _, far_off = lax.fori_loop(0, 2 * pairs - 1, turn, (one, other, done, jnp.zeros_like(done)))
        return count + 1, one, other, done | ~far_off

    start = (jnp.asarray(0), filled[:pairs], filled[pairs:], jnp.zeros(lanes, bool))
    _, one, other, _ = lax.while_loop(lambda carry: (carry[0] < LARGEST_SWEEPS) & ~jnp.all(carry[3]), sweep, start)
    found = jnp.concatenate([one, other])
    # a column of zeros that was added stays one and is left out
    values = jnp.sqrt(_sum(found * found))
    if 2 * pairs > modes:
        values, found = values[:-1], found[:-1]
    return values, found / values[:, None]


def divide(
    columns: Float[Array, "row mode lane"], triangle: Float[Array, "mode mode lane"], kept: Bool[Array, "mode lane"]
) -> Float[Array, "row mode lane"]:
    """Columns times the inverse of an upper triangle; columns that are not kept become zero."""

    def take_out(rest, step):
        mode, row, good = step
        unit = jnp.where(good[None], rest[:, mode] / row[mode][None], 0.0)
        shares = jnp.where((jnp.arange(row.shape[0]) > mode)[:, None], row, 0.0)
        return (rest - unit[:, None] * shares[None]).at[:, mode].set(unit), None

    return lax.scan(take_out, columns, (jnp.arange(columns.shape[1]), triangle, kept))[0]


def rotate(vectors: Float[Array, "mode column lane"], values: Float[Array, "column lane"]) -> Float[Array, "mode lane"]:
    """Products of each vector with the values, `[mode, lane]`."""
    return _sum(vectors * values[None])


def _sum(values):
    """Sum over the middle axis, written out: whole vectors of lanes, where a reduction call is slow."""
    parts = jax.lax.split(values, (1,) * values.shape[1], axis=1)
    return sum(parts[1:], start=parts[0])[:, 0]
