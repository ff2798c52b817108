"""Reduced order by rational Krylov projection: the map electrode flux -> surface activity as a few decoupled modes.

The full model C u' = -G u + s J, u_s = u_0 + d J is projected on span{(G + sigma_k C)^-1 b_k} for real shifts sigma_k,
with b_k the surface cell or s by turns, orthonormalised in the C inner product and diagonalised. The result is

    z_i' = -rate_i z_i + J,        u_s = sum_i residue_i z_i + direct J,

exact in time for a given flux, and positive (stable) because the projection is symmetric.
Source: rational Krylov (Galerkin) model reduction, Ruhe, Linear Algebra Appl. 58, 391 (1984),
10.1016/0024-3795(84)90221-0; Druskin, Lieberman & Zaslavsky, SIAM J. Sci. Comput. 32, 2485 (2010), 10.1137/090774082.
"""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.lax import linalg
from jaxtyping import Array, Float

from kernels.lane_factorisation import divide, rotate, singular_values, triangle_of
from kernels.transport import TransportOperator, solve_shifted

# A direction whose norm falls by more than this factor in the orthogonalisation is rounding noise and dropped. The value has
# to be small, because the large cells far from the electrode dominate the norm: over random stacks 1e-10 in place of 1e-13
# costs four digits of the response (measured).
DEPENDENT_DIRECTION = 1e-13
# Number of the smallest time steps in one base step, 2**deepest_level of `kernels.march.StepControl`.
SMALLEST_STEPS = 2**14
# Modes whose relative difference in rate is below this do not mix in derivatives; all dropped directions share one rate.
EQUAL_RATES = 1e-12


class SurfaceModes(eqx.Module):
    """Decoupled modes of the surface response; every field is traced, the number of modes is static.

    Attributes:
        rate: `[mode, *lane]`, s-1, non-negative.
        residue: `[mode, *lane]`, m-1.
        direct: `[*lane]`, s m-1, instantaneous share of the response.
    """

    rate: Float[Array, "mode *lane"]
    residue: Float[Array, "mode *lane"]
    direct: Float[Array, "*lane"]


def shifts(order: int, longest_time: Float[Array, ""] | float, shortest_time: Float[Array, ""] | float) -> Array:
    """Real shifts spaced logarithmically over [1 / longest, 100 / shortest], and one far above these.

    The last shift makes the response to the smallest steps after a jump of the drive accurate. Without it the instantaneous
    response can be negative where the transference number jumps inside the film, and the electrode equation then has no root.

    Args:
        order: number of shifts (static), at least 2.
        longest_time: duration of the longest experiment, s.
        shortest_time: shortest time that matters, s (a time step).

    Returns:
        `[order]`, s-1.

    Example:
        >>> shifts(4, 10.0, 0.1).tolist()
        [0.1, 10.0, 1000.0, 1638400.0]
    """
    low, high = -jnp.log10(jnp.asarray(longest_time)), 2 - jnp.log10(jnp.asarray(shortest_time))
    spaced = 10 ** (low + (high - low) * jnp.linspace(0.0, 1.0, order - 1))
    return jnp.append(spaced, SMALLEST_STEPS * 10 / jnp.asarray(shortest_time))


def reduce_batch(
    operator: TransportOperator, shift: Float[Array, "candidate mode"], differentiable: bool = False
) -> SurfaceModes:
    """Project a batch of stacks, candidate first.

    The linear solves are batched. The small dense factorisations run one after the other on a CPU: a batched LAPACK call waits
    inside the thread pool for tasks of the same pool, which deadlocks when two Python threads run batches. On other devices
    they are arithmetic of lanes, which on a CPU takes twice as long as LAPACK.

    Args:
        operator: fields `[candidate, ...]`.
        shift: `[candidate, mode]`, s-1.
        differentiable: carry first derivatives (see `_perturb`); do not differentiate twice.

    Returns:
        SurfaceModes with `[candidate, mode]` arrays.
    """
    columns = jax.vmap(_krylov_columns)(operator, shift)

    def project(one):
        stack, basis, poles = one
        return _project(stack, basis, poles, differentiable)

    batch, one_by_one = (operator, columns, shift), partial(jax.lax.map, project)
    if jax.default_backend() == "cpu":
        return one_by_one(batch)
    return jax.lax.platform_dependent(
        batch, cpu=one_by_one, default=lambda batch: project_lanes(*batch, differentiable=differentiable)
    )


