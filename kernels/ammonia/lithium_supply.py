"""Li+ that reaches the electrode during a pulse: depletion of film and electrolyte in time, and its periodic state."""

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float

from kernels.ammonia.current_branches import CurrentSplit, FilmTransport, split_current
from kernels.constants import FARADAY
from kernels.mesh import Mesh
from kernels.reduced_order import SurfaceModes, reduce_batch, shifts
from kernels.stack import Electrolyte, LayerStack
from kernels.transport import assemble

# Cells and modes of a stack; twice as many of either change shares of the charge by less than 1e-4 (measured).
SUPPLY_MESH = Mesh(cells_per_layer=8, electrolyte_cells=48)
SUPPLY_MODES = 12
# Times that the modes resolve: this share of the shortest pulse, this multiple of the longest time of diffusion.
SHORTEST_SHARE, LONGEST_MULTIPLE = 1e-3, 10.0
# Salt diffusivity and transference number of Li+ of the liquid that the presets of `calibrated_cell` stand for, m2 s-1.
REFERENCE_DIFFUSIVITY, REFERENCE_TRANSFERENCE = 2e-10, 0.4
# Modes of a diffusion layer alone: the first one by one, the rest in groups that grow by this factor.
SINGLE_MODES, GROUPS, GROUP_GROWTH = 8, 12, 2.0
LARGEST_ITERATIONS = 40
# Largest change of the depletion over a cycle, relative to the largest current.
CLOSURE = 1e-10


class LithiumSupply(eqx.Module):
    """How the depletion of Li+ at the electrode follows a current; every field is traced, the number of modes is static.

    With x_i' = rate_i (j_Li - x_i) the activity at the electrode is 1 - u of that in the bulk,
    u = (sum weight_i x_i + (1 - sum weight_i) j_Li) / j_lim: a steady current gives u = j_Li / j_lim.

    Attributes:
        rate: `[mode, *lane]`, s-1.
        weight: `[mode, *lane]`, share of the steady depletion; what is left to one follows at once.
    """

    rate: Float[Array, "mode *lane"]
    weight: Float[Array, "mode *lane"]


def instant_supply() -> LithiumSupply:
    """Depletion that follows the current at once, so that every pulse sees the steady limiting current.

    Returns:
        LithiumSupply without modes.
    """
    return LithiumSupply(jnp.zeros(0), jnp.zeros(0))


def liquid_supply(limiting_current: Float[Array, ""], concentration: Float[Array, ""]) -> LithiumSupply:
    """Depletion of a diffusion layer alone, thick enough for a limiting current in the liquid of the presets.

    Args:
        limiting_current: A m-2; infinite follows at once.
        concentration: mol m-3, of the salt.

    Returns:
        LithiumSupply of scalars.

    Source: series of the finite diffusion layer with a constant flux, Crank, The Mathematics of Diffusion (1975), section 4.3.
    """
    edges = np.append(np.arange(SINGLE_MODES + 1), np.ceil(SINGLE_MODES * GROUP_GROWTH ** np.arange(1, GROUPS + 1)))
    root = (np.arange(int(edges[-1])) + 0.5) * np.pi
    groups = [slice(int(low), int(high)) for low, high in pairwise(edges)]
    weight = np.array([np.sum(2 / root[group] ** 2) for group in groups])
    rate = weight / np.array([np.sum(2 / root[group] ** 4) for group in groups])
    thickness = FARADAY * REFERENCE_DIFFUSIVITY * concentration / ((1 - REFERENCE_TRANSFERENCE) * limiting_current)
    return LithiumSupply(jnp.asarray(rate) * REFERENCE_DIFFUSIVITY / thickness**2, jnp.asarray(weight))


def stack_supply(
    stack: LayerStack, electrolyte: Electrolyte, shortest_pulse: Float[Array, "candidate"]
) -> LithiumSupply:
    """Depletion of a batch of layer stacks, from the modes of their transport operators; differentiable once.

    Args:
        stack: `[candidate, layer]`.
        electrolyte: `[candidate]`.
        shortest_pulse: s, `[candidate]`.

    Returns:
        LithiumSupply of `[candidate, mode]` arrays.

    Source: `kernels.transport.assemble` and `kernels.reduced_order.reduce_batch`.

    Example:
        >>> from kernels.stack import bare_stack
        >>> liquid = Electrolyte(*(jnp.asarray([v]) for v in (2000.0, 2e-10, 0.4, 6.1e-5)))
        >>> bare = jax.tree.map(lambda x: x[None], bare_stack())
        >>> stack_supply(bare, liquid, jnp.asarray([2.0])).weight.shape
        (1, 12)
    """
    # NaN of candidates outside their range must not reach the factorisations.
    valid = jnp.isfinite(shortest_pulse) & (shortest_pulse > 0)
    pulse = jnp.where(valid, shortest_pulse, 1.0)
    operator = jax.vmap(lambda s, e: assemble(SUPPLY_MESH, s, e))(stack, electrolyte)
    resistance = jnp.sum(1 / operator.conductance, axis=1)
    longest = LONGEST_MULTIPLE * (pulse + lax.stop_gradient(jnp.sum(operator.capacity, axis=1) * resistance))
    shift = jax.vmap(lambda long, short: shifts(SUPPLY_MODES, long, short))(longest, SHORTEST_SHARE * pulse)
    modes = reduce_batch(operator, lax.stop_gradient(shift), differentiable=True)
    return jax.vmap(_shares)(modes)


