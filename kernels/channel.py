"""Steady Li+ transport in a rectangle: a thin film on a consuming cathode, electrolyte or gas above it.

x runs along the cathode from the open end (x = 0) to the symmetry plane (x = length), y away from the cathode:

      y     top: bulk electrolyte, or closed
      |  +--------------------------------------+
      |  | electrolyte (or gas: diffusivity 0)  |     div( m grad a ) = 0,  m = D K in the film,
      |  +--------------------------------------+                           m = D / (1 - t+) in the electrolyte,
      |  | film                                 |     m da/dy = k a at the cathode, a = c at the entries
      |  +--------------------------------------+
      +---- cathode ------------------------- x

In a steady binary electrolyte the anion stands still, so the cation flux is diffusion divided by 1 - t+. Conservative
finite volumes on a graded tensor mesh with faces on the film's surface; conjugate gradients on the operator, never stored,
preconditioned by fast diagonalisation, which is the exact inverse where the film does not change along the cathode and every
cell at x = 0 meets the same kind of boundary (Lynch, Rice & Thomas, Numer. Math. 6, 185 (1964), 10.1007/BF01386067).
Model: surface channel of Zhang et al., Science 391 (2026), 10.1126/science.adw5462, figure 1, D to F.
"""

from functools import lru_cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.sparse.linalg import cg
from jaxtyping import Array, Float

from kernels.constants import FARADAY
from kernels.mesh import electrolyte_pattern, layer_pattern

ENTRIES = ("end", "side", "top")
# Residual of the linear solve relative to its load; the relative error of the mass balance is of the same size.
TOLERANCE = 1e-14
LARGEST_ITERATIONS = 200


class ChannelMesh(eqx.Module):
    """Numbers of cells and their grading; everything is static.

    Attributes:
        columns: cells along the cathode, finest at the open end.
        film_rows: cells across the film, finest at both faces.
        outside_rows: cells above the film, finest at the film.
        column_grading: width ratio of the last to the first column.
        film_grading: height ratio of the middle to the outermost film rows.
        outside_grading: height ratio of the last to the first outside row.
    """

    columns: int = eqx.field(static=True, default=64)
    film_rows: int = eqx.field(static=True, default=8)
    outside_rows: int = eqx.field(static=True, default=32)
    column_grading: float = eqx.field(static=True, default=200.0)
    film_grading: float = eqx.field(static=True, default=4.0)
    outside_grading: float = eqx.field(static=True, default=500.0)


class SurfaceChannel(eqx.Module):
    """One rectangle; every field is a scalar and traced.

    Attributes:
        length: m, along the cathode (to the symmetry plane).
        film_thickness: m.
        film_diffusivity: m2 s-1, of the film.
        film_partition_coefficient: concentration in the film relative to the electrolyte at equilibrium.
        interface_resistance: s m-1, inverse permeance wherever Li+ enters the film, at its surface and its open end.
        outside_thickness: m, from the film's surface to the top.
        outside_diffusivity: m2 s-1, of the electrolyte; zero is gas.
        outside_transference_number: of the electrolyte.
        concentration: mol m-3, of the bulk electrolyte at the entries.
        rate_constant: m s-1, of the consumption k a at the cathode; infinite is the limiting current. With the entry
            "end" keep it finite or the interface resistance positive: a corner between bulk and empty cathode carries a
            current that grows with the logarithm of the number of cells.
    """

    length: Float[Array, ""]
    film_thickness: Float[Array, ""]
    film_diffusivity: Float[Array, ""]
    film_partition_coefficient: Float[Array, ""]
    interface_resistance: Float[Array, ""]
    outside_thickness: Float[Array, ""]
    outside_diffusivity: Float[Array, ""]
    outside_transference_number: Float[Array, ""]
    concentration: Float[Array, ""]
    rate_constant: Float[Array, ""]


class ChannelField(eqx.Module):
    """Steady state of one rectangle; every field is traced.

    Attributes:
        x: `[column]`, m, cell centres along the cathode.
        y: `[row]`, m, cell centres away from the cathode.
        concentration: `[row, column]`, mol m-3 (zero in gas).
        cathode_flux: `[column]`, mol m-2 s-1, into the cathode.
        film_flux: `[column]`, mol m-2 s-1, through the film's surface into the film.
        film_flow: `[column]`, mol m-1 s-1, along the film through the near side of each column; the first is its end.
        current_density: A m-2, magnitude, mean over the cathode.
        penetration_depth: m, consumed flow over the largest local flux: the length of cathode that the flux would need
            at that density (the decay length of a long channel, its whole length where supply is even).
        imbalance: relative difference of what enters and what is consumed.
    """

    x: Float[Array, "column"]
    y: Float[Array, "row"]
    concentration: Float[Array, "row column"]
    cathode_flux: Float[Array, "column"]
    film_flux: Float[Array, "column"]
    film_flow: Float[Array, "column"]
    current_density: Float[Array, ""]
    penetration_depth: Float[Array, ""]
    imbalance: Float[Array, ""]


