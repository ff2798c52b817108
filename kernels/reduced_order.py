"""Reduced order by rational Krylov projection: the map electrode flux -> surface activity as a few decoupled modes.

The full model C u' = -G u + s J, u_s = u_0 + d J is projected on span{(G + sigma_k C)^-1 s} for real shifts sigma_k,
orthonormalised in the C inner product and diagonalised. The result is

    z_i' = -rate_i z_i + J,        u_s = sum_i residue_i z_i + direct J,

exact in time for a given flux, and positive (stable) because the projection is symmetric.
Source: rational Krylov (Galerkin) model reduction, Ruhe, Linear Algebra Appl. 58, 391 (1984),
10.1016/0024-3795(84)90221-0; Druskin, Lieberman & Zaslavsky, SIAM J. Sci. Comput. 32, 2485 (2010), 10.1137/090774082.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float

from kernels.transport import TransportOperator, solve_shifted

# A direction that keeps less than this share of its norm after orthogonalisation is rounding noise. It must go: noise has
# Rayleigh quotients as large as the stiffest cell, and the eigenvalue solver's absolute error would drown the slow modes.
DEPENDENT_DIRECTION = 1e-10
# Storage given to cells that store nothing, as a share of the smallest storing cell: finite, far below any effect.
CAPACITY_FLOOR = 1e-9


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
    """Real shifts spaced logarithmically over [1 / longest, 10 / shortest].

    Args:
        order: number of shifts (static).
        longest_time: duration of the longest experiment, s.
        shortest_time: shortest time that matters, s (a time step).

    Returns:
        `[order]`, s-1.

    Example:
        >>> shifts(3, 10.0, 0.1).tolist()
        [0.1, 3.1622776601683795, 100.0]
    """
    low, high = -jnp.log10(jnp.asarray(longest_time)), 1 - jnp.log10(jnp.asarray(shortest_time))
    return 10 ** (low + (high - low) * jnp.linspace(0.0, 1.0, order))


def reduce_order(
    operator: TransportOperator, shift: Float[Array, "mode"], differentiable: bool = False
) -> SurfaceModes:
    """Project one stack on as many modes as there are shifts.

    Args:
        operator: one stack.
        shift: `[mode]`, s-1, positive and distinct.
        differentiable: carry first derivatives (costs about half as much again). They are exact to first order only:
            the orthonormalisation and the eigenvectors are held fixed and corrected by perturbation theory, which avoids the
            ill-conditioned derivatives of QR and eigh; do not differentiate twice.

    Returns:
        SurfaceModes with `[mode]` arrays.
    """
    capacity = jnp.maximum(operator.capacity, CAPACITY_FLOOR * jnp.max(operator.capacity))
    root_capacity = jnp.sqrt(capacity)
    columns = jax.vmap(lambda sigma: solve_shifted(operator, sigma, operator.source))(shift).T * root_capacity[:, None]
    columns = columns / jax.lax.stop_gradient(jnp.linalg.norm(columns, axis=0))
    basis, triangle = jnp.linalg.qr(jax.lax.stop_gradient(columns))
    independent = jnp.abs(jnp.diagonal(triangle)) > DEPENDENT_DIRECTION
    basis = jnp.where(independent, basis, 0.0)
    if differentiable:
        basis = _carry_derivative(basis, triangle, independent, columns)
    vectors = basis / root_capacity[:, None]
    differences = vectors - jnp.concatenate([vectors[1:], jnp.zeros((1, vectors.shape[1]), vectors.dtype)])
    stiffness = differences.T @ (operator.conductance[:, None] * differences)
    drive, sense = operator.source @ vectors, vectors[0]

    rate, rotation = jnp.linalg.eigh(jax.lax.stop_gradient(stiffness))
    if differentiable:
        rate, rotation = _perturb(rate, rotation, stiffness, basis.T @ basis)
    residue = (drive @ rotation) * (sense @ rotation)
    return SurfaceModes(rate=jnp.maximum(rate, 0.0), residue=residue, direct=operator.surface_resistance)


def _carry_derivative(basis, triangle, independent, columns):
    """Keep the value of an orthonormal basis, give it the derivative of columns @ inverse(triangle) at fixed triangle."""
    guarded = triangle + jnp.diag(jnp.where(independent, 0.0, 1.0))
    change = columns - jax.lax.stop_gradient(columns)
    carried = solve_triangular(guarded.T, change.T, lower=True).T
    return basis + carried * independent


def _perturb(rate, rotation, stiffness, gram):
    """First-order perturbation of the pencil (stiffness, gram) about its frozen eigenpairs; its value is unchanged."""
    stiff, mass = rotation.T @ stiffness @ rotation, rotation.T @ gram @ rotation
    mass = mass - jax.lax.stop_gradient(mass)
    stiff = stiff - jax.lax.stop_gradient(stiff)
    moved = rate + jnp.diagonal(stiff) - rate * jnp.diagonal(mass)
    gap = rate[None, :] - rate[:, None]
    distinct = jnp.abs(gap) > 1e-13 * jnp.max(rate)
    mixing = jnp.where(distinct, (stiff - rate[None, :] * mass) / jnp.where(distinct, gap, 1.0), -0.5 * mass)
    return moved, rotation + rotation @ mixing


def modal_transfer(modes: SurfaceModes, frequency: Array) -> Array:
    """Laplace-domain response of the modes, sum_i residue_i / (s + rate_i) + direct.

    Args:
        modes: `[mode, *lane]`.
        frequency: scalar s in s-1, real or complex.

    Returns:
        `[*lane]`, s m-1.
    """
    return jnp.sum(modes.residue / (frequency + modes.rate), axis=0) + modes.direct