def _shares(modes: SurfaceModes) -> LithiumSupply:
    """Shares of the steady depletion; a mode that never relaxes carries none."""
    relaxes = modes.rate > 0
    rate = jnp.where(relaxes, modes.rate, 1.0)
    steady = jnp.where(relaxes, modes.residue / rate, 0.0)
    return LithiumSupply(rate, steady / (jnp.sum(steady) + modes.direct))


class PulseDrive(eqx.Module):
    """Time steps of one cycle and the film that they drive; every field is traced.

    Attributes:
        step: `[step]`, s.
        current: `[step]`, A m-2.
        film: resistances, faces and steady limiting current.
        exchange: A m-2, A of the proton branch.
        scale: V, eta0 of the proton branch.
    """

    step: Float[Array, "step"]
    current: Float[Array, "step"]
    film: FilmTransport
    exchange: Float[Array, ""]
    scale: Float[Array, ""]


def periodic_split(drive: PulseDrive, supply: LithiumSupply) -> tuple[CurrentSplit, Bool[Array, ""]]:
    """Split of the current over the steps of a cycle that repeats for ever.

    Every step splits as `split_current` says, with the depletion u that earlier steps left. The
    current of a step is the one that leaves depletion u at its end, so no step takes out more than there is. The state at the
    start of the cycle is found by Newton's method; its derivatives follow from the implicit function theorem.

    Args:
        drive: of one cycle.
        supply: of the film and electrolyte, scalars.

    Returns:
        CurrentSplit of `[step]` arrays, and whether the cycle closes.

    Source: docs/ammonia.md, equation (10).
    """
    frozen = lax.stop_gradient((drive, supply))
    scale = jnp.max(frozen[0].current)

    def change(point, drive, supply):
        return _march(drive, supply, point)[0] - point

    def unfinished(state):
        return (state[0] < LARGEST_ITERATIONS) & ~state[-1]

    def iterate(state):
        count, point = state[:2]
        value = change(point, *frozen)
        matrix = -jax.jacfwd(change)(point, *frozen)
        done = jnp.all(jnp.abs(value) <= CLOSURE * scale)
        moved = jnp.clip(point + _eliminate(matrix, value), 0.0, scale)
        return count + 1, jnp.where(done, point, moved), matrix, done

    modes = supply.rate.shape[0]
    begin = jnp.zeros_like(supply.rate) + 0 * scale
    state = (jnp.asarray(0), begin, jnp.zeros((modes, modes)) + 0 * scale, scale < 0)
    _, point, matrix, done = lax.while_loop(unfinished, iterate, state)
    point = point + _eliminate(matrix, change(point, drive, supply))
    return _march(drive, supply, point)[1], done


def _march(drive, supply, point):
    """State of the modes after a cycle and the split of the current of every step."""

    def step(state, interval):
        length, current = interval
        kept = jnp.exp(-supply.rate * length)
        memory, own = jnp.sum(supply.weight * kept * state), 1 - jnp.sum(supply.weight * kept)
        split = split_current(current, drive.film, drive.exchange, drive.scale, memory, own)
        return state + (split.lithium_current - state) * -jnp.expm1(-supply.rate * length), split

    return lax.scan(step, point, (drive.step, drive.current))


def _eliminate(matrix, right):
    """Gauss-Jordan elimination of a few unknowns; a batched LAPACK call can wait for its own thread pool."""
    rows = jnp.concatenate([matrix, right[:, None]], axis=1)
    for place in range(right.shape[0]):
        pivot = rows[place, place]
        row = rows[place] / jnp.where(pivot == 0, 1.0, pivot)
        rows = (rows - rows[:, place : place + 1] * row[None, :]).at[place].set(row)
    return rows[:, -1]