class _Faces(eqx.Module):
    """Conductances: upward through the far face of each cell and through the cathode per width; rightward per height."""

    width: Float[Array, "1 column"]
    height: Float[Array, "row 1"]
    cathode: Float[Array, "1 column"]
    up: Float[Array, "row column"]
    left: Float[Array, "row column"]


def solve_channel(
    channel: SurfaceChannel,
    mesh: ChannelMesh,
    entries: tuple[str, ...] = ("top",),
    film_profile: Float[Array, "column"] | None = None,
) -> ChannelField:
    """Steady concentration and fluxes of one rectangle; `jax.vmap` over `channel` for a batch.

    Args:
        channel: scalars.
        mesh: static cell counts.
        entries: where the bulk concentration is held (static): "end", the film's end at x = 0; "side", the electrolyte's
            side at x = 0; "top". All other boundaries are closed.
        film_profile: `[column]`, positive factor on the film's diffusivity along the cathode; None is a uniform film.

    Returns:
        ChannelField, differentiable in `channel` and `film_profile`.

    Raises:
        ValueError: if no entry is given or one is unknown.

    Source: figure 1, D to F, of Zhang et al., Science 391 (2026), 10.1126/science.adw5462.
    """
    unknown = [entry for entry in entries if entry not in ENTRIES]
    if unknown or not entries:
        raise ValueError(f"entries: got {entries!r}, expected some of {', '.join(ENTRIES)}: name at least one of them")
    faces = _assemble(channel, mesh, entries, film_profile)
    cathode, side, top = _openings(faces)
    # To keep rounding errors small the unknown is the smaller of two quantities: the difference from the bulk activity where
    # supply is fast, because the activity is then close to that of the bulk, and the activity itself where supply is slow.
    supplied = jnp.sum(cathode) <= jnp.sum(side) + jnp.sum(top)
    origin = jnp.where(supplied, channel.concentration, 0.0)
    beyond = channel.concentration - origin
    load = jnp.zeros_like(faces.up).at[:1].add(-cathode * origin).at[:, :1].add(side * beyond).at[-1:].add(top * beyond)
    inverse = _preconditioner(faces, mesh, bool({"end", "side"} & set(entries)))
    values, _ = cg(lambda v: _apply(faces, v), load, tol=TOLERANCE, maxiter=LARGEST_ITERATIONS, M=inverse)
    return _describe(channel, mesh, faces, values, origin)


def _assemble(channel, mesh, entries, film_profile):
    """Conductances of all faces, boundaries included."""
    width = channel.length * electrolyte_pattern(mesh.columns, mesh.column_grading)[None, :]
    film = channel.film_thickness * layer_pattern(mesh.film_rows, mesh.film_grading)
    outside = channel.outside_thickness * electrolyte_pattern(mesh.outside_rows, mesh.outside_grading)
    height = jnp.concatenate([film, outside])[:, None]
    even = jnp.ones_like(width) if film_profile is None else film_profile[None, :]
    in_film = channel.film_diffusivity * channel.film_partition_coefficient * even
    above = channel.outside_diffusivity / (1 - channel.outside_transference_number) * jnp.ones_like(width)
    mobility = jnp.repeat(
        jnp.concatenate([in_film, above]),
        np.array([mesh.film_rows, mesh.outside_rows]),
        axis=0,
        total_repeat_length=mesh.film_rows + mesh.outside_rows,
    )
    half = height / 2
    surface = jnp.zeros_like(half).at[mesh.film_rows - 1].set(channel.interface_resistance)
    inner = _series(mobility[:-1], half[:-1], mobility[1:], half[1:], surface[:-1])
    top = mobility[-1:] / half[-1:] * float("top" in entries)
    between = _series(mobility[:, :-1], width[:, :-1] / 2, mobility[:, 1:], width[:, 1:] / 2, 0.0)
    reach = width[0, 0] / 2
    end = in_film[0, 0] / (reach + channel.interface_resistance * in_film[0, 0]) * float("end" in entries)
    side = above[0, 0] / reach * float("side" in entries)
    row = np.arange(mesh.film_rows + mesh.outside_rows)[:, None]
    consumed = jnp.isinf(channel.rate_constant)
    rate = jnp.where(consumed, 1.0, channel.rate_constant)
    return _Faces(
        width=width,
        height=height,
        cathode=jnp.where(consumed, in_film / half[0, 0], rate * in_film / (in_film + rate * half[0, 0])),
        up=jnp.concatenate([inner, top]),
        left=jnp.concatenate([jnp.where(row < mesh.film_rows, end, side), between], axis=1),
    )


def _series(first, first_length, second, second_length, resistance):
    """Conductance of two half cells and the resistance between them, zero where one of them does not conduct (gas)."""
    product = first * second
    total = second * first_length + first * second_length + resistance * product
    return product / jnp.where(total > 0, total, 1.0)


def _openings(faces):
    """Conductances of the boundaries, m2 s-1: cathode `[1, column]`, near side `[row, 1]`, top `[1, column]`."""
    return faces.cathode * faces.width, faces.left[:, :1] * faces.height, faces.up[-1:] * faces.width