def project_lanes(
    operator: TransportOperator,
    columns: Float[Array, "candidate cell mode"],
    shift: Float[Array, "candidate mode"],
    differentiable: bool = False,
) -> SurfaceModes:
    """The same projection as `reduce_batch`'s, all candidates of a batch side by side.

    Args:
        operator: fields `[candidate, ...]`.
        columns: `[candidate, cell, mode]`, (G + shift C)^-1 b.
        shift: `[candidate, mode]`, s-1.
        differentiable: carry first derivatives.

    Returns:
        SurfaceModes with `[candidate, mode]` arrays.
    """
    frozen, fixed = jax.tree.map(lambda x: jnp.moveaxis(jax.lax.stop_gradient(x), 0, -1), (operator, columns))
    first, roughly, independent = triangle_of(fixed, frozen.capacity, DEPENDENT_DIRECTION)
    second, vectors, _ = triangle_of(roughly, frozen.capacity)
    fastest = jnp.sqrt(jnp.max(jax.lax.stop_gradient(shift), axis=1))
    stand_in = jnp.eye(shift.shape[1])[:, :, None] * jnp.where(independent, 0.0, fastest[None])[:, None]
    drop = vectors - jnp.concatenate([vectors[1:], jnp.zeros_like(vectors[:1])])
    weight = jnp.concatenate([frozen.conductance, jnp.ones_like(stand_in[0])])
    triangle, _, _ = triangle_of(jnp.concatenate([drop, stand_in]), weight)
    root_rate, rotation = singular_values(triangle)
    residue = rotate(rotation, jnp.sum(frozen.source[:, None] * vectors, axis=0)) * rotate(rotation, vectors[0])
    modes = SurfaceModes(rate=(root_rate**2).T, residue=residue.T, direct=operator.surface_resistance)
    if not differentiable:
        return modes
    moving = divide(divide(jnp.moveaxis(columns, 0, -1), first, independent), second, independent)
    turned = [jnp.moveaxis(jax.vmap(rotate, (None, 0))(rotation, basis), -1, 0) for basis in (vectors, moving)]
    return jax.vmap(_perturb)(operator, jax.lax.stop_gradient(modes), *turned)


def _krylov_columns(operator, shift):
    """Columns (G + shift C)^-1 b, `[cell, mode]`, with b the surface and the source by turns."""
    # The response is driven by the source and observed at the surface. These differ where the transference number jumps
    # inside the film, and a space built from only one of them matches one moment per shift instead of two. The surface
    # vector is weighted with what the cells store, at the fastest shift: the response through layers that store nothing is
    # instantaneous, not a mode, and would dominate the columns.
    surface = jnp.zeros_like(operator.source).at[0].set(1.0)
    surface = operator.capacity * solve_shifted(operator, jnp.max(shift), surface)
    observed = jnp.arange(shift.shape[0]) % 2 == 1
    start = jnp.where(observed[:, None], surface, operator.source)
    return jax.vmap(solve_shifted, in_axes=(None, 0, 0))(operator, shift, start).T


