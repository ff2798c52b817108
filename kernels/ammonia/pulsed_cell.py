"""Pulsed model: inventories over any pulse train, their periodic state or, where there is none, their drift."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, UInt8

from kernels.ammonia.cell_energy import CellVoltage, ammonia_rate
from kernels.ammonia.current_branches import CurrentSplit, FilmTransport, proton_exchange_current
from kernels.ammonia.inventory import Extents, Inventory, SurfaceChemistry, advance
from kernels.ammonia.lithium_supply import LithiumSupply, PulseDrive, liquid_supply, periodic_split
from kernels.ammonia.operating_conditions import (
    ETHANOL_MOLAR_DENSITY,
    Conditions,
    FaradaicEfficiencies,
    PulseTrain,
)
from kernels.ammonia.steady_cell import CellParameters, at_temperature, cell_voltage, dissolved_nitrogen, substitute
from kernels.constants import FARADAY
from kernels.laws.hopping import arrhenius
from kernels.status import Status

# Time steps of a segment.
STEPS_PER_SEGMENT = 48
# Length of its last step over that of its first: rates change most just after a change of the current.
STEP_GROWTH = 200.0
# An inventory this many times its scale covers the surface to one part in a million; it is taken to grow without bound.
DRIFTING = 1e6
LARGEST_ITERATIONS = 25
# Where Newton's method does not apply, one iteration moves as far as this many cycles.
CYCLES_SKIPPED = 10
# Shares of the charge further than this outside [0, 1] show that reactions are too fast for the time steps.
UNRESOLVED = 1e-3
# Largest change of an inventory over a periodic cycle, relative to the lithium of a cycle.
CLOSURE = 1e-11


class PulsedState(eqx.Module):
    """Result of the pulsed model for one operating point; every field is traced, NaN where the status is not OK.

    Attributes:
        efficiency: shares of the charge of a cycle.
        pulse_current: A m-2, mean while current flows.
        mean_current: A m-2, mean over the cycle.
        pulse_rate: mol m-2 s-1 of NH3 per time under current.
        mean_rate: mol m-2 s-1 of NH3 by the clock.
        voltage: of the cell, in parts, averaged over the charge.
        lithium_share: share of the charge that Li+ carries through the film.
        start: inventory at the start of a cycle; meaningless for one that drifts.
        lithium_drift: mol m-2 a cycle by which active lithium grows, zero in a periodic state.
        nitride_drift: mol m-2 a cycle by which Li3N grows.
        periodic: whether a periodic state exists.
        status: a code of `kernels.status.Status`; drift is not a failure.
    """

    efficiency: FaradaicEfficiencies
    pulse_current: Float[Array, "*lane"]
    mean_current: Float[Array, "*lane"]
    pulse_rate: Float[Array, "*lane"]
    mean_rate: Float[Array, "*lane"]
    voltage: CellVoltage
    lithium_share: Float[Array, "*lane"]
    start: Inventory
    lithium_drift: Float[Array, "*lane"]
    nitride_drift: Float[Array, "*lane"]
    periodic: Bool[Array, "*lane"]
    status: UInt8[Array, "*lane"]


class _Problem(eqx.Module):
    """Inputs of a cycle, which are the same for every cycle."""

    step: Float[Array, "step"]
    deposition: Float[Array, "step"]
    donors: Float[Array, ""]
    nitrogen: Float[Array, ""]
    chemistry: SurfaceChemistry
    split: CurrentSplit
    voltage: CellVoltage
    train: PulseTrain
    hydrogen_share: Float[Array, ""]
    supplied: Bool[Array, ""]


def pulsed_state(
    train: PulseTrain,
    conditions: Conditions,
    film: FilmTransport,
    parameters: CellParameters,
    chemistry: SurfaceChemistry,
    steps: int = STEPS_PER_SEGMENT,
    supply: LithiumSupply | None = None,
) -> PulsedState:
    """Faradaic efficiencies, rates and voltage of a cell that repeats a pulse train for ever.

    The periodic state is found directly by Newton's method on the map of one cycle (shooting). From an empty electrode the
    iterates rise until they reach the periodic state or, where none exists, exceed every bound. In the second case the fully
    covered surface gives the rates at which lithium or Li3N grows, `lithium_drift` and `nitride_drift`. Derivatives of a
    periodic state come from the implicit function theorem.

    Args:
        train: one pulse train; `jax.vmap` maps over operating points.
        conditions: of operation, scalars.
        film: resistance and limiting current at the temperature of the conditions, scalars.
        parameters: of the cell at 298.15 K, scalars.
        chemistry: of the surface at 298.15 K, scalars. Mass transfer follows the temperature, surface rates do not.
        steps: time steps of a segment (static).
        supply: how the depletion of Li+ follows the current (`stack_supply`); that of a liquid diffusion layer with the
            limiting current of the film if None.

    Returns:
        PulsedState. Status INVALID_INPUT for values outside their range (a pulse of no duration, negative ethanol or
        pressure), DEPLETED where nothing can carry the current, NOT_CONVERGED if no cycle closes or its steps are
        too long for the reactions.

    Source: docs/ammonia.md, equations (7) to (9), for Zhang et al., Science 391 (2026), 10.1126/science.adw5462.

    Example:
        >>> from kernels.ammonia import calibrated_cell, default_chemistry, pulse_train, standard_conditions
        >>> train = pulse_train(*(jnp.asarray(v) for v in (1000.0, 2.0, 30.0)))
        >>> state = pulsed_state(train, standard_conditions(), *calibrated_cell("LiDFOB"), default_chemistry())
        >>> round(state.efficiency.ammonia.item(), 3), state.mean_current.item()
        (0.99, 62.5)
    """
    valid = _valid(train, conditions, film, chemistry)
    problem = _problem(valid, train, conditions, film, parameters, chemistry, steps, supply)
    start, frozen, jacobian, converged = _shoot(lax.stop_gradient(problem))
    start = _implicit(problem, start, frozen, jacobian)
    change, extents = _cycle(problem, start)
    efficiency = _efficiency(problem, change, extents)
    train = problem.train
    weight = problem.step * jnp.repeat(train.current, steps) / train.charge
    voltage = jax.tree.map(lambda x: jnp.sum(weight * x), problem.voltage)
    solvable = jnp.all(problem.split.solvable)
    finite = jnp.isfinite(efficiency.total) & jnp.isfinite(voltage.total)
    shares = jnp.stack([efficiency.ammonia, efficiency.hydrogen, efficiency.lithium, efficiency.lithium_nitride])
    converged = converged & problem.supplied & jnp.all((shares >= -UNRESOLVED) & (shares <= 1 + UNRESOLVED))
    outcome = jnp.where(converged, jnp.where(finite, Status.OK, Status.NON_FINITE), Status.NOT_CONVERGED)
    status = jnp.where(valid, jnp.where(solvable, outcome, Status.DEPLETED), Status.INVALID_INPUT)
    pulse_current, mean_current = train.charge / train.on_time, train.charge / train.period
    numbers = {
        "efficiency": efficiency,
        "pulse_current": pulse_current,
        "mean_current": mean_current,
        "pulse_rate": ammonia_rate(efficiency.ammonia, pulse_current),
        "mean_rate": ammonia_rate(efficiency.ammonia, mean_current),
        "voltage": voltage,
        "lithium_share": jnp.sum(problem.step * problem.split.lithium_current) / train.charge,
        "start": start,
        "lithium_drift": jnp.where(frozen[0], change.lithium, 0.0),
        "nitride_drift": jnp.where(frozen[1], change.nitride, 0.0),
    }
    numbers = jax.tree.map(lambda x: jnp.where(status == Status.OK, x, jnp.nan), numbers)
    periodic = ~(frozen[0] | frozen[1]) & (status == Status.OK)
    return PulsedState(**numbers, periodic=periodic, status=status.astype(jnp.uint8))


def _valid(train, conditions, film, chemistry):
    return train.valid() & conditions.valid() & film.valid() & chemistry.valid()


def _problem(valid, train, conditions, film, parameters, chemistry, steps, supply=None) -> _Problem:
    """Time steps of one cycle with their deposition, supplies and voltage; finite numbers where inputs are not valid."""
    current, conditions, film = substitute(valid, train.current, conditions, film)
    train = PulseTrain(jnp.where(valid, train.duration, 1.0), current)
    chemistry = jax.tree.map(lambda x: jnp.where(valid, x, 1.0), chemistry)
    local = at_temperature(parameters, conditions.temperature)
    liquid = arrhenius(1.0, parameters.transport_energy, conditions.temperature)
    chemistry = eqx.tree_at(
        lambda c: (c.proton_mass_transfer, c.nitrogen_mass_transfer),
        chemistry,
        (chemistry.proton_mass_transfer * liquid, chemistry.nitrogen_mass_transfer * liquid),
    )
    growth = np.geomspace(1.0, STEP_GROWTH, steps)
    lengths = (train.duration[:, None] * jnp.asarray(growth / growth.sum())[None, :]).reshape(-1)
    current = jnp.repeat(train.current, steps)
    exchange = proton_exchange_current(local.proton, conditions.ethanol_fraction)
    drive = PulseDrive(lengths, current, film, exchange, local.proton.overpotential_scale)
    if supply is None:
        supply = liquid_supply(film.limiting_current, conditions.salt_concentration)
    supply = jax.tree.map(lambda x: jnp.where(valid, x, 0.0), supply)
    split, supplied = periodic_split(drive, supply)
    return _Problem(
        step=lengths,
        deposition=split.lithium_current / FARADAY,
        donors=ETHANOL_MOLAR_DENSITY * conditions.ethanol_fraction + chemistry.residual_donor,
        nitrogen=dissolved_nitrogen(local, conditions),
        chemistry=chemistry,
        split=split,
        voltage=cell_voltage(current, split, film, local),
        train=train,
        hydrogen_share=local.proton.hydrogen_share,
        supplied=supplied,
    )


def _cycle(problem: _Problem, start: Inventory) -> tuple[Inventory, Extents]:
    """Change of the inventory over a cycle, more accurate than the difference of its ends, and extents of the reactions."""

    def march(carry, interval):
        change, extents = carry
        here = Inventory(start.lithium + change.lithium, start.nitride + change.nitride)
        step, deposition = interval
        more = advance(here, step, deposition, problem.donors, problem.nitrogen, problem.chemistry)
        return jax.tree.map(jnp.add, (change, extents), more), None

    none = jnp.zeros_like(start.lithium + problem.donors)
    begin = (Inventory(none, none), Extents(none, none, none, none))
    return lax.scan(march, begin, (problem.step, problem.deposition))[0]


def _efficiency(problem: _Problem, change: Inventory, extents: Extents) -> FaradaicEfficiencies:
    """Shares of the charge of a cycle."""
    charge = problem.train.charge / FARADAY
    protons = jnp.sum(problem.step * problem.split.proton_current) / FARADAY
    return FaradaicEfficiencies(
        ammonia=3 * extents.nitride_protonation / charge,
        hydrogen=(extents.protonation + protons * problem.hydrogen_share) / charge,
        lithium=change.lithium / charge,
        lithium_nitride=3 * change.nitride / charge,
        other=(extents.isolation + protons * (1 - problem.hydrogen_share)) / charge,
    )


def _shoot(problem: _Problem):
    """Start of the periodic cycle, which inventories grow without bound, the Jacobian there, and whether it converged."""
    bounds = jnp.stack([problem.chemistry.lithium_scale, problem.chemistry.nitride_scale]) * DRIFTING
    closure = CLOSURE * problem.train.charge / FARADAY

    def unfinished(state):
        return (state[0] < LARGEST_ITERATIONS) & ~state[-1]

    def iterate(state):
        count, point = state[:2]
        value, jacobian = _linearise(problem, point)
        stuck = (point >= bounds) & (value > 0)
        matrix, right = _reduced(jacobian, value, stuck)
        done = jnp.all(jnp.abs(right) <= closure)
        contracts = (matrix[0, 0] > 0) & (matrix[1, 1] > 0) & (_determinant(matrix) > 0)
        # Where the linearised map does not contract, its Newton step points away from the periodic state.
        step = jnp.where(contracts, _solve(matrix, right), CYCLES_SKIPPED * right)
        moved = jnp.clip(point + step, -bounds / DRIFTING, bounds)
        return count + 1, jnp.where(done, point, moved), stuck, jacobian, done

    start = jnp.zeros_like(bounds)
    state = (jnp.asarray(0), start, jnp.zeros(2, bool), jnp.zeros((2, 2), start.dtype), jnp.asarray(False))
    _, point, stuck, jacobian, done = lax.while_loop(unfinished, iterate, state)
    return Inventory(point[0], point[1]), (stuck[0], stuck[1]), jacobian, done


def _implicit(problem: _Problem, start: Inventory, frozen, jacobian) -> Inventory:
    """The same start with its derivatives: one more Newton step whose matrix is held constant."""
    point = jnp.stack([start.lithium, start.nitride])
    change, _ = _cycle(problem, start)
    value = jnp.stack([change.lithium, change.nitride])
    matrix, right = _reduced(jacobian, value, jnp.stack(frozen))
    point = point + _solve(matrix, right)
    return Inventory(point[0], point[1])


def _linearise(problem, point):
    """Change over a cycle and its Jacobian."""

    def change(point):
        result, _ = _cycle(problem, Inventory(point[0], point[1]))
        value = jnp.stack([result.lithium, result.nitride])
        return value, value

    jacobian, value = jax.jacfwd(change, has_aux=True)(point)
    return value, jacobian


def _reduced(jacobian, value, frozen):
    """Newton's matrix and right-hand side with the rows of growing inventories held."""
    matrix = jnp.where(frozen[:, None], jnp.eye(2), -jacobian)
    return matrix, jnp.where(frozen, 0.0, value)


def _determinant(matrix):
    return matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]


def _solve(matrix, right):
    """Cramer's rule; a singular matrix gives a step that the caller discards."""
    determinant = _determinant(matrix)
    first = matrix[1, 1] * right[0] - matrix[0, 1] * right[1]
    second = matrix[0, 0] * right[1] - matrix[1, 0] * right[0]
    return jnp.stack([first, second]) / jnp.where(determinant == 0, 1.0, determinant)