def _apply(faces, values):
    """Outflow of every cell, mol m-1 s-1, with zero beyond the cathode and the entries."""
    up = faces.up * faces.width * (values - jnp.concatenate([values[1:], jnp.zeros_like(values[:1])]))
    left = faces.left * faces.height * jnp.diff(values, axis=1, prepend=0.0)
    down = jnp.concatenate([faces.cathode * faces.width * values[:1], -up[:-1]])
    right = jnp.concatenate([-left[:, 1:], jnp.zeros_like(left[:, :1])], axis=1)
    # Cells of gas have no conducting faces. A unit diagonal keeps the operator invertible; their load is zero.
    return up + down + left + right + jnp.where(_isolated(faces), values, 0.0)


def _isolated(faces):
    """Cells without any conducting face."""
    below = jnp.concatenate([faces.cathode, faces.up[:-1]])
    return (faces.up + below + faces.left == 0) & (jnp.roll(faces.left, -1, axis=1) == 0)


@lru_cache(maxsize=32)
def _columns(columns, grading, held):
    """Eigenvectors `[column, mode]` and eigenvalues `[mode]` of diffusion along a cathode of unit length."""
    width = electrolyte_pattern(columns, grading)
    face = np.concatenate([[2 / width[0] if held else 0.0], 2 / (width[:-1] + width[1:]), [0.0]])
    matrix = np.diag(face[:-1] + face[1:]) - np.diag(face[1:-1], 1) - np.diag(face[1:-1], -1)
    scale = 1 / np.sqrt(width)
    values, vectors = np.linalg.eigh(matrix * scale[:, None] * scale[None, :])
    return vectors * scale[:, None], np.maximum(values, 0.0)


def _preconditioner(faces, mesh, held):
    """Inverse of the operator averaged along the cathode: modes along it, elimination across it."""
    vectors, values = _columns(mesh.columns, mesh.column_grading, held)
    length = jnp.sum(faces.width)
    share = faces.width[0] / length
    up, cathode = faces.up @ share, faces.cathode @ share
    # Mobility of each row: its conductance between neighbours times their distance.
    distance = 0.5 * (faces.width[0, :-1] + faces.width[0, 1:])
    along = jnp.mean(faces.left[:, 1:] * distance[None, :], axis=1)
    below = jnp.concatenate([cathode, up[:-1]])
    diagonal = ((up + below) * length)[:, None] + (along * faces.height[:, 0])[:, None] * (values / length)[None, :]
    diagonal = jnp.where(diagonal > 0, diagonal, 1.0)
    coupling = up[:-1] * length

    def eliminate(carry, row):
        pivot, value = carry
        link, diagonal_row, value_row = row
        ratio = link / pivot
        following = (diagonal_row - ratio * link, value_row + ratio * value)
        return following, following

    def substitute(value, row):
        link, pivot, value_row = row
        value = (value_row + link * value) / pivot
        return value, value

    def inverse(residual):
        modal = residual @ vectors
        first = (diagonal[0], modal[0])
        _, (pivot, value) = jax.lax.scan(eliminate, first, (coupling, diagonal[1:], modal[1:]))
        pivot, value = jnp.concatenate([first[0][None], pivot]), jnp.concatenate([first[1][None], value])
        last = value[-1] / pivot[-1]
        _, rest = jax.lax.scan(substitute, last, (coupling, pivot[:-1], value[:-1]), reverse=True)
        return jnp.concatenate([rest, last[None]]) @ vectors.T

    return inverse


def _describe(channel, mesh, faces, values, origin):
    """Fields and fluxes from the activity relative to `origin`."""
    beyond = channel.concentration - origin
    film = np.arange(mesh.film_rows + mesh.outside_rows)[:, None] < mesh.film_rows
    activity = origin + values
    concentration = jnp.where(film, channel.film_partition_coefficient * activity, activity)
    width = faces.width[0]
    cathode_flux = faces.cathode[0] * activity[0]
    above = jnp.concatenate([values[1:], jnp.full_like(values[:1], beyond)])
    before = jnp.concatenate([jnp.full_like(values[:, :1], beyond), values[:, :-1]], axis=1)
    downward = faces.up * (above - values)
    inward = faces.left * faces.height * (before - values)
    consumed = jnp.sum(cathode_flux * width)
    entered = jnp.sum(inward[:, 0]) + jnp.sum(downward[-1] * width)
    return ChannelField(
        x=jnp.cumsum(width) - 0.5 * width,
        y=jnp.cumsum(faces.height[:, 0]) - 0.5 * faces.height[:, 0],
        concentration=jnp.where(_isolated(faces), 0.0, concentration),
        cathode_flux=cathode_flux,
        film_flux=downward[mesh.film_rows - 1],
        film_flow=jnp.sum(inward[: mesh.film_rows], axis=0),
        current_density=FARADAY * consumed / channel.length,
        penetration_depth=consumed / jnp.max(cathode_flux),
        imbalance=jnp.abs(entered - consumed) / jnp.where(consumed > 0, consumed, 1.0),
    )