def _project(operator, columns, shift, differentiable):
    """Galerkin projection on the span of the columns, as decoupled modes."""
    frozen, fixed, shift = jax.lax.stop_gradient((operator, columns, shift))
    # The columns are multiplied by the inverse of R of a QR factorisation. Taking Q / weight instead would lose the small
    # cells to rounding and fail for zero weight.
    weight = jnp.sqrt(frozen.capacity)[:, None]
    norm = jnp.linalg.norm(weight * fixed, axis=0, keepdims=True)
    first = jnp.linalg.qr(weight * fixed / norm, mode="r")
    kept = (jnp.abs(jnp.diagonal(first)) > DEPENDENT_DIRECTION).astype(fixed.dtype)
    roughly = _divide(fixed / norm, first + jnp.diag(1 - kept)) * kept[None, :]

    # Where columns are nearly dependent, this leaves them orthogonal to a few digits only; a second factorisation makes them
    # orthogonal to rounding. It is applied to what is made of them, which is smaller. A dropped direction takes a row of its own,
    # as a column of zeros would leave its row of R to the others.
    second = jnp.linalg.qr(jnp.concatenate([weight * roughly, jnp.diag(1 - kept)]), mode="r")

    # Singular values of a square root of the stiffness instead of its eigenvalues: the fastest cell may be 1e15 times
    # faster than the slowest mode, and an eigenvalue solver is accurate only relative to the fastest. A dropped
    # direction becomes a mode at the fastest shift with zero residue.
    root_stiffness = jnp.concatenate(
        [
            jnp.sqrt(frozen.conductance)[:, None] * _differences(roughly),
            jnp.diag((1 - kept) * jnp.sqrt(jnp.max(shift))),
        ]
    )
    triangle = _divide(jnp.linalg.qr(root_stiffness, mode="r"), second)
    _, root_rate, rotation = linalg.svd(triangle, algorithm=linalg.SvdAlgorithm.QR)
    ends = _divide(jnp.stack([frozen.source @ roughly, roughly[0]]), second) @ rotation.T
    modes = SurfaceModes(rate=root_rate**2, residue=ends[0] * ends[1], direct=frozen.surface_resistance)
    if not differentiable:
        return modes
    moving = _divide(columns / norm, first + jnp.diag(1 - kept)) * kept[None, :]
    return _perturb(operator, modes, *(_divide(basis, second) @ rotation.T for basis in (roughly, moving)))


def _divide(columns, triangle):
    """Columns times the inverse of an upper triangle."""
    return linalg.triangular_solve(triangle, columns, left_side=False)


def _differences(vectors):
    """Difference of each column over the outer face of each cell, zero beyond the last."""
    return vectors - jnp.concatenate([vectors[1:], jnp.zeros((1, vectors.shape[1]), vectors.dtype)])


def _perturb(operator, modes, vectors, moving):
    """The same modes with first derivatives, by perturbation theory of symmetric eigenvalues."""
    # The orthonormal basis cannot be differentiated, because in films of a few nm rounding decides which modes it holds. The
    # space that it spans can: its columns are differentiated in their present combination. Only the part of their change that
    # leaves the space counts, so the part inside is projected out, which nearly dependent columns would make large.
    # Source: Courant & Hilbert, Methods of Mathematical Physics I (1953), ch. V 13.
    fixed = jax.lax.stop_gradient(operator)
    # Both differences are zero in value; they carry the derivatives of the operator and of the vectors.
    change = jax.tree.map(jnp.subtract, operator, fixed)
    leaving = moving - jax.lax.stop_gradient(moving)
    for _ in range(2):
        leaving = leaving - vectors @ (vectors.T @ (fixed.capacity[:, None] * leaving))
    drop = _differences(vectors)
    capacity = vectors.T @ (change.capacity[:, None] * vectors)
    half = drop.T @ (fixed.conductance[:, None] * _differences(leaving))
    stiffness = drop.T @ (change.conductance[:, None] * drop) + half + half.T
    coupling = stiffness - capacity * modes.rate[None, :]
    gap = modes.rate[None, :] - modes.rate[:, None]
    distinct = jnp.abs(gap) > EQUAL_RATES * jnp.maximum(modes.rate[None, :], modes.rate[:, None])
    mixing = jnp.where(distinct, coupling / jnp.where(distinct, gap, 1.0), 0.0) - jnp.diag(jnp.diagonal(capacity)) / 2
    source, observed = fixed.source @ vectors, vectors[0]
    by_source = source @ mixing + change.source @ vectors + fixed.source @ leaving
    by_observed = observed @ mixing + leaving[0]
    return SurfaceModes(
        rate=modes.rate + jnp.diagonal(coupling),
        residue=modes.residue + by_source * observed + source * by_observed,
        direct=operator.surface_resistance,
    )
