"""Transport operator of a layered film: conservative finite volumes that are linear in (activity, current).

With the activity a = c / K the model of one layer is

    eps K da/dt = d/dx( D K da/dx ) - J dt+/dx,      N = -D K da/dx + t+ J,      N(0) = J = j / F,

so each cell obeys C_i du_i/dt = g_{i-1} (u_{i-1} - u_i) + g_i (u_{i+1} - u_i) + J s_i for u = a - c_bulk, and u = 0
beyond the last cell. Faces lie on every interface and carry series resistances, which makes the steady layered flux
exact for any number of cells (Patankar, Numerical Heat Transfer and Fluid Flow (1980), eq. 4.9).
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Inexact

from kernels.mesh import Mesh, cell_nodes, cell_widths, per_cell
from kernels.sdirk2 import GAMMA, sdirk2_step
from kernels.stack import Electrolyte, LayerStack


class TransportOperator(eqx.Module):
    """Tridiagonal, symmetric description of one stack; every field is traced.

    Attributes:
        capacity: `[cell]`, m, eps K h (zero where nothing is stored).
        conductance: `[cell]`, m s-1, of the face outside each cell; the last one leads to the bulk.
        source: `[cell]`, share of the electrode flux J that enters each cell.
        surface_resistance: s m-1, u_surface = u_0 + surface_resistance * J.
    """

    capacity: Float[Array, "cell"]
    conductance: Float[Array, "cell"]
    source: Float[Array, "cell"]
    surface_resistance: Float[Array, ""]


def assemble(mesh: Mesh, stack: LayerStack, electrolyte: Electrolyte) -> TransportOperator:
    """Discretise one stack.

    Args:
        mesh: static cell counts.
        stack: one film, arrays `[layer]`.
        electrolyte: its electrolyte, scalars.

    Returns:
        TransportOperator of layers x cells_per_layer + electrolyte_cells cells.

    Example:
        >>> from kernels.stack import bare_stack
        >>> electrolyte = Electrolyte(*(jnp.asarray(v) for v in (2000.0, 2e-10, 0.4, 5e-5)))
        >>> assemble(Mesh(electrolyte_cells=8), bare_stack(), electrolyte).capacity.shape
        (8,)
    """
    width = cell_widths(mesh, stack, electrolyte)
    storage = per_cell(mesh, stack.accessible_fraction * stack.partition_coefficient, 1.0)
    mobility = per_cell(mesh, stack.diffusivity * stack.partition_coefficient, electrolyte.diffusivity)
    transference = per_cell(mesh, stack.transference_number, electrolyte.transference_number)
    resistance = width / mobility
    node = jnp.asarray(cell_nodes(mesh, stack.thickness.shape[0]), width.dtype)
    inner_half, own_half = node * resistance, (1 - node) * resistance

    cells_in_film = stack.thickness.shape[0] * mesh.cells_per_layer
    interface = jnp.zeros_like(width)
    last_of_layer = jnp.arange(mesh.cells_per_layer - 1, cells_in_film, mesh.cells_per_layer)
    interface = interface.at[last_of_layer].set(stack.interface_resistance)

    outer_half = jnp.concatenate([inner_half[1:], jnp.zeros(1, width.dtype)])
    outer_transference = jnp.concatenate([transference[1:], transference[-1:]])
    conductance = 1 / (own_half + interface + outer_half)
    # The migration share of a face is the mean weighted by resistance. The interface's own resistance adds nothing to it,
    # because the whole flux crosses an interface by a difference of activity.
    migration = conductance * (own_half * transference + outer_half * outer_transference)
    entering = jnp.concatenate([jnp.ones(1, width.dtype), migration[:-1]])
    return TransportOperator(
        capacity=storage * width,
        conductance=conductance,
        source=entering - migration,
        surface_resistance=inner_half[0] * (1 - transference[0]),
    )


def solve_shifted(
    operator: TransportOperator, shift: Inexact[Array, ""], load: Inexact[Array, "cell"]
) -> Inexact[Array, "cell"]:
    """Solve (G + shift C) u = load, G the conductance matrix, in a form without subtractions.

    The elimination adds admittances from the bulk inwards, so the result keeps full relative accuracy however stiff the stack
    is (diffusivities from 1e-21 to 1e-9 m2 s-1 side by side).

    Args:
        operator: one stack.
        shift: s-1, non-negative (complex for an impedance).
        load: `[cell]`, mol m-2 s-1.

    Returns:
        `[cell]`, mol m-3.

    Source: ladder-network (continued-fraction) elimination of an M-matrix; equivalent to the Thomas algorithm.
    """
    # A complex shift meets real coefficients, which JAX refuses under strict promotion, so all are converted first.
    dtype = np.result_type(shift.dtype, operator.capacity.dtype, load.dtype)
    stored = shift.astype(dtype) * operator.capacity.astype(dtype)

    def inward(carry, cell):
        admittance, inflow = carry
        store, face, extra = cell
        passed = face / (face + admittance)
        seen = store + passed * admittance
        return (seen, extra + passed * inflow), (face + admittance, inflow)

    # The bulk beyond the last face has an infinite admittance, so the last cell is connected by the face conductance alone.
    conductance, load = operator.conductance.astype(dtype), load.astype(dtype)
    last = (stored[-1] + conductance[-1], load[-1])
    inner = (stored[:-1], conductance[:-1], load[:-1])
    (admittance, inflow), (pivot, outer_inflow) = lax.scan(inward, last, inner, reverse=True)
    first = inflow / admittance

    def outward(value, cell):
        pivot_cell, inflow_cell, face = cell
        following = (face * value + inflow_cell) / pivot_cell
        return following, following

    _, rest = lax.scan(outward, first, (pivot, outer_inflow, inner[1]))
    return jnp.concatenate([first[None], rest])


def apply_conductance(operator: TransportOperator, values: Float[Array, "cell"]) -> Float[Array, "cell"]:
    """Outflow G u of every cell by diffusion.

    Args:
        operator: one stack.
        values: `[cell]`, mol m-3, relative to the bulk.

    Returns:
        `[cell]`, mol m-2 s-1.
    """
    outward = operator.conductance * (values - jnp.concatenate([values[1:], jnp.zeros(1, values.dtype)]))
    return outward - jnp.concatenate([jnp.zeros(1, values.dtype), outward[:-1]])


def surface_transfer(operator: TransportOperator, frequency: Array) -> Array:
    """Laplace-domain response of the surface activity to the electrode flux, U_s(s) / J(s).

    Args:
        operator: one stack.
        frequency: scalar s in s-1, real or complex (i omega for an impedance).

    Returns:
        scalar, s m-1; times R T / (F^2 c) it is the diffusion impedance in ohm m2.

    Source: layered Warburg element, Jacobsen & West, Electrochim. Acta 40, 255 (1995), 10.1016/0013-4686(94)E0192-3.
    """
    first = solve_shifted(operator, frequency, operator.source)[0]
    return first + operator.surface_resistance.astype(first.dtype)


def step_with_flux(
    operator: TransportOperator,
    state: Float[Array, "cell"],
    duration: Float[Array, ""],
    old: Float[Array, ""],
    new: Float[Array, ""],
    bend: Float[Array, ""] | float = 0.0,
) -> Float[Array, "cell"]:
    """One time step of C u' = -G u + s J under a flux that is a parabola over the step.

    Args:
        operator: one stack.
        state: `[cell]`, mol m-3, u at the start, relative to the bulk.
        duration: s, positive.
        old: mol m-2 s-1, J at the start.
        new: mol m-2 s-1, J at the end.
        bend: mol m-2 s-1, of J = old + p (new - old) + p (p - 1) bend at the fraction p of the step; zero is a linear flux.

    Returns:
        `[cell]`, mol m-3, u at the end.

    Source: `kernels.sdirk2`, second order and L-stable.
    """

    def slope(base, part, place):
        # Solving for the slope keeps cells without storage algebraic: (G + C / h) u' = (s J - G u) / h.
        shift = 1 / part
        # The share of the bend is such that the stages add up to all that it carries, -bend h / 6: nothing gets lost.
        flux = old + place * (new - old) + (place - 1) / (6 * (1 - GAMMA) ** 2) * bend
        return solve_shifted(operator, shift, shift * (operator.source * flux - apply_conductance(operator, base)))

    return sdirk2_step(slope, state, duration)
